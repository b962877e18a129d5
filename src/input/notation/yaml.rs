//! YAML 1.2, as the AWS CLI (version 2), CloudFormation and registries write it.
//!
//! Values stay what was written: an account id with a leading zero and an unquoted date are text. A short intrinsic
//! function of CloudFormation (`!Ref X`) becomes the object that its long form is (`{"Ref": "X"}`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::documents::{is_frame, shift};
use super::{Notation, Read, Root, fault, mapped, yaml_fault};
use crate::encoding::base64;
use crate::json::{JsonError, Limits, Member, Node, Value};
use crate::source::OffsetMap;

/// YAML.
#[derive(Debug)]
pub(super) struct Yaml;

impl Notation for Yaml {
    fn id(&self) -> &'static str {
        "yaml"
    }

    fn title(&self) -> &'static str {
        "YAML"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        // A prompt with the command may stand above.
        let first = text.lines().next().unwrap_or_default();
        let heading = (!looks_like(text) && is_frame(first)).then_some(0..first.len());
        let skip = heading.as_ref().map_or(0, |line| line.end);
        let body = text.get(skip..).unwrap_or_default();
        if !looks_like(body) {
            return Read::No;
        }
        let mut builder = Builder {
            text: body,
            limits,
            values: 0,
            anchors: BTreeMap::new(),
        };
        match builder.documents() {
            Ok(roots) if roots.is_empty() => Read::No,
            Ok(mut roots) => {
                for root in &mut roots {
                    shift(&mut root.node, skip);
                    root.heading.clone_from(&heading);
                }
                Read::Roots(roots)
            }
            Err(error) => Read::Broken(JsonError {
                offset: error.offset.saturating_add(skip),
                ..error
            }),
        }
    }

    fn content(&self, text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
        let raw = text.get(node.span.clone())?;
        let start = node.span.start;
        let pieces = match raw.as_bytes().first() {
            Some(b'"') => quoted(raw, start, true),
            Some(b'\'') => quoted(raw, start, false),
            Some(b'|' | b'>') => block(raw, start),
            _ => return super::verbatim(text, node),
        };
        mapped(node, pieces)
    }
}

/// True for a text whose first line of content is a key, or an item of a list: all text is a YAML scalar.
fn looks_like(text: &str) -> bool {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with(['#', '%']) && !line.starts_with("---"));
    let Some(mut line) = line else { return false };
    let mut item = false;
    while let Some(rest) = line.strip_prefix("- ") {
        line = rest.trim_start();
        item = true;
    }
    let key = line.split_once(':').is_some_and(|(key, rest)| {
        (rest.is_empty() || rest.starts_with([' ', '\t']))
            && !key.is_empty()
            && key
                .trim_matches(['"', '\''])
                .chars()
                .all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/' | '$' | ' ' | ':'))
    });
    key || (item && !line.contains(' '))
}

/// True for a text that is meant as YAML with evidence in it, so that a fault must be told: a name of the evidence stands
/// where a key of YAML does. In quotes it is more likely a piece of JSON.
pub(in crate::input) fn is_meant(text: &str) -> bool {
    const KEYS: [&str; 10] = [
        "KeyMetadata",
        "PublicKey",
        "PolicyNames",
        "Grants",
        "GrantId",
        "Aliases",
        "AliasName",
        "TagKey",
        "KeyArn",
        "Statement",
    ];
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        let is_key = line.split_once(':').is_some_and(|(key, rest)| {
            KEYS.contains(&key) && (rest.trim_end().is_empty() || rest.starts_with(' '))
        });
        is_key || line.contains("AWS::KMS::")
    })
}

struct Builder<'t> {
    text: &'t str,
    limits: &'t Limits,
    values: usize,
    anchors: BTreeMap<usize, Node>,
}

