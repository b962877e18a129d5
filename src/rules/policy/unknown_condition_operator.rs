//! Condition operators that IAM does not have.

use super::conditions;
use crate::evidence::Key;
use crate::policy::lint::ConditionFlaw;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `unknown-condition-operator`
    UnknownConditionOperator,
    "unknown-condition-operator",
    Policy,
    Medium,
    "A condition operator that IAM does not have: misspelt",
    "unknown_condition_operator.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every condition operator of the key policy is one of IAM's";
    conditions::judge(meta, context, key, pass, |flaw| {
        matches!(flaw, ConditionFlaw::UnknownOperator)
    })
}
