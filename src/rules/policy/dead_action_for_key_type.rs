//! Actions that KMS refuses on a signing key.

use super::case::{Case, metadata};
use super::dead::{self, Dead};
use crate::evidence::Key;
use crate::finding::Confidence;
use crate::policy::lint::{DeadAction, dead_actions};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `dead-action-for-key-type`
    DeadActionForKeyType,
    "dead-action-for-key-type",
    Policy,
    Low,
    "An Allow lists actions that KMS refuses on a signing key: copied from an encryption key's policy",
    "dead_action_for_key_type.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let known = metadata(context.bundle, key);
    if let Some(usage) = known.key_usage.as_deref().filter(|usage| *usage != "SIGN_VERIFY") {
        return Outcome::NotApplicable(format!("the key's usage is {usage}: it is no signing key"));
    }
    let pass = "no Allow of the key policy lists an action that KMS refuses on a signing key";
    dead::judge(meta, context, key, pass, look)
}

fn look(case: &Case<'_>) -> Option<Dead> {
    let found = dead_actions(case.statement, case.metadata);
    let entries = dead::entries(&found, case, |why| matches!(why, DeadAction::ForKeyType(_)));
    let mut kinds: Vec<&str> = found
        .iter()
        .filter_map(|(_, why)| match why {
            DeadAction::ForKeyType(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut notes = vec![format!(
        "They are for {}.",
        super::case::listed(&kinds, usize::MAX)
    )];
    let is_known = case.metadata.key_usage.is_some();
    if !is_known {
        notes.push(
            "The evidence does not say what the key's usage is (DescribeKey): it is judged as a key that signs.".to_owned(),
        );
    }
    (!entries.is_empty()).then(|| Dead {
        entries,
        severity: case.meta.severity,
        confidence: if is_known {
            Confidence::High
        } else {
            Confidence::Medium
        },
        why: "KMS refuses on a signing key".to_owned(),
        label: "never works on this key",
        notes,
    })
}
