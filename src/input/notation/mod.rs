//! How a tree of values is written down: JSON, YAML, the text and table output of the AWS CLI, what programs print.
//!
//! A notation gives trees with places; what a tree says is for the formats, which do not ask how it was written. A new
//! notation is one file and one line in [`NOTATIONS`].

mod aws_names;
mod aws_table;
mod aws_text;
pub(super) mod by_shape;
mod documents;
mod fenced;
mod json;
mod literal;
mod prose;
mod transcript;
mod yaml;
mod yaml_fault;

use std::ops::Range;

use crate::json::{JsonError, Limits, Node, Value};
use crate::source::OffsetMap;

/// One tree in a text.
#[derive(Debug, Clone)]
pub struct Root {
    /// The tree, its places counted in the whole text.
    pub node: Node,
    /// The line above it that is no part of any tree: a shell's prompt with the command, or a heading.
    pub heading: Option<Range<usize>>,
    /// The notation of this tree, where the text has several: answers of several commands.
    pub notation: Option<&'static dyn Notation>,
}

impl Root {
    /// A tree without a heading, in the notation of its text.
    fn alone(node: Node) -> Self {
        Self::below(node, None)
    }

    /// A tree below a line.
    fn below(node: Node, heading: Option<Range<usize>>) -> Self {
        Self {
            node,
            heading,
            notation: None,
        }
    }
}

/// What a notation makes of a text.
#[derive(Debug, Clone)]
pub enum Read {
    /// The text is not written so.
    No,
    /// The trees, in the order of the text; at least one.
    Roots(Vec<Root>),
    /// The same, and a part of the text that is clearly meant so, but is broken.
    Partly(Vec<Root>, JsonError),
    /// The text is clearly meant so, but is broken.
    Broken(JsonError),
}

impl Read {
    /// What was found, and a fault beside it.
    fn of(roots: Vec<Root>, fault: Option<JsonError>) -> Self {
        match (roots.is_empty(), fault) {
            (true, None) => Self::No,
            (true, Some(fault)) => Self::Broken(fault),
            (false, None) => Self::Roots(roots),
            (false, Some(fault)) => Self::Partly(roots, fault),
        }
    }

    /// True for [`Read::No`].
    pub fn is_no(&self) -> bool {
        matches!(self, Self::No)
    }
}

/// One way to write trees down.
pub trait Notation: std::fmt::Debug + Sync {
    /// A word for it: `json`, `yaml` and the like.
    fn id(&self) -> &'static str;

    /// What it is, for a message.
    fn title(&self) -> &'static str;

    /// Reads a text.
    fn read(&self, text: &str, limits: &Limits) -> Read;

    /// The content of a string or of bytes, with the way back to the text that the tree was read from. By default the
    /// content stands there as it is.
    fn content(&self, text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
        verbatim(text, node)
    }

    /// True where RFC 6901 pointers into a tree mean something to a reader of the text.
    fn has_pointers(&self) -> bool {
        true
    }
}

/// Every notation, the strictest first: of several that could read a text, the first counts.
pub static NOTATIONS: &[&dyn Notation] = &[
    &json::Json,
    &fenced::Fenced,
    &transcript::Transcript,
    &aws_text::AwsText,
    &documents::Documents,
    &literal::Literal,
    &aws_table::AwsTable,
    &yaml::Yaml,
];

/// The notation of a text that is JSON from its first character to its last.
pub(super) static JSON: &dyn Notation = &json::Json;

/// The notation of several JSON values in one text.
pub(super) static DOCUMENTS: &dyn Notation = &documents::Documents;

/// The notation of last resort: a text of another kind with a key in it.
pub(super) static PROSE: &dyn Notation = &prose::Prose;

/// The notation of what Python and Node print.
pub(super) static LITERAL: &dyn Notation = &literal::Literal;

/// The trees of a text in which RFC 6901 pointers mean something, by the first notation that finds any.
pub fn pointed_trees(text: &str, limits: &Limits) -> Vec<Root> {
    NOTATIONS
        .iter()
        .filter(|notation| notation.has_pointers())
        .find_map(|notation| match notation.read(text, limits) {
            Read::Roots(roots) | Read::Partly(roots, _) => Some(roots),
            _ => None,
        })
        .unwrap_or_default()
}

pub(super) use transcript::{is_command_line as is_command, other_service};
pub(super) use yaml::is_meant as is_meant_as_yaml;

/// The first notation that reads a part of a text, or finds a fault in it; `own` is the one that looks for parts.
fn of_part(own: &str, text: &str, limits: &Limits) -> Option<(&'static dyn Notation, Read)> {
    NOTATIONS
        .iter()
        .filter(|notation| notation.id() != own)
        .map(|notation| (*notation, notation.read(text, limits)))
        .find(|(notation, read)| match read {
            Read::No => false,
            Read::Broken(_) => notation.id() != "yaml" || is_meant_as_yaml(text),
            _ => true,
        })
}

/// A content that stands in the text as it is.
fn verbatim(text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
    let content = content_of(node)?;
    let range = node.span.clone();
    let mut map = OffsetMap::new();
    if text.get(range.clone())?.as_bytes() == content {
        map.copied(0..content.len(), range);
    } else {
        map.replaced(0..content.len(), range);
    }
    Some((content, map))
}

/// The bytes of a string or of bytes.
fn content_of(node: &Node) -> Option<Vec<u8>> {
    match &node.value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

/// Puts the way back together from pieces, and checks that it leads to the same content: where it does not, the content
/// as a whole stands for the node as a whole.
fn mapped(node: &Node, pieces: Vec<(Range<usize>, Vec<u8>, bool)>) -> Option<(Vec<u8>, OffsetMap)> {
    let content = content_of(node)?;
    let mut made = Vec::with_capacity(content.len());
    let mut map = OffsetMap::new();
    for (outer, bytes, copied) in pieces {
        let inner = made.len()..made.len().saturating_add(bytes.len());
        made.extend(bytes);
        if copied {
            map.copied(inner, outer);
        } else {
            map.replaced(inner, outer);
        }
    }
    if made == content {
        return Some((content, map));
    }
    let mut whole = OffsetMap::new();
    whole.replaced(0..content.len(), node.span.clone());
    Some((content, whole))
}

/// An error at a place of a text.
fn fault(offset: usize, message: impl Into<String>) -> JsonError {
    JsonError {
        offset,
        message: message.into(),
    }
}
