//! Hexadecimal text, strictly: an even number of digits, nothing between them.

use thiserror::Error;

/// Bytes read from hexadecimal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// True where the text began with `0x`.
    pub prefixed: bool,
}

/// Why a text is not hexadecimal, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{reason} at offset {offset}")]
pub struct HexError {
    /// Byte offset in the text (the prefix counts) of the first bad character; the text's length for a missing digit.
    pub offset: usize,
    /// What is wrong there.
    pub reason: HexFault,
}

/// What is wrong with a hexadecimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HexFault {
    /// A character that is no hexadecimal digit. `0X` is no prefix, so its `X` is one.
    #[error("{0:?} is not a hexadecimal digit")]
    BadCharacter(char),
    /// The last byte has one digit only.
    #[error("a digit is missing: the number of hexadecimal digits is odd")]
    OddDigits,
}

/// Decodes hexadecimal digits of either case, with or without `0x` before them.
///
/// An empty text, or `0x` alone, is no byte. White space is not a digit: trim it knowingly before.
///
/// # Errors
/// [`HexError`] with the offset of the first character that is no digit; failing that, where a digit is missing.
pub fn decode(text: &[u8]) -> Result<Decoded, HexError> {
    let (digits, start) = match text.strip_prefix(b"0x") {
        Some(digits) => (digits, 2),
        None => (text, 0),
    };
    if let Some(at) = digits.iter().position(|byte| digit(*byte).is_none()) {
        let offset = at.saturating_add(start);
        return Err(HexError {
            offset,
            reason: HexFault::BadCharacter(super::char_at(text, offset)),
        });
    }
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(HexError {
            offset: text.len(),
            reason: HexFault::OddDigits,
        });
    }
    let bytes = pairs
        .iter()
        .filter_map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?))
        .collect();
    Ok(Decoded {
        bytes,
        prefixed: start == 2,
    })
}

/// Lower-case hexadecimal digits of `bytes`, without a prefix.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        text.extend(
            [byte >> 4, byte & 0x0f]
                .iter()
                .filter_map(|nibble| DIGITS.get(usize::from(*nibble))),
        );
    }
    text
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (usize, HexFault) {
        let error = decode(text.as_bytes()).expect_err("refused");
        (error.offset, error.reason)
    }

    #[test]
    fn both_cases_are_digits_and_the_prefix_is_reported() {
        assert_eq!(
            decode(b"00aBFf"),
            Ok(Decoded {
                bytes: vec![0, 0xab, 0xff],
                prefixed: false
            })
        );
        assert_eq!(
            decode(b"0x01"),
            Ok(Decoded {
                bytes: vec![1],
                prefixed: true
            })
        );
        assert_eq!(
            decode(b""),
            Ok(Decoded {
                bytes: vec![],
                prefixed: false
            })
        );
    }

    #[test]
    fn the_first_bad_character_is_named_with_its_offset() {
        assert_eq!(fault("00zz"), (2, HexFault::BadCharacter('z')));
        assert_eq!(fault("0x0 "), (3, HexFault::BadCharacter(' ')));
        assert_eq!(fault("0X00"), (1, HexFault::BadCharacter('X')));
        assert_eq!(fault("00\u{430}0"), (2, HexFault::BadCharacter('\u{430}')));
        assert_eq!(
            decode(&[b'0', 0xff]).expect_err("refused").reason,
            HexFault::BadCharacter('\u{fffd}'),
            "bytes that are no text are named too"
        );
    }

    #[test]
    fn an_odd_number_of_digits_is_refused_at_the_end() {
        assert_eq!(fault("0x012"), (5, HexFault::OddDigits));
        assert_eq!(fault("1"), (1, HexFault::OddDigits));
    }

    #[test]
    fn encoding_is_lower_case_and_decodes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = encode(&bytes);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
        assert_eq!(decode(text.as_bytes()).expect("decodes").bytes, bytes);
    }
}
