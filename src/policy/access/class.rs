//! What can be done with a signing key, by consequence.

use super::super::evaluate::{Context, KeyMetadata};

/// A class of actions with one consequence (KMS developer guide, "AWS KMS permissions").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionClass {
    /// Sign with the key.
    Sign,
    /// Read its public key.
    ReadKey,
    /// Rewrite its policy, and so give anything to anybody.
    Administer,
    /// Make grants: give Sign to anybody.
    Grant,
    /// Schedule its deletion, disable it, or delete its imported material.
    Delete,
    /// Point an alias to another key.
    RedirectAlias,
}

impl ActionClass {
    /// All classes, in the order of reports.
    pub const ALL: &[Self] = &[
        Self::Sign,
        Self::ReadKey,
        Self::Administer,
        Self::Grant,
        Self::Delete,
        Self::RedirectAlias,
    ];

    /// The word of options and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::ReadKey => "read-key",
            Self::Administer => "administer",
            Self::Grant => "grant",
            Self::Delete => "delete",
            Self::RedirectAlias => "redirect-alias",
        }
    }

    /// What it is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::ReadKey => "read the public key",
            Self::Administer => "rewrite the key policy",
            Self::Grant => "make grants",
            Self::Delete => "disable or delete the key",
            Self::RedirectAlias => "point an alias elsewhere",
        }
    }

    /// The actions of the class, for a key of which this is known: the most telling first.
    pub fn actions(self, metadata: Option<&KeyMetadata>) -> &'static [&'static str] {
        match self {
            Self::Sign => &["kms:Sign"],
            Self::ReadKey => &["kms:GetPublicKey"],
            Self::Administer => &["kms:PutKeyPolicy"],
            Self::Grant => &["kms:CreateGrant"],
            Self::Delete => match metadata.and_then(|key| key.origin.as_deref()) {
                Some("EXTERNAL") => &[
                    "kms:ScheduleKeyDeletion",
                    "kms:DisableKey",
                    "kms:DeleteImportedKeyMaterial",
                ],
                _ => &["kms:ScheduleKeyDeletion", "kms:DisableKey"],
            },
            Self::RedirectAlias => &["kms:UpdateAlias", "kms:DeleteAlias"],
        }
    }
}

/// The contexts that a caller may choose between, with what is special about each but the first.
pub(super) fn contexts(action: &str, metadata: Option<&KeyMetadata>) -> Vec<(Option<&'static str>, Context)> {
    let mut context = Context::new();
    context.set_incomplete();
    context.set_action(action);
    match action {
        "kms:Sign" => {
            // What every caller of a secp256k1 key sends: the curve has no other algorithm.
            if metadata
                .and_then(|key| key.key_spec.as_deref())
                .is_none_or(|spec| spec == "ECC_SECG_P256K1")
            {
                context.set("kms:SigningAlgorithm", vec!["ECDSA_SHA_256".to_owned()]);
            }
            let with = |kind: &str| {
                let mut context = context.clone();
                context.set("kms:MessageType", vec![kind.to_owned()]);
                context
            };
            // An EVM signer sends the digest.
            vec![
                (None, with("DIGEST")),
                (
                    Some("only with kms:MessageType RAW, which signs the SHA-256 of a message"),
                    with("RAW"),
                ),
            ]
        }
        "kms:CreateGrant" => {
            // No AWS service makes grants on a signing key for its caller (KMS developer guide, "Grants in AWS KMS").
            context.set("kms:GrantIsForAWSResource", vec!["false".to_owned()]);
            // A service that calls for somebody makes its grants for its own resources.
            context.set("kms:ViaService", Vec::new());
            // What makes a grant worth having; a grant on such a key has no constraint on an encryption context.
            context.set("kms:GrantOperations", vec!["Sign".to_owned()]);
            context.set("kms:GrantConstraintType", Vec::new());
            vec![(None, context)]
        }
        _ => vec![(None, context)],
    }
}
