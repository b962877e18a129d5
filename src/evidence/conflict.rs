//! Artefacts that contradict each other. What code says is to be contradicts nothing that is.

use sha2::{Digest as _, Sha256};

use super::bundle::{Bundle, Conflict};
use super::{Data, Field, Key, Metadata, PolicyExport, Trouble, redacted};
use crate::key::PublicKey;
use crate::source::Span;

/// Finds the contradictions: per key, and between keys.
pub(super) fn find(bundle: &Bundle) -> Vec<Conflict> {
    let mut found = Vec::new();
    for (index, key) in bundle.keys.iter().enumerate() {
        let mut note = |about: &str, values: Vec<(String, Span)>| {
            if let Some(((first, at), (second, other))) = differing(&values) {
                found.push(Conflict {
                    key: index,
                    about: about.to_owned(),
                    values: (first.clone(), second.clone()),
                    places: (*at, *other),
                });
            }
        };
        note("the public key", public_keys(bundle, key));
        note("the key spec", key_specs(bundle, key));
        for (name, values) in policies(bundle, key) {
            note(&format!("the key policy \"{name}\""), values);
        }
        for (field, read) in METADATA_FIELDS {
            note(
                &format!("the metadata's {field}"),
                metadata_values(bundle, key, *read),
            );
        }
    }
    found.extend(shared_public_keys(bundle));
    found.extend(alias_targets(bundle));
    found
}

type Valued = (String, Span);

/// The first two values that differ.
fn differing(values: &[Valued]) -> Option<(&Valued, &Valued)> {
    let first = values.first()?;
    values
        .iter()
        .find(|(value, _)| *value != first.0)
        .map(|second| (first, second))
}

fn public_keys(bundle: &Bundle, key: &Key) -> Vec<Valued> {
    exports(bundle, key)
        .filter_map(|export| {
            Some((
                format!("SHA-256 {}", export.result.as_ref().ok()?.fingerprint()),
                export.span,
            ))
        })
        .collect()
}

fn exports<'b>(bundle: &'b Bundle, key: &'b Key) -> impl Iterator<Item = &'b super::PublicKeyExport> {
    bundle
        .of_key(key)
        .filter(|(artefact, _)| !artefact.intent)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::PublicKey(export) => Some(export),
            _ => None,
        })
}

/// What each export calls the key spec, and what the public key's own bytes say.
fn key_specs(bundle: &Bundle, key: &Key) -> Vec<Valued> {
    let named = |field: &Option<Field<String>>| field.as_ref().map(|field| (field.value.clone(), field.span));
    let mut values = Vec::new();
    for export in exports(bundle, key) {
        values.extend(named(&export.key_spec));
        let own = match &export.result {
            Ok(_) => Some("ECC_SECG_P256K1"),
            Err(error) => error.key_spec(),
        };
        values.extend(own.map(|spec| (spec.to_owned(), export.span)));
    }
    values.extend(metadata_values(bundle, key, |metadata| named(&metadata.key_spec)));
    values
}

fn policies(bundle: &Bundle, key: &Key) -> Vec<(String, Vec<Valued>)> {
    let mut by_name: std::collections::BTreeMap<String, Vec<Valued>> = std::collections::BTreeMap::new();
    for (artefact, _) in bundle.of_key(key).filter(|(artefact, _)| !artefact.intent) {
        // A masked copy differs from the document, and from another masked copy, for nothing.
        if is_redacted(&artefact.troubles) {
            continue;
        }
        let Data::Policy(PolicyExport {
            name,
            document,
            source,
            ..
        }) = &artefact.data
        else {
            continue;
        };
        let name = name.as_ref().map_or("default", |name| name.value.as_str());
        let span = Span::new(*source, document.span.clone());
        by_name
            .entry(name.to_owned())
            .or_default()
            .push((document.canonical(), span));
    }
    by_name
        .into_iter()
        .map(|(name, values)| {
            // The texts are long and differ somewhere; their digests are enough to tell them apart.
            let short = |text: &str| {
                let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
                format!("SHA-256 {}", crate::encoding::hex::encode(&digest))
            };
            (
                name,
                values
                    .into_iter()
                    .map(|(text, span)| (short(&text), span))
                    .collect(),
            )
        })
        .collect()
}

