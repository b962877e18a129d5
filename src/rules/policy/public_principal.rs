//! A statement that lets in every AWS account.

use super::takeover::{Claim, POLICIES, Takeover};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `public-principal`
    PublicPrincipal,
    "public-principal",
    Policy,
    Critical,
    "A statement lets in every AWS account",
    "public_principal.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let findings = takeover
        .openings(Some(Claim::Public))
        .map(|opening| {
            let message = format!(
                "{} lets in principals of every AWS account",
                takeover.name_of(opening)
            );
            let (builder, content) = takeover.opened(meta, opening, &message);
            let change = "Name the role that signs in place of the principal \"*\"";
            builder
                .remedy(takeover.remedy(change, &Takeover::ground_of(opening)))
                .content(&content)
        })
        .collect();
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "no Allow statement of the key's policies lets in every AWS account",
    )
}
