//! Files of environment variables, and scripts that start an agent: `NAME=value`, `export NAME=value`,
//! `docker run -e NAME=value … ./validator --validator.id alias/…`.
//!
//! Only a text that is nothing else is read: every line of it is an assignment or a command that such scripts have. What
//! is quoted is one word; what a shell would fill in is not known.

use std::ops::Range;

use super::settings;
use crate::hyperlane::agent::{Layer, Program, Setting, Source, flat, is_relevant};
use crate::source::Span;

/// Bytes of a text that are looked at.
const MOST: usize = 1 << 20;

/// Words with which the lines of a script begin that starts an agent.
const COMMANDS: [&str; 20] = [
    "set", "cd", "mkdir", "source", ".", "echo", "exec", "sudo", "docker", "podman", "nohup", "env", "cargo",
    "aws", "unset", "ulimit", "sleep", "chmod", "touch", "true",
];

/// Roots of the settings that a command line has.
const ROOTS: [&str; 6] = [
    "validator",
    "defaultsigner",
    "chains",
    "originchainname",
    "relaychains",
    "checkpointsyncer",
];

/// One word of a line, quotes taken off, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    /// The place of each character of the text, and of the end.
    at: Vec<usize>,
}

impl Word {
    fn range(&self, from: usize) -> Range<usize> {
        let end = self.at.last().copied().unwrap_or_default();
        self.at.get(from).copied().unwrap_or(end)..end
    }
}

/// A name with its value, and where the value stands.
pub(super) struct Pair {
    path: Vec<String>,
    written: String,
    /// Nothing where it is passed on from elsewhere.
    value: Option<String>,
    range: Range<usize>,
}

/// What a script or an environment sets.
#[derive(Default)]
pub(super) struct Read {
    environment: Vec<Pair>,
    arguments: Vec<Pair>,
    program: Option<Program>,
}

/// True for a text that may be of an agent, at first sight.
pub(super) fn may_be(text: &str) -> bool {
    [
        "HYP_",
        "originChainName",
        "--validator",
        "--relayChains",
        "--chains.",
        "--defaultSigner",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The path of an environment variable of the agents; nothing for another one.
pub(super) fn path_of_variable(name: &str) -> Option<Vec<String>> {
    let name = name.strip_prefix("HYP_")?;
    let path: Vec<String> = name
        .split('_')
        .map(flat)
        .filter(|part| !part.is_empty())
        .collect();
    (!path.is_empty()).then_some(path)
}

/// The path of an argument of the agents, without its dashes; nothing for another one.
pub(super) fn path_of_argument(name: &str) -> Option<Vec<String>> {
    let path: Vec<String> = name.split('.').map(flat).collect();
    let first = path.first()?;
    ROOTS.contains(&first.as_str()).then_some(path)
}

/// The program that a word of a command is.
pub(super) fn program(word: &str) -> Option<Program> {
    match word.rsplit('/').next().unwrap_or(word) {
        "validator" => Some(Program::Validator),
        "relayer" => Some(Program::Relayer),
        _ => None,
    }
}

/// Reads a text; nothing where it is something else, or sets nothing of an agent.
pub(super) fn read(text: &str) -> Option<Read> {
    if text.len() > MOST {
        return None;
    }
    let mut read = Read::default();
    for line in lines(text)? {
        let Some(first) = line.first() else { continue };
        let command = if first.text == "export" {
            line.get(1..).unwrap_or_default()
        } else {
            &line
        };
        let assignments = command
            .iter()
            .take_while(|word| assigned(&word.text).is_some())
            .count();
        let rest = command.get(assignments..).unwrap_or_default();
        let known = rest.first().is_none_or(|word| {
            COMMANDS.contains(&word.text.as_str()) || program(&word.text).is_some() || first.text == "export"
        });
        if !known {
            return None;
        }
        read.words(command);
    }
    let mut pairs = read.environment.iter().chain(&read.arguments);
    pairs.any(|pair| is_relevant(&pair.path)).then_some(read)
}

/// The name of an assignment.
fn assigned(word: &str) -> Option<&str> {
    let (name, _) = word.split_once('=')?;
    let mut chars = name.chars();
    let first = chars.next()?;
    ((first.is_ascii_alphabetic() || first == '_')
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '_'))
    .then_some(name)
}

impl Read {
    /// Takes what the words of a command set.
    fn words(&mut self, words: &[Word]) {
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            if let Some(found) = program(&word.text) {
                self.program = Some(found);
                continue;
            }
            if matches!(word.text.as_str(), "-e" | "--env") {
                if let Some(name) = words.peek().filter(|next| !next.text.contains('=')) {
                    // Docker passes the variable of its own environment on.
                    self.passed_on(name);
                    words.next();
                }
                continue;
            }
            let skip = ["--env=", "-e="]
                .iter()
                .find(|prefix| word.text.starts_with(*prefix))
                .map_or(0, |prefix| prefix.len());
            let own = word.text.get(skip..).unwrap_or_default();
            if let Some(name) = assigned(own) {
                let value = own.get(name.len().saturating_add(1)..).unwrap_or_default();
                if let Some(path) = path_of_variable(name) {
                    let from = skip.saturating_add(name.len()).saturating_add(1);
                    self.environment.push(Pair {
                        path,
                        written: name.to_owned(),
                        value: Some(value.to_owned()),
                        range: word.range(from),
                    });
                }
                continue;
            }
            let Some(argument) = word.text.strip_prefix("--") else {
                continue;
            };
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument, None),
            };
            let Some(path) = path_of_argument(name) else {
                continue;
            };
            let written = format!("--{name}");
            match value {
                Some(value) => self.arguments.push(Pair {
                    path,
                    range: word.range(written.len().saturating_add(1)),
                    written,
                    value: Some(value.to_owned()),
                }),
                None => {
                    if let Some(next) = words.peek().filter(|next| !next.text.starts_with("--")) {
                        self.arguments.push(Pair {
                            path,
                            written,
                            value: Some(next.text.clone()),
                            range: next.range(0),
                        });
                        words.next();
                    }
                }
            }
        }
    }

    fn passed_on(&mut self, name: &Word) {
        if let Some(path) = path_of_variable(&name.text) {
            self.environment.push(Pair {
                path,
                written: name.text.clone(),
                value: None,
                range: name.range(0),
            });
        }
    }

    /// True for a script that starts an agent.
    pub(super) fn is_process(&self) -> bool {
        self.program.is_some() || !self.arguments.is_empty()
    }

    /// The sources: the environment, and the command line.
    pub(super) fn sources(self, span: impl Fn(Range<usize>) -> Span) -> Vec<Source> {
        let settings = |pairs: Vec<Pair>| -> Vec<Setting> {
            pairs
                .into_iter()
                .filter_map(|pair| {
                    // An empty value has no place of its own: the sign before it has.
                    let start = pair.range.start;
                    let from = if pair.range.is_empty() {
                        start.saturating_sub(1)
                    } else {
                        start
                    };
                    let span = span(from..pair.range.end);
                    match pair.value {
                        Some(value) => settings::setting(pair.path, pair.written, &value, span),
                        None => settings::unknown(
                            pair.path,
                            pair.written,
                            "a variable of the host's environment",
                            span,
                        ),
                    }
                })
                .collect()
        };
        let mut sources = Vec::new();
        for (layer, pairs) in [
            (Layer::Environment, self.environment),
            (Layer::Arguments, self.arguments),
        ] {
            if !pairs.is_empty() || (layer == Layer::Arguments && self.program.is_some()) {
                sources.push(Source {
                    layer,
                    program: self.program,
                    settings: settings(pairs),
                });
            }
        }
        sources
    }
}

