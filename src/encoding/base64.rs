//! Base64 of RFC 4648 section 4, strictly: standard alphabet, padding present, unused bits zero.
//!
//! The decoder itself is [`base64ct`], which takes a single unbroken line. Files are rarely that: the AWS CLI
//! prints a newline after the text, PEM wraps it. So line breaks, and blanks at the start or end of a line, are
//! left out *here*, knowingly, and every offset is led back to the text as it was given.

use std::ops::Range;

use base64ct::{Base64, Encoding};
use thiserror::Error;

/// Why a text is not base64, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{reason} at offset {offset}")]
pub struct Base64Error {
    /// Byte offset in the text, line breaks counted, of the first bad character; for missing characters, the offset
    /// just after the last one.
    pub offset: usize,
    /// What is wrong there.
    pub reason: Base64Fault,
}

/// What is wrong with a base64 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Base64Fault {
    /// A character outside the standard alphabet: `-` and `_` of the URL alphabet too, and a blank inside a line.
    #[error("{0:?} is not a character of the standard base64 alphabet")]
    BadCharacter(char),
    /// A `=` where none may stand, or something after the last one.
    #[error("misplaced padding")]
    BadPadding,
    /// The text ends inside a group of four characters.
    #[error("the text ends inside a group of four characters, or its padding is missing")]
    BadLength,
    /// The last character carries bits that belong to no byte and are not zero (RFC 4648 3.5).
    #[error("the last character carries unused bits that are not zero")]
    TrailingBits,
}

/// Leads offsets of decoded bytes back to the characters they came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextMap {
    /// Unbroken runs of characters: the number of characters before the run, and where the run starts in the text.
    runs: Vec<(usize, usize)>,
    /// Characters that carry data (padding left out).
    characters: usize,
}

impl TextMap {
    /// The characters of the text that carry the decoded bytes `decoded`; for an empty range, or one beyond the end,
    /// the place where its character would stand.
    pub fn text_range(&self, decoded: Range<usize>) -> Range<usize> {
        // Byte k holds the bits 8k..8k+8, character c the bits 6c..6c+6.
        let start = self.text_offset(decoded.start);
        if decoded.end <= decoded.start {
            return start..start;
        }
        let last_bit = decoded.end.saturating_mul(8).saturating_sub(1);
        let end = self.character_offset(last_bit / 6, true).saturating_add(1);
        start..end.max(start)
    }

    /// Offset in the text of the first character that carries a bit of decoded byte `offset`.
    pub fn text_offset(&self, offset: usize) -> usize {
        let decoded = self.characters.saturating_mul(6) / 8;
        // The last character may hold unused bits, which are no byte's.
        let character = if offset < decoded {
            offset.saturating_mul(8) / 6
        } else {
            self.characters
        };
        self.character_offset(character, false)
    }

    fn character_offset(&self, character: usize, clamp: bool) -> usize {
        let character = if character >= self.characters {
            let last = self.characters.saturating_sub(1);
            if clamp {
                last
            } else {
                // Beyond the last byte: just after the last character.
                return if self.characters == 0 {
                    0
                } else {
                    self.character_offset(last, true).saturating_add(1)
                };
            }
        } else {
            character
        };
        let run = self
            .runs
            .partition_point(|(first, _)| *first <= character)
            .saturating_sub(1);
        self.runs.get(run).map_or(0, |(first, text)| {
            text.saturating_add(character.saturating_sub(*first))
        })
    }

    fn shift(&mut self, by: usize) {
        for (_, text) in &mut self.runs {
            *text = text.saturating_add(by);
        }
    }
}

/// Decodes base64 text, on one line or wrapped.
///
/// Left out are line feeds, and carriage returns, spaces and tabs at the start or the end of a line. The empty text
/// is no byte.
///
/// # Errors
/// [`Base64Error`] with the place of the first fault.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, Base64Error> {
    decode_with_map(text).map(|(bytes, _)| bytes)
}

/// Like [`decode`], and gives the way back from decoded bytes to the text.
///
/// # Errors
/// [`Base64Error`] with the place of the first fault.
pub fn decode_with_map(text: &[u8]) -> Result<(Vec<u8>, TextMap), Base64Error> {
    let (line, mut map) = join_lines(text);
    let place = |character: usize| map.character_offset(character, false);

    let data = line
        .iter()
        .position(|byte| !is_alphabet(*byte))
        .unwrap_or(line.len());
    let padding = line.get(data..).unwrap_or_default();
    if let Some(first) = padding.first()
        && *first != b'='
    {
        let offset = place(data);
        return Err(Base64Error {
            offset,
            reason: Base64Fault::BadCharacter(super::char_at(text, offset)),
        });
    }
    // How much padding the last group needs; one character alone holds no whole byte, so nothing completes it.
    let needed = match data % 4 {
        0 => 0,
        2 => 2,
        3 => 1,
        _ => {
            let reason = if padding.is_empty() {
                Base64Fault::BadLength
            } else {
                Base64Fault::BadPadding
            };
            return Err(Base64Error {
                offset: place(data),
                reason,
            });
        }
    };
    for (index, byte) in padding.iter().enumerate() {
        if index >= needed || *byte != b'=' {
            let offset = place(data.saturating_add(index));
            let reason = if *byte == b'=' || is_alphabet(*byte) {
                Base64Fault::BadPadding
            } else {
                Base64Fault::BadCharacter(super::char_at(text, offset))
            };
            return Err(Base64Error { offset, reason });
        }
    }
    if padding.len() < needed {
        return Err(Base64Error {
            offset: place(line.len()),
            reason: Base64Fault::BadLength,
        });
    }
    // Every character is in the alphabet and the length is right: unused bits are all that is left to refuse.
    let trailing = Base64Error {
        offset: place(data.saturating_sub(1)),
        reason: Base64Fault::TrailingBits,
    };
    let line = str::from_utf8(&line).map_err(|_| trailing)?;
    let bytes = Base64::decode_vec(line).map_err(|_| trailing)?;
    map.characters = data;
    Ok((bytes, map))
}

