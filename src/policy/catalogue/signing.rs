//! What each action of KMS is worth on a key that signs, and in a key policy at all.
//!
//! Sources: KMS developer guide, "AWS KMS permissions" (the table's columns "Resources" and "Key type" of what its text
//! calls key operations), "Key policies in AWS KMS", "Grants in AWS KMS"; KMS API Reference, the page of each operation
//! ("The KMS key must have a `KeyUsage` of …"). The reference that the other tables are generated from has no such
//! columns, so these are kept by hand; `testdata/policy/signing_actions.json` holds them to facts that were gathered
//! separately.

use super::{Action, action, service};

/// What an action does on a key whose `KeyUsage` is `SIGN_VERIFY` (KMS API Reference, the page of each operation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnSigningKey {
    /// It works.
    Works,
    /// It works while the key material is imported (`Origin` `EXTERNAL`).
    Imported,
    /// It works on a multi-Region key.
    MultiRegion,
    /// KMS refuses it: it is for keys of this kind.
    OtherKeys(&'static str),
    /// It is on no key: a key policy cannot speak of it.
    NoKey,
}

const ENCRYPTION: OnSigningKey = OnSigningKey::OtherKeys("encryption keys");
const SYMMETRIC: OnSigningKey = OnSigningKey::OtherKeys("symmetric encryption keys");
const HMAC: OnSigningKey = OnSigningKey::OtherKeys("HMAC keys");
const AGREEMENT: OnSigningKey = OnSigningKey::OtherKeys("key agreement keys");
const ENCAPSULATION: OnSigningKey = OnSigningKey::OtherKeys("ML-KEM keys");

/// The actions on keys that do not simply work, by name.
const ON_SIGNING_KEY: &[(&str, OnSigningKey)] = &[
    ("Decapsulate", ENCAPSULATION),
    ("Decrypt", ENCRYPTION),
    ("DeleteImportedKeyMaterial", OnSigningKey::Imported),
    ("DeriveSharedSecret", AGREEMENT),
    ("DisableKeyRotation", SYMMETRIC),
    ("EnableKeyRotation", SYMMETRIC),
    ("Encapsulate", ENCAPSULATION),
    ("Encrypt", ENCRYPTION),
    ("GenerateDataKey", ENCRYPTION),
    ("GenerateDataKeyPair", ENCRYPTION),
    ("GenerateDataKeyPairWithoutPlaintext", ENCRYPTION),
    ("GenerateDataKeyWithoutPlaintext", ENCRYPTION),
    ("GenerateMac", HMAC),
    ("GetParametersForImport", OnSigningKey::Imported),
    ("ImportKeyMaterial", OnSigningKey::Imported),
    ("ListKeyRotations", SYMMETRIC),
    ("ReEncryptFrom", ENCRYPTION),
    ("ReEncryptTo", ENCRYPTION),
    ("ReplicateKey", OnSigningKey::MultiRegion),
    ("RotateKeyOnDemand", SYMMETRIC),
    ("SynchronizeMultiRegionKey", OnSigningKey::MultiRegion),
    ("UpdatePrimaryRegion", OnSigningKey::MultiRegion),
    ("VerifyMac", HMAC),
];

/// What the holder of an action can do to a signing key, from the least to the most (KMS developer guide, "AWS KMS
/// permissions", and the page of each operation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Read about it, or check its signatures.
    Read,
    /// Change its description.
    Describe,
    /// Bring it back: enable it, cancel its deletion.
    Recover,
    /// Change tags and aliases, which other policies and clients may go by.
    Redirect,
    /// Stop it for a while, or take rights away.
    Stop,
    /// Sign.
    Sign,
    /// Destroy it.
    Destroy,
    /// Give itself any right.
    TakeOver,
}

/// The actions that work on signing keys and do more than read, by name.
const POWERS: &[(&str, Power)] = &[
    ("CancelKeyDeletion", Power::Recover),
    ("CreateAlias", Power::Redirect),
    ("CreateGrant", Power::TakeOver),
    ("DeleteAlias", Power::Redirect),
    ("DeleteImportedKeyMaterial", Power::Stop),
    ("DisableKey", Power::Stop),
    ("EnableKey", Power::Recover),
    ("ImportKeyMaterial", Power::TakeOver),
    ("PutKeyPolicy", Power::TakeOver),
    ("ReplicateKey", Power::TakeOver),
    ("RetireGrant", Power::Stop),
    ("RevokeGrant", Power::Stop),
    ("ScheduleKeyDeletion", Power::Destroy),
    ("Sign", Power::Sign),
    ("TagResource", Power::Redirect),
    ("UntagResource", Power::Redirect),
    ("UpdateAlias", Power::Redirect),
    ("UpdateKeyDescription", Power::Describe),
    ("UpdatePrimaryRegion", Power::Stop),
];

/// What an action of KMS does on a signing key (KMS API Reference, the page of each operation).
pub fn on_signing_key(action: &Action) -> OnSigningKey {
    if !action.is_on("key") {
        return OnSigningKey::NoKey;
    }
    ON_SIGNING_KEY
        .iter()
        .find(|(name, _)| *name == action.name)
        .map_or(OnSigningKey::Works, |(_, what)| *what)
}

/// True where an Allow of a key policy gives the action: not where it is on no key, and not for `RetireGrant` (KMS
/// developer guide, "Retiring and revoking grants": the permission comes from the grant, or from IAM).
pub fn is_given_by_key_policy(action: &Action) -> bool {
    action.is_on("key") && action.name != "RetireGrant"
}

/// What the holder of an action of KMS can do to a signing key.
pub fn power(action: &Action) -> Power {
    POWERS
        .iter()
        .find(|(name, _)| *name == action.name)
        .map_or(Power::Read, |(_, power)| *power)
}

/// The actions of KMS whose names a pattern such as `kms:Get*` covers today, in the order of the catalogue.
pub fn covered(pattern: &str) -> Vec<&'static Action> {
    let Some(kms) = service("kms") else {
        return Vec::new();
    };
    if pattern == "*" {
        return kms.actions.iter().collect();
    }
    if !pattern.contains(['*', '?']) {
        return action(pattern)
            .filter(|action| action.service == kms.prefix)
            .into_iter()
            .collect();
    }
    let Some((prefix, name)) = pattern.split_once(':') else {
        return Vec::new();
    };
    if !prefix.eq_ignore_ascii_case(kms.prefix) {
        return Vec::new();
    }
    let name = name.to_ascii_lowercase();
    // Most names differ before the first wildcard.
    let head = name.split(['*', '?']).next().unwrap_or_default();
    let begins = |text: &str| {
        text.get(..head.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(head))
    };
    kms.actions
        .iter()
        .filter(|action| begins(action.name) && crate::policy::glob(&name, &action.name.to_ascii_lowercase()))
        .collect()
}
