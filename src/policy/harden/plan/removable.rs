//! What the guide removes: it is allowed, and a signer does not need it.

use super::{Plan, Proposal, Seen, Who};
use crate::policy::harden::change::Change;
use crate::policy::lint;
use crate::policy::{Effect, Principal, Statement};

/// `removable-grant-statement`
pub(super) fn grant_statements(seen: &Seen<'_>, plan: &mut Plan) {
    for (index, statement) in seen.allows() {
        if !lint::is_grant_statement(statement) {
            continue;
        }
        let proposal =
            |why: &str| Proposal::new("removable-grant-statement", index, Change::RemoveStatement, why);
        if lint::is_for_aws_resources(statement) {
            plan.add(proposal(
                "Hyperlane's guide, step 2: it lets AWS services make grants, which they do on encryption keys, never on a \
                 signing key.",
            ));
        } else {
            let why = "It lets its principals make grants on the key, and so lets anybody sign that they choose. Nothing that \
                       signs needs it; whether a person uses it to hand out grants is not in the policy.";
            plan.add(proposal(why).by_a_person());
        }
    }
}

struct Convenience {
    rule: &'static str,
    action: &'static str,
    why: &'static str,
}

const CONVENIENCES: [Convenience; 2] = [
    Convenience {
        rule: "removable-describe-key",
        action: "kms:DescribeKey",
        why: "Hyperlane's guide, step 2: signing needs kms:GetPublicKey and kms:Sign only. Certain for alloy (and so for \
              Foundry's cast) and for Hyperlane's agents; some other client libraries do call DescribeKey: look into yours.",
    },
    Convenience {
        rule: "removable-verify",
        action: "kms:Verify",
        why: "Hyperlane's guide, step 2: anybody verifies an EVM signature with the address alone, without AWS.",
    },
];

/// `removable-describe-key` and `removable-verify`
pub(super) fn conveniences(seen: &Seen<'_>, plan: &mut Plan) {
    for what in &CONVENIENCES {
        for (index, statement) in seen.allows() {
            let which: Vec<usize> = statement
                .actions
                .iter()
                .enumerate()
                .filter(|(_, (action, _))| action.is_exactly(what.action))
                .map(|(at, _)| at)
                .collect();
            let Some(list) = statement.principals.as_ref().filter(|_| !which.is_empty()) else {
                continue;
            };
            let mut signs = false;
            let mut other = None;
            for principal in list.iter() {
                match seen.who(principal) {
                    Who::Nobody => {}
                    _ if signs_by_name(seen, principal) => signs = true,
                    _ => other = other.or(Some(principal.as_str())),
                }
            }
            if !signs {
                continue;
            }
            let proposal = Proposal::new(what.rule, index, Change::RemoveActions(which), what.why);
            match other {
                None => plan.add(proposal),
                Some(other) => plan.unclear(
                    proposal,
                    format!("the statement gives it to {other} as well, which the policy does not name as a signer"),
                ),
            }
        }
    }
}

/// True for a principal that the policy itself lets sign, whoever it is; not for the key's own account, whose statement
/// is a delegation.
fn signs_by_name(seen: &Seen<'_>, principal: &Principal) -> bool {
    if seen.who(principal) == Who::Account {
        return false;
    }
    let gives = |statement: &Statement| {
        statement.effect == Some(Effect::Allow)
            && statement
                .principals
                .as_ref()
                .is_some_and(|list| !list.negated && list.iter().any(|one| one == principal))
            && statement
                .actions
                .iter()
                .any(|(action, _)| action.covers("kms:Sign"))
                != statement.not_action
    };
    seen.document.statements.iter().any(gives)
}
