"""CloudFormation templates: cloudformation/. By hand, after AWS's reference of AWS::KMS::Key and AWS::KMS::Alias.

Intrinsic functions (Ref, Fn::Sub, !GetAtt …) stand for values that the template does not have: they stay unknown.
"""

from __future__ import annotations

import json

from evidence.truth import Truth

PROGRAM = "CloudFormation template, by hand"
TAGS = {"kind": "tags", "declared": "ValidatorKey"}
SPEC = {"key_spec": "ECC_SECG_P256K1", "key_usage": "SIGN_VERIFY"}

JSON = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "Signing key of a Hyperlane validator",
    "Parameters": {"Chain": {"Type": "String", "Default": "ethereum"}},
    "Resources": {
        "ValidatorUser": {
            "Type": "AWS::IAM::User",
            "Properties": {"UserName": {"Fn::Sub": "hyperlane-validator-${Chain}"}},
        },
        "ValidatorKey": {
            "Type": "AWS::KMS::Key",
            "DeletionPolicy": "Retain",
            "Properties": {
                "Description": {"Fn::Sub": "Hyperlane validator signer for ${Chain}"},
                "KeySpec": "ECC_SECG_P256K1",
                "KeyUsage": "SIGN_VERIFY",
                "MultiRegion": False,
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Id": "key-consolepolicy-3",
                    "Statement": [
                        {
                            "Sid": "Enable IAM User Permissions",
                            "Effect": "Allow",
                            "Principal": {
                                "AWS": {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":root"]]}
                            },
                            "Action": "kms:*",
                            "Resource": "*",
                        },
                        {
                            "Sid": "Allow use of the key",
                            "Effect": "Allow",
                            "Principal": {
                                "AWS": [{"Fn::GetAtt": ["ValidatorUser", "Arn"]}, "arn:aws:iam::444455556666:root"]
                            },
                            "Action": ["kms:GetPublicKey", "kms:Sign"],
                            "Resource": "*",
                        },
                        {
                            "Sid": "Allow backup role",
                            "Effect": "Allow",
                            "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/backup"}},
                            "Action": "kms:DescribeKey",
                            "Resource": "*",
                        },
                    ],
                },
                "Tags": [{"Key": "agent", "Value": "validator"}],
            },
        },
        "ValidatorAlias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {
                "AliasName": "alias/hyperlane-validator-signer-ethereum",
                "TargetKeyId": {"Ref": "ValidatorKey"},
            },
        },
    },
    "Outputs": {"KeyArn": {"Value": {"Fn::GetAtt": ["ValidatorKey", "Arn"]}}},
}

SHORT = """AWSTemplateFormatVersion: 2010-09-09
Description: Signing key of a Hyperlane validator
Parameters:
  Chain:
    Type: String
    Default: ethereum
Resources:
  ValidatorUser:
    Type: AWS::IAM::User
    Properties:
      UserName: !Sub hyperlane-validator-${Chain}
  ValidatorKey:
    Type: AWS::KMS::Key
    Properties:
      Description: !Sub 'Hyperlane validator signer for ${Chain}'
      KeySpec: ECC_SECG_P256K1
      KeyUsage: SIGN_VERIFY
      KeyPolicy:
        Version: 2012-10-17
        Id: key-consolepolicy-3
        Statement:
          - Sid: Enable IAM User Permissions
            Effect: Allow
            Principal:
              AWS: !Sub arn:aws:iam::${AWS::AccountId}:root
            Action: kms:*
            Resource: '*'
          - Sid: Allow use of the key
            Effect: Allow
            Principal:
              AWS:
                - !GetAtt ValidatorUser.Arn
                - arn:aws:iam::444455556666:root
            Action:
              - kms:GetPublicKey
              - kms:Sign
            Resource: '*'
          - Sid: Allow backup role
            Effect: Allow
            Principal:
              AWS: !Join ['', ['arn:aws:iam::', !Ref AWS::AccountId, ':role/backup']]
            Action: kms:DescribeKey
            Resource: '*'
      Tags:
        - Key: agent
          Value: validator
        - {Key: production, Value: yes}
  ValidatorAlias:
    Type: AWS::KMS::Alias
    Properties:
      AliasName: alias/hyperlane-validator-signer-ethereum
      TargetKeyId: !Ref ValidatorKey
Outputs:
  KeyArn:
    Value: !GetAtt ValidatorKey.Arn
"""

# Everything is known here, and must stay text: an unquoted date, account ids with a leading zero and without.
ACCOUNTS = """# Two accounts may use this key.
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  ValidatorKey:
    Type: AWS::KMS::Key
    Properties:
      Description: Hyperlane validator signer
      KeySpec: ECC_SECG_P256K1
      KeyUsage: SIGN_VERIFY
      MultiRegion: false
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Sid: OwnAccount
            Effect: Allow
            Principal:
              AWS: 111122223333
            Action: kms:*
            Resource: '*'
          - Sid: LeadingZero
            Effect: Allow
            Principal:
              AWS: 012345678901
            Action: [kms:GetPublicKey, kms:Sign]
            Resource: '*'
          - Sid: LeadingZeroQuoted
            Effect: Allow
            Principal:
              AWS: '012345678901'
            Action: kms:GetPublicKey
            Resource: '*'
          - Sid: Several
            Effect: Allow
            Principal:
              AWS: [444455556666, 012345678901]
            Action: kms:DescribeKey
            Resource: '*'
            Condition:
              StringEquals:
                kms:CallerAccount: 012345678901
              DateLessThan:
                aws:CurrentTime: 2026-12-31
              Bool:
                kms:GrantIsForAWSResource: true
"""

