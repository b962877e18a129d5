//! The words of random cases: callers, principals, actions, condition keys.

pub(crate) const OURS: &str = "111122223333";
pub(crate) const THEIRS: &str = "444455556666";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
pub(crate) const OTHER_KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/00000000-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
pub(crate) const ALIAS: &str = "arn:aws:kms:eu-west-1:111122223333:alias/validator";

pub(crate) const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/team/alice",
    "arn:aws:iam::111122223333:role/signer",
    "arn:aws:iam::111122223333:role/team/signer",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:sts::111122223333:assumed-role/signer/two",
    "arn:aws:sts::111122223333:federated-user/carol",
    "arn:aws:iam::111122223333:root",
    "111122223333",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:iam::444455556666:root",
    "arn:aws:sts::444455556666:assumed-role/signer/one",
    "arn:aws:sts::444455556666:federated-user/dave",
    "arn:aws-cn:iam::111122223333:user/alice",
    "lambda.amazonaws.com",
    "*",
];

pub(crate) const PRINCIPALS: &[&str] = &[
    "*",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws-cn:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/Alice",
    "arn:aws:iam::111122223333:user/team/alice",
    "arn:aws:iam::111122223333:user/*",
    "arn:aws:iam::111122223333:role/signer",
    "arn:aws:iam::111122223333:role/team/signer",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:sts::111122223333:assumed-role/signer/two",
    "arn:aws:sts::111122223333:assumed-role/signer/*",
    "arn:aws:sts::111122223333:federated-user/carol",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:iam::444455556666:role/signer",
    "AIDAIOSFODNN7EXAMPLE",
    "AROAIOSFODNN7EXAMPLE",
    "alice",
];

pub(crate) const KMS_ACTIONS: &[&str] = &[
    "kms:Sign",
    "kms:Sign",
    "kms:Sign",
    "kms:Sign",
    "kms:Verify",
    "kms:GetPublicKey",
    "kms:DescribeKey",
    "kms:PutKeyPolicy",
    "kms:GetKeyPolicy",
    "kms:CreateGrant",
    "kms:ScheduleKeyDeletion",
    "kms:UpdateAlias",
    "kms:RetireGrant",
    "kms:Decrypt",
    "KMS:sign",
    "kms:Sgin",
];

pub(crate) const PATTERNS: &[&str] = &[
    "*",
    "kms:*",
    "kms:*",
    "kms:Sign",
    "kms:sign",
    "KMS:S*",
    "kms:Sig?",
    "kms:Verify",
    "kms:Get*",
    "kms:*Key*",
    "kms:Describe*",
    "kms:Put*",
    "kms:Create*",
    "kms:*Grant",
    "kms:*Alias",
    "kms:Decrypt",
    "kms:Schedule*",
    "k*:Sign",
    "*:Sign",
    " kms:Sign",
    "Sign",
    "s3:*",
];

/// A condition key.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) operators: &'static [&'static str],
    /// What a policy compares with.
    pub(crate) wanted: &'static [&'static str],
    /// What a request has.
    pub(crate) had: &'static [&'static str],
    pub(crate) several: bool,
}

pub(crate) const TEXT: &[&str] = &[
    "StringEquals",
    "StringEquals",
    "StringNotEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringLike",
    "StringNotLike",
];
pub(crate) const ARN: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
];
pub(crate) const NUMBER: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
pub(crate) const DATE: &[&str] = &[
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];
pub(crate) const BOOL: &[&str] = &["Bool"];
pub(crate) const ADDRESS: &[&str] = &["IpAddress", "NotIpAddress"];

const fn key(
    name: &'static str,
    operators: &'static [&'static str],
    wanted: &'static [&'static str],
    had: &'static [&'static str],
) -> Key {
    Key {
        name,
        operators,
        wanted,
        had,
        several: false,
    }
}

