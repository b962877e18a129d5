//! Actions that KMS does not have.

use std::collections::BTreeMap;
use std::ops::Range;

use super::case::{Case, each, listed};
use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::lint::{UnknownAction as Why, unknown_action};
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
        let mut findings = Vec::new();
        let mut together: BTreeMap<Why, Vec<Entry<'_>>> = BTreeMap::new();
        for (pattern, place) in &case.statement.actions {
            match unknown_action(pattern) {
                None => {}
                // Lists of such come from one mistake.
                Some((why @ (Why::OtherService | Why::ConditionKey), None)) => {
                    together.entry(why).or_default().push((pattern.as_str(), place));
                }
                Some((why, meant)) => {
                    findings.push(finding(case, &[(pattern.as_str(), place)], why, meant.as_deref()));
                }
            }
        }
        findings.extend(
            together
                .iter()
                .map(|(why, entries)| finding(case, entries, *why, None)),
        );
        findings
    })
}

/// An entry of `Action`, and its place.
type Entry<'c> = (&'c str, &'c Range<usize>);

/// The most entries that a message names.
const MOST: usize = 4;

fn finding(case: &Case<'_>, entries: &[Entry<'_>], why: Why, meant: Option<&str>) -> Finding {
    let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
    let text = listed(&names, MOST);
    let several = names.len() > 1;
    let reason = match (why, several) {
        (Why::Space, _) => "has white space in it, and so names nothing",
        (Why::NoService, _) => "has no service before a colon, and so names nothing",
        (Why::OtherService, false) => "is no action of KMS: a key policy is asked of requests to KMS only",
        (Why::OtherService, true) => "are no actions of KMS: a key policy is asked of requests to KMS only",
        (Why::ConditionKey, false) => "is a condition key, and no action",
        (Why::ConditionKey, true) => "are condition keys, and no actions",
        (Why::NoSuchAction, _) => "is no action of KMS",
        (Why::CoversNothing, _) => "covers no action of KMS",
    };
    let hint = meant.map_or_else(String::new, |meant| format!(": did you mean {meant}?"));
    let message = format!("{text} in {} {reason}{hint}", case.name());
    // Of an exception that does not except, the rest is denied, or allowed, as well.
    let protects = case.denies() != case.statement.not_action;
    // Nobody counts on a key policy for another service.
    let of_kms = why != Why::OtherService || meant.is_some();
    let severity = if protects && of_kms {
        Severity::High
    } else {
        Severity::Medium
    };
    let consequence = match (case.denies(), case.statement.not_action) {
        (true, false) => {
            "the Deny denies nothing by it: a protection that a reviewer reads there is not there"
        }
        (true, true) => "the Deny excepts nothing by it: it may deny what it was to leave alone",
        (false, false) => "the Allow gives nothing by it: whoever needs what was meant is refused",
        (false, true) => "the Allow excepts nothing by it: it gives what it was to keep",
    };
    let change = match (meant, why) {
        (Some(meant), _) => format!("Write {meant} instead of {text}"),
        (None, Why::ConditionKey) => {
            format!("Remove {text} from the actions, and say in a Condition what was meant")
        }
        (None, _) => format!("Remove {text}, or write the action of KMS that is meant"),
    };
    let nowhere = case.statement.span.clone();
    let place = entries.first().map_or(&nowhere, |(_, place)| *place);
    let mut builder = case
        .finding(severity, message, place, "names nothing")
        .consequence(consequence);
    for (_, place) in entries.iter().skip(1).take(10) {
        builder = builder.related(case.span(place), "names nothing");
    }
    if matches!(why, Why::NoSuchAction | Why::CoversNothing) && meant.is_none() {
        builder = builder
            .confidence(Confidence::Medium)
            .note("KMS may have got the action after this tool's list of actions was made.");
    }
    builder
        .remedy(case.change(&change))
        .content(&case.content(&names.join(",")))
}
