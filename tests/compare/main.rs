//! Two policies against each other: is there a request that the second allows and the first does not?

#![allow(missing_docs, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod edits;
mod generator;
mod pairs;
mod properties;
mod usual;

use kms_audit::policy::Document;
use kms_audit::policy::compare::{Comparison, Setting, Verdict};
use kms_audit::policy::evaluate;
use serde_json::Value;

fn document(value: &Value) -> Document {
    Document::parse(&value.to_string()).expect("a document")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NoNewAccess => "no-new-access",
        Verdict::NewAccess => "new-access",
        Verdict::NotProven => "not-proven",
    }
}

/// What every comparison must keep, whatever it says: the evaluator confirms each witness.
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