/// A collection that is being read.
struct Open {
    start: usize,
    end: usize,
    anchor: usize,
    tag: Option<(String, Range<usize>)>,
    /// True for a mapping.
    is_mapping: bool,
    /// The key whose value comes next.
    key: Option<(String, Range<usize>)>,
    items: Vec<Node>,
    members: Vec<Member>,
}

impl Builder<'_> {
    fn documents(&mut self) -> Result<Vec<Root>, JsonError> {
        let mut roots = Vec::new();
        let mut stack: Vec<Open> = Vec::new();
        for event in Parser::new_from_str(self.text) {
            let (event, span) = event.map_err(|error| self.error(&error))?;
            let range = span.byte_range().unwrap_or(0..0);
            let tag = event.tag().and_then(custom).map(|name| {
                let place = span.tag_span().and_then(|span| span.byte_range());
                (name, place.unwrap_or(range.start..range.start))
            });
            let done = match event {
                Event::Scalar(value, style, anchor, kind) => {
                    let value = scalar(value, style, kind.as_deref());
                    let node = tagged(
                        Node {
                            span: self.trimmed(range),
                            value,
                        },
                        tag,
                    );
                    self.keep(anchor, &node);
                    Some(node)
                }
                Event::Alias(anchor) => {
                    let node = self.anchors.get(&anchor).cloned();
                    let Some(mut node) = node else {
                        return Err(fault(range.start, "an alias inside the value that it names"));
                    };
                    // Every copy counts: aliases of aliases grow without end.
                    self.count(&node, range.start)?;
                    node.span = range;
                    Some(node)
                }
                Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => {
                    if stack.len() >= self.limits.depth {
                        let message = format!("nests deeper than {} levels", self.limits.depth);
                        return Err(fault(range.start, message));
                    }
                    stack.push(Open {
                        start: range.start,
                        end: range.end,
                        anchor,
                        tag,
                        is_mapping: matches!(event, Event::MappingStart(..)),
                        key: None,
                        items: Vec::new(),
                        members: Vec::new(),
                    });
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                    Some(open) => {
                        let anchor = open.anchor;
                        let node = closed(open, &range);
                        self.keep(anchor, &node);
                        Some(node)
                    }
                    None => None,
                },
                _ => None,
            };
            let Some(node) = done else { continue };
            self.values = self.values.saturating_add(1);
            if self.values > self.limits.values {
                let message = format!("holds more than {} values", self.limits.values);
                return Err(fault(node.span.start, message));
            }
            match stack.last_mut() {
                Some(open) => open.take(node)?,
                // A text without structure is a scalar of YAML: that is no tree.
                None if node.is_object() || node.is_array() => roots.push(Root::alone(node)),
                None => {}
            }
        }
        Ok(roots)
    }

    fn keep(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    fn count(&mut self, node: &Node, at: usize) -> Result<(), JsonError> {
        self.values = self.values.saturating_add(size(node));
        if self.values > self.limits.values.min(100_000) {
            return Err(fault(at, "aliases make it too large"));
        }
        Ok(())
    }

    /// A scalar's place without the line end that a block scalar runs to.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        range.start..range.start.saturating_add(text.trim_end().len())
    }

    fn error(&self, error: &ScanError) -> JsonError {
        let offset = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        yaml_fault::told(self.text, offset, &error.kind().to_string())
    }
}

