//! Secrets in a text: found before anything else looks at it, and overwritten where they stand.
//!
//! What is overwritten no reader, rule, message or renderer can show; only its kind and its place are kept. The length
//! stays, and so does every other byte, so that the file is read like any other and all places are those of the file.
//!
//! A new form of secret is one function and one line in [`FINDERS`]. Each finder sees the text as the ones before it left
//! it, takes time linear in the text, and hides no more than the secret: what it hides is lost to the audit.

mod column;
mod der;
mod named;
mod near;
mod pem;
mod token;
mod whole;

use std::borrow::Cow;
use std::ops::Range;

use super::recognise::Found;
use crate::evidence::{Artefact, Data, FileStatus, SecretKind, Strength};
use crate::source::{SourceId, SourceMap, Span};

pub(super) use der::private as private_der;

/// One secret.
struct Secret {
    kind: SecretKind,
    /// What a reader may be shown of it: its name, or how it begins.
    mark: Range<usize>,
    /// What is overwritten.
    hidden: Vec<Piece>,
}

/// A part of a secret in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    range: Range<usize>,
    /// True for the digits of an escape sequence (`\u004d`), which must stay one.
    escape: bool,
}

impl Piece {
    fn cover(&self) -> &'static [u8] {
        if self.escape { b"002a" } else { b"*" }
    }
}

/// Finds one form of secret in a text.
type Finder = fn(&[u8]) -> Vec<Secret>;

/// Every form of secret. The surest first.
static FINDERS: &[Finder] = &[
    pem::blocks,
    pem::putty,
    der::runs,
    named::values,
    near::beside_access_key_ids,
    column::of_addresses,
    whole::file,
];

/// The most secrets of one file that are told one by one; more are overwritten all the same.
const MOST: usize = 1000;

/// Finds the secrets of a source that nothing has been read from yet, and overwrites them there and in the file.
pub(super) fn hide(sources: &mut SourceMap, source: SourceId) -> Hidden {
    let bytes = sources.get(source).shared();
    let wide = Wide::of(&bytes);
    let mut text: Cow<'_, [u8]> = match &wide {
        Some(wide) => Cow::Owned(wide.narrow(&bytes)),
        None => Cow::Borrowed(&bytes),
    };
    let mut secrets = Vec::new();
    for find in FINDERS {
        let found = find(&text);
        for piece in found.iter().flat_map(|secret| &secret.hidden) {
            cover(text.to_mut(), piece);
        }
        secrets.extend(found);
    }
    if secrets.is_empty() {
        return Hidden::default();
    }
    let alone = is_alone(&text)
        || secrets
            .iter()
            .any(|secret| secret.mark.start == 0 && std::str::from_utf8(&text).is_err());
    drop(text);
    drop(bytes);
    let place = |range: &Range<usize>| {
        wide.as_ref()
            .map_or_else(|| range.clone(), |wide| wide.place(range))
    };
    let pieces: Vec<(Range<usize>, &'static [u8])> = secrets
        .iter()
        .flat_map(|secret| &secret.hidden)
        .map(|piece| (place(&piece.range), piece.cover()))
        .collect();
    sources.overwrite(source, &pieces);
    secrets.sort_by_key(|secret| secret.mark.start);
    secrets.truncate(MOST);
    let secrets = secrets
        .into_iter()
        .map(|secret| (secret.kind, Span::new(source, place(&secret.mark))))
        .collect();
    Hidden { secrets, alone }
}

/// True for a text of which nothing is left but the marks around a secret.
fn is_alone(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let mark = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'*' | b'"' | b'\'' | b'=' | b',' | b'[' | b']')
    };
    text.iter().all(mark)
}

/// What was found and overwritten in a file.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    secrets: Vec<(SecretKind, Span)>,
    /// True where the file holds nothing else: what is left of it would be taken for masked values.
    pub(super) alone: bool,
}

impl Hidden {
    /// Adds the secrets of a file to what it says. A file that holds nothing else is used all the same: its secrets are
    /// judged.
    pub(super) fn report(
        self,
        file: SourceId,
        found: Found,
        artefacts: &mut Vec<Artefact>,
    ) -> (Option<&'static str>, FileStatus) {
        let status = match found.status {
            FileStatus::NotRecognised(_) if !self.secrets.is_empty() => FileStatus::Used,
            status => status,
        };
        let format = found.format.unwrap_or(FORMAT);
        // Of claims the rule on claims says it.
        let claims = artefacts
            .iter()
            .rev()
            .take_while(|own| own.file == file)
            .any(|own| matches!(own.data, Data::Claims(_)));
        let secrets = self
            .secrets
            .into_iter()
            .filter(|(kind, _)| !(claims && kind.what().ends_with(AS_ADDRESS)));
        artefacts.extend(secrets.map(|(kind, span)| Artefact {
            intent: false,
            file,
            span,
            format,
            strength: Strength::ClientFile,
            data: Data::Secret(kind),
            troubles: Vec::new(),
        }));
        (found.format, status)
    }
}

/// How the words on a private key in the place of an address end.
const AS_ADDRESS: &str = " as an address";

/// The runs of a part of a text between its blanks.
fn words(bytes: &[u8], range: Range<usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = range.start;
    for word in bytes
        .get(range)
        .unwrap_or_default()
        .split(u8::is_ascii_whitespace)
    {
        let range = at..at.saturating_add(word.len());
        at = range.end.saturating_add(1);
        if !range.is_empty() {
            pieces.push(Piece { range, escape: false });
        }
    }
    pieces
}

/// What a file is whose secrets are all that is known of it.
const FORMAT: &str = "secret";

fn cover(text: &mut [u8], piece: &Piece) {
    let cover = piece.cover().iter().cycle();
    if let Some(part) = text.get_mut(piece.range.clone()) {
        for (byte, new) in part.iter_mut().zip(cover) {
            *byte = *new;
        }
    }
}

/// UTF-16 without a byte order mark, which is no text to a reader, but holds secrets as well as one.
struct Wide {
    /// Where the low byte of the first unit stands.
    first: usize,
}

impl Wide {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [low, 0, second, 0, ..] if *low != 0 && *second != 0 => Some(Self { first: 0 }),
            [0, low, 0, second, ..] if *low != 0 && *second != 0 => Some(Self { first: 1 }),
            _ => None,
        }
    }

    fn narrow(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.iter().skip(self.first).step_by(2).copied().collect()
    }

    fn place(&self, range: &Range<usize>) -> Range<usize> {
        let at = |index: usize| index.saturating_mul(2).saturating_add(self.first);
        at(range.start)..at(range.end)
    }
}

/// The next place of `wanted` at or after `from`.
fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let first = *wanted.first()?;
    let mut at = 0_usize;
    while let Some(step) = rest.get(at..)?.iter().position(|byte| *byte == first) {
        at = at.saturating_add(step);
        if rest.get(at..)?.starts_with(wanted) {
            return Some(from.saturating_add(at));
        }
        at = at.saturating_add(1);
    }
    None
}

/// Every place of `wanted`.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(place) = find(bytes, wanted, at) {
        found.push(place);
        at = place.saturating_add(1);
    }
    found
}

#[cfg(test)]
mod tests;
