//! Who can do what with a signing key: by name, through IAM, by a grant, from another account.
//!
//! Source: KMS developer guide, "Determining access to AWS KMS keys"; the semantics are those of
//! [`evaluate`](super::evaluate).
//!
//! Asked is who *may*: what a caller chooses (parameters, the alias or the key's id) is taken as it likes, and a
//! condition on something that is not known leaves the answer at "depends", with the condition as its premise. Limits
//! that are not in the evidence (service control policies, resource control policies, boundaries) are not premises: they
//! only take away.

mod ask;
mod candidates;
mod class;
mod openings;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use ask::Asker;
pub use candidates::Party;
pub use class::ActionClass;
pub use openings::{Harm, Leave, Opening};

use super::evaluate::{Caller, CallerKind, Decision, Policies, Policy, PolicyRef, Verdict};
use super::{Document, Effect, Principal, Statement};
use crate::arn::Arn;

/// A principal whose IAM policies are known (IAM API Reference, `GetAccountAuthorizationDetails`).
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The user or role.
    pub caller: Caller,
    /// Its identity policies, those of its groups included.
    pub identity_policies: Vec<Policy>,
    /// False where some of them are not in the evidence.
    pub complete: bool,
    /// Its permissions boundary.
    pub boundary: Boundary,
}

/// A permissions boundary (IAM User Guide, "Permissions boundaries for IAM entities").
#[derive(Debug, Clone, PartialEq)]
pub enum Boundary {
    /// There is none.
    None,
    /// This one.
    Policy(Policy),
    /// There is one, and what it says is not known.
    Unknown,
}

/// What is known of a key and of those who might use it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// ARN or id of the key; `*` where neither is known.
    pub resource: &'a str,
    /// The account that the key belongs to.
    pub account: Option<&'a str>,
    /// Key policy, `AWS_RAM`, grants and metadata; no policies of callers.
    pub policies: &'a Policies,
    /// The documents of the key's policies, for whom they name, each with what it is.
    pub documents: &'a [(PolicyRef, &'a Document)],
    /// The users and roles whose policies are known.
    pub known: &'a [Known],
    /// True where `known` has every user and role of the key's account.
    pub whole: bool,
}

impl View<'_> {
    fn partition(&self) -> &str {
        Arn::parse(self.resource).map_or("aws", |arn| arn.partition)
    }
}

/// Somebody who may be able to act. The order is that of reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Any user or role of any account that is not named.
    Everyone,
    /// A user, role, session, federated user or service principal, by its ARN or name.
    Principal(String),
    /// A principal that only deployment names.
    Unknown(String),
    /// Any other user or role of an account.
    Account(String),
    /// The root user of an account: 12 digits.
    Root(String),
}

/// How somebody comes to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// The key policy names it.
    Direct,
    /// The key policy hands over to its account, and IAM allows it.
    Delegated,
    /// A grant names it.
    Grant,
}

impl Way {
    /// The word of reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Delegated => "by delegation",
            Self::Grant => "by grant",
        }
    }
}

/// What somebody may do of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The class.
    pub class: ActionClass,
    /// The action that is answered for: the one of the class that is allowed most surely.
    pub action: &'static str,
    /// Allowed or Depends.
    pub decision: Decision,
    /// How, sorted.
    pub ways: Vec<Way>,
    /// Where the request had to be of one form to be allowed: `kms:MessageType RAW`.
    pub only: Option<&'static str>,
}

impl Right {
    /// True where no premise is left.
    pub fn is_sure(&self) -> bool {
        self.decision.verdict == Verdict::Allowed
    }
}

/// Somebody, and what he may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub who: Who,
    /// The account, where it is one.
    pub account: Option<String>,
    /// True for a principal of another account than the key's; nothing where either is not known.
    pub foreign: Option<bool>,
    /// Position in [`View::known`], for one whose policies are known.
    pub known: Option<usize>,
    /// What he may do, by class; nothing that is denied.
    pub rights: Vec<Right>,
}

impl Holder {
    /// What he may do of a class.
    pub fn right(&self, class: ActionClass) -> Option<&Right> {
        self.rights.iter().find(|right| right.class == class)
    }

    /// True for somebody with a name of his own.
    pub fn is_named(&self) -> bool {
        matches!(self.who, Who::Principal(_))
    }
}

/// Who can do what with one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Everybody who may do something, sorted.
    pub holders: Vec<Holder>,
    /// Everybody who was asked for, sorted.
    pub parties: Vec<Party>,
    /// The statements that let in whoever it may be.
    pub openings: Vec<Opening>,
    /// True where there were too many to look at all of them.
    pub cut: bool,
}

/// The most principals that are asked for on one key.
const MOST: usize = 5_000;

impl Access {
    /// Asks for everybody whom policies, grants and IAM name, and for those whom they only mean (KMS developer guide,
    /// "Determining access to AWS KMS keys").
    pub fn of(view: &View<'_>) -> Self {
        let mut parties = candidates::of(view);
        let cut = parties.len() > MOST;
        parties.truncate(MOST);
        let mut asker = Asker::new(*view, view.policies.clone());
        let mut holders: Vec<Holder> = parties
            .iter()
            .filter_map(|party| holder(view, &mut asker, party))
            .collect();
        subsume(&mut holders);
        holders.sort_by(|a, b| a.who.cmp(&b.who));
        let (openings, more) = openings::of(view);
        Self {
            holders,
            parties,
            openings,
            cut: cut || more,
        }
    }