pub(super) fn is_redacted(troubles: &[Trouble]) -> bool {
    troubles
        .iter()
        .any(|trouble| matches!(trouble, Trouble::Redacted { in_policy: true, .. }))
}

type ReadField = fn(&Metadata) -> Option<Valued>;

/// What may not differ between two exports of one key. (`KeyState` may: they can be of different days.)
const METADATA_FIELDS: &[(&str, ReadField)] = &[
    ("KeyUsage", |metadata| {
        metadata
            .key_usage
            .as_ref()
            .map(|field| (field.value.clone(), field.span))
    }),
    ("Origin", |metadata| {
        metadata
            .origin
            .as_ref()
            .map(|field| (field.value.clone(), field.span))
    }),
    ("KeyManager", |metadata| {
        metadata
            .key_manager
            .as_ref()
            .map(|field| (field.value.clone(), field.span))
    }),
    ("MultiRegion", |metadata| {
        metadata
            .multi_region
            .as_ref()
            .map(|field| (field.value.to_string(), field.span))
    }),
];

fn metadata_values(bundle: &Bundle, key: &Key, read: impl Fn(&Metadata) -> Option<Valued>) -> Vec<Valued> {
    bundle
        .of_key(key)
        .filter(|(artefact, _)| !artefact.intent)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::Metadata(metadata) => read(metadata),
            _ => None,
        })
        .collect()
}

/// One public key under two key ids. Replicas of a multi-Region key share id and key, and are no contradiction.
fn shared_public_keys(bundle: &Bundle) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut seen: std::collections::BTreeMap<PublicKey, usize> = std::collections::BTreeMap::new();
    let place = |key: &Key| public_keys(bundle, key).first().map(|(_, span)| *span);
    for (index, key) in bundle.keys.iter().enumerate() {
        let (Some(public), true) = (&key.public_key, key.id.is_some()) else {
            continue;
        };
        let Some(first) = seen.get(public).and_then(|first| bundle.keys.get(*first)) else {
            seen.insert(*public, index);
            continue;
        };
        if first.id == key.id {
            continue;
        }
        if let (Some(one), Some(other)) = (place(first), place(key)) {
            found.push(Conflict {
                key: index,
                about: "the key id of one public key".to_owned(),
                values: (first.subject(), key.subject()),
                places: (one, other),
            });
        }
    }
    found
}

/// One alias, in one account and region, with two targets.
fn alias_targets(bundle: &Bundle) -> Vec<Conflict> {
    let mut seen: std::collections::BTreeMap<String, Valued> = std::collections::BTreeMap::new();
    let mut found = Vec::new();
    for artefact in bundle.artefacts.iter().filter(|artefact| !artefact.intent) {
        let Data::Aliases(list) = &artefact.data else {
            continue;
        };
        for alias in &list.aliases {
            let (Some(arn), Some(target)) = (&alias.arn, &alias.target) else {
                continue;
            };
            if redacted::is_masked(&arn.value) {
                continue;
            }
            let id = target.value.id().unwrap_or_default().to_owned();
            let Some((first, at)) = seen.get(&arn.value) else {
                seen.insert(arn.value.clone(), (id, target.span));
                continue;
            };
            let key = bundle
                .keys
                .iter()
                .position(|key| key.id.as_deref() == Some(id.as_str()));
            if let (true, Some(key)) = (*first != id, key) {
                found.push(Conflict {
                    key,
                    about: format!("the target of {}", alias.name.value),
                    values: (first.clone(), id),
                    places: (*at, target.span),
                });
            }
        }
    }
    found
}
