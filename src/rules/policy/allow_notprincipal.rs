//! An Allow for everybody but those that it lists.

use super::takeover::{Claim, POLICIES, Takeover};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `allow-notprincipal`
    AllowNotprincipal,
    "allow-notprincipal",
    Policy,
    High,
    "An Allow with NotPrincipal lets in everybody but those that it lists",
    "allow_notprincipal.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let findings = takeover
        .openings(Some(Claim::NotPrincipal))
        .map(|opening| {
            let message = format!(
                "{} allows with NotPrincipal: it lets in everybody but those that it lists",
                takeover.name_of(opening)
            );
            let (builder, content) = takeover.opened(meta, opening, &message);
            let change = "List those who are meant in Principal in place of NotPrincipal";
            builder
                .note("To keep somebody out, a Deny with Principal is enough.")
                .remedy(takeover.remedy(change, &Takeover::ground_of(opening)))
                .content(&content)
        })
        .collect();
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "no Allow statement of the key's policies has NotPrincipal, or none that lets anybody act",
    )
}
