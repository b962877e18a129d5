//! Actions that a key policy cannot give, or deny.

use super::case::Case;
use super::dead::{self, Dead};
use crate::arn::is_unknown;
use crate::evidence::Key;
use crate::finding::{Confidence, Severity};
use crate::policy::catalogue;
use crate::policy::lint::{DeadAction, dead_actions};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `iam-only-action`
    IamOnlyAction,
    "iam-only-action",
    Policy,
    Low,
    "A statement lists actions that only an IAM policy can speak of: in a key policy they have no effect",
    "iam_only_action.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "no statement of the key policy lists an action that only an IAM policy can speak of";
    dead::judge(meta, context, key, pass, look)
}

fn look(case: &Case<'_>) -> Option<Dead> {
    if case.denies() {
        return look_at_deny(case);
    }
    let found = dead_actions(case.statement, case.metadata);
    let iam = |why| matches!(why, DeadAction::IamOnly | DeadAction::RetireGrant);
    let entries = dead::entries(&found, case, iam);
    let has = |reason: DeadAction| found.iter().any(|(_, why)| *why == reason);
    let mut notes = Vec::new();
    if has(DeadAction::IamOnly) {
        notes.push(
            "These operations are on no particular key, so KMS asks no key policy about them.".to_owned(),
        );
    }
    if has(DeadAction::RetireGrant) {
        notes.push(
            "The right to retire a grant comes from the grant itself, or from an IAM policy in the account that made it; a \
             Deny of kms:RetireGrant in a key policy works."
                .to_owned(),
        );
    }
    (!entries.is_empty()).then(|| Dead {
        entries,
        severity: case.meta.severity,
        confidence: Confidence::High,
        why: "a key policy cannot give".to_owned(),
        label: "has no effect in a key policy",
        notes,
    })
}

/// A protection that is none.
fn look_at_deny(case: &Case<'_>) -> Option<Dead> {
    if case.statement.not_action {
        return None;
    }
    let is_on_no_key = |text: &str| {
        let covered = catalogue::covered(text);
        text != "*"
            && !is_unknown(text)
            && !covered.is_empty()
            && covered.iter().all(|action| !action.is_on("key"))
    };
    let actions = case.statement.actions.iter().enumerate();
    let entries: Vec<usize> = actions
        .filter(|(_, (pattern, _))| is_on_no_key(pattern.as_str()))
        .map(|(index, _)| index)
        .collect();
    (!entries.is_empty()).then(|| Dead {
        entries,
        severity: Severity::Medium,
        confidence: Confidence::High,
        why: "a key policy cannot deny: the protection is not there".to_owned(),
        label: "is not denied by this",
        notes: vec![
            "These operations are on no particular key, so KMS asks no key policy about them. Deny them in an IAM policy or \
             a service control policy."
                .to_owned(),
        ],
    })
}
