//! The evaluation logic.
//!
//! Source: IAM User Guide, "Policy evaluation logic"; KMS developer guide, "Key policies in AWS KMS".

use super::super::{Effect, catalogue};
use super::caller::{Caller, CallerKind, How, Scope};
use super::derive::{Known, is_alias_action, partition};
use super::outcome::{Outcome, PolicyRef, PremiseCode, Truth};
use super::statement::{Asked, Form, Partly, Policy, Resource, Way};
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
    pub(super) partition: &'a str,
    pub(super) asked: Asked<'a>,
    /// Name as the catalogue writes it.
    pub(super) operation: &'a str,
    pub(super) action: Option<&'static catalogue::Action>,
    pub(super) model: Model,
    pub(super) form: Form,
    pub(super) resource: Resource<'a>,
    /// The alias, for an operation on aliases.
    pub(super) alias: Option<Resource<'a>>,
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
    let partition = partition(caller, arn.as_ref());
    let named = request.resource.splitn(6, ':').last().unwrap_or_default();
    let of_kms = |kind, name| {
        Resource::Partly(Partly {
            partition: arn.as_ref().map_or(partition, |arn| arn.partition),
            region: arn.as_ref().map(|arn| arn.region),
            account: arn.as_ref().map(|arn| arn.account).or(resource_account),
            kind,
            name,
        })
    };
    let key_arn = arn
        .as_ref()
        .filter(|arn| arn.service == "kms" && arn.resource.starts_with("key/"));
    let is_alias = named.starts_with("alias/");
    let resource = match key_arn {
        None if on_key => of_kms("key/", Some(named).filter(|_| !is_alias)),
        _ => Resource::Exact(&request.resource),
    };
    // An operation on an alias needs a permission on that, too.
    let alias = (on_key && is_alias_action(operation)).then(|| match &arn {
        Some(_) if is_alias => Resource::Exact(&request.resource),
        _ => of_kms("alias/", named.strip_prefix("alias/")),
    });
    let context = Known::new(
        policies,
        request,
        arn.as_ref(),
        service,
        operation,
        on_key,
        resource_account,
    );
    let engine = Engine {
        policies,
        caller,
        asked: Asked {
            caller,
            service,
            action: name,
            context: &context,
        },
        partition,
        operation,
        action,
        model,
        form,
        resource,
        alias,
        resource_account,
        notes: Vec::new(),
    };
    engine.run(service)
}

/// Any of the ways.
pub(super) fn sum(ways: Vec<Way>) -> Outcome {
    ways.into_iter()
        .fold(Outcome::FALSE, |sum, way| sum.or(way.outcome))
}

