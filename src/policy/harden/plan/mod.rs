//! What could be edited, and why: one function a rule, in a fixed order.

mod added;
mod dead;
mod delegation;
mod removable;
mod signers;

use std::collections::{BTreeMap, BTreeSet};

use super::Needs;
use super::change::Change;
use super::guard::{Ground, Leave, Rights};
use super::request::Asked;
use crate::arn::Arn;
use crate::policy::catalogue::{self, Action, OnSigningKey};
use crate::policy::evaluate::{Caller, KeyMetadata};
use crate::policy::{Document, Effect, Principal, Statement};

/// What the planning sees.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) document: &'a Document,
    pub(super) ground: Ground<'a>,
    pub(super) rights: &'a Rights,
    pub(super) callers: &'a BTreeMap<String, Caller>,
    pub(super) signers: &'a Signers,
    /// Of them, those that sign through IAM.
    pub(super) by_iam: &'a BTreeSet<String>,
    /// True where the signers were declared, not taken from the policy.
    pub(super) declared: bool,
    pub(super) partition: &'a str,
}

/// An edit that could be made.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    /// The rule that it answers.
    pub(super) rule: &'static str,
    pub(super) needs: Needs,
    /// Index of the statement in the document that was planned for.
    pub(super) statement: usize,
    pub(super) change: Change,
    /// What it is meant to take away.
    pub(super) leave: Leave,
    /// Why, in sentences.
    pub(super) why: String,
    /// Of a statement that is added: what it denies, and requests that show it.
    pub(super) denied: String,
    pub(super) asked: Vec<Asked>,
}

impl Proposal {
    fn new(rule: &'static str, statement: usize, change: Change, why: impl Into<String>) -> Self {
        Self {
            rule,
            needs: Needs::Nothing,
            statement,
            change,
            leave: Leave::default(),
            why: why.into(),
            denied: String::new(),
            asked: Vec::new(),
        }
    }

    fn by_a_person(self) -> Self {
        Self {
            needs: Needs::Person,
            ..self
        }
    }

    /// What is done, in words, to the document that was planned for.
    pub(super) fn actions(&self, document: &Document) -> Vec<String> {
        if let Change::ReplaceActions(which) = &self.change {
            let statement = document.statements.get(self.statement);
            let pattern = |at: usize| Some(statement?.actions.get(at)?.0.as_str());
            let none: Vec<&str> = which
                .iter()
                .filter(|(_, new)| new.is_empty())
                .filter_map(|(at, _)| pattern(*at))
                .collect();
            let mut all: Vec<String> = which
                .iter()
                .filter(|(_, new)| !new.is_empty())
                .filter_map(|(at, new)| Some(format!("{} becomes {}", pattern(*at)?, listed(new))))
                .collect();
            if !none.is_empty() {
                all.push(format!("remove {}", listed(&none)));
            }
            return all;
        }
        vec![self.action(document)]
    }

    fn action(&self, document: &Document) -> String {
        let statement = document.statements.get(self.statement);
        let named = |which: &[usize]| -> String {
            let names = which
                .iter()
                .filter_map(|at| Some(statement?.actions.get(*at)?.0.as_str()));
            listed(&names.collect::<Vec<_>>())
        };
        let whole = |count: usize, all: usize| {
            if count == all {
                ", and with it the statement"
            } else {
                ""
            }
        };
        match &self.change {
            Change::RemoveStatement => "remove the statement".to_owned(),
            Change::RemoveActions(which) => {
                let all = statement.map_or(0, |statement| statement.actions.len());
                format!("remove {}{}", named(which), whole(which.len(), all))
            }
            Change::ReplaceActions(_) => String::new(),
            Change::NameActions(new) => {
                format!("NotAction becomes Action with {}", listed(new))
            }
            Change::RemovePrincipals(which) => {
                let list = statement.and_then(|statement| statement.principals.as_ref());
                let names = which
                    .iter()
                    .filter_map(|at| Some(list?.list.get(*at)?.0.as_str()));
                let all = list.map_or(0, |list| list.list.len());
                format!(
                    "remove the principal {}{}",
                    listed(&names.collect::<Vec<_>>()),
                    whole(which.len(), all)
                )
            }
            Change::Rename(sid) => format!("rename it to \"{sid}\""),
            Change::RemoveConditions(_) => "remove the condition".to_owned(),
            Change::Add(_) => format!("add a Deny of {}", self.denied),
        }
    }

