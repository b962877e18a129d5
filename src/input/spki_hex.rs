//! SPKI as hex digits, with or without `0x`, and with whatever stands between pairs of them.

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader, spki_der};
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

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.text().is_some_and(|text| {
            let body = text.trim_start();
            let body = body.strip_prefix("0x").unwrap_or(body);
            // Looked at before any digit is copied: most texts are nothing of it.
            let is_hex = body.starts_with("30")
                && body.bytes().all(|byte| {
                    byte.is_ascii_hexdigit() || matches!(byte, b' ' | b':' | b'\n' | b'\r' | b'\t')
                });
            let digits = is_hex.then(|| Digits::of(text));
            digits.is_some_and(|digits| {
                let head = digits
                    .text
                    .get(..16)
                    .and_then(|head| hex::decode(head.as_bytes()).ok());
                digits.text.len() >= 40 && !head.is_some_and(|head| spki_der::is_another_form(&head.bytes))
            })
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let digits = Digits::of(probe.text().unwrap_or_default());
        match hex::decode(digits.text.as_bytes()) {
            Ok(decoded) => push(
                probe,
                reader,
                &decoded.bytes,
                Beside::alone(probe.whole()),
                |offset| {
                    let at = offset.saturating_mul(2);
                    probe.span(digits.place(at..at.saturating_add(2)))
                },
            ),
            Err(error) => {
                let at = digits.place(error.offset..error.offset).start;
                reader.broken(error.to_string(), probe.span(at..at));
            }
        }
    }
}

/// Hex digits as people print them: with `0x`, in pairs between blanks or colons, on several lines.
pub(super) struct Digits {
    /// The digits alone.
    pub(super) text: String,
    /// Where each stands.
    at: Vec<usize>,
    end: usize,
}

impl Digits {
    /// Takes out what stands between the digits.
    pub(super) fn of(text: &str) -> Self {
        let body = text.trim();
        let lead = text.len().saturating_sub(text.trim_start().len());
        let skip = if body.starts_with("0x") { 2 } else { 0 };
        let first = lead.saturating_add(skip);
        let (mut digits, mut at) = (String::new(), Vec::new());
        for (offset, char) in body.get(skip..).unwrap_or_default().char_indices() {
            if !matches!(char, ' ' | ':' | '\n' | '\r' | '\t') {
                digits.push(char);
                at.extend(std::iter::repeat_n(first.saturating_add(offset), char.len_utf8()));
            }
        }
        Self {
            text: digits,
            at,
            end: lead.saturating_add(body.len()),
        }
    }

    /// True where nothing but digits is left.
    pub(super) fn is_hex(&self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// The place in the text of a range of digits.
    pub(super) fn place(&self, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = self.at.get(range.start).copied().unwrap_or(self.end);
        let last = range.end.checked_sub(1).filter(|last| *last >= range.start);
        let end = last.map_or(start, |last| {
            self.at.get(last).map_or(self.end, |at| at.saturating_add(1))
        });
        start..end
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
