//! Statements that others cover whole.

use super::redundant::{self, is_of_administrators};
use super::removable_grant_statement::is_grant_statement;
use super::{put_in_force, statement_content, statement_span};
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Finding, Label};
use crate::policy::lint::Redundants;
use crate::rules::common::key_argument;
use crate::rules::policy::case::listed;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `redundant-statement`
    RedundantStatement,
    "redundant-statement",
    Policy,
    Info,
    "A statement that other statements cover whole: without it the policy says the same",
    "redundant_statement.md",
    judge
);

/// The most statements that a finding shows.
const MOST: usize = 4;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "no statement of the key policy is proved to be covered by the others";
    redundant::judge(meta, context, key, pass, |policy, found| {
        findings(meta, key, policy, found)
    })
}

fn findings(meta: &'static Meta, key: &Key, policy: &PolicyExport, found: &Redundants) -> Vec<Finding> {
    let statements = &policy.document.statements;
    let mut findings = Vec::new();
    for (index, by) in &found.statements {
        let Some(statement) = statements.get(*index) else {
            continue;
        };
        let covering: Vec<(usize, _)> = by
            .iter()
            .filter_map(|other| Some((*other, statements.get(*other)?)))
            .collect();
        // The console writes such statements, and there is one finding on each of the two already.
        let of_console = covering.iter().all(|(_, other)| is_of_administrators(other));
        if of_console || is_grant_statement(statement) {
            continue;
        }
        let names: Vec<String> = covering.iter().map(|(at, other)| other.name(*at)).collect();
        let name = statement.name(*index);
        let label = Label {
            span: statement_span(policy, statement),
            message: "says nothing new".to_owned(),
        };
        let message = format!(
            "{name} is covered by {}: without it the policy says the same",
            listed(&names, MOST)
        );
        let mut builder = Finding::builder(meta.id, meta.severity, key.subject(), message, label);
        for (_, other) in covering.iter().take(MOST) {
            builder = builder.related(statement_span(policy, other), "covers it");
        }
        let by_hand = format!(
            " (aws kms put-key-policy {} with the document without it).",
            key_argument(key)
        );
        findings.push(
            builder
                .consequence("whoever takes a right away in one of the two leaves it in the other")
                .remedy(put_in_force(policy, &format!("Delete {name}"), &by_hand))
                .content(&statement_content(policy, *index)),
        );
    }
    findings
}
