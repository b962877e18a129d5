//! Texts in an address's place that could be a private key: they are never shown.

use std::fmt;

use super::base58;

/// What a text that could be a private key looks like. Holds nothing of the text but its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretForm {
    /// 64 or more hexadecimal digits in a row: 32 bytes are the size of a private key.
    HexDigits(usize),
    /// Base58 of the length and with the first letter of Bitcoin's wallet import format, or of a BIP-32 `xprv`.
    Base58(usize),
    /// So many words: a recovery phrase has 12 to 24 (BIP-39).
    Words(usize),
}

impl fmt::Display for SecretForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HexDigits(digits) => write!(f, "{digits} hexadecimal digits"),
            Self::Base58(characters) => write!(f, "{characters} base58 characters"),
            Self::Words(words) => write!(f, "{words} words"),
        }
    }
}

/// True for an address as a Hyperlane identifier of 32 bytes: 12 zero bytes, then the 20 (hyperlane-monorepo,
/// `solidity/contracts/libs/TypeCasts.sol`, `addressToBytes32`). A private key with so many zeros is no secret either.
pub(super) fn is_identifier(text: &str) -> bool {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    digits.len() == 64
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && digits.bytes().take(24).all(|byte| byte == b'0')
}

/// The form, where a text could hold a private key.
pub fn secret_form(text: &str) -> Option<SecretForm> {
    let trimmed = text.trim();
    // An address in bech32 has a checksum of its own, which no private key in base58 satisfies.
    if bech32::decode(trimmed).is_ok() {
        return None;
    }
    if let Some(form) = withheld(trimmed) {
        return Some(form);
    }
    if is_identifier(trimmed) {
        return None;
    }
    // Overwritten before the file was read.
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte == b'*') {
        match trimmed.len() {
            64 | 66 => return Some(SecretForm::HexDigits(64)),
            length @ (51 | 52 | 100..) => return Some(SecretForm::Base58(length)),
            _ => {}
        }
    }
    let run = trimmed
        .split(|char: char| !char.is_ascii_hexdigit())
        .map(str::len)
        .max()
        .unwrap_or_default();
    if run >= 64 {
        return Some(SecretForm::HexDigits(run));
    }
    // Wallet import format: 0x80 (or 0xef), 32 bytes, perhaps 01, and a checksum (Bitcoin wiki); xprv: 111 characters.
    let base58 = trimmed.chars().all(base58::is_digit);
    let wif = matches!(trimmed.len(), 51 | 52) && trimmed.starts_with(['5', 'K', 'L', '9', 'c']);
    let extended = trimmed.len() >= 100 && trimmed.get(1..4) == Some("prv");
    if base58 && (wif || extended) {
        return Some(SecretForm::Base58(trimmed.len()));
    }
    let words = trimmed.split_whitespace().count();
    let plain = |word: &str| {
        (3..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'*')
    };
    (matches!(words, 12 | 15 | 18 | 21 | 24) && trimmed.split_whitespace().all(plain))
        .then_some(SecretForm::Words(words))
}

const NOT_SHOWN: &str = ", not shown: it could be a private key)";

/// The form that [`shown`] wrote in a text's place.
fn withheld(text: &str) -> Option<SecretForm> {
    let (count, form) = text.strip_prefix('(')?.strip_suffix(NOT_SHOWN)?.split_once(' ')?;
    let count = count.parse().ok()?;
    match form {
        "hexadecimal digits" => Some(SecretForm::HexDigits(count)),
        "base58 characters" => Some(SecretForm::Base58(count)),
        "words" => Some(SecretForm::Words(count)),
        _ => None,
    }
}

/// The text, or, where it could be a private key, a word on its form; that word stays as it is.
pub fn shown(text: &str) -> String {
    match secret_form(text) {
        Some(form) => format!("({form}{NOT_SHOWN}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_private_key_is_never_shown() {
        let hex = "c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4";
        // Private keys that the Bitcoin wiki ("Wallet import format") and BIP-32 (test vector 1) publish, and BIP-39's
        // first phrase.
        let wif = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ";
        let xprv = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";
        let phrase =
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        for secret in [
            hex,
            &format!("0x{hex}"),
            &format!("key: {}!", hex.to_uppercase()),
            wif,
            xprv,
            phrase,
        ] {
            let text = shown(secret);
            assert!(text.ends_with("not shown: it could be a private key)"), "{text}");
            assert!(!text.contains(&secret[8..16]), "{text}");
            assert_eq!(shown(&text), text);
            assert!(secret_form(&text) == secret_form(secret), "{text}");
        }
        assert_eq!(
            shown(hex),
            "(64 hexadecimal digits, not shown: it could be a private key)"
        );
    }

    #[test]
    fn addresses_and_names_are_shown() {
        for text in [
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
            "TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeC",
            "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
            "0x00000000000000000000000083c49fbb091927a24d83ef2ce1ca1f76bb13256e",
            "vitalik.eth",
            "the address of our validator",
            "",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
