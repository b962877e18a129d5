//! The evaluation logic.
//!
//! Source: IAM User Guide, "Policy evaluation logic"; KMS developer guide, "Key policies in AWS KMS".

use super::super::{Effect, catalogue};
use super::caller::{Caller, CallerKind, How, Scope};
use super::context::Context;
use super::grant;
use super::outcome::{Outcome, PolicyRef, PremiseCode, Truth};
use super::statement::{Asked, Form, Policy, Resource, Way};
use super::{Decision, KeyMetadata, Member, Policies, Request, Verdict};
use crate::arn::{Arn, is_account_id};

/// How a service takes policies of its resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    /// Only the resource's policy can allow, or hand over to IAM: keys, and roles that are assumed.
    Required,
    /// Either side can allow in the same account.
    Union,
    /// The action is on no resource with a policy.
    None,
}

struct Engine<'a> {
    policies: &'a Policies,
    caller: &'a Caller,
    asked: Asked<'a>,
    /// Name as the catalogue writes it.
    operation: &'a str,
    action: Option<&'static catalogue::Action>,
    model: Model,
    form: Form,
    resource: Resource<'a>,
    resource_account: Option<&'a str>,
    notes: Vec<String>,
}

const ROLE_ACTIONS: &[&str] = &[
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
    } else if ["kms", "sts", "iam"].contains(&service) {
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

/// The context with what every such request carries.
fn derive(
    policies: &Policies,
    request: &Request,
    service: &str,
    operation: &str,
    on_key: bool,
    resource_account: Option<&str>,
) -> Context {
    let mut context = request.context.clone();
    let caller = &request.principal;
    let text = caller.text.as_str();
    let name = || text.rsplit('/').next().unwrap_or_default();
    let given = context.has("aws:PrincipalArn");
    if let Some(account) = caller.account() {
        context.derive("aws:PrincipalAccount", account);
        let kind = match caller.kind {
            CallerKind::Root => "Account",
            CallerKind::User => "User",
            CallerKind::FederatedUser => "FederatedUser",
            _ => "AssumedRole",
        };
        context.derive("aws:PrincipalType", kind);
        let partition = if caller.partition.is_empty() {
            "aws"
        } else {
            &caller.partition
        };
        match caller.kind {
            CallerKind::Session => {
                let roles = format!("arn:{partition}:iam::{account}:role/");
                context.derive("aws:PrincipalArn", format!("{roles}{}", caller.role));
                if !given {
                    context.pathless = Some((roles, caller.role.clone()));
                }
            }
            CallerKind::Root => {
                context.derive("aws:PrincipalArn", format!("arn:{partition}:iam::{account}:root"));
            }
            _ => context.derive("aws:PrincipalArn", text),
        }
        if caller.kind == CallerKind::User {
            context.derive("aws:username", name());
        }
        if service == "kms" {
            context.derive("kms:CallerAccount", account);
        }
    }
    let is_service = caller.kind == CallerKind::Service;
    context.derive(
        "aws:PrincipalIsAWSService",
        if is_service { "true" } else { "false" },
    );
    if is_service {
        context.derive("aws:PrincipalServiceName", text);
    }
    let via = context.has("aws:CalledVia") || context.has("kms:ViaService");
    context.derive("aws:ViaAWSService", if via { "true" } else { "false" });
    if let Some(account) = resource_account {
        context.derive("aws:ResourceAccount", account);
    }
    if let Some(arn) = Arn::parse(&request.resource) {
        if !arn.region.is_empty() {
            context.derive("aws:RequestedRegion", arn.region);
        }
        if on_key && arn.resource.starts_with("alias/") && !is_alias_action(operation) {
            context.derive("kms:RequestAlias", arn.resource);
        }
    } else if on_key && request.resource.starts_with("alias/") && !is_alias_action(operation) {
        context.derive("kms:RequestAlias", request.resource.as_str());
    }
    if service == "kms" {
        derive_kms(policies.key_metadata.as_ref(), &mut context, operation, on_key);
    }
    context
}

fn is_alias_action(operation: &str) -> bool {
    ["CreateAlias", "DeleteAlias", "UpdateAlias"].contains(&operation)
}

/// What a request to KMS carries of its key and its parameters' defaults.
fn derive_kms(metadata: Option<&KeyMetadata>, context: &mut Context, operation: &str, on_key: bool) {
    match operation {
        "Sign" | "Verify" => {
            context.derive("kms:MessageType", "RAW");
            if metadata.is_some_and(|key| key.key_spec.as_deref() == Some("ECC_SECG_P256K1")) {
                // The only one that the curve has.
                context.derive("kms:SigningAlgorithm", "ECDSA_SHA_256");
            }
        }
        "PutKeyPolicy" | "GetKeyPolicy" => context.derive("kms:PolicyName", "default"),
        _ => {}
    }
    if ["PutKeyPolicy", "CreateKey"].contains(&operation) {
        // Not documented: whether the key is there when the parameter is not given.
        context.derive_unknown("kms:BypassPolicyLockoutSafetyCheck", PremiseCode::Context);
    }
    if !on_key {
        return;
    }
    let text = |value: Option<&String>| value.cloned();
    let flag = metadata
        .and_then(|key| key.multi_region)
        .map(|flag| flag.to_string());
    for (key, value) in [
        (
            "kms:KeySpec",
            text(metadata.and_then(|key| key.key_spec.as_ref())),
        ),
        (
            "kms:CustomerMasterKeySpec",
            text(metadata.and_then(|key| key.key_spec.as_ref())),
        ),
        (
            "kms:KeyUsage",
            text(metadata.and_then(|key| key.key_usage.as_ref())),
        ),
        (
            "kms:CustomerMasterKeyUsage",
            text(metadata.and_then(|key| key.key_usage.as_ref())),
        ),
        (
            "kms:KeyOrigin",
            text(metadata.and_then(|key| key.origin.as_ref())),
        ),
        ("kms:MultiRegion", flag.clone()),
    ] {
        match value {
            Some(value) => context.derive(key, value),
            None => context.derive_unknown(key, PremiseCode::KeyMetadata),
        }
    }
    match (
        flag.as_deref(),
        metadata.and_then(|key| key.multi_region_key_type.clone()),
    ) {
        (_, Some(kind)) => context.derive("kms:MultiRegionKeyType", kind),
        // A single-Region key has none.
        (Some("false"), None) => {}
        _ => context.derive_unknown("kms:MultiRegionKeyType", PremiseCode::Context),
    }
}

fn sum(ways: Vec<Way>) -> Outcome {
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

    fn scope(&self) -> Scope<'_> {
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
    fn plain(&self, policy: &Policy, own: PolicyRef, effect: Effect) -> Outcome {
        sum(policy.ways(own, effect, self.asked, self.resource, Form::Names, None))
    }

    /// What a resource's policy does, way by way.
    fn resource_ways(&self, effect: Effect) -> Vec<Way> {
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
    fn is_service_linked(&self) -> bool {
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

    fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    fn same_account(&self) -> Option<bool> {
        match self.caller.account() {
            None => Some(true),
            Some(own) => self.resource_account.map(|account| account == own),
        }
    }

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
    fn granted(&mut self, same: bool) -> Outcome {
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
            if self.model == Model::Required && delegated.is_false() && identity.is_true() {
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
    fn on_alias(&self, resource: &str) -> Outcome {
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
    fn limits(&mut self) -> Outcome {
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

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list.dedup();
    list
}
