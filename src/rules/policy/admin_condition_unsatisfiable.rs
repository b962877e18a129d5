//! An Allow of rewriting the key policy under a condition that never holds.

use std::collections::BTreeSet;

use super::lockout::{Lockout, SUPPORT, State, party_words};
use super::takeover::{Takeover, listed};
use crate::evidence::Key;
use crate::finding::Severity;
use crate::policy::Statement;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `admin-condition-unsatisfiable`
    AdminConditionUnsatisfiable,
    "admin-condition-unsatisfiable",
    Policy,
    Medium,
    "Rewriting the key policy is allowed under a condition that never holds",
    "admin_condition_unsatisfiable.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let lockout = match Takeover::of(context, key) {
        Ok(takeover) => Lockout::of(takeover),
        Err(outcome) => return outcome,
    };
    let State::Unsatisfiable { by, left } = &lockout.state else {
        return lockout.other();
    };
    let keys: BTreeSet<String> = by
        .iter()
        .filter_map(|because| lockout.takeover.statement(*because))
        .flat_map(|(_, statement, _)| Statement::conditions(statement))
        .map(|(operator, key, _)| format!("{operator} {key}"))
        .collect();
    let keys = listed(&keys);
    let (severity, message, change) = if left.is_empty() {
        let message = format!(
            "nobody can rewrite the key policy: those who may are under a condition that never holds ({keys})"
        );
        (Severity::High, message, SUPPORT)
    } else {
        let message = format!(
            "the account itself may rewrite the key policy only under a condition that never holds ({keys}): only {} can, and \
             deleting them locks the key",
            listed(left.iter().map(|party| party_words(party)))
        );
        let change = "Let the account (arn:aws:iam::ACCOUNT:root) do kms:PutKeyPolicy without that condition";
        (meta.severity, message, change)
    };
    let (builder, content) = lockout.draft(meta, severity, &message, "never holds", by);
    Outcome::Findings(vec![
        builder
            .remedy(lockout.takeover.remedy(change, by))
            .content(&content),
    ])
}