pub(crate) const KEYS: &[Key] = &[
    key(
        "aws:PrincipalTag/k",
        TEXT,
        &[
            "a",
            "b",
            "A",
            "*",
            "a*",
            "?",
            "${*}",
            "a${?}",
            "${$}",
            "${aws:username}",
            "${aws:PrincipalTag/l}",
            "${aws:PrincipalTag/l, 'a'}",
            "${aws:PrincipalAccount}",
            "${aws:TagKeys}",
            "${aws:PrincipalTag/l",
        ],
        &[
            "a",
            "b",
            "ab",
            "A",
            "*",
            "$",
            "alice",
            "111122223333",
            "${aws:username}",
            "a?",
        ],
    ),
    key(
        "aws:PrincipalTag/l",
        TEXT,
        &["a", "b", "${aws:PrincipalTag/k}"],
        &["a", "b", "*", "alice"],
    ),
    key("aws:username", TEXT, &["alice", "bob", "Alice", "a*"], &[]),
    key(
        "aws:PrincipalArn",
        ARN,
        &[
            "arn:aws:iam::111122223333:user/alice",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::111122223333:role/signer",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:role/team/signer",
            "arn:aws:iam::111122223333:role/team/*",
            "arn:aws:iam::111122223333:role/*/signer",
            "arn:aws:iam::111122223333:role/t*r",
            "arn:aws:iam::*:root",
            "arn:aws:sts::111122223333:federated-user/carol",
            "arn:aws:iam::444455556666:*",
            "*",
            "arn:aws:iam::111122223333:user/${aws:username}",
        ],
        &[],
    ),
    key(
        "aws:PrincipalAccount",
        TEXT,
        &[OURS, THEIRS, "*", "1111*", "anonymous"],
        &[],
    ),
    key(
        "aws:PrincipalType",
        TEXT,
        &["User", "AssumedRole", "Account", "FederatedUser", "Anonymous"],
        &[],
    ),
    key("aws:PrincipalIsAWSService", BOOL, &["true", "false", "TRUE"], &[]),
    key(
        "aws:PrincipalServiceName",
        TEXT,
        &["lambda.amazonaws.com", "s3.amazonaws.com"],
        &[],
    ),
    key(
        "aws:userid",
        TEXT,
        &["*:one", "111122223333:carol", "AROA*", "111122223333"],
        &[],
    ),
    key(
        "aws:SourceIp",
        ADDRESS,
        &[
            "10.0.0.0/8",
            "10.1.2.3",
            "0.0.0.0/0",
            "2001:db8::/32",
            "10.1.2.3/8",
        ],
        &["10.1.2.3", "11.0.0.1", "2001:db8::1"],
    ),
    key(
        "aws:CurrentTime",
        DATE,
        &[
            "2026-11-20T00:00:00Z",
            "2026-11-20",
            "1795132800",
            "2026-11-20T01:00:00+01:00",
        ],
        &["2026-11-20T00:00:00Z", "2026-11-19T23:59:59Z", "1795132801"],
    ),
    key(
        "aws:MultiFactorAuthAge",
        NUMBER,
        &["7", "7.0", "10", "-1", "7.5"],
        &["7", "7.0", "10", "9"],
    ),
    key(
        "aws:SecureTransport",
        BOOL,
        &["true", "false"],
        &["true", "false"],
    ),
    key(
        "aws:MultiFactorAuthPresent",
        BOOL,
        &["true", "false"],
        &["true", "false"],
    ),
    key(
        "aws:SourceArn",
        ARN,
        &[
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "arn:aws:lambda:*:111122223333:*",
            "arn:aws:sns:*:*:t?",
        ],
        &[
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "arn:aws:lambda:eu-west-1:111122223333:function:g",
            "arn:aws:sns:r:1:t:a",
        ],
    ),
    key(
        "aws:SourceVpce",
        TEXT,
        &["vpce-1", "vpce-*"],
        &["vpce-1", "vpce-2"],
    ),
    key(
        "aws:RequestedRegion",
        TEXT,
        &["eu-west-1", "us-east-1", "eu-*"],
        &[],
    ),
    key("aws:ResourceAccount", TEXT, &[OURS, THEIRS], &[]),
    key("kms:CallerAccount", TEXT, &[OURS, THEIRS, "*"], &[]),
    key(
        "kms:MessageType",
        TEXT,
        &["RAW", "DIGEST", "digest"],
        &["RAW", "DIGEST", "DIGEST"],
    ),
    key(
        "kms:SigningAlgorithm",
        TEXT,
        &["ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA*"],
        &["ECDSA_SHA_256"],
    ),
    key(
        "kms:KeySpec",
        TEXT,
        &["ECC_SECG_P256K1", "RSA_2048", "ECC_*"],
        &[],
    ),
    key("kms:KeyUsage", TEXT, &["SIGN_VERIFY", "ENCRYPT_DECRYPT"], &[]),
    key("kms:KeyOrigin", TEXT, &["AWS_KMS", "EXTERNAL"], &[]),
    key("kms:MultiRegion", BOOL, &["true", "false"], &[]),
    key("kms:MultiRegionKeyType", TEXT, &["PRIMARY", "REPLICA"], &[]),
    key(
        "kms:PolicyName",
        TEXT,
        &["default", "AWS_RAM"],
        &["AWS_RAM", "default"],
    ),
    key(
        "kms:BypassPolicyLockoutSafetyCheck",
        BOOL,
        &["true", "false"],
        &["true", "false"],
    ),
    key(
        "kms:RequestAlias",
        TEXT,
        &["alias/validator", "alias/*", "alias/other"],
        &[],
    ),
    key(
        "kms:ViaService",
        TEXT,
        &["s3.eu-west-1.amazonaws.com", "s3.*"],
        &["s3.eu-west-1.amazonaws.com"],
    ),
    key("kms:EncryptionContext:d", TEXT, &["1", "2"], &["1", "2"]),
    key(
        "kms:GrantIsForAWSResource",
        BOOL,
        &["true", "false"],
        &["true", "false"],
    ),
    key("x:Unknown", TEXT, &["a", "*"], &[]),
    key(
        "x:Bytes",
        &["BinaryEquals"],
        &["QmluYXJ5", "QQ=="],
        &["QmluYXJ5", "AAAA"],
    ),
    Key {
        name: "aws:TagKeys",
        operators: TEXT,
        wanted: &["a", "b", "c", "a*"],
        had: &["a", "b", "c", "ab", "A", ""],
        several: true,
    },
    Key {
        name: "kms:GrantOperations",
        operators: TEXT,
        wanted: &["Sign", "Verify", "GetPublicKey"],
        had: &["Sign", "Verify", "GetPublicKey", "CreateGrant"],
        several: true,
    },
    Key {
        name: "kms:ResourceAliases",
        operators: TEXT,
        wanted: &["alias/validator", "alias/*"],
        had: &["alias/validator", "alias/x"],
        several: true,
    },
];
