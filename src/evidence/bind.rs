//! Which key a claimed address is claimed for.

use std::collections::BTreeMap;

use super::bundle::{BoundBy, BoundClaim, Bundle};
use super::join::key_of_alias;
use super::naming::{guide_alias, label};
use super::{Claim, ClaimOrigin};
use crate::address::evm::EvmAddress;
use crate::arn::KeyRef;

/// Binds each claim: by the key it names, else by role and chain, else by equal addresses.
///
/// A claim of a published set binds by its address alone: most of a set's keys are somebody else's.
pub(super) fn bind(bundle: &mut Bundle, paths: &[String]) {
    let mut by_address: BTreeMap<EvmAddress, Vec<usize>> = BTreeMap::new();
    for (index, key) in bundle.keys.iter().enumerate() {
        if let Some(address) = key.evm() {
            by_address.entry(address).or_default().push(index);
        }
    }
    let mut bound = Vec::new();
    for (index, (claim, _)) in bundle.claims.iter().enumerate() {
        if claim.origin != ClaimOrigin::PublishedSet {
            if let Some(named) = &claim.key {
                if let Some(key) = named_key(bundle, &named.value) {
                    bound.push((
                        key,
                        BoundClaim {
                            claim: index,
                            by: BoundBy::Key,
                            note: format!("names {}", named.value),
                        },
                    ));
                    continue;
                }
                // It names a key that is not here. Its address may still be that of one that is.
            } else if let Some((key, note)) = by_role_and_chain(bundle, paths, claim) {
                bound.push((
                    key,
                    BoundClaim {
                        claim: index,
                        by: BoundBy::RoleChain,
                        note,
                    },
                ));
                continue;
            }
        }
        let Some(address) = EvmAddress::from_digits(&claim.address.value) else {
            continue;
        };
        for key in by_address.get(&address).into_iter().flatten() {
            bound.push((
                *key,
                BoundClaim {
                    claim: index,
                    by: BoundBy::Address,
                    note: "has the same address".to_owned(),
                },
            ));
        }
    }
    for (key, claim) in bound {
        if let Some(key) = bundle.keys.get_mut(key) {
            key.claims.push(claim);
        }
    }
}

/// The key that a claim's `key` column names: ARN, id, alias (also without its `alias/`), or fingerprint.
fn named_key(bundle: &Bundle, text: &str) -> Option<usize> {
    let text = text.trim();
    let only = |found: Vec<usize>| match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let matching = |test: &dyn Fn(&super::Key) -> bool| {
        only(
            bundle
                .keys
                .iter()
                .enumerate()
                .filter(|(_, key)| test(key))
                .map(|(index, _)| index)
                .collect(),
        )
    };
    match KeyRef::parse(text) {
        Some(KeyRef::Arn { arn, id, .. }) => matching(&|key| key.arn.as_deref() == Some(arn.as_str()))
            .or_else(|| matching(&|key| key.arn.is_none() && key.id.as_deref() == Some(id.as_str()))),
        Some(KeyRef::Id(id)) => matching(&|key| key.id.as_deref() == Some(id.as_str())),
        Some(alias @ KeyRef::Alias { .. }) => key_of_alias(&bundle.keys, &alias),
        None => {
            let print = text.trim_start_matches("0x").to_ascii_lowercase();
            matching(&|key| {
                key.public_key
                    .as_ref()
                    .is_some_and(|key| key.fingerprint().to_string() == print)
            })
            .or_else(|| {
                let alias = KeyRef::Alias {
                    name: format!("alias/{text}"),
                    scope: None,
                };
                key_of_alias(&bundle.keys, &alias)
            })
        }
    }
}

/// The one key that has the claim's role and chain, by an alias of the guide's pattern or by its place.
fn by_role_and_chain(bundle: &Bundle, paths: &[String], claim: &Claim) -> Option<(usize, String)> {
    let (role, chain) = (claim.role.as_deref()?, claim.chain.as_deref()?);
    let mut by_alias = bundle.keys.iter().enumerate().filter_map(|(index, key)| {
        let alias = key.aliases.iter().find(|alias| {
            guide_alias(alias).is_some_and(|alias| alias.role.word() == role && alias.chain == chain)
        })?;
        Some((index, alias.clone()))
    });
    match (by_alias.next(), by_alias.next()) {
        (Some((key, alias)), None) => return Some((key, format!("{alias} says {role} on {chain}"))),
        (Some(_), Some(_)) => return None,
        _ => {}
    }
    let says = |path: &String| {
        let label = label(path);
        let words: Vec<&str> = label.split(['-', '/']).collect();
        let run: Vec<&str> = chain.split(|char: char| !char.is_alphanumeric()).collect();
        words.contains(&role) && words.windows(run.len().max(1)).any(|window| window == run)
    };
    let mut by_place = bundle.keys.iter().enumerate().filter(|(_, key)| {
        key.joins
            .iter()
            .filter(|join| !join.by.is_by_place())
            .any(|join| paths.get(join.artefact).is_some_and(says))
    });
    match (by_place.next(), by_place.next()) {
        (Some((key, _)), None) => Some((key, format!("file names say {role} on {chain}"))),
        _ => None,
    }
}
