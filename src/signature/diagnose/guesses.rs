//! What may have been signed in place of the right digest: each guess with the mistakes that it takes.

use std::collections::{BTreeMap, BTreeSet};

use sha2::Digest as _;

use super::Code;
use crate::signature::message::eip191::personal_message;
use crate::signature::message::hashes::keccak256;

/// Guesses that are tried at most: each costs a multiplication of the generator.
pub(super) const MOST: usize = 512;

/// One mistake, and what to do about it.
pub(super) type Part = (Code, &'static str);

/// A digest that may have been signed instead.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    /// The mistakes, all of which were made.
    pub(super) parts: Vec<Part>,
    /// What was signed, for "over …".
    pub(super) over: String,
    pub(super) digest: [u8; 32],
}

/// The functions that are taken for one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Keccak,
    Sha256,
    Sha3,
}

/// One way of making 32 bytes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash {
    pub(super) words: &'static str,
    pub(super) function: Function,
    /// With the prefix of EIP-191 before the text.
    pub(super) prefixed: bool,
}

impl Hash {
    pub(super) fn of(&self, bytes: &[u8]) -> [u8; 32] {
        let prefixed;
        let bytes = if self.prefixed {
            prefixed = personal_message(bytes);
            &prefixed
        } else {
            bytes
        };
        match self.function {
            Function::Keccak => keccak256(bytes),
            Function::Sha256 => sha256(bytes),
            Function::Sha3 => sha3::Sha3_256::digest(bytes).into(),
        }
    }
}

pub(super) const PERSONAL: Hash = Hash {
    words: "EIP-191 (personal_sign) of",
    function: Function::Keccak,
    prefixed: true,
};
pub(super) const KECCAK: Hash = Hash {
    words: "Keccak-256 of",
    function: Function::Keccak,
    prefixed: false,
};
pub(super) const SHA256: Hash = Hash {
    words: "SHA-256 of",
    function: Function::Sha256,
    prefixed: false,
};
pub(super) const SHA3: Hash = Hash {
    words: "SHA3-256 of",
    function: Function::Sha3,
    prefixed: false,
};
/// All of them; the first three are those that somebody may have meant.
pub(super) const HASHES: [Hash; 6] = [
    PERSONAL,
    KECCAK,
    SHA256,
    SHA3,
    Hash {
        words: "SHA3-256 of the prefix of EIP-191 and",
        function: Function::Sha3,
        prefixed: true,
    },
    Hash {
        words: "SHA-256 of the prefix of EIP-191 and",
        function: Function::Sha256,
        prefixed: true,
    },
];
pub(super) const MEANT: [Hash; 3] = [PERSONAL, KECCAK, SHA256];

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// The mistakes of hashing in one way where another one is right.
pub(super) fn by_hash(right: Hash, made: Hash) -> Vec<Part> {
    const RAW: Part = (
        Code::AnotherHash,
        "AWS KMS hashes with SHA-256 what it is handed with MessageType RAW: make the digest of the scheme and sign it with \
         --message-type DIGEST, or verify with --scheme sha256",
    );
    const OTHER: Part = (
        Code::AnotherHash,
        "the signer hashes in another way than the verifier: agree on one scheme",
    );
    if right == made {
        return Vec::new();
    }
    if right.function == Function::Sha256 {
        return vec![OTHER];
    }
    if made == SHA256 {
        return vec![RAW];
    }
    let mut parts = Vec::new();
    if made.function == Function::Sha3 {
        parts.push((
            Code::Sha3InsteadOfKeccak,
            "Ethereum's hash is Keccak-256, which is not SHA3-256 of FIPS 202: take the other function",
        ));
    } else if made.function == Function::Sha256 {
        parts.push(OTHER);
    }
    match (right.prefixed, made.prefixed) {
        (true, false) => parts.push((
            Code::MissingPrefix,
            "the prefix of EIP-191 is missing: sign with personal_sign, or verify with --scheme keccak",
        )),
        (false, true) => parts.push((
            Code::PrefixAdded,
            "personal_sign put its prefix before the message: verify with --scheme eip191",
        )),
        _ => {}
    }
    parts
}

/// Collects guesses.
pub(super) struct Guesses {
    right: [u8; 32],
    all: Vec<Guess>,
    seen: BTreeSet<([u8; 32], Vec<Code>)>,
}

impl Guesses {
    pub(super) fn new(right: [u8; 32]) -> Self {
        Self {
            right,
            all: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.all.len() >= MOST
    }

    /// Adds a guess, unless it is the right digest.
    pub(super) fn add(&mut self, parts: Vec<Part>, over: String, digest: [u8; 32]) {
        if digest == self.right || parts.is_empty() || self.is_full() {
            return;
        }
        let codes = |parts: &[Part]| parts.iter().map(|(code, _)| *code).collect::<Vec<_>>();
        // One cause in two words: the last line break is also the blanks around the message.
        let is_new = self.seen.insert((digest, codes(&parts)));
        if is_new {
            self.all.push(Guess { parts, over, digest });
        }
    }

    /// Adds a guess of one mistake.
    pub(super) fn one(&mut self, code: Code, over: String, advice: &'static str, digest: [u8; 32]) {
        self.add(vec![(code, advice)], over, digest);
    }

    /// KMS may have hashed each of them once more, as long as there is room.
    pub(super) fn again(&mut self) {
        for at in 0..self.all.len() {
            let Some(guess) = self.all.get(at).filter(|_| !self.is_full()) else {
                return;
            };
            if guess.parts.iter().any(|(code, _)| *code == Code::Sha256OfDigest) {
                continue;
            }
            let mut parts = guess.parts.clone();
            parts.push(RAW);
            let (over, digest) = (format!("SHA-256 of {}", guess.over), sha256(&guess.digest));
            self.add(parts, over, digest);
        }
    }

    /// The guesses, of each digest those with the fewest mistakes: where two of them are as simple, both may be true.
    pub(super) fn finish(self) -> Vec<Guess> {
        let mut fewest = BTreeMap::new();
        for guess in &self.all {
            let count = fewest.entry(guess.digest).or_insert(usize::MAX);
            *count = guess.parts.len().min(*count);
        }
        self.all
            .into_iter()
            .filter(|guess| fewest.get(&guess.digest) == Some(&guess.parts.len()))
            .collect()
    }
}

/// SHA-256 of the digest: what KMS signs when it is told that the digest is the message.
pub(super) const RAW: Part = (
    Code::Sha256OfDigest,
    "AWS KMS was called with MessageType RAW instead of DIGEST, or an emulator hashed the digest again (moto does): sign \
     with --message-type DIGEST",
);