/// The words of a command that is a list of strings, each with a place of its own.
pub(super) fn of_list(words: &[(String, Range<usize>)]) -> Read {
    let words: Vec<Word> = words
        .iter()
        .map(|(text, range)| {
            // Inside of quotes and escapes places cannot be counted by characters: the whole stands for each.
            let length = range.end.saturating_sub(range.start);
            let is_plain = length == text.len() || length == text.len().saturating_add(2);
            let quotes = usize::from(length != text.len());
            let mut at: Vec<usize> = (0..text.len())
                .map(|index| {
                    let own = range.start.saturating_add(quotes).saturating_add(index);
                    if is_plain { own } else { range.start }
                })
                .collect();
            at.push(if is_plain {
                range.end.saturating_sub(quotes)
            } else {
                range.end
            });
            Word {
                text: text.clone(),
                at,
            }
        })
        .collect();
    let mut read = Read::default();
    read.words(&words);
    read
}

/// The logical lines of a text as words; nothing where a quote is not closed.
fn lines(text: &str) -> Option<Vec<Vec<Word>>> {
    let mut lines = Vec::new();
    let mut line: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    let take = |word: &mut Option<Word>, char: char, at: usize| {
        let word = word.get_or_insert_with(|| Word {
            text: String::new(),
            at: Vec::new(),
        });
        word.text.push(char);
        // One place a byte, so that a part of the text can be found by its offset.
        word.at
            .extend((0..char.len_utf8()).map(|offset| at.saturating_add(offset)));
    };
    let end = |word: &mut Option<Word>, line: &mut Vec<Word>, at: usize| {
        if let Some(mut word) = word.take() {
            // A quote that ends the word is none of it.
            word.at
                .push(word.at.last().map_or(at, |last| last.saturating_add(1)));
            line.push(word);
        }
    };
    while let Some((at, char)) = chars.next() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (Some('"'), '\\') => match chars.next() {
                Some((_, '\n')) => {}
                Some((at, next)) => take(&mut word, next, at),
                None => return None,
            },
            (Some(_), _) => take(&mut word, char, at),
            (None, '\'' | '"') => {
                quote = Some(char);
                // An empty word in quotes is one.
                word.get_or_insert_with(|| Word {
                    text: String::new(),
                    at: Vec::new(),
                });
            }
            (None, '\\') => match chars.next() {
                Some((_, '\r')) => {
                    chars.next_if(|(_, next)| *next == '\n');
                    end(&mut word, &mut line, at);
                }
                Some((_, '\n')) => end(&mut word, &mut line, at),
                Some((at, next)) => take(&mut word, next, at),
                None => {}
            },
            (None, '#') if word.is_none() => while chars.next_if(|(_, next)| *next != '\n').is_some() {},
            (None, '\n' | ';' | '&') => {
                end(&mut word, &mut line, at);
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
            }
            (None, char) if char.is_whitespace() => end(&mut word, &mut line, at),
            (None, char) => take(&mut word, char, at),
        }
    }
    if quote.is_some() {
        return None;
    }
    end(&mut word, &mut line, text.len());
    if !line.is_empty() {
        lines.push(line);
    }
    Some(lines)
}
