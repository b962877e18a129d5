//! What is generated into `docs/` is what the code says now. To write it again: `UPDATE_DOCS=1 cargo test --test generated`.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use kms_audit::audit::{AddressReport, Inspection, Report};
use kms_audit::report::rules::RuleList;
use schemars::JsonSchema;

/// Compares a file with its text, or writes it where that is asked for.
fn generated(path: &str, text: &str) {
    let full = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&full, text).expect(path);
    }
    let found = std::fs::read_to_string(&full).unwrap_or_default();
    assert!(
        found == text,
        "{path} is out of date: UPDATE_DOCS=1 cargo test --test generated"
    );
}

fn schema<T: JsonSchema>(closed: &[(&str, &[&str])]) -> String {
    let mut schema = serde_json::to_value(schemars::schema_for!(T)).expect("a schema");
    let definitions = schema["$defs"].as_object_mut().expect("definitions");
    for (name, codes) in closed {
        definitions.insert(
            (*name).to_owned(),
            serde_json::json!({"type": "string", "enum": codes}),
        );
    }
    format!("{}\n", serde_json::to_string_pretty(&schema).expect("JSON"))
}

/// Ids of a registry, as a closed list.
fn ids<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    ids.collect()
}

#[test]
fn schema_of_the_report() {
    let formats = ids(kms_audit::input::FORMATS.iter().map(|format| format.id()));
    let rules = ids(kms_audit::rules::RULES.iter().map(|rule| rule.meta().id));
    let schemes = ids(kms_audit::address::SCHEMES.iter().map(|scheme| scheme.id()));
    let steps = ids(kms_audit::audit::STEPS.iter().map(|(id, _)| *id));
    let mut closed: Vec<(&str, &[&str])> = vec![
        ("input_format", &formats),
        ("rule", &rules),
        ("address_scheme", &schemes),
        ("guide_step", &steps),
    ];
    closed.extend(kms_audit::audit::CODES);
    generated("docs/report.schema.json", &schema::<Report>(&closed));
}

#[test]
fn schema_of_addresses() {
    let mut codes = kms_audit::key::CODES.to_vec();
    codes.extend(kms_audit::audit::ADDRESS_ERROR_CODES);
    generated(
        "docs/address.schema.json",
        &schema::<AddressReport>(&[("error_code", &codes)]),
    );
}

#[test]
fn schema_of_inspections() {
    generated("docs/inspect.schema.json", &schema::<Inspection>(&[]));
}

#[test]
fn schema_of_the_rule_list() {
    generated("docs/rules.schema.json", &schema::<RuleList>(&[]));
}

#[test]
fn page_of_rules() {
    generated("docs/rules.md", &kms_audit::report::rules::markdown());
}

#[test]
fn page_of_the_command_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .arg("help-markdown")
        .output()
        .expect("runs");
    generated("docs/cli.md", &String::from_utf8(output.stdout).expect("UTF-8"));
}

#[test]
fn the_readme_shows_the_real_output() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md");
    let output = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args([
            "audit",
            "testdata/example",
            "--as-of",
            "2026-11-25",
            "--width",
            "100",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .output()
        .expect("runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // The README shows the first screen and the first key.
    let first: Vec<&str> = text.split("\nKEY ").take(2).collect();
    let shown = first.join("\nKEY ");
    assert!(
        readme.contains(shown.trim_end()),
        "README.md does not show what the program prints:\n{shown}"
    );
}
