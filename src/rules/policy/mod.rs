//! Rules on key policies.

pub mod removable_describe_key;
pub mod removable_grant_statement;
pub mod removable_verify;
pub mod replica_policy_differs;
pub mod user_principal_signer;

mod removable;

use std::collections::BTreeSet;

use crate::evidence::{Bundle, Data, Key, PolicyExport};
use crate::policy::Statement;
use crate::rules::Outcome;
use crate::source::Span;

/// The key policies of a key that can be judged. One that is there twice with the same content counts once.
pub(in crate::rules) fn policies<'b>(bundle: &'b Bundle, key: &'b Key) -> Vec<&'b PolicyExport> {
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

/// The outcome for a key whose policy is not in the evidence, with what a file says of it.
pub(in crate::rules) fn no_policy(bundle: &Bundle, key: &Key) -> Outcome {
    let why = bundle.of_key(key).find_map(|(artefact, _)| match &artefact.data {
        Data::NotTold(part) if part.kind == "policy" => Some(part.message.clone()),
        _ => None,
    });
    let what = "the key's policy is not in the evidence (aws kms get-key-policy)";
    Outcome::NotEvaluated(why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}")))
}

/// The outcome for policies of which code leaves a part to deployment: what that part allows is not known.
pub(super) fn undecided(bundle: &Bundle, policies: &[&PolicyExport]) -> Option<Outcome> {
    let places: BTreeSet<usize> = policies
        .iter()
        .flat_map(|policy| {
            let spans = policy.document.unknown.iter();
            spans.map(|range| Span::new(policy.source, range.clone()))
        })
        .map(|span| bundle.sources.place(span).start.line)
        .collect();
    let first = places.first()?;
    let more = match places.len() {
        1 => String::new(),
        several => format!(" and {} more", several.saturating_sub(1)),
    };
    Some(Outcome::NotEvaluated(format!(
        "a part of the key policy is known only when it is deployed: line {first}{more}"
    )))
}

/// How a change of a policy comes into force: `by_hand`, or in the code that it is made from.
pub(super) fn put_in_force(policy: &PolicyExport, change: &str, by_hand: &str) -> String {
    if policy.teller.is_code() {
        format!("{change} in the code and deploy it: what is changed by hand, the next deployment undoes.")
    } else {
        format!("{change}{by_hand}")
    }
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
