//! Condition keys that no request for the statement's actions, or of its principals, carries.

use super::conditions;
use crate::evidence::Key;
use crate::policy::lint::ConditionFlaw;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `condition-key-not-for-action`
    ConditionKeyNotForAction,
    "condition-key-not-for-action",
    Policy,
    Medium,
    "A condition key that no request for the statement's actions carries",
    "condition_key_not_for_action.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every condition key of the key policy is in requests that its statement is about";
    conditions::judge(meta, context, key, pass, |flaw| {
        matches!(
            flaw,
            ConditionFlaw::NotForActions(..) | ConditionFlaw::NotForPrincipals(_) | ConditionFlaw::IamOnly
        )
    })
}
