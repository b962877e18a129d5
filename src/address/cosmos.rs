//! Cosmos chains: RIPEMD-160 of SHA-256 of the compressed point, as bech32 with the chain's prefix.
//!
//! Source: Cosmos SDK, ADR-028 ("Public Key Addresses") and `types/bech32`.

use super::{
    AddressScheme, Checksum, ClaimError, Claimed, MalformedReason, Options, PayloadKind, Prefix, PrefixError,
    bech,
};
use crate::key::cross_check::{self, Form, NO_PREFIX, Outcome};
use crate::key::spki;

/// Symbols of 20 bytes.
const SYMBOLS: usize = 32;

/// The scheme `cosmos`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cosmos;

impl AddressScheme for Cosmos {
    fn id(&self) -> &'static str {
        "cosmos"
    }

    fn title(&self) -> &'static str {
        "Cosmos chains, with the chain's prefix"
    }

    fn kind(&self) -> PayloadKind {
        PayloadKind::Hash160
    }

    fn write(&self, payload: &[u8; 20], options: &Options) -> Option<String> {
        write(payload, options)
    }

    fn second(&self, spki_der: &[u8], encoding: spki::Options, options: &Options) -> Outcome {
        match &options.prefix {
            Some(prefix) => {
                cross_check::derive(Form::Cosmos(prefix.as_str()), spki_der, encoding.allow_compressed)
            }
            None => Outcome::NotEvaluated(NO_PREFIX),
        }
    }

    /// Bech32 of any prefix but Bitcoin's, and 20 bytes. The text alone does not say whether it is of this scheme or of
    /// `cosmos-eth`.
    fn parse_claim(&self, text: &str, _options: &Options) -> Result<Claimed, ClaimError> {
        read(text, &["cosmos"])
    }
}

/// The 20 bytes under the prefix of the options.
pub(super) fn write(payload: &[u8; 20], options: &Options) -> Option<String> {
    bech::write(options.prefix?.hrp(), payload)
}

/// Reads an address with a prefix.
pub(super) fn read(text: &str, schemes: &'static [&'static str]) -> Result<Claimed, ClaimError> {
    let malformed = |offset, reason| ClaimError::Malformed { offset, reason };
    let parts = bech::read(text)?;
    let prefix = Prefix::parse(&parts.prefix).map_err(|error| {
        let reason = match error {
            PrefixError::Bitcoin => MalformedReason::BitcoinPrefix,
            _ => MalformedReason::BadPrefix,
        };
        malformed(0, reason)
    })?;
    if parts.sum == bech::Sum::Bech32m {
        return Err(malformed(0, MalformedReason::Bech32mForBech32));
    }
    let payload = bech::bytes(&parts.symbols);
    let Some(Ok(payload)) = payload
        .as_ref()
        .filter(|_| parts.symbols.len() == SYMBOLS)
        .map(|bytes| <[u8; 20]>::try_from(bytes.as_slice()))
    else {
        let reason = match (parts.sum, payload, parts.symbols.split_first()) {
            (bech::Sum::Wrong, ..) => MalformedReason::DataLength {
                found: parts.symbols.len().saturating_add(bech::CHECKSUM),
                expected: SYMBOLS.saturating_add(bech::CHECKSUM),
            },
            (_, Some(bytes), _) => MalformedReason::PayloadLength { bytes: bytes.len() },
            (_, None, Some((version, rest))) if *version <= 16 && bech::bytes(rest).is_some() => {
                MalformedReason::ForeignSegwit
            }
            (_, None, _) => MalformedReason::Padding,
        };
        return Err(malformed(0, reason));
    };
    let options = Options::new().with_prefix(prefix);
    let claimed = Claimed {
        schemes,
        canonical: write(&payload, &options).ok_or(malformed(0, MalformedReason::LongText))?,
        payload,
        prefixed: true,
        checksum: Checksum::Bech32,
        prefix: Some(prefix),
    };
    if parts.sum == bech::Sum::Wrong {
        return Err(ClaimError::wrong_checksum(text, claimed));
    }
    Ok(claimed)
}
