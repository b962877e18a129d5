//! The text of a challenge, written in one way and read in that way alone.

use std::fmt;

use super::{Challenge, Field, Parts, PartsError};
use crate::address::{self, ClaimError};
use crate::encoding::hex;
use crate::source::{Untrusted, is_deceptive};

/// Bytes of a challenge, at most; the longest one that [`Challenge::new`] takes is shorter.
pub const MAX_BYTES: usize = 4096;

const TITLE: &str = "kms-audit challenge v1";

/// The lines before the fields. The reader of the text is whoever is asked to sign it.
const HEAD: [&str; 5] = [
    TITLE,
    "",
    "Signing this text proves who controls a key now. It is no transaction, moves no funds and allows nothing.",
    "Sign it only if the auditor named here has asked you to, for the purpose named here.",
    "",
];

pub(super) fn write(challenge: &Challenge) -> String {
    let parts = challenge.parts();
    let mut text = HEAD.join("\n");
    text.push('\n');
    for field in Field::ALL {
        let value = match field {
            Field::Purpose => parts.purpose.clone(),
            Field::Auditor => parts.auditor.clone(),
            Field::Key => parts.key.clone(),
            Field::Address => parts.address.to_string(),
            Field::Nonce => format!("0x{}", hex::encode(&parts.nonce)),
            Field::Date => parts.date.to_string(),
            Field::Expires => parts.expires.to_string(),
        };
        text.push_str(field.label());
        text.push_str(": ");
        text.push_str(&value);
        text.push('\n');
    }
    text
}

/// Every value of [`ParseError::code`].
pub const ERROR_CODES: &[&str] = &[
    "too-long",
    "not-utf-8",
    "not-a-challenge",
    "newer-version",
    "control-character",
    "line-end",
    "altered-line",
    "missing-field",
    "trailing-text",
    "bad-value",
];

/// Why bytes are no challenge: the first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, one of [`ERROR_CODES`].
    pub code: &'static str,
    /// Line, counted from 1.
    pub line: usize,
    /// Character of the line, counted from 1.
    pub column: usize,
    /// What is wrong, in words.
    pub message: String,
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

fn error(code: &'static str, line: usize, column: usize, message: impl Into<String>) -> ParseError {
    ParseError {
        code,
        line: line.saturating_add(1),
        column: column.saturating_add(1),
        message: message.into(),
    }
}

/// Reads a challenge: the bytes that [`Challenge::to_text`] writes, and no others. A copy that lost its line end, or
/// whose line ends became CR LF, has another digest: it is refused with a word on what happened to it.
///
/// # Errors
/// [`ParseError`] with line and column.
pub fn parse(bytes: &[u8]) -> Result<Challenge, ParseError> {
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "the file has {} bytes, a challenge at most {MAX_BYTES}",
            bytes.len()
        );
        return Err(error("too-long", 0, 0, message));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(fault) => {
            let good = bytes.get(..fault.valid_up_to()).unwrap_or_default();
            let (line, column) = place(&String::from_utf8_lossy(good));
            return Err(error("not-utf-8", line, column, "the text is not UTF-8"));
        }
    };
    title(text)?;
    if let Some(at) = text.find(|char: char| char != '\n' && is_deceptive(char)) {
        let (line, column) = place(text.get(..at).unwrap_or_default());
        let rest = text.get(at..).unwrap_or_default();
        let (code, message) = if rest.starts_with("\r\n") {
            (
                "line-end",
                "the line ends are CR LF: a mail program or an editor changed the file; use the file that was written"
                    .to_owned(),
            )
        } else {
            let shown: String = rest.chars().take(1).collect();
            (
                "control-character",
                format!("the character {} has no place here", Untrusted(&shown)),
            )
        };
        return Err(error(code, line, column, message));
    }
    let mut lines = text.split('\n').enumerate();
    for expected in HEAD {
        let (number, found) = lines.next().unwrap_or_default();
        if found != expected {
            let message = format!("the line must be {expected:?}");
            return Err(error(
                "altered-line",
                number,
                first_difference(found, expected),
                message,
            ));
        }
    }
    let mut values = Values::default();
    for field in Field::ALL {
        let (number, found) = lines.next().unwrap_or((HEAD.len(), ""));
        let label = format!("{}: ", field.label());
        let Some(value) = found.strip_prefix(&label) else {
            let message = format!("here must stand {label:?} and its value, once and in this order");
            return Err(error("missing-field", number, 0, message));
        };
        values.0.push(Value {
            field,
            line: number,
            text: value,
        });
    }
    match (lines.next(), lines.next()) {
        (Some((_, "")), None) => {}
        (None, _) => {
            let (line, column) = place(text);
            let message =
                "the last line has no line end: the file was changed; use the file that was written";
            return Err(error("line-end", line, column, message));
        }
        (Some((number, _)), _) => {
            let message = "a challenge ends before this line";
            return Err(error("trailing-text", number, 0, message));
        }
    }
    values.challenge()
}

