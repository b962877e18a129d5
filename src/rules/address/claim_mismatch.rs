//! A claim that is not the key's address, and nothing in the evidence says whose it is.

use super::{Verdict, because, claimed_for, explain, judge_claim, made_for, not_comparable};
use crate::evidence::Key;
use crate::finding::{Finding, Label};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `claim-mismatch`
    ClaimMismatch,
    "claim-mismatch",
    Address,
    Critical,
    "The address claimed for a key is not the key's",
    "claim_mismatch.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    if let Some(outcome) = not_comparable(bundle, key) {
        return outcome;
    }
    let mut findings = Vec::new();
    let mut matching = 0_usize;
    for (claim, bound) in made_for(bundle, key) {
        let claimed = match judge_claim(bundle, key, claim, &context.addresses) {
            Verdict::Mismatch {
                claimed,
                diagnosis: None,
            } if !claimed.is_zero() => claimed,
            Verdict::Match => {
                matching = matching.saturating_add(1);
                continue;
            }
            // A swap, a typo and a text that is no address have rules of their own.
            _ => continue,
        };
        let own = claimed.own_words(&key.payloads, &context.addresses);
        let explanations = explain(bundle, key, claim, &context.addresses);
        let message = format!(
            "the address claimed {} is not this key's: claimed {}, derived {own}{}",
            claimed_for(claim),
            claim.address.value,
            because(&explanations)
        );
        let label = Label {
            span: claim.address.span,
            message: format!("the key's address is {own}"),
        };
        let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
            .consequence("whoever holds the key of the claimed address signs in this key's place")
            .note(format!("how the claim was bound: {}", bound.note))
            .note(if explanations.is_empty() {
                "none of the known mistakes explains the claim, and no key or contract of the evidence is it"
            } else {
                "the explanations were found by making the known mistakes with this key and comparing"
            })
            .remedy(
                "Find out which key the claimed address belongs to; announce or configure the derived address, or give \
                 the public key of the key that was meant.",
            );
        if let Some(span) = super::public_key_span(bundle, key) {
            finding = finding.related(span, format!("this public key has the address {own}"));
        }
        findings.push(finding.content(&claim.address.value.to_ascii_lowercase()));
    }
    if findings.is_empty() && matching == 0 {
        return Outcome::NotApplicable(
            "no claim can be taken as it stands: see claim-belongs-to-another-key, claim-checksum and malformed-claim"
                .to_owned(),
        );
    }
    Outcome::of(
        findings,
        "the address derived from the public key is the one claimed for it",
    )
}
