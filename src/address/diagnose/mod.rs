//! Why a claimed address is not the key's: the known mistakes, tried one by one.
//!
//! A bare "mismatch" costs a reviewer an afternoon. Here every way in which people get an address wrong is made on
//! purpose, and each one that gives the claim is named. What else an address may be (another key's, a contract's), the
//! caller says: [`Hypotheses`].

mod mistakes;
mod typo;

use std::collections::BTreeMap;

use super::{
    ClaimError, Claimed, Options, Payload, PayloadKind, Prefix, PublicKey, SCHEMES, parse_claim, tron,
};
use crate::encoding::hex;

pub use typo::Typo;

/// Labels that one sentence names; of more it says how many there are.
const MOST_LABELS: usize = 4;

/// Something that a claim may be by mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypothesis {
    /// What reports call it: "key 1a2b…", "the mailbox contract of base (addresses.json)".
    pub label: String,
    /// What it is.
    pub subject: Subject,
}

/// What a hypothesis is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A key, by what its addresses stand for; empty where its public key is not known.
    Key(Vec<Payload>),
    /// A contract, by its 20 bytes.
    Contract([u8; 20]),
}

/// Everything that a claim may be by mistake, found by its bytes: a claim costs the same among ten keys and ten thousand.
#[derive(Debug, Clone, Default)]
pub struct Hypotheses {
    all: Vec<Hypothesis>,
    by_bytes: BTreeMap<[u8; 20], Vec<usize>>,
}

impl Hypotheses {
    /// Puts hypotheses in order; the order of the slice is that in which they are named.
    pub fn new(all: Vec<Hypothesis>) -> Self {
        let mut by_bytes: BTreeMap<[u8; 20], Vec<usize>> = BTreeMap::new();
        for (index, hypothesis) in all.iter().enumerate() {
            let bytes: Vec<[u8; 20]> = match &hypothesis.subject {
                Subject::Key(payloads) => payloads.iter().map(|payload| payload.bytes).collect(),
                Subject::Contract(bytes) => vec![*bytes],
            };
            for bytes in bytes {
                by_bytes.entry(bytes).or_default().push(index);
            }
        }
        Self { all, by_bytes }
    }

    fn with(&self, bytes: [u8; 20]) -> impl Iterator<Item = &Hypothesis> {
        self.by_bytes
            .get(&bytes)
            .into_iter()
            .flatten()
            .filter_map(|index| self.all.get(*index))
    }
}

/// One way in which a claim came about, as a code of a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The claim is the address of another key.
    AnotherKey,
    /// The claim is another key's address in another scheme.
    OtherSchemeOfAnotherKey,
    /// The claim's bytes are those of this key in another scheme.
    OtherSchemeOfThisKey,
    /// The claim is a contract.
    Contract,
    /// The claim is the zero address.
    ZeroAddress,
    /// The 65 bytes with the prefix 04 were hashed.
    HashedUncompressedPoint,
    /// The compressed point was hashed.
    HashedCompressedPoint,
    /// X and Y were hashed where the compressed point belongs.
    HashedXAndY,
    /// The whole DER was hashed.
    HashedDer,
    /// Only X was hashed.
    HashedXOnly,
    /// Only Y was hashed.
    HashedYOnly,
    /// X and Y were hashed in the wrong order.
    HashedSwappedCoordinates,
    /// X and Y were hashed in little-endian order of their bytes.
    HashedLittleEndian,
    /// Hexadecimal or base64 text was hashed instead of the bytes.
    HashedText,
    /// SHA3-256 was used instead of Keccak-256.
    Sha3InsteadOfKeccak,
    /// Another hash was used.
    AnotherHash,
    /// The first 20 bytes of the hash were taken.
    First20Bytes,
    /// The 20 bytes are in reverse order.
    ReversedAddress,
    /// More than one of these mistakes at once.
    SeveralMistakes,
    /// The bytes are right, but the letters' case is no checksum of them.
    WrongChecksumCase,
    /// One character is another one.
    OneCharacterChanged,
    /// Two characters are others.
    TwoCharactersChanged,
    /// Two neighbouring characters are swapped.
    NeighboursSwapped,
    /// One character is missing.
    CharacterMissing,
    /// One character is too many.
    CharacterExtra,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 25] = [
        Self::AnotherKey,
        Self::OtherSchemeOfAnotherKey,
        Self::OtherSchemeOfThisKey,
        Self::Contract,
        Self::ZeroAddress,
        Self::HashedUncompressedPoint,
        Self::HashedCompressedPoint,
        Self::HashedXAndY,
        Self::HashedDer,
        Self::HashedXOnly,
        Self::HashedYOnly,
        Self::HashedSwappedCoordinates,
        Self::HashedLittleEndian,
        Self::HashedText,
        Self::Sha3InsteadOfKeccak,
        Self::AnotherHash,
        Self::First20Bytes,
        Self::ReversedAddress,
        Self::SeveralMistakes,
        Self::WrongChecksumCase,
        Self::OneCharacterChanged,
        Self::TwoCharactersChanged,
        Self::NeighboursSwapped,
        Self::CharacterMissing,
        Self::CharacterExtra,
    ];

    /// The word in JSON, for ever.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AnotherKey => "claim-belongs-to-another-key",
            Self::OtherSchemeOfAnotherKey => "other-scheme-of-another-key",
            Self::OtherSchemeOfThisKey => "other-scheme-of-this-key",
            Self::Contract => "contract",
            Self::ZeroAddress => "zero-address",
            Self::HashedUncompressedPoint => "hashed-uncompressed-point",
            Self::HashedCompressedPoint => "hashed-compressed-point",
            Self::HashedXAndY => "hashed-x-and-y",
            Self::HashedDer => "hashed-der",
            Self::HashedXOnly => "hashed-x-only",
            Self::HashedYOnly => "hashed-y-only",
            Self::HashedSwappedCoordinates => "hashed-swapped-coordinates",
            Self::HashedLittleEndian => "hashed-little-endian",
            Self::HashedText => "hashed-text",
            Self::Sha3InsteadOfKeccak => "sha3-instead-of-keccak",
            Self::AnotherHash => "another-hash",
            Self::First20Bytes => "first-20-bytes",
            Self::ReversedAddress => "reversed-address",
            Self::SeveralMistakes => "several-mistakes",
            Self::WrongChecksumCase => "wrong-checksum-case",
            Self::OneCharacterChanged => "one-character-changed",
            Self::TwoCharactersChanged => "two-characters-changed",
            Self::NeighboursSwapped => "neighbours-swapped",
            Self::CharacterMissing => "character-missing",
            Self::CharacterExtra => "character-extra",
        }
    }

    /// True where the claim is another key's.
    pub const fn is_another_key(self) -> bool {
        matches!(self, Self::AnotherKey | Self::OtherSchemeOfAnotherKey)
    }
}