impl Open {
    fn take(&mut self, node: Node) -> Result<(), JsonError> {
        self.end = self.end.max(node.span.end);
        if !self.is_mapping {
            self.items.push(node);
            return Ok(());
        }
        if let Some((key, key_span)) = self.key.take() {
            self.members.push(Member {
                key,
                key_span,
                value: node,
            });
            return Ok(());
        }
        let name = match &node.value {
            Value::String(text) | Value::Number(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            Value::Null => "null".to_owned(),
            _ => return Err(fault(node.span.start, "a key that is not a word")),
        };
        self.key = Some((name, node.span));
        Ok(())
    }
}

fn closed(open: Open, end: &Range<usize>) -> Node {
    // The end of a block is where the next thing starts; that of `]` and `}` is a character of its own.
    let stop = if end.is_empty() {
        open.end
    } else {
        end.end.max(open.end)
    };
    let value = if open.is_mapping {
        Value::Object(open.members)
    } else {
        Value::Array(open.items)
    };
    let span = open.start..stop.max(open.start);
    tagged(Node { span, value }, open.tag)
}

/// The name that a tag of an application has in the object of its long form.
fn custom(tag: &Tag) -> Option<String> {
    if tag.handle() != "!" || tag.suffix().is_empty() {
        return None;
    }
    let name = tag.suffix();
    Some(if matches!(name, "Ref" | "Condition") {
        name.to_owned()
    } else {
        format!("Fn::{name}")
    })
}

fn tagged(node: Node, tag: Option<(String, Range<usize>)>) -> Node {
    match tag {
        Some((key, key_span)) => Node {
            span: key_span.start.min(node.span.start)..node.span.end,
            value: Value::Object(vec![Member {
                key,
                key_span,
                value: node,
            }]),
        },
        None => node,
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Array(items) => items.iter().map(size).fold(1, usize::saturating_add),
        Value::Object(members) => members
            .iter()
            .map(|member| size(&member.value))
            .fold(1, usize::saturating_add),
        _ => 1,
    }
}

/// A scalar's value. Only plain ones may be anything but text (YAML 1.2, 10.3.2), and of these an account id (12 digits)
/// is text too, as is whatever JSON would not call a number: `012345678901`, `2012-10-17`.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("binary") || tag.suffix() == "binary")
        && let Ok(bytes) = base64::decode(text.trim().as_bytes())
    {
        return Value::Bytes(bytes);
    }
    let text = text.into_owned();
    if style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str")) {
        return Value::String(text);
    }
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        // No answer has a number that long or with an exponent; an id of hex digits may look like one.
        digits
            if digits.len() != 12
                && digits.len() <= 20
                && !digits.contains(['e', 'E'])
                && serde_json::from_str::<serde_json::Number>(digits).is_ok() =>
        {
            Value::Number(text)
        }
        _ => Value::String(text),
    }
}

type Pieces = Vec<(Range<usize>, Vec<u8>, bool)>;

/// A quoted scalar: escapes (double quotes) or doubled quotes (single quotes), and lines folded into one.
fn quoted(raw: &str, start: usize, double: bool) -> Pieces {
    let end = raw.len().saturating_sub(1);
    let mut pieces: Pieces = Vec::new();
    let mut at = 1_usize;
    while let Some(char) = raw.get(at..end).and_then(|rest| rest.chars().next()) {
        let rest = raw.get(at..end).unwrap_or_default();
        let outer = |length: usize| start.saturating_add(at)..start.saturating_add(at).saturating_add(length);
        let (length, bytes, copied) = match char {
            '\\' if double => escape(rest),
            '\'' if !double => (2, b"'".to_vec(), false),
            ' ' | '\t' | '\r' | '\n' => white(rest),
            _ => {
                let plain = rest
                    .find(['\\', '\'', ' ', '\t', '\r', '\n'])
                    .unwrap_or(rest.len())
                    .max(char.len_utf8());
                (
                    plain,
                    rest.get(..plain).unwrap_or_default().as_bytes().to_vec(),
                    true,
                )
            }
        };
        pieces.push((outer(length), bytes, copied));
        at = at.saturating_add(length.max(1));
    }
    pieces
}

/// White space: kept inside a line; a line break becomes a space, several become one less.
fn white(rest: &str) -> (usize, Vec<u8>, bool) {
    let length = rest
        .find(|char| !matches!(char, ' ' | '\t' | '\r' | '\n'))
        .unwrap_or(rest.len());
    let text = rest.get(..length).unwrap_or_default();
    match text.matches('\n').count() {
        0 => (length, text.as_bytes().to_vec(), true),
        1 => (length, b" ".to_vec(), false),
        breaks => (length, "\n".repeat(breaks.saturating_sub(1)).into_bytes(), false),
    }
}

