//! A claim that is the address of another key of the evidence: a swap.

use super::{Diagnosis, Verdict, claimed_for, explain, is_zero, judge_claim, made_for, not_comparable};
use crate::evidence::Key;
use crate::finding::{Finding, Label};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `claim-belongs-to-another-key`
    ClaimBelongsToAnotherKey,
    "claim-belongs-to-another-key",
    Address,
    Critical,
    "The address claimed for a key is that of another key in the evidence",
    "claim_belongs_to_another_key.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    if let Some(outcome) = not_comparable(bundle, key) {
        return outcome;
    }
    let mut findings = Vec::new();
    for (claim, bound) in made_for(bundle, key) {
        let Verdict::Mismatch {
            claimed,
            diagnosis: Some(diagnosis),
        } = judge_claim(bundle, key, claim, &context.addresses)
        else {
            continue;
        };
        if is_zero(claim) {
            continue;
        }
        let (whose, others): (Vec<_>, Vec<_>) = explain(bundle, key, claim, &context.addresses)
            .into_iter()
            .partition(|explanation| explanation.code.is_another_key());
        let other = match &diagnosis {
            Diagnosis::AnotherKey(_) => {
                let whose: Vec<&str> = whose
                    .iter()
                    .map(|explanation| explanation.message.trim_start_matches("it "))
                    .collect();
                whose.join(", and ")
            }
            Diagnosis::ClaimedForAnother(claim) => match bundle.claims.get(*claim) {
                Some((claim, _)) => format!("is also claimed {}, for another key", claimed_for(claim)),
                None => continue,
            },
            Diagnosis::NoAddress(_) => continue,
        };
        let derived = claimed.own_words(&key.payloads, &context.addresses);
        let message = format!(
            "claim {} {} {other} (swapped?)",
            claim.address.value,
            claimed_for(claim)
        );
        let label = Label {
            span: claim.address.span,
            message: format!("this key's own address is {derived}"),
        };
        let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
            .consequence("signatures of this key are not those of the claimed address: they count for nothing, or for another agent")
            .note(format!("how the claim was bound: {}", bound.note))
            .remedy(format!("Correct the claim to {derived}, or the key that it is made for."));
        for explanation in others {
            finding = finding.note(format!("another explanation fits too: {}", explanation.message));
        }
        if let Some(span) = super::public_key_span(bundle, key) {
            finding = finding.related(span, format!("this public key has the address {derived}"));
        }
        if let Diagnosis::AnotherKey(keys) = &diagnosis {
            for other in keys.iter().filter_map(|key| bundle.keys.get(*key)) {
                if let Some(span) = super::public_key_span(bundle, other) {
                    finding = finding.related(span, "the claimed address is that of this public key");
                }
            }
        }
        findings.push(finding.content(&claim.address.value.to_ascii_lowercase()));
    }
    Outcome::of(
        findings,
        "no claimed address is that of another key in the evidence",
    )
}
