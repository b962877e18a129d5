//! SPKI as base64, on one line or wrapped: `aws kms get-public-key --query PublicKey --output text`, or a PEM body
//! pasted without its header lines.

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader, spki_der};
use crate::encoding::base64::{self, Base64Error, TextMap};

/// Base64 of DER.
pub(super) struct SpkiBase64;

impl Format for SpkiBase64 {
    fn id(&self) -> &'static str {
        "spki-base64"
    }

    fn title(&self) -> &'static str {
        "a public key (SPKI) in base64"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        // DER starts with a SEQUENCE, 0x30: in base64 that is an M. Text that is all base64 and starts so is rare
        // enough below 40 characters only.
        probe.text().map(str::trim).is_some_and(|text| {
            text.starts_with('M')
                && !is_another_form(text)
                && text.len() >= 40
                && text.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric()
                        || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\n' | b'\r')
                })
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        match decode(probe.text().unwrap_or_default()) {
            Ok((bytes, map)) => push(probe, reader, &bytes, Beside::alone(probe.whole()), |offset| {
                probe.span(map.text_range(offset..offset.saturating_add(1)))
            }),
            Err(error) => reader.broken(error.to_string(), probe.span(error.offset..error.offset)),
        }
    }
}

/// True for base64 of DER that is clearly no SPKI.
fn is_another_form(text: &str) -> bool {
    text.get(..16)
        .and_then(|head| base64::decode(head.as_bytes()).ok())
        .is_some_and(|head| spki_der::is_another_form(&head))
}

/// Decodes base64 of either alphabet (RFC 4648 sections 4 and 5), with or without padding: JSON Web Keys and some
/// programs leave it out.
pub(super) fn decode(text: &str) -> Result<(Vec<u8>, TextMap), Base64Error> {
    let mut standard: Vec<u8> = text
        .bytes()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    let digits = standard.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    if !standard.contains(&b'=') {
        let end = standard.trim_ascii_end().len();
        let padding = match digits % 4 {
            2 => 2,
            3 => 1,
            _ => 0,
        };
        standard.truncate(end);
        standard.extend(std::iter::repeat_n(b'=', padding));
    }
    base64::decode_with_map(&standard)
}
