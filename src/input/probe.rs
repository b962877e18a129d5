//! One content, and what is known of it before any format looks.

use std::ops::Range;
use std::sync::Arc;

use super::Options;
use super::notation::{self, Notation, Read, Root};
use crate::arn::KeyRef;
use crate::evidence::Field;
use crate::json::{JsonError, Node};
use crate::source::{OffsetMap, SourceId, SourceMap, Span};

/// One content: a whole text or binary file, or one tree in it.
pub struct Probe {
    /// The source that spans count in.
    pub source: SourceId,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// How keys are read.
    pub key_options: crate::key::Options,
    root: Option<Node>,
    error: Option<JsonError>,
    notation: &'static dyn Notation,
    heading: Option<Range<usize>>,
    /// The text, where the bytes are UTF-8.
    text: Option<Arc<str>>,
    /// True where the tree is a part of the text, with others beside it.
    is_part: bool,
}

impl Probe {
    /// Looks at one source. Only JSON is read here, because nothing else begins as it does.
    pub fn new(sources: &SourceMap, source: SourceId, options: &Options) -> Self {
        let bytes = sources.get(source).shared();
        let text = sources.get(source).shared_text();
        let read = text
            .as_deref()
            .map(|text| notation::JSON.read(text, &options.limits.json));
        let (root, error) = match read {
            Some(Read::Roots(roots)) => (roots.into_iter().next().map(|root| root.node), None),
            Some(Read::Broken(error)) => (None, Some(error)),
            _ => (None, None),
        };
        Self {
            source,
            bytes,
            key_options: options.key_options,
            root,
            error,
            notation: notation::JSON,
            heading: None,
            text,
            is_part: false,
        }
    }

    /// The same text with a tree that a notation found in it.
    pub(super) fn with_root(&self, notation: &'static dyn Notation, root: Root, is_part: bool) -> Self {
        Self {
            source: self.source,
            bytes: Arc::clone(&self.bytes),
            key_options: self.key_options,
            root: Some(root.node),
            error: None,
            notation: root.notation.unwrap_or(notation),
            heading: root.heading,
            text: self.text.clone(),
            is_part,
        }
    }

    /// The same tree seen otherwise: a part of it, or what it stands for.
    pub(super) fn with_tree(&self, node: Node, is_part: bool) -> Self {
        let heading = self.heading.clone();
        self.with_root(
            self.notation,
            Root {
                node,
                heading,
                notation: None,
            },
            is_part || self.is_part,
        )
    }

    /// The text, where the bytes are UTF-8.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The text of the tree alone, for one tree among others; else the whole text.
    pub(super) fn own_text(&self) -> Option<&str> {
        let whole = self.whole();
        self.text()?.get(whole.start..whole.end)
    }

    /// The tree, where the text is one.
    pub fn tree(&self) -> Option<&Node> {
        self.root.as_ref()
    }

    /// The object that the text is.
    pub fn object(&self) -> Option<&Node> {
        self.tree().filter(|node| node.is_object())
    }

    /// Why the text, which begins like JSON, is none.
    pub fn json_error(&self) -> Option<&JsonError> {
        self.error.as_ref()
    }

    /// True for a tree, and for a text that begins like JSON: the formats of plain text do not look at it.
    pub fn is_tree(&self) -> bool {
        self.root.is_some() || self.error.is_some()
    }

    /// True where the tree is the whole text, or stands below the command that it answers.
    pub(super) fn is_answer(&self) -> bool {
        !self.is_part
            || self
                .heading
                .clone()
                .and_then(|range| self.text()?.get(range))
                .is_some_and(|line| line.contains("list-key-policies"))
    }

    /// True where the tree is the whole text, or stands below a command that lists or describes keys.
    pub(super) fn is_of_keys(&self) -> bool {
        let below = |line: &str| line.contains(" list-keys") || line.contains(" describe-key");
        self.is_answer()
            || self
                .heading
                .clone()
                .and_then(|range| self.text()?.get(range))
                .is_some_and(below)
    }

