//! Wildcards of actions: what `wildcard-action` and `signer-wildcard-action` share.
//!
//! One statement is one finding of one of the two, with all that follows from it. The statement that the console writes for
//! administrators is such a finding, and the only one on it.

use std::collections::BTreeSet;

use super::case::{Case, each, listed};
use super::policies;
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::catalogue::Power;
use crate::policy::lint::{
    ConsoleStatement, DeadAction, Wildcards, console_statement, dead_actions, wildcards,
};
use crate::policy::{Document, Effect, Principal, Statement};
use crate::rules::{Context, Meta, Outcome};

/// The most patterns, and the most actions, that a sentence names.
const MOST: usize = 6;

/// Which of the two rules is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of principals that do not sign, or of wildcards that do not administer.
    Others,
    /// Of signers, wildcards that administer.
    Signers,
}

pub(super) fn judge(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    whose: Whose,
    pass: &str,
) -> Outcome {
    let unknown = std::cell::Cell::new(None);
    let signers: Vec<(&PolicyExport, BTreeSet<&Principal>)> = policies(context.bundle, key)
        .into_iter()
        .map(|policy| (policy, signers(&policy.document)))
        .collect();
    let outcome = each(meta, context, key, pass, |case| {
        let Some(found) = wildcards(case.statement, case.metadata) else {
            return Vec::new();
        };
        let named: Vec<&Principal> = principals(case.statement).collect();
        if let Some(who) = named.iter().find(|one| matches!(one, Principal::Unknown(_))) {
            unknown.set(Some(format!(
                "{} gives wildcards of actions to a principal that only deployment names: {}",
                case.name(),
                who.as_str()
            )));
        }
        let sign = signers
            .iter()
            .find(|(policy, _)| std::ptr::eq(*policy, case.policy));
        let (own, others): (Vec<&Principal>, Vec<&Principal>) = named
            .into_iter()
            .filter(|one| one.is_named())
            .partition(|one| sign.is_some_and(|(_, signers)| signers.contains(one)));
        let administers = strongest(&found) != Power::Sign;
        match whose {
            Whose::Signers if administers && !own.is_empty() => vec![of_signers(case, &found, &own)],
            Whose::Others if (!own.is_empty() || !others.is_empty()) && (own.is_empty() || !administers) => {
                vec![of_others(case, &found)]
            }
            _ => Vec::new(),
        }
    });
    match (outcome, unknown.into_inner()) {
        (Outcome::Pass(_), Some(why)) => Outcome::NotEvaluated(why),
        (outcome, _) => outcome,
    }
}

/// The most that the wildcards give of administration; [`Power::Sign`] where they give none.
fn strongest(found: &Wildcards) -> Power {
    [Power::TakeOver, Power::Destroy, Power::Stop, Power::Redirect]
        .into_iter()
        .find(|power| !found.with(*power).is_empty())
        .unwrap_or(Power::Sign)
}

/// The users, roles and sessions that a statement names, and those who may be one.
pub(super) fn principals(statement: &Statement) -> impl Iterator<Item = &Principal> {
    let list = statement.principals.iter().filter(|list| !list.negated);
    list.flat_map(crate::policy::Principals::iter)
        .filter(|one| one.is_named() || matches!(one, Principal::Unknown(_)))
}

/// The principals that some Allow of the document lets sign.
fn signers(document: &Document) -> BTreeSet<&Principal> {
    let sign = |statement: &&Statement| {
        let covers = statement
            .actions
            .iter()
            .any(|(action, _)| action.covers("kms:Sign"));
        statement.effect == Some(Effect::Allow) && covers != statement.not_action
    };
    document
        .statements
        .iter()
        .filter(sign)
        .flat_map(principals)
        .collect()
}

/// What the holder of some actions can do, in sentences, the worst first.
fn consequences(case: &Case<'_>, found: &Wildcards) -> Vec<String> {
    let mut actions = found.actions.clone();
    if console_statement(case.statement).is_some() {
        // All that the statement gives belongs to the one finding on it.
        let all = case.statement.actions.iter();
        actions.extend(all.flat_map(|(pattern, _)| crate::policy::catalogue::covered(pattern.as_str())));
        actions.sort_by_key(|action| action.name);
        actions.dedup_by_key(|action| action.name);
    }
    let has = |name: &str| actions.iter().any(|action| action.name == name);
    let mut said = Vec::new();
    let mut say = |held: bool, text: &str| {
        if held {
            said.push(text.to_owned());
        }
    };
    say(
        has("CreateGrant"),
        "they may give kms:Sign to themselves or to anybody by a grant (kms:CreateGrant)",
    );
    say(
        has("PutKeyPolicy"),
        "they may rewrite the key policy (kms:PutKeyPolicy)",
    );
    say(
        has("ScheduleKeyDeletion"),
        "they may have the key deleted (kms:ScheduleKeyDeletion)",
    );
    say(has("DisableKey"), "they may stop the key (kms:DisableKey)");
    say(
        has("UpdateAlias") || has("DeleteAlias"),
        "they may point the key's aliases elsewhere, or take them away (kms:UpdateAlias, kms:DeleteAlias)",
    );
    say(
        has("TagResource") || has("UntagResource"),
        "they may change the key's tags, by which other policies may go (kms:TagResource, kms:UntagResource)",
    );
    said
}

