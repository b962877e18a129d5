//! Why a signature is not verified: the known mistakes, tried one by one.
//!
//! Each mistake that people make between a message and a signature is made on purpose, and the one after which the
//! signature is that of the claimed key, or of another key that the caller knows, is named with what to do. v is left
//! aside in all of this: both parities are tried, and where only v is wrong, that is the mistake. Where several mistakes
//! were made at once, each is named with its own code; where two explanations are as simple, both are given.
//!
//! The work for one signature is bounded, whatever the evidence and the message are: at most 512 digests (each costs one
//! multiplication of the generator), of the evidence the first 64 messages (of 1 MiB together), digests, chain ids and
//! contracts. Other texts for a message are tried up to 32 KiB; longer ones are hashed some ten times. With optimisation
//! that is 4 ms as a rule and 25 ms with evidence beyond those limits. DER that was cut at fixed places takes longer, only
//! where the bytes show it, as one pair of r and s of 65,536 does by accident.

mod digests;
mod documents;
mod guesses;
pub(crate) mod prober;
mod slices;
mod texts;

use std::collections::BTreeSet;

use super::Signature;
use super::encoding::Reading;
use super::message::Material;
use super::message::transaction::Transaction;
use super::verify::Claim;
use crate::address::EvmAddress;
use crate::key::PublicKey;
use guesses::Part;
use prober::{Hit, Prober, Signers, Who};

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
    AnotherKey "another-key" "another key, which the evidence has, made the signature",
    Sha256OfDigest "sha256-of-digest" "SHA-256 of the digest was signed: MessageType RAW instead of DIGEST",
    MissingPrefix "missing-prefix" "what was signed lacks the prefix of EIP-191",
    PrefixAdded "prefix-added" "the prefix of EIP-191 was put before what should be signed as it is",
    PrefixTwice "prefix-twice" "the prefix of EIP-191 was applied twice",
    HexText "hex-text" "the hexadecimal text was signed instead of the bytes",
    HexBytes "hex-bytes" "the bytes were signed instead of the hexadecimal text",
    Base64Text "base64-text" "base64 was signed for the bytes, or decoded where text was meant",
    LineEnding "line-ending" "the signed text differs in a line break or in blanks around it",
    Sha3InsteadOfKeccak "sha3-instead-of-keccak" "SHA3-256 was used instead of Keccak-256",
    AnotherHash "another-hash" "another hash was used",
    HashedTwice "hashed-twice" "what was handed over as a digest or a message was hashed once more",
    ReversedDigest "reversed-digest" "the digest's bytes are in reverse order",
    AnotherMessage "another-message" "the signature is that of another message of the evidence",
    AnotherConvention "another-convention" "the document was hashed by another convention than EIP-712 has",
    AnotherDomain "another-domain" "what was signed is for another domain or contract",
    AnotherChain "another-chain" "what was signed is for another chain id",
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

/// Explanations that are given at most.
const MOST: usize = 8;

/// The mistakes that explain why a signature is not the claimed one's; none where none does.
pub fn diagnose(case: &Case<'_>, known: &Known) -> Vec<Explanation> {
    let signers = Signers::new(&case.claim, known);
    let mut found = Found::default();
    let guesses = digests::guesses(case, known);
    // The right digest first.
    let digests: Vec<[u8; 32]> = std::iter::once(*case.digest)
        .chain(guesses.iter().map(|guess| guess.digest))
        .collect();
    let mut done = BTreeSet::new();
    for reading in case.readings {
        // Two readings that differ in v alone are one.
        if !done.insert(reading.signature.rs()) {
            continue;
        }
        let Some(prober) = Prober::new(&reading.signature) else {
            continue;
        };
        for hit in prober.search(&digests, &signers) {
            match hit.digest.checked_sub(1).and_then(|at| guesses.get(at)) {
                Some(guess) => found.add(&guess.parts, &hit.who, &format!("over {}", guess.over)),
                None => of_right_digest(&mut found, case, reading, &hit),
            }
        }
    }
    for (part, signature) in rewritten(case) {
        let Some(prober) = Prober::new(&signature) else {
            continue;
        };
        let raw = guesses::sha256(case.digest);
        for hit in prober.search(&[*case.digest, raw], &signers) {
            let (parts, words) = match hit.digest {
                0 => (vec![part], "once they are put right"),
                _ => (
                    vec![part, guesses::RAW],
                    "once they are put right, over SHA-256 of the digest",
                ),
            };
            found.add(&parts, &hit.who, words);
        }
    }
    if found.all.is_empty() {
        slices::search(&mut found, case, &signers);
    }
    found.all.truncate(MOST);
    found.all
}

/// A signature over the right digest that is not verified: v is wrong, or another key made it.
fn of_right_digest(found: &mut Found, case: &Case<'_>, reading: &Reading, hit: &Hit) {
    if matches!(hit.who, Who::Another(_)) {
        found.add(&[], &hit.who, "over this very message");
        return;
    }
    // Another reading of the same bytes may have no v: then the claim's key is right, and the address is not.
    let v = case
        .readings
        .iter()
        .filter(|other| other.signature.rs() == reading.signature.rs())
        .find_map(|other| Some((other, other.signature.v()?)));
    if let Some((reading, v)) = v.filter(|(_, v)| v.is_odd() != hit.odd) {
        let right = v.flipped().number();
        let how = if reading.encoding.id() == "eip2098" {
            format!("write {right} in the highest bit of s (EIP-2098)")
        } else {
            format!("write v as {right}")
        };
        found.push(
            Code::WrongV,
            format!(
                "the signature is valid for the other v: v was guessed, or s was replaced by n - s and v kept; {how}"
            ),
        );
    }
}

/// Explanations, each sentence once.
#[derive(Default)]
struct Found {
    all: Vec<Explanation>,
}

impl Found {
    fn push(&mut self, code: Code, message: String) {
        let explanation = Explanation { code, message };
        if !self.all.contains(&explanation) {
            self.all.push(explanation);
        }
    }

    /// One explanation, with a sentence for each of its mistakes.
    fn add(&mut self, parts: &[Part], who: &Who, over: &str) {
        let another = match who {
            Who::Claimed => None,
            Who::Another(_) => Some((
                Code::AnotherKey,
                "sign with the claimed key, or correct the claim",
            )),
        };
        let count = parts.len().saturating_add(usize::from(another.is_some()));
        let several = if count > 1 {
            format!(" ({count} mistakes at once)")
        } else {
            String::new()
        };
        for (code, advice) in another.iter().chain(parts) {
            self.push(*code, format!("the signature is {who} {over}{several}; {advice}"));
        }
    }
}

/// Other orders of the same bytes.
fn rewritten(case: &Case<'_>) -> Vec<(Part, Signature)> {
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
                made.push(((code, message), signature));
            }
        }
    }
    made
}
