//! The bodies of the fuzz targets over their seeds, over every input that once broke one, and over testdata.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::assertions_on_constants,
    reason = "a fuzz body fails as a test does"
)]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/bodies/audit.rs"]
mod audit;
#[path = "../fuzz/bodies/claim.rs"]
mod claim;
#[path = "../fuzz/bodies/compare.rs"]
mod compare;
#[path = "../fuzz/bodies/forms.rs"]
mod forms;
#[path = "../fuzz/bodies/harden.rs"]
mod harden;
#[path = "../fuzz/bodies/json.rs"]
mod json;
#[path = "../fuzz/bodies/notation.rs"]
mod notation;
#[path = "../fuzz/bodies/pem.rs"]
mod pem;
#[path = "../fuzz/bodies/policy.rs"]
mod policy;
#[path = "../fuzz/bodies/recogniser.rs"]
mod recogniser;
#[path = "../fuzz/bodies/report.rs"]
mod report;
#[path = "../fuzz/bodies/spki.rs"]
mod spki;
#[path = "../fuzz/bodies/transaction.rs"]
mod transaction;
#[path = "../fuzz/bodies/typed_data.rs"]
mod typed_data;
#[path = "../fuzz/bodies/verify.rs"]
mod verify;

type Body = fn(&[u8]);

/// As in `fuzz/targets`; a test below holds the two together.
const BODIES: [(&str, Body); 15] = [
    ("audit", audit::body),
    ("claim", claim::body),
    ("compare", compare::body),
    ("forms", forms::body),
    ("harden", harden::body),
    ("json", json::body),
    ("notation", notation::body),
    ("pem", pem::body),
    ("policy", policy::body),
    ("recogniser", recogniser::body),
    ("report", report::body),
    ("spki", spki::body),
    ("transaction", transaction::body),
    ("typed_data", typed_data::body),
    ("verify", verify::body),
];

/// The audit, the renderers and the notations are given the same evidence as the recogniser, and what hardens the same
/// policies as the document model; `scripts/fuzz` knows that too.
fn seeds_of(target: &str) -> &str {
    match target {
        "audit" | "notation" | "report" => "recogniser",
        "harden" => "policy",
        other => other,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop().filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn replay(body: Body, folder: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = files(&root.join(folder));
    for file in &files {
        // Shown where the body fails, and not otherwise.
        eprintln!("{}", file.strip_prefix(root).unwrap_or(file).display());
        body(&fs::read(file).expect("a file"));
    }
    files.len()
}

#[test]
fn seeds_and_regressions_hold() {
    for (target, body) in BODIES {
        assert!(
            replay(body, &format!("fuzz/corpus/{}", seeds_of(target))) > 0,
            "no seeds of {target}"
        );
        replay(body, &format!("fuzz/regressions/{target}"));
    }
}

#[test]
fn every_body_holds_over_testdata() {
    for (_, body) in BODIES {
        assert!(replay(body, "testdata/forms") > 0);
        assert!(replay(body, "testdata/example") > 0);
    }
}

#[test]
fn every_target_is_replayed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets: Vec<String> = files(&root.join("fuzz/targets"))
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    assert_eq!(targets, BODIES.map(|(name, _)| name));
}