fn patterns<'c>(case: &'c Case<'_>, found: &Wildcards) -> Vec<&'c str> {
    let actions = &case.statement.actions;
    let entries = found.entries.iter().filter_map(|index| actions.get(*index));
    entries.map(|(pattern, _)| pattern.as_str()).collect()
}

fn start(case: &Case<'_>, found: &Wildcards, severity: Severity, message: String) -> crate::finding::Builder {
    let actions = &case.statement.actions;
    let first = found.entries.first().and_then(|index| actions.get(*index));
    let place = first.map_or(&case.statement.span, |(_, place)| place);
    let mut builder = case.finding(severity, message, place, "covers what KMS adds later, too");
    for text in consequences(case, found) {
        builder = builder.consequence(text);
    }
    let names: Vec<String> = found
        .actions
        .iter()
        .map(|action| format!("kms:{}", action.name))
        .collect();
    builder.note(format!(
        "Covered today, of what works on the key: {}.",
        listed(&names, usize::MAX)
    ))
}

fn of_others(case: &Case<'_>, found: &Wildcards) -> Finding {
    let patterns = patterns(case, found);
    let severity = if strongest(found) == Power::Sign {
        Severity::Low
    } else {
        case.meta.severity
    };
    let names: Vec<&str> = principals(case.statement)
        .filter(|one| one.is_named())
        .map(Principal::as_str)
        .collect();
    let whom = listed(&names, 2);
    let is_console = console_statement(case.statement) == Some(ConsoleStatement::Administrators);
    let what = if is_console {
        "administration by wildcards"
    } else {
        "wildcards of actions"
    };
    let message = format!("{} gives {whom} {what}: {}", case.name(), listed(&patterns, MOST));
    let mut builder = start(case, found, severity, message);
    let dead: Vec<&str> = dead_actions(case.statement, case.metadata)
        .into_iter()
        .filter(|(_, why)| is_console && !matches!(why, DeadAction::RetireGrant))
        .filter_map(|(index, _)| case.statement.actions.get(index))
        .map(|(pattern, _)| pattern.as_str())
        .collect();
    if !dead.is_empty() {
        builder = builder.note(format!("Of no use on this key: {}.", listed(&dead, usize::MAX)));
    }
    if is_console {
        builder = builder.note("The console writes this statement for the key's administrators.");
    }
    let change = if is_console {
        "Write out what the administrators need instead of the wildcards (kms:DescribeKey, kms:GetKeyPolicy, kms:PutKeyPolicy, \
         kms:ListGrants, kms:RevokeGrant, kms:CancelKeyDeletion, kms:EnableKey …) and leave kms:CreateGrant out"
            .to_owned()
    } else {
        format!(
            "Write out the actions that are needed instead of {}",
            listed(&patterns, MOST)
        )
    };
    builder
        .remedy(case.change(&change))
        .content(&case.content(&patterns.join(",")))
}

fn of_signers(case: &Case<'_>, found: &Wildcards, signers: &[&Principal]) -> Finding {
    let patterns = patterns(case, found);
    let severity = if strongest(found) == Power::Redirect {
        Severity::Medium
    } else {
        case.meta.severity
    };
    let names: Vec<&str> = signers.iter().map(|one| one.as_str()).collect();
    let strong: Vec<String> = [Power::TakeOver, Power::Destroy, Power::Stop, Power::Redirect]
        .into_iter()
        .flat_map(|power| found.with(power))
        .map(|name| format!("kms:{name}"))
        .collect();
    let message = format!(
        "{} gives {}, which {}, also {} by {} {}",
        case.name(),
        listed(&names, 2),
        if names.len() == 1 { "signs" } else { "sign" },
        listed(&strong, 3),
        if patterns.len() == 1 {
            "the wildcard"
        } else {
            "the wildcards"
        },
        listed(&patterns, MOST)
    );
    let change = format!(
        "Allow {} no more than kms:GetPublicKey and kms:Sign, and another principal what administration needs",
        listed(&names, 2)
    );
    start(case, found, severity, message)
        .confidence(Confidence::High)
        .consequence(
            "whoever gets hold of the signer's credentials has the key itself, not only its signatures",
        )
        .remedy(case.change(&change))
        .content(&case.content(&patterns.join(",")))
}
