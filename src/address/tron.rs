//! Tron: the byte 0x41, then the 20 bytes of the EVM address, as base58check.
//!
//! Source: TRON developer documentation, "Account address format". The same 21 bytes are also written in hexadecimal
//! (`41…`), which carries no checksum.

use super::{AddressScheme, Checksum, ClaimError, Claimed, MalformedReason, Options, PayloadKind, base58};
use crate::encoding::hex;
use crate::key::cross_check::{self, Form, Outcome};
use crate::key::spki;

/// The version byte before the 20 bytes.
pub(super) const VERSION: u8 = 0x41;

const SCHEMES: &[&str] = &["tron"];

/// The scheme `tron`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tron;

impl AddressScheme for Tron {
    fn id(&self) -> &'static str {
        "tron"
    }

    fn title(&self) -> &'static str {
        "Tron"
    }

    fn kind(&self) -> PayloadKind {
        PayloadKind::Evm20
    }

    fn write(&self, payload: &[u8; 20], _options: &Options) -> Option<String> {
        Some(base58::write(VERSION, payload))
    }

    fn second(&self, spki_der: &[u8], encoding: spki::Options, _options: &Options) -> Outcome {
        cross_check::derive(Form::Tron, spki_der, encoding.allow_compressed)
    }

    /// 25 bytes of base58check with the version 0x41, or 21 bytes in hexadecimal (42 digits that begin with 41, with or
    /// without `0x`).
    fn parse_claim(&self, text: &str, _options: &Options) -> Result<Claimed, ClaimError> {
        let (digits, start) = text.strip_prefix("0x").map_or((text, 0), |digits| (digits, 2));
        if !is_hex_form(digits) {
            return base58::read(text, VERSION, SCHEMES);
        }
        let payload = hex::decode(digits.as_bytes())
            .ok()
            .and_then(|decoded| decoded.bytes.split_first_chunk::<1>()?.1.try_into().ok())
            .ok_or(ClaimError::Malformed {
                offset: start,
                reason: MalformedReason::UnknownForm,
            })?;
        Ok(Claimed {
            schemes: SCHEMES,
            canonical: base58::write(VERSION, &payload),
            payload,
            prefixed: true,
            checksum: Checksum::AbsentInForm,
            prefix: None,
        })
    }
}

/// True for the hexadecimal form, without its prefix.
pub(super) fn is_hex_form(digits: &str) -> bool {
    digits.len() == 42 && digits.starts_with("41") && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
