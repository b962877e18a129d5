//! One JSON value that is the whole text.

use super::{Notation, Read, Root};
use crate::json::{self, Limits, Node, Value, string_view};
use crate::source::OffsetMap;

/// JSON (RFC 8259).
#[derive(Debug)]
pub(super) struct Json;

impl Notation for Json {
    fn id(&self) -> &'static str {
        "json"
    }

    fn title(&self) -> &'static str {
        "JSON"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        let start = text.trim_start();
        if !start.starts_with(['{', '[', '"']) {
            return Read::No;
        }
        match json::parse(text, limits) {
            Ok(node) => Read::Roots(vec![Root::alone(node)]),
            // A CSV file may begin with a quoted name.
            Err(_) if start.starts_with('"') => Read::No,
            Err(error) => Read::Broken(error),
        }
    }

    fn content(&self, text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
        match &node.value {
            Value::String(_) => string_view(text, node).map(|(text, map)| (text.into_bytes(), map)),
            _ => None,
        }
    }
}
