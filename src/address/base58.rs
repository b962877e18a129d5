//! Base58check: a version byte, 20 bytes, and the first four bytes of SHA-256 of SHA-256 of both.
//!
//! Source: Bitcoin wiki, `Base58Check_encoding`. The digits are those of the `bs58` crate; the checksum is made here,
//! since that crate's own comes with an older generation of `sha2`.

use sha2::{Digest as _, Sha256};

use super::{Checksum, ClaimError, Claimed, MalformedReason};

/// Bytes of a whole text: version, payload, checksum.
const BYTES: usize = 25;

/// The longest text that is decoded at all: decoding costs the square of the length.
const LONGEST: usize = 64;

/// Writes 20 bytes under a version.
pub(super) fn write(version: u8, payload: &[u8; 20]) -> String {
    let mut bytes = [0; BYTES];
    let (head, tail) = bytes.split_at_mut(21);
    if let Some((first, rest)) = head.split_first_mut() {
        *first = version;
        rest.copy_from_slice(payload);
    }
    tail.copy_from_slice(&checksum(head));
    bs58::encode(bytes).into_string()
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::digest(Sha256::digest(bytes)).into();
    let [a, b, c, d, ..] = hash;
    [a, b, c, d]
}

/// What a version byte other than the scheme's says of the text.
fn meaning(version: u8) -> &'static str {
    match version {
        0x00 => "Bitcoin, pay to public key hash",
        0x05 => "Bitcoin, pay to script hash: the address of a script, not of a key",
        0x41 => "Tron",
        0x6f => "a Bitcoin test network, pay to public key hash",
        0xc4 => "a Bitcoin test network, pay to script hash",
        _ => "of no scheme that this tool knows",
    }
}

/// Reads a text of one version.
pub(super) fn read(text: &str, version: u8, schemes: &'static [&'static str]) -> Result<Claimed, ClaimError> {
    let malformed = |offset, reason| ClaimError::Malformed { offset, reason };
    for (offset, found) in text.char_indices() {
        if super::evm::is_blank(found) {
            return Err(malformed(offset, MalformedReason::Whitespace));
        }
        if !is_digit(found) {
            return Err(malformed(offset, MalformedReason::Base58Character(found)));
        }
    }
    if text.len() > LONGEST {
        return Err(malformed(LONGEST, MalformedReason::LongText));
    }
    let bytes = bs58::decode(text).into_vec().unwrap_or_default();
    let Some((head, sum)) = bytes.split_last_chunk::<4>().filter(|_| bytes.len() == BYTES) else {
        let reason = MalformedReason::Base58Length { bytes: bytes.len() };
        return Err(malformed(text.len(), reason));
    };
    let parts = head
        .split_first()
        .map(|(found, rest)| (*found, <[u8; 20]>::try_from(rest)));
    let Some((found, Ok(payload))) = parts else {
        return Err(malformed(0, MalformedReason::Base58Length { bytes: bytes.len() }));
    };
    let right = checksum(head) == *sum;
    if right && found != version {
        let reason = MalformedReason::Version {
            found,
            meaning: meaning(found),
        };
        return Err(malformed(0, reason));
    }
    let claimed = Claimed {
        schemes,
        canonical: write(version, &payload),
        payload,
        prefixed: true,
        checksum: Checksum::Base58,
        prefix: None,
    };
    if right {
        Ok(claimed)
    } else if found != version && text.len() != claimed.canonical.len() {
        let reason = MalformedReason::TextLength {
            found: text.len(),
            expected: claimed.canonical.len(),
        };
        Err(malformed(text.len(), reason))
    } else {
        Err(ClaimError::wrong_checksum(text, claimed))
    }
}

/// True for a digit of base58: no 0, O, I or l.
pub(super) fn is_digit(found: char) -> bool {
    found.is_ascii_alphanumeric() && !matches!(found, '0' | 'O' | 'I' | 'l')
}
