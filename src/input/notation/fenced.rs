//! Blocks between fences in a page or a mail (`CommonMark` 4.5): each is a text of its own, in whatever notation.

use std::ops::Range;

use super::aws_table::AwsTable;
use super::aws_text::AwsText;
use super::documents::{Documents, shift};
use super::transcript::{Transcript, last_command};
use super::{Notation, Read, of_part};
use crate::input::{foreign, guess};
use crate::json::{JsonError, Limits};

/// Blocks between lines of backticks or tildes.
#[derive(Debug)]
pub(super) struct Fenced;

/// What stands between the blocks may be an answer too; the other notations would take its sentences for values.
static BETWEEN: [&dyn Notation; 4] = [&Transcript, &AwsText, &Documents, &AwsTable];

impl Notation for Fenced {
    fn id(&self) -> &'static str {
        "fenced"
    }

    fn title(&self) -> &'static str {
        "a page with blocks of code"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        let blocks = blocks(text);
        if blocks.is_empty() {
            return Read::No;
        }
        let mut roots = Vec::new();
        let mut fault: Option<JsonError> = None;
        // A command in one block, and its answer in the next.
        let mut command: Option<Range<usize>> = None;
        for block in blocks {
            let part = text.get(block.range.clone()).unwrap_or_default();
            let start = block.range.start;
            if block.is_fenced && foreign::is_code(part) {
                continue;
            }
            let found = if block.is_fenced {
                of_part(self.id(), part, limits)
            } else {
                BETWEEN
                    .iter()
                    .map(|notation| (*notation, notation.read(part, limits)))
                    .find(|(_, read)| matches!(read, Read::Roots(_) | Read::Partly(..)))
            };
            let (notation, trees, broken) = match found {
                Some((notation, Read::Roots(trees))) => (notation, trees, None),
                Some((notation, Read::Partly(trees, error))) => (notation, trees, Some(error)),
                // Most blocks of a page are of other things.
                Some((notation, Read::Broken(error))) if block.is_fenced && guess::is_telling(part) => {
                    (notation, Vec::new(), Some(error))
                }
                _ => {
                    if block.is_fenced {
                        command = last_command(part).map(|line| moved(&line, start));
                    }
                    continue;
                }
            };
            if fault.is_none() {
                fault = broken.map(|error| JsonError {
                    offset: error.offset.saturating_add(start),
                    ..error
                });
            }
            let above = command
                .take_if(|_| block.is_fenced)
                .filter(|line| is_followed_by(text, line.end, start));
            roots.extend(trees.into_iter().map(|mut root| {
                shift(&mut root.node, start);
                root.heading = root
                    .heading
                    .map(|line| moved(&line, start))
                    .or_else(|| above.clone());
                root.notation = Some(root.notation.unwrap_or(notation));
                root
            }));
        }
        Read::of(roots, fault)
    }

    // Each tree has the notation of its own block.
    fn has_pointers(&self) -> bool {
        false
    }
}

/// True where what stands from `end` to `start`, between a command and the next block, says nothing else than that its
/// answer comes now: below other words the block may be what somebody wants, or of another key.
fn is_followed_by(text: &str, end: usize, start: usize) -> bool {
    const WORDS: [&str; 7] = ["output", "print", "return", "result", "respon", "answer", "gives"];
    text.get(end..start).unwrap_or_default().lines().all(|line| {
        let line = line.trim().to_lowercase();
        line.is_empty()
            || line.starts_with("```")
            || line.starts_with("~~~")
            || (line.len() <= 80 && WORDS.iter().any(|word| line.contains(word)))
    })
}

fn moved(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start.saturating_add(by)..range.end.saturating_add(by)
}

/// A part of the text.
struct Block {
    range: Range<usize>,
    is_fenced: bool,
}

