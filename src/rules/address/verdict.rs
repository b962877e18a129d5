//! Whether a claimed address is a key's.

use crate::address::evm::{Evm, EvmAddress};
use crate::address::{AddressScheme as _, ClaimError, Options};
use crate::evidence::{Bundle, Claim, Data, Key};

/// What becomes of one claim for one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The claim is the key's address.
    Match,
    /// It is not.
    Mismatch(Option<Diagnosis>),
    /// The letters' case is no EIP-55 checksum of the digits; they may still be the key's.
    WrongChecksum {
        /// True if the digits are those of the key's address.
        same_digits: bool,
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
    /// The address is that of these other keys of the evidence (indices in `Bundle::keys`).
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

/// Judges one claim for one key.
pub fn judge_claim(bundle: &Bundle, key: &Key, claim: &Claim, chain_id: Option<u64>) -> Verdict {
    let options = Options { chain_id };
    let read = Evm
        .parse_claim(claim.address.value.trim(), &options)
        .map(|claimed| claimed.evm());
    let digits = match read {
        Ok(Some(digits)) => digits,
        Ok(None) => return Verdict::Malformed("not an EVM address".to_owned()),
        Err(error @ ClaimError::WrongChecksum { .. }) => {
            let same_digits =
                EvmAddress::from_digits(&claim.address.value).is_some_and(|digits| Some(digits) == key.evm());
            return Verdict::WrongChecksum {
                same_digits,
                error: error.to_string(),
            };
        }
        Err(error) => return Verdict::Malformed(error.to_string()),
    };
    let Some(own) = key.evm() else {
        if let Some(kind) = another_kind(bundle, key) {
            return Verdict::Mismatch(Some(Diagnosis::NoAddress(kind)));
        }
        return Verdict::NotEvaluated(
            "no undisputed public key of this key is in the evidence (aws kms get-public-key)".to_owned(),
        );
    };
    if digits == own {
        return Verdict::Match;
    }
    Verdict::Mismatch(diagnose(bundle, key, digits))
}

/// The keys of the evidence that have an address.
pub fn keys_with(bundle: &Bundle, address: EvmAddress) -> Vec<usize> {
    bundle.by_address.get(&address).cloned().unwrap_or_default()
}

fn diagnose(bundle: &Bundle, key: &Key, address: EvmAddress) -> Option<Diagnosis> {
    let keys = keys_with(bundle, address);
    if !keys.is_empty() {
        return Some(Diagnosis::AnotherKey(keys));
    }
    // The other key may be missing here, while the owner says elsewhere that the address is another key's.
    let others = bundle.bound_by_address.get(&address)?;
    let other = others
        .iter()
        .find(|claim| !key.claims.iter().any(|own| own.claim == **claim));
    other.map(|claim| Diagnosis::ClaimedForAnother(*claim))
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
