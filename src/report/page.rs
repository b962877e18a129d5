//! Text on a page of some columns: safe text, wrapped lines, grids.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use unicode_width::UnicodeWidthStr as _;

use super::Style;
use crate::source::Untrusted;

/// Builds a text of limited width.
#[derive(Debug)]
pub struct Page {
    style: Style,
    text: String,
}

/// Text from the evidence, safe to look at.
pub(super) fn safe(text: &str) -> String {
    Untrusted(text).to_string()
}

/// An address or fingerprint, shortened in the middle.
pub(super) fn short(text: &str) -> String {
    let safe = safe(text);
    let count = safe.chars().count();
    if count <= 14 {
        return safe;
    }
    let head: String = safe.chars().take(6).collect();
    let tail: String = safe.chars().skip(count.saturating_sub(4)).collect();
    format!("{head}..{tail}")
}

/// How many of a thing, with its plural.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

impl Page {
    /// An empty page.
    pub fn new(style: Style) -> Self {
        Self {
            style,
            text: String::new(),
        }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    /// Columns of the page.
    pub(super) fn width(&self) -> usize {
        self.style.columns()
    }

    /// One line as it is; the caller has made it safe.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(&self.paint(line.trim_end()));
        self.text.push('\n');
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A heading over a part.
    pub(super) fn heading(&mut self, heading: &str) {
        self.gap();
        self.line(heading);
    }

    /// `LABEL     text …`, wrapped at words under the text. `text` is made safe by the caller.
    pub(super) fn labelled(&mut self, label: &str, indent: usize, text: &str) {
        let space = self.width().saturating_sub(indent);
        for (index, line) in wrap(text, space).iter().enumerate() {
            let head = if index == 0 { label } else { "" };
            self.line(&format!("{head:<indent$}{line}"));
        }
    }

    /// Parts joined with ` | `, wrapped between parts.
    pub(super) fn parts(&mut self, label: &str, indent: usize, parts: &[String]) {
        let space = self.width().saturating_sub(indent);
        let mut lines: Vec<String> = Vec::new();
        for part in parts {
            match lines.last_mut() {
                Some(last) if last.width().saturating_add(part.width()).saturating_add(3) <= space => {
                    last.push_str(" | ");
                    last.push_str(part);
                }
                _ => lines.extend(wrap(part, space)),
            }
        }
        for (index, line) in lines.iter().enumerate() {
            let head = if index == 0 { label } else { "" };
            self.line(&format!("{head:<indent$}{line}"));
        }
    }

    /// A grid without lines. The columns that `fixed` names keep the width of their content, up to a limit each; the
    /// rest is shared among the others.
    pub(super) fn grid(
        &mut self,
        header: Option<&[&str]>,
        rows: &[Vec<String>],
        fixed: &[(usize, u16)],
        indent: usize,
    ) {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width().saturating_sub(indent)).unwrap_or(200));
        if let Some(header) = header {
            table.set_header(header.to_vec());
        }
        for row in rows {
            table.add_row(row.clone());
        }
        let columns = table.column_max_content_widths();
        for (index, limit) in fixed {
            let content = columns.get(*index).copied().unwrap_or_default();
            if let Some(column) = table.column_mut(*index) {
                // Content and the cell's padding of one on each side.
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(
                    content.min(*limit).saturating_add(2),
                )));
            }
        }
        for index in 0..columns.len() {
            if let Some(column) = table.column_mut(index) {
                column.set_padding((0, 2));
            }
        }
        let pad = " ".repeat(indent);
        for line in table.lines() {
            self.line(&format!("{pad}{line}"));
        }
    }

    /// Colours the words that a line begins with. Nothing from the evidence stands there.
    fn paint(&self, line: &str) -> String {
        if !self.style.color {
            return line.to_owned();
        }
        let lead = line.len().saturating_sub(line.trim_start().len());
        let (indent, rest) = line.split_at(lead);
        let word = rest.split("  ").next().unwrap_or(rest);
        let word = word.split(' ').next().unwrap_or(word);
        let code = match word {
            "CRIT" | "no" => "1;31",
            "HIGH" | "differs" => "31",
            "MED" => "33",
            "LOW" => "36",
            "INFO" => "34",
            "follows" | "yes" => "32",
            _ if lead == 0 && word.len() > 2 && word.chars().all(|char| char.is_ascii_uppercase()) => "1",
            _ => return line.to_owned(),
        };
        let rest = rest.get(word.len()..).unwrap_or_default();
        format!("{indent}\u{1b}[{code}m{word}\u{1b}[0m{rest}")
    }
}

/// Bytes of a word that is measured as it is shown; a longer one fills lines in any case.
const MEASURED: usize = 4096;

/// Breaks a text at spaces; a word longer than the line is broken inside.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(20);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word;
        loop {
            let space = usize::from(!line.is_empty());
            // A word of megabytes is not measured again for every line that it fills.
            let length = if word.len() > MEASURED {
                word.len()
            } else {
                word.width()
            };
            if line.width().saturating_add(space).saturating_add(length) <= width {
                if space == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if length > width && line.width().saturating_add(10) < width {
                let room = width.saturating_sub(line.width()).saturating_sub(space);
                let mut taken = 0;
                let at = word
                    .char_indices()
                    .find(|(_, char)| {
                        taken += unicode_width::UnicodeWidthChar::width(*char).unwrap_or(0);
                        taken > room
                    })
                    .map_or(word.len(), |(at, _)| at);
                if at == 0 {
                    line.push_str(word);
                    break;
                }
                let (head, rest) = word.split_at(at);
                if space == 1 {
                    line.push(' ');
                }
                line.push_str(head);
                word = rest;
            }
            lines.push(std::mem::take(&mut line));
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_words_and_long_words_inside() {
        assert_eq!(
            wrap("one two three four five six", 20),
            ["one two three four", "five six"]
        );
        let long = "x".repeat(50);
        for line in wrap(&format!("a {long} b"), 20) {
            assert!(line.width() <= 20, "{line}");
        }
        assert_eq!(wrap("", 20), [""]);
    }

    #[test]
    fn a_grid_keeps_to_its_width() {
        for width in [80, 100, 200] {
            let mut page = Page::new(Style { width, color: false });
            page.grid(
                Some(&["A", "B", "C"]),
                &[vec!["CRIT".to_owned(), "word ".repeat(100), "東京".repeat(60)]],
                &[(0, 10)],
                2,
            );
            let text = page.finish();
            assert!(text.lines().all(|line| line.width() <= width), "{text}");
        }
    }

    #[test]
    fn colour_only_adds_to_the_text() {
        let plain = {
            let mut page = Page::new(Style::default());
            page.line("CRIT  rule  message");
            page.finish()
        };
        let mut page = Page::new(Style {
            color: true,
            ..Style::default()
        });
        page.line("CRIT  rule  message");
        let coloured = page.finish();
        assert_eq!(
            coloured.replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", ""),
            plain
        );
        assert_ne!(coloured, plain);
    }
}