    /// The content of a string or of bytes of the tree, with the way back to the text.
    pub fn content(&self, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
        self.notation.content(self.text()?, node)
    }

    /// The content of a string of the tree, with the way back to the text.
    pub fn string_view(&self, node: &Node) -> Option<(String, OffsetMap)> {
        node.as_str()?;
        let (content, map) = self.content(node)?;
        Some((String::from_utf8(content).ok()?, map))
    }

    /// The service that the command above the tree asks, where its answers are no evidence about keys.
    pub(super) fn other_service(&self) -> Option<&str> {
        let line = self.text()?.get(self.heading.clone()?)?;
        notation::other_service(line)
    }

    /// The key that the command above the tree names: `$ aws kms get-key-policy --key-id alias/a`.
    pub(super) fn key_of_command(&self) -> Option<Field<KeyRef>> {
        let text = self.argument("kms", "--key-id")?;
        Some(Field {
            value: KeyRef::parse(&text.value)?,
            span: text.span,
        })
    }

    /// The value of an option in the command of a service above the tree: `$ aws iam list-access-keys --user-name a`.
    pub(super) fn argument(&self, service: &str, option: &str) -> Option<Field<String>> {
        let range = self.heading.clone()?;
        let line = self.text()?.get(range.clone())?;
        let (before, rest) = line.split_once(option)?;
        // What stands below a command that changes something is not its answer: it has none.
        let asks = line.split_whitespace().any(|word| {
            word == "sign"
                || ["get-", "list-", "describe-"]
                    .iter()
                    .any(|verb| word.starts_with(verb))
        });
        if !before.contains(service) || !asks {
            return None;
        }
        let skip = rest
            .len()
            .saturating_sub(rest.trim_start_matches([' ', '=', '"', '\'']).len());
        let rest = rest.get(skip..)?;
        let length = rest
            .find(|char: char| char.is_whitespace() || matches!(char, '"' | '\'' | ';' | '|' | '>'))
            .unwrap_or(rest.len());
        let value = rest.get(..length).filter(|value| !value.is_empty())?.to_owned();
        let start = range
            .start
            .saturating_add(before.len())
            .saturating_add(option.len())
            .saturating_add(skip);
        Some(Field {
            value,
            span: self.span(start..start.saturating_add(length)),
        })
    }

    /// A span of this source: cut at its end, and in a text never through a character.
    pub fn span(&self, range: Range<usize>) -> Span {
        let inside = |at: usize| {
            self.text.is_some() && self.bytes.get(at).is_some_and(|byte| (0x80..0xc0).contains(byte))
        };
        let (mut start, mut end) = (range.start.min(self.bytes.len()), range.end.min(self.bytes.len()));
        while inside(start) {
            start = start.saturating_sub(1);
        }
        while inside(end) {
            end = end.saturating_add(1);
        }
        Span::new(self.source, start..end)
    }

    /// The span of a node.
    pub fn at(&self, node: &Node) -> Span {
        self.span(node.span.clone())
    }

    /// The whole content: for one tree among others, the tree.
    pub fn whole(&self) -> Span {
        match &self.root {
            Some(root) if self.is_part => self.at(root),
            _ => Span::new(self.source, 0..self.bytes.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_stays_inside_and_cuts_no_character() {
        let span = |bytes: &[u8], range| {
            let mut sources = SourceMap::new();
            let source = sources.add_file("a", bytes.to_vec());
            let span = Probe::new(&sources, source, &Options::default()).span(range);
            span.start..span.end
        };
        assert_eq!(span(b"", 0..1), 0..0);
        assert_eq!(span("aéb".as_bytes(), 2..3), 1..3);
        assert_eq!(span("aéb".as_bytes(), 3..9), 3..4);
        assert_eq!(
            span(&[0x30, 0x80, 0xff, 0x80], 1..2),
            1..2,
            "bytes that are no text"
        );
    }
}
