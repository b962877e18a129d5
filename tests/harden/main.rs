//! `policy::harden` and the command `harden`.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "tests"
)]

mod command;
mod edits;
mod properties;
mod refusals;
mod styles;

use kms_audit::policy::Document;
use kms_audit::policy::evaluate::KeyMetadata;
use kms_audit::policy::harden::{Hardened, Options, Refusal, harden};
use serde_json::{Value, json};

pub const ACCOUNT: &str = "111122223333";
pub const ROOT: &str = "arn:aws:iam::111122223333:root";
pub const ADMIN: &str = "arn:aws:iam::111122223333:role/admin";
pub const SIGNER: &str = "arn:aws:iam::111122223333:user/hyperlane-validator-ethereum";

pub fn allow(sid: &str, principal: &str, actions: &[&str]) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": "*"})
}

pub fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Id": "key-consolepolicy-3", "Statement": statements})
}

pub fn account() -> Value {
    json!({"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"})
}

/// What the console writes for the administrators of a key (KMS developer guide, "Default key policy").
pub fn administrators() -> Value {
    allow(
        "Allow access for Key Administrators",
        ADMIN,
        &[
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
        ],
    )
}

pub fn signing(actions: &[&str]) -> Value {
    allow("Allow use of the key", SIGNER, actions)
}

pub fn grants() -> Value {
    let mut statement = allow(
        "Allow attachment of persistent resources",
        SIGNER,
        &["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
    );
    statement["Condition"] = json!({"Bool": {"kms:GrantIsForAWSResource": "true"}});
    statement
}

/// The policy that the console makes for a signing key with one administrator and one user.
pub fn console() -> Value {
    policy(&[
        account(),
        administrators(),
        signing(&["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"]),
        grants(),
    ])
}

/// The same as Hyperlane's guide tightens it.
pub fn tightened() -> Value {
    policy(&[
        account(),
        administrators(),
        signing(&["kms:GetPublicKey", "kms:Sign"]),
    ])
}

pub fn of_kms() -> KeyMetadata {
    KeyMetadata {
        key_spec: Some("ECC_SECG_P256K1".to_owned()),
        key_usage: Some("SIGN_VERIFY".to_owned()),
        origin: Some("AWS_KMS".to_owned()),
        multi_region: Some(false),
        multi_region_key_type: None,
    }
}

/// # Errors
/// Where no policy can be proposed.
pub fn run(text: &str, options: &Options) -> Result<Hardened, Refusal> {
    harden(&Document::parse(text).expect("JSON"), options)
}

pub fn hardened(policy: &Value, options: &Options) -> Hardened {
    run(&policy.to_string(), options).expect("a policy")
}

/// Rule and action of each edit.
pub fn made(hardened: &Hardened) -> Vec<(&str, &str)> {
    hardened
        .edits
        .iter()
        .flat_map(|edit| edit.actions.iter().map(|action| (edit.rule, action.as_str())))
        .collect()
}

pub fn value(hardened: &Hardened) -> Value {
    serde_json::from_str(&hardened.text).expect("JSON")
}