/// Like [`decode_with_map`] for the part `range` of a text; offsets, in errors too, count from the text's start.
pub(super) fn decode_part(text: &[u8], range: Range<usize>) -> Result<(Vec<u8>, TextMap), Base64Error> {
    let start = range.start;
    let part = text.get(range).unwrap_or_default();
    match decode_with_map(part) {
        Ok((bytes, mut map)) => {
            map.shift(start);
            Ok((bytes, map))
        }
        Err(error) => Err(Base64Error {
            offset: error.offset.saturating_add(start),
            ..error
        }),
    }
}

/// The base64 text of `bytes` on one line, with padding and without a newline.
pub fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// The characters of all lines in a row, and where each run of them stood. Bad characters stay in.
fn join_lines(text: &[u8]) -> (Vec<u8>, TextMap) {
    let mut joined = Vec::with_capacity(text.len());
    let mut runs = Vec::new();
    let mut start = 0_usize;
    for line in text.split(|byte| *byte == b'\n') {
        let lead = line.iter().take_while(|byte| is_blank(**byte)).count();
        let body = line.get(lead..).unwrap_or_default();
        let tail = body.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let body = body.get(..body.len().saturating_sub(tail)).unwrap_or_default();
        if !body.is_empty() {
            runs.push((joined.len(), start.saturating_add(lead)));
            joined.extend_from_slice(body);
        }
        start = start.saturating_add(line.len()).saturating_add(1);
    }
    let characters = joined.len();
    (joined, TextMap { runs, characters })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

fn is_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (usize, Base64Fault) {
        let error = decode(text.as_bytes()).expect_err("refused");
        (error.offset, error.reason)
    }

    #[test]
    fn one_line_wrapped_and_indented_texts_decode_alike() {
        for text in [
            "aGVsbG8=",
            "aGVsbG8=\n",
            "aGVs\nbG8=\n",
            "aGVs\r\nbG8=\r\n",
            "  aGVs\t\n\n  bG8=",
            "aGVsbG8\n=",
        ] {
            assert_eq!(decode(text.as_bytes()).expect(text), b"hello", "{text:?}");
        }
        assert_eq!(decode(b""), Ok(vec![]));
        assert_eq!(decode(b" \n"), Ok(vec![]));
    }

    #[test]
    fn a_character_outside_the_alphabet_is_named_with_its_offset_in_the_text() {
        assert_eq!(fault("aGVs\nbG-="), (7, Base64Fault::BadCharacter('-')));
        assert_eq!(fault("aGVs bG8="), (4, Base64Fault::BadCharacter(' ')));
        assert_eq!(
            fault("aGVs\u{200b}bG8="),
            (4, Base64Fault::BadCharacter('\u{200b}'))
        );
        assert_eq!(fault("aA=!"), (3, Base64Fault::BadCharacter('!')));
    }

    #[test]
    fn padding_must_be_there_and_only_at_the_end() {
        assert_eq!(fault("aGVsbG8"), (7, Base64Fault::BadLength));
        assert_eq!(fault("aGVsb"), (5, Base64Fault::BadLength));
        assert_eq!(fault("aA=\n"), (3, Base64Fault::BadLength));
        assert_eq!(fault("aGVsbG8=="), (8, Base64Fault::BadPadding));
        assert_eq!(fault("aGVs="), (4, Base64Fault::BadPadding));
        assert_eq!(fault("aA==aA=="), (4, Base64Fault::BadPadding));
        assert_eq!(fault("a==="), (1, Base64Fault::BadPadding));
        assert_eq!(fault("="), (0, Base64Fault::BadPadding));
    }

    #[test]
    fn unused_bits_must_be_zero() {
        assert_eq!(fault("aGVsbG9="), (6, Base64Fault::TrailingBits));
        assert_eq!(fault("aGVs\naB==\n"), (6, Base64Fault::TrailingBits));
    }

    #[test]
    fn decoded_bytes_lead_back_to_the_characters_they_came_from() {
        // abcdef, wrapped after three characters: YWJ / jZG / Vm
        let (bytes, map) = decode_with_map(b"YWJ\r\njZG\r\nVm").expect("decodes");
        assert_eq!(bytes, b"abcdef");
        assert_eq!(map.text_offset(0), 0);
        assert_eq!(map.text_offset(2), 2, "c starts in the J");
        assert_eq!(
            map.text_range(2..3),
            2..6,
            "and ends in the j, across the line break"
        );
        assert_eq!(map.text_range(0..6), 0..12);
        assert_eq!(map.text_offset(6), 12, "the end is just after the last character");
        assert_eq!(map.text_range(9..12), 12..12);
        let (_, map) = decode_with_map(b"aA==").expect("decodes");
        assert_eq!((map.text_range(0..1), map.text_offset(1)), (0..2, 2));
        assert_eq!(decode_with_map(b"").expect("decodes").1.text_range(0..1), 0..1);
    }

    #[test]
    fn encoding_decodes_back() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            assert_eq!(decode(encode(&bytes).as_bytes()), Ok(bytes));
        }
    }
}
