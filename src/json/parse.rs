//! From text to tree.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Member, Node, Value};

/// What a tree may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How deep arrays and objects may nest.
    pub depth: usize,
    /// How many values the tree may hold.
    pub values: usize,
}

impl Default for Limits {
    /// 64 levels and 4 million values: far above any AWS output.
    fn default() -> Self {
        Self {
            depth: 64,
            values: 4_000_000,
        }
    }
}

/// Why a text is not JSON, or too much of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong, without the place.
    pub message: String,
}

/// Parses one JSON text (RFC 8259), nothing but white space before and after it.
///
/// # Errors
/// The place and the reason, for text that is not JSON, nests deeper or holds more than `limits` allow.
pub fn parse(text: &str, limits: &Limits) -> Result<Node, JsonError> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| located(text, 0, &error))?;
    let mut walk = Walk {
        text,
        limits,
        values: 0,
    };
    walk.node(raw, 0)
}

struct Walk<'t> {
    text: &'t str,
    limits: &'t Limits,
    values: usize,
}

impl<'t> Walk<'t> {
    fn node(&mut self, raw: &'t RawValue, depth: usize) -> Result<Node, JsonError> {
        let raw = raw.get();
        let span = self.span(raw);
        self.values = self.values.saturating_add(1);
        if self.values > self.limits.values {
            return Err(self.limit(
                span.start,
                format!("holds more than {} values", self.limits.values),
            ));
        }
        if depth > self.limits.depth {
            return Err(self.limit(
                span.start,
                format!("nests deeper than {} levels", self.limits.depth),
            ));
        }
        let fail = |error: &serde_json::Error| located(self.text, span.start, error);
        let below = depth.saturating_add(1);
        let value = match raw.as_bytes().first() {
            Some(b'{') => {
                let entries = serde_json::Deserializer::from_str(raw)
                    .deserialize_map(Entries)
                    .map_err(|error| fail(&error))?;
                let mut members = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let key_span = self.span(key.get());
                    let key = serde_json::from_str(key.get())
                        .map_err(|error| located(self.text, key_span.start, &error))?;
                    members.push(Member {
                        key,
                        key_span,
                        value: self.node(value, below)?,
                    });
                }
                Value::Object(members)
            }
            Some(b'[') => {
                let items = serde_json::Deserializer::from_str(raw)
                    .deserialize_seq(Items)
                    .map_err(|error| fail(&error))?;
                Value::Array(
                    items
                        .into_iter()
                        .map(|item| self.node(item, below))
                        .collect::<Result<_, _>>()?,
                )
            }
            Some(b'"') => Value::String(serde_json::from_str(raw).map_err(|error| fail(&error))?),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') => Value::Null,
            _ => Value::Number(raw.to_owned()),
        };
        Ok(Node { span, value })
    }

    fn span(&self, part: &str) -> Range<usize> {
        let start = part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        start..start.saturating_add(part.len())
    }

    #[expect(clippy::unused_self, reason = "reads as part of the walk")]
    fn limit(&self, offset: usize, message: String) -> JsonError {
        JsonError { offset, message }
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}

/// Turns `serde_json`'s line and column (from 1, in bytes) into an offset, and its words into ours.
fn located(text: &str, start: usize, error: &serde_json::Error) -> JsonError {
    let part = text.get(start..).unwrap_or_default();
    let line_start = part
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .fold(0_usize, usize::saturating_add);
    let mut offset = start
        .saturating_add(line_start)
        .saturating_add(error.column().saturating_sub(1))
        .min(text.len());
    while !text.is_char_boundary(offset) {
        offset = offset.saturating_sub(1);
    }
    let words = error.to_string();
    let message = words
        .rsplit_once(" at line ")
        .map_or(words.as_str(), |(message, _)| message);
    let before = text.get(..offset).unwrap_or_default().trim_end();
    if before.ends_with(',')
        && text
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(['}', ']']))
    {
        let message = "trailing comma: JSON allows none before a closing bracket".to_owned();
        return JsonError {
            offset: before.len().saturating_sub(1),
            message,
        };
    }
    JsonError {
        offset,
        message: advice(text, offset, message),
    }
}

