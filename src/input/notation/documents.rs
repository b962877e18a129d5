//! Several JSON values in one text: a shell loop's output, or a terminal's with prompts and commands between.

use std::ops::Range;

use super::aws_names::{object, scalar};
use super::{Notation, Read, Root, fault};
use crate::json::{self, JsonError, Limits, Member, Node, Value};
use crate::source::OffsetMap;

/// JSON values after each other, with lines between them that are none.
#[derive(Debug)]
pub(super) struct Documents;

/// Bytes of a line in which a prompt, the time of a log or a tag stand before a value.
const LONG: usize = 1024;

/// Values that do not parse before a text is given up: each costs a walk over the rest of the text.
const FAILURES: usize = 8;

impl Notation for Documents {
    fn id(&self) -> &'static str {
        "json-documents"
    }

    fn title(&self) -> &'static str {
        "JSON"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        let mut roots = Vec::new();
        let (mut at, mut failures) = (0_usize, 0_usize);
        let mut heading: Option<Range<usize>> = None;
        let mut noise = Noise::None;
        let mut fault_found: Option<JsonError> = None;
        while let Some(rest) = text.get(at..) {
            // A byte order mark stands where one file was put behind another.
            let content = rest.trim_start_matches(|char: char| char.is_whitespace() || char == '\u{feff}');
            let blank = rest.len().saturating_sub(content.len());
            let Some(rest) = rest.get(blank..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            at = at.saturating_add(blank);
            if rest.starts_with(['{', '[']) && !is_macro(rest) && failures <= FAILURES {
                match value(text, at, limits) {
                    Ok(node) => {
                        // get-key-policy as text: the document, a tab, and the policy's name.
                        let node = named_policy(text, node);
                        at = node.span.end;
                        let heading = heading.take();
                        roots.push(Root::below(node, heading));
                        continue;
                    }
                    // A log line may begin with a bracket, and so may a template of something else.
                    Err(error) => {
                        failures = failures.saturating_add(1);
                        let is_meant = is_object(rest) || (noise < Noise::Prose && rest.starts_with('{'));
                        if is_meant {
                            if roots.is_empty() && noise == Noise::None {
                                return Read::No;
                            }
                            // The other values of the text are read all the same.
                            let end = end_of_broken(text, at, error.offset);
                            fault_found.get_or_insert(error);
                            at = end;
                            continue;
                        }
                    }
                }
            }
            // A bracket that closes nothing: what stands before it was cut off, or put together by hand.
            if rest.starts_with(['}', ']', ',']) && noise < Noise::Prose && !roots.is_empty() {
                let what = if rest.starts_with(',') {
                    "a comma"
                } else {
                    "a closing bracket"
                };
                let message = format!("{what} ({}) too many", rest.get(..1).unwrap_or_default());
                let error = fault(at, message);
                // Beside one value alone it may be that value which is wrong.
                if roots.len() == 1 {
                    return Read::Broken(error);
                }
                fault_found.get_or_insert(error);
            }
            // Of a line of megabytes with many values only the beginning is looked at, once for each.
            let line = first_line(rest, LONG);
            // The tags and fences of a page, behind which the value begins on the same line.
            if let Some(offset) = behind_markup(rest, line)
                && failures <= FAILURES
            {
                let start = at.saturating_add(offset);
                match value(text, start, limits) {
                    Ok(node) => {
                        at = node.span.end;
                        roots.push(Root::below(named_policy(text, node), heading.take()));
                        continue;
                    }
                    Err(_) => failures = failures.saturating_add(1),
                }
            }
            // A log line may have the value behind its time and level.
            if let Some(offset) = line.find("{\"").filter(|offset| *offset > 0 && is_frame(line)) {
                let start = at.saturating_add(offset);
                if failures <= FAILURES {
                    match value(text, start, limits) {
                        Ok(node) => {
                            let heading = Some(at..start);
                            at = node.span.end;
                            roots.push(Root::below(node, heading));
                            continue;
                        }
                        Err(_) => failures = failures.saturating_add(1),
                    }
                }
            }
            let end = at.saturating_add(first_line(rest, usize::MAX).len());
            noise = noise.max(Noise::of(line));
            heading = Some(at..end);
            at = end;
        }
        Read::of(roots, fault_found)
    }

    fn content(&self, text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
        content(text, node)
    }
}

