//! A challenge: text that only the holder of a key can sign now, and the judgement of what came back.
//!
//! A claimed address and an exported public key say whose key it is, not that its owner still controls it. A challenge
//! binds the key's ARN, its address, a nonce of 256 bits, a date, a purpose and the auditor in one text. The owner signs
//! it as EIP-191 version 0x45 text (`personal_sign`): the signed bytes begin with 0x19, which no transaction does, being
//! RLP of a list (0xc0 and above, Yellow Paper appendix B) or a type that exists (EIP-2718), so that an answer can never
//! be a signed transaction. The nonce did not exist before the challenge was made: who signs it controls the key after
//! that, and a signature of before, or of another text, does not fit.
//!
//! Nothing in here reads a clock, makes a nonce, or opens a file: the caller gives them.

pub mod check;
pub mod commands;
pub mod ledger;
pub mod report;
mod text;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::address::EvmAddress;
use crate::arn::{Arn, KeyRef};
use crate::signature::message::{Material, scheme};
use crate::source::is_deceptive;

pub use text::{ERROR_CODES, MAX_BYTES, ParseError, parse};

/// Id of the message scheme that a challenge is signed with.
pub const SCHEME: &str = "eip191";

/// Characters of a purpose and of an auditor's name, at most.
pub const MAX_WORDS: usize = 200;

/// What may be wrong with what is given to a check, beside the codes of [`ERROR_CODES`], of [`crate::signature::CODES`] and
/// of [`crate::key::CODES`].
pub const CHECK_ERROR_CODES: &[&str] = &[
    "broken-input",
    "no-answer",
    "bad-answer",
    "several-answers",
    "no-public-key",
    "several-public-keys",
    "broken-ledger",
];

/// Days that a challenge may be answered in, at most: one that is open for long says little about "now".
pub const MAX_DAYS: u16 = 90;

/// What a challenge is made of, not judged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// ARN of the key.
    pub key: String,
    /// Its address.
    pub address: EvmAddress,
    /// 256 bits that nobody could foresee.
    pub nonce: [u8; 32],
    /// The day on which it was made, UTC.
    pub date: Date,
    /// The last day on which an answer counts.
    pub expires: Date,
    /// What the proof is for.
    pub purpose: String,
    /// Who asks for it.
    pub auditor: String,
}

/// A challenge whose parts are all in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    parts: Parts,
    region: String,
}

/// The parts, as the fields of the text name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What the proof is for.
    Purpose,
    /// Who asks for it.
    Auditor,
    /// The key's ARN.
    Key,
    /// The key's address.
    Address,
    /// The nonce.
    Nonce,
    /// The day on which it was made.
    Date,
    /// The last day on which an answer counts.
    Expires,
}

impl Field {
    /// All fields, in the order of the text.
    pub const ALL: [Self; 7] = [
        Self::Purpose,
        Self::Auditor,
        Self::Key,
        Self::Address,
        Self::Nonce,
        Self::Date,
        Self::Expires,
    ];

    /// The word before the colon.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Purpose => "Purpose",
            Self::Auditor => "Auditor",
            Self::Key => "Key",
            Self::Address => "Address",
            Self::Nonce => "Nonce",
            Self::Date => "Date",
            Self::Expires => "Expires",
        }
    }
}

/// Why parts make no challenge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PartsError {
    /// The field at fault.
    pub field: Field,
    /// Character of its value at which the fault is, counted from 0.
    pub offset: usize,
    /// What is wrong, in words; nothing of the value stands in it.
    pub message: String,
}

impl Challenge {
    /// A challenge of these parts.
    ///
    /// # Errors
    /// [`PartsError`] for the first part, in the order of the text, that is out of order.
    pub fn new(parts: Parts) -> Result<Self, PartsError> {
        let fail = |field, message: &str| PartsError {
            field,
            offset: 0,
            message: message.to_owned(),
        };
        words(Field::Purpose, &parts.purpose)?;
        words(Field::Auditor, &parts.auditor)?;
        let region = region_of(&parts.key).ok_or_else(|| {
            fail(
                Field::Key,
                "it must be the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID, in lower case: an alias may point to \
                 another key tomorrow",
            )
        })?;
        if parts.address.is_zero() {
            return Err(fail(Field::Address, "nobody has the key of the zero address"));
        }
        if parts.nonce == [0; 32] {
            return Err(fail(
                Field::Nonce,
                "a nonce of zeros is none that was drawn by lot",
            ));
        }
        let open = days(parts.date, parts.expires);
        if !(1..=i32::from(MAX_DAYS)).contains(&open) {
            return Err(fail(
                Field::Expires,
                &format!("it must lie 1 to {MAX_DAYS} days after the date"),
            ));
        }
        Ok(Self {
            region: region.to_owned(),
            parts,
        })
    }

    /// Its parts.
    pub const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The region of the key's ARN.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The text that is signed: ASCII but for what purpose and auditor hold, line ends LF, one at the end. The same
    /// parts always give the same bytes, and [`parse`] takes no other bytes for them.
    pub fn to_text(&self) -> String {
        text::write(self)
    }

    /// What ECDSA signs: Keccak-256 of the text with the prefix of EIP-191 version 0x45.
    pub fn digest(&self) -> [u8; 32] {
        let text = self.to_text();
        // The scheme hashes any bytes; it has no way to fail on them.
        scheme(SCHEME)
            .and_then(|scheme| scheme.digest(&Material::Bytes(text.as_bytes())).ok())
            .unwrap_or_default()
    }

    /// SHA-256 of the text: which file it is.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.to_text()).into()
    }

    /// True for a reference to this challenge's key: its ARN, or its id alone.
    pub fn is_of(&self, key: &KeyRef) -> bool {
        match key {
            KeyRef::Arn { arn, .. } => self.parts.key.eq_ignore_ascii_case(arn),
            KeyRef::Id(id) => KeyRef::parse(&self.parts.key).is_some_and(|own| own.id() == Some(id.as_str())),
            KeyRef::Alias { .. } | KeyRef::Declared { .. } => false,
        }
    }
}

/// The region of a key ARN that has no character with a meaning in any shell.
fn region_of(arn: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":/-".contains(&byte);
    let parts = Arn::parse(arn).filter(|_| arn.len() <= MAX_WORDS && arn.bytes().all(plain))?;
    matches!(KeyRef::parse(arn), Some(KeyRef::Arn { .. })).then_some(parts.region)
}

/// Whole days from one day to another.
fn days(from: Date, to: Date) -> i32 {
    // Two days of the years -9999 to 9999 are never too far apart for an i32.
    from.until(to).map_or(0, |span| span.get_days())
}

/// Checks free text: what is seen is all that is there, on one line.
fn words(field: Field, value: &str) -> Result<(), PartsError> {
    let fail = |offset, message: String| {
        Err(PartsError {
            field,
            offset,
            message,
        })
    };
    let count = value.chars().count();
    if value.trim().is_empty() {
        return fail(0, "it must not be empty".to_owned());
    }
    if count > MAX_WORDS {
        return fail(
            MAX_WORDS,
            format!("it has {count} characters, more than {MAX_WORDS}"),
        );
    }
    for (offset, char) in value.chars().enumerate() {
        if is_deceptive(char) || (char.is_whitespace() && char != ' ') {
            return fail(
                offset,
                format!(
                    "it has the character U+{:04X}, which cannot be seen, or breaks or turns the line",
                    u32::from(char)
                ),
            );
        }
    }
    if value.starts_with(' ') {
        return fail(0, "it must not begin with a space".to_owned());
    }
    if value.ends_with(' ') {
        return fail(count.saturating_sub(1), "it must not end with a space".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
