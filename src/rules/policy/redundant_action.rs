//! Actions that another entry, or another statement, covers.

use std::collections::BTreeMap;

use super::redundant::{self, is_of_administrators};
use super::{put_in_force, statement_content, statement_span};
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Finding, Label};
use crate::policy::Statement;
use crate::policy::lint::{Redundant, dead_actions, unknown_action};
use crate::rules::common::key_argument;
use crate::rules::policy::case::{listed, metadata};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `redundant-action`
    RedundantAction,
    "redundant-action",
    Policy,
    Info,
    "An action that another entry of the policy covers: without it the policy says the same",
    "redundant_action.md",
    judge
);

/// The most actions that a finding names, and the most places that it shows.
const MOST: usize = 4;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "no action of the key policy is proved to be covered by another entry";
    let known = metadata(context.bundle, key);
    redundant::judge(meta, context, key, pass, |policy, found| {
        let mut by_statement: BTreeMap<usize, Vec<&Redundant>> = BTreeMap::new();
        for entry in &found.actions {
            by_statement.entry(entry.statement).or_default().push(entry);
        }
        let mut findings = Vec::new();
        for (index, mut entries) in by_statement {
            let statements = &policy.document.statements;
            let Some(statement) = statements.get(index).filter(|own| !is_of_administrators(own)) else {
                continue;
            };
            // What does nothing is told by other rules.
            let dead = dead_actions(statement, &known);
            entries.retain(|entry| {
                !dead.iter().any(|(at, _)| *at == entry.action) && !is_told_elsewhere(statements, entry)
            });
            findings.extend(finding(meta, key, policy, index, &entries));
        }
        findings
    })
}

/// True for an entry that another rule names, or whose wider neighbour is what another rule names.
fn is_told_elsewhere(statements: &[Statement], entry: &Redundant) -> bool {
    let statement = statements.get(entry.statement);
    let Some((pattern, _)) = statement.and_then(|statement| statement.actions.get(entry.action)) else {
        return true;
    };
    let by_console = |at: usize| statements.get(at).is_some_and(is_of_administrators);
    let removable = ["kms:DescribeKey", "kms:Verify"];
    let is_removable = removable.iter().any(|name| pattern.is_exactly(name));
    unknown_action(pattern).is_some()
        || entry
            .by
            .iter()
            .all(|(at, _)| by_console(*at) || (is_removable && *at != entry.statement))
}

fn finding(
    meta: &'static Meta,
    key: &Key,
    policy: &PolicyExport,
    index: usize,
    entries: &[&Redundant],
) -> Option<Finding> {
    let statements = &policy.document.statements;
    let statement = statements.get(index)?;
    let pattern = |statement: usize, action: usize| {
        let (pattern, place) = statements.get(statement)?.actions.get(action)?;
        Some((pattern.as_str(), Span::new(policy.source, place.clone())))
    };
    let own: Vec<(&str, Span)> = entries
        .iter()
        .filter_map(|entry| pattern(index, entry.action))
        .collect();
    let (_, span) = own.first()?;
    let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
    let name = statement.name(index);
    let mut covering: Vec<String> = Vec::new();
    let mut places: Vec<Span> = Vec::new();
    for (at, action) in entries.iter().flat_map(|entry| &entry.by) {
        let Some((text, place)) = pattern(*at, *action) else {
            continue;
        };
        let words = if *at == index {
            format!("{text} beside {}", if names.len() == 1 { "it" } else { "them" })
        } else {
            format!(
                "{text} in {}",
                statements
                    .get(*at)
                    .map_or_else(String::new, |other| other.name(*at))
            )
        };
        if !covering.contains(&words) {
            covering.push(words);
            places.push(place);
        }
    }
    let (is, their) = if names.len() == 1 {
        ("is", "it")
    } else {
        ("are", "them")
    };
    let message = format!(
        "{} of {name} {is} covered by {}",
        listed(&names, MOST),
        listed(&covering, MOST)
    );
    let label = Label {
        span: *span,
        message: "says nothing new".to_owned(),
    };
    let mut builder = Finding::builder(meta.id, meta.severity, key.subject(), message, label);
    for (_, place) in own.iter().skip(1).take(MOST) {
        builder = builder.related(*place, "says nothing new");
    }
    for place in places.into_iter().take(MOST) {
        builder = builder.related(place, "covers it");
    }
    let change = format!(
        "Remove {} from {name}, or, better, what covers {their}",
        listed(&names, usize::MAX)
    );
    let by_hand = format!(" (aws kms put-key-policy {}).", key_argument(key));
    Some(
        builder
            .related(statement_span(policy, statement), "the statement")
            .consequence("whoever takes the right away in one of the places leaves it in the other")
            .remedy(put_in_force(policy, &change, &by_hand))
            .content(&format!(
                "{}\n{}",
                statement_content(policy, index),
                names.join(",")
            )),
    )
}
