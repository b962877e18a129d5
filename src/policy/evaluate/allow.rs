//! What lets a request through, and what takes it away again.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for
//! IAM entities"; KMS developer guide, "Key policies in AWS KMS".

use super::super::{Effect, catalogue};
use super::Member;
use super::caller::{CallerKind, How};
use super::engine::{Engine, Model, sum};
use super::grant::{self, Given};
use super::outcome::{Outcome, PolicyRef, PremiseCode, Truth};
use super::statement::{Form, Resource};

impl Engine<'_> {
    /// Identity policies of the caller on what is asked.
    fn identity(&self, resource: Resource<'_>) -> Outcome {
        if self.caller.kind == CallerKind::Root {
            return Outcome::TRUE;
        }
        if !self.caller.is_iam() {
            return Outcome::FALSE;
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
    fn boundary(&self, on: Resource<'_>) -> Outcome {
        if !self.may_have_boundary() {
            return Outcome::TRUE;
        }
        let mut total = Outcome::TRUE;
        for (index, policy) in self.policies.permission_boundaries.iter().enumerate() {
            total = total.and(
                self.plain(policy, PolicyRef::Boundary(index), Effect::Allow, on)
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
    fn session(&self, on: Resource<'_>) -> Outcome {
        if !self.may_be_session() {
            return Outcome::TRUE;
        }
        let lacks = self.policies.lacks(Member::SessionPolicy);
        let total = match &self.policies.session_policy {
            Some(policy) => self
                .plain(policy, PolicyRef::Session, Effect::Allow, on)
                .anonymous(),
            // A session of GetFederationToken has nothing of its user's without one.
            None => Outcome::is(lacks || self.caller.kind != CallerKind::FederatedUser),
        };
        if self.caller.kind == CallerKind::User && (lacks || !total.is_true()) {
            return self.as_session(Outcome::TRUE);
        }
        if lacks {
            return total.doubted(
                PremiseCode::SessionPolicy,
                "the session has no session policy, or one that allows it",
            );
        }
        total
    }

    /// What resource, identities and grants give together, limits of organisations and networks aside.
    pub(super) fn granted(&mut self, same: bool) -> Outcome {
        let mut ways = self.resource_ways(Effect::Allow);
        let retire = self.form == Form::Key && self.operation == "RetireGrant";
        if retire {
            // An Allow of it in a key policy has no effect.
            ways.clear();
        }
        let grants = self.grants();
        if !self.caller.is_iam() {
            return sum(ways).or(grants.all());
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
        let (boundary, session) = (self.boundary(self.resource), self.session(self.resource));
        let limited = boundary.clone().and(session.clone());
        if limited.is_false() {
            self.note("the permissions boundary or the session policy does not allow it");
        }
        if retire {
            let grant = self.within_limits(grants, &boundary, &session);
            return grant.or(self.retires(identity.and(limited)));
        }
        if !same {
            let resource = exact.or(role).or(everyone).or(account);
            return self.across(resource, &identity.and(limited), grants.all());
        }
        // A user's federated session is named by its user, and limited.
        let own = match self.caller.kind {
            CallerKind::User if self.may_be_session() && !limited.is_true() => self.as_session(exact),
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
            Model::Required => account.and(identity.clone()).or(self.without_resource(&identity)),
            Model::Union | Model::None => identity.clone(),
        };
        let is_root = self.caller.kind == CallerKind::Root;
        if self.model == Model::Required && delegated.is_false() && identity.is_true() && !is_root {
            self.note("an identity policy allows it, which alone has no effect on a key or a role");
        }
        let grant = self.within_limits(grants, &boundary, &session);
        own.or(role.and(limited.clone()))
            .or(everyone.and(open))
            .or(delegated.and(limited))
            .or(grant)
    }

    /// An action that the catalogue does not have may be one that is on no key, as `ListKeys`: identity policies allow it.
    fn without_resource(&self, identity: &Outcome) -> Outcome {
        if self.form == Form::Key && self.action.is_none() {
            return identity.clone();
        }
        Outcome::FALSE
    }

    /// "If a session policy is present and does not allow the requested action, then the request is implicitly denied" (IAM
    /// User Guide, "Policy evaluation logic"). Whether that is so of a grant to the session itself, and whether a boundary
    /// limits a grant, is not documented.
    fn within_limits(&self, grants: Given, boundary: &Outcome, session: &Outcome) -> Outcome {
        let unless = |limit: &Outcome, code, why: &str| {
            if limit.is_true() {
                return Outcome::TRUE;
            }
            Outcome::unknown(code, why)
        };
        let boundary = unless(
            boundary,
            PremiseCode::PermissionBoundaries,
            "whether a permissions boundary limits a grant is not documented",
        );
        let own = match self.caller.kind {
            CallerKind::User => session.clone(),
            _ => unless(
                session,
                PremiseCode::SessionPolicy,
                "whether a session policy limits a grant to the session itself is not documented",
            ),
        };
        let itself = grants.itself.and(own);
        itself.or(grants.behind.and(session.clone())).and(boundary)
    }

    /// "As a backup, the AWS account in which the grant was created can retire the grant", and hand that on by IAM (KMS
    /// developer guide, "Retiring and revoking grants").
    fn retires(&self, by_account: Outcome) -> Outcome {
        let none = self.policies.grants.as_ref().is_some_and(Vec::is_empty);
        if none && !self.policies.lacks(Member::Grants) {
            return Outcome::FALSE;
        }
        by_account.doubted(
            PremiseCode::RetireGrant,
            "the grant was made in the caller's account: IAM alone lets it be retired there only",
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

    fn grants(&self) -> Given {
        if self.form != Form::Key {
            return Given::nothing();
        }
        let grantable = catalogue::service("kms")
            .is_some_and(|kms| self.action.is_none() || kms.grant_operations.contains(&self.operation));
        if !grantable {
            return Given::nothing();
        }
        let list = self.policies.grants.as_deref().unwrap_or_default();
        let mut total = grant::allow(
            list,
            self.operation,
            self.caller,
            self.asked.context,
            self.scope(Effect::Allow),
        );
        if self.policies.grants.is_none() || self.policies.lacks(Member::Grants) {
            total.add(Given {
                itself: Outcome::unknown(
                    PremiseCode::Grants,
                    format!(
                        "a grant on the key gives {} to {}",
                        self.operation, self.caller.text
                    ),
                ),
                behind: Outcome::FALSE,
            });
        }
        total
    }

    /// An alias and its key are two resources: IAM must allow the one, the key policy the other.
    pub(super) fn on_alias(&self, alias: Resource<'_>) -> Outcome {
        let outcome = self
            .identity(alias)
            .and(self.boundary(alias))
            .and(self.session(alias));
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
        let bound = self.caller.is_iam() && !self.is_service_linked();
        for on in self.resources() {
            for (level, list) in policies.scps.iter().enumerate().filter(|_| bound) {
                let numbered = list.iter().enumerate();
                let own = numbered.fold(Outcome::FALSE, |own, (index, policy)| {
                    own.or(self.plain(policy, PolicyRef::Scp(level, index), Effect::Allow, on))
                });
                if own.is_false() {
                    note = Some(format!("no service control policy of level {level} allows it"));
                }
                total = total.and(own.anonymous());
            }
            let scope = Some(self.scope(Effect::Allow));
            for (index, policy) in policies.endpoint_policies.iter().enumerate() {
                let own = PolicyRef::Endpoint(index);
                let own = sum(policy.ways(own, Effect::Allow, self.asked, on, Form::Names, scope));
                if own.is_false() {
                    note = Some("the policy of the VPC endpoint does not allow it".to_owned());
                }
                total = total.and(own.anonymous());
            }
        }
        let doubts = [
            (
                bound,
                Member::Scps,
                PremiseCode::Scps,
                "the service control policies allow it",
            ),
            (
                true,
                Member::Rcps,
                PremiseCode::Rcps,
                "no resource control policy denies it",
            ),
            (
                true,
                Member::EndpointPolicies,
                PremiseCode::EndpointPolicies,
                "the request passes no VPC endpoint, or one whose policy allows it",
            ),
            // What they do not allow may not matter; what they deny does.
            (
                self.may_have_boundary(),
                Member::PermissionBoundaries,
                PremiseCode::PermissionBoundaries,
                "no permissions boundary denies it",
            ),
            (
                self.may_be_session(),
                Member::SessionPolicy,
                PremiseCode::SessionPolicy,
                "no session policy denies it",
            ),
        ];
        for (applies, member, code, why) in doubts {
            if applies && policies.lacks(member) {
                total = total.doubted(code, why);
            }
        }
        if let Some(note) = note {
            self.note(note);
        }
        total
    }
}
