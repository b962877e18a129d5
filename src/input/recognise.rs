//! Finds the formats of a content: of the whole, of each tree in it, of what is wrapped in it.

use super::notation::{self, NOTATIONS, Notation, Read, Root};
use super::{FORMATS, Format, Options, Probe, Reader, foreign, guess, redacted, rewrite, shape, strip};
use crate::evidence::{Artefact, FileStatus, Trouble};
use crate::json::{JsonError, Node};
use crate::source::{SourceId, SourceMap, Span};

/// How deep contents are unwrapped: a string in a string, an answer in an answer.
const WRAPPED: usize = 4;

/// Parts of one file, or of one of its lists, that nothing knows: how many of them are told one by one.
const UNUSED: usize = 8;

/// What became of a content.
pub(super) struct Found {
    /// The format, where there is one; of several parts of different formats the first.
    pub(super) format: Option<&'static str>,
    /// What became of it.
    pub(super) status: FileStatus,
}

impl Found {
    pub(super) fn nothing(reason: String) -> Self {
        Self {
            format: None,
            status: FileStatus::NotRecognised(reason),
        }
    }

    fn is_nothing(&self) -> bool {
        self.format.is_none() && matches!(self.status, FileStatus::NotRecognised(_))
    }
}

/// What is known of a part before it is looked at.
#[derive(Clone, Copy)]
enum Seen {
    Not,
    /// It was looked at, and nothing knows it.
    Unknown,
}

/// Reads contents of one file.
pub(super) struct Recogniser<'r> {
    pub(super) sources: &'r mut SourceMap,
    pub(super) file: SourceId,
    pub(super) options: &'r Options,
    pub(super) artefacts: &'r mut Vec<Artefact>,
}

