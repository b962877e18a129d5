//! Who can do what with a signing key: by name, through IAM, by a grant, from another account.
//!
//! Source: KMS developer guide, "Determining access to AWS KMS keys"; the semantics are those of
//! [`evaluate`](super::evaluate).
//!
//! Asked is who *may*: what a caller chooses (parameters, the alias or the key's id) is taken as it likes, and a
//! condition on something that is not known leaves the answer at "depends", with the condition as its premise. Limits
//! that are not in the evidence (service control policies, resource control policies, boundaries) are not premises: they
//! only take away.

mod candidates;
mod class;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use class::ActionClass;

use super::Document;
use super::evaluate::{
    Because, Caller, CallerKind, Context, Decision, Member, Policies, Policy, Request, Verdict,
};
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
    /// The documents of the key's policies, for whom they name.
    pub documents: &'a [&'a Document],
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

/// Asks for single requests, beside those of the classes: with another message type, for another action.
#[derive(Debug)]
pub struct Asker<'a> {
    view: View<'a>,
    policies: Policies,
}

impl<'a> Asker<'a> {
    /// Of a view the documents and whether all callers are known are of no matter here.
    pub fn new(view: View<'a>) -> Self {
        Self {
            view,
            policies: view.policies.clone(),
        }
    }

    /// What the policies say to a request of somebody, with what is known of him; nothing where his name is none of a
    /// caller. Of the service's keys the request carries those of the action alone (Service Authorization Reference,
    /// "Actions table").
    pub fn ask(&mut self, who: &Who, action: &str, mut context: Context) -> Option<Decision> {
        let principal = candidates::caller(who, self.view.partition())?;
        let known = match who {
            Who::Principal(text) => self.view.known.iter().find(|known| known.caller.text == *text),
            _ => None,
        };
        put_in(&mut self.policies, known);
        context.set_action(action);
        Some(self.policies.decide(&Request {
            principal,
            action: action.to_owned(),
            resource: self.view.resource.to_owned(),
            resource_account: self.view.account.map(str::to_owned),
            context: of_class(context, who),
        }))
    }
}

/// Somebody who may be able to act.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The root user of an account: 12 digits.
    Root(String),
    /// A user, role, session, federated user or service principal, by its ARN or name.
    Principal(String),
    /// Any other user or role of an account.
    Account(String),
    /// Any user or role of any account that is not named.
    Everyone,
    /// A principal that only deployment names.
    Unknown(String),
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
    /// True where there were too many to look at all of them.
    pub cut: bool,
}

/// The most principals that are asked for on one key.
const MOST: usize = 5_000;

