//! Private keys in PEM, in any text: also inside a string of JSON or YAML, commented out, without an end.

use std::ops::Range;

use super::token::{self, Escape};
use super::{Piece, Secret, find};
use crate::evidence::SecretKind;

/// What every label of a private key has (RFC 7468 section 10 and 11, RFC 5915 section 4, RFC 9580).
const WORDS: &[u8] = b"PRIVATE KEY";
const BEGIN: &[u8] = b"BEGIN ";

/// Bytes of a label, on either side of [`WORDS`].
const LABEL: usize = 256;

/// Characters of a line of a body: fewer are a word.
const LINE: usize = 16;

/// The blocks of private keys.
pub(super) fn blocks(bytes: &[u8]) -> Vec<Secret> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(step) = next_words(bytes, at) {
        at = step.saturating_add(WORDS.len());
        let Some(begin) = begin_before(bytes, step) else {
            continue;
        };
        let label = bytes
            .get(begin.end..at)
            .and_then(|label| std::str::from_utf8(label).ok())
            .map(str::trim)
            .filter(|label| {
                label
                    .bytes()
                    .all(|byte| byte == b' ' || byte.is_ascii_alphanumeric())
            })
            .unwrap_or("PRIVATE KEY")
            .to_owned();
        let body = after_dashes(bytes, at);
        let (hidden, closed) = body_of(bytes, body);
        if hidden.is_empty() && !closed {
            continue;
        }
        if let Some(last) = hidden.last() {
            at = at.max(last.range.end);
        }
        let encrypted = label.to_ascii_uppercase().contains("ENCRYPTED");
        let kind = if encrypted {
            SecretKind::EncryptedKey(format!("PEM block {label}"))
        } else {
            SecretKind::PrivateKey(format!("PEM block {label}"))
        };
        found.push(Secret {
            kind,
            mark: begin,
            hidden,
        });
    }
    found
}

/// The next `PRIVATE KEY`, in any case.
fn next_words(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        let step = rest.iter().position(|byte| matches!(byte, b'P' | b'p'))?;
        at = at.saturating_add(step);
        let words = bytes.get(at..at.checked_add(WORDS.len())?)?;
        if words.eq_ignore_ascii_case(WORDS) {
            return Some(at);
        }
        at = at.saturating_add(1);
    }
}

/// The dashes and `BEGIN ` of the line that has the words.
fn begin_before(bytes: &[u8], words: usize) -> Option<Range<usize>> {
    let from = words.saturating_sub(LABEL);
    let head = bytes.get(from..words)?;
    let at = head
        .windows(BEGIN.len())
        .rposition(|window| window.eq_ignore_ascii_case(BEGIN))?;
    let label = head.get(at..)?;
    if label.windows(3).any(|window| window == b"---") {
        return None;
    }
    let before = head.get(..at)?;
    let dashes = before
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'-' | b' '))
        .count()
        .min(5);
    // Five dashes, or the four of RFC 4716 and a blank.
    if !before.ends_with(b"----") && !before.ends_with(b"---- ") {
        return None;
    }
    let start = from.saturating_add(at).saturating_sub(dashes);
    Some(start..from.saturating_add(at).saturating_add(BEGIN.len()))
}

/// Where the line of the label ends.
fn after_dashes(bytes: &[u8], at: usize) -> usize {
    let tail = bytes.get(at..).unwrap_or_default();
    let tail = tail.get(..LABEL).unwrap_or(tail);
    let Some(dashes) = tail.windows(3).position(|window| window == b"---") else {
        return at;
    };
    let after = tail.get(dashes..).unwrap_or_default();
    let count = after.iter().take_while(|byte| **byte == b'-').count();
    at.saturating_add(dashes).saturating_add(count)
}

