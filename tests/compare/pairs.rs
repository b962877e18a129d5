//! Every labelled pair of testdata/policy/compare.jsonl.

use kms_audit::policy::Kind;
use kms_audit::policy::compare::{Setting, compare};
use kms_audit::policy::evaluate::KeyMetadata;
use serde_json::Value;

use super::{document, holds, word};

const PAIRS: &str = include_str!("../../testdata/policy/compare.jsonl");

fn pairs() -> Vec<Value> {
    PAIRS
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
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
                let asked: Vec<_> = found.witnesses.iter().map(|witness| (&witness.request, &witness.before.verdict)).collect();
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
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
}