impl Access {
    /// Asks for everybody whom policies, grants and IAM name, and for those whom they only mean (KMS developer guide,
    /// "Determining access to AWS KMS keys").
    pub fn of(view: &View<'_>) -> Self {
        let mut candidates = candidates::of(view);
        let cut = candidates.len() > MOST;
        candidates.truncate(MOST);
        let mut policies = view.policies.clone();
        let mut holders: Vec<Holder> = candidates
            .into_iter()
            .filter_map(|candidate| holder(view, &mut policies, candidate))
            .collect();
        subsume(&mut holders);
        holders.sort_by(|a, b| a.who.cmp(&b.who));
        Self { holders, cut }
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

/// Puts the policies of one caller in the place of another's.
fn put_in(policies: &mut Policies, known: Option<&Known>) {
    policies.identity_policies = known.map(|known| known.identity_policies.clone());
    policies.permission_boundaries.clear();
    policies.unknown.remove(&Member::IdentityPolicies);
    policies.unknown.remove(&Member::PermissionBoundaries);
    let Some(known) = known else { return };
    if !known.complete {
        policies.unknown.insert(Member::IdentityPolicies);
    }
    match &known.boundary {
        Boundary::None => {}
        Boundary::Policy(policy) => policies.permission_boundaries.push(policy.clone()),
        Boundary::Unknown => {
            policies.unknown.insert(Member::PermissionBoundaries);
        }
    }
}

fn holder(view: &View<'_>, policies: &mut Policies, candidate: candidates::Candidate) -> Option<Holder> {
    put_in(policies, candidate.known.and_then(|at| view.known.get(at)));
    let rights: Vec<Right> = ActionClass::ALL
        .iter()
        .filter_map(|class| right(view, policies, &candidate, *class))
        .collect();
    if rights.is_empty() {
        return None;
    }
    let account = candidate.caller.account().map(str::to_owned);
    let foreign = match (&candidate.who, view.account, &account) {
        (Who::Everyone, ..) => Some(true),
        (Who::Unknown(_), ..) => None,
        (_, Some(own), Some(account)) => Some(own != account),
        _ => None,
    };
    Some(Holder {
        account: account.filter(|_| candidate.who != Who::Everyone),
        who: candidate.who,
        foreign,
        known: candidate.known,
        rights,
    })
}

/// The best that a class comes to: over its actions, and over what the caller may choose.
fn right(
    view: &View<'_>,
    policies: &mut Policies,
    candidate: &candidates::Candidate,
    class: ActionClass,
) -> Option<Right> {
    let mut best: Option<Right> = None;
    for action in class.actions(policies.key_metadata.as_ref()) {
        for (only, context) in class::contexts(action, policies.key_metadata.as_ref()) {
            let request = Request {
                principal: candidate.caller.clone(),
                action: (*action).to_owned(),
                resource: view.resource.to_owned(),
                resource_account: view.account.map(str::to_owned),
                context: of_class(context, &candidate.who),
            };
            let decision = policies.decide(&request);
            let rank = rank(decision.verdict);
            let better = best
                .as_ref()
                .map_or(rank > 0, |best| rank > self::rank(best.decision.verdict));
            if better {
                let mut ways = ways(&decision, &candidate.caller, view.account);
                if ways == [Way::Delegated]
                    && class == ActionClass::RedirectAlias
                    && is_named_for_the_key(policies, &request)
                {
                    ways = vec![Way::Direct];
                }
                best = Some(Right {
                    class,
                    action,
                    decision,
                    ways,
                    only,
                });
            }
        }
    }
    best
}

/// An action on an alias needs IAM's leave on the alias, whatever the key policy says. True where IAM need not give it on
/// the key as well (KMS developer guide, "Controlling access to aliases").
fn is_named_for_the_key(policies: &mut Policies, request: &Request) -> bool {
    const ON_ALIASES: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "arn:*:kms:*:*:alias/*"}}"#;
    let on_aliases = Document::parse(ON_ALIASES).map_or_else(|_| Policy::default(), |own| Policy::new(&own));
    let own = policies.identity_policies.replace(vec![on_aliases]);
    let partly = policies.unknown.remove(&Member::IdentityPolicies);
    let decision = policies.decide(request);
    policies.identity_policies = own;
    if partly {
        policies.unknown.insert(Member::IdentityPolicies);
    }
    rank(decision.verdict) > 0
}

/// Of somebody who is only meant, the ARN is not known.
fn of_class(mut context: Context, who: &Who) -> Context {
    if matches!(who, Who::Account(_) | Who::Everyone | Who::Unknown(_)) {
        for key in [
            "aws:PrincipalArn",
            "aws:PrincipalType",
            "aws:username",
            "aws:userid",
        ] {
            context.set_unknown(key);
        }
    }
    context
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allowed => 2,
        Verdict::Depends => 1,
        Verdict::ImplicitDeny | Verdict::ExplicitDeny => 0,
    }
}

fn ways(decision: &Decision, caller: &Caller, account: Option<&str>) -> Vec<Way> {
    use super::Effect;
    use super::evaluate::PolicyRef;
    let allowing: Vec<&Because> = decision
        .because
        .iter()
        .filter(|because| because.effect == Effect::Allow)
        .collect();
    let mut found = BTreeSet::new();
    let by_iam = decision
        .premises
        .iter()
        .any(|premise| premise.code == super::evaluate::PremiseCode::IdentityPolicies)
        || allowing
            .iter()
            .any(|because| matches!(because.policy, PolicyRef::Identity(_)));
    let same = account.is_none_or(|own| caller.account() == Some(own));
    for because in allowing {
        match because.policy {
            PolicyRef::Grant(_) => {
                found.insert(Way::Grant);
            }
            PolicyRef::Key | PolicyRef::Ram => {
                // From another account IAM must allow as well, however the key policy names the caller.
                let delegated = by_iam && same && caller.kind != CallerKind::Root;
                found.insert(if delegated { Way::Delegated } else { Way::Direct });
            }
            _ => {}
        }
    }
    found.into_iter().collect()
}
