//! Any bytes as evidence: recognised and read, as any form and as a forced one.
//!
//! A line `%%` divides the input into the files of one folder, so that the joining of artefacts is reached too. An input
//! that starts like a .zip archive is read as one.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use std::path::PathBuf;

use kms_audit::evidence::{Bundle, Data, FileStatus, Trouble};
use kms_audit::input::{FORMATS, Gathered, Limits, Options, gather, gather_bytes};
use kms_audit::json;
use kms_audit::source::Span;

const NAMES: [&str; 6] = [
    "evidence/a/public-key.json",
    "evidence/a/key-policy.json",
    "evidence/b/public-key.json",
    "evidence/b/describe-key.json",
    "evidence/claims.csv",
    "evidence/other.json",
];

pub fn body(data: &[u8]) {
    let forced = Options {
        format: FORMATS.get(data.len() % FORMATS.len()).copied(),
        ..options()
    };
    for options in [options(), forced] {
        if let Some(Gathered {
            sources,
            files,
            artefacts,
            ..
        }) = read(data, &options, false)
        {
            places(&Bundle {
                sources,
                files,
                artefacts,
                ..Bundle::default()
            });
        }
    }
}

pub fn options() -> Options {
    Options {
        limits: Limits {
            file_bytes: 1 << 16,
            total_bytes: 1 << 17,
            files: 16,
            depth: 4,
            json: json::Limits {
                depth: 24,
                values: 5_000,
            },
        },
        ..Options::default()
    }
}

pub fn read(data: &[u8], options: &Options, reversed: bool) -> Option<Gathered> {
    if data.starts_with(b"PK\x03\x04") {
        return gather(&[PathBuf::from("-")], &mut &*data, options).ok();
    }
    let mut files: Vec<(String, Vec<u8>)> = divided(data)
        .into_iter()
        .zip(NAMES)
        .map(|(part, name)| (name.to_owned(), part.to_vec()))
        .collect();
    if reversed {
        files.reverse();
    }
    gather_bytes(files, options).ok()
}

/// The parts between lines `%%`.
fn divided(data: &[u8]) -> Vec<&[u8]> {
    const DIVIDER: &[u8] = b"\n%%\n";
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(DIVIDER.len()).position(|window| window == DIVIDER) {
        let (part, after) = rest.split_at(at + 1);
        parts.push(part);
        rest = &after[DIVIDER.len() - 1..];
    }
    parts.push(rest);
    parts
}

/// Every place lies inside its file, and between characters where the file is text.
pub fn place(bundle: &Bundle, span: Span) {
    let own = bundle.sources.get(span.source);
    assert!(
        span.start <= span.end && span.end <= own.bytes().len(),
        "{}..{} of the {} bytes of {}",
        span.start,
        span.end,
        own.bytes().len(),
        own.name()
    );
    let place = bundle.sources.place(span);
    let file = bundle.sources.get(place.file);
    assert!(
        place.bytes.start <= place.bytes.end && place.bytes.end <= file.bytes().len(),
        "{place:?}"
    );
    assert!(place.start <= place.end, "{place:?}");
    if let Some(text) = file.text() {
        assert!(
            text.get(place.bytes.clone()).is_some(),
            "{place:?} cuts a character"
        );
    }
}

pub fn places(bundle: &Bundle) {
    for file in &bundle.files {
        if let FileStatus::Broken { span, .. } = &file.status {
            place(bundle, *span);
        }
    }
    for artefact in &bundle.artefacts {
        place(bundle, artefact.span);
        for trouble in &artefact.troubles {
            match trouble {
                Trouble::DuplicateKey { first, second, .. } => {
                    place(bundle, *first);
                    place(bundle, *second);
                }
                Trouble::BadValue { span, .. }
                | Trouble::WrongKind { span, .. }
                | Trouble::Redacted { span, .. } => place(bundle, *span),
            }
        }
        match &artefact.data {
            Data::PublicKey(export) => place(bundle, export.span),
            Data::Policy(export) => {
                place(bundle, Span::new(export.source, export.document.span.clone()));
                for statement in &export.document.statements {
                    place(bundle, Span::new(export.source, statement.span.clone()));
                }
                for range in &export.document.unknown {
                    place(bundle, Span::new(export.source, range.clone()));
                }
                for problem in &export.document.problems {
                    place(bundle, Span::new(export.source, problem.span.clone()));
                }
            }
            Data::Metadata(metadata) => {
                metadata.key.iter().for_each(|key| place(bundle, key.span));
                let fields = [
                    &metadata.key_spec,
                    &metadata.key_usage,
                    &metadata.key_state,
                    &metadata.origin,
                ];
                fields
                    .into_iter()
                    .flatten()
                    .for_each(|field| place(bundle, field.span));
            }
            Data::Aliases(list) => list
                .aliases
                .iter()
                .for_each(|alias| place(bundle, alias.name.span)),
            Data::Tags(tags) => tags.tags.iter().for_each(|(key, value)| {
                place(bundle, key.span);
                place(bundle, value.span);
            }),
            Data::Claims(claims) => {
                for claim in claims {
                    place(bundle, claim.address.span);
                    if let Some(key) = &claim.key {
                        place(bundle, key.span);
                    }
                }
            }
            Data::Grants(list) => list.grants.iter().for_each(|grant| place(bundle, grant.span)),
            Data::Keys(list) => list.keys.iter().for_each(|key| place(bundle, key.span)),
            Data::Signature(export) => place(bundle, export.signature.span),
            _ => {}
        }
    }
    for gap in &bundle.gaps {
        gap.span.into_iter().for_each(|span| place(bundle, span));
    }
    for conflict in &bundle.conflicts {
        place(bundle, conflict.places.0);
        place(bundle, conflict.places.1);
    }
}
