//! Whom the key policy and the grants let act, as far as the checklist judges it: never fewer than they do.

use std::collections::BTreeMap;

use super::{Step, unknown, worse};
use crate::arn::{Arn, is_unknown};
use crate::audit::exit::Requirement;
use crate::evidence::{Bundle, Data, Grant, Key, PolicyExport};
use crate::policy::{Effect, OWN_ACCOUNT, Principal, Statement};

/// Somebody whom a statement or a grant lets act.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// A principal by its name.
    Principal(Principal),
    /// Everyone except the principals of a `NotPrincipal`.
    EveryoneExcept(String),
}

/// How somebody came to act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    /// Why it is not known that he may; nothing where he may.
    pub(super) limit: Option<String>,
    /// True if a grant says so and no statement.
    pub(super) by_grant: bool,
}

/// Who holds an action.
pub(super) type Holders = BTreeMap<Who, Hold>;

/// What the key policy and the grants of one key say.
pub(super) struct Access<'b> {
    statements: &'b [Statement],
    grants: Vec<&'b Grant>,
    own: Option<String>,
    /// Why no step on the policy can be judged.
    blocked: Option<String>,
    /// Why no step on the policy can be said to follow the guide.
    caveat: Option<String>,
    grants_whole: bool,
}

impl<'b> Access<'b> {
    pub(super) fn of(bundle: &'b Bundle, key: &'b Key) -> Self {
        let mut policies: Vec<&PolicyExport> = Vec::new();
        let mut grants = Vec::new();
        let mut caveat = None;
        for (artefact, _) in bundle.of_key(key) {
            match &artefact.data {
                Data::Policy(export) if export.is_key_policy => match &export.name {
                    Some(name) if name.value != "default" => caveat = Some(another_policy(&name.value)),
                    _ => policies.push(export),
                },
                Data::PolicyList(list) => {
                    if let Some(name) = list.names.iter().find(|name| name.value != "default") {
                        caveat = Some(another_policy(&name.value));
                    }
                }
                Data::Grants(list) => grants.extend(list.grants.iter().filter(|grant| is_of(grant, key))),
                _ => {}
            }
        }
        let first = policies.first().copied();
        let blocked = match first {
            None => Some("the key policy is not in the evidence".to_owned()),
            Some(one) => policies
                .iter()
                .any(|other| other.document.canonical() != one.document.canonical())
                .then(|| "the exports of the key policy contradict each other".to_owned()),
        };
        if first.is_some_and(|policy| !policy.document.problems.is_empty()) {
            caveat = Some("the key policy has parts that the policy grammar does not allow".to_owned());
        }
        if first.is_some_and(|policy| !policy.document.unknown.is_empty()) {
            caveat = Some("a part of the key policy is known only when it is deployed".to_owned());
        }
        if grants.iter().any(|grant| grant.operations.is_empty()) {
            caveat = Some("a grant does not say its operations".to_owned());
        }
        let statements = first.map_or(&[][..], |policy| &policy.document.statements);
        Self {
            statements,
            grants,
            own: key.account.clone().or_else(|| guessed_account(statements)),
            blocked,
            caveat,
            grants_whole: Requirement::Grants.is_met(bundle, key),
        }
    }