/// An escape of a double-quoted scalar (YAML 1.2, 5.7): characters taken, bytes made.
fn escape(rest: &str) -> (usize, Vec<u8>, bool) {
    let hex = |digits: usize| {
        rest.get(2..digits.saturating_add(2))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let one = |text: &str| (2, text.as_bytes().to_vec(), false);
    match rest.as_bytes().get(1) {
        Some(b'n') => one("\n"),
        Some(b't' | b'\t') => one("\t"),
        Some(b'r') => one("\r"),
        Some(b'0') => one("\0"),
        Some(b'a') => one("\x07"),
        Some(b'b') => one("\x08"),
        Some(b'v') => one("\x0b"),
        Some(b'f') => one("\x0c"),
        Some(b'e') => one("\x1b"),
        Some(b' ') => one(" "),
        Some(b'"') => one("\""),
        Some(b'/') => one("/"),
        Some(b'\\') => one("\\"),
        Some(b'N') => one("\u{85}"),
        Some(b'_') => one("\u{a0}"),
        Some(b'L') => one("\u{2028}"),
        Some(b'P') => one("\u{2029}"),
        Some(letter @ (b'x' | b'u' | b'U')) => {
            let digits = match letter {
                b'x' => 2,
                b'u' => 4,
                _ => 8,
            };
            let code = hex(digits).unwrap_or_default();
            let taken = digits.saturating_add(2);
            // A pair of surrogates, as JSON writes them.
            if (0xd800..0xdc00).contains(&code)
                && let Some(low) = rest
                    .get(8..12)
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                && let Some(char) = char::decode_utf16([
                    u16::try_from(code).unwrap_or_default(),
                    u16::try_from(low).unwrap_or_default(),
                ])
                .next()
                .and_then(Result::ok)
            {
                return (12, char.to_string().into_bytes(), false);
            }
            let text = char::from_u32(code).map_or_else(String::new, |char| char.to_string());
            (taken, text.into_bytes(), false)
        }
        // An escaped line break: the break and the white space of the next line are nothing.
        Some(b'\n' | b'\r') => {
            let tail = rest.get(1..).unwrap_or_default();
            let breaks = tail.strip_prefix('\r').unwrap_or(tail);
            let breaks = breaks.strip_prefix('\n').unwrap_or(breaks);
            let trimmed = breaks.trim_start_matches([' ', '\t']);
            (rest.len().saturating_sub(trimmed.len()), Vec::new(), false)
        }
        _ => (1, Vec::new(), false),
    }
}

/// A literal block: each line without its indentation. Folded ones are led back as a whole where lines were joined.
fn block(raw: &str, start: usize) -> Pieces {
    let Some(first) = raw.find('\n') else {
        return Vec::new();
    };
    let body = raw.get(first.saturating_add(1)..).unwrap_or_default();
    let indent = body
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len().saturating_sub(line.trim_start_matches(' ').len()))
        .next()
        .unwrap_or(0);
    let mut pieces: Pieces = Vec::new();
    let mut at = start.saturating_add(first).saturating_add(1);
    for line in body.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let skip = indent.min(
            content
                .len()
                .saturating_sub(content.trim_start_matches(' ').len()),
        );
        let kept = content.get(skip..).unwrap_or_default();
        let from = at.saturating_add(skip);
        let to = from.saturating_add(kept.len());
        pieces.push((from..to, kept.as_bytes().to_vec(), true));
        pieces.push((to..at.saturating_add(line.len()), b"\n".to_vec(), false));
        at = at.saturating_add(line.len());
    }
    // How many line breaks the end has is for the header (`|-`, `|+`) to say: `mapped` compares.
    if raw.lines().next().is_some_and(|header| header.contains('-')) {
        pieces.pop();
    }
    pieces
}
