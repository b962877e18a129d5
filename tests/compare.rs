//! Two policies against each other: every labelled pair of testdata/policy/compare.jsonl.

#![allow(missing_docs, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use kms_audit::policy::compare::{Comparison, Setting, Verdict, compare};
use kms_audit::policy::evaluate::{self, KeyMetadata};
use kms_audit::policy::{Document, Kind};
use serde_json::Value;

const PAIRS: &str = include_str!("../testdata/policy/compare.jsonl");

fn pairs() -> Vec<Value> {
    PAIRS
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn document(value: &Value) -> Document {
    Document::parse(&value.to_string()).expect("a document")
}

fn setting(pair: &Value) -> Setting {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = match pair["kind"].as_str() {
        None => Kind::Key,
        Some("bucket") => Kind::Bucket,
        Some("identity") => Kind::Identity,
        Some("trust") => Kind::Trust,
        Some(other) => unreachable!("{other}"),
    };
    let metadata = pair["key_metadata"].as_object().map(|key| KeyMetadata {
        key_spec: key.get("KeySpec").and_then(text),
        key_usage: key.get("KeyUsage").and_then(text),
        ..KeyMetadata::default()
    });
    Setting {
        account: Some("111122223333".to_owned()),
        resource: text(&pair["key"]),
        key_metadata: metadata,
        kind,
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NoNewAccess => "no-new-access",
        Verdict::NewAccess => "new-access",
        Verdict::NotProven => "not-proven",
    }
}

/// What every comparison must keep, whatever it says.
fn holds(found: &Comparison, old: &Document, new: &Document, setting: &Setting) {
    match found.verdict {
        Verdict::NoNewAccess => assert!(found.witnesses.is_empty()),
        Verdict::NewAccess => assert!(!found.witnesses.is_empty()),
        Verdict::NotProven => assert!(!found.reasons.is_empty()),
    }
    for witness in &found.witnesses {
        let before = witness
            .assumed
            .policies(old, setting.kind)
            .decide(&witness.request);
        let after = witness
            .assumed
            .policies(new, setting.kind)
            .decide(&witness.request);
        assert_eq!((&before, &after), (&witness.before, &witness.after));
        assert_eq!(after.verdict, evaluate::Verdict::Allowed);
        assert_ne!(before.verdict, evaluate::Verdict::Allowed);
        if found.verdict == Verdict::NewAccess {
            assert_ne!(before.verdict, evaluate::Verdict::Depends);
        }
    }
}

#[test]
fn labelled_pairs_are_decided_right() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for pair in pairs() {
        let setting = setting(&pair);
        let (old, new) = (document(&pair["old"]), document(&pair["new"]));
        for (direction, old, new) in [("expected", &old, &new), ("reversed", &new, &old)] {
            let Some(expected) = pair[direction].as_str() else {
                continue;
            };
            count += 1;
            assert!(
                expected != "not-proven" || pair["why"].is_string(),
                "what no tool could say needs a reason: {}",
                pair["title"]
            );
            let found = compare(old, new, &setting);
            holds(&found, old, new, &setting);
            if word(found.verdict) != expected {
                let asked: Vec<_> = found
                    .witnesses
                    .iter()
                    .map(|witness| (&witness.request, &witness.before.verdict))
                    .collect();
                wrong.push(format!(
                    "{} ({direction}): {} for {expected}\n    {:?}\n    {asked:?}",
                    pair["title"],
                    word(found.verdict),
                    found.reasons
                ));
            }
        }
    }
    assert!(count >= 60);
    assert!(
        wrong.is_empty(),
        "{} of {count}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
