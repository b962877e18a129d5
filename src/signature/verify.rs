//! Whether a signature is that of a key, of an address, or of both.
//!
//! k256 verifies, and libsecp256k1 verifies again (feature `cross-check`); their answers are compared and never mixed.
//! Both refuse a high s by themselves, which is the chain's rule and not ECDSA's, so they are given the lower of s and
//! n - s, and the verdict says which one it was. An address has no key: the key is recovered from the signature, and
//! then verified like any other, because recovery alone proves nothing.

mod first;
#[cfg(feature = "cross-check")]
mod second;

use super::encoding::Reading;
use super::{Signature, V};
use crate::address::{Claimed, EvmAddress, Payload, PayloadKind};
use crate::key::PublicKey;

/// Whose signature it is said to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The key.
    pub key: Option<&'a PublicKey>,
    /// The address.
    pub address: Option<Wanted>,
}

/// The address that a key must have, in any scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    bytes: [u8; 20],
    evm: bool,
    hash160: bool,
}

impl Wanted {
    /// An address of an EVM chain.
    pub const fn evm(address: EvmAddress) -> Self {
        Self {
            bytes: address.0,
            evm: true,
            hash160: false,
        }
    }

    /// A claimed address; one whose scheme the text leaves open may be of either.
    pub fn of(claimed: &Claimed) -> Self {
        let has = |kind| claimed.payloads().any(|payload| payload.kind == kind);
        Self {
            bytes: claimed.payload,
            evm: has(PayloadKind::Evm20),
            hash160: has(PayloadKind::Hash160),
        }
    }

    /// The 20 bytes, where only an EVM address can have them: cheap to compare with many keys.
    pub(super) fn only_evm(&self) -> Option<[u8; 20]> {
        (self.evm && !self.hash160).then_some(self.bytes)
    }

    /// True for the address of a key.
    pub fn is_of(&self, key: &PublicKey) -> bool {
        let has = |wanted, kind| wanted && Payload::of(kind, key).bytes == self.bytes;
        has(self.evm, PayloadKind::Evm20) || has(self.hash160, PayloadKind::Hash160)
    }
}

impl Claim<'_> {
    /// True for a key that has the claimed address; of every key where none is claimed.
    fn allows(&self, key: &PublicKey) -> bool {
        self.address.is_none_or(|address| address.is_of(key))
    }

    /// True where nobody is claimed.
    pub const fn is_empty(&self) -> bool {
        self.key.is_none() && self.address.is_none()
    }
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The signature is that of the claimed key and address.
    Verified,
    /// It is not.
    NotVerified,
    /// Nobody was claimed: the address that it would be the signature of.
    Recovered,
}

impl Verdict {
    /// The word of reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not-verified",
            Self::Recovered => "recovered",
        }
    }
}

/// Why a signature that reads well is not verified, as far as the signature alone tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The equation does not hold for the key.
    WrongKey,
    /// It recovers to another address.
    WrongAddress,
    /// It is the key's, but v is that of another one.
    WrongParity,
    /// The claimed address is not that of the claimed key.
    ClaimsDiffer,
    /// r is no point's x, or the recovered point is none: there is no key that it could be of.
    NoKey,
}

/// What the second implementation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    /// The same as the first.
    Agrees,
    /// Another answer: a fault in one of both, to be reported.
    Disagrees,
    /// Nothing: this build has none.
    NotEvaluated,
}

/// A signature's verdict, with all that follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The answer.
    pub verdict: Verdict,
    /// Why it is no.
    pub refusal: Option<Refusal>,
    /// Which of the readings it rests on, as an index.
    pub reading: usize,
    /// The address that the signature recovers to, where it has one answer: by v, or by the claim that holds.
    pub recovered: Option<EvmAddress>,
    /// The key that it recovers to.
    pub key: Option<PublicKey>,
    /// Without v, or with several readings, all addresses that it may be of.
    pub candidates: Vec<EvmAddress>,
    /// True for an s of at most (n - 1) / 2.
    pub low_s: bool,
    /// The second implementation.
    pub second: Second,
}

impl Verification {
    /// True for a good signature that Ethereum takes as it is (EIP-2).
    pub fn is_acceptable_on_chain(&self) -> bool {
        self.low_s && self.verdict != Verdict::NotVerified
    }
}

/// Verifies the readings of one signature against a claim; the first one that verifies counts.
///
/// With a key the equation of SEC 1 v2 4.1.4 is checked, with an address the key is recovered (4.1.6) and then checked
/// in the same way. A v must be right wherever there is one: with another v, a contract recovers another address. Without
/// a claim the verdict is [`Verdict::Recovered`].
pub fn verify(readings: &[Reading], digest: &[u8; 32], claim: &Claim<'_>) -> Verification {
    if claim.is_empty() {
        return recover_only(readings, digest);
    }
    let mut first = None;
    let mut candidates = Vec::new();
    let mut disagrees = false;
    for (index, reading) in readings.iter().enumerate() {
        let mut answer = against(&reading.signature, digest, claim);
        answer.reading = index;
        disagrees |= answer.second == Second::Disagrees;
        if answer.verdict == Verdict::Verified {
            return answer;
        }
        add_new(&mut candidates, &std::mem::take(&mut answer.candidates));
        first.get_or_insert(answer);
    }
    let mut answer = first.unwrap_or_else(|| none(readings));
    answer.candidates = candidates;
    if answer.candidates.len() > 1 {
        answer.recovered = None;
        answer.key = None;
    }
    if disagrees {
        answer.second = Second::Disagrees;
    }
    answer
}

