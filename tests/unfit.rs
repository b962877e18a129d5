//! What is handed over and is none: masked values, and JSON with a fault. `testdata/forms/manifest.json` says where.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kms_audit::evidence::redacted::Masked;
use kms_audit::evidence::{Data, FileStatus, Trouble};
use kms_audit::input::{Gathered, Options, gather_bytes};
use kms_audit::source::Span;
use serde_json::Value as Json;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/forms")
}

/// The entries of the manifest that say something of a kind, with the file.
fn entries(kind: &str) -> Vec<(String, Vec<Json>)> {
    let text = std::fs::read_to_string(root().join("manifest.json")).expect("the manifest");
    let all: Vec<Json> = serde_json::from_str(&text).expect("JSON");
    let found: Vec<(String, Vec<Json>)> = all
        .iter()
        .map(|entry| {
            let says = entry["says"].as_array().expect("a list").iter();
            let own = says.filter(|says| says["kind"] == kind).cloned().collect();
            (entry["file"].as_str().expect("a file").to_owned(), own)
        })
        .filter(|(_, own): &(String, Vec<Json>)| !own.is_empty())
        .collect();
    assert!(found.len() > 20, "{} files with a {kind}", found.len());
    found
}

fn read(file: &str) -> Gathered {
    let bytes = std::fs::read(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    gather_bytes(vec![(file.to_owned(), bytes)], &Options::default()).expect("within the limits")
}

/// Line and column of a span, and the text there.
fn place(gathered: &Gathered, span: Span) -> (u64, u64, String) {
    let place = gathered.sources.place(span);
    let bytes = &gathered.sources.get(place.file).bytes()[place.bytes.clone()];
    let text = String::from_utf8_lossy(bytes).into_owned();
    (place.start.line as u64, place.start.column as u64, text)
}

/// Files that are no JSON and are read all the same: single quotes are how Python and Node print, and what stands before
/// a whole value is passed over like any line of a terminal.
const READ: [&str; 2] = ["broken/single-quotes.json", "broken/comment-first.json"];

/// Words of the makers of parsers.
const JARGON: [&str; 8] = [
    "ident",
    "EOF",
    "expected",
    "token",
    "parsing",
    "scalar",
    "trailing characters",
    "deserial",
];

#[test]
fn a_fault_of_json_is_told_in_plain_words_at_its_place() {
    for (file, says) in entries("fault") {
        let gathered = read(&file);
        let status = &gathered.files[0].status;
        if READ.contains(&file.as_str()) {
            assert_eq!(*status, FileStatus::Used, "{file}");
            continue;
        }
        let FileStatus::Broken { message, span } = status else {
            panic!("{file}: {status:?}");
        };
        let outer = gathered.sources.outer(*span);
        let fault = &says[0];
        assert_eq!(
            outer.start as u64,
            fault["offset"].as_u64().expect("an offset"),
            "{file}: {message}"
        );
        let (line, column, _) = place(&gathered, *span);
        assert_eq!(
            (line, column),
            (
                fault["line"].as_u64().expect("a line"),
                fault["column"].as_u64().expect("a column")
            ),
            "{file}: {message}"
        );
        let words = match fault["what"].as_str().expect("a kind") {
            "bad-escape" => "backslash",
            "comment" => "comment",
            "cut-off" => "cut",
            "missing-colon" => "colon",
            "surplus" => "too many",
            "ellipsis" => "left out",
            "control-character" => "line end",
            "missing-comma" => "comma is missing",
            "python-literal" => "Python",
            "single-quotes" => "single quotes",
            "smart-quotes" => "typographic",
            "trailing-comma" => "trailing comma",
            "unquoted-date" => "date without quotes",
            "unquoted-name" => "name without quotes",
            other => panic!("{file}: {other}"),
        };
        assert!(message.contains(words), "{file}: {message}");
        for jargon in JARGON {
            assert!(!message.contains(jargon), "{file}: {message}");
        }
        let is = match fault["is"].as_str().expect("what it is") {
            "key-policy" => "a key policy".to_owned(),
            command => format!("the output of aws kms {command}"),
        };
        assert!(
            message.contains(&format!("it looks like {is}")),
            "{file}: {message}"
        );
    }
}

#[test]
fn masked_values_are_told_at_their_place_and_name_nothing() {
    for (file, says) in entries("placeholder") {
        let gathered = read(&file);
        let mut told: BTreeSet<(u64, u64, String, bool)> = BTreeSet::new();
        for trouble in gathered.artefacts.iter().flat_map(|artefact| &artefact.troubles) {
            if let Trouble::Redacted { span, masked, .. } = trouble {
                let (line, column, text) = place(&gathered, *span);
                told.insert((line, column, text, matches!(masked, Masked::AccountLength(_))));
            }
        }
        if let FileStatus::Broken { message, span } = &gathered.files[0].status {
            assert!(message.contains("placeholder"), "{file}: {message}");
            let (line, column, text) = place(&gathered, *span);
            told.insert((line, column, text, false));
        }
        let expected: BTreeSet<(u64, u64, String, bool)> = says
            .iter()
            .map(|one| {
                (
                    one["line"].as_u64().expect("a line"),
                    one["column"].as_u64().expect("a column"),
                    one["text"].as_str().expect("a text").to_owned(),
                    one["what"] == "account-length",
                )
            })
            .collect();
        // The last group of a masked key id has the form of a masked account too: it is told with the whole.
        let inside = |one: &(u64, u64, String, bool)| {
            told.iter().any(|(line, column, text, _)| {
                *line == one.0 && *column < one.1 && one.1 + one.2.len() as u64 <= column + text.len() as u64
            })
        };
        let missing: Vec<_> = expected.difference(&told).filter(|one| !inside(one)).collect();
        let surplus: Vec<_> = told.difference(&expected).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "{file}: missing {missing:?}, surplus {surplus:?}"
        );
        for artefact in &gathered.artefacts {
            let key = match &artefact.data {
                Data::Metadata(metadata) => metadata.key.as_ref(),
                Data::PublicKey(export) => export.key.as_ref(),
                Data::Policy(export) => export.key.as_ref(),
                _ => None,
            };
            if let Some(key) = key {
                // Only a whole key id names the key, never an ARN of which a part is masked.
                assert_eq!(
                    key.value.to_string(),
                    "c198e57b-ff7b-4500-911d-c1c85f2ef956",
                    "{file}"
                );
            }
        }
    }
}
