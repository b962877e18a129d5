//! Whether a claimed address is a key's.

use std::collections::BTreeSet;

use crate::address::diagnose::{self, Explanation};
use crate::address::{self, ClaimError, Claimed, Options, Payload, PayloadKind};
use crate::evidence::{Bundle, Claim, Data, Key};

/// What becomes of one claim for one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The claim is the key's address.
    Match,
    /// It is not.
    Mismatch {
        /// The claim, as read.
        claimed: Box<Claimed>,
        /// Whose it is, where the evidence says so.
        diagnosis: Option<Diagnosis>,
    },
    /// The checksum is wrong; what the claim stands for may still be the key's.
    WrongChecksum {
        /// The claim, as read; its `canonical` has the right checksum.
        claimed: Box<Claimed>,
        /// True if it stands for the key's address all the same.
        same_bytes: bool,
        /// What is wrong.
        error: String,
    },
    /// The claim is no address.
    Malformed(String),
    /// Nothing to compare it with.
    NotEvaluated(String),
}

/// Why a claim does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diagnosis {
    /// The address is that of these other keys of the evidence, in the claim's scheme or in another one (indices in
    /// `Bundle::keys`).
    AnotherKey(Vec<usize>),
    /// Another claim, bound to another key, names the same address (index in `Bundle::claims`).
    ClaimedForAnother(usize),
    /// The key has no secp256k1 address at all, because its public key is of another kind.
    NoAddress(String),
}

impl Diagnosis {
    /// The code that JSON uses.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AnotherKey(_) | Self::ClaimedForAnother(_) => "claim-belongs-to-another-key",
            Self::NoAddress(_) => "key-has-no-address",
        }
    }
}

/// Judges one claim for one key. The claim's own text says of which scheme it is.
pub fn judge_claim(bundle: &Bundle, key: &Key, claim: &Claim, options: &Options) -> Verdict {
    let claimed = match address::parse_claim(claim.address.value.trim(), options) {
        Ok(claimed) => claimed,
        Err(error @ ClaimError::Malformed { .. }) => return Verdict::Malformed(error.to_string()),
        Err(error) => {
            let text = error.to_string();
            let ClaimError::WrongChecksum { claimed, .. } = error else {
                return Verdict::Malformed(text);
            };
            return Verdict::WrongChecksum {
                same_bytes: claimed.is_one_of(&key.payloads),
                claimed,
                error: text,
            };
        }
    };
    if key.public_key.is_none() {
        if let Some(kind) = another_kind(bundle, key) {
            return Verdict::Mismatch {
                claimed: Box::new(claimed),
                diagnosis: Some(Diagnosis::NoAddress(kind)),
            };
        }
        return Verdict::NotEvaluated(
            "no undisputed public key of this key is in the evidence (aws kms get-public-key)".to_owned(),
        );
    }
    if claimed.is_one_of(&key.payloads) {
        return Verdict::Match;
    }
    let diagnosis = whose(bundle, key, &claimed);
    Verdict::Mismatch {
        claimed: Box::new(claimed),
        diagnosis,
    }
}

/// The keys of the evidence that have an address which stands for one of these.
pub fn keys_with(bundle: &Bundle, payloads: &[Payload]) -> Vec<usize> {
    let keys: BTreeSet<usize> = payloads
        .iter()
        .filter_map(|payload| bundle.by_address.get(payload))
        .flatten()
        .copied()
        .collect();
    keys.into_iter().collect()
}

/// Every reason why a claim may not hold for a key, in a fixed order; empty where nothing that is known explains it, and
/// without a public key to try the known mistakes on.
pub fn explain(bundle: &Bundle, key: &Key, claim: &Claim, options: &Options) -> Vec<Explanation> {
    let text = claim.address.value.trim();
    key.public_key.as_ref().map_or_else(Vec::new, |public| {
        diagnose::diagnose(text, public, &bundle.hypotheses, options)
    })
}

fn whose(bundle: &Bundle, key: &Key, claimed: &Claimed) -> Option<Diagnosis> {
    let bytes = claimed.payload;
    let mut keys = keys_with(bundle, &PayloadKind::ALL.map(|kind| Payload { bytes, kind }));
    // This key's own bytes, made as for another scheme, are no other key's.
    keys.retain(|other| {
        bundle
            .keys
            .get(*other)
            .is_some_and(|other| other.payloads != key.payloads)
    });
    if !keys.is_empty() {
        return Some(Diagnosis::AnotherKey(keys));
    }
    let payloads: Vec<Payload> = claimed.payloads().collect();
    // The other key may be missing here, while the owner says elsewhere that the address is another key's.
    payloads
        .iter()
        .filter_map(|payload| bundle.bound_by_address.get(payload))
        .flatten()
        .find(|claim| !key.claims.iter().any(|own| own.claim == **claim))
        .map(|claim| Diagnosis::ClaimedForAnother(*claim))
}

/// What the public key is instead of a secp256k1 key, where its export is good DER of another kind.
pub(super) fn another_kind(bundle: &Bundle, key: &Key) -> Option<String> {
    bundle.of_key(key).find_map(|(artefact, _)| match &artefact.data {
        Data::PublicKey(export) => export
            .result
            .as_ref()
            .err()
            .filter(|error| error.is_another_key())
            .map(crate::key::SpkiError::summary),
        _ => None,
    })
}