    /// The one who was asked for.
    pub fn party(&self, who: &Who) -> Option<&Party> {
        let at = self.parties.binary_search_by(|party| party.who.cmp(who)).ok()?;
        self.parties.get(at)
    }

    /// The one who may do something.
    pub fn holder(&self, who: &Who) -> Option<&Holder> {
        let at = self.holders.binary_search_by(|holder| holder.who.cmp(who)).ok()?;
        self.holders.get(at)
    }

    /// Those who may do something of a class.
    pub fn who_may(&self, class: ActionClass) -> impl Iterator<Item = (&Holder, &Right)> {
        self.holders
            .iter()
            .filter_map(move |holder| Some((holder, holder.right(class)?)))
    }
}

/// What a principal may do only as everybody of its account may, if IAM allows it, is said of the account once.
fn subsume(holders: &mut Vec<Holder>) {
    let whole: BTreeSet<(String, ActionClass)> = holders
        .iter()
        .filter_map(|holder| match &holder.who {
            Who::Account(account) => Some((account, holder)),
            _ => None,
        })
        .flat_map(|(account, holder)| {
            let rights = holder.rights.iter();
            rights.map(move |right| (account.clone(), right.class))
        })
        .collect();
    for holder in holders
        .iter_mut()
        .filter(|holder| holder.is_named() && holder.known.is_none())
    {
        let Some(account) = holder.account.clone() else {
            continue;
        };
        holder.rights.retain(|right| {
            right.is_sure()
                || right.ways != [Way::Delegated]
                || !whole.contains(&(account.clone(), right.class))
        });
    }
    holders.retain(|holder| !holder.rights.is_empty());
}

fn holder(view: &View<'_>, asker: &mut Asker<'_>, party: &Party) -> Option<Holder> {
    let rights: Vec<Right> = ActionClass::ALL
        .iter()
        .filter_map(|class| right(view, asker, party, *class))
        .collect();
    if rights.is_empty() {
        return None;
    }
    Some(Holder {
        account: party.account().map(str::to_owned),
        foreign: party.is_foreign(view.account),
        who: party.who.clone(),
        known: party.known,
        rights,
    })
}

/// The best that a class comes to: over its actions, and over what the caller may choose.
fn right(view: &View<'_>, asker: &mut Asker<'_>, party: &Party, class: ActionClass) -> Option<Right> {
    let metadata = view.policies.key_metadata.as_ref();
    let mut best: Option<Right> = None;
    for action in class.actions(metadata) {
        for (only, context) in class::contexts(action, metadata) {
            let decision = asker.decide(party, action, context);
            let rank = rank(decision.verdict);
            let better = best
                .as_ref()
                .map_or(rank > 0, |best| rank > self::rank(best.decision.verdict));
            if better {
                best = Some(Right {
                    class,
                    action,
                    ways: ways(view, &decision, &party.caller),
                    decision,
                    only,
                });
            }
        }
    }
    best
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allowed => 2,
        Verdict::Depends => 1,
        Verdict::ImplicitDeny | Verdict::ExplicitDeny => 0,
    }
}

/// True where a statement means a caller itself, or everybody, and not only its account (IAM User Guide, "AWS JSON policy
/// elements: Principal").
pub fn names(statement: &Statement, caller: &Caller) -> bool {
    let Some(list) = &statement.principals else {
        return false;
    };
    list.negated
        || list.iter().any(|principal| match principal {
            Principal::Everyone => true,
            Principal::Account(_) => false,
            // A session is let in by its role; a role stands for its sessions.
            Principal::Role(arn) if caller.kind == CallerKind::Session => {
                let name = arn.rsplit('/').next();
                name == Some(caller.role_name()) && is_of_account(arn, caller)
            }
            Principal::Session(arn) if caller.kind == CallerKind::Role => {
                let name = arn.split('/').nth(1);
                name == Some(caller.role_name()) && is_of_account(arn, caller)
            }
            other => other.as_str() == caller.text,
        })
}

fn is_of_account(arn: &str, caller: &Caller) -> bool {
    Arn::parse(arn).is_some_and(|arn| Some(arn.account) == caller.account())
}

fn ways(view: &View<'_>, decision: &Decision, caller: &Caller) -> Vec<Way> {
    let mut found = BTreeSet::new();
    let same = view.account.is_none_or(|own| caller.account() == Some(own));
    let allowing = decision.because.iter();
    for because in allowing.filter(|because| because.effect == Effect::Allow) {
        match because.policy {
            PolicyRef::Grant(_) => {
                found.insert(Way::Grant);
            }
            PolicyRef::Key | PolicyRef::Ram => {
                let document = view.documents.iter().find(|(of, _)| *of == because.policy);
                let statement =
                    document.and_then(|(_, document)| document.statements.get(because.statement?));
                // From another account IAM must allow as well, however the key policy names the caller.
                let direct = !same
                    || caller.kind == CallerKind::Root
                    || statement.is_none_or(|statement| names(statement, caller));
                found.insert(if direct { Way::Direct } else { Way::Delegated });
            }
            _ => {}
        }
    }
    found.into_iter().collect()
}
