//! Whom to ask for: everybody whom the policies, the grants or IAM name, and those whom they only mean.

use std::collections::BTreeMap;

use super::super::evaluate::Caller;
use super::super::{Document, Effect, OWN_ACCOUNT, Principal};
use super::{View, Who};
use crate::arn::is_account_id;
use crate::json::Node;

/// Somebody to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub who: Who,
    /// As a caller of requests.
    pub caller: Caller,
    /// Position in [`View::known`], for one whose policies are known.
    pub known: Option<usize>,
}

impl Party {
    /// Any user or role of an account that nothing names (KMS developer guide, "Default key policy").
    pub fn anyone_of(account: &str, partition: &str) -> Self {
        let words = format!("any principal of account {account}");
        Self {
            who: Who::Account(account.to_owned()),
            caller: Caller::any(&words, partition, account),
            known: None,
        }
    }

    /// Any user or role of any account that nothing names (IAM User Guide, "AWS JSON policy elements: Principal").
    pub fn stranger(partition: &str) -> Self {
        let words = "any principal of any other account";
        Self {
            who: Who::Everyone,
            caller: Caller::any(words, partition, ANY_ACCOUNT),
            known: None,
        }
    }

    /// The account; nothing for one of any account, and for services.
    pub fn account(&self) -> Option<&str> {
        let is_one = !matches!(self.who, Who::Everyone | Who::Unknown(_));
        self.caller.account().filter(|_| is_one)
    }

    /// True for one of another account than the key's; nothing where either is not known.
    pub fn is_foreign(&self, own: Option<&str>) -> Option<bool> {
        match &self.who {
            Who::Everyone => Some(true),
            // Which account a template is deployed in is not known: it may be any.
            _ => match (own?, self.account()?) {
                (own, account) if own == account => Some(false),
                (OWN_ACCOUNT, _) | (_, OWN_ACCOUNT) => None,
                _ => Some(true),
            },
        }
    }

    /// True where it is a user or role that only its account, or nothing, tells.
    pub(super) fn is_class(&self) -> bool {
        matches!(self.who, Who::Account(_) | Who::Everyone | Who::Unknown(_))
    }
}

/// The name that stands for an account that nothing names.
pub(super) const ANY_ACCOUNT: &str = "any other account";

/// Condition keys that name callers.
const OF_CALLERS: &[&str] = &["aws:PrincipalArn", "aws:PrincipalAccount", "kms:CallerAccount"];

pub(super) fn of(view: &View<'_>) -> Vec<Party> {
    let mut found = Found {
        partition: view.partition().to_owned(),
        list: BTreeMap::new(),
    };
    for (at, known) in view.known.iter().enumerate() {
        let who = Who::Principal(known.caller.text.clone());
        let caller = known.caller.clone();
        found.list.insert(
            who.clone(),
            Party {
                who,
                caller,
                known: Some(at),
            },
        );
    }
    if let Some(own) = view.account {
        found.root(own);
        if !view.whole {
            found.account(own);
        }
    }
    for (_, document) in view.documents {
        of_document(view, document, &mut found);
    }
    for grant in view.policies.grants.iter().flatten() {
        for text in [&grant.grantee, &grant.grantee_service].into_iter().flatten() {
            found.text(text);
        }
    }
    found.list.into_values().collect()
}

struct Found {
    partition: String,
    list: BTreeMap<Who, Party>,
}

impl Found {
    fn add(&mut self, who: Who, caller: Caller) {
        self.party(Party {
            who,
            caller,
            known: None,
        });
    }

    fn party(&mut self, party: Party) {
        self.list.entry(party.who.clone()).or_insert(party);
    }

    fn root(&mut self, account: &str) {
        let text = format!("arn:{}:iam::{account}:root", self.partition);
        self.add(
            Who::Root(account.to_owned()),
            Caller::root(&text, &self.partition, account),
        );
    }

    fn account(&mut self, account: &str) {
        self.party(Party::anyone_of(account, &self.partition));
    }

    fn text(&mut self, text: &str) {
        match Caller::of_text(text) {
            Some(caller) if caller.is_root() => {
                let account = caller.account().unwrap_or_default().to_owned();
                self.root(&account);
                self.account(&account);
            }
            Some(caller) => self.add(Who::Principal(text.to_owned()), caller),
            None => {}
        }
    }
}

fn of_document(view: &View<'_>, document: &Document, found: &mut Found) {
    for statement in &document.statements {
        // A condition may let in, or leave out, those of one account, or one principal. Of those who are only meant, it
        // is known that no policy spells them out: so everybody whom one spells out is asked for.
        for (_, key, values) in statement.conditions() {
            if OF_CALLERS.iter().any(|own| own.eq_ignore_ascii_case(key)) {
                of_condition(&values, view, found);
            }
        }
        if statement.effect == Some(Effect::Deny) {
            continue;
        }
        let Some(list) = &statement.principals else {
            continue;
        };
        let mut open = list.negated;
        for principal in list.iter() {
            match principal {
                Principal::Everyone => open = true,
                // Who is left out of an Allow is asked for as well: the rest of the policy may let him in.
                Principal::Account(account) => {
                    if view.account != Some(account.as_str()) {
                        found.root(account);
                        found.account(account);
                    }
                }
                Principal::User(text)
                | Principal::Role(text)
                | Principal::Session(text)
                | Principal::Service(text) => found.text(text),
                Principal::Unknown(text) => found.add(
                    Who::Unknown(text.clone()),
                    Caller::any(text, &found.partition.clone(), ANY_ACCOUNT),
                ),
                // They match nobody who could call.
                Principal::Deleted(_)
                | Principal::Federated(_)
                | Principal::CanonicalUser(_)
                | Principal::Other(_) => {}
            }
        }
        if !open {
            continue;
        }
        found.party(Party::stranger(&found.partition));
        if let Some(own) = view.account.filter(|_| !view.whole) {
            found.account(own);
        }
    }
}

fn of_condition(values: &[&Node], view: &View<'_>, found: &mut Found) {
    for text in values.iter().filter_map(|value| value.as_str()) {
        if is_account_id(text) {
            if view.account != Some(text) {
                found.root(text);
                found.account(text);
            }
        } else if !text.contains(['*', '?']) {
            found.text(text);
        }
    }
}
