//! Rules on key policies.

pub mod admin_condition_unsatisfiable;
pub mod administrators_deleted;
pub mod alias_redirect;
pub mod allow_notaction;
pub mod allow_notprincipal;
pub mod bad_character;
pub mod broad_account_delegation;
pub mod condition_key_not_for_action;
pub mod condition_type_mismatch;
pub mod constant_condition;
pub mod cross_account_account_root;
pub mod cross_account_create_grant;
pub mod cross_account_sign;
pub mod dead_action_for_key_type;
pub mod deleted_principal;
pub mod deny_locks_out_root;
pub mod duplicate_sid;
pub mod iam_only_action;
pub mod inapplicable_import_action;
pub mod inapplicable_multi_region_action;
pub mod invalid_principal;
pub mod message_type_not_pinned;
pub mod missing_resource_or_action;
pub mod no_cancel_deletion;
pub mod no_effect_statement;
pub mod no_network_guard;
pub mod no_policy_administrator;
pub mod no_signer;
pub mod old_or_missing_version;
pub mod only_deletable_administrators;
pub mod pin_breaks_get_public_key;
pub mod pin_on_allow_only;
pub mod policy_lockout_bypass_allowed;
pub mod policy_too_large;
pub mod public_principal;
pub mod redundant_action;
pub mod redundant_statement;
pub mod removable_describe_key;
pub mod removable_grant_statement;
pub mod removable_verify;
pub mod replica_policy_differs;
pub mod resource_not_star;
pub mod schedule_deletion_unguarded;
pub mod service_principal_without_source;
pub mod set_operator_misuse;
pub mod signer_can_create_grant;
pub mod signer_can_delete_or_disable;
pub mod signer_can_put_policy;
pub mod signer_wildcard_action;
pub mod tag_or_alias_abac_path;
pub mod undeclared_signer;
pub mod unknown_action;
pub mod unknown_condition_key;
pub mod unknown_condition_operator;
pub mod unrestricted_create_grant;
pub mod user_principal_signer;
pub mod weak_public_condition;
pub mod wildcard_action;
pub mod wrong_pin_value;

mod case;
mod conditions;
mod cross;
mod dead;
mod lockout;
mod pins;
mod redundant;
mod removable;
mod signer;
mod takeover;
mod text;
mod wildcard;

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
