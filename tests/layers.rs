//! The layers: no module uses one above it, and sideways only where the design lists it.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

/// Module and layer, from the ground up.
const LAYERS: &[(&str, u8)] = &[
    ("source", 0),
    ("encoding", 0),
    ("json", 0),
    ("arn", 1),
    ("key", 1),
    ("address", 1),
    ("signature", 1),
    ("challenge", 1),
    ("policy", 1),
    ("hyperlane", 1),
    ("evidence", 2),
    ("input", 2),
    ("finding", 3),
    ("waiver", 3),
    ("config", 3),
    ("rules", 3),
    ("audit", 3),
    ("report", 4),
    ("cli", 5),
    ("collect", 5),
    ("diff", 5),
];

/// Arrows inside a layer.
const SIDEWAYS: &[(&str, &str)] = &[
    ("json", "source"),
    ("address", "key"),
    ("signature", "key"),
    ("signature", "address"),
    ("challenge", "arn"),
    ("challenge", "key"),
    ("challenge", "address"),
    ("challenge", "signature"),
    ("hyperlane", "signature"),
    ("hyperlane", "address"),
    ("hyperlane", "key"),
    ("policy", "arn"),
    ("input", "evidence"),
    ("rules", "finding"),
    ("rules", "config"),
    ("waiver", "finding"),
    ("audit", "rules"),
    ("audit", "finding"),
    ("audit", "waiver"),
    ("audit", "config"),
];

fn layer(module: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, layer)| *layer)
}

/// Every arrow of a file that the layers forbid: line, and the arrow.
fn forbidden(module: &str, text: &str) -> Vec<(usize, String)> {
    let own =
        layer(module).unwrap_or_else(|| panic!("src/{module} has no layer: give it one in tests/layers.rs"));
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            // `use crate::{a, b}` names several; a path names one.
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => list
                    .split(['{', '}', ','])
                    .map(|name| name.split("::").next().unwrap_or_default().trim())
                    .collect(),
                None => rest
                    .split(|char: char| !char.is_alphanumeric() && char != '_')
                    .take(1)
                    .collect(),
            };
            for name in names {
                let Some(other) = layer(name) else { continue };
                let sideways = other == own && name != module && !SIDEWAYS.contains(&(module, name));
                if other > own || sideways {
                    found.push((number + 1, format!("{module} -> {name}")));
                }
            }
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            (path.strip_prefix(&root).expect("below src").to_owned(), text)
        })
        .collect()
}

#[test]
fn no_module_uses_one_above_it() {
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for (path, text) in all() {
        let first = path
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        let module = first.trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        looked_at += 1;
        for (line, arrow) in forbidden(module, &text) {
            wrong.push(format!("src/{}:{line}: {arrow}", path.display()));
        }
    }
    assert!(looked_at > 50, "only {looked_at} files were found");
    assert!(
        wrong.is_empty(),
        "arrows that the layers forbid:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn an_upward_or_sideways_arrow_is_seen() {
    let planted = "use crate::source::Span;\nuse crate::{json, report::Style};\nfn f() { crate::cli::main() }\nuse crate::input::x;\n// crate::cli\n";
    let arrows: Vec<String> = forbidden("evidence", planted)
        .into_iter()
        .map(|(line, arrow)| format!("{line} {arrow}"))
        .collect();
    assert_eq!(
        arrows,
        ["2 evidence -> report", "3 evidence -> cli", "4 evidence -> input"]
    );
}

#[test]
fn files_are_short_enough_to_read() {
    for (path, text) in all() {
        let lines = text.lines().count();
        assert!(lines <= 650, "src/{} has {lines} lines", path.display());
    }
}
