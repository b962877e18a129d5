//! What does nothing: it goes, and nobody loses anything.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Proposal, Seen};
use crate::json::Node;
use crate::policy::Statement;
use crate::policy::harden::change::Change;
use crate::policy::lint::{self, ConditionFlaw, DeadAction, Holds, NoEffect};

/// `deleted-principal`
pub(super) fn deleted_principals(seen: &Seen<'_>, plan: &mut Plan) {
    for (index, statement) in seen.statements() {
        let Some(list) = statement.principals.as_ref().filter(|list| !list.negated) else {
            continue;
        };
        let places: Vec<_> = lint::deleted_principals(statement)
            .into_iter()
            .map(|(_, place)| place)
            .collect();
        let which: Vec<usize> = list
            .list
            .iter()
            .enumerate()
            .filter(|(_, (_, span))| places.contains(span))
            .map(|(at, _)| at)
            .collect();
        if which.is_empty() {
            continue;
        }
        let change = if which.len() == list.list.len() {
            Change::RemoveStatement
        } else {
            Change::RemovePrincipals(which)
        };
        let why = "The unique id of a user or role that was deleted: it matches nobody, not even a new user or role of the \
                   same name.";
        plan.add(Proposal::new("deleted-principal", index, change, why));
    }
}

/// `no-effect-statement`
pub(super) fn no_effect(seen: &Seen<'_>, plan: &mut Plan) {
    let key = seen.key();
    for (index, _) in seen.statements() {
        if let Some(why) = lint::no_effect(seen.document, index, &key) {
            let why = match why {
                NoEffect::Contradiction { key, .. } => {
                    format!("No request meets its conditions on {key} together: it never applies.")
                }
                NoEffect::OtherPrincipals { key, .. } => {
                    format!(
                        "Its condition on {key} asks for what none of its principals has: it never applies."
                    )
                }
                NoEffect::DeniesOtherKeys => "It denies what KMS refuses on a signing key anyway.".to_owned(),
                NoEffect::DeniesNothing => "It denies what nothing in the policy allows.".to_owned(),
            };
            plan.add(Proposal::new(
                "no-effect-statement",
                index,
                Change::RemoveStatement,
                why,
            ));
        }
    }
}

/// `constant-condition`
pub(super) fn constant_conditions(seen: &Seen<'_>, plan: &mut Plan) {
    let key = seen.key();
    for (index, statement) in seen.statements() {
        let mut always = Vec::new();
        let mut names = Vec::new();
        let mut never = None;
        for flaw in lint::condition_flaws(seen.document, statement, &key) {
            if !matches!(flaw.flaw, ConditionFlaw::Constant(_)) {
                continue;
            }
            match flaw.holds {
                Holds::Always => {
                    always.extend(place_of(statement, &flaw.place));
                    names.push(format!("{} {}", flaw.operator, flaw.key));
                }
                Holds::Never => never = Some(format!("{} {}", flaw.operator, flaw.key)),
                _ => {}
            }
        }
        if let Some(name) = never {
            let why = format!("Of this key the condition {name} is never true: the statement never applies.");
            plan.add(Proposal::new(
                "constant-condition",
                index,
                Change::RemoveStatement,
                why,
            ));
        } else if !always.is_empty() {
            let why = format!(
                "Of this key it is always true, as DescribeKey says: {}.",
                names.join(", ")
            );
            let change = Change::RemoveConditions(always);
            plan.add(Proposal::new("constant-condition", index, change, why));
        }
    }
}

/// Number of the operator, and of the key in it, whose name stands at a place.
fn place_of(statement: &Statement, place: &std::ops::Range<usize>) -> Option<(usize, usize)> {
    let operators = statement.condition.as_ref()?.members().iter().enumerate();
    operators
        .flat_map(|(number, operator)| {
            let keys = operator.value.members().iter().enumerate();
            keys.map(move |(at, key)| (number, at, key))
        })
        .find(|(.., key)| key.key_span == *place)
        .map(|(number, at, _)| (number, at))
}

