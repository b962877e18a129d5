//! `--output table` of the AWS CLI: sections with a title, and rows of cells.
//!
//! ```text
//! ---------------------------------
//! |          DescribeKey          |
//! +-------------------------------+
//! ||         KeyMetadata         ||
//! |+--------------+--------------+|
//! ||  Origin      |  AWS_KMS     ||
//! ```
//! The number of bars at the start of a line is the section's depth. A section of one record has a row a field; one of
//! several has a line of names. A value with line breaks (a policy) runs over several lines.

use std::ops::Range;

use super::aws_names::{record_of, scalar};
use super::{Notation, Read, Root};
use crate::json::{Limits, Member, Node, Value};

/// Table output.
#[derive(Debug)]
pub(super) struct AwsTable;

type Cell<'t> = (&'t str, Range<usize>);
type OwnCell = (String, Range<usize>);

impl Notation for AwsTable {
    fn id(&self) -> &'static str {
        "aws-table"
    }

    fn title(&self) -> &'static str {
        "table output of the AWS CLI"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        let mut lines = Lines::new(text);
        let mut heading = None;
        // A prompt may stand above the rule.
        loop {
            let Some((line, range)) = lines.next() else {
                return Read::No;
            };
            if line.len() >= 4 && line.bytes().all(|byte| byte == b'-') {
                break;
            }
            if !line.trim().is_empty() {
                if heading.is_some() {
                    return Read::No;
                }
                heading = Some(range);
            }
        }
        let mut sections: Vec<Section> = Vec::new();
        let mut rows = 0_usize;
        while let Some((line, range)) = lines.next() {
            if line.trim().is_empty() {
                continue;
            }
            rows = rows.saturating_add(1);
            if rows > limits.values {
                return Read::No;
            }
            let depth = depth(line);
            if depth == 0 {
                // Only the rule below a section without bars may stand here.
                if line.starts_with('+') {
                    if let Some(section) = sections.last_mut() {
                        section.rule(line);
                    }
                    continue;
                }
                break;
            }
            let level = depth.saturating_sub(1);
            let inside = line.get(level..).unwrap_or_default();
            if inside.trim_start_matches('|').starts_with('+') {
                if let Some(section) = sections.last_mut() {
                    section.rule(inside.trim_start_matches('|'));
                }
                continue;
            }
            let whole = lines.until_closed(line, range.clone(), depth);
            let start = range.start.saturating_add(level);
            let Some(row) = text.get(start..whole.end) else {
                return Read::No;
            };
            let row = strip_end(row, level);
            match sections.last_mut() {
                Some(section) if section.level == level && section.takes(row) => {
                    section.row(row, start);
                }
                _ => {
                    let cell = title(row, start);
                    sections.push(Section::new(level, cell));
                }
            }
        }
        match tree(sections) {
            Some(node) => Read::Roots(vec![Root::below(node, heading)]),
            None => Read::No,
        }
    }

    fn has_pointers(&self) -> bool {
        false
    }
}

/// The lines of a text with their places, line ends left out.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn next(&mut self) -> Option<(&'t str, Range<usize>)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |at| at.saturating_add(1));
        let line = rest.get(..length)?.trim_end_matches(['\n', '\r']);
        // In a page or a mail the whole table may be indented.
        let indentation = line
            .len()
            .saturating_sub(line.trim_start_matches([' ', '\t']).len());
        let line = line.get(indentation..)?;
        let start = self.at.saturating_add(indentation);
        self.at = self.at.saturating_add(length);
        Some((line, start..start.saturating_add(line.len())))
    }

    /// The place of a row that goes on until a line that ends with its bars.
    fn until_closed(&mut self, line: &str, range: Range<usize>, depth: usize) -> Range<usize> {
        let bars = "|".repeat(depth);
        let mut whole = range;
        let mut last = line;
        while !last.ends_with(&bars) {
            let before = self.at;
            match self.next() {
                // A rule before the row is closed: it was cut.
                Some((next, _)) if next.trim_start_matches('|').starts_with("+-") => {
                    self.at = before;
                    break;
                }
                Some((next, place)) => {
                    whole.end = place.end;
                    last = next;
                }
                None => break,
            }
        }
        whole
    }
}

/// Bars at the start of a line: one more than the section's level for a row, and as many as the level for a rule.
fn depth(line: &str) -> usize {
    line.bytes().take_while(|byte| *byte == b'|').count()
}

