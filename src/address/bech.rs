//! Bech32 texts: a prefix, the separator 1, symbols of five bits, and six of checksum.
//!
//! Sources: BIP-173 (bech32), BIP-350 (bech32m). The checksums are those of the `bech32` crate; what is wrong with the
//! characters, and where, is found here.

use bech32::primitives::decode::UncheckedHrpstring;
use bech32::{Bech32, Bech32m, Fe32, Hrp};

use super::{ClaimError, MalformedReason};

/// The longest text that is looked at: the code length of bech32.
const LONGEST: usize = 1023;

/// Symbols of a checksum.
pub(super) const CHECKSUM: usize = 6;

/// Which checksum a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    /// That of BIP-173.
    Bech32,
    /// That of BIP-350.
    Bech32m,
    /// Neither.
    Wrong,
}

/// A text taken apart.
#[derive(Debug)]
pub(super) struct Parts {
    /// The prefix, lower case.
    pub(super) prefix: String,
    /// The symbols before the checksum, five bits each.
    pub(super) symbols: Vec<u8>,
    /// Its checksum.
    pub(super) sum: Sum,
}

fn malformed(offset: usize, reason: MalformedReason) -> ClaimError {
    ClaimError::Malformed { offset, reason }
}

/// Takes a text apart.
pub(super) fn read(text: &str) -> Result<Parts, ClaimError> {
    if text.len() > LONGEST {
        return Err(malformed(LONGEST, MalformedReason::LongText));
    }
    let separator = text
        .rfind('1')
        .ok_or(malformed(text.len(), MalformedReason::NoSeparator))?;
    let (lower, upper) = (
        text.find(|found: char| found.is_ascii_lowercase()),
        text.find(|found: char| found.is_ascii_uppercase()),
    );
    for (offset, found) in text.char_indices() {
        let bad = if offset < separator {
            !found.is_ascii_graphic()
        } else {
            offset > separator && Fe32::from_char(found).is_err()
        };
        if super::evm::is_blank(found) {
            return Err(malformed(offset, MalformedReason::Whitespace));
        }
        if bad {
            return Err(malformed(offset, MalformedReason::Bech32Character(found)));
        }
    }
    if let (Some(lower), Some(upper)) = (lower, upper) {
        return Err(malformed(lower.max(upper), MalformedReason::MixedCase));
    }
    let parts = UncheckedHrpstring::new(text)
        .map_err(|_| malformed(0, MalformedReason::BadPrefix))
        .map(|parts| (parts.hrp().to_lowercase(), sum(&parts)))?;
    let mut symbols: Vec<u8> = text
        .get(separator.saturating_add(1)..)
        .unwrap_or_default()
        .chars()
        .filter_map(|found| Fe32::from_char(found).ok().map(Fe32::to_u8))
        .collect();
    let Some(payload) = symbols.len().checked_sub(CHECKSUM) else {
        let reason = MalformedReason::DataLength {
            found: symbols.len(),
            expected: 38,
        };
        return Err(malformed(text.len(), reason));
    };
    symbols.truncate(payload);
    Ok(Parts {
        prefix: parts.0,
        symbols,
        sum: parts.1,
    })
}

fn sum(parts: &UncheckedHrpstring<'_>) -> Sum {
    if parts.has_valid_checksum::<Bech32>() {
        Sum::Bech32
    } else if parts.has_valid_checksum::<Bech32m>() {
        Sum::Bech32m
    } else {
        Sum::Wrong
    }
}

/// The bytes of symbols, where they are whole: fewer than five bits of padding, all zero (BIP-173, "Specification").
pub(super) fn bytes(symbols: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u16, 0_u32);
    for symbol in symbols {
        held = (held << 5) | u16::from(*symbol);
        bits = bits.saturating_add(5);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    (bits < 5 && held == 0).then_some(bytes)
}

/// Writes bytes under a prefix.
pub(super) fn write(prefix: Hrp, bytes: &[u8]) -> Option<String> {
    bech32::encode::<Bech32>(prefix, bytes).ok()
}