    pub(super) fn statements(&self) -> &'b [Statement] {
        self.statements
    }

    /// The step that stands where the policy cannot be judged at all.
    pub(super) fn blocked(&self) -> Result<(), Step> {
        self.blocked.clone().map_or(Ok(()), |why| Err(unknown(why)))
    }

    /// The step, unless something that the checklist does not weigh stands against what it says in favour.
    pub(super) fn settled(&self, step: Step) -> Step {
        match &self.caveat {
            Some(why) if step.1 != Some(false) => unknown(why.clone()),
            _ => step,
        }
    }

    /// What is to be added where grants are not, or not wholly, in the evidence.
    pub(super) fn by_policy_alone(&self) -> &'static str {
        if self.grants_whole {
            ""
        } else {
            "; by the key policy alone: grants not in the evidence, or not whole"
        }
    }

    /// Everybody but the key's own account whom a statement lets do one of the actions, or a grant.
    pub(super) fn holders(&self, actions: &[&str], counts: impl Fn(&Statement) -> bool) -> Holders {
        let mut holders = Holders::new();
        for (index, statement) in self.statements.iter().enumerate() {
            if !counts(statement) || !actions.iter().any(|action| allows(statement, action)) {
                continue;
            }
            let limit = limit(statement, index);
            for who in self.whom(statement) {
                let unclear = match &who {
                    Who::Principal(Principal::Unknown(text)) => {
                        Some(format!("only deployment tells who {text} is"))
                    }
                    Who::Principal(Principal::Account(account))
                        if self.own.as_deref().is_none_or(is_unknown) =>
                    {
                        Some(format!(
                            "whether account {account} is the key's own is not in the evidence"
                        ))
                    }
                    _ => None,
                };
                let limit = unclear.or_else(|| limit.clone());
                holders
                    .entry(who)
                    .and_modify(|hold| hold.limit = hold.limit.take().and(limit.clone()))
                    .or_insert(Hold {
                        limit,
                        by_grant: false,
                    });
            }
        }
        for grant in &self.grants {
            let lets = grant.operations.iter().any(|operation| {
                actions.iter().any(|action| {
                    action
                        .split_once(':')
                        .is_some_and(|(_, name)| name.eq_ignore_ascii_case(operation))
                })
            });
            if lets {
                holders.entry(grantee(grant)).or_insert(Hold {
                    limit: None,
                    by_grant: true,
                });
            }
        }
        holders
    }

    fn whom(&self, statement: &Statement) -> Vec<Who> {
        let Some(list) = &statement.principals else {
            return Vec::new();
        };
        if list.negated {
            let names: Vec<&str> = list.iter().map(Principal::as_str).collect();
            return vec![Who::EveryoneExcept(names.join(", "))];
        }
        list.iter()
            .filter(
                |principal| !matches!(principal, Principal::Account(account) if Some(account) == self.own.as_ref()),
            )
            .map(|principal| Who::Principal(principal.clone()))
            .collect()
    }

    /// The first `Deny` that mentions one of the actions, as a reason not to evaluate.
    pub(super) fn denied(&self, actions: &[&str]) -> Option<String> {
        let (index, statement) = self.statements.iter().enumerate().find(|(_, statement)| {
            statement.effect == Some(Effect::Deny) && actions.iter().any(|action| mentions(statement, action))
        })?;
        Some(format!(
            "{} denies {}, which this checklist does not weigh: see who can sign",
            statement.name(index),
            actions
                .iter()
                .filter(|action| mentions(statement, action))
                .copied()
                .collect::<Vec<_>>()
                .join(" and ")
        ))
    }

    /// Whether one principal holds an action: nothing if no statement and no grant says so.
    pub(super) fn hold_of(&self, who: &Who, action: &str) -> Option<Hold> {
        let mut found: Option<Hold> = None;
        for (holder, hold) in self.holders(&[action], |_| true) {
            let reaches = holder == *who
                || match (&holder, who) {
                    (Who::Principal(Principal::Everyone), _) => true,
                    // "*" or a list that has the principal: who is left out is said by the list.
                    (Who::EveryoneExcept(names), Who::Principal(one)) => {
                        !names.split(", ").any(|name| name == one.as_str())
                    }
                    _ => false,
                };
            if reaches && found.as_ref().is_none_or(|found| found.limit.is_some()) {
                found = Some(hold);
            }
        }
        found
    }

    /// The one principal of the key's own account that may sign; nothing where only the account's IAM may let sign.
    pub(super) fn signer(&self) -> Result<Option<Principal>, Step> {
        self.blocked()?;
        let holders = self.holders(&["kms:Sign"], |_| true);
        let names = self.names(&holders);
        if let Some(why) = self.denied(&["kms:Sign"]) {
            let allowed = if holders.is_empty() {
                String::new()
            } else {
                format!("; allowed: {names}")
            };
            return Err(unknown(format!("{why}{allowed}")));
        }
        let sure: Vec<(&Who, &Hold)> = holders.iter().filter(|(_, hold)| hold.limit.is_none()).collect();
        for (who, _) in &sure {
            match who {
                Who::Principal(Principal::Everyone) => {
                    return Err(worse("a statement lets everyone sign"));
                }
                Who::EveryoneExcept(_) => {
                    return Err(worse(format!("a statement lets {} sign", self.name(who))));
                }
                Who::Principal(_) => {}
            }
        }
        if sure.len() > 1 {
            return Err(worse(format!("{} principals may sign: {names}", holders.len())));
        }
        if let Some(why) = holders.values().find_map(|hold| hold.limit.as_ref()) {
            return Err(unknown(format!("{why}; allowed: {names}")));
        }
        let Some((who @ Who::Principal(principal), hold)) = sure.first().copied() else {
            return Ok(None);
        };
        let name = self.name(who);
        if hold.by_grant {
            return Err(worse(format!("no statement but a grant lets {name} sign")));
        }
        match principal {
            Principal::Deleted(_) => Err(worse(format!(
                "the signer {name} is the id of a deleted user or role: it lets nobody sign"
            ))),
            one if one.is_named() && !self.is_foreign(one) => Ok(Some(one.clone())),
            _ => Err(worse(format!(
                "{name} may sign, which is no user of the key's account"
            ))),
        }
    }

    /// True for a principal of an account that is not the key's.
    fn is_foreign(&self, principal: &Principal) -> bool {
        match (&self.own, account_of(principal)) {
            (Some(own), Some(account)) => account != own && !is_unknown(own) && !is_unknown(account),
            _ => false,
        }
    }

    fn name(&self, who: &Who) -> String {
        match who {
            Who::EveryoneExcept(names) => format!("everyone except {names}"),
            Who::Principal(Principal::Everyone) => "everyone".to_owned(),
            Who::Principal(Principal::Account(account)) => format!("account {account}"),
            Who::Principal(Principal::Deleted(id)) => format!("{id} (deleted)"),
            Who::Principal(one) => match account_of(one).filter(|_| self.is_foreign(one)) {
                Some(account) => format!("{} of account {account}", one.as_str()),
                None => one.as_str().to_owned(),
            },
        }
    }

    /// The names of holders, each with the grant that it rests on.
    pub(super) fn names(&self, holders: &Holders) -> String {
        let names: Vec<String> = holders
            .iter()
            .map(|(who, hold)| {
                let by = if hold.by_grant { " (by a grant)" } else { "" };
                format!("{}{by}", self.name(who))
            })
            .collect();
        names.join(", ")
    }

    /// True for a user, role or session that is not known to be of another account.
    pub(super) fn is_own(&self, who: &Who) -> bool {
        matches!(who, Who::Principal(one) if one.is_named() && !self.is_foreign(one))
    }
}

