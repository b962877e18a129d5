//! Any JSON as a key policy to harden: it ends, the new policy is JSON with the statements that were not edited as they
//! were, and what is shown as taken away was allowed.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use std::collections::BTreeSet;

use kms_audit::policy::Document;
use kms_audit::policy::compare::Verdict;
use kms_audit::policy::evaluate::{KeyMetadata, Verdict as Decided};
use kms_audit::policy::harden::{Options, RULES, harden};

/// Longer documents take long and show nothing more.
const LONGEST: usize = 4096;

pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(document) = Document::parse(text).ok().filter(|_| text.len() <= LONGEST) else {
        return;
    };
    let kind = text.len();
    let options = Options {
        account: (kind % 2 == 0).then(|| "111122223333".to_owned()),
        metadata: (kind % 3 == 0).then(|| KeyMetadata {
            key_usage: Some("SIGN_VERIFY".to_owned()),
            origin: Some("AWS_KMS".to_owned()),
            multi_region: Some(false),
            ..KeyMetadata::default()
        }),
        signers: Vec::new(),
        unsafe_edits: kind % 5 < 2,
        guards: true,
        evm_only: kind % 7 < 3,
    };
    let found = match harden(&document, &options) {
        Ok(found) => found,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            return;
        }
    };
    assert_eq!(found.comparison.verdict, Verdict::NoNewAccess);
    let new = Document::parse(&found.text).expect("the new policy is JSON");
    let edited: BTreeSet<&str> = found
        .edits
        .iter()
        .filter_map(|edit| edit.pointer.as_deref())
        .collect();
    let mut now = new
        .statements
        .iter()
        .map(|statement| &found.text[statement.span.clone()]);
    for (at, statement) in document.statements.iter().enumerate() {
        let touched = edited.contains("/Statement") || edited.contains(format!("/Statement/{at}").as_str());
        let bytes = &text[statement.span.clone()];
        assert!(
            touched || now.any(|own| own == bytes),
            "a statement that was not edited has its bytes"
        );
    }
    for edit in found.edits.iter().chain(&found.offered) {
        assert!(RULES.contains(&edit.rule) && !edit.explanation.is_empty() && !edit.actions.is_empty());
        for taken in &edit.taken {
            assert_eq!(taken.witness.is_none(), taken.unseen.is_some());
            let before = taken.witness.as_ref().map(|witness| witness.before.verdict);
            assert!(before.is_none_or(|verdict| verdict == Decided::Allowed));
        }
    }
}
