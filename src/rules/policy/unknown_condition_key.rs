//! Condition keys that no request to KMS carries.

use super::conditions;
use crate::evidence::Key;
use crate::policy::lint::ConditionFlaw;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `unknown-condition-key`
    UnknownConditionKey,
    "unknown-condition-key",
    Policy,
    Medium,
    "A condition key that no request to KMS carries: misspelt, or another service's",
    "unknown_condition_key.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every condition key of the key policy is one that requests to KMS carry";
    conditions::judge(meta, context, key, pass, |flaw| {
        matches!(flaw, ConditionFlaw::UnknownKey(_))
    })
}
