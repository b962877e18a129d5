//! Broken records each have a verdict of their own, and harm no other.

use kms_audit::source::is_deceptive;
use serde_json::Value;

use super::{BUCKETS, expected, file, report, rows, run_with};

fn address() -> String {
    expected()["hostile"]["address"].as_str().unwrap().to_owned()
}

#[test]
fn each_broken_line_has_the_verdict_that_it_should_and_its_neighbours_too() {
    let address = address();
    let (rows, code) = rows(&["-", "--address", &address], &file("hostile.jsonl"));
    assert_eq!(code, 1);
    let expected = expected();
    let lines = expected["hostile"]["lines"].as_array().unwrap();
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(lines) {
        assert_eq!(row["line"], line["line"]);
        assert_eq!(row["verdict"], line["verdict"], "{row}");
        if let Some(code) = line["code"].as_str() {
            let noted = row["notes"]
                .as_array()
                .is_some_and(|notes| notes.iter().any(|note| note["code"] == code));
            assert!(noted || row["error"]["code"] == code, "{code}: {row}");
        }
    }
}

#[test]
fn what_is_too_large_is_named_and_what_stands_beside_it_is_judged() {
    let good = std::fs::read_to_string(format!("{BUCKETS}/honest-a/checkpoint_1_with_id.json")).unwrap();
    let large = |size| format!("{{\"x\":\"{}\"}}", "a".repeat(size));
    // Above the limit of a document, and above that of a line.
    let lines = format!("{good}\n{}\n{good}\n{}\n{good}", large(2 << 20), large(17 << 20));
    let (rows, code) = rows(&["-", "--address", &address()], lines.as_bytes());
    let told: Vec<(Option<&str>, Option<&str>)> = rows
        .iter()
        .map(|row| (row["verdict"].as_str(), row["error"]["code"].as_str()))
        .collect();
    let (good, bad) = ((Some("verified"), None), (Some("unreadable"), Some("too-large")));
    assert_eq!(told, [good, bad, good, bad, good]);
    // The records before index 1 are a finding of low severity only.
    assert_eq!(code, 3);
}

#[test]
fn every_cut_of_an_archive_is_told_and_what_was_whole_is_judged() {
    let document = std::fs::read(format!("{BUCKETS}/honest-a/checkpoint_0_with_id.json")).unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    for name in ["checkpoint_0_with_id.json", "copy/checkpoint_0_with_id.json"] {
        let mut header = tar::Header::new_ustar();
        header.set_size(document.len().try_into().unwrap());
        builder
            .append_data(&mut header, name, document.as_slice())
            .unwrap();
    }
    let bytes = builder.into_inner().unwrap();
    // A cut is told twice: of the document, and of the archive. A header has 512 bytes, a document blocks of 512.
    let member = 512 + document.len().next_multiple_of(512);
    for (length, verified, unreadable) in [(bytes.len(), 2, 0), (member + 512 + 100, 1, 2), (512 + 100, 0, 2)]
    {
        let (report, _) = report(&["-", "--address", &address()], &bytes[..length]);
        assert_eq!(
            (&report["verified"], &report["unreadable"]),
            (&verified.into(), &unreadable.into()),
            "{length}"
        );
    }
    // A header that promises more than is ever there.
    let mut lying = bytes[..512].to_vec();
    let mut header = tar::Header::from_byte_slice(&lying).clone();
    header.set_size(1 << 40);
    header.set_cksum();
    lying[..512].copy_from_slice(header.as_bytes());
    let (report, code) = report(&["-"], &lying);
    assert_eq!(
        (&report["unreadable"].as_u64().map(|count| count > 0), code),
        (&Some(true), 3)
    );
}

#[test]
fn nothing_at_all_is_not_good() {
    for stdin in [&b""[..], b"\n\n", b"\x1f\x8b\x08\x00broken"] {
        let (report, code) = report(&["-"], stdin);
        assert_eq!((&report["verified"], code), (&0.into(), 3), "{stdin:?}");
    }
}

#[test]
fn text_of_the_evidence_never_reaches_a_terminal_as_it_is() {
    let hostile = "a\u{1b}[2J\u{202e}\u{7}b/announcement.json";
    let line = format!(
        "{}\n",
        serde_json::json!({"file": hostile, "content": {"value": {"storage_location": hostile}, "signature": hostile}})
    );
    for format in ["table", "json", "jsonl"] {
        let output = run_with(&["-", "--format", format], line.as_bytes());
        let text = format!("{}{}", output.stdout, output.stderr);
        assert!(text.contains("announcement"), "{text}");
        assert!(
            !text.chars().any(|char| char != '\n' && is_deceptive(char)),
            "{format}: {text:?}"
        );
    }
}

#[test]
fn ten_thousand_strangers_are_counted_and_do_not_hide_an_equivocation() {
    // Records whose index was changed after they were signed: each is of another address.
    let good: Value = serde_json::from_slice(&file("buckets/honest-a/checkpoint_1_with_id.json")).unwrap();
    let mut lines = String::new();
    for index in 100..5000_u32 {
        let mut changed = good.clone();
        changed["value"]["checkpoint"]["index"] = index.into();
        lines.push_str(&changed.to_string());
        lines.push('\n');
    }
    for path in [
        "buckets/two-faced/checkpoint_5_with_id.json",
        "buckets/two-faced/copy/checkpoint_5_with_id.json",
    ] {
        let document: Value = serde_json::from_slice(&file(path)).unwrap();
        lines.push_str(&document.to_string());
        lines.push('\n');
    }
    let claims = &super::CLAIMS;
    let (report, code) = report(&[&["-"][..], claims].concat(), lines.as_bytes());
    assert_eq!(
        (&report["unattributed"], &report["verified"]),
        (&4900.into(), &2.into())
    );
    assert!(
        report["other_signers"].as_u64() > Some(700),
        "{}",
        report["other_signers"]
    );
    assert!(super::rules(&report).contains(&"checkpoint-equivocation".to_owned()));
    assert_eq!(code, 1);
}
