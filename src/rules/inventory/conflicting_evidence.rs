//! Two exports that cannot both be right.

use crate::evidence::{Bundle, Conflict, Data, Key};
use crate::finding::{Finding, Label};
use crate::rules::common::{key_argument, short};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `conflicting-evidence`
    ConflictingEvidence,
    "conflicting-evidence",
    Inventory,
    High,
    "Two pieces of evidence on one key contradict each other",
    "conflicting_evidence.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let own = |conflict: &&Conflict| {
        let Some(other) = bundle.keys.get(conflict.key) else {
            return false;
        };
        // A contradiction between two keys is noted at one of them, which may be out of scope.
        std::ptr::eq(other, key) || (other.scope.is_none() && conflict.values.0 == key.subject())
    };
    let findings: Vec<Finding> = bundle
        .conflicts
        .iter()
        .filter(own)
        .map(|conflict| finding(meta, key, conflict))
        .collect();
    if findings.is_empty() && !is_told_twice(bundle, key) {
        return Outcome::NotEvaluated(
            "only one export of each kind: nothing of this key is told twice, so there was nothing to compare".to_owned(),
        );
    }
    Outcome::of(
        findings,
        "what several exports say of this key is the same in all of them",
    )
}

fn finding(meta: &'static Meta, key: &Key, conflict: &Conflict) -> Finding {
    let (first, second) = (short(&conflict.values.0), short(&conflict.values.1));
    let message = format!(
        "two places contradict each other about {}: {first}, and {second}",
        conflict.about
    );
    let label = Label {
        span: conflict.places.1,
        message: second,
    };
    Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .related(conflict.places.0, first)
        .consequence("neither is chosen: every answer that depends on it is unknown")
        .consequence("one of the files is old, of another key, or was changed: the same may hold for its neighbours")
        .remedy(format!(
            "Export both again on one day (aws kms describe-key, get-public-key and get-key-policy {}) and remove what \
             is out of date.",
            key_argument(key)
        ))
        .content(&content(conflict))
}

/// The two values in a fixed order: which file comes first must not matter.
fn content(conflict: &Conflict) -> String {
    let mut values = [conflict.values.0.as_str(), conflict.values.1.as_str()];
    values.sort_unstable();
    format!("{}\n{}", conflict.about, values.join("\n"))
}

/// True if some fact of the key is told by two exports at least, so that a comparison was made.
fn is_told_twice(bundle: &Bundle, key: &Key) -> bool {
    let (mut specs, mut metadata, mut policies) = (0_usize, 0_usize, Vec::new());
    for (artefact, _) in bundle.of_key(key).filter(|(artefact, _)| !artefact.intent) {
        match &artefact.data {
            Data::PublicKey(export) => {
                let computed = export
                    .result
                    .as_ref()
                    .err()
                    .is_none_or(|error| error.key_spec().is_some());
                // One export that names the spec of its own bytes is still one export.
                specs = specs.saturating_add(usize::from(computed || export.key_spec.is_some()));
            }
            Data::Metadata(own) => {
                metadata = metadata.saturating_add(1);
                specs = specs.saturating_add(usize::from(own.key_spec.is_some()));
            }
            Data::Policy(export) => {
                policies.push(export.name.as_ref().map_or("default", |name| name.value.as_str()));
            }
            _ => {}
        }
    }
    let count = policies.len();
    policies.sort_unstable();
    policies.dedup();
    specs > 1 || metadata > 1 || policies.len() < count
}
