//! Rules on key policies.

pub mod removable_describe_key;
pub mod removable_grant_statement;
pub mod removable_verify;
pub mod replica_policy_differs;

mod removable;

use std::collections::BTreeSet;

use crate::evidence::{Bundle, Data, Key, PolicyExport};
use crate::policy::Statement;
use crate::rules::Outcome;
use crate::source::Span;

/// The key policies of a key that can be judged. One that is there twice with the same content counts once.
pub(super) fn policies<'b>(bundle: &'b Bundle, key: &'b Key) -> Vec<&'b PolicyExport> {
    let mut found: Vec<&PolicyExport> = bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::Policy(export) if export.is_key_policy => Some(export),
            _ => None,
        })
        .collect();
    if found.len() > 1 {
        let mut seen = BTreeSet::new();
        found.retain(|export| seen.insert(export.document.canonical()));
    }
    found
}

/// The outcome for a key whose policy is not in the evidence.
pub(super) fn no_policy() -> Outcome {
    Outcome::NotEvaluated("the key's policy is not in the evidence (aws kms get-key-policy)".to_owned())
}

/// The span of a statement.
pub(super) fn statement_span(policy: &PolicyExport, statement: &Statement) -> Span {
    Span::new(policy.source, statement.span.clone())
}

/// The canonical text of the statement of an index, for a finding's fingerprint.
pub(super) fn statement_content(policy: &PolicyExport, index: usize) -> String {
    policy
        .document
        .root
        .get("Statement")
        .map(crate::json::Node::one_or_many)
        .unwrap_or_default()
        .get(index)
        .map(crate::policy::canonical)
        .unwrap_or_default()
}
