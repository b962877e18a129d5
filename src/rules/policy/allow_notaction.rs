//! An Allow of every action but those that it lists.

use std::collections::BTreeSet;

use super::takeover::{POLICIES, Takeover, ask, by_harm, listed};
use super::{cross, statement_content};
use crate::arn::Arn;
use crate::evidence::Key;
use crate::finding::{Finding, Severity};
use crate::policy::access::{Harm, Party, Who};
use crate::policy::evaluate::{Because, PolicyRef};
use crate::policy::{Principal, Statement};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `allow-notaction`
    AllowNotaction,
    "allow-notaction",
    Policy,
    High,
    "An Allow with NotAction gives every action but those that it lists",
    "allow_notaction.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let others = cross::outsides(&takeover);
    let findings = takeover
        .allows()
        .filter(|(_, statement, _)| statement.not_action)
        .filter(|(of, _, index)| takeover.claim(*of, *index).is_none())
        .filter_map(|(of, statement, index)| finding(meta, &takeover, &others, (of, statement, index)))
        .collect();
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "no Allow statement of the key's policies has NotAction, or none that another rule does not speak of",
    )
}

fn finding(
    meta: &'static Meta,
    takeover: &Takeover<'_>,
    others: &[cross::Outside<'_>],
    (of, statement, index): (PolicyRef, &Statement, usize),
) -> Option<Finding> {
    let because = Because::allow(of, index);
    let mut asker = takeover.asker();
    let mut actions: BTreeSet<&'static str> = BTreeSet::new();
    let mut names: Vec<String> = Vec::new();
    let mut named = false;
    for party in parties(takeover, statement) {
        let given = given(&mut asker, &party, because);
        // What another account may do is spoken of by the rules on other accounts.
        if given.is_empty() || cross::is_spoken_of(takeover, others, &party) {
            continue;
        }
        named |= matches!(party.who, Who::Principal(_));
        names.push(party_words(&party));
        actions.extend(given);
    }
    if names.is_empty() {
        return None;
    }
    let worst = actions.iter().map(|action| Harm::of(action)).max();
    let severity = match worst {
        // The account's own statement is as wide as AWS's default policy, or narrower.
        _ if !named => Severity::Low,
        Some(Harm::Take | Harm::Lose) => meta.severity,
        _ => Severity::Medium,
    };
    let name = statement.name(index);
    let message = format!(
        "{name} allows with NotAction: {} may do everything that it does not list, {} among it",
        listed(&names),
        listed(by_harm(actions.iter()))
    );
    let (builder, _) = takeover.draft(meta, severity, message, "everything but this", (None, &[because]));
    let export = takeover.access.export(takeover.bundle, of)?;
    let change = "List the actions that are needed in Action in place of NotAction: a signer needs kms:Sign and \
                  kms:GetPublicKey";
    Some(
        builder
            .consequence("actions that AWS adds to KMS are given unseen")
            .remedy(takeover.remedy(change, &[because]))
            .content(&statement_content(export, index)),
    )
}

fn party_words(party: &Party) -> String {
    match &party.who {
        Who::Account(account) => format!("any principal of account {account} whose IAM allows it"),
        Who::Principal(text) => Arn::parse(text).map_or_else(|| text.clone(), |arn| arn.resource.to_owned()),
        _ => party.caller.text.clone(),
    }
}

/// Those whom the statement names.
fn parties(takeover: &Takeover<'_>, statement: &Statement) -> Vec<Party> {
    let list = statement
        .principals
        .iter()
        .flat_map(crate::policy::Principals::iter);
    list.filter_map(|principal| match principal {
        Principal::Account(account) => Some(Party::anyone_of(account, takeover.partition())),
        other => takeover
            .party(&Who::Principal(other.as_str().to_owned()))
            .cloned(),
    })
    .collect()
}

/// What the statement gives a party.
fn given(
    asker: &mut crate::policy::access::Asker<'_>,
    party: &Party,
    because: Because,
) -> BTreeSet<&'static str> {
    Harm::actions()
        .filter(|action| {
            ask(asker, party, action, &[])
                .is_some_and(|decision| decision.because.iter().any(|own| own.is(because)))
        })
        .collect()
}
