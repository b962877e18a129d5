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
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| fault(text, limits, 0, &error))?;
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
        let fail = |error: &serde_json::Error| fault(self.text, self.limits, span.start, error);
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
                        .map_err(|error| fault(self.text, self.limits, key_span.start, &error))?;
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

/// The fault in plain words; where the search for it finds none, the place that `serde_json` names (line and column from
/// 1, in bytes of the part from `start`).
fn fault(text: &str, limits: &Limits, start: usize, error: &serde_json::Error) -> JsonError {
    if let Some(fault) = super::fault::find(text, limits) {
        return fault;
    }
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
    JsonError {
        offset,
        message: "something here is not as JSON writes it".to_owned(),
    }
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

    /// Text, offset of the first character that is wrong, words of the message.
    const FAULTS: &[(&str, usize, &str)] = &[
        ("", 0, "white space"),
        ("{\"a\": 1 , }", 8, "trailing comma"),
        ("[1, 2,\n]", 5, "trailing comma"),
        ("{\"a\": [1,]}", 8, "trailing comma"),
        ("{\"a\": tru}", 6, "without quotes"),
        ("{\"a\": tru", 9, "cut"),
        ("{\"a\": 1", 7, "object that begins in line 1"),
        ("{\n\"a\": [1,\n", 11, "list that begins in line 2"),
        ("{\"a\": \"b", 8, "cut"),
        ("{\"a\": \"b\\", 9, "cut"),
        ("{\"a\": 1.", 8, "cut"),
        ("{\"a\": 1} x", 9, "follows the value"),
        ("{\"a\": 1} {", 9, "second value"),
        ("{\"a\": 1}}", 8, "too many"),
        ("{\"a\": 1},", 8, "comma after"),
        ("{\n  \"é\": // no\n}", 10, "comment"),
        ("/* a */ {}", 0, "comment"),
        ("{ # a\n}", 2, "comment"),
        ("{\"a\": \"\\ud800\"}", 7, "half a character"),
        ("{\"a\": \"\\udc00\"}", 7, "half a character"),
        ("{\"a\": \"\\u12g4\"}", 7, "four hex digits"),
        ("{\"a\": \"\\:\"}", 7, "backslash"),
        ("{...}", 1, "left out"),
        ("[1, \u{2026}]", 4, "left out"),
        ("{\"a\": 2026-11-02}", 6, "date"),
        ("{\"a\": 2026-11-02T10:11:12+00:00, \"b\": 1}", 6, "date"),
        ("{\"a\": Enabled}", 6, "text without quotes"),
        ("{\"a\": 1a2b3c4d-5e6f}", 6, "text without quotes"),
        ("{\"a\": 012345678901}", 6, "leading zero"),
        ("{\"a\": 0x12}", 6, "hex digits"),
        ("{\"a\": +1}", 6, "number"),
        ("{\"a\": .5}", 6, "number"),
        ("{\"a\": 'b'}", 6, "single quotes"),
        ("{'a': 1}", 1, "single quotes"),
        ("{\u{201c}a\u{201d}: 1}", 1, "typographic"),
        ("{a: 1}", 1, "name without quotes"),
        ("{1: 1}", 1, "name without quotes"),
        ("{\"a\": 1 \"b\": 2}", 8, "comma is missing"),
        ("[{} {}]", 4, "comma is missing"),
        ("[1 2]", 3, "comma is missing"),
        ("{\"a\" 1}", 5, "colon (:) is missing"),
        ("{\"a\" = 1}", 5, "equals sign"),
        ("{\"a\", \"b\"}", 4, "a value are missing"),
        ("{\"a\"}", 4, "a value are missing"),
        ("{\"a\": }", 6, "value is missing"),
        ("{\"a\": , \"b\": 1}", 6, "value is missing"),
        ("[1,,2]", 3, "comma too many"),
        ("[,1]", 1, "comma too many"),
        ("{\"a\":: 1}", 5, "colon too many"),
        ("{\"a\": \"b\nc\"}", 8, "line end"),
        ("{\"a\": \"b\tc\"}", 8, "tab"),
        ("{\"a\": True}", 6, "Python"),
        ("{\"a\": None}", 6, "Python"),
        ("{\"a\": undefined}", 6, "JavaScript"),
        ("{\"a\": NaN}", 6, "not a number"),
        ("{\"a\": [1}", 8, "line 1 opens with ["),
        ("[{\"a\": 1]", 8, "line 1 opens with {"),
        ("{\"a\": 1}\u{feff}{}", 8, "byte order mark"),
        ("{\u{a0}\"a\": 1}", 1, "U+00A0"),
        ("{\"a\": <account>}", 6, "placeholder"),
        ("{\"a\": {{b}}}", 6, "template"),
        ("{\"a\": ${b}}", 6, "variable"),
        ("{\"a\": \"{\"b\": 1}\"}", 8, "not escaped"),
        ("{\"a\": b'c'}", 6, "Python"),
    ];

    #[test]
    fn an_error_says_where_and_what() {
        for (text, offset, words) in FAULTS {
            let error = parse(text, &Limits::default()).unwrap_err();
            assert!(error.message.contains(words), "{text}: {error:?}");
            assert_eq!(error.offset, *offset, "{text}: {error:?}");
        }
    }

    #[test]
    fn every_text_that_is_no_json_has_a_fault_and_json_has_none() {
        let limits = Limits::default();
        let samples = [
            "{\"a\": [1, -2.5e3, \"x\\u00e9\\n\", null], \"b\": {\"c\": false, \"d\": {}}, \"e\": []}",
            "[0, {\"é\": \"\\\"\"}]",
        ];
        for sample in samples {
            assert_eq!(super::super::fault::find(sample, &limits), None, "{sample}");
            // Every sample with one character left out, or another put in: what serde_json refuses has a fault.
            let places: Vec<usize> = sample.char_indices().map(|(at, _)| at).collect();
            for at in places {
                let next = at + sample[at..].chars().next().map_or(0, char::len_utf8);
                let cut = format!("{}{}", &sample[..at], &sample[next..]);
                let others = [
                    "\"", ",", "}", "]", "{", "[", ":", "x", "0", "-", ".", "\\", "\n", "e", "\u{a0}", " ",
                ];
                let changed = others
                    .iter()
                    .map(|new| format!("{}{new}{}", &sample[..at], &sample[at..]));
                for text in std::iter::once(cut).chain(changed) {
                    let bad = serde_json::from_str::<&RawValue>(&text).is_err()
                        || serde_json::from_str::<serde_json::Value>(&text)
                            .is_err_and(|error| !error.to_string().contains("number out"));
                    let fault = super::super::fault::find(&text, &limits);
                    assert_eq!(fault.is_some(), bad, "{text}: {fault:?}");
                    if let Some(fault) = fault {
                        assert!(text.is_char_boundary(fault.offset), "{text}: {fault:?}");
                    }
                }
            }
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
