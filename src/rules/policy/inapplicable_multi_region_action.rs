//! Actions on multi-Region keys, for a key that is none.

use super::case::{Case, metadata};
use super::dead::{self, Dead};
use super::inapplicable_import_action::unless_none;
use crate::evidence::Key;
use crate::finding::Confidence;
use crate::policy::evaluate::KeyMetadata;
use crate::policy::lint::{DeadAction, dead_actions};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `inapplicable-multi-region-action`
    InapplicableMultiRegionAction,
    "inapplicable-multi-region-action",
    Policy,
    Low,
    "An Allow lists actions on multi-Region keys, and the key is none",
    "inapplicable_multi_region_action.md",
    judge
);

const PASS: &str = "no Allow of the key policy lists an action on multi-Region keys by itself";

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    match metadata(context.bundle, key).multi_region {
        Some(false) => dead::judge(meta, context, key, PASS, |case| look(case, case.metadata)),
        Some(true) => Outcome::NotApplicable("the key is a multi-Region key".to_owned()),
        None => {
            let supposed = KeyMetadata {
                multi_region: Some(false),
                ..KeyMetadata::default()
            };
            let missing = "whether the key is a multi-Region key";
            unless_none(meta, context, key, &supposed, PASS, missing, look)
        }
    }
}

fn look(case: &Case<'_>, known: &KeyMetadata) -> Option<Dead> {
    let found = dead_actions(case.statement, known);
    let entries = dead::entries(&found, case, |why| why == DeadAction::MultiRegion);
    (!entries.is_empty()).then(|| Dead {
        entries,
        severity: case.meta.severity,
        confidence: Confidence::High,
        why: "KMS refuses on a key of a single Region".to_owned(),
        label: "never works on this key",
        notes: vec!["Whether a key is a multi-Region key cannot be changed once it is made.".to_owned()],
    })
}