/// The first line of a text, or as much of it as `most` bytes hold.
fn first_line(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end)
        .and_then(|head| head.lines().next())
        .unwrap_or_default()
}

/// Where an object begins behind nothing but markup: `<pre>{`, `` ```{ ``.
fn behind_markup(rest: &str, line: &str) -> Option<usize> {
    let line = line.trim_end();
    let offset = line.find('{').filter(|offset| *offset > 0)?;
    let before = line.get(..offset)?.trim_end();
    let is_markup =
        (before.starts_with('<') && before.ends_with('>')) || before.bytes().all(|byte| byte == b'`');
    (is_markup && is_object(rest.get(offset..)?)).then_some(offset)
}

/// True for the macros of Jira and Confluence, which stand in braces: `{code:json}`.
fn is_macro(rest: &str) -> bool {
    ["{code", "{noformat", "{quote", "{panel", "{expand"]
        .iter()
        .any(|head| rest.starts_with(head))
        && rest.lines().next().is_some_and(|line| line.contains('}'))
}

/// True for what begins as an object of JSON does: a brace, and a string or the closing brace.
fn is_object(text: &str) -> bool {
    text.strip_prefix('{')
        .is_some_and(|rest| rest.trim_start().starts_with('"'))
}

/// Where a broken value ends: behind the next line below the fault that stands no further to the right than the value's
/// first line, where that line closes the value; else before that line.
fn end_of_broken(text: &str, start: usize, fault: usize) -> usize {
    let indentation = |line: &str| line.len().saturating_sub(line.trim_start().len());
    let first = text
        .get(..start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at.saturating_add(1));
    let width = indentation(text.get(first..).unwrap_or_default());
    // From the line of the fault on: where that is the value's own, from the next one.
    let after = fault.max(start);
    let mut at = text
        .get(after..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |length| {
            after.saturating_add(length).saturating_add(1)
        });
    let from = text
        .get(..after)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at.saturating_add(1));
    if from > start {
        at = from;
    }
    for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
        if !line.trim().is_empty() && indentation(line) <= width {
            let closes = line.trim_start().starts_with(['}', ']']);
            return if closes { at.saturating_add(line.len()) } else { at };
        }
        at = at.saturating_add(line.len());
    }
    text.len()
}

/// The content of a JSON string, or of a word that stands without quotes: a policy's name behind the document.
pub(super) fn content(text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
    if node.as_str() == text.get(node.span.clone()) {
        super::verbatim(text, node)
    } else {
        super::JSON.content(text, node)
    }
}

/// A policy document that is followed by a tab and a name, as one answer; anything else as it is.
pub(super) fn named_policy(text: &str, node: Node) -> Node {
    let end = node.span.end;
    if !text.get(end..).is_some_and(|rest| rest.starts_with('\t')) {
        return node;
    }
    let line = text
        .get(end..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let name = line.trim();
    if !line.starts_with('\t') || name.is_empty() || name.contains(char::is_whitespace) {
        return node;
    }
    let start = end.saturating_add(line.len().saturating_sub(line.trim_start().len()));
    let place = start..start.saturating_add(name.len());
    object(vec![("Policy", node), ("PolicyName", scalar(name, place))])
}

/// What the lines between the values are, from nothing to anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Noise {
    None,
    /// Prompts, commands, log lines, fences, rules and headings: what surrounds a command's output.
    Frame,
    Prose,
}

impl Noise {
    fn of(line: &str) -> Self {
        let line = line.trim();
        let frame = line.is_empty()
            || line.starts_with(['$', '%', '>', '#', '+', '[', '=', '-', '`', '~'])
            || is_macro(line)
            || line.starts_with("PS ")
            || line.starts_with("aws ")
            || line.ends_with(':')
            || line.contains("$ ")
            || line.contains("# aws ")
            || line.contains("> aws ")
            || line.starts_with(|first: char| first.is_ascii_digit())
            || ["INFO", "DEBUG", "WARN", "WARNING", "ERROR", "NOTICE"]
                .iter()
                .any(|level| line.starts_with(level));
        if frame { Self::Frame } else { Self::Prose }
    }
}

/// True for a line that surrounds a command's output: a prompt, a command, a log line, a heading.
pub(super) fn is_frame(line: &str) -> bool {
    Noise::of(line) < Noise::Prose
}

