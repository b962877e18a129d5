//! SPKI as raw DER, as `openssl … -outform DER` and `base64 -d` write it.

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader};

/// Raw DER.
pub(super) struct SpkiDer;

impl Format for SpkiDer {
    fn id(&self) -> &'static str {
        "spki-der"
    }

    fn title(&self) -> &'static str {
        "a public key (SPKI) in DER"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        // A SEQUENCE whose first element is another SEQUENCE or an OID, and bytes that no text has. Other binary
        // files that begin with '0' are rare, and a key that was damaged after its head must still be called one.
        let bytes = &probe.bytes;
        let is_binary = || {
            probe.text().is_none_or(|text| {
                text.chars()
                    .any(|char| char.is_control() && !char.is_whitespace())
            })
        };
        bytes.first() == Some(&0x30) && !is_another_form(bytes) && is_binary()
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let bytes = probe.bytes.clone();
        push(probe, reader, &bytes, Beside::alone(probe.whole()), |offset| {
            probe.span(offset..offset.saturating_add(1))
        });
    }
}

/// True for a SEQUENCE whose first element is an INTEGER, as that of a signature is and of keys in other forms (PKCS #1,
/// PKCS #8), and for one that holds a SEQUENCE that begins with a number or a tag of context, as a certificate and a
/// request for one do (RFC 5280 4.1, RFC 2986 4): nothing of an SPKI begins so.
pub(super) fn is_another_form(bytes: &[u8]) -> bool {
    const INTEGER: u8 = 0x02;
    const VERSION: u8 = 0xa0;
    let Some(inner) = content(bytes) else { return false };
    match inner.first() {
        Some(&INTEGER) => true,
        Some(0x30) => content(inner)
            .and_then(<[u8]>::first)
            .is_some_and(|first| matches!(*first, INTEGER | VERSION)),
        _ => false,
    }
}

/// What a SEQUENCE holds: what stands behind its tag and its length in one octet, or in two or three.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x30, 0..=0x7f, rest @ ..] | [0x30, 0x81, _, rest @ ..] | [0x30, 0x82, _, _, rest @ ..] => {
            Some(rest)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_certificates_and_keys_of_other_forms_are_no_spki() {
        for other in [
            &[0x30, 0x45, 0x02, 0x21, 0x00][..],
            &[0x30, 0x81, 0x84, 0x02, 0x01],
            &[0x30, 0x82, 0x01, 0x0a, 0x02, 0x82],
            &[0x30, 0x82, 0x03, 0x00, 0x30, 0x82, 0x02, 0x00, 0xa0, 0x03],
            &[0x30, 0x82, 0x01, 0x00, 0x30, 0x81, 0xa0, 0x02, 0x01],
        ] {
            assert!(is_another_form(other), "{other:02x?}");
        }
        for spki in [
            &[0x30, 0x56, 0x30, 0x10, 0x06, 0x07][..],
            &[0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09],
            &[0x30, 0x80],
            &[],
        ] {
            assert!(!is_another_form(spki), "{spki:02x?}");
        }
    }
}
