//! Set operators where they do not belong, or missing where they do.

use super::conditions;
use crate::evidence::Key;
use crate::policy::lint::ConditionFlaw;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `set-operator-misuse`
    SetOperatorMisuse,
    "set-operator-misuse",
    Policy,
    High,
    "ForAllValues or ForAnyValue where it does not belong, or missing where it does",
    "set_operator_misuse.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every set operator of the key policy stands with a key of several values, and every such key has one";
    conditions::judge(meta, context, key, pass, |flaw| {
        matches!(
            flaw,
            ConditionFlaw::NeedsQuantifier | ConditionFlaw::ForAllValues { .. } | ConditionFlaw::ForAnyValue
        )
    })
}
