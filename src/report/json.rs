//! JSON: the report as it is.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Input, Renderer, Style};
use crate::source::is_deceptive;

/// JSON.
pub(super) struct Json;

impl Renderer for Json {
    fn id(&self) -> &'static str {
        "json"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".json"]
    }

    fn render(&self, input: &Input<'_>, _style: Style) -> String {
        pretty(&input.audit.report)
    }
}

/// JSON with two spaces of indent and a line end.
///
/// Characters that a terminal obeys or that cannot be seen are written as `\u` escapes: nothing is lost, and looking at
/// the file is safe.
pub fn pretty<T: Serialize>(value: &T) -> String {
    // The report's types have string keys only, so that writing them to memory cannot fail.
    escaped(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// The same on one line.
pub fn line<T: Serialize>(value: &T) -> String {
    escaped(&serde_json::to_string(value).unwrap_or_default())
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().saturating_add(1));
    for char in text.chars() {
        // Outside strings JSON has ASCII alone, and its control characters are line ends.
        if char != '\n' && is_deceptive(char) {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(char);
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_nothing_is_lost() {
        let hostile = "a\u{1b}[2J\u{9b}\u{202e}\u{7f}\u{e0041}é";
        let text = pretty(&[hostile]);
        assert!(
            !text.chars().any(|char| char != '\n' && is_deceptive(char)),
            "{text}"
        );
        for text in [text, line(&[hostile])] {
            assert!(!text.chars().any(|char| char != '\n' && is_deceptive(char)));
            let back: Vec<String> = serde_json::from_str(&text).unwrap();
            assert_eq!(back, [hostile]);
        }
    }
}
