//! Strict decoders of the text and byte encodings that keys travel in.
//!
//! Each decoder says where it stopped and why, counted in bytes of what it was given. None of them guesses.

pub mod base64;
pub mod der;
pub mod hex;
pub(crate) mod kinds;
pub(crate) mod number;
pub mod pem;

/// The character that starts at `offset` of `text`, for an error message.
///
/// Bytes that are no UTF-8 give U+FFFD, so that a decoder of arbitrary bytes can always name something.
fn char_at(text: &[u8], offset: usize) -> char {
    let end = offset.saturating_add(4).min(text.len());
    text.get(offset..end)
        .and_then(|window| window.utf8_chunks().next())
        .and_then(|chunk| chunk.valid().chars().next())
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}
