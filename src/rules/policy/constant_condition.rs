//! Conditions that are always true of this key, or never.

use super::case::{each, metadata};
use super::conditions;
use crate::evidence::Key;
use crate::policy::lint::{ConditionFlaw, is_of_the_key_itself};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `constant-condition`
    ConstantCondition,
    "constant-condition",
    Policy,
    Info,
    "A condition on the key's own properties: on this key it is always true, or never",
    "constant_condition.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "no condition of the key policy is decided by the properties of this key alone";
    let outcome = conditions::judge(meta, context, key, pass, |flaw| {
        matches!(flaw, ConditionFlaw::Constant(_))
    });
    if !matches!(outcome, Outcome::Pass(_)) {
        return outcome;
    }
    // What is not known of the key decides nothing.
    let known = metadata(context.bundle, key);
    let whole = known.key_spec.is_some()
        && known.key_usage.is_some()
        && known.origin.is_some()
        && known.multi_region.is_some();
    let asked = std::cell::Cell::new(None);
    each(meta, context, key, pass, |case| {
        let conditions = case.statement.conditions();
        if let Some((_, name, _)) = conditions.iter().find(|(_, name, _)| is_of_the_key_itself(name)) {
            asked.set(Some(format!("{name} in {}", case.name())));
        }
        Vec::new()
    });
    match asked.into_inner().filter(|_| !whole) {
        Some(what) => Outcome::NotEvaluated(format!(
            "the key's metadata is not in the evidence, or not all of it (aws kms describe-key): what the condition on {what} \
             does depends on it"
        )),
        None => outcome,
    }
}
