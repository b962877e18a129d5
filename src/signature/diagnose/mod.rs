//! Why a signature is not verified: the known mistakes, tried one by one.
//!
//! Each mistake that people make between a message and a signature is made on purpose, and the one after which the
//! signature is that of the claimed key, or of another key that the caller knows, is named with what to do. v is left
//! aside in all of this: both parities are tried, and where only v is wrong, that is the mistake.

mod digests;
pub(crate) mod prober;
mod slices;

use std::collections::BTreeSet;

use super::encoding::Reading;
use super::message::Material;
use super::message::transaction::Transaction;
use super::verify::Claim;
use super::{Signature, V};
use crate::address::EvmAddress;
use crate::key::PublicKey;
use prober::{Prober, Signers};

/// Makes the codes and the list of them from one table.
macro_rules! codes {
    ($($variant:ident $code:literal $sentence:literal,)+) => {
        /// One way in which a signature came about, as a code of a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(
                #[doc = concat!("`", $code, "`: ", $sentence, ".")]
                $variant,
            )+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code in kebab case; it never changes.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}

codes! {
    WrongV "wrong-v" "the signature is right for the other v",
    AnotherKey "another-key" "another key of the evidence made the signature",
    Sha256OfDigest "sha256-of-digest" "SHA-256 of the digest was signed: MessageType RAW instead of DIGEST",
    MissingPrefix "missing-prefix" "the message was signed without the prefix of EIP-191",
    PrefixAdded "prefix-added" "the prefix of EIP-191 was put before what should be signed as it is",
    PrefixTwice "prefix-twice" "the prefix of EIP-191 was applied twice",
    HexText "hex-text" "the hexadecimal text was signed instead of the bytes",
    HexBytes "hex-bytes" "the bytes were signed instead of the hexadecimal text",
    Base64Text "base64-text" "base64 was signed for the bytes, or decoded where text was meant",
    LineEnding "line-ending" "a line break or a blank at the end is more or less than what was signed",
    Sha3InsteadOfKeccak "sha3-instead-of-keccak" "SHA3-256 was used instead of Keccak-256",
    AnotherHash "another-hash" "another hash was used",
    HashedTwice "hashed-twice" "the digest was hashed again",
    ReversedDigest "reversed-digest" "the digest's bytes are in reverse order",
    AnotherMessage "another-message" "the signature is that of another message of the evidence",
    AnotherConvention "another-convention" "the document was hashed by another convention",
    AnotherDomain "another-domain" "the document was signed for another domain",
    AnotherChain "another-chain" "the signature is for another chain id",
    SwappedRAndS "swapped-r-and-s" "r and s stand in each other's place",
    LittleEndian "little-endian" "r and s are in little-endian order",
    SlicedDer "sliced-der" "r and s were cut from DER at fixed places",
    ClaimsDiffer "claims-differ" "the claimed address is not that of the claimed key",
    WrongChecksum "wrong-checksum" "the claimed address has a wrong checksum",
}

/// One mistake that explains the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Which one.
    pub code: Code,
    /// What was done, whose signature it is then, and what to do.
    pub message: String,
}

/// Something known with what reports call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled<T> {
    /// "key 1a2b…", "message.txt".
    pub label: String,
    /// What it is.
    pub value: T,
}

/// What the evidence holds beside the signature: each may be what was really signed, or who signed.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Keys.
    pub keys: Vec<Labelled<PublicKey>>,
    /// Addresses whose keys are not known.
    pub addresses: Vec<Labelled<EvmAddress>>,
    /// Messages.
    pub messages: Vec<Labelled<Vec<u8>>>,
    /// Digests.
    pub digests: Vec<Labelled<[u8; 32]>>,
    /// Chain ids that a document or a transaction may have been meant for.
    pub chain_ids: Vec<u64>,
    /// Contracts that a document may have been meant for.
    pub contracts: Vec<Labelled<EvmAddress>>,
}

/// A signature that is not verified.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What the signature may say.
    pub readings: &'a [Reading],
    /// Id of the message scheme.
    pub scheme: &'static str,
    /// What was hashed, where it is known.
    pub material: Option<Material<'a>>,
    /// The transaction, where it is one.
    pub transaction: Option<&'a Transaction>,
    /// What should have been signed.
    pub digest: &'a [u8; 32],
    /// Who should have signed.
    pub claim: Claim<'a>,
}

