//! Who can become a signer in one step, by rights in IAM: over the signer's user or role, or over his own policies.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
//! Management" and "for AWS Security Token Service"; IAM User Guide, "Grant a user permissions to pass a role".

use std::collections::BTreeSet;

use super::{Bundle, IamKind, Key, identity_by_arn};
use crate::arn::Arn;
use crate::policy::access::{ActionClass, Boundary, Known, Way, Who};
use crate::policy::evaluate::{Context, Member, Policies, Policy, Request, Verdict};

/// One step by which somebody becomes a signer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Takeover {
    /// ARN of who can.
    pub who: String,
    /// The action: `iam:CreateAccessKey`.
    pub action: &'static str,
    /// ARN of the user or role that the step is on.
    pub target: String,
    /// False where a condition or a missing document stands between.
    pub sure: bool,
}

/// What makes one the signer, for a user.
const OVER_USER: [&str; 3] = [
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
];

/// The same for a role.
const OVER_ROLE: [&str; 2] = ["sts:AssumeRole", "iam:UpdateAssumeRolePolicy"];

/// What gives one's own user a right that the key policy leaves to IAM.
const OWN_USER: [&str; 2] = ["iam:PutUserPolicy", "iam:AttachUserPolicy"];

/// The same for one's own role.
const OWN_ROLE: [&str; 2] = ["iam:PutRolePolicy", "iam:AttachRolePolicy"];

/// The most requests that are decided for one key.
const MOST: usize = 200_000;

/// The steps that the evidence shows for a key, sorted. Steps of those who may sign themselves are none.
pub fn takeovers(bundle: &Bundle, key: &Key) -> Vec<Takeover> {
    let access = bundle.access(key);
    let (known, _) = bundle.known();
    let mut signers: BTreeSet<&str> = BTreeSet::new();
    let mut delegated = false;
    for (holder, right) in access.access.who_may(ActionClass::Sign) {
        if let (Who::Principal(arn), true) = (&holder.who, right.is_sure()) {
            signers.insert(arn);
        }
        delegated |= right.ways.contains(&Way::Delegated) && holder.foreign == Some(false);
    }
    let own = access.account.as_deref();
    let mut found = BTreeSet::new();
    let mut asked = 0_usize;
    for known in known
        .iter()
        .filter(|known| !signers.contains(known.caller.text.as_str()))
    {
        let who = known.caller.text.as_str();
        let mut ask = |action: &'static str, target: &str, trust: Option<&Policy>| {
            asked = asked.saturating_add(1);
            if asked > MOST {
                return;
            }
            let verdict = decide(known, action, target, trust);
            if matches!(verdict, Verdict::Allowed | Verdict::Depends) {
                found.insert(Takeover {
                    who: who.to_owned(),
                    action,
                    target: target.to_owned(),
                    sure: verdict == Verdict::Allowed,
                });
            }
        };
        for signer in &signers {
            let Some(identity) = identity_by_arn(bundle, signer) else {
                continue;
            };
            let target = identity.principal.arn.as_str();
            match identity.principal.kind_of() {
                IamKind::User => OVER_USER.iter().for_each(|action| ask(action, target, None)),
                IamKind::Role => {
                    let trust = identity
                        .principal
                        .trust
                        .as_ref()
                        .map(|trust| Policy::new(&trust.document));
                    for action in OVER_ROLE {
                        ask(
                            action,
                            target,
                            trust.as_ref().filter(|_| action.starts_with("sts:")),
                        );
                    }
                }
                IamKind::Group => {}
            }
        }
        if delegated && known.caller.account() == own {
            let actions = match IamKind::of_arn(who) {
                Some(IamKind::User) => OWN_USER,
                _ => OWN_ROLE,
            };
            for action in actions {
                ask(action, who, None);
            }
        }
    }
    found.into_iter().collect()
}

fn decide(known: &Known, action: &str, target: &str, trust: Option<&Policy>) -> Verdict {
    let mut policies = Policies {
        key_policy: trust.cloned(),
        identity_policies: Some(known.identity_policies.clone()),
        ..Policies::default()
    };
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
    let mut context = Context::new();
    context.set_incomplete();
    let request = Request {
        principal: known.caller.clone(),
        action: action.to_owned(),
        resource: target.to_owned(),
        resource_account: Arn::parse(target).map(|arn| arn.account.to_owned()),
        context,
    };
    policies.decide(&request).verdict
}
