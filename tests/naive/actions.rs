//! Which actions and which resources a statement is about, and what is known of KMS's actions.

use serde_json::Value;

use crate::case::{Statement, many};
use crate::context::Asked;
use crate::patterns::{Piece, matches, matches_within_segments, resolve, wildcards};

/// What AWS's tables say of an action of KMS (KMS developer guide, "AWS KMS permissions").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    /// A key policy has a say.
    pub(crate) key_policy: bool,
    /// It may be used from another account.
    pub(crate) cross_account: bool,
    /// A grant can list it.
    pub(crate) grantable: bool,
    /// The resource is a key.
    pub(crate) on_key: bool,
    /// It needs a permission on an alias as well.
    pub(crate) on_alias: bool,
}

/// The facts, from a table that the engine does not read.
pub(crate) fn kms_fact(action: &str) -> Option<(&'static str, Fact)> {
    static TABLE: std::sync::LazyLock<Vec<(String, Fact)>> = std::sync::LazyLock::new(|| {
        let table: Value =
            serde_json::from_str(include_str!("../../testdata/policy/kms_actions.json")).expect("JSON");
        let actions = table["actions"].as_array().expect("a list");
        actions
            .iter()
            .map(|row| {
                let name = row["action"]
                    .as_str()
                    .and_then(|name| name.strip_prefix("kms:"))
                    .expect("a name");
                let on = |kind: &str| many(&row["resource_types"]).any(|value| value == kind);
                let fact = Fact {
                    key_policy: row["key_policy_relevant"] == true,
                    cross_account: row["cross_account_use"] == true,
                    grantable: row["grantable"] == true,
                    on_key: on("key"),
                    on_alias: on("alias"),
                };
                (name.to_owned(), fact)
            })
            .collect()
    });
    TABLE
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(action))
        .map(|(name, fact)| (name.as_str(), *fact))
}

/// IAM User Guide, "IAM JSON policy elements: Action": the prefix and the name are not case-sensitive; wildcards stand in
/// the name.
fn names_action(pattern: &str, service: &str, action: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some((of, name)) = pattern.split_once(':') else {
        return false;
    };
    of.eq_ignore_ascii_case(service)
        && matches(
            &wildcards(&name.to_ascii_lowercase()),
            &action.to_ascii_lowercase(),
        )
}

/// Whether a statement is about the action. One without `Action` and `NotAction`, or with an empty list, is about none.
pub(crate) fn covers_action(statement: Statement<'_>, service: &str, action: &str) -> bool {
    let listed = |value: &Value| {
        many(value)
            .filter_map(Value::as_str)
            .any(|pattern| names_action(pattern, service, action))
    };
    let elements = statement.elements;
    match (elements.get("Action"), elements.get("NotAction")) {
        (Some(list), _) => listed(list),
        (None, Some(list)) => many(list).next().is_some() && !listed(list),
        (None, None) => false,
    }
}

/// Whether a pattern of `Resource` matches. Nothing where it has a variable without a value.
fn names_resource(pattern: &str, variables: bool, resource: &str, asked: &mut Asked<'_, '_>) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    let pattern = resolve(pattern, variables, true, asked)?;
    // "When you specify an incomplete ARN, AWS automatically completes the ARN by adding wildcard characters (*) to all
    // missing fields."
    let mut complete = pattern.clone();
    while complete
        .iter()
        .filter(|piece| **piece == Piece::Letter(':'))
        .count()
        < 5
    {
        complete.extend([Piece::Letter(':'), Piece::Any]);
    }
    // "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon
    // boundaries." Of others that is not said.
    let either = |by: fn(&[Piece], &str) -> bool| by(&pattern, resource) || by(&complete, resource);
    let sure = either(matches_within_segments);
    Some(sure || (either(matches) && asked.world.maybe("a wildcard across segments of an ARN")))
}

/// Whether a statement is about the resource, by its `Resource` or `NotResource`. Nothing where it has neither.
pub(crate) fn covers_resource(
    statement: Statement<'_>,
    resource: &str,
    asked: &mut Asked<'_, '_>,
) -> Option<bool> {
    let elements = statement.elements;
    let (list, wanted) = match (elements.get("Resource"), elements.get("NotResource")) {
        (Some(list), _) => (list, true),
        (None, Some(list)) => (list, false),
        (None, None) => return None,
    };
    let mut listed = false;
    let mut unresolved = false;
    let mut empty = true;
    for pattern in many(list).filter_map(Value::as_str) {
        empty = false;
        match names_resource(pattern, statement.variables, resource, asked) {
            Some(hit) => listed |= hit,
            None => unresolved = true,
        }
    }
    if empty {
        return Some(false);
    }
    let covers = listed == wanted;
    // "If AWS cannot resolve a variable, this might cause the entire statement to be invalid."
    Some(covers && (!unresolved || asked.world.maybe("a statement with a variable that has no value")))
}
