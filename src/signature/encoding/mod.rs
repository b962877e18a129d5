//! The encodings of a signature: one a file. Each parses strictly, and writes the one canonical form.

mod compact;
mod der;
mod eip2098;
pub mod json;
mod rsv;

use std::fmt;

use super::{Signature, SignatureError, SignatureErrorKind as Kind};
use crate::encoding::{base64, hex};
use crate::json::{Limits, Node, Value};

/// A way to write r, s and perhaps v.
pub trait Encoding: fmt::Debug + Sync {
    /// The id that reports use; it never changes.
    fn id(&self) -> &'static str;

    /// The name for readers.
    fn title(&self) -> &'static str;

    /// Where it is defined.
    fn source(&self) -> &'static str;

    /// True for bytes that are meant to be this encoding, though they may break it.
    fn fits(&self, bytes: &[u8]) -> bool;

    /// Reads the signature.
    ///
    /// # Errors
    /// [`SignatureError`] with the offset of the first thing that is wrong, and the clause that it breaks.
    fn parse(&self, bytes: &[u8]) -> Result<Signature, SignatureError>;

    /// Writes the signature in the canonical form; nothing where the encoding cannot say it (no v, or a high s).
    fn write(&self, signature: &Signature) -> Option<Vec<u8>>;
}

/// All encodings, in the order in which they are tried.
pub const ENCODINGS: &[&dyn Encoding] = &[
    &der::Der,
    &rsv::Rsv,
    &compact::Compact,
    &eip2098::Eip2098,
    &json::Json,
];

/// The encoding of an id.
pub fn encoding(id: &str) -> Option<&'static dyn Encoding> {
    ENCODINGS.iter().copied().find(|encoding| encoding.id() == id)
}

/// One way to read what was given.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// As what it was read.
    pub encoding: &'static dyn Encoding,
    /// What it says.
    pub signature: Signature,
}

impl Reading {
    /// A signature that was found in parts, as it is in a transaction: r, s and v.
    pub fn of(signature: Signature) -> Self {
        Self {
            encoding: &rsv::Rsv,
            signature,
        }
    }
}

impl PartialEq for Reading {
    fn eq(&self, other: &Self) -> bool {
        self.encoding.id() == other.encoding.id() && self.signature == other.signature
    }
}

/// All readings of bytes, the likeliest first. There are two for 64 bytes: r and s, and the compact form of EIP-2098,
/// which says the parity in the highest bit of s; only a key or an address can tell which one was meant.
///
/// # Errors
/// [`SignatureError`] of the encoding that the bytes are meant to be.
pub fn read_bytes(bytes: &[u8]) -> Result<Vec<Reading>, SignatureError> {
    if bytes.is_empty() {
        return Err(SignatureError::new(Kind::Empty, "signature", 0)
            .expected("DER, 64 or 65 bytes")
            .found("no byte"));
    }
    let mut readings = Vec::new();
    let mut first = None;
    for encoding in ENCODINGS.iter().copied().filter(|encoding| encoding.fits(bytes)) {
        match encoding.parse(bytes) {
            Ok(signature) => readings.push(Reading { encoding, signature }),
            // An s of n and above is no compact form: of 2^128 signatures not one has such a parity and s.
            Err(error) if encoding.id() == "compact" && error.kind == Kind::OutOfRange && is_of_n(bytes) => {
                return Err(error);
            }
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    if !readings.is_empty() {
        return Ok(readings);
    }
    Err(first.unwrap_or_else(|| {
        let kind = match bytes.len() {
            1..200 => Kind::WrongLength,
            _ => Kind::UnknownEncoding,
        };
        SignatureError::new(kind, "signature", 0)
            .expected("DER (30 first), 64 bytes of r and s, or 65 bytes of r, s and v")
            .found(format!(
                "{}, {:02x} first",
                crate::encoding::der::bytes(bytes.len()),
                bytes.first().copied().unwrap_or_default()
            ))
    }))
}

/// All readings of a text: hexadecimal digits with or without `0x`, base64 of either alphabet, a JSON object, each also
/// as a JSON string, as `--query` prints it.
///
/// # Errors
/// [`SignatureError`]; its offset counts in the decoded bytes, or in the text where that does not decode.
pub fn read_text(text: &str) -> Result<Vec<Reading>, SignatureError> {
    let text = text.trim();
    if text.starts_with('{') {
        return json::parse_text(text);
    }
    let bare = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    read_bytes(&bytes_of(bare)?)
}

/// All readings of a value of a JSON document: a string as [`read_text`], an object as [`json`] has it, or bytes.
///
/// # Errors
/// As [`read_text`].
pub fn read_node(node: &Node) -> Result<Vec<Reading>, SignatureError> {
    match &node.value {
        Value::String(text) => read_text(text),
        Value::Bytes(bytes) => read_bytes(bytes),
        Value::Object(_) => json::parse_node(node),
        _ => Err(SignatureError::new(Kind::UnknownEncoding, "signature", 0)
            .expected("text in hexadecimal digits or base64, or an object with r and s")
            .found(node.kind())),
    }
}

/// The bytes of a text in hexadecimal digits or base64.
fn bytes_of(text: &str) -> Result<Vec<u8>, SignatureError> {
    if text.is_empty() {
        return Err(SignatureError::new(Kind::Empty, "signature", 0)
            .expected("hexadecimal digits or base64")
            .found("no character"));
    }
    let is_hex =
        text.starts_with("0x") || text.starts_with("0X") || text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex {
        return hex::decode(text.as_bytes())
            .map(|decoded| decoded.bytes)
            .map_err(|error| {
                SignatureError::new(Kind::NotHex, "signature", error.offset)
                    .expected("an even number of hexadecimal digits")
                    .found(error.reason.to_string())
                    .clause("hexadecimal text")
            });
    }
    // The alphabet for URLs, without padding, is what JSON Web Signatures have (RFC 7515 2).
    let mut standard: String = text
        .chars()
        .map(|char| match char {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    if !standard.ends_with('=') && !standard.contains(char::is_whitespace) {
        while !standard.len().is_multiple_of(4) && standard.len() % 4 != 1 {
            standard.push('=');
        }
    }
    base64::decode(standard.as_bytes()).map_err(|error| {
        SignatureError::new(Kind::NotBase64, "signature", error.offset)
            .expected("hexadecimal digits with 0x, base64, or a JSON object")
            .found(error.reason.to_string())
            .clause("RFC 4648 4")
    })
}

/// True where s begins like n, which ends the range of s.
fn is_of_n(bytes: &[u8]) -> bool {
    bytes
        .get(32..47)
        .is_some_and(|head| head.iter().all(|byte| *byte == 0xff))
}

/// 32 bytes of a longer input, from `at` on; zeros where there are none.
fn word(bytes: &[u8], at: usize) -> [u8; 32] {
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().zip(bytes.iter().skip(at)) {
        *to = *from;
    }
    word
}

/// The error of an input of fixed length.
fn wrong_length(expected: &'static str, found: usize, clause: &'static str) -> SignatureError {
    SignatureError::new(Kind::WrongLength, "signature", 0)
        .expected(expected)
        .found(crate::encoding::der::bytes(found))
        .clause(clause)
}

/// Limits of the object that a signature is.
const LIMITS: Limits = Limits { depth: 8, values: 64 };

#[cfg(test)]
mod tests;
