//! Texts in which something stands before each line: commented out (`# `), quoted in a mail (`> `); and copies of a
//! terminal with its colours.

use crate::source::{OffsetMap, SourceId, SourceMap};

/// What may stand before each line.
const PREFIXES: [&str; 6] = ["#", "///", "//!", "//", ">", ";"];

/// Bytes of such a text that are looked at.
const LIMIT: usize = 8 << 20;

/// The text without what stands before each of its lines that is not blank, where it is the same before all.
pub(super) fn without_prefix(sources: &mut SourceMap, source: SourceId) -> Option<SourceId> {
    let bytes = sources.get(source).shared();
    let text = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.len() <= LIMIT)?;
    let prefix = PREFIXES
        .iter()
        .find(|prefix| {
            let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
            lines.peek().is_some() && lines.all(|line| line.trim_start().starts_with(**prefix))
        })
        // An answer to a mail quotes parts of it.
        .or_else(|| {
            PREFIXES
                .iter()
                .find(|prefix| **prefix == ">" && has_quotation(text))
        })?;
    let mut made = String::with_capacity(text.len());
    let mut map = OffsetMap::new();
    let mut at = 0_usize;
    for line in text.split_inclusive('\n') {
        let lead = line
            .len()
            .saturating_sub(line.trim_start_matches([' ', '\t']).len());
        let rest = line.get(lead..).unwrap_or_default();
        let skip = match rest.strip_prefix(prefix) {
            // One blank after the prefix belongs to it; more is the text's own indentation.
            Some(rest) => lead
                .saturating_add(prefix.len())
                .saturating_add(usize::from(rest.starts_with(' '))),
            None => 0,
        };
        let kept = line.get(skip..).unwrap_or_default();
        let inner = made.len()..made.len().saturating_add(kept.len());
        let from = at.saturating_add(skip);
        map.copied(inner, from..from.saturating_add(kept.len()));
        made.push_str(kept);
        at = at.saturating_add(line.len());
    }
    Some(sources.add_stripped(source, made, map))
}

/// True for a text in which several lines in a row are quoted as mail programs do.
fn has_quotation(text: &str) -> bool {
    let is_quoted = |line: &str| line.starts_with("> ") || line == ">";
    text.lines()
        .zip(text.lines().skip(1))
        .zip(text.lines().skip(2))
        .any(|((first, second), third)| is_quoted(first) && is_quoted(second) && is_quoted(third))
}

/// The text without the control sequences of a terminal (ECMA-48: ESC, `[`, parameters, a letter), where it has any.
pub(super) fn without_escapes(sources: &mut SourceMap, source: SourceId) -> Option<SourceId> {
    let bytes = sources.get(source).shared();
    let text = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.len() <= LIMIT)?;
    if !text.contains("\u{1b}[") {
        return None;
    }
    let mut made = String::with_capacity(text.len());
    let mut map = OffsetMap::new();
    let mut at = 0_usize;
    for (index, part) in text.split("\u{1b}[").enumerate() {
        let skip = if index == 0 {
            0
        } else {
            let parameters = part
                .bytes()
                .take_while(|byte| (0x20..=0x3f).contains(byte))
                .count();
            let last = part
                .as_bytes()
                .get(parameters)
                .is_some_and(|byte| (0x40..=0x7e).contains(byte));
            parameters.saturating_add(usize::from(last))
        };
        let kept = part.get(skip..).unwrap_or_default();
        let from = at.saturating_add(skip);
        map.copied(
            made.len()..made.len().saturating_add(kept.len()),
            from..from.saturating_add(kept.len()),
        );
        made.push_str(kept);
        at = at.saturating_add(part.len()).saturating_add(2);
    }
    Some(sources.add_stripped(source, made, map))
}