/// A digest that may have been signed instead.
#[derive(Debug, Clone)]
struct Guess {
    code: Code,
    /// What was signed, for "valid over …".
    over: String,
    /// What to do.
    advice: &'static str,
    digest: [u8; 32],
}

/// Explanations that are given at most.
const MOST: usize = 8;

/// The mistakes that explain why a signature is not the claimed one's; none where none does.
pub fn diagnose(case: &Case<'_>, known: &Known) -> Vec<Explanation> {
    let signers = Signers::new(&case.claim, known);
    let mut found: Vec<Explanation> = Vec::new();
    let mut seen = BTreeSet::new();
    let signatures: BTreeSet<Signature> = case.readings.iter().map(|reading| reading.signature).collect();
    let guesses = digests::guesses(case, known);
    let mut done = BTreeSet::new();
    for signature in signatures {
        // Two readings that differ in v alone are one.
        if !done.insert(signature.rs()) {
            continue;
        }
        let Some(prober) = Prober::new(&signature) else {
            continue;
        };
        for (key, odd) in prober.keys(case.digest) {
            if signers.is_claimed(&key) && signature.v().is_some_and(|v| v.is_odd() != odd) {
                let right = V::Electrum(odd).number();
                push(
                    &mut found,
                    &mut seen,
                    Code::WrongV,
                    format!(
                        "the signature is valid for the other v ({right}, or {}): v was guessed, or s was replaced by n - s \
                     and v kept; write v as {right}",
                        u8::from(odd),
                    ),
                );
            } else if let Some(label) = signers.name(&key) {
                push(
                    &mut found,
                    &mut seen,
                    Code::AnotherKey,
                    format!(
                        "the signature is that of {label}, over this very message; sign with the claimed key, or correct the claim",
                    ),
                );
            }
        }
        for guess in &guesses {
            for (key, _) in prober.keys(&guess.digest) {
                if let Some(who) = signers.whose(&key) {
                    push(
                        &mut found,
                        &mut seen,
                        guess.code,
                        format!("the signature is {who}, over {}; {}", guess.over, guess.advice),
                    );
                }
            }
        }
    }
    for (code, message, signature) in rewritten(case) {
        let Some(prober) = Prober::new(&signature) else {
            continue;
        };
        let raw = digests::raw(case.digest);
        for (digest, more) in [(case.digest, ""), (&raw.digest, ", over SHA-256 of the digest")] {
            for (key, _) in prober.keys(digest) {
                if let Some(who) = signers.whose(&key) {
                    push(
                        &mut found,
                        &mut seen,
                        code,
                        format!("{message}: then the signature is {who}{more}"),
                    );
                }
            }
        }
    }
    if found.is_empty() {
        for (message, key) in slices::search(case, &signers) {
            if let Some(who) = signers.whose(&key) {
                push(
                    &mut found,
                    &mut seen,
                    Code::SlicedDer,
                    format!("{message}: then the signature is {who}"),
                );
            }
        }
    }
    found.truncate(MOST);
    found
}

fn push(found: &mut Vec<Explanation>, seen: &mut BTreeSet<String>, code: Code, message: String) {
    if seen.insert(message.clone()) {
        found.push(Explanation { code, message });
    }
}

/// Other orders of the same bytes.
fn rewritten(case: &Case<'_>) -> Vec<(Code, &'static str, Signature)> {
    let reversed = |bytes: &[u8; 32]| {
        let mut bytes = *bytes;
        bytes.reverse();
        bytes
    };
    let mut made = Vec::new();
    for reading in case.readings {
        let (r, s) = (reading.signature.r(), reading.signature.s());
        for (code, message, r, s) in [
            (
                Code::SwappedRAndS,
                "r and s stand in each other's place; write r first",
                *s,
                *r,
            ),
            (
                Code::LittleEndian,
                "r and s are in little-endian order; write each with its highest byte first",
                reversed(r),
                reversed(s),
            ),
            (
                Code::LittleEndian,
                "the 64 bytes of r and s are in reverse order; write each with its highest byte first, r before s",
                reversed(s),
                reversed(r),
            ),
        ] {
            if let Ok(signature) = Signature::new(r, s, None) {
                made.push((code, message, signature));
            }
        }
    }
    made
}

#[cfg(test)]
mod tests;
