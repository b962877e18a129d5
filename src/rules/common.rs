//! What rules of several groups need.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::evidence::{Bundle, Key};
use crate::finding::{Finding, Label};
use crate::rules::Meta;
use crate::source::{SourceId, Span};

/// The name of a file as findings use it: its path below what was given, so that the same evidence in another folder
/// has the same findings.
pub(super) fn file_name(bundle: &Bundle, source: SourceId) -> String {
    let file = bundle.sources.file_of(source);
    bundle
        .files
        .iter()
        .find(|record| record.source == file)
        .map_or_else(
            || bundle.sources.get(file).name().to_owned(),
            |record| record.below.clone(),
        )
}

/// The span, or, where it is empty (the place of something that is missing), the character next to it: a reader must
/// have something to look at.
pub(super) fn visible(bundle: &Bundle, span: Span) -> Span {
    let source = bundle.sources.get(span.source);
    let Some(text) = source.text().filter(|_| span.start == span.end) else {
        return span;
    };
    let after = text.get(span.start..).and_then(|tail| tail.chars().next());
    if let Some(char) = after.filter(|char| !char.is_whitespace()) {
        return Span::new(
            span.source,
            span.start..span.start.saturating_add(char.len_utf8()),
        );
    }
    let before = text.get(..span.start.min(text.len())).unwrap_or_default();
    match before
        .char_indices()
        .rev()
        .find(|(_, char)| !char.is_whitespace())
    {
        Some((at, char)) => Span::new(span.source, at..at.saturating_add(char.len_utf8())),
        None => span,
    }
}

/// What a finding on an artefact is about: its key, where it is of one key alone, else its file. Nothing for what is
/// only of keys that are out of scope: those are listed, not judged.
pub(super) fn subject_of(bundle: &Bundle, artefact: usize) -> Option<String> {
    let keys: Vec<&Key> = bundle
        .keys
        .iter()
        .filter(|key| key.joins.iter().any(|join| join.artefact == artefact))
        .collect();
    match keys.as_slice() {
        [only] => only.scope.map(|_| only.subject()),
        several if !several.is_empty() && several.iter().all(|key| key.scope.is_none()) => None,
        _ => {
            let source = bundle.artefact(artefact)?.file;
            Some(format!("file {}", file_name(bundle, source)))
        }
    }
}

/// The most findings of one rule on one file.
const MOST_PER_FILE: usize = 100;

/// The findings, at most so many on one file; a last one says how many more of the kind there are.
pub(super) fn at_most_per_file(bundle: &Bundle, meta: &'static Meta, findings: Vec<Finding>) -> Vec<Finding> {
    let mut counts: BTreeMap<SourceId, usize> = BTreeMap::new();
    let mut beyond: BTreeMap<SourceId, (Finding, usize)> = BTreeMap::new();
    let mut kept = Vec::new();
    for finding in findings {
        let file = bundle.sources.file_of(finding.primary.span.source);
        let count = counts.entry(file).or_default();
        *count = count.saturating_add(1);
        if *count <= MOST_PER_FILE {
            kept.push(finding);
            continue;
        }
        match beyond.entry(file) {
            Entry::Vacant(entry) => {
                entry.insert((finding, 1));
            }
            Entry::Occupied(mut entry) => {
                let (worst, more) = entry.get_mut();
                *more = more.saturating_add(1);
                if finding.severity > worst.severity {
                    *worst = finding;
                }
            }
        }
    }
    for (file, (finding, more)) in beyond {
        let label = Label {
            span: finding.primary.span,
            message: "one of them".to_owned(),
        };
        let rest = Finding::builder(
            meta.id,
            finding.severity,
            format!("file {}", file_name(bundle, file)),
            format!("and {more} more of this kind in the file"),
            label,
        )
        .remedy("Correct the file as a whole: those that are not listed are like those that are.")
        .content("and more of this kind");
        kept.push(rest);
    }
    kept
}

/// Text from the evidence, short enough for a sentence.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let head: String = text.chars().take(MOST).collect();
    format!("{head}…")
}

/// The key as an argument of the AWS CLI. Only what has the strict form of a key id or a region gets into a command
/// line that a reader may copy: evidence is not trusted with a shell.
pub(super) fn key_argument(key: &Key) -> String {
    let id = key.id.as_deref().unwrap_or("KEY_ID");
    let plain = |region: &&String| {
        region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    match key.region.as_ref().filter(plain) {
        Some(region) => format!("--key-id {id} --region {region}"),
        None => format!("--key-id {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_thing_has_a_place_to_look_at() {
        let mut bundle = Bundle::default();
        let id = bundle.sources.add_file("a", b"{\"a\": \n".to_vec());
        let seen = |at: usize| {
            let span = visible(&bundle, Span::new(id, at..at));
            bundle.sources.snippet(span).unwrap_or_default().to_owned()
        };
        assert_eq!(seen(7), ":");
        assert_eq!(seen(1), "\"");
        assert_eq!(seen(900), ":");
    }

    #[test]
    fn a_command_has_nothing_of_the_evidence_that_a_shell_would_read() {
        let mut key = Key {
            region: Some("$(reboot)".to_owned()),
            ..Key::default()
        };
        assert_eq!(key_argument(&key), "--key-id KEY_ID");
        key.region = Some("eu-west-1".to_owned());
        assert_eq!(key_argument(&key), "--key-id KEY_ID --region eu-west-1");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(short("é"), "é");
        assert_eq!(short(&"é".repeat(81)).chars().count(), 81);
    }
}
