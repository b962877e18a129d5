//! The documents name files that exist.

#![allow(missing_docs, clippy::expect_used, reason = "tests")]

use std::path::Path;

#[test]
fn every_path_in_the_documents_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    let mut named = 0;
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/guide.md",
        "docs/threat-model.md",
        "docs/performance.md",
        "testdata/README.md",
    ] {
        let text = std::fs::read_to_string(root.join(document)).expect(document);
        // Links, and words in backticks that look like a path of the repository.
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|link| !link.contains("://"));
        let quoted = text.split('`').skip(1).step_by(2).filter(|word| {
            let first = word.split('/').next().unwrap_or_default();
            word.contains('/')
                && [
                    "src", "docs", "tests", "testdata", "fuzz", "scripts", "benches", "examples", ".ci",
                ]
                .contains(&first)
                && !word.contains([' ', '*', '<', '{', '$'])
        });
        for path in links.chain(quoted) {
            named += 1;
            let path = path.split('#').next().unwrap_or_default();
            if !path.is_empty() && !root.join(path).exists() {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert!(named > 20, "only {named} paths were found");
    assert!(
        missing.is_empty(),
        "documents name what does not exist:\n{}",
        missing.join("\n")
    );
}