/// The blocks between fences, and what stands between them; nothing where the text has no fence that is closed.
fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<&str> = None;
    let (mut at, mut from) = (0_usize, 0_usize);
    for line in text.split_inclusive('\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let content = line.trim();
        let fence = ["```", "~~~"]
            .into_iter()
            .find(|fence| content.starts_with(fence));
        match (open, fence) {
            // What stands behind the signs is the name of a language, and no text on the same line.
            (None, Some(fence)) if is_name(content) => {
                found.push(Block {
                    range: from..start,
                    is_fenced: false,
                });
                open = Some(fence);
                from = at;
            }
            (Some(own), Some(fence)) if own == fence && content.trim_matches(['`', '~']).is_empty() => {
                found.push(Block {
                    range: from..start,
                    is_fenced: true,
                });
                open = None;
                from = at;
            }
            _ => {}
        }
    }
    if !found.iter().any(|block| block.is_fenced) {
        return Vec::new();
    }
    found.push(Block {
        range: from..text.len(),
        is_fenced: open.is_some(),
    });
    found.retain(|block| !block.range.is_empty());
    found
}

/// True for a fence with a word or two behind it, or none.
fn is_name(line: &str) -> bool {
    let rest = line.trim_start_matches(['`', '~']);
    rest.len() <= 40 && !rest.contains(['`', '{', '"', '|'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String, Option<String>)> {
        let (Read::Roots(roots) | Read::Partly(roots, _)) = Fenced.read(text, &Limits::default()) else {
            panic!("{text}: {:?}", Fenced.read(text, &Limits::default()));
        };
        roots
            .into_iter()
            .map(|root| {
                (
                    root.notation.unwrap().id().to_owned(),
                    text[root.node.span.clone()].to_owned(),
                    root.heading.map(|line| text[line].to_owned()),
                )
            })
            .collect()
    }

    #[test]
    fn each_block_has_its_own_notation() {
        let text = "Keys:\n```yaml\nKeys:\n- KeyId: a\n```\nand\n~~~\n{\"b\": 1}\n~~~\n{\"c\": 2}\n";
        let seen: Vec<_> = found(text)
            .into_iter()
            .map(|(notation, tree, _)| (notation, tree))
            .collect();
        assert_eq!(
            seen,
            [
                ("yaml".to_owned(), "Keys:\n- KeyId: a".to_owned()),
                ("json".to_owned(), "{\"b\": 1}".to_owned()),
                ("json-documents".to_owned(), "{\"c\": 2}".to_owned()),
            ]
        );
    }

    #[test]
    fn the_command_of_an_answer_may_stand_in_the_block_before() {
        let command = "aws kms list-keys";
        let text = format!(
            "Run\n```\n{command}\n```\nIt prints\n```\n{{\"Keys\": []}}\n```\n```\n{{\"b\": 1}}\n```\n"
        );
        let headings: Vec<_> = found(&text).into_iter().map(|(_, _, heading)| heading).collect();
        assert_eq!(headings, [Some(command.to_owned()), None]);
    }

    #[test]
    fn a_block_below_other_words_is_no_answer_to_the_command() {
        let text = "```\naws kms get-key-policy --key-id a\n```\nIt should become\n```\n{\"b\": 1}\n```\n";
        let headings: Vec<_> = found(text).into_iter().map(|(_, _, heading)| heading).collect();
        assert_eq!(headings, [None]);
    }

    #[test]
    fn an_answer_between_the_blocks_is_read_too() {
        let text = "```\nwords\n```\n$ aws kms list-keys\n{\"Keys\": []}\n```\n{\"b\": 1}\n```\n";
        let headings: Vec<_> = found(text).into_iter().map(|(_, _, heading)| heading).collect();
        assert_eq!(headings, [Some("$ aws kms list-keys".to_owned()), None]);
    }

    #[test]
    fn one_broken_block_does_not_hide_the_others() {
        let text = "```\n{\n  \"KeyMetadata\": ...\n}\n```\n```json\n{\"b\": 1}\n```\n";
        let Read::Partly(roots, _) = Fenced.read(text, &Limits::default()) else {
            panic!("{:?}", Fenced.read(text, &Limits::default()));
        };
        assert_eq!(&text[roots[0].node.span.clone()], "{\"b\": 1}");
    }

    #[test]
    fn a_text_without_closed_fences_is_none() {
        for text in ["{}", "```\n{}", "``` {} ```", "words"] {
            assert!(Fenced.read(text, &Limits::default()).is_no(), "{text}");
        }
    }
}
