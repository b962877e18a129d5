//! A statement for everybody whose condition keeps nobody out who is out to use the key.

use super::takeover::{Claim, POLICIES, Takeover, listed};
use crate::evidence::Key;
use crate::finding::Confidence;
use crate::policy::access::{Leave, Opening};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `weak-public-condition`
    WeakPublicCondition,
    "weak-public-condition",
    Policy,
    High,
    "A statement for everybody is narrowed only by conditions that others can meet",
    "weak_public_condition.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let findings = takeover
        .openings(Some(Claim::WeakCondition))
        .map(|opening| {
            let message = words(&takeover.name_of(opening), opening);
            let (builder, content) = takeover.opened(meta, opening, &message);
            let change = "Name the role that signs, or add a condition on aws:PrincipalArn, aws:PrincipalAccount or \
                          aws:PrincipalOrgID without wildcards and without IfExists";
            let sure = opening
                .worst_of_strangers()
                .is_some_and(|(_, leave)| leave == Leave::Free);
            let confidence = if sure { Confidence::High } else { Confidence::Medium };
            builder
                .confidence(confidence)
                .note(
                    "A network, a service, a tag, a name or a time is no identity: a principal of another account that \
                     has it is let in.",
                )
                .remedy(takeover.remedy(change, &Takeover::ground_of(opening)))
                .content(&content)
        })
        .collect();
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "every Allow statement for everybody in the key's policies has a condition on who the caller is, or there is none",
    )
}

fn words(name: &str, opening: &Opening) -> String {
    let keys = listed(&opening.conditions);
    match opening.worst_of_strangers() {
        Some((_, Leave::Free)) => format!(
            "{name} is for everybody, and its condition on {keys} holds for principals of other accounts as well"
        ),
        _ => format!(
            "{name} is for everybody, narrowed only by {keys}, which principals of other accounts can meet"
        ),
    }
}
