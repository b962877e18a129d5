//! Which key a claimed address is claimed for.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{BoundBy, BoundClaim, Bundle, Gap, Key};
use super::naming::{guide_alias, role_and_chain, same_chain_form};
use super::{Claim, ClaimOrigin, redacted};
use crate::address::{self, Payload};
use crate::arn::KeyRef;

/// The ways to find the keys that a claim may mean.
#[derive(Default)]
#[expect(
    clippy::struct_field_names,
    reason = "each is a way to find a key by something"
)]
struct Index {
    by_arn: BTreeMap<String, Vec<usize>>,
    by_id: BTreeMap<String, Vec<usize>>,
    by_alias: BTreeMap<String, Vec<usize>>,
    by_fingerprint: BTreeMap<String, Vec<usize>>,
    by_address: BTreeMap<Payload, Vec<usize>>,
    /// By role and chain of an alias of the guide's pattern, with that alias.
    by_guide_alias: BTreeMap<(String, String), Vec<(usize, String)>>,
    /// By role and chain of the key's own files' names.
    by_path: BTreeMap<(String, String), BTreeSet<usize>>,
}

impl Index {
    fn of(bundle: &Bundle, paths: &[String]) -> Self {
        let mut index = Self::default();
        let known = |declared: bool| {
            bundle
                .keys
                .iter()
                .enumerate()
                .filter(move |(_, key)| key.declared.is_some() == declared)
        };
        for (at, key) in known(false) {
            index.add(at, key, paths);
        }
        // What code declares is meant only where nothing that is there has the name.
        let mut intent = Self::default();
        for (at, key) in known(true) {
            intent.add(at, key, paths);
        }
        for (name, keys) in intent.by_alias {
            index.by_alias.entry(name).or_insert(keys);
        }
        for (what, keys) in intent.by_guide_alias {
            index.by_guide_alias.entry(what).or_insert(keys);
        }
        for (what, keys) in intent.by_path {
            index.by_path.entry(what).or_insert(keys);
        }
        index
    }

    fn add(&mut self, at: usize, key: &Key, paths: &[String]) {
        if let Some(arn) = &key.arn {
            self.by_arn.entry(arn.clone()).or_default().push(at);
        }
        if let Some(id) = &key.id {
            self.by_id.entry(id.clone()).or_default().push(at);
        }
        if let Some(public) = &key.public_key {
            self.by_fingerprint
                .entry(public.fingerprint().to_string())
                .or_default()
                .push(at);
        }
        for payload in &key.payloads {
            self.by_address.entry(*payload).or_default().push(at);
        }
        for alias in &key.aliases {
            self.by_alias.entry(alias.clone()).or_default().push(at);
            if let Some(guide) = guide_alias(alias) {
                let what = (guide.role.word().to_owned(), same_chain_form(&guide.chain));
                self.by_guide_alias
                    .entry(what)
                    .or_default()
                    .push((at, alias.clone()));
            }
        }
        for join in key.joins.iter().filter(|join| !join.by.is_by_place()) {
            if let Some(what) = paths.get(join.artefact).and_then(|path| role_and_chain(path)) {
                self.by_path.entry(what).or_default().insert(at);
            }
        }
    }
}

/// Keys that are one: a single one, or the replicas of one multi-Region key.
fn as_one(keys: &[Key], found: &[usize]) -> Vec<usize> {
    let identity = |index: &usize| {
        let key = keys.get(*index)?;
        let id = key.id.as_ref().filter(|id| id.starts_with("mrk-"))?;
        Some((id.clone(), key.account.clone()))
    };
    match found {
        [] => Vec::new(),
        [one] => vec![*one],
        [first, ..] => {
            let own = identity(first);
            let replicas = own.is_some() && found.iter().all(|key| identity(key) == own);
            if replicas { found.to_vec() } else { Vec::new() }
        }
    }
}

