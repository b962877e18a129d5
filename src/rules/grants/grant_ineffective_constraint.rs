//! A constraint that a signing key cannot have.

use super::{content, judge as each};
use crate::evidence::{Data, Key};
use crate::finding::Severity;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-ineffective-constraint`
    GrantIneffectiveConstraint,
    "grant-ineffective-constraint",
    Grants,
    Medium,
    "A grant is constrained to an encryption context, which signing does not have",
    "grant_ineffective_constraint.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let usage = context
        .bundle
        .of_key(key)
        .find_map(|(artefact, _)| match &artefact.data {
            Data::Metadata(metadata) => metadata.key_usage.as_ref(),
            _ => None,
        });
    if let Some(usage) = usage.filter(|usage| usage.value == "ENCRYPT_DECRYPT") {
        return Outcome::NotApplicable(format!(
            "KeyUsage {}: an encryption context binds this key's operations",
            usage.value
        ));
    }
    let proof = "no grant of the key has a constraint on an encryption context";
    each(context, key, proof, |held| {
        let constraints = held.grant.constraints.as_ref().filter(|own| own.has_context())?;
        let powers = held.powers();
        let (severity, what) = if powers.is_empty() {
            (Severity::Low, "its operations".to_owned())
        } else {
            (
                meta.severity,
                format!("what it allows ({})", powers.join(" and ")),
            )
        };
        let message = format!(
            "{} has a constraint on an encryption context, which no operation of a signing key has: it does not limit {what}",
            held.name()
        );
        Some(
            held.finding(meta, severity, key, message, (constraints.span, "limits nothing"))
                .note(
                    "AWS KMS takes such a constraint for symmetric keys alone, and refuses to make this grant: look into where the \
                     export comes from.",
                )
                .remedy(format!(
                    "Do not rely on the constraint. {} Whoever is meant to sign is named in the key policy.",
                    held.revoke(key)
                ))
                .content(&content(held.grant)),
        )
    })
}