CONDITIONS = """AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  AdminArn:
    Type: String
    Default: ''
  PolicyText:
    Type: String
Conditions:
  HasAdmin: !Not [!Equals [!Ref AdminArn, '']]
Resources:
  ValidatorKey:
    Type: AWS::KMS::Key
    Properties:
      KeySpec: !FindInMap [Specs, validator, spec]
      KeyUsage: SIGN_VERIFY
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
          - Sid: Enable IAM User Permissions
            Effect: Allow
            Principal:
              AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'
            Action: 'kms:*'
            Resource: '*'
          - !If
            - HasAdmin
            - Sid: Allow access for Key Administrators
              Effect: Allow
              Principal:
                AWS: !Ref AdminArn
              Action: 'kms:*'
              Resource: '*'
            - !Ref AWS::NoValue
  OtherKey:
    Type: AWS::KMS::Key
    Properties:
      KeySpec: ECC_NIST_P256
      KeyUsage: SIGN_VERIFY
      KeyPolicy: !Ref PolicyText
"""


def known(value: object) -> bool:
    """False for an intrinsic function."""
    if isinstance(value, dict) and len(value) == 1:
        (name,) = value
        return not (name == "Ref" or name.startswith(("Fn::", "!")))
    return True


def unknown(text: str, *starts: str) -> list[dict]:
    """Where each of the unknown values of a policy begins."""
    out, at = [], text.index("KeyPolicy")
    for start in starts:
        at = text.index(start, at)
        out.append({"text": start, "line": text.count("\n", 0, at) + 1, "column": at - text.rfind("\n", 0, at)})
        at += len(start)
    return out


def make(truth: Truth) -> list[tuple]:
    out: list[tuple] = []
    alias_name = "alias/hyperlane-validator-signer-ethereum"
    alias = {"kind": "aliases", "aliases": [{"name": alias_name, "arn": None, "target": None, "target_declared": "ValidatorKey"}]}
    # What the template leaves out has the default of AWS's reference.
    implied = {"key_manager": "CUSTOMER", "key_state": "Enabled", "origin": "AWS_KMS", "multi_region": False}
    meta = {"kind": "metadata", "key": None, "declared": "ValidatorKey", "implied": implied, **SPEC}
    given = {name: value for name, value in implied.items() if name != "multi_region"}
    given = meta | {"implied": given, "multi_region": False}

    def policy(**more: object) -> dict:
        return {"kind": "policy", "key": None, "policy_name": None, "declared": "ValidatorKey"} | more

    def add(file: str, text: str, *says: dict) -> None:
        out.append((f"cloudformation/{file}", text.encode(), f"cat {file}", PROGRAM, list(says)))

    for file, indent in (("template.json", 2), ("template-one-line.json", None)):
        text = json.dumps(JSON, indent=indent) + "\n"
        starts = []
        at = text.index("KeyPolicy")
        for name in ("Fn::Join", "Fn::GetAtt", "Fn::Sub"):
            brace = text.rindex("{", at, text.index(name, at))
            starts.append(text[brace : text.index(name, at) + len(name) + 1])
            at = text.index(name, at)
        # A start may go over a line's end; its first line is what stands at the place.
        places = unknown(text, *starts)
        for place in places:
            place["text"] = place["text"].split("\n")[0]
        add(file, text, given, policy(unknown=places), TAGS | {"tags": [["agent", "validator"]]}, alias)
    places = unknown(SHORT, "!Sub arn:aws:iam::${AWS::AccountId}:root", "!GetAtt ValidatorUser.Arn", "!Join ['', [")
    tags = TAGS | {"tags": [["agent", "validator"], ["production", "yes"]]}
    add("template.yaml", SHORT, meta, policy(unknown=places), tags, alias)
    document = {
        "Version": "2012-10-17",
        "Statement": [
            statement("OwnAccount", "111122223333", "kms:*"),
            statement("LeadingZero", "012345678901", ["kms:GetPublicKey", "kms:Sign"]),
            statement("LeadingZeroQuoted", "012345678901", "kms:GetPublicKey"),
            statement("Several", ["444455556666", "012345678901"], "kms:DescribeKey")
            | {
                "Condition": {
                    "StringEquals": {"kms:CallerAccount": "012345678901"},
                    "DateLessThan": {"aws:CurrentTime": "2026-12-31"},
                    "Bool": {"kms:GrantIsForAWSResource": "true"},
                }
            },
        ],
    }
    says = given | {"description": "Hyperlane validator signer"}
    add("accounts.yaml", ACCOUNTS, says, policy(document=document))
    crlf = ACCOUNTS.replace("\n", "\r\n")
    add("accounts-crlf.yaml", crlf, says, policy(document=document))
    places = unknown(CONDITIONS, "!Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'", "!If")
    later = unknown(CONDITIONS, "!Ref PolicyText")
    other = {"declared": "OtherKey", "key_spec": "ECC_NIST_P256"}
    unknown_spec = {key: value for key, value in meta.items() if key != "key_spec"}
    not_told = {"kind": "not-told", "declared": "ValidatorKey"}
    add(
        "conditions.yaml",
        CONDITIONS,
        unknown_spec,
        not_told | {"what": "metadata"},
        policy(unknown=places),
        meta | other,
        not_told | {"what": "policy", "declared": "OtherKey", "unknown": later},
    )
    return out


def statement(sid: str, accounts: str | list[str], actions: str | list[str]) -> dict:
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": accounts}, "Action": actions, "Resource": "*"}
