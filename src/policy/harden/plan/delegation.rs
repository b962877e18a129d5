//! What is allowed too broadly: to the account, by a wildcard, or by what is not listed.

use std::collections::BTreeSet;

use super::{Plan, Proposal, Seen, Who, listed, name_of};
use crate::policy::harden::change::Change;
use crate::policy::harden::guard::{Ask, Standing};
use crate::policy::{Effect, catalogue};

/// `allow-notaction` and `allow-notprincipal`
pub(super) fn not_action(seen: &Seen<'_>, plan: &mut Plan) {
    for (index, statement) in seen.statements() {
        if statement.effect != Some(Effect::Allow) {
            continue;
        }
        if statement.principals.as_ref().is_some_and(|list| list.negated) {
            let why = "NotPrincipal lets in everybody else, other accounts too.";
            let proposal =
                Proposal::new("allow-notprincipal", index, Change::RemoveStatement, why).by_a_person();
            plan.unclear(
                proposal,
                "whom it is meant for is not in the policy: write Principal with their ARNs",
            );
            continue;
        }
        if !statement.not_action {
            continue;
        }
        let excepted = |name: &str| statement.actions.iter().any(|(pattern, _)| pattern.covers(name));
        let Some(kms) = catalogue::service("kms") else {
            continue;
        };
        let new: Vec<String> = kms
            .actions
            .iter()
            .filter(|action| seen.works(action))
            .map(name_of)
            .filter(|name| !excepted(name))
            .collect();
        if new.is_empty() {
            continue;
        }
        let why = "NotAction allows everything that it does not list, administration and what KMS adds later too. These are \
                   the actions that it gives on this key today.";
        let proposal = Proposal::new("allow-notaction", index, Change::NameActions(new), why);
        plan.add(proposal.by_a_person());
    }
}

/// `wildcard-action` of users and roles that do not sign.
pub(super) fn wildcards(seen: &Seen<'_>, plan: &mut Plan) {
    for (index, statement) in seen.allows() {
        let all = seen.principals(statement);
        let named = |who: &Who| matches!(who, Who::Named | Who::Foreign);
        if !all.iter().any(named) || !all.iter().all(|who| named(who) || *who == Who::Nobody) {
            continue;
        }
        let which: Vec<(usize, Vec<String>)> = statement
            .actions
            .iter()
            .enumerate()
            .filter(|(_, (pattern, _))| pattern.has_wildcard())
            .map(|(at, (pattern, _))| (at, seen.live(pattern.as_str())))
            .filter(|(_, new)| !new.is_empty())
            .collect();
        if which.is_empty() {
            continue;
        }
        let why = "A wildcard also gives what KMS adds later: kms:Get* did not always cover GetKeyLastUsage. These are the \
                   actions that it gives on this key today; strike those that nobody needs.";
        let change = Change::ReplaceActions(which);
        plan.add(Proposal::new("wildcard-action", index, change, why).by_a_person());
    }
}

/// What the account does not need to administer the key, and would let IAM hand out signing.
const NOT_DELEGATED: [&str; 3] = ["kms:CreateGrant", "kms:Sign", "kms:Verify"];

/// `broad-account-delegation`
pub(super) fn account(seen: &Seen<'_>, plan: &mut Plan) {
    for (index, statement) in seen.allows() {
        let all = seen.principals(statement);
        if !all.contains(&Who::Account) || !statement.allows("kms:Sign") {
            continue;
        }
        let mut which = Vec::new();
        let mut new: BTreeSet<String> = BTreeSet::new();
        for (at, (pattern, _)) in statement.actions.iter().enumerate() {
            if NOT_DELEGATED.iter().any(|name| pattern.covers(name)) {
                which.push(at);
                new.extend(seen.live(pattern.as_str()));
            }
        }
        let new: Vec<String> = new
            .into_iter()
            .filter(|name| !NOT_DELEGATED.contains(&name.as_str()))
            .collect();
        let why = "The account may sign, and so whoever administers IAM can give himself Sign, without a trace in this policy. \
                   Administration and reading stay with the account, kms:PutKeyPolicy too, so that nobody is locked out; \
                   signing is of those whom the policy names. Whoever signs through an IAM policy alone stops signing.";
        let change = Change::replace_together(&which, new);
        let mut proposal = Proposal::new("broad-account-delegation", index, change, why).by_a_person();
        proposal.leave.signing.insert(seen.root());
        let directly = |signer: &String| {
            seen.callers.get(signer).and_then(|caller| caller.account()) == Some(seen.ground.account)
                && !matches!(seen.rights.get(signer, Ask::SignDigest), Standing::No)
                && !seen.by_iam.contains(signer)
        };
        if !seen.only(statement, Who::Account) {
            let others = seen.names(statement, Who::Named);
            plan.unclear(
                proposal,
                format!(
                    "the statement is of the account and of others{}: give each a statement of its own",
                    if others.is_empty() {
                        String::new()
                    } else {
                        format!(" ({})", listed(&others))
                    }
                ),
            );
        } else if !seen.signers.iter().any(directly) {
            plan.unclear(
                proposal,
                "the policy names nobody of the account that signs without IAM: after it nobody would. Name the signer first",
            );
        } else {
            plan.add(proposal);
        }
    }
}
