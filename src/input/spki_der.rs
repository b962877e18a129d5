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
        let binary = probe.text().is_none_or(|text| {
            text.chars()
                .any(|char| char.is_control() && !char.is_whitespace())
        });
        bytes.first() == Some(&0x30) && binary
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let bytes = probe.bytes.clone();
        push(probe, reader, &bytes, Beside::alone(probe.whole()), |offset| {
            probe.span(offset..offset.saturating_add(1))
        });
    }
}
