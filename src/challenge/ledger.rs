//! The ledger of nonces that were answered: an answer counts once.
//!
//! A text file with one line a verified challenge, only ever added to:
//!
//! ```text
//! kms-audit challenge ledger v1
//! 0xNONCE 0xADDRESS 2026-11-20 SHA-256-OF-THE-CHALLENGE
//! ```
//!
//! The date is the day on which the answer was judged. A ledger that does not read to its end is an error: a line that
//! cannot be read may be the one that matters.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Challenge;
use crate::address::EvmAddress;
use crate::encoding::hex;

const TITLE: &str = "kms-audit challenge ledger v1";

/// Bytes of a ledger that is read, at most: some 300,000 lines.
pub const MAX_BYTES: u64 = 64 << 20;

/// The ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: BTreeMap<[u8; 32], Entry>,
}

/// What a ledger knows of a nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Line of the ledger, counted from 1.
    pub line: usize,
    /// The address that signed.
    pub address: EvmAddress,
    /// The day on which the answer was judged.
    pub date: Date,
    /// SHA-256 of the challenge's text.
    pub sha256: [u8; 32],
}

/// A ledger that cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct LedgerError {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: &'static str,
}

impl Ledger {
    /// Reads a ledger; of no byte, an empty one.
    ///
    /// # Errors
    /// [`LedgerError`] for the first line that is not as it was written.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let fail = |line: usize, message| LedgerError {
            line: line.saturating_add(1),
            message,
        };
        let mut ledger = Self::default();
        if bytes.is_empty() {
            return Ok(ledger);
        }
        let text = std::str::from_utf8(bytes).map_err(|fault| {
            let before = bytes.get(..fault.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            fail(line.saturating_sub(1), "the text is not UTF-8")
        })?;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let Some(line) = line.strip_suffix('\n') else {
                return Err(fail(
                    number,
                    "it has no line end: the ledger was cut while it was written",
                ));
            };
            if number == 0 {
                if line != TITLE {
                    return Err(fail(
                        number,
                        "a ledger begins with \"kms-audit challenge ledger v1\"",
                    ));
                }
                continue;
            }
            let (nonce, entry) =
                entry(line, number).ok_or_else(|| fail(number, "it is no line that kms-audit writes"))?;
            if ledger.entries.insert(nonce, entry).is_some() {
                return Err(fail(
                    number,
                    "its nonce stands in the ledger twice, which kms-audit never writes",
                ));
            }
        }
        Ok(ledger)
    }

    /// What is known of a nonce.
    pub fn get(&self, nonce: &[u8; 32]) -> Option<&Entry> {
        self.entries.get(nonce)
    }

    /// What is to be added at the end of the file for a verified challenge, its title included where the file is empty.
    pub fn addition(is_empty: bool, challenge: &Challenge, date: Date) -> String {
        let title = if is_empty {
            format!("{TITLE}\n")
        } else {
            String::new()
        };
        let parts = challenge.parts();
        format!(
            "{title}0x{} {} {date} {}\n",
            hex::encode(&parts.nonce),
            parts.address,
            hex::encode(&challenge.sha256()),
        )
    }
}

/// A line; nothing for one that would be written otherwise.
fn entry(text: &str, number: usize) -> Option<([u8; 32], Entry)> {
    let mut words = text.split(' ');
    let word =
        |digits: &str| -> Option<[u8; 32]> { hex::decode(digits.as_bytes()).ok()?.bytes.try_into().ok() };
    let nonce = word(words.next()?.strip_prefix("0x")?)?;
    let address = EvmAddress::from_digits(words.next()?)?;
    let date: Date = words.next()?.parse().ok()?;
    let sha256 = word(words.next()?)?;
    let again = format!(
        "0x{} {address} {date} {}",
        hex::encode(&nonce),
        hex::encode(&sha256)
    );
    let line = number.saturating_add(1);
    (again == text).then_some((
        nonce,
        Entry {
            line,
            address,
            date,
            sha256,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::tests::{challenge, day};

    #[test]
    fn what_was_written_is_read() {
        let challenge = challenge();
        let one = Ledger::addition(true, &challenge, day("2026-11-22"));
        let ledger = Ledger::parse(one.as_bytes()).unwrap();
        let entry = ledger.get(&challenge.parts().nonce).unwrap();
        assert_eq!(
            (entry.line, entry.date, entry.sha256),
            (2, day("2026-11-22"), challenge.sha256())
        );
        assert_eq!(ledger.get(&[1; 32]), None);
        assert_eq!(Ledger::parse(b"").unwrap(), Ledger::default());
    }

    #[test]
    fn a_ledger_that_was_changed_is_an_error_with_its_line() {
        let good = Ledger::addition(true, &challenge(), day("2026-11-22"));
        let row = good.lines().nth(1).unwrap();
        for (text, line) in [
            (good.replace("ledger v1", "ledger v2"), 1),
            (good.trim_end().to_owned(), 2),
            (good.replace("2026-11-22", "2026-11-32"), 2),
            (good.replace("0x4", "0X4"), 2),
            (good.replace(' ', "  "), 1),
            (format!("{good}{row}\n"), 3),
            (format!("{good}\n"), 3),
            (format!("{good}{row} more\n"), 3),
            ("\n".to_owned(), 1),
        ] {
            let error = Ledger::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
        }
        let mut bytes = good.into_bytes();
        bytes.push(0xff);
        assert_eq!(Ledger::parse(&bytes).unwrap_err().line, 3);
    }
}
