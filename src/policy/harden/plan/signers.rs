//! What signers, and those who only look like them, hold beyond signing: a person must look at it.

use std::collections::{BTreeMap, BTreeSet};

use super::{CONVENIENT, NEEDED, Plan, Proposal, Seen, Who, listed};
use crate::policy::Statement;
use crate::policy::catalogue::{self, Power};
use crate::policy::harden::change::Change;

/// `undeclared-signer`: only where signers were declared.
pub(super) fn undeclared(seen: &Seen<'_>, plan: &mut Plan) {
    if !seen.declared {
        return;
    }
    for (index, statement) in seen.allows() {
        if !statement.allows("kms:Sign") {
            continue;
        }
        let all = seen.principals(statement);
        let which: Vec<usize> = all
            .iter()
            .enumerate()
            .filter(|(_, who)| matches!(who, Who::Named | Who::Foreign))
            .map(|(at, _)| at)
            .collect();
        if which.is_empty() {
            continue;
        }
        let names: Vec<&str> = which
            .iter()
            .filter_map(|at| Some(statement.principals.as_ref()?.list.get(*at)?.0.as_str()))
            .collect();
        let why = format!(
            "It lets {} sign, and none of them is a declared signer. If one of them is, declare it; if one is forgotten, this \
             is how it goes.",
            listed(&names)
        );
        let for_signing = statement.actions.iter().all(|(action, _)| {
            let mut known = NEEDED.iter().chain(&CONVENIENT);
            known.any(|name| action.is_exactly(name))
        });
        let change = if for_signing {
            Change::RemovePrincipals(which)
        } else if which.len() == all.iter().filter(|who| **who != Who::Nobody).count() {
            without_sign(seen, statement)
        } else {
            let proposal = Proposal::new("undeclared-signer", index, Change::RemovePrincipals(which), why);
            plan.unclear(
                proposal.by_a_person(),
                "the statement is of signers and of others, and allows more than signing: give each a statement of its own",
            );
            continue;
        };
        let mut proposal = Proposal::new("undeclared-signer", index, change, why).by_a_person();
        proposal.leave.signing = names.into_iter().map(str::to_owned).collect();
        plan.add(proposal);
    }
}

/// The entries that cover Sign, without it.
fn without_sign(seen: &Seen<'_>, statement: &Statement) -> Change {
    let mut which = Vec::new();
    let mut new: Vec<String> = Vec::new();
    for (at, (pattern, _)) in statement.actions.iter().enumerate() {
        if pattern.covers("kms:Sign") {
            which.push(at);
            new.extend(
                seen.live(pattern.as_str())
                    .into_iter()
                    .filter(|name| name != "kms:Sign"),
            );
        }
    }
    new.sort();
    new.dedup();
    Change::replace_together(&which, new)
}

/// `signer-wildcard-action`, and `wildcard-action` where the wildcard of a signer only reads.
pub(super) fn wildcards(seen: &Seen<'_>, plan: &mut Plan) {
    for (index, statement) in seen.allows() {
        let wild: Vec<usize> = statement
            .actions
            .iter()
            .enumerate()
            .filter(|(_, (pattern, _))| pattern.has_wildcard() && !seen.live(pattern.as_str()).is_empty())
            .map(|(at, _)| at)
            .collect();
        let names = seen.names(statement, Who::Signer);
        if wild.is_empty() || names.is_empty() {
            continue;
        }
        let patterns: Vec<&str> = wild
            .iter()
            .filter_map(|at| Some(statement.actions.get(*at)?.0.as_str()))
            .collect();
        let covered: BTreeSet<String> = patterns.iter().flat_map(|pattern| seen.live(pattern)).collect();
        let more: Vec<&str> = covered
            .iter()
            .map(String::as_str)
            .filter(|name| power(name) > Power::Read && *name != "kms:Sign")
            .collect();
        let needed: Vec<String> = NEEDED
            .iter()
            .filter(|name| covered.contains(**name))
            .map(|name| (*name).to_owned())
            .collect();
        let rule = if more.is_empty() {
            "wildcard-action"
        } else {
            "signer-wildcard-action"
        };
        let why = if more.is_empty() {
            format!(
                "A wildcard gives {} also what KMS may add later. A signer needs kms:GetPublicKey and kms:Sign.",
                listed(&names)
            )
        } else {
            format!(
                "It makes {} hold {}: a leaked signer could stop, delete or take over the key. A signer needs \
                 kms:GetPublicKey and kms:Sign.",
                listed(&names),
                listed(&more)
            )
        };
        let mut proposal =
            Proposal::new(rule, index, Change::replace_together(&wild, needed), why).by_a_person();
        proposal.leave.administration = names.iter().map(|name| (*name).to_owned()).collect();
        if !seen.only(statement, Who::Signer) {
            plan.unclear(
                proposal,
                "the statement is of signers and of others: give each a statement of its own",
            );
        } else if !seen.declared && covered.contains("kms:PutKeyPolicy") {
            plan.unclear(
                proposal,
                "a wildcard gives both signing and administration: whether this is a signer or an administrator, only you \
                 know. Say who signs with --signer",
            );
        } else {
            plan.add(proposal);
        }
    }
}

fn power(name: &str) -> Power {
    catalogue::action(name).map_or(Power::Read, catalogue::power)
}

fn rule_of(action: &str) -> &'static str {
    match action {
        "kms:PutKeyPolicy" => "signer-can-put-policy",
        "kms:CreateGrant" => "signer-can-create-grant",
        "kms:ScheduleKeyDeletion"
        | "kms:DisableKey"
        | "kms:DeleteImportedKeyMaterial"
        | "kms:UpdateAlias"
        | "kms:DeleteAlias" => "signer-can-delete-or-disable",
        _ => "admin-and-signer-same-principal",
    }
}

/// `signer-can-put-policy`, `signer-can-create-grant`, `signer-can-delete-or-disable`,
/// `admin-and-signer-same-principal`
pub(super) fn administration(seen: &Seen<'_>, plan: &mut Plan) {
    for (index, statement) in seen.allows() {
        let names = seen.names(statement, Who::Signer);
        if names.is_empty() || crate::policy::lint::is_grant_statement(statement) {
            continue;
        }
        let mut by_rule: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (at, (pattern, _)) in statement.actions.iter().enumerate() {
            let known = catalogue::action(pattern.as_str()).filter(|action| seen.works(action));
            let Some(name) = known.map(super::name_of) else {
                continue;
            };
            if name != "kms:Sign" && power(&name) > Power::Read {
                by_rule.entry(rule_of(&name)).or_default().push(at);
            }
        }
        for (rule, which) in by_rule {
            let why = format!(
                "{} {}. Who signs should not administer: a leaked signer would take the key with it.",
                listed(&names),
                match rule {
                    "signer-can-put-policy" => "may rewrite the policy of its own key",
                    "signer-can-create-grant" =>
                        "may let anybody sign by a grant, which outlives its removal from the policy",
                    "signer-can-delete-or-disable" => "may stop the key, or what its clients call it",
                    _ => "may administer the key",
                }
            );
            let mut proposal = Proposal::new(rule, index, Change::RemoveActions(which), why).by_a_person();
            proposal.leave.administration = names.iter().map(|name| (*name).to_owned()).collect();
            if seen.only(statement, Who::Signer) {
                plan.add(proposal);
            } else {
                plan.unclear(
                    proposal,
                    "the statement is of signers and of others: give each a statement of its own",
                );
            }
        }
    }
}