/// PEM inside a line: `KEY="-----BEGIN PUBLIC KEY-----\\nMFYw…"`, where a backslash and an `n` stand for each line break.
pub(super) fn with_line_breaks(sources: &mut SourceMap, source: SourceId) -> Option<SourceId> {
    let bytes = sources.get(source).shared();
    let text = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.len() <= LIMIT)?;
    if !text.contains("-----BEGIN ") || !text.contains("-----\\n") {
        return None;
    }
    let mut made = String::with_capacity(text.len());
    let mut map = OffsetMap::new();
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let start = made.len();
        if rest.starts_with("\\n") || rest.starts_with("\\r") {
            made.push('\n');
            map.replaced(start..made.len(), at..at.saturating_add(2));
            at = at.saturating_add(2);
            continue;
        }
        // What stands before the first line of a block, or behind the last one, is not of the block.
        if rest.starts_with("-----BEGIN ") && !made.is_empty() && !made.ends_with('\n') {
            made.push('\n');
            map.replaced(start..made.len(), at..at);
            continue;
        }
        if (rest.starts_with('"') || rest.starts_with('\'')) && made.ends_with("-----") {
            made.push('\n');
            map.replaced(start..made.len(), at..at);
        }
        let start = made.len();
        // Up to the next character at which something may have to be written; each is looked at once.
        let mut chars = rest.char_indices().skip(1);
        let end = chars
            .find(|(at, char)| match char {
                '\\' | '"' | '\'' => true,
                '-' => rest
                    .get(*at..)
                    .is_some_and(|tail| tail.starts_with("-----BEGIN ")),
                _ => false,
            })
            .map_or(rest.len(), |(at, _)| at);
        let part = rest.get(..end).unwrap_or_default();
        made.push_str(part);
        map.copied(start..made.len(), at..at.saturating_add(part.len()));
        at = at.saturating_add(part.len());
    }
    Some(sources.add_stripped(source, made, map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn places_are_those_of_the_commented_text() {
        let mut sources = SourceMap::new();
        let file = sources.add_file("f", b"# {\n#   \"a\": 1\n#\n# }\n".to_vec());
        let view = without_prefix(&mut sources, file).unwrap();
        let text = sources.get(view).text().unwrap().to_owned();
        assert_eq!(text, "{\n  \"a\": 1\n\n}\n");
        let at = text.find("\"a\"").unwrap();
        let place = sources.place(Span::new(view, at..at + 3));
        assert_eq!((place.start.line, place.start.column, place.inner), (2, 5, None));
        let plain = sources.add_file("g", b"# a\nb\n".to_vec());
        assert_eq!(without_prefix(&mut sources, plain), None);
    }

    #[test]
    fn quoted_lines_of_a_mail_lose_their_sign_and_one_such_line_does_not() {
        let mut sources = SourceMap::new();
        let mail = sources.add_file("f", b"You wrote:\n> {\n>   \"a\": 1\n> }\nYes.\n".to_vec());
        let view = without_prefix(&mut sources, mail).unwrap();
        let text = sources.get(view).text().unwrap().to_owned();
        assert_eq!(text, "You wrote:\n{\n  \"a\": 1\n}\nYes.\n");
        let at = text.find("\"a\"").unwrap();
        let place = sources.place(Span::new(view, at..at + 3));
        assert_eq!((place.start.line, place.start.column), (3, 5));
        let shell = sources.add_file("g", b"a\n> b\nc\n".to_vec());
        assert_eq!(without_prefix(&mut sources, shell), None);
    }

    #[test]
    fn line_breaks_of_pem_in_a_string_are_written() {
        let mut sources = SourceMap::new();
        let text = "KEY=\"-----BEGIN PUBLIC KEY-----\\nMF\\\\YwÄ\\n-----END PUBLIC KEY-----\\n\"\n";
        let file = sources.add_file("f", text.as_bytes().to_vec());
        let view = with_line_breaks(&mut sources, file).unwrap();
        assert_eq!(
            sources.get(view).text().unwrap(),
            "KEY=\"\n-----BEGIN PUBLIC KEY-----\nMF\\\\YwÄ\n-----END PUBLIC KEY-----\n\"\n"
        );
    }
}