/// Adds those that are not there yet.
fn add_new(candidates: &mut Vec<EvmAddress>, more: &[EvmAddress]) {
    for candidate in more {
        if !candidates.contains(candidate) {
            candidates.push(*candidate);
        }
    }
}

/// One reading against a claim, where it holds: the short way, which a good signature takes.
fn confirmed(signature: &Signature, digest: &[u8; 32], claim: &Claim<'_>) -> Option<Verification> {
    let (key, second) = if let Some(key) = claim.key {
        if !claim.allows(key) || !first::verify(signature, digest, key) {
            return None;
        }
        // Without v there is nothing to recover.
        if let Some(v) = signature.v()
            && candidate(signature, digest, v.is_odd()).as_ref() != Some(key)
        {
            return None;
        }
        (*key, second_opinion(signature, digest, key, true))
    } else {
        [false, true]
            .into_iter()
            .filter(|odd| signature.v().is_none_or(|v| v.is_odd() == *odd))
            .find_map(|odd| {
                let key = candidate(signature, digest, odd)?;
                let is_own = claim.allows(&key) && first::verify(signature, digest, &key);
                is_own.then(|| (key, second_opinion(signature, digest, &key, true)))
            })?
    };
    let address = EvmAddress::of(&key);
    Some(Verification {
        verdict: Verdict::Verified,
        refusal: None,
        reading: 0,
        recovered: Some(address),
        key: Some(key),
        candidates: vec![address],
        low_s: signature.is_low_s(),
        second,
    })
}

/// A key that may have made the signature, by whichever implementation recovers faster; it is verified by both afterwards,
/// so that a wrong one confirms nothing.
fn candidate(signature: &Signature, digest: &[u8; 32], odd: bool) -> Option<PublicKey> {
    #[cfg(feature = "cross-check")]
    {
        let point = second::recover_unverified(signature, digest, odd)?;
        PublicKey::from_sec1(&point, false).ok()
    }
    #[cfg(not(feature = "cross-check"))]
    {
        first::recover(signature, digest, odd)
    }
}

/// One reading against a claim.
fn against(signature: &Signature, digest: &[u8; 32], claim: &Claim<'_>) -> Verification {
    if let Some(answer) = confirmed(signature, digest, claim) {
        return answer;
    }
    let keys = recovered(signature, digest);
    let mut second = keys.second;
    let fitting = keys.keys.iter().find(|(_, key)| match claim.key {
        Some(claimed) => key == claimed,
        None => claim.allows(key),
    });
    // The equation itself, for a claimed key whatever was recovered from it: r may be x - n.
    let mut holds = fitting.is_some();
    if let Some(key) = claim.key {
        holds = first::verify(signature, digest, key);
        second = second.and(second_opinion(signature, digest, key, holds));
    }
    let fits_v = |odd: bool| signature.v().is_none_or(|v| v.is_odd() == odd);
    let is_own = claim.key.is_none_or(|key| claim.allows(key));
    let refusal = if !is_own {
        Some(Refusal::ClaimsDiffer)
    } else if !holds {
        Some(match (claim.key, keys.keys.is_empty()) {
            (Some(_), _) => Refusal::WrongKey,
            (None, true) => Refusal::NoKey,
            (None, false) => Refusal::WrongAddress,
        })
    } else if fitting.is_some_and(|(odd, _)| !fits_v(*odd)) {
        Some(Refusal::WrongParity)
    } else {
        None
    };
    let named: Vec<&(bool, PublicKey)> = keys.keys.iter().filter(|(odd, _)| fits_v(*odd)).collect();
    let key = if refusal.is_none() {
        claim.key.copied().or_else(|| fitting.map(|(_, key)| *key))
    } else {
        match named.as_slice() {
            [(_, key)] => Some(*key),
            _ => None,
        }
    };
    Verification {
        verdict: if refusal.is_none() {
            Verdict::Verified
        } else {
            Verdict::NotVerified
        },
        refusal,
        reading: 0,
        recovered: key.as_ref().map(EvmAddress::of),
        key,
        candidates: named.iter().map(|(_, key)| EvmAddress::of(key)).collect(),
        low_s: signature.is_low_s(),
        second,
    }
}

