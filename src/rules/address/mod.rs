//! Rules on addresses and claims.

pub mod claim_belongs_to_another_key;
pub mod claim_mismatch;
mod verdict;

pub use verdict::{Diagnosis, Verdict, judge_claim, keys_with};

use crate::evidence::{BoundBy, BoundClaim, Bundle, Claim, Key};

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
