//! Conditions that compare what their key can never be.

use super::conditions;
use crate::evidence::Key;
use crate::policy::lint::ConditionFlaw;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `condition-type-mismatch`
    ConditionTypeMismatch,
    "condition-type-mismatch",
    Policy,
    Medium,
    "A condition compares what its key can never be: a wrong operator, or a value of the wrong form",
    "condition_type_mismatch.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every condition of the key policy compares what its key can be";
    conditions::judge(meta, context, key, pass, |flaw| {
        matches!(flaw, ConditionFlaw::OperatorType(_) | ConditionFlaw::Values(_))
    })
}