fn another_policy(name: &str) -> String {
    format!("the key has another policy, {name}, which this checklist does not weigh: see who can sign")
}

/// True if a grant speaks of the key, or of none by name.
fn is_of(grant: &Grant, key: &Key) -> bool {
    grant
        .key
        .as_ref()
        .and_then(|named| named.value.id())
        .is_none_or(|id| key.id.as_deref().is_none_or(|own| own == id))
}

fn grantee(grant: &Grant) -> Who {
    let text = grant
        .grantee
        .as_ref()
        .map_or("", |grantee| grantee.value.as_str());
    Who::Principal(if text.is_empty() {
        Principal::Other(format!("the grantee of grant {}", grant.id))
    } else if text.ends_with(".amazonaws.com") {
        Principal::Service(text.to_owned())
    } else {
        Principal::aws(text)
    })
}

fn account_of(principal: &Principal) -> Option<&str> {
    match principal {
        Principal::Account(account) => Some(account),
        Principal::User(arn) | Principal::Role(arn) | Principal::Session(arn) => {
            Arn::parse(arn).map(|arn| arn.account)
        }
        _ => None,
    }
}

/// The account that the policy delegates to, else that of its principals, where there is only one.
fn guessed_account(statements: &[Statement]) -> Option<String> {
    // A template names the account that it is deployed in, and its keys are made there.
    let names_own = statements
        .iter()
        .filter_map(|statement| statement.principals.as_ref())
        .flat_map(crate::policy::Principals::iter)
        .any(|principal| account_of(principal) == Some(OWN_ACCOUNT));
    if names_own {
        return Some(OWN_ACCOUNT.to_owned());
    }
    let accounts = |delegated: bool| {
        let mut found: Vec<&str> = statements
            .iter()
            .filter(|statement| statement.effect == Some(Effect::Allow))
            .filter_map(|statement| statement.principals.as_ref().filter(|list| !list.negated))
            .flat_map(crate::policy::Principals::iter)
            .filter(|principal| matches!(principal, Principal::Account(_)) == delegated)
            .filter_map(account_of)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let delegated = accounts(true);
    let found = if delegated.is_empty() {
        accounts(false)
    } else {
        delegated
    };
    match found.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

/// True if the statement's `Action` covers the action, or its `NotAction` does not.
fn mentions(statement: &Statement, action: &str) -> bool {
    statement
        .actions
        .iter()
        .any(|(pattern, _)| pattern.covers(action))
        != statement.not_action
}

fn allows(statement: &Statement, action: &str) -> bool {
    statement.effect == Some(Effect::Allow) && mentions(statement, action)
}

/// Why it is not known that an `Allow` holds.
fn limit(statement: &Statement, index: usize) -> Option<String> {
    let name = || statement.name(index);
    let conditional = statement
        .condition
        .as_ref()
        .is_some_and(|condition| !condition.is_object() || !condition.members().is_empty());
    if conditional {
        return Some(format!(
            "{} has a Condition, which this checklist does not weigh: see who can sign",
            name()
        ));
    }
    let whole = !statement.not_resource && statement.resources.iter().any(|(resource, _)| resource == "*");
    (!whole).then(|| {
        format!(
            "{} has no Resource \"*\", which this checklist does not weigh: see who can sign",
            name()
        )
    })
}