fn strip_end(row: &str, level: usize) -> &str {
    row.get(..row.len().saturating_sub(level)).unwrap_or(row)
}

fn title(row: &str, start: usize) -> OwnCell {
    let inside = row.trim_matches('|');
    let lead = row.len().saturating_sub(row.trim_start_matches('|').len());
    let text = inside.trim();
    let skip = inside.len().saturating_sub(inside.trim_start().len());
    let from = start.saturating_add(lead).saturating_add(skip);
    (text.to_owned(), from..from.saturating_add(text.len()))
}

/// One section.
struct Section {
    level: usize,
    title: OwnCell,
    /// Offsets of the inner bars of its rows, in characters from the first bar.
    bars: Vec<usize>,
    rules: usize,
    rows: Vec<Vec<OwnCell>>,
    /// True where a rule came after the first row: the first row is a line of names.
    named: bool,
    closed: bool,
}

impl Section {
    fn new(level: usize, title: OwnCell) -> Self {
        Self {
            level,
            title,
            bars: Vec::new(),
            rules: 0,
            rows: Vec::new(),
            named: false,
            closed: false,
        }
    }

    /// True for a row of this section; false for the title of the next one.
    fn takes(&self, row: &str) -> bool {
        if self.rules == 0 || self.closed {
            return false;
        }
        // After one row and a rule: more rows where that row was a line of names, else the next title.
        if self.named && self.rows.len() == 1 {
            let chars: Vec<char> = row.split('\n').next().unwrap_or_default().chars().collect();
            return !self.bars.is_empty() && self.bars.iter().all(|bar| chars.get(*bar) == Some(&'|'));
        }
        true
    }

    fn rule(&mut self, line: &str) {
        self.rules = self.rules.saturating_add(1);
        match (self.rows.len(), self.rules) {
            (0, _) => {
                let crosses: Vec<usize> = line
                    .char_indices()
                    .filter(|(_, char)| *char == '+')
                    .map(|(at, _)| at)
                    .collect();
                self.bars = crosses
                    .get(1..crosses.len().saturating_sub(1))
                    .unwrap_or_default()
                    .to_vec();
            }
            (1, 2) => {
                // One row and then a rule: names, or the only row and the end; what follows tells.
                self.named = true;
            }
            _ => self.closed = true,
        }
    }

    /// Splits a row at the bars. The last cell before a broken line goes on to where the later cells begin.
    fn row(&mut self, row: &str, start: usize) {
        let mut cells: Vec<Cell<'_>> = Vec::new();
        let mut from = 1_usize;
        let many_lines = row.contains('\n');
        let first_line = row.split('\n').next().unwrap_or_default();
        let mut push = |from: usize, to: usize| {
            let raw = row.get(from..to).unwrap_or_default();
            let text = raw.trim();
            let skip = raw.len().saturating_sub(raw.trim_start().len());
            let at = start.saturating_add(from).saturating_add(skip);
            cells.push((text, at..at.saturating_add(text.len())));
        };
        let end = row.len().saturating_sub(usize::from(row.ends_with('|')));
        let mut left = self.bars.len();
        for bar in &self.bars {
            // Columns count characters; a row of other characters than ASCII has its bars elsewhere in bytes.
            let Some(at) = row.char_indices().nth(*bar).map(|(at, _)| at).filter(|at| {
                *at < first_line.len() && row.get(*at..).is_some_and(|rest| rest.starts_with('|'))
            }) else {
                break;
            };
            push(from, at);
            from = at.saturating_add(1);
            left = left.saturating_sub(1);
        }
        if many_lines && left > 0 {
            // The later cells are found from the end of the last line.
            let mut ends = Vec::new();
            let mut to = end;
            while left > 0 {
                let Some(at) = row.get(from..to).and_then(|part| part.rfind('|')) else {
                    break;
                };
                let at = from.saturating_add(at);
                ends.push((at.saturating_add(1), to));
                to = at;
                left = left.saturating_sub(1);
            }
            push(from, to);
            for (from, to) in ends.into_iter().rev() {
                push(from, to);
            }
        } else {
            push(from, end);
        }
        let cells = cells
            .into_iter()
            .map(|(text, range)| (text.to_owned(), range))
            .collect();
        self.rows.push(cells);
    }