/// One explanation that fits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Explanation {
    /// Its code.
    pub code: Code,
    /// A sentence on the claim: "it is …".
    pub message: String,
}

/// Every explanation of a claim that is not plainly the key's address, in the order of [`Code`]; empty where nothing that
/// is known fits, and for a claim that is right.
///
/// `text` is the claim as written, without white space around it. One that could be a private key is not looked at.
pub fn diagnose(text: &str, key: &PublicKey, known: &Hypotheses, options: &Options) -> Vec<Explanation> {
    if super::secret_form(text).is_some() {
        return Vec::new();
    }
    let own = Payload::all_of(key);
    let (claimed, is_right) = match parse_claim(text, options) {
        Ok(claimed) => (Some(claimed), true),
        Err(ClaimError::WrongChecksum { claimed, .. }) => (Some(*claimed), false),
        Err(ClaimError::Malformed { .. }) => (None, false),
    };
    let mut found = Vec::new();
    if let Some(claimed) = &claimed {
        if claimed.is_one_of(&own) {
            if is_right {
                return found;
            }
            if claimed.checksum.is_in_the_case() {
                let right = claimed.own_words(&own, options);
                let message =
                    format!("it is the key's address, but the case of its letters is wrong: {right}");
                return vec![explain(Code::WrongChecksumCase, message)];
            }
        } else {
            found.extend(by_bytes(claimed, &own, known));
            found.extend(mistakes::found(claimed, key, &own));
        }
    }
    // A right checksum of its own kind excludes a slip.
    if !(is_right && claimed.as_ref().is_some_and(is_proof_against_slips)) {
        found.extend(slips(text, claimed.as_ref(), &own, options));
    }
    found.sort();
    found.dedup();
    found
}

fn explain(code: Code, message: String) -> Explanation {
    Explanation { code, message }
}

fn is_proof_against_slips(claimed: &Claimed) -> bool {
    claimed.checksum.is_present() && !claimed.checksum.is_in_the_case()
}

