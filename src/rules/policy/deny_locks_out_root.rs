//! A Deny that keeps the account's root user from rewriting the key policy.

use super::lockout::{Lockout, SUPPORT, State, party_words};
use super::takeover::{Takeover, listed};
use crate::evidence::Key;
use crate::finding::Severity;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `deny-locks-out-root`
    DenyLocksOutRoot,
    "deny-locks-out-root",
    Policy,
    High,
    "A Deny keeps the account itself from rewriting the key policy",
    "deny_locks_out_root.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let lockout = match Takeover::of(context, key) {
        Ok(takeover) => Lockout::of(takeover),
        Err(outcome) => return outcome,
    };
    let State::Denied { by, left } = &lockout.state else {
        return lockout.other();
    };
    let (severity, message, change) = if left.is_empty() {
        let message = "a Deny keeps everybody from rewriting the key policy (kms:PutKeyPolicy)".to_owned();
        (meta.severity, message, SUPPORT)
    } else {
        let message = format!(
            "a Deny keeps the account's root user from rewriting the key policy: only {} can, and deleting them locks the key",
            listed(left.iter().map(|party| party_words(party)))
        );
        let change = "Except the account's root user from the Deny (ArnNotEquals aws:PrincipalArn \
                      arn:aws:iam::ACCOUNT:root)";
        (Severity::Medium, message, change)
    };
    let (builder, content) = lockout.draft(meta, severity, &message, "denies it", by);
    Outcome::Findings(vec![
        builder
            .remedy(lockout.takeover.remedy(change, by))
            .content(&content),
    ])
}