    /// Entries that are new.
    pub(super) fn added(&self) -> Vec<String> {
        match &self.change {
            Change::ReplaceActions(which) => which.iter().flat_map(|(_, new)| new).cloned().collect(),
            Change::NameActions(new) => new.clone(),
            Change::Rename(sid) => vec![sid.clone()],
            Change::Add(_) => vec![format!("Deny {}", self.denied)],
            _ => Vec::new(),
        }
    }
}

/// Some names in words; the end of a long list is counted.
fn listed(names: &[impl AsRef<str>]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    let more = names.len().saturating_sub(MOST);
    let rest = format!("{more} more");
    if more > 0 {
        shown.push(&rest);
    }
    shown.join(", ")
}

/// One kind of edits: what could be edited now.
pub(super) type Stage = fn(&Seen<'_>, &mut Plan);

/// What takes nothing away first, then what takes away what nobody needs, then what needs a person, then what is added.
pub(super) const STAGES: &[Stage] = &[
    dead::deleted_principals,
    dead::no_effect,
    dead::constant_conditions,
    dead::actions,
    removable::grant_statements,
    removable::conveniences,
    dead::redundant,
    dead::duplicate_sids,
    signers::undeclared,
    signers::wildcards,
    signers::administration,
    delegation::not_action,
    delegation::wildcards,
    delegation::account,
    added::pin_of_the_allow,
    added::message_type,
    added::lockout_bypass,
    added::deletion_window,
];

/// What could be edited now.
#[derive(Default)]
pub(super) struct Plan {
    /// In the order in which they are tried.
    pub(super) proposals: Vec<Proposal>,
    /// Edits of which only a person can tell whether they are right, each with why.
    pub(super) unclear: Vec<(Proposal, String)>,
}

impl Plan {
    fn add(&mut self, proposal: Proposal) {
        self.proposals.push(proposal);
    }

    fn unclear(&mut self, proposal: Proposal, why: impl Into<String>) {
        self.unclear.push((proposal, why.into()));
    }
}

/// Who one of a statement's principals is to the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Nobody: a deleted user, or what is no principal.
    Nobody,
    /// Somebody who must be able to sign.
    Signer,
    /// The account of the key: IAM decides.
    Account,
    /// Another user, role or session of this account.
    Named,
    /// A user, role or session of another account, or that account.
    Foreign,
    /// Everybody, a service, or somebody whom only deployment names.
    Open,
}

impl<'a> Seen<'a> {
    fn key(&self) -> KeyMetadata {
        self.ground.metadata.cloned().unwrap_or_default()
    }

    /// The statements that can be edited: those that the grammar allows.
    fn statements(&self) -> impl Iterator<Item = (usize, &'a Statement)> {
        let document = self.document;
        let twice: Vec<_> = document.root.duplicates();
        document
            .statements
            .iter()
            .enumerate()
            .filter(move |(_, statement)| {
                let inside = |span: &std::ops::Range<usize>| {
                    statement.span.start <= span.start && span.end <= statement.span.end
                };
                let faulty = document.problems.iter().any(|problem| inside(&problem.span))
                    || twice.iter().any(|pair| inside(&pair.second))
                    || document.unknown.iter().any(inside);
                statement.effect.is_some() && statement.principals.is_some() && !faulty
            })
    }

    /// The Allow statements that name principals and actions.
    fn allows(&self) -> impl Iterator<Item = (usize, &'a Statement)> {
        self.statements().filter(|(_, statement)| {
            let negated = statement.principals.as_ref().is_none_or(|list| list.negated);
            statement.effect == Some(Effect::Allow) && !statement.not_action && !negated
        })
    }

    fn who(&self, principal: &Principal) -> Who {
        let text = principal.as_str();
        match principal {
            Principal::Deleted(_)
            | Principal::Other(_)
            | Principal::CanonicalUser(_)
            | Principal::Federated(_) => Who::Nobody,
            Principal::Everyone | Principal::Service(_) | Principal::Unknown(_) => Who::Open,
            Principal::Account(id) if self.signers.accounts.contains(id) => Who::Signer,
            Principal::Account(id) if id == self.ground.account => Who::Account,
            Principal::Account(_) => Who::Foreign,
            _ if self.signers.has(text) => Who::Signer,
            _ => match Arn::parse(text).map(|arn| arn.account) {
                Some(account) if account == self.ground.account => Who::Named,
                Some(account) if crate::arn::is_account_id(account) => Who::Foreign,
                _ => Who::Open,
            },
        }
    }

