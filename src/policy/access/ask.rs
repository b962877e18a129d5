//! One request after another, by one party after another.

use super::super::evaluate::{Caller, Context, Decision, Member, Policies, Policy, Request};
use super::candidates::ANY_ACCOUNT;
use super::{Boundary, Party, View, Who, class};

/// Asks the policies of one key.
#[derive(Debug)]
pub struct Asker<'a> {
    view: View<'a>,
    policies: Policies,
    /// Whose policies are among them.
    of: Option<usize>,
    /// What IAM gives to those whose policies are not known; nothing where it is not known.
    otherwise: Option<Vec<Policy>>,
}

impl<'a> Asker<'a> {
    /// Asks `policies` in place of those of the view (IAM User Guide, "Policy evaluation logic").
    pub fn new(view: View<'a>, policies: Policies) -> Self {
        let mut own = Self {
            view,
            policies,
            of: None,
            otherwise: None,
        };
        own.take(None);
        own
    }

    /// The same, as if IAM gave nothing to those whose policies are not known: what is left is what the key's policies and
    /// grants give them by themselves (KMS developer guide, "Key policies in AWS KMS").
    #[must_use]
    pub fn without_iam(mut self) -> Self {
        self.otherwise = Some(Vec::new());
        self.take(None);
        self
    }

    /// What the policies say to a request of a party. What is not in the context is not known, but for what every request
    /// of the party carries.
    pub fn decide(&mut self, party: &Party, action: &str, mut context: Context) -> Decision {
        if self.of != party.known {
            self.take(party.known);
        }
        of_class(&mut context, party);
        // Of the service's keys the request carries those of the action alone.
        context.set_action(action);
        self.policies.decide(&Request {
            principal: party.caller.clone(),
            action: action.to_owned(),
            resource: self.view.resource.to_owned(),
            resource_account: self.view.account.map(str::to_owned),
            context,
        })
    }

    /// The same of somebody by his name alone; nothing where it is none of a caller.
    pub fn ask(&mut self, who: &Who, action: &str, context: Context) -> Option<Decision> {
        let partition = self.view.partition();
        let party = match who {
            Who::Account(account) => Party::anyone_of(account, partition),
            Who::Everyone => Party::stranger(partition),
            Who::Root(account) => Party {
                who: who.clone(),
                caller: Caller::root(
                    &format!("arn:{partition}:iam::{account}:root"),
                    partition,
                    account,
                ),
                known: None,
            },
            Who::Unknown(text) => Party {
                who: who.clone(),
                caller: Caller::any(text, partition, ANY_ACCOUNT),
                known: None,
            },
            Who::Principal(text) => Party {
                who: who.clone(),
                caller: Caller::of_text(text)?,
                known: self
                    .view
                    .known
                    .iter()
                    .position(|known| known.caller.text == *text),
            },
        };
        Some(self.decide(&party, action, context))
    }

    /// The contexts that a caller of the action may choose between.
    pub fn contexts(&self, action: &str) -> Vec<Context> {
        class::contexts(action, self.policies.key_metadata.as_ref())
            .into_iter()
            .map(|(_, context)| context)
            .collect()
    }

    fn take(&mut self, known: Option<usize>) {
        self.of = known;
        let policies = &mut self.policies;
        let known = known.and_then(|at| self.view.known.get(at));
        policies.identity_policies = match known {
            Some(known) => Some(known.identity_policies.clone()),
            None => self.otherwise.clone(),
        };
        policies.permission_boundaries.clear();
        policies.unknown.remove(&Member::IdentityPolicies);
        policies.unknown.remove(&Member::PermissionBoundaries);
        if let Some(known) = known {
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
    }
}

/// Keys of requests that AWS services make as themselves: nobody else's request carries one (IAM User Guide, "AWS global
/// condition context keys").
const OF_SERVICES: &[&str] = &[
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
];

/// Of somebody who is only meant, the ARN is not known, but that no policy spells it out is: whom one spells out is asked
/// for on his own.
fn of_class(context: &mut Context, party: &Party) {
    if party.caller.account().is_some() && !matches!(party.who, Who::Unknown(_)) {
        for key in OF_SERVICES {
            context.set(key, Vec::new());
        }
    }
    if !party.is_class() {
        return;
    }
    for key in ["aws:username", "aws:userid"] {
        context.set_unknown(key);
    }
    // The root user is asked for on his own.
    context.set_one_of("aws:PrincipalType", &["AssumedRole", "FederatedUser", "User"]);
    let (partition, account) = (&party.caller.partition, &party.caller.account);
    let of_anybody = (party.who == Who::Everyone).then_some(ANY_ACCOUNT);
    if matches!(party.who, Who::Unknown(_)) {
        context.set_unknown("aws:PrincipalArn");
        context.set_unknown("aws:PrincipalAccount");
        context.set_unknown("kms:CallerAccount");
        return;
    }
    let prefixes = ["iam", "sts"].map(|service| format!("arn:{partition}:{service}::{account}:"));
    context.set_unknown_within("aws:PrincipalArn", prefixes.to_vec(), of_anybody);
    if of_anybody.is_some() {
        for key in ["aws:PrincipalAccount", "kms:CallerAccount"] {
            context.set_unknown_within(key, vec![account.clone()], of_anybody);
        }
        // A unique id before the colon is that of one user or role; the name of the session is the caller's choice.
        context.set_unknown_within("aws:userid", vec!["an id that nothing names:".to_owned()], None);
    }
}