    /// The records of the section.
    fn nodes(&self) -> Vec<Node> {
        let mut rows = self.rows.iter();
        if self.named && self.rows.len() > 1 {
            let names = rows.next().cloned().unwrap_or_default();
            return rows
                .map(|row| {
                    let pairs = names
                        .iter()
                        .zip(row)
                        .map(|(name, value)| (name.clone(), value.clone()));
                    fields(pairs.collect())
                })
                .collect();
        }
        if self.bars.is_empty() {
            return rows
                .filter_map(|row| row.first())
                .map(|(text, range)| scalar(text, range.clone()))
                .collect();
        }
        let pairs = rows
            .filter_map(|row| match row.as_slice() {
                [name, value] => Some((name.clone(), value.clone())),
                _ => None,
            })
            .collect();
        vec![fields(pairs)]
    }
}

/// An object of named cells; an empty cell is a field that the record does not have.
fn fields(pairs: Vec<(OwnCell, OwnCell)>) -> Node {
    let start = pairs.first().map_or(0, |((_, key), _)| key.start);
    let mut span = start..start;
    let mut members = Vec::new();
    for ((key, key_span), (text, range)) in pairs {
        // The names of a list stand above all its records: they are not part of one.
        span = span.start.min(range.start)..span.end.max(range.end);
        if key.is_empty() || text.is_empty() {
            continue;
        }
        members.push(Member {
            key,
            key_span,
            value: scalar(&text, range),
        });
    }
    if let Some(first) = members.first() {
        span.start = first.value.span.start;
    }
    Node {
        span,
        value: Value::Object(members),
    }
}

/// The sections as one object: the first is the command's own, the others are members of the last one above them.
fn tree(sections: Vec<Section>) -> Option<Node> {
    let mut sections = sections.into_iter();
    let first = sections.next()?;
    let mut root = match first.nodes().into_iter().next() {
        Some(node) if node.is_object() => node,
        _ => Node {
            span: first.title.1.clone(),
            value: Value::Object(Vec::new()),
        },
    };
    for section in sections {
        let (name, place) = section.title.clone();
        let nodes = section.nodes();
        let is_list = record_of(&name).is_none_or(|record| record.is_list);
        let name = record_of(&name).map_or(name, |record| record.name.to_owned());
        root.span.end = nodes
            .last()
            .map_or(root.span.end, |node| node.span.end.max(root.span.end));
        let Some(members) = owner(&mut root, section.level) else {
            continue;
        };
        if !is_list {
            // A record that only has records has no rows of its own: a grant's constraints.
            let value = nodes.into_iter().next().unwrap_or_else(|| Node {
                span: place.clone(),
                value: Value::Object(Vec::new()),
            });
            members.push(Member {
                key: name,
                key_span: place,
                value,
            });
            continue;
        }
        let known = members.iter_mut().find(|member| member.key == name);
        if let Some(member) = known
            && let Value::Array(items) = &mut member.value.value
        {
            items.extend(nodes);
            continue;
        }
        let start = nodes.first().map_or(place.start, |node| node.span.start);
        let end = nodes.last().map_or(place.end, |node| node.span.end);
        let span = start..end.max(start);
        members.push(Member {
            key: name,
            key_span: place,
            value: Node {
                span,
                value: Value::Array(nodes),
            },
        });
    }
    root.members().first()?;
    Some(root)
}

/// The members that a section of this level belongs to: those of the last record of the level above.
fn owner(root: &mut Node, level: usize) -> Option<&mut Vec<Member>> {
    let mut node = root;
    for _ in 1..level {
        let members = node.members_mut()?;
        let last = members
            .iter_mut()
            .rev()
            .find(|member| member.value.is_object() || member.value.is_array())?;
        node = last.value.last_record_mut()?;
    }
    node.members_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indented_table_is_read_and_places_are_those_of_the_file() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
        let width = arn.len() + 4;
        let whole = "-".repeat(width + 15);
        let rule = format!("+{}+{}+", "-".repeat(12), "-".repeat(width));
        let row = |name: &str, value: &str| format!("|  {name:<10}|  {value:<0$}|", width - 2);
        let lines = [
            whole.clone(),
            format!("|{:^1$}|", "GetPublicKey", width + 13),
            rule.clone(),
            row("KeyId", arn),
            row("KeyUsage", "SIGN_VERIFY"),
            rule,
        ];
        let text = format!("    {}\n", lines.join("\n    "));
        let Read::Roots(roots) = AwsTable.read(&text, &Limits::default()) else {
            panic!("{:?}", AwsTable.read(&text, &Limits::default()));
        };
        let key = &roots.first().unwrap().node;
        assert_eq!(&text[key.get("KeyId").unwrap().span.clone()], arn);
    }
}
