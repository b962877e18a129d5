//! A claim that is not the key's address, and nothing in the evidence says whose it is.

use super::{Diagnosis, Verdict, claimed_for, judge_claim, made_for};
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
    let claims = made_for(bundle, key);
    if claims.is_empty() {
        return Outcome::NotEvaluated("no claim names this key, or its role and chain".to_owned());
    }
    let mut findings = Vec::new();
    for (claim, bound) in claims {
        let own = match (judge_claim(bundle, key, claim, context.chain_id), key.evm()) {
            (Verdict::Mismatch(None), Some(own)) => own,
            (Verdict::NotEvaluated(why), _) => return Outcome::NotEvaluated(why),
            (Verdict::Mismatch(Some(Diagnosis::NoAddress(_))), _) => {
                return Outcome::NotApplicable(
                    "the key has no secp256k1 address at all: see wrong-key-spec".to_owned(),
                );
            }
            _ => continue,
        };
        let message = format!(
            "the address claimed {} is not this key's: claimed {}, derived {own}",
            claimed_for(claim),
            claim.address.value
        );
        let label = Label {
            span: claim.address.span,
            message: format!("the key's address is {own}"),
        };
        let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
            .consequence("whoever holds the key of the claimed address signs in this key's place")
            .note(format!("the claim was bound to this key because it {}", bound.note))
            .remedy(
                "Find out which key the claimed address belongs to; announce or configure the derived address, or give \
                 the public key of the key that was meant.",
            );
        if let Some(span) = super::public_key_span(bundle, key) {
            finding = finding.related(span, format!("this public key has the address {own}"));
        }
        findings.push(finding.content(&claim.address.value.to_ascii_lowercase()));
    }
    Outcome::of(
        findings,
        "each claimed address is the one derived from the public key, or is judged by another rule",
    )
}
