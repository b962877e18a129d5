//! Policies as operators write them, and what they would change.

use serde_json::{Value, json};

pub(crate) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const ADMIN: &str = "arn:aws:iam::111122223333:role/KeyAdmin";
pub(crate) const VALIDATOR: &str = "arn:aws:iam::111122223333:role/hyperlane-validator";
pub(crate) const RELAYER: &str = "arn:aws:iam::111122223333:role/hyperlane-relayer";
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/hyperlane-validator-ethereum";
pub(crate) const FOREIGN: &str = "arn:aws:iam::444455556666:role/backup-signer";

/// Principals that operators name.
pub(crate) const NAMED: &[&str] = &[
    ROOT,
    ADMIN,
    VALIDATOR,
    RELAYER,
    USER,
    FOREIGN,
    "arn:aws:iam::444455556666:root",
];

/// The console's list for administrators.
pub(crate) const CONSOLE: &[&str] = &[
    "kms:Create*",
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
];

/// Actions that operators list.
pub(crate) const ACTIONS: &[&str] = &[
    "kms:Sign",
    "kms:GetPublicKey",
    "kms:DescribeKey",
    "kms:Verify",
    "kms:CreateGrant",
    "kms:RevokeGrant",
    "kms:ListGrants",
    "kms:PutKeyPolicy",
    "kms:GetKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:TagResource",
    "kms:UpdateAlias",
];

/// Wildcards, and actions of theirs that operators list instead.
pub(crate) const WILDCARDS: &[(&str, &[&str])] = &[
    ("kms:*", &["kms:Sign", "kms:GetPublicKey", "kms:PutKeyPolicy"]),
    ("kms:Get*", &["kms:GetPublicKey", "kms:GetKeyPolicy"]),
    ("kms:Describe*", &["kms:DescribeKey"]),
    ("kms:Create*", &["kms:CreateGrant", "kms:CreateAlias"]),
    ("kms:List*", &["kms:ListGrants", "kms:ListResourceTags"]),
    ("kms:Put*", &["kms:PutKeyPolicy"]),
    (
        "kms:*Key",
        &["kms:DescribeKey", "kms:GetPublicKey", "kms:DisableKey"],
    ),
];

/// Conditions that operators write: operator, key, values, and values that each could become.
pub(crate) const CONDITIONS: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "StringEquals",
        "kms:MessageType",
        &["DIGEST"],
        &["RAW", "EXTERNAL_MU"],
    ),
    ("StringNotEquals", "kms:MessageType", &["DIGEST"], &["RAW"]),
    (
        "StringEquals",
        "kms:SigningAlgorithm",
        &["ECDSA_SHA_256"],
        &["ECDSA_SHA_384"],
    ),
    (
        "StringEquals",
        "kms:CallerAccount",
        &["111122223333"],
        &["444455556666"],
    ),
    (
        "StringEquals",
        "kms:ViaService",
        &["s3.eu-west-1.amazonaws.com"],
        &["s3.us-east-1.amazonaws.com"],
    ),
    (
        "StringLike",
        "kms:ViaService",
        &["s3.*.amazonaws.com"],
        &["lambda.*.amazonaws.com", "*.amazonaws.com"],
    ),
    (
        "StringEquals",
        "aws:SourceVpce",
        &["vpce-0a1b2c3d4e5f67890"],
        &["vpce-0f9e8d7c6b5a43210"],
    ),
    (
        "StringNotEquals",
        "aws:SourceVpce",
        &["vpce-0a1b2c3d4e5f67890"],
        &["vpce-0f9e8d7c6b5a43210"],
    ),
    (
        "StringNotEqualsIfExists",
        "aws:SourceVpce",
        &["vpce-0a1b2c3d4e5f67890"],
        &["vpce-0f9e8d7c6b5a43210"],
    ),
    (
        "StringEquals",
        "aws:PrincipalOrgID",
        &["o-a1b2c3d4e5"],
        &["o-f6g7h8i9j0"],
    ),
    (
        "ArnLike",
        "aws:PrincipalArn",
        &["arn:aws:iam::111122223333:role/hyperlane-*"],
        &["arn:aws:iam::111122223333:role/ops/*"],
    ),
    (
        "ArnEquals",
        "aws:PrincipalArn",
        &["arn:aws:iam::111122223333:role/hyperlane-validator"],
        &["arn:aws:iam::111122223333:role/KeyAdmin"],
    ),
    (
        "StringEquals",
        "aws:PrincipalTag/Team",
        &["bridge"],
        &["treasury", "${aws:username}"],
    ),
    (
        "IpAddress",
        "aws:SourceIp",
        &["203.0.113.0/24"],
        &["203.0.113.7", "198.51.100.0/24", "203.0.0.0/16"],
    ),
    (
        "NotIpAddress",
        "aws:SourceIp",
        &["203.0.113.0/24"],
        &["203.0.113.7", "198.51.100.0/24", "203.0.0.0/16"],
    ),
    ("Bool", "aws:MultiFactorAuthPresent", &["true"], &["false"]),
    (
        "BoolIfExists",
        "aws:MultiFactorAuthPresent",
        &["false"],
        &["true"],
    ),
    ("Bool", "aws:SecureTransport", &["false"], &["true"]),
    ("Bool", "kms:GrantIsForAWSResource", &["true"], &["false"]),
    (
        "Bool",
        "kms:BypassPolicyLockoutSafetyCheck",
        &["true"],
        &["false"],
    ),
    (
        "NumericGreaterThanEquals",
        "kms:ScheduleKeyDeletionPendingWindowInDays",
        &["30"],
        &["7", "14"],
    ),
    (
        "NumericLessThan",
        "aws:MultiFactorAuthAge",
        &["3600"],
        &["900", "86400"],
    ),
    (
        "DateLessThan",
        "aws:CurrentTime",
        &["2027-01-01T00:00:00Z"],
        &["2026-06-30T00:00:00Z"],
    ),
    (
        "ForAllValues:StringEquals",
        "kms:GrantOperations",
        &["Sign", "GetPublicKey"],
        &["CreateGrant"],
    ),
    (
        "ForAnyValue:StringEquals",
        "kms:GrantOperations",
        &["CreateGrant"],
        &["Sign"],
    ),
    ("Null", "aws:SourceVpce", &["true"], &["false"]),
    (
        "StringEquals",
        "kms:KeySpec",
        &["ECC_SECG_P256K1"],
        &["ECC_NIST_P256"],
    ),
];

