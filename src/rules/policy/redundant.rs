//! What the rules on redundant statements and actions share.

use super::{no_policy, policies, undecided};
use crate::evidence::{Key, PolicyExport};
use crate::finding::Finding;
use crate::policy::Statement;
use crate::policy::lint::{ConsoleStatement, Redundants, console_statement, redundant};
use crate::rules::common::at_most_per_file;
use crate::rules::{Context, Meta, Outcome};

/// True for the statement that the console writes for administrators: its wildcards are a finding of their own, and what
/// they cover is not what should go.
pub(super) fn is_of_administrators(statement: &Statement) -> bool {
    console_statement(statement) == Some(ConsoleStatement::Administrators)
}

/// Judges each policy by what of it the rest covers.
pub(super) fn judge(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    pass: &str,
    find: impl Fn(&PolicyExport, &Redundants) -> Vec<Finding>,
) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let mut findings = Vec::new();
    let mut cut = false;
    for policy in &policies {
        let found = redundant(&policy.document);
        cut |= found.cut;
        findings.extend(find(policy, &found));
    }
    if findings.is_empty() && cut {
        return Outcome::NotEvaluated(
            "the policy has too many statements and actions to compare all of them".to_owned(),
        );
    }
    if findings.is_empty()
        && let Some(outcome) = undecided(context.bundle, &policies)
    {
        return outcome;
    }
    Outcome::of(at_most_per_file(context.bundle, meta, findings), pass)
}
