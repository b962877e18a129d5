//! Resources of a key policy other than `*`.

use super::case::{Case, each};
use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::lint::{ResourceFlaw, resource_flaw};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `resource-not-star`
    ResourceNotStar,
    "resource-not-star",
    Policy,
    Medium,
    "A Resource other than \"*\": in a key policy only that means the key for certain",
    "resource_not_star.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every statement of the key policy that has a Resource has \"*\" alone";
    each(meta, context, key, pass, |case| {
        let arn = case.key.arn.as_deref();
        match resource_flaw(&case.policy.document, case.index, arn) {
            Some(ResourceFlaw::NotResource(places)) => {
                let message = format!(
                    "{} has NotResource: a key policy has Resource \"*\", which is its key",
                    case.name()
                );
                let severity = case.if_dead();
                finding(
                    case,
                    severity,
                    message,
                    &places,
                    "what a key policy does with it is not documented",
                )
            }
            Some(ResourceFlaw::Others {
                places,
                beside,
                is_key,
            }) => others(case, &places, beside, is_key),
            _ => Vec::new(),
        }
    })
}

fn others(
    case: &Case<'_>,
    places: &[std::ops::Range<usize>],
    beside: bool,
    is_key: Option<bool>,
) -> Vec<Finding> {
    let name = case.name();
    let (severity, message, consequence) = match (beside, is_key) {
        (true, _) => (
            Severity::Low,
            format!("{name} has other resources beside \"*\": in a key policy they mean nothing"),
            "a reviewer may read there that the statement is about other keys",
        ),
        (false, Some(true)) => (
            if case.denies() {
                Severity::Medium
            } else {
                Severity::Low
            },
            format!("{name} names the key by its ARN: documented is only \"*\""),
            "whether the statement does anything is not documented",
        ),
        (false, Some(false)) => (
            case.if_dead(),
            format!("{name} is on another resource than this key: it does nothing"),
            if case.denies() {
                "the Deny denies nothing: a protection that a reviewer reads there is not there"
            } else {
                "the Allow allows nothing: whoever needs it is refused"
            },
        ),
        (false, None) => (
            case.if_dead(),
            format!("{name} has another Resource than \"*\", and so may do nothing"),
            if case.denies() {
                "the Deny may deny nothing: a protection that a reviewer reads there may not be there"
            } else {
                "the Allow may allow nothing"
            },
        ),
    };
    finding(case, severity, message, places, consequence)
}

fn finding(
    case: &Case<'_>,
    severity: Severity,
    message: String,
    places: &[std::ops::Range<usize>],
    consequence: &str,
) -> Vec<Finding> {
    // A masked ARN may be the key's.
    if places.iter().any(|place| case.is_masked(place)) {
        return Vec::new();
    }
    let Some((first, rest)) = places.split_first() else {
        return Vec::new();
    };
    let mut builder = case.finding(severity, message, first, "is not \"*\"");
    for place in rest.iter().take(10) {
        builder = builder.related(case.span(place), "and this");
    }
    let sure = case.key.arn.is_some();
    vec![
        builder
            .confidence(if sure {
                Confidence::High
            } else {
                Confidence::Medium
            })
            .consequence(consequence)
            .note("In a key policy \"*\" is the key that the policy belongs to, and no other.")
            .remedy(case.change(&format!("Write \"Resource\": \"*\" in {}", case.name())))
            .content(&case.content("resource")),
    ]
}
