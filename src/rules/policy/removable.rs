//! What `removable-describe-key` and `removable-verify` share: an action that a signer holds and does not need.

use std::collections::BTreeSet;

use super::{no_policy, policies, put_in_force, statement_content, statement_span, undecided};
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Confidence, Finding, Label};
use crate::policy::{Effect, Principal, Statement};
use crate::rules::{Context, Meta, Outcome};
use crate::source::Span;

/// The Sid that the console gives the statement of key users.
const USE_SID: &str = "Allow use of the key";

/// The most statements that an outcome names.
const MOST_NAMES: usize = 5;

/// One action that the guide removes.
pub(super) struct Removable {
    /// `service:Name`
    pub(super) action: &'static str,
    /// What is to be known before it goes.
    pub(super) note: &'static str,
}

/// Judges the policies of a key: every `Allow` that lists the action by its whole name for a signer.
///
/// Wildcards of the account and of administrators are left alone. A signer that holds the action through a wildcard, or
/// through `NotAction`, is no finding here, but no pass either.
pub(super) fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key, what: &Removable) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let mut findings = Vec::new();
    let mut through: BTreeSet<String> = BTreeSet::new();
    let mut unclear = None;
    for policy in &policies {
        let signers: BTreeSet<&Principal> = policy
            .document
            .statements
            .iter()
            .filter(|statement| holds(statement, "kms:Sign"))
            .flat_map(named)
            .collect();
        for (index, statement) in policy.document.statements.iter().enumerate() {
            let holders: Vec<&str> = named(statement)
                .filter(|principal| signers.contains(principal))
                .map(Principal::as_str)
                .collect();
            let by_sid = statement.sid.as_ref().is_some_and(|(sid, _)| sid == USE_SID);
            if statement.effect == Some(Effect::Allow)
                && !statement.not_action
                && (by_sid || !holders.is_empty())
                && let Some((_, range)) = statement
                    .actions
                    .iter()
                    .find(|(action, _)| action.is_exactly(what.action))
            {
                let span = Span::new(policy.source, range.clone());
                findings.push(finding(
                    meta,
                    key,
                    what,
                    (policy, statement, index),
                    &holders,
                    span,
                ));
            } else if let Some(why) = unknown_holder(statement, &signers, what) {
                unclear = unclear.or(Some(format!("{} {why}", statement.name(index))));
            } else if holds(statement, what.action) && (!holders.is_empty() || is_open(statement)) {
                through.insert(statement.name(index));
            }
        }
    }
    if findings.is_empty()
        && let Some(outcome) = undecided(context.bundle, &policies).or(unclear.map(Outcome::NotEvaluated))
    {
        return outcome;
    }
    if findings.is_empty() && !through.is_empty() {
        let mut names: Vec<String> = through.iter().take(MOST_NAMES).cloned().collect();
        if through.len() > MOST_NAMES {
            names.push(format!("{} more", through.len().saturating_sub(MOST_NAMES)));
        }
        return Outcome::NotApplicable(format!(
            "held through a wildcard: {} gives {} to a principal that the policy lets sign",
            names.join(" and "),
            what.action
        ));
    }
    Outcome::of(
        findings,
        format!(
            "no Allow statement of the key policy lists {} for a principal that the policy lets sign",
            what.action
        ),
    )
}

fn finding(
    meta: &'static Meta,
    key: &Key,
    what: &Removable,
    (policy, statement, index): (&PolicyExport, &Statement, usize),
    holders: &[&str],
    span: Span,
) -> Finding {
    let (action, name) = (what.action, statement.name(index));
    let whom = if holders.is_empty() {
        String::new()
    } else {
        format!(" for {}", holders.join(", "))
    };
    let label = Label {
        span,
        message: "can be removed".to_owned(),
    };
    let is_known = statement.sid.as_ref().is_some_and(|(sid, _)| sid == USE_SID)
        || named(statement).any(|one| one.is_named() && holders.contains(&one.as_str()));
    let confidence = if is_known {
        Confidence::High
    } else {
        Confidence::Medium
    };
    Finding::builder(
        meta.id,
        meta.severity,
        key.subject(),
        format!("{name} allows {action}{whom}, which signing does not need"),
        label,
    )
    .confidence(confidence)
    .related(statement_span(policy, statement), "the statement")
    .note(
        "Hyperlane's guide, step 2: tighten the generated policy by removing kms:DescribeKey and kms:Verify from \
         \"Allow use of the key\".",
    )
    .note(what.note)
    .remedy(put_in_force(
        policy,
        &format!("Remove {action} from the statement"),
        &format!(
            " and put the policy back: aws kms put-key-policy {} --policy-name default --policy \
             file://key-policy.json.",
            crate::rules::common::key_argument(key)
        ),
    ))
    .content(&statement_content(policy, index))
}

/// Why it is not known whether a statement gives the action to a signer: one of the two is somebody whom only deployment
/// names.
fn unknown_holder(statement: &Statement, signers: &BTreeSet<&Principal>, what: &Removable) -> Option<String> {
    let is_unknown = |principal: &&Principal| matches!(principal, Principal::Unknown(_));
    if !holds(statement, what.action) {
        return None;
    }
    let own = named(statement).find(is_unknown).or_else(|| {
        let others = named(statement).next().is_some();
        signers
            .iter()
            .copied()
            .find(|signer| others && is_unknown(signer))
    })?;
    Some(format!(
        "gives {} to principals of which only deployment tells whether they sign: {}",
        what.action,
        own.as_str()
    ))
}

/// The users, roles and sessions that a statement names, and those who may be one.
fn named(statement: &Statement) -> impl Iterator<Item = &Principal> {
    statement
        .principals
        .iter()
        .filter(|list| !list.negated)
        .flat_map(crate::policy::Principals::iter)
        .filter(|principal| principal.is_named() || matches!(principal, Principal::Unknown(_)))
}

/// True if the statement allows `action`, through `NotAction` too.
fn holds(statement: &Statement, action: &str) -> bool {
    let covered = statement
        .actions
        .iter()
        .any(|(pattern, _)| pattern.covers(action));
    statement.effect == Some(Effect::Allow) && covered != statement.not_action
}

/// True if the statement lets everybody sign, or everybody but some.
fn is_open(statement: &Statement) -> bool {
    holds(statement, "kms:Sign")
        && statement
            .principals
            .as_ref()
            .is_some_and(|list| list.negated || list.iter().any(|one| *one == Principal::Everyone))
}
