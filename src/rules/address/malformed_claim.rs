//! A claim whose text is no address.

use super::{because, claim_content, claimed_for, explain, keys_of_claims, subject_of_claim};
use crate::address::{self, ClaimError, MalformedReason};
use crate::evidence::ClaimOrigin;
use crate::finding::{Finding, Label, Severity};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `malformed-claim`
    MalformedClaim,
    "malformed-claim",
    Address,
    Medium,
    "The text of a claim is no address: nothing can be compared with it",
    "malformed_claim.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let mut findings = Vec::new();
    let mut judged = 0_usize;
    let keys = keys_of_claims(bundle);
    for (index, (claim, _)) in bundle.claims.iter().enumerate() {
        if claim.origin == ClaimOrigin::PublishedSet {
            continue;
        }
        judged = judged.saturating_add(1);
        let read = address::parse_claim(claim.address.value.trim(), &context.addresses);
        let Err(ref error @ ClaimError::Malformed { reason, .. }) = read else {
            continue;
        };
        let label = Label {
            span: claim.address.span,
            message: error.to_string(),
        };
        let key = keys.get(&index).copied();
        let because = key.map_or(String::new(), |key| {
            because(&explain(bundle, key, claim, &context.addresses))
        });
        let message = format!(
            "the claim \"{}\" {} is {error}{because}",
            short(&claim.address.value),
            claimed_for(claim)
        );
        let secret = matches!(reason, MalformedReason::Secret(_));
        let mut finding = Finding::builder(
            meta.id,
            if secret { Severity::High } else { meta.severity },
            subject_of_claim(key, claim),
            message,
            label,
        )
        .consequence("the claim is compared with no key: whether the address is right stays unknown")
        .note(format!("Schemes that are read: {}.", schemes()));
        finding = if secret {
            finding
                .consequence("if it is a private key, whoever handled the evidence on its way can sign with it")
                .remedy(
                    "Find out what it is. A private key is exposed: retire its address, remove the text from wherever it \
                     was sent, and tell its owner. Ask for the address anew.",
                )
        } else {
            finding.remedy("Ask for the address again, copied and not typed.")
        };
        findings.push(finding.content(&claim_content(claim)));
    }
    if judged == 0 {
        return Outcome::NotEvaluated(
            "no claim of the owner's and no announcement is in the evidence".to_owned(),
        );
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "every claim of the owner's and every announcement has the form of an address",
    )
}

fn schemes() -> String {
    address::SCHEMES
        .iter()
        .map(|scheme| scheme.id())
        .collect::<Vec<_>>()
        .join(", ")
}
