//! The JSON tree with places, judged by `serde_json::Value`.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::json::{Limits, Node, Value, parse, string_view};

/// Below the depth at which `serde_json` itself stops (128).
const LIMITS: Limits = Limits {
    depth: 32,
    values: 10_000,
};

pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let parsed = parse(text, &LIMITS);
    // With its feature `raw_value`, serde_json gives an object with such a key another meaning in a `Value`.
    if text.contains("$serde_json") || text.contains("\\u") && text.contains("serde_json") {
        return;
    }
    let expected = serde_json::from_str::<serde_json::Value>(text);
    match (&parsed, &expected) {
        (Ok(node), Ok(value)) => same(node, value),
        (Err(error), Ok(value)) => {
            let over = depth(value) > LIMITS.depth || text.len() > LIMITS.values;
            assert!(over, "{error:?} for what serde_json takes");
        }
        (Ok(_), Err(error)) => {
            // A tree keeps the digits of a number that no f64 can hold.
            assert!(error.to_string().starts_with("number out of range"), "{error}");
        }
        (Err(_), Err(_)) => {}
    }
    match &parsed {
        Ok(node) => {
            places(text, node);
            let _ = node.duplicates();
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.offset), "{error:?}");
            assert!(!error.message.is_empty());
        }
    }
}

fn depth(value: &serde_json::Value) -> usize {
    let below = match value {
        serde_json::Value::Array(items) => items.iter().map(depth).max(),
        serde_json::Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    below.unwrap_or(0).saturating_add(1)
}

fn same(node: &Node, value: &serde_json::Value) {
    match (&node.value, value) {
        (Value::Null, serde_json::Value::Null) => {}
        (Value::Bool(a), serde_json::Value::Bool(b)) => assert_eq!(a, b),
        (Value::Number(digits), serde_json::Value::Number(number)) => {
            assert_eq!(
                &serde_json::from_str::<serde_json::Number>(digits).ok(),
                &Some(number.clone())
            );
        }
        (Value::String(a), serde_json::Value::String(b)) => assert_eq!(a, b),
        (Value::Array(a), serde_json::Value::Array(b)) => {
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(b) {
                same(a, b);
            }
        }
        (Value::Object(members), serde_json::Value::Object(map)) => {
            assert!(members.iter().all(|member| map.contains_key(&member.key)));
            for (key, value) in map {
                same(node.get(key).expect("the tree has each key"), value);
            }
        }
        (a, b) => assert!(false, "{a:?} is not {b:?}"),
    }
}

/// Every span re-reads as what it is the span of; every string's view leads back inside the string.
fn places(text: &str, node: &Node) {
    let part = text.get(node.span.clone()).expect("a span of the text");
    let again = parse(part, &LIMITS).expect("the text of a span is JSON itself");
    assert_eq!(kind(&again), kind(node));
    assert_eq!(again.span, 0..part.len());
    assert_eq!(shape(&again), shape(node));
    if let Some((inner, map)) = string_view(text, node) {
        let raw = node.span.start + 1..node.span.end - 1;
        let mut last = raw.start;
        for (at, char) in inner.char_indices() {
            let range = map.outer(at..at + char.len_utf8());
            assert!(
                range.start >= raw.start && range.end <= raw.end,
                "{range:?} of {raw:?}"
            );
            assert_eq!(range.start, last, "without a gap");
            last = range.end;
            let written = text.get(range).expect("at characters");
            let read = serde_json::from_str::<String>(&format!("\"{written}\"")).expect("one character");
            assert_eq!(read, char.to_string());
        }
        assert_eq!(last, raw.end);
    }
    for item in node.items() {
        places(text, item);
    }
    for member in node.members() {
        let key = text.get(member.key_span.clone()).expect("a span of the text");
        assert_eq!(
            serde_json::from_str::<String>(key).ok().as_ref(),
            Some(&member.key)
        );
        assert!(node.span.start < member.key_span.start && member.key_span.end < member.value.span.start);
        assert!(member.value.span.end < node.span.end);
        places(text, &member.value);
        let pointer = node.pointer_to(&member.value.span);
        assert!(pointer.starts_with('/'));
    }
}

fn kind(node: &Node) -> &'static str {
    node.kind()
}

/// The value without places.
fn shape(node: &Node) -> String {
    match &node.value {
        Value::Array(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|member| format!("{:?}:{}", member.key, shape(&member.value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        value => format!("{value:?}"),
    }
}
