//! Actions that KMS does not have.

use super::case::{Case, each};
use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::lint::{UnknownAction as Why, unknown_action};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `unknown-action`
    UnknownAction,
    "unknown-action",
    Policy,
    Medium,
    "An action that KMS does not have: misspelt, or another service's",
    "unknown_action.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every action of the key policy is one that KMS has";
    each(meta, context, key, pass, |case| {
        let actions = case.statement.actions.iter();
        actions
            .filter_map(|(pattern, place)| {
                let (why, meant) = unknown_action(pattern)?;
                Some(finding(case, pattern.as_str(), place, why, meant.as_deref()))
            })
            .collect()
    })
}

fn finding(
    case: &Case<'_>,
    text: &str,
    place: &std::ops::Range<usize>,
    why: Why,
    meant: Option<&str>,
) -> Finding {
    let text = short(text);
    let reason = match why {
        Why::Space => "has white space in it, and so names nothing".to_owned(),
        Why::NoService => "has no service before a colon, and so names nothing".to_owned(),
        Why::OtherService => "is no action of KMS: a key policy is asked of requests to KMS only".to_owned(),
        Why::NoSuchAction => "is no action of KMS".to_owned(),
        Why::CoversNothing => "covers no action of KMS".to_owned(),
    };
    let hint = meant.map_or_else(String::new, |meant| format!(": did you mean {meant}?"));
    let message = format!("{text} in {} {reason}{hint}", case.name());
    // Of an exception that does not except, the rest is denied, or allowed, as well.
    let protects = case.denies() != case.statement.not_action;
    let severity = match (protects, why) {
        // Nobody counts on a key policy for another service.
        (true, Why::OtherService) if meant.is_none() => Severity::Medium,
        (true, _) => Severity::High,
        (false, _) => case.meta.severity,
    };
    let consequence = match (case.denies(), case.statement.not_action) {
        (true, false) => "the Deny does not deny it: a protection that a reviewer reads there is not there",
        (true, true) => "the Deny does not except it: it may deny what it was to leave alone",
        (false, false) => "the Allow does not give it: whoever needs it is refused",
        (false, true) => "the Allow does not except it: it gives what it was to keep",
    };
    let change = match meant {
        Some(meant) => format!("Write {meant} instead of {text}"),
        None => format!("Remove {text}, or write the action of KMS that is meant"),
    };
    let mut builder = case
        .finding(severity, message, place, "names nothing")
        .consequence(consequence);
    if matches!(why, Why::NoSuchAction | Why::CoversNothing) && meant.is_none() {
        builder = builder
            .confidence(Confidence::Medium)
            .note("KMS may have got the action after this tool's list of actions was made.");
    }
    builder.remedy(case.change(&change)).content(&case.content(&text))
}
