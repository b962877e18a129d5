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
        let first = lead.saturating_add(if digits.starts_with("0x") { 2 } else { 0 });
        match hex::decode(digits.as_bytes()) {
            Ok(decoded) => push(
                probe,
                reader,
                &decoded.bytes,
                Beside::alone(probe.whole()),
                |offset| {
                    let at = first.saturating_add(offset.saturating_mul(2));
                    probe.span(at..at.saturating_add(2))
                },
            ),
            Err(error) => {
                let at = lead.saturating_add(error.offset);
                reader.broken(error.to_string(), probe.span(at..at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::FileStatus;
    use crate::input::{Options, gather_bytes};

    #[test]
    fn a_fault_behind_white_space_has_the_place_in_the_file() {
        let text = "\n  0x3056301006072a8648ce3d020106052b8104000a034200041";
        let files = vec![("key.hex".to_owned(), text.as_bytes().to_vec())];
        let gathered = gather_bytes(files, &Options::default()).unwrap();
        let FileStatus::Broken { span, .. } = gathered.files[0].status else {
            panic!("not broken: {:?}", gathered.files[0].status);
        };
        let place = gathered.sources.place(span);
        assert_eq!((place.start.line, place.start.column), (2, text.len()));
    }
}
