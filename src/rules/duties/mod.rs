//! Rules on separation of duties: who does what with several keys, what one key does, and where aliases point.

pub mod admin_and_signer_same_principal;
pub mod alias_in_use_by_agent;
pub mod alias_points_elsewhere;
pub mod same_key_several_chains;
pub mod same_key_validator_and_relayer;
pub mod same_principal_several_keys;
pub mod shared_account_admins;
pub mod signer_shared_by_many;

mod uses;

use std::collections::BTreeSet;

use crate::arn::Arn;
use crate::evidence::{Bundle, Key, KeyAccess, holder_words};
use crate::policy::access::{ActionClass, Holder, Right, Way, Who};
use crate::policy::evaluate::{Caller, CallerKind};
use crate::source::Span;

pub(super) use uses::has_both_roles;

/// Somebody with a name of his own, however a policy writes it: a session is its role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Person(String);

impl Person {
    /// Nothing for classes, root users and services, which are nobody in particular.
    fn of(holder: &Holder) -> Option<Self> {
        let Who::Principal(text) = &holder.who else {
            return None;
        };
        let Some(caller) = Caller::parse(text) else {
            return Some(Self(text.clone()));
        };
        match caller.kind {
            CallerKind::User | CallerKind::FederatedUser => Some(Self(text.clone())),
            CallerKind::Role | CallerKind::Session => {
                let partition = Arn::parse(text).map_or("aws", |arn| arn.partition);
                let account = caller.account().unwrap_or_default();
                Some(Self(format!(
                    "arn:{partition}:iam::{account}:role/{}",
                    caller.role_name()
                )))
            }
            _ => None,
        }
    }

    /// The subject of a finding.
    fn subject(&self) -> String {
        format!("principal {}", self.0)
    }

    /// The short name: `role/ci`.
    fn name(&self) -> String {
        Arn::parse(&self.0).map_or_else(|| self.0.clone(), |arn| arn.resource.to_owned())
    }
}

/// Somebody who may do something with a key.
#[derive(Clone, Copy)]
struct Held<'b> {
    key: &'b Key,
    holder: &'b Holder,
    right: &'b Right,
}

impl Held<'_> {
    /// The first place that says so, with its words.
    fn place(&self, bundle: &Bundle) -> Option<(Span, String)> {
        let access = bundle.access(self.key);
        access
            .grounds(bundle, self.holder, &self.right.decision.because)
            .into_iter()
            .find_map(|ground| Some((ground.span?, ground.words)))
    }

    /// What he may do, as canonical text: however the policy says it.
    fn content(&self) -> String {
        format!("{}\n{}", self.key.subject(), self.right.class.word())
    }
}

/// Those with a name of their own who may do something of a class: the policy or a grant names them, or IAM that is in
/// the evidence lets them.
fn held<'b>(bundle: &'b Bundle, key: &'b Key, class: ActionClass) -> Vec<(Person, Held<'b>)> {
    bundle
        .access(key)
        .access
        .who_may(class)
        .filter(|(_, right)| right.is_sure() || right.ways.iter().any(|way| *way != Way::Delegated))
        .filter_map(|(holder, right)| Some((Person::of(holder)?, Held { key, holder, right })))
        .collect()
}

/// Why there may be more who may do something of these classes.
fn more(bundle: &Bundle, key: &Key, classes: &[ActionClass]) -> Option<String> {
    let access: &KeyAccess = bundle.access(key);
    let of = |message: &str| format!("{}: {message}", key.subject());
    if let Some(open) = access.open.first() {
        return Some(of(&open.message));
    }
    let (holder, class) = access.access.holders.iter().find_map(|holder| {
        let open = matches!(&holder.who, Who::Account(_) | Who::Everyone | Who::Unknown(_));
        let class = classes.iter().find(|class| holder.right(**class).is_some())?;
        open.then_some((holder, *class))
    })?;
    Some(of(&match &holder.who {
        Who::Unknown(text) => format!(
            "{text} may {}, and only deployment says who that is",
            class.words()
        ),
        _ => format!(
            "{} may {} where IAM allows it, and whom it allows is not in the evidence (aws iam \
             get-account-authorization-details)",
            holder_words(holder),
            class.words()
        ),
    }))
}

/// The keys in scope.
fn judged(bundle: &Bundle) -> Vec<&Key> {
    bundle.keys.iter().filter(|key| key.scope.is_some()).collect()
}

/// What is the same of two replicas of one multi-Region key, which are one private key.
fn private_key(key: &Key) -> String {
    match &key.id {
        Some(id) if id.starts_with("mrk-") => id.clone(),
        _ => key.subject(),
    }
}

/// How many private keys there are in a list.
fn count<'b>(keys: impl Iterator<Item = &'b Key>) -> usize {
    keys.map(private_key).collect::<BTreeSet<String>>().len()
}

/// A key in a sentence: its alias, else its id, else its name in the evidence.
fn short_name(key: &Key) -> String {
    match (key.aliases.first(), &key.id) {
        (Some(alias), _) => crate::rules::common::short(alias),
        (None, Some(id)) => format!("key {id}"),
        (None, None) => key.subject(),
    }
}
