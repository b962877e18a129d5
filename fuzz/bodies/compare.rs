//! Two policies against each other: over any two documents.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::json::{Limits, parse};
use kms_audit::policy::compare::{Setting, Verdict, compare};
use kms_audit::policy::evaluate;
use kms_audit::policy::{Document, Kind};

const LIMITS: Limits = Limits {
    depth: 32,
    values: 10_000,
};

/// Two documents with a line between them that holds three hyphens; or one, against itself.
pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (old, new) = text.split_once("\n---\n").unwrap_or((text, text));
    let read = |text: &str| parse(text, &LIMITS).ok().map(|root| Document::read(&root));
    let (Some(old), Some(new)) = (read(old), read(new)) else {
        return;
    };
    for kind in [Kind::Key, Kind::Bucket, Kind::Identity, Kind::Trust] {
        for account in [Some("111122223333".to_owned()), None] {
            let setting = Setting {
                account,
                kind,
                ..Setting::default()
            };
            both(&old, &new, &setting);
            both(&new, &old, &setting);
            for document in [&old, &new] {
                let found = compare(document, document, &setting);
                assert_eq!(found.verdict, Verdict::NoNewAccess, "a policy is within itself");
            }
        }
    }
}

fn both(old: &Document, new: &Document, setting: &Setting) {
    let found = compare(old, new, setting);
    assert_eq!(found, compare(old, new, setting), "twice the same");
    match found.verdict {
        Verdict::NoNewAccess => assert!(found.witnesses.is_empty()),
        Verdict::NewAccess => assert!(!found.witnesses.is_empty()),
        Verdict::NotProven => assert!(!found.reasons.is_empty()),
    }
    for witness in &found.witnesses {
        let decide = |document: &Document| {
            let policies = witness.assumed.policies(document, setting.kind);
            policies.decide(&witness.request)
        };
        let (before, after) = (decide(old), decide(new));
        assert_eq!((&before, &after), (&witness.before, &witness.after));
        assert_eq!(after.verdict, evaluate::Verdict::Allowed);
        assert_ne!(before.verdict, evaluate::Verdict::Allowed);
        let depends = before.verdict == evaluate::Verdict::Depends;
        assert!(!(depends && found.verdict == Verdict::NewAccess));
    }
}
