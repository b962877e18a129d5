//! Wildcards of actions for users, roles and sessions.

use super::wildcard::{self, Whose};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `wildcard-action`
    WildcardAction,
    "wildcard-action",
    Policy,
    Medium,
    "A wildcard of actions for a named principal: it covers what KMS adds later, too",
    "wildcard_action.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "no Allow of the key policy gives a user, role or session a wildcard of actions, but what \
                signer-wildcard-action says";
    wildcard::judge(meta, context, key, Whose::Others, pass)
}
