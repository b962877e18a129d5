//! Private keys in DER: as a file, and as base64 or hex anywhere in a text.

use super::token::{Token, is_part};
use super::{Piece, Secret};
use crate::encoding::{base64, hex};
use crate::evidence::SecretKind;

/// Characters of a run that can be such a key.
const SHORTEST: usize = 48;

/// What kind of private key some DER begins: SEC 1 (RFC 5915), PKCS #8 (RFC 5958), PKCS #1 (RFC 8017), and PKCS #8
/// encrypted with a password (RFC 8018). Nothing for public keys, signatures and anything else.
pub(in crate::input) fn private(bytes: &[u8]) -> Option<SecretKind> {
    let body = content(bytes, 0x30)?;
    let plain = |what: &str| Some(SecretKind::PrivateKey(what.to_owned()));
    match body {
        [0x02, 0x01, 0x01, 0x04, ..] => plain("EC private key, SEC 1 DER"),
        [0x02, 0x01, 0x00 | 0x01, 0x30, rest @ ..] => {
            let algorithm = content(body.get(3..)?, 0x30)?;
            (algorithm.first() == Some(&0x06) && !rest.is_empty())
                .then(|| SecretKind::PrivateKey("private key, PKCS #8 DER".to_owned()))
        }
        [0x02, 0x01, 0x00, 0x02, 0x81 | 0x82, ..] => plain("RSA private key, PKCS #1 DER"),
        _ => {
            // PBES2, 1.2.840.113549.1.5.13.
            let algorithm = content(body, 0x30)?;
            algorithm
                .starts_with(&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d])
                .then(|| SecretKind::EncryptedKey("encrypted private key, PKCS #8 DER".to_owned()))
        }
    }
}

/// The content of an element, as far as it is there.
fn content(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    match length {
        0..=0x7f => Some(rest),
        0x81..=0x84 => rest.get(usize::from(length & 0x7f)..),
        _ => None,
    }
}

/// Runs of base64 or hex that are such keys, or a PEM block of one (as Kubernetes keeps them).
pub(super) fn runs(bytes: &[u8]) -> Vec<Secret> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while at < bytes.len() {
        let part = bytes.get(at).is_some_and(|byte| is_part(*byte));
        if !part {
            at = at.saturating_add(1);
            continue;
        }
        let run = Token::at(bytes, at);
        let start = at;
        at = run.end.max(at.saturating_add(1));
        if run.text.len() < SHORTEST {
            continue;
        }
        let Some(kind) = kind_of(&run) else { continue };
        let mark = start..run.end;
        let mut hidden = run.pieces;
        at = wrapped(bytes, at, run.text.len(), &mut hidden);
        found.push(Secret { kind, mark, hidden });
    }
    found
}

fn kind_of(run: &Token) -> Option<SecretKind> {
    let decoded = |length: usize| {
        let text = run.text.get(..length.min(run.text.len()))?;
        let whole = text.len().checked_sub(text.len() % 4)?;
        base64::decode(text.get(..whole)?).ok()
    };
    match run.text.as_slice() {
        [b'M', ..] => private(&decoded(44)?),
        // "-----BEGIN "
        text if text.starts_with(b"LS0tLS1CRUdJTi") => {
            let head = decoded(64)?;
            let head = String::from_utf8_lossy(&head).to_ascii_uppercase();
            head.contains("PRIVATE KEY")
                .then(|| SecretKind::PrivateKey("PEM block in base64".to_owned()))
        }
        _ => {
            let digits = run.digits();
            if !digits.starts_with(b"30") || !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            let head = digits.get(..64.min(digits.len()))?;
            private(&hex::decode(head).ok()?.bytes)
        }
    }
}

/// The lines that follow a run which was broken into lines; returns where they end.
fn wrapped(bytes: &[u8], mut at: usize, first: usize, hidden: &mut Vec<Piece>) -> usize {
    if first > 76 {
        return at;
    }
    loop {
        let mut next = at;
        while let Some(byte) = bytes.get(next) {
            match byte {
                b'\n' | b'\r' | b' ' | b'\t' | b'#' | b'>' => next = next.saturating_add(1),
                b'\\' => match super::token::escape(bytes, next) {
                    super::token::Escape::Other(taken) => next = next.saturating_add(taken.max(1)),
                    _ => break,
                },
                _ => break,
            }
        }
        if next == at {
            return at;
        }
        let run = Token::at(bytes, next);
        let ends = bytes
            .get(run.end)
            .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'\\'));
        if run.text.is_empty() || run.text.len() > first || !ends {
            return at;
        }
        let last = run.text.len() < first;
        at = run.end;
        hidden.extend(run.pieces);
        if last {
            return at;
        }
    }
}