/// The characters of a block's body, and whether its END is there. Without an end the body is the lines that look like
/// one: the rest of the file is no secret.
fn body_of(bytes: &[u8], start: usize) -> (Vec<Piece>, bool) {
    let dashes = find(bytes, b"---", start);
    let closed = dashes.is_some_and(|at| {
        let tail = bytes.get(at..).unwrap_or_default();
        let text = tail
            .iter()
            .position(|byte| !matches!(byte, b'-' | b' '))
            .unwrap_or(tail.len());
        tail.get(text..).is_some_and(|tail| tail.starts_with(b"END"))
    });
    let end = dashes.unwrap_or(bytes.len());
    if closed {
        (characters(bytes, start..end), true)
    } else {
        (lines(bytes, start..end), false)
    }
}

/// Every character of base64 in a range; quotes, blanks and escapes stay, so that what is around stays readable.
fn characters(bytes: &[u8], range: Range<usize>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let byte = bytes.get(at).copied().unwrap_or_default();
        if byte == b'\\' {
            at = match token::escape(bytes, at) {
                Escape::Byte(byte, digits) => {
                    let next = digits.end;
                    if token::is_part(byte) && digits.len() == 4 {
                        pieces.push(Piece {
                            range: digits,
                            escape: true,
                        });
                    }
                    next
                }
                Escape::Slash(taken) | Escape::Other(taken) => at.saturating_add(taken.max(1)),
            };
            continue;
        }
        let next = at.saturating_add(1);
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') {
            match pieces.last_mut() {
                Some(last) if !last.escape && last.range.end == at => last.range.end = next,
                _ => pieces.push(Piece {
                    range: at..next,
                    escape: false,
                }),
            }
        }
        at = next;
    }
    pieces
}

/// The lines of a body without an end.
fn lines(bytes: &[u8], range: Range<usize>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = range.start;
    let (mut headers, mut width) = (0_usize, 0_usize);
    while at < range.end {
        let byte = bytes.get(at).copied().unwrap_or_default();
        if byte == b'\\' {
            at = match token::escape(bytes, at) {
                Escape::Slash(taken) | Escape::Other(taken) => at.saturating_add(taken.max(1)),
                Escape::Byte(_, digits) => digits.end,
            };
            continue;
        }
        if !token::is_part(byte) {
            // What stands between lines: blanks, comment signs, the quotes and commas of a list.
            if byte.is_ascii_whitespace()
                || matches!(byte, b'#' | b'>' | b'"' | b'\'' | b',' | b';' | b'*' | b'|')
            {
                at = at.saturating_add(1);
                continue;
            }
            break;
        }
        let run = token::Token::at(bytes, at);
        let after = bytes.get(run.end).copied().unwrap_or_default();
        // RFC 1421 headers: `Proc-Type: 4,ENCRYPTED`.
        if after == b':' && headers < 8 {
            headers = headers.saturating_add(1);
            let rest = bytes.get(run.end..range.end).unwrap_or_default();
            let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            at = run.end.saturating_add(line);
            continue;
        }
        let length = run.text.len();
        if (length < LINE && pieces.is_empty()) || is_name(bytes, run.end) {
            break;
        }
        at = run.end;
        pieces.extend(run.pieces);
        // The last line of a body is shorter than the others.
        if length < width {
            break;
        }
        width = length;
    }
    pieces
}

/// True where a run is the name of the next member, not a line.
fn is_name(bytes: &[u8], end: usize) -> bool {
    let rest = bytes.get(end..).unwrap_or_default();
    let after = rest
        .iter()
        .find(|byte| !matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    after == Some(&b':')
}

/// The private keys of `PuTTY`: `Private-Lines: 3` and as many lines.
pub(super) fn putty(bytes: &[u8]) -> Vec<Secret> {
    const LINES: &[u8] = b"Private-Lines:";
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(start) = find(bytes, LINES, at) {
        let mark = start..start.saturating_add(LINES.len());
        at = mark.end;
        let count = bytes
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'0'..=b'9'))
            .count();
        let hidden = lines(bytes, at.saturating_add(count)..bytes.len());
        if !hidden.is_empty() {
            found.push(Secret {
                kind: SecretKind::PrivateKey("PuTTY key file".to_owned()),
                mark,
                hidden,
            });
        }
    }
    found
}
