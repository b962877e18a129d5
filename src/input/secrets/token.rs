//! The text of a value as a secret is written: a run of letters, digits and the marks of base64, escapes resolved.

use super::Piece;

/// Characters of a run that are looked at: a session token has about a thousand.
const LOOKED_AT: usize = 8192;

/// One run.
#[derive(Debug, Default)]
pub(super) struct Token {
    /// What it says; of a very long one the beginning.
    pub(super) text: Vec<u8>,
    /// Where it stands.
    pub(super) pieces: Vec<Piece>,
    /// Where it ends.
    pub(super) end: usize,
}

/// True for a character of a run.
pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

/// What an escape sequence at `at` stands for, as far as it matters here.
pub(super) enum Escape {
    /// `\u002b`, `\x2b`: this byte, and where its digits stand.
    Byte(u8, std::ops::Range<usize>),
    /// `\/`, and how many bytes it takes.
    Slash(usize),
    /// `\n`, `\"` and the like, and how many bytes it takes.
    Other(usize),
}

/// Reads an escape sequence, with as many backslashes as the nesting of strings in strings has made of one.
pub(super) fn escape(bytes: &[u8], at: usize) -> Escape {
    let rest = bytes.get(at..).unwrap_or_default();
    let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
    let letter = rest.get(slashes).copied().unwrap_or_default();
    let digits = match letter {
        b'u' => 4,
        b'x' => 2,
        b'/' => return Escape::Slash(slashes.saturating_add(1)),
        b'n' | b'r' | b't' | b'b' | b'f' | b'"' | b'\'' | b'0' => {
            return Escape::Other(slashes.saturating_add(1));
        }
        _ => return Escape::Other(slashes),
    };
    let start = at.saturating_add(slashes).saturating_add(1);
    let end = start.saturating_add(digits);
    let code = bytes
        .get(start..end)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(|code| u8::try_from(code).ok());
    match code {
        Some(byte) => Escape::Byte(byte, start..end),
        None => Escape::Other(slashes.saturating_add(1)),
    }
}

impl Token {
    /// The run that starts at `at`; an empty one where none does.
    pub(super) fn at(bytes: &[u8], at: usize) -> Self {
        let mut token = Self {
            end: at,
            ..Self::default()
        };
        while let Some(byte) = bytes.get(token.end) {
            // Padding ends a run: `NAME=value` is two.
            let padded = token.text.last() == Some(&b'=') && *byte != b'=';
            if padded && is_part(*byte) {
                break;
            }
            if is_part(*byte) {
                token.push(*byte, token.end..token.end.saturating_add(1), false);
                continue;
            }
            if *byte != b'\\' {
                break;
            }
            match escape(bytes, token.end) {
                Escape::Byte(byte, digits) if is_part(byte) => {
                    let short = digits.len() == 2;
                    // `\x2b` with its digits overwritten is `\x**`, which only programs' source has: nothing reads it.
                    token.push(byte, digits, !short);
                }
                Escape::Slash(length) => {
                    if token.text.len() < LOOKED_AT {
                        token.text.push(b'/');
                    }
                    token.end = token.end.saturating_add(length);
                }
                _ => break,
            }
        }
        token
    }

    fn push(&mut self, byte: u8, range: std::ops::Range<usize>, escape: bool) {
        if self.text.len() < LOOKED_AT {
            self.text.push(byte);
        }
        self.end = range.end;
        match self.pieces.last_mut() {
            Some(last) if !escape && !last.escape && last.range.end == range.start => {
                last.range.end = range.end;
            }
            _ => self.pieces.push(Piece { range, escape }),
        }
    }

    /// The text without `0x`, where it is hex digits of that many bytes, not all the same.
    pub(super) fn is_hex_of(&self, bytes: usize) -> bool {
        let digits = self.digits();
        digits.len() == bytes.saturating_mul(2)
            && digits.iter().all(u8::is_ascii_hexdigit)
            && !is_monotonous(digits)
    }

    /// True where the text begins with `0x`.
    pub(super) fn has_prefix(&self) -> bool {
        self.text.starts_with(b"0x") || self.text.starts_with(b"0X")
    }

    /// The text without `0x`.
    pub(super) fn digits(&self) -> &[u8] {
        if self.has_prefix() {
            self.text.get(2..).unwrap_or_default()
        } else {
            &self.text
        }
    }

    /// How many of capital letters, small letters and digits it has: chance makes all three, a person's word does not.
    pub(super) fn variety(&self) -> usize {
        let has = |test: fn(&u8) -> bool| usize::from(self.text.iter().any(test));
        has(u8::is_ascii_uppercase)
            .saturating_add(has(u8::is_ascii_lowercase))
            .saturating_add(has(u8::is_ascii_digit))
    }
}

/// True for one character again and again: a placeholder.
fn is_monotonous(text: &[u8]) -> bool {
    text.windows(2).all(|pair| pair.first() == pair.last())
}
