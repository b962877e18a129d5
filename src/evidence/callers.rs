//! The users and roles whose IAM policies are in the evidence, ready to be asked for.

use std::collections::BTreeSet;

use super::{Bundle, Ground, IamKind, IamPolicy, iam_whole, identities, identity_policies_of};
use crate::arn::Arn;
use crate::policy::access::{Boundary, Known};
use crate::policy::evaluate::{Caller, Policy};
use crate::source::Span;

/// Users and roles, and the accounts that have no others.
#[derive(Debug, Default)]
pub struct Callers {
    pub(super) known: Vec<Known>,
    pub(super) whole: BTreeSet<String>,
}

/// Prepares every user and role that IAM's answers speak of.
fn callers(bundle: &Bundle) -> Callers {
    let mut found = Callers::default();
    let mut accounts: BTreeSet<String> = BTreeSet::new();
    for identity in identities(bundle) {
        let own = &identity.principal;
        accounts.extend(Arn::parse(&own.arn).map(|arn| arn.account.to_owned()));
        if own.kind_of() == IamKind::Group {
            continue;
        }
        let Some(caller) = Caller::parse(&own.arn) else {
            continue;
        };
        let policies = identity_policies_of(bundle, &own.arn);
        found.known.push(Known {
            caller,
            identity_policies: policies
                .policies
                .iter()
                .map(|policy| Policy::new(&policy.document))
                .collect(),
            complete: policies.complete,
            boundary: match policies.boundary {
                // One that nobody told of could only take away.
                super::Boundary::None | super::Boundary::Unknown => Boundary::None,
                super::Boundary::Found(policy) => Boundary::Policy(Policy::new(&policy.document)),
                super::Boundary::Missing(_) => Boundary::Unknown,
            },
        });
    }
    found.whole = accounts
        .into_iter()
        .filter(|account| iam_whole(bundle, account))
        .collect();
    found
}

impl Bundle {
    pub(super) fn known(&self) -> (&[Known], &BTreeSet<String>) {
        let callers = self.callers.get(|| callers(self));
        (&callers.known, &callers.whole)
    }

    /// The identity policy that a decision on a known caller rests on.
    pub(super) fn identity_ground(
        &self,
        known: Option<usize>,
        at: usize,
        statement: Option<usize>,
    ) -> Ground {
        let (all, _) = self.known();
        let arn = known
            .and_then(|known| all.get(known))
            .map(|known| known.caller.text.as_str())
            .unwrap_or_default();
        let policies = identity_policies_of(self, arn).policies;
        let Some(policy) = policies.get(at) else {
            return Ground {
                words: "an identity policy".to_owned(),
                span: None,
            };
        };
        ground(policy, statement)
    }
}

fn ground(policy: &IamPolicy, statement: Option<usize>) -> Ground {
    let own = statement.and_then(|index| Some((index, policy.document.statements.get(index)?)));
    let words = match own {
        Some((index, statement)) => format!("IAM policy {}, {}", policy.name, statement.name(index)),
        None => format!("IAM policy {}", policy.name),
    };
    Ground {
        words,
        span: Some(own.map_or(policy.span, |(_, statement)| {
            Span::new(policy.source, statement.span.clone())
        })),
    }
}