impl Recogniser<'_> {
    /// Reads a source: the file, its decoded text, or what was found in it.
    pub(super) fn source(&mut self, source: SourceId, depth: usize) -> Found {
        let probe = Probe::new(self.sources, source, self.options);
        if let Some(forced) = self.options.format {
            return self.forced(forced, &probe);
        }
        let found = self.formats(&probe);
        if !found.is_nothing() {
            return found;
        }
        if probe.tree().is_some() {
            let found = self.tree(&probe, depth);
            return if found.is_nothing() {
                Found::nothing(guess::reason(&probe))
            } else {
                found
            };
        }
        if probe.text().is_some_and(foreign::is_code) {
            return unrecognised(&probe, None);
        }
        let broken = match self.notations(NOTATIONS, &probe, depth) {
            Ok(Some(found)) => return found,
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let stripped = strip::without_escapes(self.sources, source)
            .or_else(|| strip::without_prefix(self.sources, source))
            .or_else(|| strip::with_line_breaks(self.sources, source))
            .or_else(|| rewrite::undone(self.sources, source));
        if let Some(stripped) = stripped.filter(|_| depth < WRAPPED) {
            let found = self.source(stripped, depth.saturating_add(1));
            if !found.is_nothing() {
                return found;
            }
        }
        // Only what is nothing else is prose with something in it; what is broken must be said.
        let is_json = probe.json_error().is_some() && probe.text().is_some_and(begins_as_json);
        if broken.is_none()
            && !is_json
            && let Ok(Some(found)) = self.notations(&[notation::PROSE], &probe, depth)
        {
            return found;
        }
        unrecognised(&probe, broken)
    }

    /// The format that somebody named.
    fn forced(&mut self, format: &'static dyn Format, probe: &Probe) -> Found {
        if let Some(error) = probe.json_error() {
            return broken_json(probe, Some(format.id()), error);
        }
        if !probe.is_tree() && !format.recognise(probe) {
            for (notation, roots) in trees(probe, self.options) {
                for root in roots {
                    let part = probe.with_root(notation, root, false);
                    if format.recognise(&part) {
                        return self.read(format, &part);
                    }
                }
            }
        }
        self.read(format, probe)
    }

    /// The one format that a content has by itself.
    fn formats(&mut self, probe: &Probe) -> Found {
        let found: Vec<&'static dyn Format> = FORMATS
            .iter()
            .copied()
            .filter(|format| format.is_of_trees() == probe.tree().is_some() && format.recognise(probe))
            .collect();
        match found.as_slice() {
            [] => Found::nothing(String::new()),
            [one] => self.read(*one, probe),
            several => {
                let titles: Vec<&str> = several.iter().map(|format| format.title()).collect();
                let ids: Vec<&str> = several.iter().map(|format| format.id()).collect();
                let message = format!(
                    "could be {}: say which with --input-format ({})",
                    titles.join(" or "),
                    ids.join(", ")
                );
                Found {
                    format: None,
                    status: FileStatus::Broken {
                        message,
                        span: probe.whole(),
                    },
                }
            }
        }
    }

    fn read(&mut self, format: &'static dyn Format, probe: &Probe) -> Found {
        let mut reader = Reader {
            sources: self.sources,
            json_limits: self.options.limits.json,
            file: self.file,
            format: format.id(),
            intent: false,
            artefacts: Vec::new(),
            broken: None,
        };
        format.read(probe, &mut reader);
        let Reader {
            mut artefacts,
            broken,
            ..
        } = reader;
        if format.is_output() {
            redacted::note(probe, self.sources, &mut artefacts);
        }
        let nothing = artefacts.is_empty();
        self.artefacts.extend(artefacts);
        let status = match broken {
            Some((message, span)) => FileStatus::Broken { message, span },
            None if nothing => {
                FileStatus::NotRecognised(format!("it has the form of {}, but says nothing", format.title()))
            }
            None => FileStatus::Used,
        };
        Found {
            format: Some(format.id()),
            status,
        }
    }

    /// A tree that no format knows as it stands: what it wraps, its items, what its values look like.
    fn tree(&mut self, probe: &Probe, depth: usize) -> Found {
        let Some(node) = probe.tree().filter(|_| depth < WRAPPED) else {
            return Found::nothing(String::new());
        };
        if foreign::is_event(node) {
            return Found::nothing(String::new());
        }
        let below = depth.saturating_add(1);
        if let Some((label, content, map)) = shape::content(probe, node) {
            let view = self.sources.add_view(probe.source, label, content, map);
            return self.source(view, below);
        }
        if let Some((label, inner)) = shape::wrapped_text(node)
            && let Some((content, map)) = probe.content(inner)
        {
            let view = self.sources.add_view(probe.source, label, content, map);
            return self.source(view, below);
        }
        for inner in shape::wrapped(node, probe.is_answer()) {
            let found = self.part(&probe.with_tree(inner, false), below);
            if !found.is_nothing() {
                return found;
            }
        }
        if let Some(inner) = shape::renamed(node) {
            let found = self.part(&probe.with_tree(inner, false), below);
            if !found.is_nothing() {
                return found;
            }
        }
        if node.is_array() && !node.items().is_empty() && node.items().iter().all(Node::is_object) {
            let parts = node
                .items()
                .iter()
                .map(|item| (probe.with_tree(item.clone(), true), Seen::Not));
            let found = self.parts(parts, below);
            if !found.is_nothing() {
                return found;
            }
        }
        let found = self.members(probe, node, below);
        if !found.is_nothing() {
            return found;
        }
        if let Some(inner) = shape::columns(node, probe.is_of_keys()) {
            let found = self.part(&probe.with_tree(inner, false), below);
            if !found.is_nothing() {
                return found;
            }
        }
        Found::nothing(String::new())
    }

    /// What the members of an object hold: answers side by side, or texts (a log's message, a PEM).
    fn members(&mut self, probe: &Probe, node: &Node, depth: usize) -> Found {
        for member in node.members() {
            if member.value.as_str().is_some_and(shape::is_document)
                && let Some((content, map)) = probe.content(&member.value)
            {
                let view = self.sources.add_view(probe.source, "string", content, map);
                let found = self.source(view, depth);
                if !found.is_nothing() {
                    return found;
                }
            }
        }
        let inner = node
            .members()
            .iter()
            .filter(|member| member.value.is_object() || member.value.is_array())
            .map(|member| {
                // What is wrapped was looked at before, and would be once more on each level.
                let seen = if shape::is_wrapper(&member.key) {
                    Seen::Unknown
                } else {
                    Seen::Not
                };
                (probe.with_tree(member.value.clone(), true), seen)
            });
        self.parts(inner, depth)
    }

    fn part(&mut self, probe: &Probe, depth: usize) -> Found {
        if probe.other_service().is_some() {
            return Found::nothing(String::new());
        }
        let found = self.formats(probe);
        if found.is_nothing() {
            self.tree(probe, depth)
        } else {
            found
        }
    }

    /// The first notation that finds something in the text; JSON was tried before.
    fn notations(
        &mut self,
        notations: &[&'static dyn Notation],
        probe: &Probe,
        depth: usize,
    ) -> Result<Option<Found>, JsonError> {
        let mut broken = None;
        let Some(text) = probe.text() else {
            return Ok(None);
        };
        for notation in notations.iter().filter(|own| own.id() != notation::JSON.id()) {
            // What begins like JSON and is none would often be YAML, whose rules are wider: it is broken JSON.
            if notation.id() == "yaml" && probe.json_error().is_some() {
                continue;
            }
            let (roots, fault) = match notation.read(text, &self.options.limits.json) {
                Read::No => continue,
                Read::Roots(roots) => (roots, None),
                Read::Partly(roots, fault) => (roots, Some(fault)),
                Read::Broken(fault) => (Vec::new(), Some(fault)),
            };
            let fault = fault.filter(|_| is_meant(*notation, text)).map(|fault| {
                let message = format!("not {}: {}", notation.title(), fault.message);
                let message = guess::with_look(&message, text);
                JsonError { message, ..fault }
            });
            let several = roots.len() > 1 || fault.is_some();
            let mut parts = roots
                .into_iter()
                .map(|root: Root| probe.with_root(*notation, root, several))
                .peekable();
            let of_other = parts
                .peek()
                .filter(|part| fault.is_none() && part.other_service().is_some())
                .map(guess::reason);
            let mut found = self.parts(parts.map(|part| (part, Seen::Not)), depth);
            if !found.is_nothing() {
                // What is broken beside what is read is said like any broken file.
                if let Some(fault) = fault.filter(|_| !matches!(found.status, FileStatus::Broken { .. })) {
                    found.status = FileStatus::Broken {
                        message: fault.message,
                        span: probe.span(fault.offset..fault.offset),
                    };
                }
                return Ok(Some(found));
            }
            // Another notation would find the words of KMS in the answer of another service.
            if let Some(reason) = of_other {
                return Ok(Some(Found::nothing(reason)));
            }
            if broken.is_none() {
                broken = fault;
            }
        }
        broken.map_or(Ok(None), Err)
    }

    /// Several trees of one text: each by itself. What none knows beside one that is known is said, not passed over.
    fn parts(&mut self, parts: impl Iterator<Item = (Probe, Seen)>, depth: usize) -> Found {
        let mut all = Found::nothing(String::new());
        // Each part is a copy of a tree: no more are kept than are told.
        let mut unknown = Vec::new();
        let mut more: Option<(Span, usize)> = None;
        for (part, seen) in parts {
            let found = match seen {
                Seen::Not => self.part(&part, depth),
                Seen::Unknown => Found::nothing(String::new()),
            };
            if found.is_nothing() {
                if unknown.len() < UNUSED {
                    unknown.push(part);
                } else {
                    let (_, count) = more.get_or_insert((part.whole(), 0));
                    *count = count.saturating_add(1);
                }
                continue;
            }
            let worse = matches!(found.status, FileStatus::Broken { .. })
                && !matches!(all.status, FileStatus::Broken { .. });
            if all.is_nothing() {
                all = found;
            } else if worse || !matches!(all.status, FileStatus::Used | FileStatus::Broken { .. }) {
                all.status = found.status;
            }
        }
        if !all.is_nothing()
            && let Some(last) = self.artefacts.last_mut().filter(|last| last.file == self.file)
        {
            last.troubles.extend(unknown.iter().map(|part| Trouble::BadValue {
                span: part.whole(),
                message: format!("this part of the file is not used: {}", guess::reason(part)),
            }));
            last.troubles.extend(more.map(|(span, count)| Trouble::BadValue {
                span,
                message: format!("from here on, {count} more parts of the file are not used"),
            }));
        }
        all
    }
}

/// The trees that the notations find in a text.
fn trees(probe: &Probe, options: &Options) -> Vec<(&'static dyn Notation, Vec<Root>)> {
    let text = probe.text().unwrap_or_default();
    NOTATIONS
        .iter()
        .filter_map(|notation| match notation.read(text, &options.limits.json) {
            Read::Roots(roots) | Read::Partly(roots, _) => Some((*notation, roots)),
            _ => None,
        })
        .collect()
}

fn broken_json(probe: &Probe, format: Option<&'static str>, error: &JsonError) -> Found {
    let span = probe.span(error.offset..error.offset);
    Found {
        format,
        status: FileStatus::Broken {
            message: guess::with_look(&format!("not JSON: {error}"), probe.text().unwrap_or_default()),
            span,
        },
    }
}

/// True where a text that a notation cannot read is meant to be read all the same, so that the fault must be told. The
/// words of the evidence alone do not make a text YAML: source code has them too.
fn is_meant(notation: &dyn Notation, text: &str) -> bool {
    if notation.id() == "yaml" {
        notation::is_meant_as_yaml(text)
    } else {
        guess::is_telling(text)
    }
}

/// True for what begins as JSON does, and not as a template or TOML: `{{ name }}`, `[[table]]`.
fn begins_as_json(text: &str) -> bool {
    let text = text.trim_start();
    let second = text.get(1..).unwrap_or_default().trim_start();
    match text.as_bytes().first() {
        Some(b'{') => {
            second.starts_with(['"', '}', '/', '#', '.', '\u{2026}', '\u{201c}', '\u{ab}'])
                || guess::is_telling(text)
        }
        Some(b'[') => {
            let is_table = second.strip_prefix('[').is_some_and(|rest| {
                rest.trim_start()
                    .starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            });
            second.starts_with(['{', '"', '[', ']']) && !is_table
        }
        _ => second.starts_with(['{', '"', '[', ']']),
    }
}

/// A file that no format knows: broken JSON, or something else.
fn unrecognised(probe: &Probe, broken: Option<JsonError>) -> Found {
    if let Some(error) = broken {
        let span = probe.span(error.offset..error.offset);
        return Found {
            format: None,
            status: FileStatus::Broken {
                message: error.message,
                span,
            },
        };
    }
    if let Some(error) = probe.json_error() {
        let text = probe.text().unwrap_or_default();
        // Several values after each other are each good JSON, only none that is known.
        let start = text.len().saturating_sub(text.trim_start().len());
        let is_good = matches!(
            notation::DOCUMENTS.read(text, &crate::json::Limits::default()),
            Read::Roots(roots) if roots.first().is_some_and(|root| root.node.span.start == start)
        );
        if begins_as_json(text) && !is_good {
            return broken_json(probe, None, error);
        }
    }
    Found::nothing(guess::reason(probe))
}
