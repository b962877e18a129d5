//! The evaluation logic.
//!
//! Source: IAM User Guide, "Policy evaluation logic"; KMS developer guide, "Key policies in AWS KMS".

use super::super::{Effect, catalogue};
use super::caller::{Caller, CallerKind, How, Scope};
use super::derive::{derive, is_alias_action};
use super::outcome::{Outcome, PolicyRef, PremiseCode, Truth};
use super::statement::{Asked, Form, Policy, Resource, Way};
use super::{Decision, Member, Policies, Request, Verdict};
use crate::arn::{Arn, is_account_id};

/// How a service takes policies of its resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    /// Only the resource's policy can allow, or hand over to IAM: keys, and roles that are assumed.
    Required,
    /// Either side can allow in the same account.
    Union,
    /// The action is on no resource with a policy.
    None,
}

/// A request in the middle of its decision.
pub(super) struct Engine<'a> {
    pub(super) policies: &'a Policies,
    pub(super) caller: &'a Caller,
    pub(super) asked: Asked<'a>,
    /// Name as the catalogue writes it.
    pub(super) operation: &'a str,
    pub(super) action: Option<&'static catalogue::Action>,
    pub(super) model: Model,
    pub(super) form: Form,
    pub(super) resource: Resource<'a>,
    pub(super) resource_account: Option<&'a str>,
    pub(super) notes: Vec<String>,
}

pub(in crate::policy) const ROLE_ACTIONS: &[&str] = &[
    "assumerole",
    "assumerolewithsaml",
    "assumerolewithwebidentity",
    "setcontext",
    "setsourceidentity",
    "tagsession",
];

pub(super) fn decide(policies: &Policies, request: &Request) -> Decision {
    let caller = &request.principal;
    let action = catalogue::action(&request.action);
    let lower = request.action.to_ascii_lowercase();
    let (service, name) = lower.split_once(':').unwrap_or((lower.as_str(), ""));
    let operation = action.map_or_else(
        || request.action.split_once(':').map_or("", |(_, name)| name),
        |action| action.name,
    );
    let on_key = service == "kms" && action.is_none_or(|action| action.is_on("key"));
    let on_role = service == "sts" && ROLE_ACTIONS.contains(&name);
    let (model, form) = if on_key {
        (Model::Required, Form::Key)
    } else if on_role {
        (Model::Required, Form::Trust)
    } else if ["kms", "sts", "iam"].contains(&service)
        || action.is_some_and(|action| action.resources.is_empty())
    {
        (Model::None, Form::Names)
    } else {
        (Model::Union, Form::Names)
    };
    let arn = Arn::parse(&request.resource);
    let of_arn = arn.as_ref().map(|arn| arn.account).filter(|id| is_account_id(id));
    let resource_account = request.resource_account.as_deref().or(of_arn);
    // The permission is on the key, whatever the request calls it by.
    let prefix = match &arn {
        Some(arn) if arn.resource.starts_with("alias/") => {
            format!("arn:{}:kms:{}:{}:key/", arn.partition, arn.region, arn.account)
        }
        _ => "arn:".to_owned(),
    };
    let is_key_arn = arn
        .as_ref()
        .is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("key/"));
    let resource = if on_key && !is_key_arn {
        Resource::Within(&prefix)
    } else {
        Resource::Exact(&request.resource)
    };
    let context = derive(policies, request, service, operation, on_key, resource_account);
    let engine = Engine {
        policies,
        caller,
        asked: Asked {
            caller,
            service,
            action: name,
            context: &context,
        },
        operation,
        action,
        model,
        form,
        resource,
        resource_account,
        notes: Vec::new(),
    };
    engine.run(service, &request.resource)
}

/// Any of the ways.
pub(super) fn sum(ways: Vec<Way>) -> Outcome {
    ways.into_iter()
        .fold(Outcome::FALSE, |sum, way| sum.or(way.outcome))
}

