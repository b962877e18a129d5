//! What is wrong with YAML, in plain words, with what to do.

use super::fault;
use crate::json::JsonError;

/// A word of the parser's message, and what it means to a reader.
const WORDS: &[(&str, &str)] = &[
    ("tab", "a tab in the indentation: YAML has blanks"),
    (
        "BOM",
        "a byte order mark in the middle of the text: two files were put together; give them one by one",
    ),
    ("anchor", "a name (*…) that is used before it is given"),
    (
        "directive",
        "a line that begins with % and is no directive that YAML knows",
    ),
    ("tag", "a type (!…) that is not as YAML writes one"),
    (
        "escape",
        "a backslash in a quoted text before a character that needs none",
    ),
    (
        "eof",
        "the text ends too early: it was cut or not copied whole. Export it again",
    ),
    (
        "end of stream",
        "the text ends inside a quoted text: it was cut, or the quote that ends it is missing",
    ),
    (
        "unclosed",
        "a quote or bracket is not closed: the text was cut, or it is missing",
    ),
    (
        "quoted",
        "a quoted text is not closed, or something follows it: a quote is missing or one too many",
    ),
    ("']'", "a comma or a closing bracket (]) is missing before this"),
    ("'}'", "a comma or a closing brace (}) is missing before this"),
    ("flow", "brackets or commas do not fit here"),
    (
        "'-'",
        "this line is indented like an item of the list, but does not begin with \"- \"",
    ),
    (
        "expected key",
        "this line is indented like a \"name: value\", but is none: a colon is missing, or the indentation is off",
    ),
    (
        "key",
        "a \"name: value\" must stand here: a colon is missing, or the indentation is off",
    ),
    (
        "mapping values",
        "a second colon in one line: put the text into quotes",
    ),
    ("indent", "the indentation does not fit the lines above it"),
    (
        "block scalar",
        "a text of several lines (| or >) does not begin as YAML writes one",
    ),
    ("document", "something follows the end of the document"),
    ("node content", "a value is missing here"),
];

/// The parser's message in other words, at the character at fault.
pub(super) fn told(text: &str, offset: usize, message: &str) -> JsonError {
    let before = offset.saturating_sub(1);
    if text.get(before..offset) == Some("\t") {
        return fault(before, "a tab in the indentation: YAML has blanks");
    }
    match text.get(offset..).and_then(|rest| rest.chars().next()) {
        Some('\t') => return fault(offset, "a tab where YAML has blanks"),
        Some(char @ ('@' | '`' | '%')) => {
            return fault(
                offset,
                format!("a value must not begin with {char}: put it into quotes"),
            );
        }
        _ => {}
    }
    fault(offset, words(message))
}

fn words(message: &str) -> String {
    let lower = message.to_ascii_lowercase();
    let found = WORDS
        .iter()
        .find(|(word, _)| lower.contains(&word.to_ascii_lowercase()));
    found.map_or_else(
        || "something here is not as YAML writes it".to_owned(),
        |(_, what)| (*what).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use crate::input::notation::{Notation as _, Read, yaml::Yaml};
    use crate::json::Limits;

    #[test]
    fn faults_are_told_in_plain_words_at_their_place() {
        for (text, at, word) in [
            ("KeyMetadata:\n  KeyId: \"abc\n", "\"abc", "cut"),
            ("KeyMetadata:\n\tKeyId: abc\n", "\tKeyId", "tab"),
            (
                "KeyMetadata:\n  KeyId: abc\n  Enabled true\n  A: b\n",
                "Enabled true",
                "colon",
            ),
            (
                "KeyMetadata:\n  KeyId: abc\n Enabled: true\n",
                "Enabled: true",
                "indent",
            ),
            ("Tags: [a, b\nKeyId: c\n", ": c", "not as YAML"),
            ("KeyId: @abc\n", "@abc", "quotes"),
            ("KeyId: a: b\n", ": b", "colon"),
            ("KeyId: *x\n", "*x", "before it is given"),
        ] {
            let Read::Broken(error) = Yaml.read(text, &Limits::default()) else {
                panic!("{text}: read");
            };
            assert!(error.message.contains(word), "{text}: {error:?}");
            for jargon in [
                "parsing", "scanning", "EOF", "scalar", "expected", "flow", "context",
            ] {
                assert!(!error.message.contains(jargon), "{text}: {error:?}");
            }
            assert!(text[error.offset..].starts_with(at), "{text}: {error:?}");
        }
    }
}