/// Adds what the reader can do about a usual mistake.
fn advice(text: &str, offset: usize, message: &str) -> String {
    let at = text.get(offset..).unwrap_or_default();
    if text.trim().is_empty() {
        return "there is nothing but white space".to_owned();
    }
    if message.starts_with("EOF") {
        return format!("{message}: the text ends too early, it was cut or not copied whole");
    }
    if message.starts_with("control character") {
        return "a line break or another control character inside a string: the text was cut or wrapped"
            .to_owned();
    }
    if message.starts_with("trailing characters") {
        return "trailing characters: a second value follows the first one".to_owned();
    }
    if at.starts_with("//") || at.starts_with("/*") || at.starts_with('#') {
        return format!("{message}: JSON has no comments");
    }
    if at.starts_with("...") || at.starts_with('\u{2026}') {
        return format!("{message}: something was left out here");
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        parse(text, &Limits::default()).unwrap()
    }

    #[test]
    fn spans_are_those_of_the_text() {
        let text = " {\"a\" : [1, \"b\\n\"], \"c\":null}\n";
        let root = tree(text);
        assert_eq!(&text[root.span.clone()], "{\"a\" : [1, \"b\\n\"], \"c\":null}");
        let list = root.get("a").unwrap();
        assert_eq!(&text[list.items()[1].span.clone()], "\"b\\n\"");
        assert_eq!(list.items()[1].as_str(), Some("b\n"));
        assert_eq!(&text[root.members()[1].key_span.clone()], "\"c\"");
    }

    #[test]
    fn duplicate_keys_are_kept_and_listed() {
        let text = r#"{"x":{"Effect":"Deny","Effect":"Allow"},"x":1}"#;
        let root = tree(text);
        let duplicates = root.duplicates();
        assert_eq!(duplicates.len(), 2);
        assert_eq!(
            (duplicates[0].key.as_str(), duplicates[0].object.as_str()),
            ("Effect", "/x")
        );
        assert_eq!(duplicates[1].key, "x");
        assert_eq!(root.get("x").unwrap().as_u64(), Some(1), "the last one counts");
    }

    #[test]
    fn a_number_keeps_all_its_digits() {
        let root = tree("[123456789012345678901234567890, 1.10, -0]");
        let digits: Vec<_> = root
            .items()
            .iter()
            .map(|item| format!("{:?}", item.value))
            .collect();
        assert_eq!(
            digits,
            [
                "Number(\"123456789012345678901234567890\")",
                "Number(\"1.10\")",
                "Number(\"-0\")"
            ]
        );
    }

    #[test]
    fn an_error_says_where_and_what() {
        for (text, offset, words) in [
            ("{\"a\": 1 , }", 8, "trailing comma"),
            ("{\"a\": tru}", 9, "expected ident"),
            ("{\"a\": 1", 6, "cut"),
            ("", 0, "white space"),
            ("{\"a\": 1} x", 9, "second value"),
            ("{\n  \"é\": // no\n}", 10, "no comments"),
            ("{\"a\": \"\\ud800\"}", 13, "hex escape"),
        ] {
            let error = parse(text, &Limits::default()).unwrap_err();
            assert!(error.message.contains(words), "{text}: {error:?}");
            assert_eq!(error.offset, offset, "{text}: {error:?}");
        }
    }

    #[test]
    fn nesting_and_number_are_limited() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let error = parse(&deep, &Limits::default()).unwrap_err();
        assert!(error.message.contains("deeper than 64"), "{error:?}");
        let error = parse("[1,2,3,4]", &Limits { depth: 4, values: 4 }).unwrap_err();
        assert!(error.message.contains("more than 4 values"), "{error:?}");
        // No stack is spent on what is only skipped.
        let hostile = "[".repeat(1_000_000);
        assert!(parse(&hostile, &Limits::default()).is_err());
    }
}
