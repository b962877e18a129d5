//! The addresses of a key in the report, and the claims on it.

use std::collections::BTreeMap;

use super::report::{ClaimRow, ClaimVerdict, DiagnosisRow};
use crate::address::{self, Agreement};
use crate::evidence::{BoundClaim, Claim, Key};
use crate::rules::Context;
use crate::rules::address::{Diagnosis, Verdict, explain, judge_claim};

/// The key's addresses by scheme, and what the second derivation says of them.
pub(super) fn addresses(context: &Context<'_>, key: &Key) -> (BTreeMap<String, String>, Option<String>) {
    let Some(public) = &key.public_key else {
        return (BTreeMap::new(), None);
    };
    let derived = address::derive_all_der(&public.spki_der(), crate::key::Options::new(), &context.addresses);
    let Ok((_, derived)) = derived else {
        return (BTreeMap::new(), Some("disagrees".to_owned()));
    };
    let mut second = "agrees".to_owned();
    for (_, checked) in &derived {
        match checked.second {
            Agreement::Agrees => {}
            Agreement::Disagrees { .. } => {
                "disagrees".clone_into(&mut second);
                break;
            }
            Agreement::NotEvaluated(why) => second = format!("not evaluated, {why}"),
        }
    }
    let addresses = derived
        .into_iter()
        .map(|(scheme, checked)| (scheme.to_owned(), checked.address));
    (addresses.collect(), Some(second))
}

/// One claim on a key.
pub(super) fn row(context: &Context<'_>, key: &Key, claim: &Claim, bound: &BoundClaim) -> ClaimRow {
    let bundle = context.bundle;
    let place = bundle.sources.place(claim.address.span);
    let at = format!("{}:{}:{}", place.path, place.start.line, place.start.column);
    let row = |code: &str, message: String| {
        vec![DiagnosisRow {
            code: code.to_owned(),
            message,
        }]
    };
    let (verdict, mut diagnosis) = match judge_claim(bundle, key, claim, &context.addresses) {
        Verdict::Match => (ClaimVerdict::Match, Vec::new()),
        Verdict::Mismatch { diagnosis, .. } => {
            // Another key's address is among the explanations.
            let rows = match diagnosis {
                Some(diagnosis @ Diagnosis::ClaimedForAnother(_)) => {
                    row(diagnosis.code(), "it is also claimed for another key".to_owned())
                }
                Some(Diagnosis::NoAddress(kind)) => row("key-has-no-address", kind),
                _ => Vec::new(),
            };
            (ClaimVerdict::Mismatch, rows)
        }
        Verdict::WrongChecksum { error, .. } => (ClaimVerdict::WrongChecksum, row("wrong-checksum", error)),
        Verdict::Malformed(error) => (ClaimVerdict::Malformed, row("malformed", error)),
        Verdict::NotEvaluated(why) => (ClaimVerdict::NotEvaluated, row("not-evaluated", why)),
    };
    if verdict != ClaimVerdict::Match {
        let explained = explain(bundle, key, claim, &context.addresses);
        diagnosis.extend(explained.into_iter().map(DiagnosisRow::from));
    }
    let source = claim
        .source
        .as_ref()
        .map_or(at.clone(), |source| format!("{at} {source}"));
    ClaimRow {
        address: claim.address.value.clone(),
        source,
        bound_by: bound.by,
        verdict,
        notes: form_notes(context, key, claim),
        diagnosis,
    }
}

/// What the form of a claimed address leaves open.
fn form_notes(context: &Context<'_>, key: &Key, claim: &Claim) -> Vec<String> {
    let Ok(claimed) = address::parse_claim(claim.address.value.trim(), &context.addresses) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    if !claimed.prefixed {
        notes.push("without 0x".to_owned());
    }
    if !claimed.checksum.is_present() {
        notes.push("without a checksum".to_owned());
    }
    if claimed.schemes.len() > 1 {
        let of_key = claimed.schemes().find(|scheme| {
            key.payloads
                .iter()
                .any(|own| own.bytes == claimed.payload && own.kind == scheme.kind())
        });
        notes.extend(of_key.map(|scheme| format!("as {}", scheme.id())));
    }
    notes
}
