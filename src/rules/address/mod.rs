//! Rules on addresses and claims.

pub mod claim_belongs_to_another_key;
pub mod claim_checksum;
pub mod claim_mismatch;
pub mod malformed_claim;
mod verdict;
pub mod zero_address_claim;

pub use verdict::{Diagnosis, Verdict, explain, judge_claim, keys_with};

use std::collections::BTreeMap;

use crate::address;
use crate::address::diagnose::Explanation;
use crate::evidence::{BoundBy, BoundClaim, Bundle, Claim, Key};
use crate::rules::Outcome;
use crate::rules::common::short;

/// The claims that are made for this very key: bound by its name, or by role and chain. A claim that is only equal by
/// its address cannot be wrong.
pub(super) fn made_for<'b>(bundle: &'b Bundle, key: &'b Key) -> Vec<(&'b Claim, &'b BoundClaim)> {
    bundle
        .claims_of(key)
        .filter(|(_, bound)| bound.by != BoundBy::Address)
        .collect()
}

/// A claim in words: what it is claimed for, and by whom.
pub(super) fn claimed_for(claim: &Claim) -> String {
    let role = match (&claim.role, &claim.chain) {
        (Some(role), Some(chain)) => format!("{role} on {chain}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => String::new(),
    };
    match (&claim.source, role.is_empty()) {
        (Some(source), true) => format!("({source})"),
        (Some(source), false) => format!("for {role} ({source})"),
        (None, true) => "without role or chain".to_owned(),
        (None, false) => format!("for {role}"),
    }
}

/// Where a key's public key stands.
pub(super) fn public_key_span(bundle: &Bundle, key: &Key) -> Option<crate::source::Span> {
    bundle.of_key(key).find_map(|(artefact, _)| match &artefact.data {
        crate::evidence::Data::PublicKey(export) => Some(export.span),
        _ => None,
    })
}

/// Why the claims of a key cannot be compared with its address at all; nothing where they can.
pub(super) fn not_comparable(bundle: &Bundle, key: &Key) -> Option<Outcome> {
    if made_for(bundle, key).is_empty() {
        return Some(if key.claims.is_empty() {
            Outcome::NotEvaluated("no claim names this key, or its role and chain".to_owned())
        } else {
            Outcome::NotApplicable(
                "only the address itself binds a claim to this key: such a claim cannot be another's"
                    .to_owned(),
            )
        });
    }
    if key.public_key.is_some() {
        return None;
    }
    Some(if verdict::another_kind(bundle, key).is_some() {
        Outcome::NotApplicable("the key has no secp256k1 address at all: see wrong-key-spec".to_owned())
    } else {
        Outcome::NotEvaluated(
            "no undisputed public key of this key is in the evidence (aws kms get-public-key)".to_owned(),
        )
    })
}

/// The key that each claim (index in `Bundle::claims`) is bound to; of several the first.
pub(super) fn keys_of_claims(bundle: &Bundle) -> BTreeMap<usize, &Key> {
    let mut keys = BTreeMap::new();
    for key in &bundle.keys {
        for bound in &key.claims {
            keys.entry(bound.claim).or_insert(key);
        }
    }
    keys
}

/// What a finding on a claim is about: its key, or else the claim itself.
pub(super) fn subject_of_claim(key: Option<&Key>, claim: &Claim) -> String {
    match key {
        Some(key) => key.subject(),
        None => format!("claim {} {}", short(&claim.address.value), claimed_for(claim)),
    }
}

/// The claim as canonical text, for a finding's fingerprint.
pub(super) fn claim_content(claim: &Claim) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let key = claim.key.as_ref().map_or("", |key| key.value.as_str());
    [
        claim.address.value.as_str(),
        &part(&claim.role),
        &part(&claim.chain),
        key,
    ]
    .join("\n")
}

/// Explanations as they follow a sentence on the claim: ": it is …; it is …", or nothing.
pub(super) fn because(explanations: &[Explanation]) -> String {
    let each: Vec<&str> = explanations
        .iter()
        .map(|explanation| explanation.message.as_str())
        .collect();
    if each.is_empty() {
        String::new()
    } else {
        format!(": {}", each.join("; "))
    }
}

/// True for the zero address, which has a rule of its own.
pub(super) fn is_zero(claim: &Claim) -> bool {
    address::payloads(&claim.address.value)
        .first()
        .is_some_and(|payload| payload.bytes == [0; 20])
}
