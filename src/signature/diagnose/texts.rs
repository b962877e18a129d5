//! Other texts that a program may have hashed for a message.

use super::Code;
use crate::encoding::{base64, hex};

pub(super) type Text = (Code, &'static str, &'static str, Vec<u8>);

/// Other texts for a message.
pub(super) fn texts(message: &[u8]) -> Vec<Text> {
    const AS_TEXT: &str = "hand the program the bytes, not their hexadecimal text";
    const AS_BYTES: &str = "hand the program the text as it is, or verify the bytes with --message-hex";
    const ENDING: &str = "sign and verify the same bytes: editors and echo add a line break, and some programs cut it off (echo -n, printf)";
    const BASE64: &str = "hand the program the bytes; of the AWS CLI, version 2 takes base64 where version 1 takes bytes, and both take fileb://FILE";
    let digits = hex::encode(message);
    let mut made: Vec<Text> = vec![
        (
            Code::HexText,
            "the message's hexadecimal text with 0x",
            AS_TEXT,
            format!("0x{digits}").into_bytes(),
        ),
        (
            Code::HexText,
            "the message's hexadecimal text",
            AS_TEXT,
            digits.clone().into_bytes(),
        ),
        (
            Code::HexText,
            "the message's hexadecimal text in capital letters",
            AS_TEXT,
            digits.to_uppercase().into_bytes(),
        ),
        (
            Code::Base64Text,
            "the message's base64",
            BASE64,
            base64::encode(message).into_bytes(),
        ),
    ];
    for (words, ending) in [
        ("the message with a line break behind it", &b"\n"[..]),
        ("the message with CR and LF behind it", b"\r\n"),
    ] {
        made.push((Code::LineEnding, words, ENDING, [message, ending].concat()));
    }
    let trimmed = message.trim_ascii();
    let bare = message
        .strip_suffix(b"\n")
        .map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    for (words, text) in [
        ("the message without its last line break", bare),
        (
            "the message without the blanks around it",
            Some(trimmed).filter(|text| text.len() < message.len()),
        ),
    ] {
        if let Some(text) = text {
            made.push((Code::LineEnding, words, ENDING, text.to_vec()));
        }
    }
    if let Ok(text) = std::str::from_utf8(message) {
        let unix = text.replace("\r\n", "\n");
        if unix.len() < text.len() {
            made.push((
                Code::LineEnding,
                "the message with LF in place of CR and LF",
                ENDING,
                unix.into_bytes(),
            ));
        } else if text.contains('\n') {
            made.push((
                Code::LineEnding,
                "the message with CR and LF in place of LF",
                ENDING,
                text.replace('\n', "\r\n").into_bytes(),
            ));
        }
        if let Ok(decoded) = hex::decode(trimmed)
            && !decoded.bytes.is_empty()
        {
            made.push((
                Code::HexBytes,
                "the bytes that the message's hexadecimal digits stand for",
                AS_BYTES,
                decoded.bytes,
            ));
        }
        if let Ok(decoded) = base64::decode(trimmed)
            && !decoded.is_empty()
        {
            made.push((
                Code::Base64Text,
                "the bytes that the message stands for as base64",
                BASE64,
                decoded,
            ));
        }
    }
    made
}
