//! A key policy that only users and roles can rewrite, who can be deleted.

use super::lockout::{Lockout, State, party_words};
use super::takeover::{Takeover, listed};
use crate::evidence::Key;
use crate::policy::evaluate::Because;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `only-deletable-administrators`
    OnlyDeletableAdministrators,
    "only-deletable-administrators",
    Policy,
    Medium,
    "Only users and roles can rewrite the key policy, and whoever deletes them locks the key",
    "only_deletable_administrators.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let lockout = match Takeover::of(context, key) {
        Ok(takeover) => Lockout::of(takeover),
        Err(outcome) => return outcome,
    };
    let State::Deletable(left) = &lockout.state else {
        return lockout.other();
    };
    let because: Vec<Because> = lockout
        .takeover
        .allows()
        .filter(|(_, statement, _)| {
            let covered = statement
                .actions
                .iter()
                .any(|(action, _)| action.covers("kms:PutKeyPolicy"));
            covered != statement.not_action
                && left
                    .iter()
                    .any(|party| super::takeover::names(statement, &party.caller))
        })
        .map(|(of, _, index)| Because::allow(of, index))
        .collect();
    let message = format!(
        "only {} can rewrite the key policy, and no statement lets the account itself: deleting them locks the key",
        listed(left.iter().map(|party| party_words(party)))
    );
    let (builder, content) =
        lockout.draft(meta, meta.severity, &message, "the only administrators", &because);
    Outcome::Findings(vec![
        builder
            .note("A user or role that is made again under the same name is another one: the policy does not let it in.")
            .remedy(lockout.takeover.remedy(
                "Let the account (arn:aws:iam::ACCOUNT:root) do kms:PutKeyPolicy and kms:GetKeyPolicy as well: its root user \
                 cannot be deleted",
                &because,
            ))
            .content(&content),
    ])
}