    /// The root user of the key's account.
    fn root(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.ground.account)
    }

    /// Who a statement's principals are, by index.
    fn principals(&self, statement: &Statement) -> Vec<Who> {
        let list = statement
            .principals
            .iter()
            .flat_map(super::super::principal::Principals::iter);
        list.map(|principal| self.who(principal)).collect()
    }

    /// True where there is at least one such principal, and all others are nobody.
    fn only(&self, statement: &Statement, who: Who) -> bool {
        let all = self.principals(statement);
        all.contains(&who) && all.iter().all(|one| *one == who || *one == Who::Nobody)
    }

    /// The names of the principals that are these.
    fn names(&self, statement: &Statement, who: Who) -> Vec<&'a str>
    where
        Self: 'a,
    {
        let all = self.principals(statement);
        let index = self
            .document
            .statements
            .iter()
            .find(|own| own.span == statement.span);
        index
            .and_then(|own| own.principals.as_ref())
            .into_iter()
            .flat_map(|list| list.list.iter())
            .zip(all)
            .filter(|(_, own)| *own == who)
            .map(|((principal, _), _)| principal.as_str())
            .collect()
    }

    /// The actions that a pattern gives on this key today, as `kms:Name`.
    fn live(&self, pattern: &str) -> Vec<String> {
        catalogue::covered(pattern)
            .into_iter()
            .filter(|action| self.works(action))
            .map(name_of)
            .collect()
    }

    /// True for an action that an Allow gives on this key, as far as is known.
    fn works(&self, action: &Action) -> bool {
        let key = self.ground.metadata;
        let can = match catalogue::on_signing_key(action) {
            OnSigningKey::Works => true,
            OnSigningKey::Imported => key
                .and_then(|key| key.origin.as_deref())
                .is_none_or(|origin| origin != "AWS_KMS"),
            OnSigningKey::MultiRegion => key.and_then(|key| key.multi_region).unwrap_or(true),
            OnSigningKey::OtherKeys(_) | OnSigningKey::NoKey => false,
        };
        can && catalogue::is_given_by_key_policy(action)
    }
}

/// Partition, account and name of a role.
type Role = (String, String, String);

/// The role of a role's ARN or of a session's, whatever its path: a session does not show it; with whether it is a
/// session.
fn role_of(text: &str) -> Option<(Role, bool)> {
    let arn = Arn::parse(text)?;
    let (kind, rest) = arn.resource.split_once('/')?;
    let (name, session) = match (arn.service, kind) {
        ("sts", "assumed-role") => (rest.split('/').next()?, true),
        ("iam", "role") => (rest.rsplit('/').next()?, false),
        _ => return None,
    };
    let role = (arn.partition.to_owned(), arn.account.to_owned(), name.to_owned());
    Some((role, session))
}

/// Those who must be able to sign.
#[derive(Debug, Default)]
pub(super) struct Signers {
    names: BTreeSet<String>,
    /// Accounts whose root principal is one.
    accounts: BTreeSet<String>,
    roles: BTreeSet<Role>,
    roles_of_sessions: BTreeSet<Role>,
}

impl Signers {
    pub(super) fn new(names: BTreeSet<String>) -> Self {
        let mut signers = Self::default();
        for name in &names {
            if let Some(caller) = Caller::parse(name).filter(super::guard::is_root) {
                signers.accounts.extend(caller.account().map(str::to_owned));
            }
            match role_of(name) {
                Some((role, true)) => signers.roles_of_sessions.insert(role),
                Some((role, false)) => signers.roles.insert(role),
                None => false,
            };
        }
        Self { names, ..signers }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// True for one of them, for a session of a role that signs, and for the role of a session that does.
    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
            || match role_of(name) {
                Some((role, true)) => self.roles.contains(&role),
                Some((role, false)) => self.roles_of_sessions.contains(&role),
                None => false,
            }
    }
}

fn name_of(action: &Action) -> String {
    format!("{}:{}", action.service, action.name)
}

/// What a signer needs (Hyperlane documentation, "Agent Keys").
const NEEDED: [&str; 2] = ["kms:GetPublicKey", "kms:Sign"];
/// What a signer is often given beside that.
const CONVENIENT: [&str; 2] = ["kms:DescribeKey", "kms:Verify"];