/// Binds each claim: by the key it names, else by role and chain, else by equal addresses.
///
/// A claim that names a key is about that key alone: where it is not in the evidence, the claim stays unbound. A claim of
/// a published set binds by its address alone: most of a set's keys are somebody else's.
pub(super) fn bind(bundle: &mut Bundle, paths: &[String]) {
    let index = Index::of(bundle, paths);
    let mut bound: Vec<(usize, BoundClaim)> = Vec::new();
    let mut gaps = Vec::new();
    for (at, (claim, _)) in bundle.claims.iter().enumerate() {
        // Bech32 may be of two schemes, so of two keys.
        let equal: BTreeSet<usize> = address::payloads(&claim.address.value)
            .iter()
            .filter_map(|payload| index.by_address.get(payload))
            .flatten()
            .copied()
            .collect();
        let equal: Vec<usize> = equal.into_iter().collect();
        let mut take = |keys: &[usize], by: BoundBy, note: &str| {
            for key in keys {
                bound.push((
                    *key,
                    BoundClaim {
                        claim: at,
                        by,
                        note: note.to_owned(),
                    },
                ));
            }
        };
        if claim.origin != ClaimOrigin::PublishedSet {
            // A masked name names no key.
            if let Some(named) = claim.key.as_ref().filter(|key| names_a_key(&key.value)) {
                let keys = as_one(&bundle.keys, &named_keys(&index, &named.value));
                if keys.is_empty() {
                    gaps.push(unbound(bundle, claim, &named.value, &equal));
                } else {
                    take(&keys, BoundBy::Key, &format!("names {}", named.value));
                }
                continue;
            }
            if let Some((keys, note)) = by_role_and_chain(bundle, &index, claim) {
                take(&keys, BoundBy::RoleChain, &note);
                continue;
            }
        }
        take(&equal, BoundBy::Address, "has the same address");
    }
    for (key, claim) in bound {
        if let Some(key) = bundle.keys.get_mut(key) {
            key.claims.push(claim);
        }
    }
    bundle.gaps.extend(gaps);
}

/// A claim for a key that is not here: said, because its address may be that of a key that is.
fn unbound(bundle: &Bundle, claim: &Claim, named: &str, equal: &[usize]) -> Gap {
    let owners: Vec<String> = equal
        .iter()
        .filter_map(|key| bundle.keys.get(*key))
        .map(Key::subject)
        .collect();
    let whose = if owners.is_empty() {
        String::new()
    } else {
        format!(
            "; it is the address of {}, but that is not the key it is claimed for",
            owners.join(" and ")
        )
    };
    Gap {
        kind: "claim".to_owned(),
        message: format!(
            "{} is claimed for {named}, which is no key of the evidence{whose}",
            claim.address.value
        ),
        span: claim.key.as_ref().map(|key| key.span),
        key: None,
    }
}

/// True unless the text is masked; an ARN with a whole key id names its key all the same.
fn names_a_key(text: &str) -> bool {
    !redacted::is_masked(text) || redacted::key_id(text).is_some()
}

/// The keys that a claim's `key` column names: ARN, id, alias (also without its `alias/`), or fingerprint.
fn named_keys(index: &Index, text: &str) -> Vec<usize> {
    let text = text.trim();
    let all = |found: Option<&Vec<usize>>| found.cloned().unwrap_or_default();
    match KeyRef::parse(text) {
        Some(KeyRef::Arn { arn, id, .. }) => match index.by_arn.get(&arn) {
            Some(found) => found.clone(),
            // A key that the evidence knows by its bare id alone.
            None if index.by_arn.keys().all(|arn| !arn.ends_with(&format!("/{id}"))) => {
                all(index.by_id.get(&id))
            }
            None => Vec::new(),
        },
        Some(KeyRef::Id(id)) => all(index.by_id.get(&id)),
        Some(KeyRef::Alias { name, .. }) => all(index.by_alias.get(&name)),
        None if redacted::key_id(text).is_some() => {
            let id = redacted::key_id(text).unwrap_or_default().to_ascii_lowercase();
            all(index.by_id.get(&id))
        }
        Some(KeyRef::Declared { .. }) | None => {
            let lower = text.to_ascii_lowercase();
            let digits = lower
                .trim_start_matches("sha256:")
                .trim_start_matches("0x")
                .replace(':', "");
            match index.by_fingerprint.get(&digits) {
                Some(found) => found.clone(),
                None => all(index.by_alias.get(&format!("alias/{text}"))),
            }
        }
    }
}

/// The one key that has the claim's role and chain, by an alias of the guide's pattern or by its files' names.
fn by_role_and_chain(bundle: &Bundle, index: &Index, claim: &Claim) -> Option<(Vec<usize>, String)> {
    let (role, chain) = (claim.role.as_deref()?, claim.chain.as_deref()?);
    let what = (role.to_owned(), same_chain_form(chain));
    if let Some(found) = index.by_guide_alias.get(&what) {
        let keys: Vec<usize> = found.iter().map(|(key, _)| *key).collect();
        let keys = as_one(&bundle.keys, &keys);
        let alias = found.first().map(|(_, alias)| alias.clone()).unwrap_or_default();
        return (!keys.is_empty()).then(|| (keys, format!("{alias} says {role} on {chain}")));
    }
    let found: Vec<usize> = index.by_path.get(&what)?.iter().copied().collect();
    let keys = as_one(&bundle.keys, &found);
    (!keys.is_empty()).then(|| (keys, format!("file names say {role} on {chain}")))
}
