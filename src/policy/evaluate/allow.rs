//! What lets a request through, and what takes it away again.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for
//! IAM entities"; KMS developer guide, "Key policies in AWS KMS".

use super::super::{Effect, catalogue};
use super::Member;
use super::caller::{CallerKind, How};
use super::engine::{Engine, Model, sum};
use super::grant;
use super::outcome::{Outcome, PolicyRef, PremiseCode, Truth};
use super::statement::{Form, Resource};
use crate::arn::Arn;

impl Engine<'_> {
    /// Identity policies of the caller on what is asked.
    fn identity(&self, resource: Resource<'_>) -> Outcome {
        if self.caller.kind == CallerKind::Root {
            return Outcome::TRUE;
        }
        if self.caller.kind == CallerKind::FederatedUser && self.policies.session_policy.is_none() {
            // A session of GetFederationToken has nothing of its user's without one.
            return if self.policies.lacks(Member::SessionPolicy) {
                Outcome::unknown(PremiseCode::SessionPolicy, "the session policy allows it")
            } else {
                Outcome::FALSE
            };
        }
        let mut total = Outcome::FALSE;
        for (index, policy) in self.policies.identity_policies.iter().flatten().enumerate() {
            let own = PolicyRef::Identity(index);
            total = total.or(sum(policy.ways(
                own,
                Effect::Allow,
                self.asked,
                resource,
                Form::Names,
                None,
            )));
        }
        if self.policies.identity_policies.is_none() || self.policies.lacks(Member::IdentityPolicies) {
            total = total.or(Outcome::unknown(
                PremiseCode::IdentityPolicies,
                format!(
                    "an identity policy of {} allows {}:{}",
                    self.caller.text, self.asked.service, self.operation
                ),
            ));
        }
        total
    }

    /// The permissions boundary does not take it away.
    fn boundary(&self) -> Outcome {
        if self.caller.kind == CallerKind::Root {
            return Outcome::TRUE;
        }
        let mut total = Outcome::TRUE;
        for (index, policy) in self.policies.permission_boundaries.iter().enumerate() {
            total = total.and(
                self.plain(policy, PolicyRef::Boundary(index), Effect::Allow)
                    .anonymous(),
            );
        }
        if self.policies.lacks(Member::PermissionBoundaries) {
            total = total.doubted(
                PremiseCode::PermissionBoundaries,
                "the caller has no permissions boundary, or one that allows it",
            );
        }
        total
    }

    /// The session policy does not take it away.
    fn session(&self) -> Outcome {
        if self.caller.kind == CallerKind::Root {
            return Outcome::TRUE;
        }
        let mut total = match &self.policies.session_policy {
            Some(policy) => self.plain(policy, PolicyRef::Session, Effect::Allow).anonymous(),
            None => Outcome::TRUE,
        };
        if self.policies.lacks(Member::SessionPolicy) {
            total = total.doubted(
                PremiseCode::SessionPolicy,
                "the session has no session policy, or one that allows it",
            );
        }
        total
    }

    /// What resource, identities and grants give together, limits of organisations and networks aside.
    pub(super) fn granted(&mut self, same: bool) -> Outcome {
        let mut ways = self.resource_ways(Effect::Allow);
        if self.form == Form::Key && self.operation == "RetireGrant" {
            // An Allow of it in a key policy has no effect.
            ways.clear();
        }
        let grants = self.grants();
        if !self.caller.is_iam() {
            return sum(ways).or(grants);
        }
        let mut exact = Outcome::FALSE;
        let mut role = Outcome::FALSE;
        let mut everyone = Outcome::FALSE;
        let mut account = Outcome::FALSE;
        for way in ways {
            let slot = match way.how {
                How::Exact => &mut exact,
                // Named by a condition on its ARN, a session is let in as such.
                How::Everyone if way.by_arn => &mut exact,
                How::Role => &mut role,
                How::Everyone => &mut everyone,
                How::Account => &mut account,
            };
            *slot = std::mem::replace(slot, Outcome::FALSE).or(way.outcome);
        }
        let identity = self.identity(self.resource);
        let (boundary, session) = (self.boundary(), self.session());
        let limited = boundary.clone().and(session.clone());
        if limited.is_false() {
            self.note("the permissions boundary or the session policy does not allow it");
        }
        if self.form == Form::Key && self.operation == "RetireGrant" {
            let retire = identity.and(limited).doubted(
                PremiseCode::RetireGrant,
                "the grant was made in the caller's account: IAM alone lets it be retired there only",
            );
            return grants.and(session).or(retire);
        }
        if same {
            // A user's session policy can only be a federated session's: that of a session ARN does not limit.
            let own = match self.caller.kind {
                CallerKind::User => exact.and(session.clone()),
                _ => exact,
            };
            let open = limited.clone().or(if limited.is_true() {
                Outcome::FALSE
            } else {
                Outcome::unknown(
                    PremiseCode::PermissionBoundaries,
                    "whether a boundary or session policy limits what the principal * is given is not documented",
                )
            });
            if !account.is_false() && identity.is_false() {
                self.note("the key policy hands over to IAM, and no identity policy of the caller allows it");
            }
            let delegated = match self.model {
                Model::Required => account.and(identity.clone()),
                Model::Union | Model::None => identity.clone(),
            };
            let is_root = self.caller.kind == CallerKind::Root;
            if self.model == Model::Required && delegated.is_false() && identity.is_true() && !is_root {
                self.note("an identity policy allows it, which alone has no effect on a key or a role");
            }
            let grant = if limited.is_true() {
                grants
            } else {
                grants.and(session.clone()).doubted(
                    PremiseCode::PermissionBoundaries,
                    "whether a permissions boundary limits a grant is not documented",
                )
            };
            return own
                .or(role.and(limited.clone()))
                .or(everyone.and(open))
                .or(delegated.and(limited))
                .or(grant);
        }
        self.across(
            exact.or(role).or(everyone).or(account),
            &identity.and(limited),
            grants,
        )
    }

    /// Both accounts must agree.
    fn across(&mut self, resource: Outcome, identity: &Outcome, grants: Outcome) -> Outcome {
        let usable = match (self.model, self.action.and_then(|action| action.cross_account)) {
            (Model::None, _) => Outcome::FALSE,
            (_, Some(usable)) => Outcome::is(usable),
            (Model::Required, None) if self.form == Form::Key => Outcome::unknown(
                PremiseCode::CrossAccount,
                format!(
                    "{} works across accounts, which is not documented",
                    self.operation
                ),
            ),
            (_, None) => Outcome::TRUE,
        };
        if usable.is_false() {
            self.note(format!(
                "{} does not work on another account's resource",
                self.operation
            ));
            return Outcome::FALSE;
        }
        if !resource.is_false() && identity.is_false() {
            self.note("another account's caller needs an identity policy that allows it, too");
        }
        let grant = identity.clone().or(if identity.is_true() {
            Outcome::FALSE
        } else {
            Outcome::unknown(
                PremiseCode::GrantAcrossAccounts,
                "whether a grant to another account's principal needs an identity policy is not documented",
            )
        });
        usable.and(resource.and(identity.clone()).or(grants.and(grant)))
    }

    fn grants(&self) -> Outcome {
        if self.form != Form::Key {
            return Outcome::FALSE;
        }
        let grantable = catalogue::service("kms")
            .is_some_and(|kms| self.action.is_none() || kms.grant_operations.contains(&self.operation));
        if !grantable {
            return Outcome::FALSE;
        }
        let list = self.policies.grants.as_deref().unwrap_or_default();
        let total = grant::allow(
            list,
            self.operation,
            self.caller,
            self.asked.context,
            self.scope(),
        );
        if self.policies.grants.is_some() && !self.policies.lacks(Member::Grants) {
            return total;
        }
        total.or(Outcome::unknown(
            PremiseCode::Grants,
            format!(
                "a grant on the key gives {} to {}",
                self.operation, self.caller.text
            ),
        ))
    }

    /// An alias and its key are two resources: IAM must allow the one, the key policy the other.
    pub(super) fn on_alias(&self, resource: &str) -> Outcome {
        let arn = Arn::parse(resource);
        let of_alias = arn.as_ref().is_some_and(|arn| arn.resource.starts_with("alias/"));
        let prefix = arn.as_ref().map_or_else(
            || "arn:".to_owned(),
            |arn| format!("arn:{}:kms:{}:{}:alias/", arn.partition, arn.region, arn.account),
        );
        let alias = if of_alias {
            Resource::Exact(resource)
        } else {
            Resource::Within(&prefix)
        };
        let outcome = self.identity(alias).and(self.boundary()).and(self.session());
        if outcome.truth == Truth::Unknown {
            return outcome.and(Outcome::unknown(
                PremiseCode::Alias,
                format!("IAM allows kms:{} on the alias, too", self.operation),
            ));
        }
        outcome
    }

    /// What organisations and networks leave.
    pub(super) fn limits(&mut self) -> Outcome {
        let policies = self.policies;
        let mut total = Outcome::TRUE;
        let mut note = None;
        if self.caller.is_iam() && !self.is_service_linked() {
            for (level, list) in policies.scps.iter().enumerate() {
                let own = list
                    .iter()
                    .enumerate()
                    .fold(Outcome::FALSE, |own, (index, policy)| {
                        own.or(self.plain(policy, PolicyRef::Scp(level, index), Effect::Allow))
                    });
                if own.is_false() {
                    note = Some(format!("no service control policy of level {level} allows it"));
                }
                total = total.and(own.anonymous());
            }
            if policies.lacks(Member::Scps) {
                total = total.doubted(PremiseCode::Scps, "the service control policies allow it");
            }
        }
        if policies.lacks(Member::Rcps) {
            total = total.doubted(PremiseCode::Rcps, "no resource control policy denies it");
        }
        for (index, policy) in policies.endpoint_policies.iter().enumerate() {
            let scope = Some(self.scope());
            let own = PolicyRef::Endpoint(index);
            let ways = policy.ways(own, Effect::Allow, self.asked, self.resource, Form::Names, scope);
            let own = sum(ways);
            if own.is_false() {
                note = Some("the policy of the VPC endpoint does not allow it".to_owned());
            }
            total = total.and(own.anonymous());
        }
        if policies.lacks(Member::EndpointPolicies) {
            let why = "the request passes no VPC endpoint, or one whose policy allows it";
            total = total.doubted(PremiseCode::EndpointPolicies, why);
        }
        if let Some(note) = note {
            self.note(note);
        }
        total
    }
}