/// One JSON value at `at`, its places counted in `text`.
fn value(text: &str, at: usize, limits: &Limits) -> Result<Node, JsonError> {
    let rest = text.get(at..).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&serde_json::value::RawValue>();
    let moved = |mut error: JsonError| {
        error.offset = error.offset.saturating_add(at);
        error
    };
    match values.next() {
        Some(Ok(raw)) => {
            let mut node = json::parse(raw.get(), limits).map_err(moved)?;
            shift(&mut node, at);
            Ok(node)
        }
        // The strict parser finds the words for the same fault.
        Some(Err(_)) | None => match json::parse(rest, limits) {
            Err(error) => Err(moved(error)),
            Ok(mut node) => {
                shift(&mut node, at);
                Ok(node)
            }
        },
    }
}

/// Moves every place of a tree.
pub(super) fn shift(node: &mut Node, by: usize) {
    let moved = |range: &Range<usize>| range.start.saturating_add(by)..range.end.saturating_add(by);
    node.span = moved(&node.span);
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Object(members) => {
            for Member { key_span, value, .. } in members {
                *key_span = moved(key_span);
                shift(value, by);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Read {
        Documents.read(text, &Limits::default())
    }

    fn roots(text: &str) -> Vec<(String, Option<String>)> {
        let Read::Roots(roots) = read(text) else {
            panic!("{text}: {:?}", read(text));
        };
        roots
            .into_iter()
            .map(|root| {
                (
                    text[root.node.span.clone()].to_owned(),
                    root.heading.map(|range| text[range].to_owned()),
                )
            })
            .collect()
    }

    #[test]
    fn values_are_found_between_prompts_and_log_lines() {
        let text = "$ aws kms describe-key --key-id a\n{\"a\": 1}\n[2026-11-02 10:11] INFO done\n{\n \"b\": [2]\n}{\"c\":3}\n$ \n";
        let found = roots(text);
        assert_eq!(
            found,
            [
                (
                    "{\"a\": 1}".to_owned(),
                    Some("$ aws kms describe-key --key-id a".to_owned())
                ),
                (
                    "{\n \"b\": [2]\n}".to_owned(),
                    Some("[2026-11-02 10:11] INFO done".to_owned())
                ),
                ("{\"c\":3}".to_owned(), None),
            ]
        );
    }

    #[test]
    fn a_value_that_is_broken_among_prompts_is_a_fault_and_in_prose_is_none() {
        let text = "$ aws kms list-keys\n{\"a\": 1,}\n";
        let Read::Broken(error) = read(text) else {
            panic!("not broken");
        };
        assert_eq!(&text[error.offset..=error.offset], ",");
        assert!(read("fn main()\n{\n    body();\n}\n").is_no());
        assert!(read("no value at all").is_no());
    }

    #[test]
    fn files_that_were_put_together_are_all_read() {
        let found = roots("{\"a\": 1}\n\u{feff}{\"b\": 2}\n");
        assert_eq!(
            found,
            [("{\"a\": 1}".to_owned(), None), ("{\"b\": 2}".to_owned(), None)]
        );
    }

    #[test]
    fn a_bracket_that_closes_nothing_is_a_fault() {
        let text = "{\"a\": 1}\n}\n";
        let Read::Broken(error) = read(text) else {
            panic!("not broken");
        };
        assert_eq!(
            (error.offset, error.message.as_str()),
            (9, "a closing bracket (}) too many")
        );
    }

    #[test]
    fn many_brackets_cost_no_more_than_a_few_walks() {
        let text = format!("words\n{}", "{\n".repeat(200_000));
        assert!(read(&text).is_no());
    }

    #[test]
    fn a_value_behind_markup_or_between_macros_is_read() {
        for text in [
            "<pre>{\"a\": 1}</pre>\n",
            "<div class=\"x\"><code>{\"a\": 1}\n</code></div>\n",
            "```{\"a\": 1}```\n",
            "{code:json}\n{\"a\": 1}\n{code}\n",
        ] {
            let found: Vec<String> = roots(text).into_iter().map(|(value, _)| value).collect();
            assert_eq!(found, ["{\"a\": 1}"], "{text}");
        }
    }

    #[test]
    fn a_long_line_of_values_is_walked_once() {
        let text = "{\"a\": 1} ".repeat(100_000);
        assert_eq!(roots(&text).len(), 100_000);
    }
}
