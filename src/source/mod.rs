//! Where every byte of the evidence came from.
//!
//! A [`SourceMap`] owns the bytes of each file, and the *views* made from parts of a file: the policy document
//! inside an escaped JSON string, the text inside a base64 block. A [`Span`] names bytes of a file or of a view;
//! [`SourceMap::place`] leads it back to line and column of the original file, and keeps the inner place beside it.
//!
//! Text from a source is untrusted. It reaches a reader through [`Untrusted`] alone.

mod lines;
mod untrusted;
mod view;

use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock};

use sha2::{Digest, Sha256};

pub use lines::{LineColumn, LineIndex};
pub use untrusted::{Untrusted, is_deceptive};
pub use view::OffsetMap;

/// Names one source of a [`SourceMap`]: a file or a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(usize);

/// A range of bytes in one source, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file or view.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just after the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `range` of `source`.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Self {
            source,
            start: range.start,
            end: range.end.max(range.start),
        }
    }
}

/// How a view comes out of its parent.
#[derive(Debug)]
struct View {
    parent: SourceId,
    map: OffsetMap,
    kind: ViewKind,
}

/// What a place in a view is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ViewKind {
    /// A text inside the text: it has lines and columns of its own, beside those of the file.
    Inner,
    /// The file's own text, decoded: its lines and columns are the file's.
    Decoded,
    /// The file's own text without something before each line: only the file's lines and columns count.
    Stripped,
}

/// Bytes, checked once for being text: a file of megabytes is asked for its text very often.
#[derive(Debug)]
enum Content {
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
}

impl Content {
    fn new(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(error) => Self::Bytes(error.into_bytes().into()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// One file, or one text decoded from a part of another source.
#[derive(Debug)]
pub struct Source {
    name: String,
    content: Content,
    view: Option<View>,
    lines: OnceLock<LineIndex>,
    sha256: OnceLock<[u8; 32]>,
}

impl Source {
    /// The file's path as it was given, or what the view is ("Policy string").
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes as they are.
    pub fn bytes(&self) -> &[u8] {
        self.content.bytes()
    }

    /// The bytes, shared: for a reader that adds views while it reads.
    pub fn shared(&self) -> Arc<[u8]> {
        match &self.content {
            Content::Text(text) => Arc::from(Arc::clone(text)),
            Content::Bytes(bytes) => Arc::clone(bytes),
        }
    }

    /// The text, where the bytes are UTF-8.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) => None,
        }
    }

    /// The text, shared, where the bytes are UTF-8.
    pub fn shared_text(&self) -> Option<Arc<str>> {
        match &self.content {
            Content::Text(text) => Some(Arc::clone(text)),
            Content::Bytes(_) => None,
        }
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> [u8; 32] {
        *self.sha256.get_or_init(|| Sha256::digest(self.bytes()).into())
    }

    /// True for a text that was decoded from a part of another source.
    pub fn is_view(&self) -> bool {
        self.view.is_some()
    }

    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(self.bytes()))
    }
}

/// The place of a span, for a reader: in the original file, and, where the span lies in a view, inside that too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path of the original file, as it was given.
    pub path: String,
    /// The original file.
    pub file: SourceId,
    /// Byte range in the original file.
    pub bytes: Range<usize>,
    /// Where it starts in the original file.
    pub start: LineColumn,
    /// Where it ends in the original file (just after the last character).
    pub end: LineColumn,
    /// What the innermost view is, and the line and column in its text.
    pub inner: Option<(String, LineColumn)>,
}