/// The readings without a claim. Where 64 bytes are read in two ways, the one of EIP-2098 says the parity, and so one
/// address; contracts that take 64 bytes read them so.
fn recover_only(readings: &[Reading], digest: &[u8; 32]) -> Verification {
    // With one v there is one key: the short way, where it is confirmed.
    if let [reading] = readings
        && reading.signature.v().is_some()
        && let Some(answer) = confirmed(&reading.signature, digest, &Claim::default())
    {
        return Verification {
            verdict: Verdict::Recovered,
            ..answer
        };
    }
    let mut all: Vec<Verification> = readings
        .iter()
        .enumerate()
        .map(|(index, reading)| {
            let keys = recovered(&reading.signature, digest);
            let named: Vec<PublicKey> = keys
                .keys
                .iter()
                .filter(|(odd, _)| reading.signature.v().is_none_or(|v| v.is_odd() == *odd))
                .map(|(_, key)| *key)
                .collect();
            let one = match named.as_slice() {
                [key] => Some(*key),
                _ => None,
            };
            Verification {
                verdict: if named.is_empty() {
                    Verdict::NotVerified
                } else {
                    Verdict::Recovered
                },
                refusal: named.is_empty().then_some(Refusal::NoKey),
                reading: index,
                recovered: one.as_ref().map(EvmAddress::of),
                key: one,
                candidates: named.iter().map(EvmAddress::of).collect(),
                low_s: reading.signature.is_low_s(),
                second: keys.second,
            }
        })
        .collect();
    let best = all
        .iter()
        .position(|answer| answer.recovered.is_some())
        .or_else(|| all.iter().position(|answer| answer.verdict == Verdict::Recovered))
        .unwrap_or_default();
    let mut candidates: Vec<EvmAddress> = Vec::new();
    for answer in &all {
        add_new(&mut candidates, &answer.candidates);
    }
    let disagrees = all.iter().any(|answer| answer.second == Second::Disagrees);
    let mut answer = if best < all.len() {
        all.swap_remove(best)
    } else {
        none(readings)
    };
    answer.candidates = candidates;
    if disagrees {
        answer.second = Second::Disagrees;
    }
    answer
}

/// The answer to no reading at all.
fn none(readings: &[Reading]) -> Verification {
    Verification {
        verdict: Verdict::NotVerified,
        refusal: Some(Refusal::NoKey),
        reading: 0,
        recovered: None,
        key: None,
        candidates: Vec::new(),
        low_s: readings
            .first()
            .is_some_and(|reading| reading.signature.is_low_s()),
        second: Second::NotEvaluated,
    }
}

/// The keys of which a signature may be, with the parity of each.
struct Recovered {
    keys: Vec<(bool, PublicKey)>,
    second: Second,
}

/// The keys that both parities recover to, each verified afterwards.
fn recovered(signature: &Signature, digest: &[u8; 32]) -> Recovered {
    let mut found = Recovered {
        keys: Vec::new(),
        second: if cfg!(feature = "cross-check") {
            Second::Agrees
        } else {
            Second::NotEvaluated
        },
    };
    for odd in [false, true] {
        let key = first::recover(signature, digest, odd).filter(|key| first::verify(signature, digest, key));
        found.second = found
            .second
            .and(second_recovery(signature, digest, odd, key.as_ref()));
        if let Some(key) = key {
            found.keys.push((odd, key));
        }
    }
    found
}

/// Whether the second implementation comes to the same answer for a key.
fn second_opinion(signature: &Signature, digest: &[u8; 32], key: &PublicKey, first: bool) -> Second {
    #[cfg(feature = "cross-check")]
    {
        if second::verify(signature, digest, &key.uncompressed()) == first {
            Second::Agrees
        } else {
            Second::Disagrees
        }
    }
    #[cfg(not(feature = "cross-check"))]
    {
        let _ = (signature, digest, key, first);
        Second::NotEvaluated
    }
}

/// Whether the second implementation recovers the same key, or none as well.
fn second_recovery(signature: &Signature, digest: &[u8; 32], odd: bool, first: Option<&PublicKey>) -> Second {
    #[cfg(feature = "cross-check")]
    {
        if second::recover(signature, digest, odd) == first.map(PublicKey::uncompressed) {
            Second::Agrees
        } else {
            Second::Disagrees
        }
    }
    #[cfg(not(feature = "cross-check"))]
    {
        let _ = (signature, digest, odd, first);
        Second::NotEvaluated
    }
}

impl Second {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Disagrees, _) | (_, Self::Disagrees) => Self::Disagrees,
            (Self::NotEvaluated, _) | (_, Self::NotEvaluated) => Self::NotEvaluated,
            _ => Self::Agrees,
        }
    }
}

/// Whether the equation of SEC 1 v2 4.1.4 holds for a key, whatever v says; by the first implementation alone.
pub fn holds(signature: &Signature, digest: &[u8; 32], key: &PublicKey) -> bool {
    first::verify(signature, digest, key)
}

/// The key that a signature recovers to with a parity, verified afterwards; by the first implementation alone.
pub fn recover(signature: &Signature, digest: &[u8; 32], odd: bool) -> Option<PublicKey> {
    first::recover(signature, digest, odd).filter(|key| first::verify(signature, digest, key))
}

/// The v that a signature of a key should have, 27 or 28; nothing where it is not the key's.
pub fn right_v(signature: &Signature, digest: &[u8; 32], key: &PublicKey) -> Option<V> {
    [false, true]
        .into_iter()
        .find(|odd| recover(signature, digest, *odd).as_ref() == Some(key))
        .map(V::Electrum)
}

#[cfg(test)]
mod tests;
