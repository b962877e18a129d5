//! The guesses that a case allows: other hashes, other texts, other messages, each also as KMS signs it with RAW.

use super::guesses::{
    Guess, Guesses, HASHES, Hash, KECCAK, MEANT, PERSONAL, Part, RAW, SHA3, SHA256, by_hash, sha256,
};
use super::texts::texts;
use super::{Case, Code, Known, documents};
use crate::address::EvmAddress;
use crate::encoding::hex;
use crate::signature::message::Material;
use crate::signature::message::eip191::personal_message;

/// Bytes of a message up to which other texts for it are tried: each is hashed in several ways.
const LONGEST: usize = 32 << 10;

/// Messages and digests of the evidence that are tried, and the bytes of all those messages.
const MOST_KNOWN: usize = 64;
const MOST_BYTES: usize = 1 << 20;

const TWICE: &str =
    "the message was hashed before it was handed to what hashes again: hand over the bare message";
const BARE: &str = "the digest was handed to what hashes again: have the 32 bytes signed as they are";
const AS_TEXT: &str = "a hash was handed over as text: decode it to its 32 bytes";
const FIRST_PREFIX: &str =
    "personal_sign put its prefix before a digest: have the 32 bytes signed as they are";
const SECOND_PREFIX: &str = "the program that signs adds the prefix by itself: hand it the bare message";

/// Everything that may have been signed instead, the likeliest first; never the right digest itself.
pub(super) fn guesses(case: &Case<'_>, known: &Known) -> Vec<Guess> {
    let mut found = Guesses::new(*case.digest);
    of_digest(&mut found, case);
    match &case.material {
        Some(Material::Bytes(message)) => of_message(&mut found, right(case.scheme), message),
        Some(Material::ForValidator(_, message)) => of_validator(&mut found, message, known),
        Some(Material::TypedData(document)) => documents::of_document(&mut found, document, known),
        _ => {}
    }
    if let Some(transaction) = case.transaction {
        documents::of_transaction(&mut found, transaction, known);
    }
    of_known(&mut found, case, known);
    found.again();
    found.finish()
}

/// How a scheme hashes a message.
fn right(scheme: &str) -> Hash {
    match scheme {
        "eip191" => PERSONAL,
        "sha256" => SHA256,
        _ => KECCAK,
    }
}

/// Hashes of the right digest.
fn of_digest(found: &mut Guesses, case: &Case<'_>) {
    let digest = case.digest;
    found.add(vec![RAW], "SHA-256 of the digest".to_owned(), sha256(digest));
    let prefix: Part = if case.scheme == "eip191" {
        (Code::PrefixTwice, SECOND_PREFIX)
    } else {
        (Code::PrefixAdded, FIRST_PREFIX)
    };
    found.add(
        vec![prefix],
        "EIP-191 (personal_sign) of the digest".to_owned(),
        PERSONAL.of(digest),
    );
    for text in [format!("0x{}", hex::encode(digest)), hex::encode(digest)] {
        for (hash, part) in [
            (PERSONAL, prefix),
            (KECCAK, (Code::HashedTwice, BARE)),
            (SHA256, RAW),
        ] {
            found.add(
                vec![part, (Code::HexText, AS_TEXT)],
                format!("{} the digest's hexadecimal text", hash.words),
                hash.of(text.as_bytes()),
            );
        }
    }
    for hash in [KECCAK, SHA3] {
        let mut parts = vec![(Code::HashedTwice, BARE)];
        parts.extend(
            by_hash(KECCAK, hash)
                .into_iter()
                .filter(|_| case.scheme != "sha256"),
        );
        found.add(parts, format!("{} the digest", hash.words), hash.of(digest));
    }
    let mut reversed = *digest;
    reversed.reverse();
    found.one(
        Code::ReversedDigest,
        "the digest with its bytes in reverse order".to_owned(),
        "a digest is not a little-endian number: keep the order of its bytes",
        reversed,
    );
}

