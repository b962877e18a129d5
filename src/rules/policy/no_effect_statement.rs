//! Statements that apply to no request, though each of their parts is well.

use super::case::{Case, each};
use crate::evidence::Key;
use crate::finding::{Finding, Severity};
use crate::policy::lint::{NoEffect, no_effect};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `no-effect-statement`
    NoEffectStatement,
    "no-effect-statement",
    Policy,
    Low,
    "A statement that applies to no request: its parts contradict each other, or it denies what nothing allows",
    "no_effect_statement.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass =
        "no statement of the key policy is proved to apply to no request, but those that other rules name";
    each(meta, context, key, pass, |case| {
        let found = no_effect(&case.policy.document, case.index, case.metadata);
        found.map(|why| finding(case, &why)).into_iter().collect()
    })
}

fn finding(case: &Case<'_>, why: &NoEffect) -> Finding {
    let (name, verb) = (case.name(), case.verb());
    let whole = case.statement.span.clone();
    let (message, place, label, other) = match why {
        NoEffect::Contradiction { key, places } => (
            format!(
                "{name} {verb} nothing: its conditions on {} cannot hold at once",
                short(key)
            ),
            places.0.clone(),
            "not together with the other",
            Some(places.1.clone()),
        ),
        NoEffect::OtherPrincipals { key, place } => (
            format!(
                "{name} {verb} nothing: no principal that it names has such a {}",
                short(key)
            ),
            place.clone(),
            "none of them has it",
            None,
        ),
        NoEffect::DeniesOtherKeys => (
            format!("{name} denies only what KMS refuses on a signing key anyway"),
            whole,
            "denies nothing",
            None,
        ),
        NoEffect::DeniesNothing => (
            format!("{name} denies only what nothing in the key policy allows, and no grant can"),
            whole,
            "denies nothing",
            None,
        ),
    };
    // A Deny that contradicts itself is a protection that is not there; the others protect from what cannot be.
    let broken = matches!(
        why,
        NoEffect::Contradiction { .. } | NoEffect::OtherPrincipals { .. }
    );
    let severity = if broken && case.denies() {
        Severity::High
    } else {
        case.meta.severity
    };
    let mut builder = case.finding(severity, message, &place, label);
    if let Some(other) = other {
        builder = builder.related(case.span(&other), "the other");
    }
    let change = if broken {
        format!("Correct the condition of {name}, or delete the statement")
    } else {
        format!("Delete {name}: the policy says the same without it")
    };
    let consequence = match (broken, case.denies()) {
        (true, true) => "what a reviewer reads there as denied is not",
        (true, false) => "whoever needs what it says is refused",
        (false, _) => "it is read, and kept up to date, for nothing",
    };
    builder
        .consequence(consequence)
        .remedy(case.change(&change))
        .content(&case.content("no effect"))
}
