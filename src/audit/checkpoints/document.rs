//! Documents, as they come in.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::hyperlane::digest::{CHECKPOINT_TAG, domain_hash};
use crate::hyperlane::envelope::{Fault, FaultCode};
use crate::hyperlane::{Artefact, artefact, layout};
use crate::signature::Signature;

/// Bytes of one document, at most. The relayer reads 50 KiB of one.
pub const MOST_BYTES: usize = 1 << 20;

/// One document.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// What was given: a folder, a file, an archive.
    pub source: &'a str,
    /// Its name below the source, with folders; nothing where it has none.
    pub file: Option<&'a str>,
    /// Its line in a file of many, from 1; 0 otherwise.
    pub line: u64,
    /// What it is.
    pub content: Content<'a>,
}

/// The bytes of a document, or where they are.
#[derive(Debug, Clone)]
pub enum Content<'a> {
    /// Here.
    Bytes(&'a [u8]),
    /// In a file that is read when its turn comes.
    File(&'a Path),
    /// Too large to be kept.
    TooLarge,
    /// Nowhere, and why.
    Unreadable(&'a str),
}

/// The last domain hash: mostly also the next.
#[derive(Debug, Default)]
pub(super) struct Cache(Option<(u32, [u8; 32], [u8; 32])>);

impl Cache {
    fn domain_hash(&mut self, domain: u32, contract: &[u8; 32]) -> [u8; 32] {
        match &self.0 {
            Some((known, of, hash)) if *known == domain && of == contract => *hash,
            _ => {
                let hash = domain_hash(domain, contract, CHECKPOINT_TAG);
                self.0 = Some((domain, *contract, hash));
                hash
            }
        }
    }
}

/// A document that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    /// What was given.
    pub(super) source: String,
    /// The bucket: the source, and the folder below it.
    pub(super) bucket: String,
    /// The name without its folders.
    pub(super) file: Option<String>,
    pub(super) line: u64,
    /// What the name says.
    pub(super) kind: Option<layout::Kind>,
    pub(super) artefact: Result<Artefact, Fault>,
    /// The domain that a signature is for.
    pub(super) domain: u32,
    /// The digest, where something is signed.
    pub(super) digest: [u8; 32],
    /// The signature, where it can be one.
    pub(super) signature: Option<Signature>,
}

impl Parsed {
    /// The place, for a reader.
    pub(super) fn place(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), 0) => format!("{}/{file}", self.bucket),
            (Some(file), line) => format!("{}/{file} (line {line})", self.bucket),
            (None, 0) => self.bucket.clone(),
            (None, line) => format!("{}:{line}", self.bucket),
        }
    }
}

/// A line that says the name of its file.
#[derive(Deserialize)]
struct Wrapper<'t> {
    #[serde(alias = "key", alias = "name", alias = "path", borrow)]
    file: Cow<'t, str>,
    #[serde(alias = "body", alias = "document", borrow)]
    content: &'t RawValue,
}

/// The name and the document of a line that has both.
fn unwrapped(bytes: &[u8]) -> Option<(String, Cow<'_, [u8]>)> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}');
    // What an agent writes begins with its value: most lines are not looked at again.
    if !text.starts_with('{') || text.starts_with("{\"value\"") {
        return None;
    }
    let wrapper: Wrapper<'_> = serde_json::from_str(text).ok()?;
    let raw = wrapper.content.get();
    let content = if raw.starts_with('"') {
        Cow::Owned(serde_json::from_str::<String>(raw).ok()?.into_bytes())
    } else {
        Cow::Borrowed(raw.as_bytes())
    };
    Some((wrapper.file.into_owned(), content))
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let fail = |error: std::io::Error| Fault::of(FaultCode::CannotBeRead, error.to_string());
    let mut bytes = Vec::with_capacity(1024);
    File::open(path)
        .map_err(fail)?
        .take(u64::try_from(MOST_BYTES).unwrap_or(u64::MAX).saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(fail)?;
    Ok(bytes)
}

fn too_large() -> Fault {
    Fault::of(
        FaultCode::TooLarge,
        format!("it is larger than {MOST_BYTES} bytes, which no document of a validator is"),
    )
}

impl Document<'_> {
    /// Reads it.
    pub(super) fn parse(&self, cache: &mut Cache) -> Parsed {
        let mut path = self.file.map(str::to_owned);
        let bytes = match &self.content {
            Content::Bytes(bytes) => Ok(Cow::Borrowed(*bytes)),
            Content::File(file) => read(file).map(Cow::Owned),
            Content::TooLarge => Err(too_large()),
            Content::Unreadable(reason) => Err(Fault::of(FaultCode::CannotBeRead, *reason)),
        };
        let bytes = bytes.and_then(|bytes| {
            if bytes.len() > MOST_BYTES {
                Err(too_large())
            } else {
                Ok(bytes)
            }
        });
        let mut kind = None;
        let artefact = bytes.and_then(|bytes| {
            let inner = if self.line > 0 { unwrapped(&bytes) } else { None };
            let content = match &inner {
                Some((name, content)) => {
                    path = Some(name.clone());
                    content
                }
                None => &bytes,
            };
            kind = path.as_deref().and_then(layout::of_path).map(|named| named.kind);
            artefact::read(content, kind)
        });
        let (folder, file) = path.as_deref().map_or(("", None), |path| {
            let (folder, file) = layout::split(path);
            (folder, Some(file.to_owned()))
        });
        let bucket = if folder.is_empty() {
            self.source.to_owned()
        } else {
            format!("{}/{folder}", self.source)
        };
        let mut parsed = Parsed {
            source: self.source.to_owned(),
            bucket,
            file,
            line: self.line,
            kind,
            artefact,
            domain: 0,
            digest: [0; 32],
            signature: None,
        };
        match &parsed.artefact {
            Ok(Artefact::Checkpoint(envelope)) => {
                let value = &envelope.value;
                parsed.domain = value.domain;
                parsed.digest = value.digest_under(&cache.domain_hash(value.domain, &value.contract));
                parsed.signature = envelope.signature.checked().ok();
            }
            Ok(Artefact::Announcement(envelope)) => {
                parsed.domain = envelope.value.domain;
                parsed.digest = envelope.value.digest();
                parsed.signature = envelope.signature.checked().ok();
            }
            _ => {}
        }
        parsed
    }
}