/// All sources of one run.
#[derive(Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under the path it was given by.
    pub fn add_file(&mut self, path: impl Into<String>, bytes: Vec<u8>) -> SourceId {
        self.push(path.into(), bytes, None)
    }

    /// Adds a text, or bytes, decoded from a part of `parent`, with what it is for a label; `map` leads its offsets back there.
    pub fn add_view(
        &mut self,
        parent: SourceId,
        label: impl Into<String>,
        content: impl Into<Vec<u8>>,
        map: OffsetMap,
    ) -> SourceId {
        let kind = ViewKind::Inner;
        self.push(label.into(), content.into(), Some(View { parent, map, kind }))
    }

    /// Adds the whole text of `parent` in another character encoding (without its byte order mark, or decoded from
    /// UTF-16): a place in it has the lines and columns that an editor shows, which decodes the file the same way.
    pub fn add_decoded(&mut self, parent: SourceId, text: String, map: OffsetMap) -> SourceId {
        let kind = ViewKind::Decoded;
        self.push(String::new(), text.into_bytes(), Some(View { parent, map, kind }))
    }

    /// Adds the text of `parent` without what stands before each line (`# `, `> `): a place in it is the place in `parent`.
    pub fn add_stripped(&mut self, parent: SourceId, text: String, map: OffsetMap) -> SourceId {
        let kind = ViewKind::Stripped;
        self.push(String::new(), text.into_bytes(), Some(View { parent, map, kind }))
    }

    fn push(&mut self, name: String, bytes: Vec<u8>, view: Option<View>) -> SourceId {
        let id = SourceId(self.sources.len());
        self.sources.push(Source {
            name,
            content: Content::new(bytes),
            view,
            lines: OnceLock::new(),
            sha256: OnceLock::new(),
        });
        id
    }

    /// The source of an id.
    ///
    /// An id of another map gives an empty source, never a panic.
    pub fn get(&self, id: SourceId) -> &Source {
        static EMPTY: LazyLock<Source> = LazyLock::new(|| Source {
            name: String::new(),
            content: Content::Bytes(Arc::default()),
            view: None,
            lines: OnceLock::new(),
            sha256: OnceLock::new(),
        });
        self.sources.get(id.0).unwrap_or(&EMPTY)
    }

    /// The file that a source is, or that its text was decoded from.
    pub fn file_of(&self, mut id: SourceId) -> SourceId {
        while let Some(view) = &self.get(id).view {
            id = view.parent;
        }
        id
    }

    /// Overwrites parts of a source, and what they stand for in the sources that it was decoded from, with other bytes
    /// of the same length (the given ones, again and again; bytes of zero stay, which UTF-16 has between). The digest
    /// stays that of the bytes as they were.
    pub fn overwrite(&mut self, id: SourceId, parts: &[(Range<usize>, &'static [u8])]) {
        let Some(source) = self.sources.get_mut(id.0) else {
            return;
        };
        source.sha256();
        let mut bytes = source.bytes().to_vec();
        for (range, new) in parts {
            let mut new = new.iter().cycle();
            let part = bytes.get_mut(range.clone()).unwrap_or_default();
            for byte in part.iter_mut().filter(|byte| **byte != 0) {
                *byte = new.next().copied().unwrap_or_default();
            }
        }
        source.content = Content::new(bytes);
        if let Some(view) = &source.view {
            let outer: Vec<(Range<usize>, &'static [u8])> = parts
                .iter()
                .map(|(range, new)| (view.map.outer(range.clone()), *new))
                .collect();
            let parent = view.parent;
            self.overwrite(parent, &outer);
        }
    }

    /// What a span of a view stands for in the source that the view was decoded from.
    pub fn parent(&self, span: Span) -> Option<Span> {
        let view = self.get(span.source).view.as_ref()?;
        Some(Span::new(view.parent, view.map.outer(span.start..span.end)))
    }

    /// The bytes of the original file that a span stands for.
    pub fn outer(&self, span: Span) -> Span {
        let mut at = span;
        while let Some(outer) = self.parent(at) {
            at = outer;
        }
        at
    }

    /// Line and column of a span, outside and inside.
    pub fn place(&self, span: Span) -> Place {
        let mut at = span;
        let mut inner = None;
        loop {
            let source = self.get(at.source);
            let here = |offset: usize| source.lines().locate(source.bytes(), offset);
            match &source.view {
                Some(view) if view.kind != ViewKind::Decoded => {
                    if view.kind == ViewKind::Inner {
                        inner.get_or_insert_with(|| (source.name.clone(), here(at.start)));
                    }
                    at = Span::new(view.parent, view.map.outer(at.start..at.end));
                }
                _ => {
                    let outer = self.outer(at);
                    return Place {
                        path: self.get(outer.source).name.clone(),
                        file: outer.source,
                        bytes: outer.start..outer.end,
                        start: here(at.start),
                        end: here(at.end),
                        inner,
                    };
                }
            }
        }
    }

    /// The text of a span in its own source, where it is UTF-8.
    pub fn snippet(&self, span: Span) -> Option<&str> {
        let source = self.get(span.source);
        match source.text() {
            Some(text) => text.get(span.start..span.end),
            None => std::str::from_utf8(source.bytes().get(span.start..span.end)?).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_a_file_has_line_and_column_and_no_inner_place() {
        let mut map = SourceMap::new();
        let id = map.add_file("a.txt", b"one\ntwo three\n".to_vec());
        let place = map.place(Span::new(id, 8..13));
        assert_eq!((place.start.line, place.start.column), (2, 5));
        assert_eq!((place.end.line, place.end.column), (2, 10));
        assert_eq!(place.inner, None);
    }

    #[test]
    fn a_span_of_a_view_of_a_view_leads_to_the_file() {
        let mut map = SourceMap::new();
        let id = map.add_file("a.txt", b"0123\\n6789".to_vec());
        let mut offsets = OffsetMap::new();
        offsets.copied(0..4, 0..4);
        offsets.replaced(4..5, 4..6);
        offsets.copied(5..9, 6..10);
        let view = map.add_view(id, "string", "0123\n6789".to_owned(), offsets);
        let mut part = OffsetMap::new();
        part.copied(0..4, 5..9);
        let inner = map.add_view(view, "tail", "6789".to_owned(), part);
        let place = map.place(Span::new(inner, 1..3));
        assert_eq!(place.bytes, 7..9);
        assert_eq!(
            place.inner.map(|(name, at)| (name, at.line, at.column)),
            Some(("tail".to_owned(), 1, 2))
        );
        assert_eq!(map.file_of(inner), id);
    }
}
