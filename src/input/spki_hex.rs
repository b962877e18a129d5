//! SPKI as hex digits, with or without `0x`.

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader};
use crate::encoding::hex;

/// Hex of DER.
pub(super) struct SpkiHex;

impl Format for SpkiHex {
    fn id(&self) -> &'static str {
        "spki-hex"
    }

    fn title(&self) -> &'static str {
        "a public key (SPKI) in hex"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.text().map(str::trim).is_some_and(|text| {
            let digits = text.strip_prefix("0x").unwrap_or(text);
            digits.starts_with("30")
                && digits.len() >= 40
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let text = probe.text().unwrap_or_default();
        let lead = text.len().saturating_sub(text.trim_start().len());
        let digits = text.trim();
        let lead = lead.saturating_add(if digits.starts_with("0x") { 2 } else { 0 });
        match hex::decode(digits.as_bytes()) {
            Ok(decoded) => push(
                probe,
                reader,
                &decoded.bytes,
                Beside::alone(probe.whole()),
                |offset| {
                    let at = lead.saturating_add(offset.saturating_mul(2));
                    probe.span(at..at.saturating_add(2))
                },
            ),
            Err(error) => reader.broken(error.to_string(), probe.span(error.offset..error.offset)),
        }
    }
}