impl Engine<'_> {
    fn run(mut self, service: &str) -> Decision {
        let deny = self.denies();
        if deny.is_true() {
            return Decision {
                verdict: Verdict::ExplicitDeny,
                because: sorted(deny.because),
                premises: Vec::new(),
                notes: Vec::new(),
            };
        }
        let allow = self.allows(service);
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

    pub(super) fn scope(&self, effect: Effect) -> Scope<'_> {
        let has_boundary = if !self.may_have_boundary() {
            Some(false)
        } else if !self.policies.permission_boundaries.is_empty() {
            Some(true)
        } else if self.policies.lacks(Member::PermissionBoundaries) {
            None
        } else {
            Some(false)
        };
        Scope {
            denies: effect == Effect::Deny,
            partition: self.partition,
            canonical_users: self.form == Form::Names,
            has_boundary,
            resource_account: self.resource_account,
        }
    }

    /// Users and roles, and who acts for one, have identity policies and may have a boundary.
    pub(super) fn may_have_boundary(&self) -> bool {
        self.caller.is_iam() && self.caller.kind != CallerKind::Root
    }

    /// Whether a session policy may bind the caller. A user has none: where one is given, a federated session of the user
    /// may be meant (IAM User Guide, "Policy evaluation logic": "The code then checks whether the principal is a session
    /// principal").
    pub(super) fn may_be_session(&self) -> bool {
        match self.caller.kind {
            CallerKind::Role | CallerKind::Session | CallerKind::FederatedUser => true,
            CallerKind::User => self.policies.session_policy.is_some(),
            _ => false,
        }
    }

    /// At most unknown, for a user with a session policy.
    pub(super) fn as_session(&self, outcome: Outcome) -> Outcome {
        if self.caller.kind == CallerKind::User {
            return outcome.doubted(
                PremiseCode::SessionPolicy,
                "a user has no session policy: whether its federated session is meant is not known",
            );
        }
        outcome
    }

    /// The resource, and the alias beside it.
    pub(super) fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        std::iter::once(self.resource).chain(self.alias)
    }

    /// What a policy of the caller, or of its account, does.
    pub(super) fn plain(&self, policy: &Policy, own: PolicyRef, effect: Effect, on: Resource<'_>) -> Outcome {
        sum(policy.ways(own, effect, self.asked, on, Form::Names, None))
    }

    /// What a resource's policy does, way by way.
    pub(super) fn resource_ways(&self, effect: Effect) -> Vec<Way> {
        let mut ways = Vec::new();
        if self.model == Model::None {
            return ways;
        }
        let scope = Some(self.scope(effect));
        let of = |policy: &Policy, own| policy.ways(own, effect, self.asked, self.resource, self.form, scope);
        if let Some(policy) = &self.policies.key_policy {
            ways.extend(of(policy, PolicyRef::Key));
        }
        if let Some(policy) = &self.policies.ram_policy
            && self.form == Form::Key
        {
            ways.extend(of(policy, PolicyRef::Ram).into_iter().map(|way| Way {
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
        if self.form == Form::Key {
            lacking(Member::RamPolicy, PremiseCode::RamPolicy, "the policy AWS_RAM");
        }
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
        for on in self.resources() {
            let more = self.denies_on(policies, on);
            total = total.or(more);
        }
        total
    }

    /// The Denies of all policies but the resource's own.
    fn denies_on(&self, policies: &Policies, on: Resource<'_>) -> Outcome {
        let mut total = Outcome::FALSE;
        let mut add = |outcome: Outcome| {
            let before = std::mem::replace(&mut total, Outcome::FALSE);
            total = before.or(outcome);
        };
        let scope = Some(self.scope(Effect::Deny));
        let of =
            |policy: &Policy, own| sum(policy.ways(own, Effect::Deny, self.asked, on, Form::Names, scope));
        for (level, list) in policies.rcps.iter().enumerate() {
            for (index, policy) in list.iter().enumerate() {
                add(of(policy, PolicyRef::Rcp(level, index)));
            }
        }
        for (index, policy) in policies.endpoint_policies.iter().enumerate() {
            add(of(policy, PolicyRef::Endpoint(index)));
        }
        if self.caller.is_iam() && !self.is_service_linked() {
            for (level, list) in policies.scps.iter().enumerate() {
                for (index, policy) in list.iter().enumerate() {
                    add(self.plain(policy, PolicyRef::Scp(level, index), Effect::Deny, on));
                }
            }
        }
        if self.may_have_boundary() {
            for (index, policy) in policies.identity_policies.iter().flatten().enumerate() {
                add(self.plain(policy, PolicyRef::Identity(index), Effect::Deny, on));
            }
            for (index, policy) in policies.permission_boundaries.iter().enumerate() {
                add(self.plain(policy, PolicyRef::Boundary(index), Effect::Deny, on));
            }
        }
        if let Some(policy) = &policies.session_policy
            && self.may_be_session()
        {
            add(self.as_session(self.plain(policy, PolicyRef::Session, Effect::Deny, on)));
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

    fn allows(&mut self, service: &str) -> Outcome {
        const SIGNED: &[&str] = &["kms", "sts", "iam", "organizations"];
        // "a few services, such as Amazon S3, that allow some requests from anonymous users" (IAM User Guide, "Policy
        // evaluation logic").
        if self.caller.kind == CallerKind::Anonymous && SIGNED.contains(&service) {
            self.note(format!("{service} takes no request without a signature"));
            return Outcome::FALSE;
        }
        // AWS STS API Reference, `AssumeRole`.
        if self.caller.kind == CallerKind::Root && self.form == Form::Trust {
            self.note("the root user cannot assume a role");
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
        if !outcome.is_false()
            && let Some(alias) = self.alias
        {
            outcome = outcome.and(self.on_alias(alias));
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
