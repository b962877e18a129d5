//! Whom to ask for: everybody whom the policies, the grants or IAM name, and those whom they only mean.

use std::collections::BTreeMap;

use super::super::evaluate::Caller;
use super::super::{Document, Effect, Principal};
use super::{View, Who};
use crate::arn::is_account_id;
use crate::json::{Node, Value};

/// Somebody to ask for.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) who: Who,
    pub(super) caller: Caller,
    pub(super) known: Option<usize>,
}

/// The name that stands for an account that nothing names.
const ANY_ACCOUNT: &str = "any other account";

/// Somebody as a caller; nothing for a text that is none.
pub(super) fn caller(who: &Who, partition: &str) -> Option<Caller> {
    Some(match who {
        Who::Root(account) => {
            let text = format!("arn:{partition}:iam::{account}:root");
            Caller::root(&text, partition, account)
        }
        Who::Account(account) => {
            let words = format!("any principal of account {account}");
            Caller::any(&words, partition, account)
        }
        Who::Everyone => Caller::any("any principal of any other account", partition, ANY_ACCOUNT),
        Who::Unknown(text) => Caller::any(text, partition, ANY_ACCOUNT),
        Who::Principal(text) => Caller::of_text(text)?,
    })
}

pub(super) fn of(view: &View<'_>) -> Vec<Candidate> {
    let mut found = Found {
        partition: view.partition().to_owned(),
        list: BTreeMap::new(),
    };
    for (at, known) in view.known.iter().enumerate() {
        let who = Who::Principal(known.caller.text.clone());
        let caller = known.caller.clone();
        found.list.insert(
            who.clone(),
            Candidate {
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
    for document in view.documents {
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
    list: BTreeMap<Who, Candidate>,
}

impl Found {
    fn add(&mut self, who: Who, caller: Caller) {
        self.list.entry(who.clone()).or_insert(Candidate {
            who,
            caller,
            known: None,
        });
    }

    fn root(&mut self, account: &str) {
        self.class(Who::Root(account.to_owned()));
    }

    fn account(&mut self, account: &str) {
        self.class(Who::Account(account.to_owned()));
    }

    fn everyone(&mut self) {
        self.class(Who::Everyone);
    }

    fn class(&mut self, who: Who) {
        if let Some(caller) = caller(&who, &self.partition) {
            self.add(who, caller);
        }
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
                Principal::Unknown(text) => found.class(Who::Unknown(text.clone())),
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
        found.everyone();
        if let Some(own) = view.account.filter(|_| !view.whole) {
            found.account(own);
        }
        // A condition may let in those of one account, or one principal.
        if let Some(condition) = &statement.condition {
            of_condition(condition, view, found);
        }
    }
}

fn of_condition(node: &Node, view: &View<'_>, found: &mut Found) {
    match &node.value {
        Value::String(text) => {
            if is_account_id(text) {
                if view.account != Some(text.as_str()) {
                    found.root(text);
                    found.account(text);
                }
            } else if !text.contains(['*', '?']) {
                found.text(text);
            }
        }
        Value::Array(items) => {
            for item in items {
                of_condition(item, view, found);
            }
        }
        Value::Object(members) => {
            for member in members {
                of_condition(&member.value, view, found);
            }
        }
        _ => {}
    }
}