/// What the claim's 20 bytes are elsewhere.
fn by_bytes(claimed: &Claimed, own: &[Payload], known: &Hypotheses) -> Vec<Explanation> {
    let mut found = Vec::new();
    let scheme = claimed.schemes.join(" or ");
    if claimed.is_zero() {
        let message = "it is the zero address, which nobody has the key of".to_owned();
        found.push(explain(Code::ZeroAddress, message));
    }
    if let Some(other) = own.iter().find(|own| own.bytes == claimed.payload) {
        let message = format!(
            "it is made of this key as for {} ({}), and written as {scheme}",
            schemes_of(other.kind),
            other.kind.words()
        );
        found.push(explain(Code::OtherSchemeOfThisKey, message));
    }
    let mut same: Vec<&str> = Vec::new();
    let mut other: BTreeMap<PayloadKind, Vec<&str>> = BTreeMap::new();
    let mut contracts: Vec<&str> = Vec::new();
    for hypothesis in known.with(claimed.payload) {
        match &hypothesis.subject {
            // The key itself, under this name or another one.
            Subject::Key(payloads) if payloads.as_slice() == own => {}
            Subject::Key(payloads) if claimed.is_one_of(payloads) => same.push(&hypothesis.label),
            Subject::Key(payloads) => {
                let made = payloads.iter().find(|payload| payload.bytes == claimed.payload);
                if let Some(made) = made {
                    other.entry(made.kind).or_default().push(&hypothesis.label);
                }
            }
            Subject::Contract(_) => contracts.push(&hypothesis.label),
        }
    }
    if !same.is_empty() {
        let message = format!("it is the address of {}", labels(&same));
        found.push(explain(Code::AnotherKey, message));
    }
    for (kind, keys) in other {
        let message = format!(
            "it is made of {} as for {} ({}), and written as {scheme}",
            labels(&keys),
            schemes_of(kind),
            kind.words()
        );
        found.push(explain(Code::OtherSchemeOfAnotherKey, message));
    }
    if !contracts.is_empty() {
        let message = format!("it is {}, and no key's address", labels(&contracts));
        found.push(explain(Code::Contract, message));
    }
    found
}

/// The ids of the schemes whose addresses are made in this way.
fn schemes_of(kind: PayloadKind) -> String {
    let ids: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| scheme.kind() == kind)
        .map(|scheme| scheme.id())
        .collect();
    ids.join(" or ")
}

fn labels(labels: &[&str]) -> String {
    let shown = labels.get(..MOST_LABELS).unwrap_or(labels).join(" and ");
    match labels.len().saturating_sub(MOST_LABELS) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Slips of the pen, by comparison with each way to write the key's address.
fn slips(text: &str, claimed: Option<&Claimed>, own: &[Payload], options: &Options) -> Vec<Explanation> {
    let mut found = Vec::new();
    for (right, case_counts) in writings(text, claimed, own, options) {
        if let Some(typo) = Typo::between(text, &right, case_counts) {
            found.push(explain(typo.code(), typo.message(text, &right, case_counts)));
        }
    }
    found
}

/// Every way to write the key's address that a text could be a slip of, and whether the case of letters counts in it.
fn writings(
    text: &str,
    claimed: Option<&Claimed>,
    own: &[Payload],
    options: &Options,
) -> Vec<(String, bool)> {
    // A text that no scheme reads may still have the prefix of a chain.
    let guessed = text
        .to_ascii_lowercase()
        .rsplit_once('1')
        .and_then(|(prefix, _)| Prefix::parse(prefix).ok());
    let prefix = claimed.and_then(|claimed| claimed.prefix).or(guessed);
    let options = match prefix {
        Some(prefix) => options.with_prefix(prefix),
        None => *options,
    };
    let mut writings = Vec::new();
    for scheme in SCHEMES {
        let Some(payload) = own.iter().find(|own| own.kind == scheme.kind()) else {
            continue;
        };
        let Some(address) = scheme.write(&payload.bytes, &options) else {
            continue;
        };
        match scheme.id() {
            "evm" if !text.starts_with("0x") => {
                writings.push((address.trim_start_matches("0x").to_owned(), false));
                writings.push((address, false));
            }
            "tron" => {
                let digits = format!("{:02x}{}", tron::VERSION, hex::encode(&payload.bytes));
                writings.push((address, true));
                writings.push((
                    if text.starts_with("0x") {
                        format!("0x{digits}")
                    } else {
                        digits
                    },
                    false,
                ));
            }
            "bitcoin-p2pkh" => writings.push((address, true)),
            _ => writings.push((address, false)),
        }
    }
    writings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_all_listed() {
        let mut words: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
        let mut sorted = Code::ALL;
        sorted.sort();
        assert_eq!(sorted, Code::ALL, "the order of the list is that of the type");
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
    }

    #[test]
    fn a_long_list_of_labels_is_cut() {
        assert_eq!(labels(&["a"]), "a");
        assert_eq!(labels(&["a", "b"]), "a and b");
        assert_eq!(
            labels(&["a", "b", "c", "d", "e", "f"]),
            "a and b and c and d and 2 more"
        );
    }
}