/// `iam-only-action`, `dead-action-for-key-type`, `inapplicable-import-action`, `inapplicable-multi-region-action`
pub(super) fn actions(seen: &Seen<'_>, plan: &mut Plan) {
    let key = seen.key();
    for (index, statement) in seen.allows() {
        let mut by_rule: BTreeMap<(usize, &'static str), (Vec<usize>, &'static str)> = BTreeMap::new();
        for (at, why) in lint::dead_actions(statement, &key) {
            let (order, rule, why) = match why {
                DeadAction::IamOnly => (
                    0,
                    "iam-only-action",
                    "It is on no key: only an IAM policy gives it, a key policy does not.",
                ),
                DeadAction::RetireGrant => (
                    0,
                    "iam-only-action",
                    "The permission to retire a grant comes from the grant, or from IAM: an Allow of a key policy does not \
                     give it.",
                ),
                DeadAction::ForKeyType(_) => (
                    1,
                    "dead-action-for-key-type",
                    "KMS refuses it on a signing key. It was copied from the policy of another key, and hides what this one \
                     is for.",
                ),
                DeadAction::Import => (
                    2,
                    "inapplicable-import-action",
                    "It is for imported key material, and this key's was made inside KMS (Origin AWS_KMS).",
                ),
                DeadAction::MultiRegion => (
                    3,
                    "inapplicable-multi-region-action",
                    "It is for multi-Region keys. This is none, and never becomes one.",
                ),
            };
            let entry = by_rule.entry((order, rule)).or_insert_with(|| (Vec::new(), why));
            entry.0.push(at);
        }
        for ((_, rule), (which, why)) in by_rule {
            plan.add(Proposal::new(rule, index, Change::RemoveActions(which), why));
        }
    }
}

/// `redundant-statement` and `redundant-action`
pub(super) fn redundant(seen: &Seen<'_>, plan: &mut Plan) {
    let found = lint::redundant(seen.document);
    let editable: BTreeSet<usize> = seen.statements().map(|(index, _)| index).collect();
    let name = |index: usize| {
        let statement = seen.document.statements.get(index);
        statement.map_or_else(String::new, |statement| statement.name(index))
    };
    for (index, by) in found.statements {
        if editable.contains(&index) {
            let by: Vec<String> = by.into_iter().map(name).collect();
            let why = format!("Everything that it says is in {} as well.", super::listed(&by));
            plan.add(Proposal::new(
                "redundant-statement",
                index,
                Change::RemoveStatement,
                why,
            ));
        }
    }
    let mut by_statement: BTreeMap<usize, (Vec<usize>, BTreeSet<String>)> = BTreeMap::new();
    for entry in found.actions {
        let own = by_statement.entry(entry.statement).or_default();
        own.0.push(entry.action);
        for (statement, action) in entry.by {
            let covering = seen.document.statements.get(statement);
            if let Some((pattern, _)) = covering.and_then(|statement| statement.actions.get(action)) {
                own.1
                    .insert(format!("{} of {}", pattern.as_str(), name(statement)));
            }
        }
    }
    for (index, (which, by)) in by_statement {
        if editable.contains(&index) {
            let by: Vec<String> = by.into_iter().collect();
            let why = format!("It is covered by {}.", super::listed(&by));
            plan.add(Proposal::new(
                "redundant-action",
                index,
                Change::RemoveActions(which),
                why,
            ));
        }
    }
}

/// `duplicate-sid`
pub(super) fn duplicate_sids(seen: &Seen<'_>, plan: &mut Plan) {
    let mut all: BTreeSet<String> = seen
        .document
        .statements
        .iter()
        .filter_map(|statement| statement.sid.as_ref().map(|(sid, _)| sid.clone()))
        .collect();
    let mut before: BTreeSet<&str> = BTreeSet::new();
    let editable: BTreeSet<usize> = seen.statements().map(|(index, _)| index).collect();
    for (index, statement) in seen.document.statements.iter().enumerate() {
        let Some((sid, _)) = statement.sid.as_ref().filter(|(sid, _)| !sid.is_empty()) else {
            continue;
        };
        if before.insert(sid) || !editable.contains(&index) {
            continue;
        }
        let space = if sid.contains(' ') { " " } else { "" };
        let fresh = (2_usize..).map(|number| format!("{sid}{space}{number}"));
        let Some(fresh) = fresh.take(10_000).find(|one| !all.contains(one)) else {
            continue;
        };
        let why = "An earlier statement has the same Sid: a tool that edits by Sid takes the wrong one.";
        all.insert(fresh.clone());
        plan.add(Proposal::new("duplicate-sid", index, Change::Rename(fresh), why));
    }
}

/// The texts of a condition's values.
pub(super) fn texts(values: &[&Node]) -> Option<Vec<String>> {
    values
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect()
}