pub(crate) fn allow(who: &[&str], actions: &[&str]) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": actions, "Resource": "*"})
}

fn with(mut statement: Value, operator: &str, key: &str, values: &[&str]) -> Value {
    statement["Condition"][operator][key] = json!(values);
    statement
}

pub(crate) fn deny(who: &Value, actions: &[&str]) -> Value {
    json!({"Effect": "Deny", "Principal": who, "Action": actions, "Resource": "*"})
}

/// Policies as AWS and its guides, and operators, write them.
pub(crate) fn bases() -> Vec<Value> {
    let mut all = guides();
    all.extend(operators());
    all
}

fn policy(list: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": list})
}

fn root() -> Value {
    allow(&[ROOT], &["kms:*"])
}

fn safe() -> Value {
    allow(
        &[ROOT],
        &["kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:DescribeKey"],
    )
}

fn guides() -> Vec<Value> {
    let grants = with(
        allow(&[USER], &["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]),
        "Bool",
        "kms:GrantIsForAWSResource",
        &["true"],
    );
    let digest = with(
        deny(&json!("*"), &["kms:Sign"]),
        "StringNotEquals",
        "kms:MessageType",
        &["DIGEST"],
    );
    vec![
        policy(&[root()]),
        policy(&[
            root(),
            allow(&[ADMIN], CONSOLE),
            allow(
                &[USER],
                &["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"],
            ),
            grants.clone(),
        ]),
        policy(&[root(), allow(&[USER], &["kms:GetPublicKey", "kms:Sign"])]),
        policy(&[
            safe(),
            allow(&[VALIDATOR], &["kms:GetPublicKey", "kms:Sign"]),
            digest.clone(),
        ]),
        policy(&[
            safe(),
            with(
                allow(&[VALIDATOR, RELAYER], &["kms:Sign"]),
                "StringEquals",
                "aws:SourceVpce",
                &["vpce-0a1b2c3d4e5f67890"],
            ),
            allow(&[VALIDATOR, RELAYER], &["kms:GetPublicKey", "kms:DescribeKey"]),
        ]),
    ]
}

fn operators() -> Vec<Value> {
    let everybody = json!("*");
    vec![
        policy(&[
            root(),
            with(
                deny(&everybody, &["kms:ScheduleKeyDeletion", "kms:DisableKey"]),
                "BoolIfExists",
                "aws:MultiFactorAuthPresent",
                &["false"],
            ),
            with(
                deny(&everybody, &["kms:PutKeyPolicy"]),
                "Bool",
                "kms:BypassPolicyLockoutSafetyCheck",
                &["true"],
            ),
            allow(&[VALIDATOR], &["kms:GetPublicKey", "kms:Sign"]),
        ]),
        policy(&[
            root(),
            with(
                json!({"Effect": "Allow", "Principal": "*", "Action": ["kms:Sign", "kms:GetPublicKey"], "Resource": "*"}),
                "StringEquals",
                "aws:PrincipalOrgID",
                &["o-a1b2c3d4e5"],
            ),
        ]),
        policy(&[
            root(),
            allow(&[FOREIGN], &["kms:Sign", "kms:GetPublicKey", "kms:DescribeKey"]),
            with(
                json!({"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["kms:Sign"], "Resource": "*"}),
                "StringEquals",
                "aws:SourceAccount",
                &["111122223333"],
            ),
        ]),
        policy(&[
            safe(),
            with(
                allow(&[ADMIN], &["kms:ScheduleKeyDeletion"]),
                "NumericGreaterThanEquals",
                "kms:ScheduleKeyDeletionPendingWindowInDays",
                &["30"],
            ),
            allow(
                &[ADMIN],
                &[
                    "kms:Get*",
                    "kms:List*",
                    "kms:Describe*",
                    "kms:TagResource",
                    "kms:UpdateAlias",
                ],
            ),
            with(
                allow(&[ROOT], &["kms:Sign"]),
                "ArnLike",
                "aws:PrincipalArn",
                &["arn:aws:iam::111122223333:role/hyperlane-*"],
            ),
            with(
                deny(&everybody, &["kms:Sign"]),
                "NotIpAddress",
                "aws:SourceIp",
                &["203.0.113.0/24"],
            ),
        ]),
        policy(&[
            root(),
            with(
                allow(&[ADMIN], &["kms:CreateGrant"]),
                "ForAllValues:StringEquals",
                "kms:GrantOperations",
                &["Sign", "GetPublicKey"],
            ),
            with(
                allow(&[VALIDATOR], &["kms:Sign"]),
                "StringEquals",
                "kms:MessageType",
                &["DIGEST"],
            ),
            deny(&json!({"AWS": [RELAYER]}), &["kms:*"]),
        ]),
    ]
}
