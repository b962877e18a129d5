//! Actions on imported key material, for a key whose material KMS made.

use super::case::{Case, each, metadata};
use super::dead::{self, Dead};
use crate::evidence::Key;
use crate::finding::Confidence;
use crate::policy::evaluate::KeyMetadata;
use crate::policy::lint::{DeadAction, dead_actions};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `inapplicable-import-action`
    InapplicableImportAction,
    "inapplicable-import-action",
    Policy,
    Low,
    "An Allow lists actions on imported key material, and the key's material was made by KMS",
    "inapplicable_import_action.md",
    judge
);

const PASS: &str = "no Allow of the key policy lists an action on imported key material by itself";

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let known = metadata(context.bundle, key);
    match known.origin.as_deref() {
        Some("AWS_KMS") => dead::judge(meta, context, key, PASS, |case| look(case, case.metadata)),
        Some(origin) => Outcome::NotApplicable(format!("the key's origin is {origin}")),
        None => {
            let supposed = KeyMetadata {
                origin: Some("AWS_KMS".to_owned()),
                ..KeyMetadata::default()
            };
            unless_none(meta, context, key, &supposed, PASS, "the key's Origin", look)
        }
    }
}

fn look(case: &Case<'_>, known: &KeyMetadata) -> Option<Dead> {
    let found = dead_actions(case.statement, known);
    let entries = dead::entries(&found, case, |why| why == DeadAction::Import);
    (!entries.is_empty()).then(|| Dead {
        entries,
        severity: case.meta.severity,
        confidence: Confidence::High,
        why: "KMS refuses on a key whose material it made itself (Origin AWS_KMS)".to_owned(),
        label: "never works on this key",
        notes: vec!["The origin of a key cannot be changed.".to_owned()],
    })
}

/// The outcome where the metadata is missing: a pass where it would change nothing, else not evaluated.
pub(super) fn unless_none(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    supposed: &KeyMetadata,
    pass: &str,
    missing: &str,
    look: fn(&Case<'_>, &KeyMetadata) -> Option<Dead>,
) -> Outcome {
    let found = std::cell::Cell::new(None);
    let outcome = each(meta, context, key, pass, |case| {
        if let Some(dead) = look(case, supposed)
            && let Some(index) = dead.entries.first()
            && let Some((pattern, _)) = case.statement.actions.get(*index)
        {
            found.set(Some(format!(
                "{missing} is not in the evidence (aws kms describe-key): whether {} in {} does anything depends on it",
                pattern.as_str(),
                case.name()
            )));
        }
        Vec::new()
    });
    found.into_inner().map_or(outcome, Outcome::NotEvaluated)
}
