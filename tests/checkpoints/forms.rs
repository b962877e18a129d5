//! A bucket is the same as a folder, as lines, as an archive, packed, and on standard input.

use std::fmt::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::{BUCKETS, CLAIMS, REGISTRY, ROOT, report};

fn files(folder: &Path, below: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            files(&path, &format!("{name}/"), found);
        } else {
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
}

fn all() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    files(&Path::new(ROOT).join(BUCKETS), "", &mut found);
    found
}

fn lines() -> Vec<u8> {
    let mut text = String::new();
    for (name, content) in all() {
        let content: Value = serde_json::from_slice(&content).unwrap();
        let _ = writeln!(text, "{}", serde_json::json!({"file": name, "content": content}));
    }
    text.into_bytes()
}

fn archive(long: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in all() {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len().try_into().unwrap());
        header.set_mode(0o644);
        builder
            .append_data(&mut header, format!("{long}{name}"), content.as_slice())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A report in which the places are those below the source.
fn same(paths: &[&str], stdin: &[u8], prefix: &str) -> Value {
    let (report, code) = report(&[paths, &CLAIMS, &REGISTRY].concat(), stdin);
    assert_eq!(code, 1);
    let text = report.to_string().replace(prefix, "");
    // Lines have numbers where folders have none.
    let mut report: Value = serde_json::from_str(&text).unwrap();
    for finding in report["findings"].as_array_mut().unwrap() {
        finding["places"] = Value::Null;
    }
    report["passed_over"] = Value::Null;
    report
}

#[test]
fn a_bucket_is_the_same_in_every_form() {
    let wanted = same(&[BUCKETS], b"", &format!("{BUCKETS}/"));
    let stdin = |bytes: &[u8]| same(&["-"], bytes, "standard input/");
    assert_eq!(stdin(&lines()), wanted, "lines");
    assert_eq!(stdin(&packed(&lines())), wanted, "packed lines");
    assert_eq!(stdin(&archive("")), wanted, "an archive");
    assert_eq!(stdin(&packed(&archive(""))), wanted, "a packed archive");
    // Names of more than 100 bytes have a member of their own.
    let long = "a-long-folder-name/".repeat(20);
    assert_eq!(
        same(&["-"], &archive(&long), &format!("standard input/{long}")),
        wanted,
        "long names"
    );
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("all.jsonl", lines()),
        ("all.jsonl.gz", packed(&lines())),
        ("all.tar", archive("")),
        ("all.tar.gz", packed(&archive(""))),
        ("all.tgz", packed(&archive(""))),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(same(&[path], b"", &format!("{path}/")), wanted, "{name}");
    }
    assert_eq!(
        same(&[BUCKETS, "--no-progress"], b"", &format!("{BUCKETS}/")),
        wanted
    );
}

#[test]
fn the_order_of_the_records_does_not_matter() {
    let wanted = same(&["-"], &lines(), "standard input/");
    let text = String::from_utf8(lines()).unwrap();
    let mut reversed: Vec<&str> = text.lines().rev().collect();
    assert_eq!(
        same(&["-"], reversed.join("\n").as_bytes(), "standard input/"),
        wanted
    );
    // Some order or other.
    reversed.sort_by_key(|line| line.bytes().rev().collect::<Vec<u8>>());
    assert_eq!(
        same(&["-"], reversed.join("\n").as_bytes(), "standard input/"),
        wanted
    );
}

#[test]
fn records_without_names_have_the_same_signers_and_history() {
    let mut text = String::new();
    for (_, content) in all() {
        let content: Value = serde_json::from_slice(&content).unwrap();
        let _ = writeln!(text, "{content}");
    }
    let (with, without) = (
        same(&["-"], &lines(), "standard input/"),
        same(&["-"], text.as_bytes(), "standard input/"),
    );
    for member in [
        "records",
        "verified",
        "failed",
        "unattributed",
        "signers",
        "kinds",
    ] {
        assert_eq!(with[member], without[member], "{member}");
    }
    for rule in [
        "checkpoint-equivocation",
        "signature-nonce-reuse",
        "checkpoint-root-mismatch",
    ] {
        let of = |report: &Value| -> Vec<Value> {
            report["findings"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|finding| finding["rule"] == rule)
                .map(|finding| finding["message"].clone())
                .collect()
        };
        assert_eq!(of(&with), of(&without), "{rule}");
        assert_eq!(of(&with).len(), 1, "{rule}");
    }
}

#[test]
fn several_paths_are_one_report() {
    let (one, two) = (format!("{BUCKETS}/honest-a"), format!("{BUCKETS}/honest-b"));
    let (report, code) = report(
        &[&[one.as_str(), two.as_str()][..], &CLAIMS, &REGISTRY].concat(),
        b"",
    );
    assert_eq!((&report["verified"], code), (&38.into(), 0));
    assert_eq!(report["roots_confirmed"], 36);
}

#[test]
fn one_document_alone_is_a_source_too() {
    let path = format!("{BUCKETS}/honest-a/checkpoint_4_with_id.json");
    let address = super::expected()["honest"][0].as_str().unwrap().to_owned();
    let (rows, code) = super::rows(&[&path, "--address", &address], b"");
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["verdict"].as_str(), rows[0]["index"].as_u64()),
        (Some("verified"), Some(4))
    );
    // A latest index is missing beside it, and the records before it.
    assert_eq!(code, 1);
}
