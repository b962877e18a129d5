//! A string value as a text of its own, with the way back.

use crate::source::OffsetMap;

use super::Node;

/// The decoded text of a JSON string, with the map from its offsets to those of `text`.
///
/// `node` must have been parsed from `text`. Returns nothing for a value that is not a string.
pub fn string_view(text: &str, node: &Node) -> Option<(String, OffsetMap)> {
    let decoded = node.as_str()?;
    let start = node.span.start.checked_add(1)?;
    let raw = text.get(start..node.span.end.checked_sub(1)?)?;
    let mut map = OffsetMap::new();
    let mut inner = 0_usize;
    let mut outer = 0_usize;
    while let Some(rest) = raw.get(outer..).filter(|rest| !rest.is_empty()) {
        let (taken, made) = if rest.starts_with('\\') {
            escape(rest)
        } else {
            plain(rest)
        };
        let to = inner.saturating_add(made);
        let from = start.saturating_add(outer);
        let until = from.saturating_add(taken);
        if rest.starts_with('\\') {
            map.replaced(inner..to, from..until);
        } else {
            map.copied(inner..to, from..until);
        }
        inner = to;
        outer = outer.saturating_add(taken.max(1));
    }
    if decoded.is_empty() {
        map.replaced(0..0, start..start);
    }
    Some((decoded.to_owned(), map))
}

/// Bytes up to the next escape.
fn plain(rest: &str) -> (usize, usize) {
    let length = rest.find('\\').unwrap_or(rest.len());
    (length, length)
}

/// Bytes of the escape sequence at the start of `rest`, and bytes of UTF-8 that it stands for.
fn escape(rest: &str) -> (usize, usize) {
    let unit = |at: usize| {
        rest.get(at..at.saturating_add(4))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .unwrap_or(0)
    };
    if rest.get(1..2) != Some("u") {
        return (2, 1);
    }
    match unit(2) {
        0..=0x7f => (6, 1),
        0x80..=0x7ff => (6, 2),
        0xd800..=0xdbff => (12, 4),
        _ => (6, 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    #[test]
    fn every_inner_character_leads_to_its_escape() {
        let text = r#"{"Policy":"{\n \"S\": \"é\u00e9\ud83d\ude00z\"}"}"#;
        let root = parse(text, &Limits::default()).unwrap();
        let (inner, map) = string_view(text, root.get("Policy").unwrap()).unwrap();
        assert_eq!(inner, "{\n \"S\": \"éé😀z\"}");
        for (part, outer) in [
            ("\n", r"\n"),
            ("\"S\"", r#"\"S\""#),
            ("é😀", r"\u00e9\ud83d\ude00"),
            ("z", "z"),
        ] {
            let at = inner.find(part).unwrap();
            let range = map.outer(at..at + part.len());
            assert_eq!(&text[range], outer);
        }
    }
}
