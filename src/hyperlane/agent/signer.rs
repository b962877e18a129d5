//! What a signer is: a key of KMS, a private key in the configuration, something else.
//!
//! Source: hyperlane-monorepo, `rust/main/hyperlane-base/src/settings/parser/mod.rs` (`parse_signer`). Without a `type`, a
//! `key` makes it a private key, else an `id` or a `region` a key of AWS; nothing at all is the node's own signer.

use super::setting::{Merged, Text, Value, flat};
use crate::source::Span;

/// What signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerKind {
    /// A key of AWS KMS (`type: aws`).
    Aws {
        /// `id`, which is passed to KMS as it stands.
        id: Option<Text>,
        /// `region`
        region: Option<Text>,
    },
    /// A private key in the configuration: `hexKey`, `cosmosKey`, `starkKey`, `radixKey`.
    Private {
        /// The type, as the documentation writes it.
        form: &'static str,
        /// The place of the key, where one is given.
        key: Option<Span>,
    },
    /// A key of Google Cloud KMS.
    Gcp,
    /// Whatever the chain's node signs with.
    Node,
    /// A type that no agent knows, or that is not known here.
    Other(Text),
}

/// A signer, and where it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// What it is.
    pub kind: SignerKind,
    /// A place to show: of the id, else of the key, the region or the type.
    pub span: Span,
    /// The name of the setting there, as written.
    pub written: String,
    /// A private key that stands beside a signer of another kind.
    pub key_beside: Option<Span>,
    /// An `id` or `region` of AWS that a private key beside it makes void.
    pub aws_beside: Option<Span>,
}

const PRIVATE: [&str; 4] = ["hexKey", "cosmosKey", "starkKey", "radixKey"];

impl Signer {
    /// The signer at a path; nothing where nothing of one is set.
    pub(super) fn at(merged: &Merged, path: &[&str]) -> Option<Self> {
        let members = merged.members(path);
        let member = |name: &str| {
            members
                .iter()
                .find(|(own, _)| *own == name)
                .map(|(_, setting)| *setting)
        };
        let first = ["id", "key", "keyversionname", "region", "type"]
            .into_iter()
            .find_map(member)?;
        let text = |name: &str| member(name).and_then(super::Setting::text);
        let key = member("key").map(|setting| setting.span);
        let aws = member("id")
            .or_else(|| member("region"))
            .map(|setting| setting.span);
        let of_aws = || SignerKind::Aws {
            id: text("id"),
            region: text("region"),
        };
        let kind = match text("type") {
            Some(own) => match own.known() {
                Some("aws") => of_aws(),
                Some("gcp") => SignerKind::Gcp,
                Some("node") => SignerKind::Node,
                known => match PRIVATE
                    .into_iter()
                    .find(|form| known.is_some_and(|known| flat(known) == flat(form) && known == *form))
                {
                    Some(form) => SignerKind::Private { form, key },
                    None => SignerKind::Other(own),
                },
            },
            None if key.is_some() => SignerKind::Private { form: "hexKey", key },
            None if aws.is_some() => of_aws(),
            None => SignerKind::Node,
        };
        let is_private = matches!(kind, SignerKind::Private { .. });
        Some(Self {
            span: first.span,
            written: first.written.clone(),
            key_beside: key.filter(|_| !is_private),
            aws_beside: aws.filter(|_| is_private),
            kind,
        })
    }

    /// True where two signers are sure to be one key: the same id in the same region.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (
                SignerKind::Aws { id: Some(id), region },
                SignerKind::Aws {
                    id: Some(of_other),
                    region: region_of_other,
                },
            ) => {
                let known = |text: &Option<Text>| text.as_ref().and_then(|text| text.value.clone());
                id.known().is_some_and(|id| !id.is_empty())
                    && id.known() == of_other.known()
                    && (known(region) == known(region_of_other)
                        || id.known().is_some_and(|id| id.starts_with("arn:")))
            }
            _ => false,
        }
    }

    /// In words, without anything secret.
    pub fn words(&self) -> String {
        match &self.kind {
            SignerKind::Aws { id, region } => {
                let id = match id.as_ref() {
                    Some(id) if id.shown.is_empty() => "a key of AWS with an empty id",
                    Some(id) => id.shown.as_str(),
                    None => "a key of AWS without an id",
                };
                match region.as_ref().filter(|region| !region.shown.is_empty()) {
                    Some(region) => format!("{id} in {}", region.shown),
                    None => format!("{id} in no region"),
                }
            }
            SignerKind::Private { form, .. } => format!("a private key in the configuration ({form})"),
            SignerKind::Gcp => "a key of Google Cloud KMS".to_owned(),
            SignerKind::Node => "whatever the chain's node signs with".to_owned(),
            SignerKind::Other(own) => format!("a signer of the type {}", own.shown),
        }
    }
}

impl Value {
    /// True for a private key's place.
    pub fn is_withheld(&self) -> bool {
        *self == Self::Withheld
    }
}
