//! A file that is one secret and nothing else.

use super::token::Token;
use super::{Piece, Secret, der};
use crate::encoding::hex;
use crate::evidence::{SecretKind, Withheld};

/// A private key in DER; 32 bytes, which could be one: raw, in hex, as a list of numbers; a mnemonic phrase.
pub(super) fn file(bytes: &[u8]) -> Vec<Secret> {
    let whole = |kind: SecretKind, from: usize| {
        vec![Secret {
            kind,
            mark: 0..bytes.len().min(1),
            hidden: vec![Piece {
                range: from..bytes.len(),
                escape: false,
            }],
        }]
    };
    let perhaps = |what: &str| SecretKind::PerhapsPrivateKey(what.to_owned());
    let Some(text) = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
    else {
        if let Some(kind) = der::private(bytes) {
            return whole(kind, 2);
        }
        return match <[u8; 32]>::try_from(bytes) {
            Ok(digest) => {
                let what = "32 bytes, and nothing else".to_owned();
                whole(SecretKind::PerhapsDigest(what, Withheld::new(digest)), 0)
            }
            Err(_) => Vec::new(),
        };
    };
    let trimmed = text.trim();
    if trimmed.len() > 400 {
        return Vec::new();
    }
    let start = text.len().saturating_sub(text.trim_start().len());
    let found = |kind: SecretKind, hidden: Vec<Piece>| {
        vec![Secret {
            kind,
            mark: start..start.saturating_add(trimmed.len()),
            hidden,
        }]
    };
    let quoted = usize::from(trimmed.starts_with(['"', '\'']));
    let run = Token::at(bytes, start.saturating_add(quoted));
    let rest = text.get(run.end..).unwrap_or_default().trim();
    if run.is_hex_of(32) && matches!(rest, "" | "\"" | "'") {
        let what = "32 bytes of hex, and nothing else".to_owned();
        let digits = trimmed.trim_matches(['"', '\'']);
        let digest = hex::decode(digits.as_bytes())
            .ok()
            .and_then(|decoded| <[u8; 32]>::try_from(decoded.bytes).ok());
        let kind = match digest {
            Some(digest) => SecretKind::PerhapsDigest(what, Withheld::new(digest)),
            None => SecretKind::PerhapsPrivateKey(what),
        };
        return found(kind, run.pieces);
    }
    let all = || {
        vec![Piece {
            range: start..start.saturating_add(trimmed.len()),
            escape: false,
        }]
    };
    let words: Vec<&str> = trimmed.split(' ').collect();
    let is_word =
        |word: &&str| (3..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if matches!(words.len(), 12 | 15 | 18 | 21 | 24) && words.iter().all(is_word) {
        return found(
            perhaps("words like those of a mnemonic phrase, and nothing else"),
            all(),
        );
    }
    let numbers = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(numbers) = numbers {
        let bytes: Option<Vec<u8>> = numbers
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        if bytes.is_some_and(|bytes| bytes.len() == 32) {
            let pieces = numbers
                .char_indices()
                .filter(|(_, char)| char.is_ascii_digit())
                .map(|(at, _)| {
                    let at = start.saturating_add(1).saturating_add(at);
                    Piece {
                        range: at..at.saturating_add(1),
                        escape: false,
                    }
                })
                .collect();
            return found(perhaps("a list of 32 bytes, and nothing else"), pieces);
        }
    }
    Vec::new()
}