/// Other hashes of the message, and other texts for it.
fn of_message(found: &mut Guesses, right: Hash, message: &[u8]) {
    for hash in HASHES {
        let parts = if hash == KECCAK && right == PERSONAL && has_prefix(message) {
            vec![(
                Code::PrefixTwice,
                "the message that was given already begins with the prefix, which was put before it once more to verify: give \
                 the bare message, or verify with --scheme keccak",
            )]
        } else {
            by_hash(right, hash)
        };
        found.add(parts, format!("{} the message", hash.words), hash.of(message));
    }
    if right == PERSONAL {
        found.one(
            Code::PrefixTwice,
            "the message with the prefix of EIP-191 before it twice".to_owned(),
            SECOND_PREFIX,
            PERSONAL.of(&personal_message(message)),
        );
    }
    // A program hashed the message before it handed it to one that hashes again.
    for inner in MEANT.into_iter().filter(|inner| *inner != right) {
        let digest = inner.of(message);
        for outer in MEANT {
            if outer != right && (outer == SHA256 || right == SHA256) {
                continue;
            }
            let mut parts = vec![(Code::HashedTwice, TWICE)];
            parts.extend(by_hash(right, outer));
            let over = format!("{} {} the message", outer.words, inner.words);
            found.add(parts, over, outer.of(&digest));
        }
        for text in [format!("0x{}", hex::encode(&digest)), hex::encode(&digest)] {
            found.add(
                vec![(Code::HashedTwice, TWICE), (Code::HexText, AS_TEXT)],
                format!(
                    "{} the hexadecimal text of {} the message",
                    right.words, inner.words
                ),
                right.of(text.as_bytes()),
            );
        }
    }
    if message.len() > LONGEST {
        return;
    }
    for (code, words, advice, text) in texts(message) {
        if text == message {
            continue;
        }
        for hash in MEANT {
            let mut parts = vec![(code, advice)];
            parts.extend(by_hash(right, hash));
            found.add(parts, format!("{} {words}", hash.words), hash.of(&text));
        }
    }
}

/// True for bytes that begin with the prefix of EIP-191 for the rest of them.
fn has_prefix(message: &[u8]) -> bool {
    let Some(rest) = message.strip_prefix(b"\x19Ethereum Signed Message:\n") else {
        return false;
    };
    // The message may begin with digits itself.
    (1..rest.len().min(20)).any(|digits| {
        rest.get(digits..)
            .is_some_and(|bare| personal_message(bare) == message)
    })
}

/// Data of EIP-191's version 0x00, signed as if it were another version, or for another contract.
fn of_validator(found: &mut Guesses, message: &[u8], known: &Known) {
    const VERSION: &str = "the data were to be signed for a validator contract (EIP-191, version 0x00): sign Keccak-256 of 0x1900, \
                           its address and the data";
    for (hash, code) in [
        (PERSONAL, Code::AnotherHash),
        (KECCAK, Code::MissingPrefix),
        (SHA256, Code::AnotherHash),
    ] {
        found.one(
            code,
            format!("{} the data", hash.words),
            VERSION,
            hash.of(message),
        );
    }
    for contract in known.contracts.iter().take(MOST_KNOWN) {
        let EvmAddress(address) = contract.value;
        found.one(
            Code::AnotherDomain,
            format!(
                "the data for {}, {}",
                contract.label,
                contract.value.to_checksum(None)
            ),
            "the signature is for another validator contract: sign for this one, or correct the validator",
            KECCAK.of(&[&[0x19, 0x00], address.as_slice(), message].concat()),
        );
        if message.len() > LONGEST {
            return;
        }
    }
}

/// Messages and digests of the evidence.
fn of_known(found: &mut Guesses, case: &Case<'_>, known: &Known) {
    let other = |what| (Code::AnotherMessage, what);
    for digest in known.digests.iter().take(MOST_KNOWN) {
        found.add(
            vec![other("check which digest belongs to which signature")],
            format!("another digest of the evidence, {}", digest.label),
            digest.value,
        );
    }
    let mut bytes = 0_usize;
    for message in known.messages.iter().take(MOST_KNOWN) {
        bytes = bytes.saturating_add(message.value.len());
        if bytes > MOST_BYTES {
            return;
        }
        for hash in MEANT {
            let mut parts = vec![other("check which message belongs to which signature")];
            // Of a digest nobody knows how it was made.
            if matches!(case.material, Some(Material::Bytes(_))) {
                parts.extend(by_hash(right(case.scheme), hash));
            }
            let over = format!(
                "{} another message of the evidence, {}",
                hash.words, message.label
            );
            found.add(parts, over, hash.of(&message.value));
        }
    }
}
