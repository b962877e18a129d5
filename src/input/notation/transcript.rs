//! A copy of a terminal: commands of the AWS CLI at prompts, each with its answer below in whatever output format.

use std::ops::Range;

use super::documents::{is_frame, shift};
use super::{NOTATIONS, Notation, Read};
use crate::json::{JsonError, Limits};

/// Commands and their answers.
#[derive(Debug)]
pub(super) struct Transcript;

impl Notation for Transcript {
    fn id(&self) -> &'static str {
        "transcript"
    }

    fn title(&self) -> &'static str {
        "a copy of a terminal"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        let commands = commands(text);
        if commands.is_empty() {
            return Read::No;
        }
        let mut roots = Vec::new();
        let mut fault: Option<JsonError> = None;
        for (index, command) in commands.iter().enumerate() {
            let end = commands
                .get(index.saturating_add(1))
                .map_or(text.len(), |next| next.start);
            let start = command.end;
            let answer = without_prompt(text.get(start..end).unwrap_or_default());
            let Some((notation, read)) = part(answer, limits) else {
                continue;
            };
            let (found, broken) = match read {
                Read::No => (Vec::new(), None),
                Read::Roots(found) => (found, None),
                Read::Partly(found, error) => (found, Some(error)),
                Read::Broken(error) => (Vec::new(), Some(error)),
            };
            if let Some(error) = broken.filter(|_| fault.is_none()) {
                fault = Some(JsonError {
                    offset: error.offset.saturating_add(start),
                    ..error
                });
            }
            roots.extend(found.into_iter().map(|mut root| {
                shift(&mut root.node, start);
                root.heading = Some(command.clone());
                root.notation = Some(root.notation.unwrap_or(notation));
                root
            }));
        }
        Read::of(roots, fault)
    }

    // Each tree has the notation of its own answer.
    fn has_pointers(&self) -> bool {
        false
    }
}

/// The answer of one command, by the first notation that reads it.
fn part(answer: &str, limits: &Limits) -> Option<(&'static dyn Notation, Read)> {
    NOTATIONS
        .iter()
        .filter(|notation| notation.id() != Transcript.id())
        .map(|notation| (*notation, notation.read(answer, limits)))
        .find(|(_, read)| !matches!(read, Read::No))
}

/// The lines with a command of the AWS CLI at a prompt.
fn commands(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    for line in text.split_inclusive('\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let content = line.trim_end();
        let prompt = content
            .find("aws ")
            .and_then(|command| content.get(..command))
            .is_some_and(|before| before.trim_end().ends_with(['$', '#', '%', '>']) && is_frame(content));
        if prompt {
            found.push(start..start.saturating_add(content.len()));
        }
    }
    found
}

/// An answer without the prompt that the next command, or the end, left behind it.
fn without_prompt(answer: &str) -> &str {
    let mut kept = answer;
    loop {
        let trimmed = kept.trim_end();
        let last = trimmed.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let line = trimmed.get(last..).unwrap_or_default();
        let is_prompt = line
            .split_once(['$', '#', '%', '>'])
            .is_some_and(|(before, after)| {
                // A command that is not of the AWS CLI: exit, export.
                !before.contains(['{', '"', '|', '\t']) && !after.contains(['{', '}', '"', '|', '\t'])
            });
        if trimmed.is_empty() || !(is_prompt || line == "logout" || line == "exit") {
            return kept;
        }
        kept = trimmed.get(..last).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_several_formats_are_read_each_in_its_own() {
        let text = "me@host:~$ aws kms list-key-policies --key-id a --output text\nPOLICYNAMES\tdefault\n\
                    me@host:~$ aws kms list-keys\n{\n  \"Keys\": []\n}\nme@host:~$ ls\nme@host:~$ exit\nlogout\n";
        let Read::Roots(roots) = Transcript.read(text, &Limits::default()) else {
            panic!("nothing found");
        };
        let seen: Vec<_> = roots
            .iter()
            .map(|root| {
                let heading = &text[root.heading.clone().unwrap()];
                let notation = root.notation.unwrap().id();
                (
                    heading.contains("list-key-policies"),
                    notation,
                    text[root.node.span.clone()].trim(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (true, "aws-text", "default"),
                (false, "json", "{\n  \"Keys\": []\n}")
            ]
        );
    }

    #[test]
    fn a_text_without_a_command_is_none() {
        for text in ["{}", "$ ls\nKEYS\ta\tb\n", "the aws command\n"] {
            assert!(Transcript.read(text, &Limits::default()).is_no(), "{text}");
        }
    }
}