/// Checks that the text is meant to be a challenge of this version.
fn title(text: &str) -> Result<(), ParseError> {
    let family = TITLE.trim_end_matches(|char: char| char.is_ascii_digit());
    let bare = text.trim_start_matches('\u{feff}');
    let Some(rest) = bare.strip_prefix(family) else {
        let message = format!("this is no challenge: the first line of one is {TITLE:?}");
        return Err(error("not-a-challenge", 0, 0, message));
    };
    let version: String = rest.chars().take_while(char::is_ascii_digit).collect();
    if version.len() > 1 || version.as_str() > "1" {
        let message = "a newer version of kms-audit made this challenge";
        return Err(error("newer-version", 0, family.chars().count(), message));
    }
    Ok(())
}

/// A field with its place.
struct Value<'a> {
    field: Field,
    line: usize,
    text: &'a str,
}

impl Value<'_> {
    fn bad(&self, offset: usize, message: impl fmt::Display) -> ParseError {
        let name = self.field.label();
        let column = name.len().saturating_add(2).saturating_add(offset);
        error("bad-value", self.line, column, format!("{name}: {message}"))
    }

    fn date(&self) -> Result<jiff::civil::Date, ParseError> {
        self.text
            .parse()
            .ok()
            .filter(|date: &jiff::civil::Date| date.to_string() == self.text)
            .ok_or_else(|| self.bad(0, "no date of the form YYYY-MM-DD"))
    }
}

/// All fields, in the order of the text.
#[derive(Default)]
struct Values<'a>(Vec<Value<'a>>);

impl Values<'_> {
    fn get(&self, field: Field) -> Result<&Value<'_>, ParseError> {
        let found = self.0.iter().find(|value| value.field == field);
        found.ok_or_else(|| error("missing-field", HEAD.len(), 0, field.label()))
    }

    fn challenge(&self) -> Result<Challenge, ParseError> {
        let address = self.get(Field::Address)?;
        let read = address::parse_claim(address.text, &address::Options::new())
            .map_err(|fault| match fault {
                ClaimError::WrongChecksum { offset, .. } => address.bad(offset, "wrong checksum"),
                ClaimError::Malformed { offset, .. } => address.bad(offset, "no address of an EVM chain"),
            })?
            .evm()
            .ok_or_else(|| address.bad(0, "no address of an EVM chain"))?;
        if read.to_string() != address.text {
            return Err(address.bad(0, "the address must have 0x and the checksum of EIP-55"));
        }
        let nonce = self.get(Field::Nonce)?;
        let digits = nonce.text.strip_prefix("0x").unwrap_or_default();
        let bytes: [u8; 32] = hex::decode(digits.as_bytes())
            .ok()
            .and_then(|decoded| decoded.bytes.try_into().ok())
            .filter(|bytes: &[u8; 32]| hex::encode(bytes) == digits)
            .ok_or_else(|| nonce.bad(0, "it must be 0x and 64 hexadecimal digits in lower case"))?;
        let parts = Parts {
            key: self.get(Field::Key)?.text.to_owned(),
            address: read,
            nonce: bytes,
            date: self.get(Field::Date)?.date()?,
            expires: self.get(Field::Expires)?.date()?,
            purpose: self.get(Field::Purpose)?.text.to_owned(),
            auditor: self.get(Field::Auditor)?.text.to_owned(),
        };
        Challenge::new(parts).map_err(
            |PartsError {
                 field,
                 offset,
                 message,
             }| {
                self.get(field)
                    .map_or_else(|fault| fault, |value| value.bad(offset, message))
            },
        )
    }
}

/// Line and column, counted from 0, of what follows a text.
fn place(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count())
}

fn first_difference(found: &str, expected: &str) -> usize {
    let same = found.chars().zip(expected.chars());
    same.take_while(|(found, expected)| found == expected).count()
}
