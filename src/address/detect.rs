//! Which scheme a claimed address is of, by its text alone.

use super::secret::{is_identifier, secret_form};
use super::{
    AddressScheme as _, ClaimError, Claimed, EvmAddress, MalformedReason, Options, Payload, PayloadKind,
    base58, bitcoin_p2pkh, bitcoin_p2wpkh, cosmos, evm, tron,
};

/// What a text looks like, before anything in it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Evm,
    Tron,
    Chain,
    Base58,
    Segwit,
}

/// Characters that no base58check of 25 bytes has more of, and no bech32 of 20 bytes has fewer of.
const BETWEEN: usize = 37;

/// Reads an address of any scheme, strictly. Which scheme it is, is decided by the text alone.
///
/// A bech32 address with the prefix of a chain may be of `cosmos` and of `cosmos-eth`: the result names both.
///
/// # Errors
/// [`ClaimError`], in the words of the scheme that the text looks like.
pub fn parse_claim(text: &str, options: &Options) -> Result<Claimed, ClaimError> {
    let malformed = |offset, reason| Err(ClaimError::Malformed { offset, reason });
    if text.is_empty() {
        return malformed(0, MalformedReason::Empty);
    }
    if let Some(form) = secret_form(text) {
        return malformed(0, MalformedReason::Secret(form));
    }
    if let Some(offset) = shortened(text) {
        return malformed(offset, MalformedReason::Shortened);
    }
    if is_identifier(text) {
        return malformed(0, MalformedReason::Identifier);
    }
    match look(text) {
        Some(Look::Evm) => evm::Evm.parse_claim(text, options),
        Some(Look::Tron) => tron::Tron.parse_claim(text, options),
        Some(Look::Chain) => cosmos::read(text, &["cosmos", "cosmos-eth"]),
        Some(Look::Base58) => bitcoin_p2pkh::BitcoinP2pkh.parse_claim(text, options),
        Some(Look::Segwit) => bitcoin_p2wpkh::BitcoinP2wpkh.parse_claim(text, options),
        None => malformed(0, MalformedReason::UnknownForm),
    }
}

/// What a text stands for, whatever its checksum says: for finding equal addresses that are judged elsewhere. Empty for a
/// text that is no address.
pub fn payloads(text: &str) -> Vec<Payload> {
    let text = text.trim();
    match parse_claim(text, &Options::new()) {
        Ok(claimed) => claimed.payloads().collect(),
        Err(ClaimError::WrongChecksum { claimed, .. }) => claimed.payloads().collect(),
        Err(ClaimError::Malformed { .. }) => EvmAddress::from_digits(text)
            .map(|address| Payload {
                bytes: address.0,
                kind: PayloadKind::Evm20,
            })
            .into_iter()
            .collect(),
    }
}

/// Where the marks stand that people put in place of an address's middle.
fn shortened(text: &str) -> Option<usize> {
    ["...", "..", "\u{2026}", "\u{22ef}", "***"]
        .into_iter()
        .filter_map(|mark| text.find(mark))
        .filter(|at| *at > 0)
        .min()
}

fn look(text: &str) -> Option<Look> {
    let length = text.chars().count();
    let hex = text.chars().filter(char::is_ascii_hexdigit).count();
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if tron::is_hex_form(digits) {
        return Some(Look::Tron);
    }
    if text.starts_with("0x") || text.starts_with("0X") {
        return Some(Look::Evm);
    }
    let is_short = length < BETWEEN;
    if is_short && text.starts_with('T') && length > 24 {
        return Some(Look::Tron);
    }
    let starts = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    if ["bc1", "tb1", "bcrt1"].into_iter().any(starts) {
        return Some(Look::Segwit);
    }
    // 1 is Bitcoin's, 3 a script's, m, n and 2 those of the test networks (Bitcoin wiki, "List of address prefixes").
    let of_bitcoin = text.starts_with(['1', '3'])
        || text.starts_with(['m', 'n', '2']) && text.chars().all(base58::is_digit);
    if is_short && of_bitcoin && length > 24 {
        return Some(Look::Base58);
    }
    // Nearly all digits: an address of an EVM chain with a slip in it, or without its prefix.
    if length >= 20 && hex.saturating_mul(4) >= length.saturating_mul(3) {
        return Some(Look::Evm);
    }
    is_bech32(text).then_some(Look::Chain)
}

/// True for a prefix of a few letters and digits, the separator, and enough after it.
fn is_bech32(text: &str) -> bool {
    let Some((prefix, data)) = text.rsplit_once('1') else {
        return false;
    };
    let plain = |part: &str| part.chars().all(|char| char.is_ascii_alphanumeric());
    let one_case = |part: &str| {
        let lower = part.bytes().any(|byte| byte.is_ascii_lowercase());
        let upper = part.bytes().any(|byte| byte.is_ascii_uppercase());
        !(lower && upper)
    };
    !prefix.is_empty()
        && prefix.len() <= 83
        && prefix.chars().all(|char| char.is_ascii_graphic())
        && data.len() >= 6
        && plain(data)
        && (one_case(text) || text.len() > BETWEEN)
}
