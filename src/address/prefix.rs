//! The human-readable part of a bech32 address: `cosmos`, `osmo`, `inj`.

use std::fmt;

use bech32::Hrp;
use thiserror::Error;

/// The human-readable part of bech32 addresses (BIP-173, "Bech32"): 1 to 83 visible ASCII characters without capitals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Prefix(Hrp);

/// Why a text is no prefix of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// No character.
    #[error("it is empty")]
    Empty,
    /// More than 83 characters.
    #[error("it has more than 83 characters")]
    TooLong,
    /// A capital letter: a prefix is lower case in every address that this tool writes.
    #[error("{0:?} is a capital letter")]
    UpperCase(char),
    /// A character outside 33 to 126 of ASCII.
    #[error("{0:?} is no visible ASCII character")]
    BadCharacter(char),
    /// `bc`, `tb` or `bcrt`: Bitcoin's own, whose addresses have a witness version after it.
    #[error("it is that of Bitcoin's own addresses")]
    Bitcoin,
}

impl Prefix {
    /// Reads a prefix, strictly.
    ///
    /// # Errors
    /// [`PrefixError`], of the first character at fault.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        if text.is_empty() {
            return Err(PrefixError::Empty);
        }
        for found in text.chars() {
            if found.is_ascii_uppercase() {
                return Err(PrefixError::UpperCase(found));
            }
            if !found.is_ascii_graphic() {
                return Err(PrefixError::BadCharacter(found));
            }
        }
        let hrp = Hrp::parse(text).map_err(|_| PrefixError::TooLong)?;
        if hrp.is_valid_segwit() || hrp == bech32::hrp::BCRT {
            return Err(PrefixError::Bitcoin);
        }
        Ok(Self(hrp))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// For the encoder.
    pub(super) fn hrp(self) -> Hrp {
        self.0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_1_to_83_visible_characters_without_capitals() {
        for good in ["cosmos", "inj", "a", "1", "!~", &"x".repeat(83)] {
            assert_eq!(Prefix::parse(good).expect(good).as_str(), good);
        }
        for (bad, error) in [
            ("", PrefixError::Empty),
            (&"x".repeat(84), PrefixError::TooLong),
            ("Cosmos", PrefixError::UpperCase('C')),
            ("cosmos ", PrefixError::BadCharacter(' ')),
            ("cösmos", PrefixError::BadCharacter('ö')),
            ("a\u{7f}", PrefixError::BadCharacter('\u{7f}')),
            ("bc", PrefixError::Bitcoin),
            ("tb", PrefixError::Bitcoin),
            ("bcrt", PrefixError::Bitcoin),
        ] {
            assert_eq!(Prefix::parse(bad), Err(error), "{bad}");
        }
    }
}