impl Engine<'_> {
    fn run(mut self, service: &str, resource: &str) -> Decision {
        let deny = self.denies();
        if deny.is_true() {
            return Decision {
                verdict: Verdict::ExplicitDeny,
                because: sorted(deny.because),
                premises: Vec::new(),
                notes: Vec::new(),
            };
        }
        let allow = self.allows(service, resource);
        let decision = |verdict, because, premises, notes| Decision {
            verdict,
            because: sorted(because),
            premises: sorted(premises),
            notes,
        };
        match (allow.truth, deny.truth) {
            (Truth::False, _) => decision(Verdict::ImplicitDeny, Vec::new(), Vec::new(), self.notes),
            (Truth::True, Truth::False) => {
                // What did not allow it is of no interest.
                self.notes.clear();
                if self.caller.is_iam()
                    && self.caller.kind != CallerKind::Root
                    && self.policies.identity_policies.is_none()
                {
                    let note =
                        "the caller's identity policies are not given: a Deny in one of them would win";
                    self.notes.push(note.to_owned());
                }
                decision(Verdict::Allowed, allow.because, Vec::new(), self.notes)
            }
            _ => {
                let because = [allow.because, deny.because].concat();
                let premises = [allow.premises, deny.premises].concat();
                decision(Verdict::Depends, because, premises, self.notes)
            }
        }
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        let boundary = if !self.policies.permission_boundaries.is_empty() {
            Some(true)
        } else if self.policies.lacks(Member::PermissionBoundaries) {
            None
        } else {
            Some(false)
        };
        Scope {
            everyone_means_services: false,
            canonical_users: self.form == Form::Names,
            has_session_policy: self.policies.session_policy.is_some()
                || self.policies.lacks(Member::SessionPolicy),
            has_boundary: boundary,
            resource_account: self.resource_account,
        }
    }

    /// What a policy of the caller, or of its account, does.
    pub(super) fn plain(&self, policy: &Policy, own: PolicyRef, effect: Effect) -> Outcome {
        sum(policy.ways(own, effect, self.asked, self.resource, Form::Names, None))
    }

    /// What a resource's policy does, way by way.
    pub(super) fn resource_ways(&self, effect: Effect) -> Vec<Way> {
        let mut ways = Vec::new();
        if self.model == Model::None {
            return ways;
        }
        let scope = Some(self.scope());
        if let Some(policy) = &self.policies.key_policy {
            ways.extend(policy.ways(
                PolicyRef::Key,
                effect,
                self.asked,
                self.resource,
                self.form,
                scope,
            ));
        }
        if let Some(policy) = &self.policies.ram_policy {
            let own = policy.ways(
                PolicyRef::Ram,
                effect,
                self.asked,
                self.resource,
                self.form,
                scope,
            );
            ways.extend(own.into_iter().map(|way| Way {
                outcome: match effect {
                    Effect::Allow => way.outcome.doubted(
                        PremiseCode::RamPolicy,
                        "how the policy AWS_RAM is evaluated is not documented: taken as a second key policy",
                    ),
                    Effect::Deny => way.outcome,
                },
                ..way
            }));
        }
        let mut lacking = |member, code, what: &str| {
            if self.policies.lacks(member) {
                let verb = if effect == Effect::Deny {
                    "denies"
                } else {
                    "allows"
                };
                ways.push(Way {
                    how: How::Exact,
                    by_arn: false,
                    outcome: Outcome::unknown(code, format!("what {what}, which is not known, {verb}")),
                });
            }
        };
        lacking(Member::KeyPolicy, PremiseCode::KeyPolicy, "the key policy");
        lacking(Member::RamPolicy, PremiseCode::RamPolicy, "the policy AWS_RAM");
        let missing = self.form == Form::Key
            && self.policies.key_policy.is_none()
            && !self.policies.lacks(Member::KeyPolicy);
        if missing {
            ways.push(Way {
                how: How::Exact,
                by_arn: false,
                outcome: Outcome::unknown(
                    PremiseCode::KeyPolicy,
                    "every key has a key policy, and this one's is not given",
                ),
            });
        }
        ways
    }

    fn denies(&self) -> Outcome {
        let policies = self.policies;
        let mut total = sum(self.resource_ways(Effect::Deny));
        let mut add = |outcome: Outcome| {
            let before = std::mem::replace(&mut total, Outcome::FALSE);
            total = before.or(outcome);
        };
        let rcp = Scope {
            everyone_means_services: true,
            ..self.scope()
        };
        for (level, list) in policies.rcps.iter().enumerate() {
            for (index, policy) in list.iter().enumerate() {
                let own = PolicyRef::Rcp(level, index);
                add(sum(policy.ways(
                    own,
                    Effect::Deny,
                    self.asked,
                    self.resource,
                    Form::Names,
                    Some(rcp),
                )));
            }
        }
        for (index, policy) in policies.endpoint_policies.iter().enumerate() {
            let own = PolicyRef::Endpoint(index);
            let scope = Some(self.scope());
            add(sum(policy.ways(
                own,
                Effect::Deny,
                self.asked,
                self.resource,
                Form::Names,
                scope,
            )));
        }
        if !self.caller.is_iam() {
            return total;
        }
        for (level, list) in policies
            .scps
            .iter()
            .enumerate()
            .filter(|_| !self.is_service_linked())
        {
            for (index, policy) in list.iter().enumerate() {
                add(self.plain(policy, PolicyRef::Scp(level, index), Effect::Deny));
            }
        }
        if self.caller.kind == CallerKind::Root {
            return total;
        }
        for (index, policy) in policies.identity_policies.iter().flatten().enumerate() {
            add(self.plain(policy, PolicyRef::Identity(index), Effect::Deny));
        }
        for (index, policy) in policies.permission_boundaries.iter().enumerate() {
            add(self.plain(policy, PolicyRef::Boundary(index), Effect::Deny));
        }
        if let Some(policy) = &policies.session_policy {
            add(self.plain(policy, PolicyRef::Session, Effect::Deny));
        }
        total
    }

    /// Roles of AWS's own services, which service control policies do not bind.
    pub(super) fn is_service_linked(&self) -> bool {
        match self.caller.kind {
            CallerKind::Role => self.caller.text.contains(":role/aws-service-role/"),
            CallerKind::Session => self.caller.role.starts_with("AWSServiceRoleFor"),
            _ => false,
        }
    }

    fn allows(&mut self, service: &str, resource: &str) -> Outcome {
        if self.form == Form::Key && self.caller.kind == CallerKind::Anonymous {
            self.note("KMS takes no request without a signature");
            return Outcome::FALSE;
        }
        let mut outcome = if let Some(same) = self.same_account() {
            self.granted(same)
        } else {
            let (own, other) = (self.granted(true), self.granted(false));
            if own.truth == other.truth {
                own
            } else {
                let why = "whether the caller is of the resource's account, which is not given";
                let better = if own.is_false() { other } else { own };
                better.doubted(PremiseCode::ResourceAccount, why)
            }
        };
        if self.form == Form::Key && is_alias_action(self.operation) && !outcome.is_false() {
            let alias = self.on_alias(resource);
            outcome = outcome.and(alias);
        }
        outcome = outcome.and(self.limits());
        if self.action.is_none() && catalogue::service(service).is_some() {
            let why = format!(
                "{service} has an action {}: the catalogue has none",
                self.operation
            );
            outcome = outcome.doubted(PremiseCode::UnknownAction, &why);
        }
        outcome
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    fn same_account(&self) -> Option<bool> {
        match self.caller.account() {
            None => Some(true),
            // Without a resource there is no other account.
            Some(_) if self.model == Model::None && self.resource_account.is_none() => Some(true),
            Some(own) => self.resource_account.map(|account| account == own),
        }
    }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list.dedup();
    list
}
