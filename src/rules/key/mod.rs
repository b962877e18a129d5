//! Rules on public keys and their metadata.

pub mod access_key_in_evidence;
pub mod aws_managed_key;
pub mod custom_key_store;
pub mod derivation_disagreement;
pub mod imported_key_material;
pub mod key_not_usable;
pub mod malformed_public_key;
pub mod multi_region_key;
pub mod private_key_in_evidence;
pub mod wrong_key_spec;
pub mod wrong_key_usage;

pub(crate) mod date;

use crate::evidence::{Bundle, Data, Field, Key, Metadata, Place, PublicKeyExport, Teller};
use crate::rules::Outcome;

/// The `DescribeKey` exports of a key.
pub(super) fn metadata<'b>(bundle: &'b Bundle, key: &'b Key) -> impl Iterator<Item = &'b Metadata> {
    bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::Metadata(metadata) => Some(metadata.as_ref()),
            _ => None,
        })
}

/// The exports of a key's public key, good or not.
pub(super) fn public_keys<'b>(bundle: &'b Bundle, key: &'b Key) -> impl Iterator<Item = &'b PublicKeyExport> {
    bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::PublicKey(export) => Some(export),
            _ => None,
        })
}

/// What every `DescribeKey` export of a key says in one field.
pub(super) fn told<'b>(
    bundle: &'b Bundle,
    key: &'b Key,
    read: impl Fn(&'b Metadata) -> &'b Place,
) -> Vec<&'b Field<String>> {
    metadata(bundle, key)
        .filter_map(|metadata| read(metadata).as_ref())
        .collect()
}

/// Who says a field of the metadata: the first that does.
pub(super) fn teller<'b, T: 'b>(
    bundle: &'b Bundle,
    key: &'b Key,
    read: impl Fn(&'b Metadata) -> &'b Option<T>,
) -> Teller {
    metadata(bundle, key)
        .find(|metadata| read(metadata).is_some())
        .map_or(Teller::Aws, |metadata| metadata.teller)
}

/// The outcome for a key of which the metadata do not say `field`.
pub(super) fn not_told(bundle: &Bundle, key: &Key, field: &str) -> Outcome {
    let tellers: Vec<Teller> = metadata(bundle, key).map(|metadata| metadata.teller).collect();
    match tellers.first() {
        None => no_metadata(),
        Some(code) if tellers.iter().all(|teller| teller.is_code()) => Outcome::NotEvaluated(format!(
            "{} does not say {field} (aws kms describe-key does)",
            code.words()
        )),
        Some(_) => Outcome::NotEvaluated(format!("the key's DescribeKey export does not say {field}")),
    }
}

/// The outcome for a key whose metadata are not in the evidence.
pub(super) fn no_metadata() -> Outcome {
    Outcome::NotEvaluated("the key's metadata are not in the evidence (aws kms describe-key)".to_owned())
}

/// The outcome for a key whose public key is not in the evidence.
pub(super) fn no_public_key() -> Outcome {
    Outcome::NotEvaluated("the public key is not in the evidence (aws kms get-public-key)".to_owned())
}
