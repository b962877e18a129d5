//! Is a request allowed? In one world, then in all.
//!
//! IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; KMS developer guide, "Key
//! policies in AWS KMS", "Grants in AWS KMS", "AWS KMS permissions".

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::actions::{Fact, covers_action, covers_resource, kms_fact};
use crate::case::{Caller, Case, Policy, Statement, is_account, many};
use crate::conditions;
use crate::context::Asked;
use crate::principals::{Named, named};
use crate::worlds::{World, outcomes};

/// What becomes of a request in one world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

/// The answer over all worlds.
pub(crate) fn decide(case: &Case) -> &'static str {
    word(&outcomes(true, |world| in_one_world(case, world)))
}

/// The same where nothing ties two questions about one unknown thing together.
pub(crate) fn decide_loosely(case: &Case) -> &'static str {
    word(&outcomes(false, |world| in_one_world(case, world)))
}

fn word(outcomes: &BTreeSet<Outcome>) -> &'static str {
    let allowed = outcomes.contains(&Outcome::Allowed);
    match (allowed, outcomes.len()) {
        (true, 1) => "Allowed",
        (true, _) => "Depends",
        // Denied in any case: by a Deny, if one applies in every world.
        (false, _) if outcomes.contains(&Outcome::ImplicitDeny) => "ImplicitDeny",
        (false, _) => "ExplicitDeny",
    }
}

fn in_one_world(case: &Case, world: &mut World) -> Outcome {
    let mut request = Deciding {
        asked: Asked { case, world },
    };
    if request.is_denied() {
        Outcome::ExplicitDeny
    } else if request.is_allowed() {
        Outcome::Allowed
    } else {
        Outcome::ImplicitDeny
    }
}

/// The account of the resource, where the case tells.
pub(crate) fn resource_account(case: &Case) -> Option<String> {
    if let Some(account) = &case.resource_account {
        return Some(account.clone());
    }
    let of_arn = case
        .resource
        .split(':')
        .nth(4)
        .filter(|account| is_account(account));
    if let Some(account) = of_arn {
        return Some(account.to_owned());
    }
    // No resource: the caller's own account.
    (case.resource == "*").then(|| case.caller.account().map(str::to_owned))?
}

/// What an unknown policy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    /// There is no unknown policy.
    Known,
    Allows,
    Lacks,
    Denies,
}

/// A case in one world.
pub(crate) struct Deciding<'c, 'w> {
    pub(crate) asked: Asked<'c, 'w>,
}

impl<'c> Deciding<'c, '_> {
    pub(crate) fn case(&self) -> &'c Case {
        self.asked.case
    }

    pub(crate) fn maybe(&mut self, question: &str) -> bool {
        self.asked.world.maybe(question)
    }

    fn guess(&mut self, member: &str) -> Guess {
        if !self.case().lacks(member) {
            return Guess::Known;
        }
        self.guess_at(member)
    }

    fn guess_at(&mut self, member: &str) -> Guess {
        match self.asked.world.choose(&format!("the unknown {member}"), 3) {
            0 => Guess::Allows,
            1 => Guess::Lacks,
            _ => Guess::Denies,
        }
    }

    /// A key has a policy in any case: one that is not given is not known.
    fn guess_key_policy(&mut self) -> Guess {
        let missing = self.is_kms() && self.case().key_policy.is_none();
        if missing {
            self.guess_at("key_policy")
        } else {
            self.guess("key_policy")
        }
    }

    pub(crate) fn fact(&self) -> Option<Fact> {
        kms_fact(&self.case().action).map(|(_, fact)| fact)
    }

    pub(crate) fn is_kms(&self) -> bool {
        self.case().service == "kms"
    }

    /// Users and roles, and who acts for them, have identity policies, boundaries and session policies.
    fn is_identity(&self) -> bool {
        matches!(
            self.case().caller,
            Caller::User { .. } | Caller::Role { .. } | Caller::Session { .. } | Caller::Federated { .. }
        )
    }

    /// "The code then checks whether the principal is a session principal." A user is none; where a session policy is given
    /// for one, it may be meant as the user's federated session.
    fn is_session(&mut self) -> bool {
        match self.case().caller {
            Caller::Role { .. } | Caller::Session { .. } | Caller::Federated { .. } => true,
            Caller::User { .. } => {
                self.case().session_policy.is_some() && self.maybe("the user's federated session is meant")
            }
            _ => false,
        }
    }

    /// SCPs bind who is of an account, "including each AWS account root user".
    fn is_under_scps(&self) -> bool {
        self.case().caller.account().is_some()
    }

    /// A boundary is attached to the caller, which is what an unknown one may not be.
    fn has_boundary(&mut self) -> bool {
        let case = self.case();
        self.is_identity()
            && (!case.permission_boundaries.is_empty()
                || (case.lacks("permission_boundaries") && self.maybe("a boundary is attached")))
    }

    /// A policy of the resource has a say: a key's, a bucket's, a role's trust policy.
    fn has_resource_policy(&self) -> bool {
        match self.case().service.as_str() {
            "kms" => self.fact().is_none_or(|fact| fact.key_policy),
            "s3" => self.case().resource != "*",
            "sts" => true,
            _ => false,
        }
    }

    /// The account of the resource; where it is not given, the caller's, one that a policy speaks of, or another.
    pub(crate) fn account(&mut self) -> String {
        let case = self.case();
        if let Some(account) = resource_account(case) {
            return account;
        }
        let mut accounts = vec!["999999999999".to_owned()];
        accounts.extend(case.caller.account().map(str::to_owned));
        let mentioned = case.mentions().iter().filter_map(|text| text.split(':').nth(4));
        accounts.extend(mentioned.filter(|text| is_account(text)).map(str::to_owned));
        accounts.sort();
        accounts.dedup();
        let chosen = self.asked.world.choose("the resource's account", accounts.len());
        accounts.swap_remove(chosen)
    }

    /// The two accounts are one.
    fn is_same_account(&mut self) -> bool {
        let own = self.case().caller.account();
        own.is_some() && Some(self.account().as_str()) == own
    }

    // Statements.

    /// Whether a statement takes effect. One that AWS would refuse: nobody can say.
    fn is_in_effect(&mut self, statement: Statement<'_>, names_principals: bool) -> bool {
        const ELEMENTS: &[&str] = &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let elements = statement.elements;
        let both = |one: &str, other: &str| elements.contains_key(one) && elements.contains_key(other);
        let refused = statement.doubtful
            || elements.keys().any(|name| !ELEMENTS.contains(&name.as_str()))
            || both("Principal", "NotPrincipal")
            || both("Action", "NotAction")
            || both("Resource", "NotResource")
            || (!names_principals
                && (elements.contains_key("Principal") || elements.contains_key("NotPrincipal")));
        !refused || self.maybe("a statement that AWS would refuse")
    }

    /// "The Effect value is case sensitive"; another is no effect, and AWS refuses the statement.
    fn has_effect(&mut self, statement: Statement<'_>, effect: &str) -> bool {
        match statement.elements.get("Effect").and_then(Value::as_str) {
            Some(own @ ("Allow" | "Deny")) => own == effect,
            _ => self.maybe(&format!("a statement without effect is meant as {effect}")),
        }
    }

    /// A policy that names no principal, on one resource.
    fn applies(&mut self, policy: &Policy, effect: &str, resource: &str) -> bool {
        let case = self.case();
        policy.statements().into_iter().any(|statement| {
            covers_action(statement, &case.service, &case.action)
                && self.has_effect(statement, effect)
                && covers_resource(statement, resource, &mut self.asked).unwrap_or(false)
                && conditions::hold(statement, &mut self.asked)
                && self.is_in_effect(statement, false)
        })
    }

    /// How the statements of a policy with principals name the caller; with each, whether a condition is on its ARN.
    fn ways(
        &mut self,
        policy: &Policy,
        effect: &str,
        of_resource: bool,
        resource: &str,
    ) -> Vec<(Named, bool)> {
        let case = self.case();
        let mut all = Vec::new();
        for statement in policy.statements() {
            if !covers_action(statement, &case.service, &case.action) || !self.has_effect(statement, effect) {
                continue;
            }
            let excepts = statement.elements.contains_key("NotPrincipal");
            let has_boundary = excepts && effect == "Deny" && self.has_boundary();
            let named = named(
                statement.elements,
                effect == "Deny",
                has_boundary,
                &mut self.asked,
            );
            if named.is_empty()
                || !self.is_about(statement, of_resource, resource)
                || !conditions::hold(statement, &mut self.asked)
                || !self.is_in_effect(statement, true)
            {
                continue;
            }
            let by_arn = has_condition_on(statement.elements, "aws:principalarn");
            all.extend(named.into_iter().map(|way| (way, by_arn)));
        }
        all
    }

    fn is_about(&mut self, statement: Statement<'_>, of_resource: bool, resource: &str) -> bool {
        let covers = covers_resource(statement, resource, &mut self.asked);
        if !of_resource || self.case().service == "s3" {
            return covers.unwrap_or(false);
        }
        // A trust policy has no `Resource`.
        if self.case().service == "sts" {
            return covers.unwrap_or(true);
        }
        // In a key policy it is `*`, "which means this KMS key". What a matching ARN does is not said.
        let everything = |name: &str| {
            let list = statement.elements.get(name);
            list.is_some_and(|list| many(list).any(|value| value == "*"))
        };
        if everything("Resource") {
            return true;
        }
        covers.unwrap_or(false) && self.maybe("a key policy whose Resource is not *")
    }

    // Denials.

    fn is_denied(&mut self) -> bool {
        let case = self.case();
        let resources = self.resources();
        let (identity, session, scps) = (self.is_identity(), self.is_session(), self.is_under_scps());
        let mut plain: Vec<&Policy> = Vec::new();
        if identity {
            plain.extend(case.identity_policies.iter().flatten());
            plain.extend(&case.permission_boundaries);
        }
        if session {
            plain.extend(&case.session_policy);
        }
        if scps {
            plain.extend(case.scps.iter().flatten());
        }
        for resource in &resources {
            if plain.iter().any(|policy| self.applies(policy, "Deny", resource)) {
                return true;
            }
            for policy in case.rcps.iter().flatten().chain(&case.endpoint_policies) {
                if !self.ways(policy, "Deny", false, resource).is_empty() {
                    return true;
                }
            }
        }
        let by_resource = self.has_resource_policy();
        let ram_policy = case.ram_policy.as_ref().filter(|_| self.is_kms());
        if by_resource {
            for policy in case.key_policy.iter().chain(ram_policy) {
                if !self.ways(policy, "Deny", true, &resources[0]).is_empty() {
                    return true;
                }
            }
        }
        (by_resource && self.guess_key_policy() == Guess::Denies)
            || (by_resource && self.is_kms() && self.guess("ram_policy") == Guess::Denies)
            || (identity
                && case.lacks("permission_boundaries")
                && self.has_boundary()
                && self.guess("permission_boundaries") == Guess::Denies)
            || (session && self.guess("session_policy") == Guess::Denies)
            || (scps && self.guess("scps") == Guess::Denies)
            || self.guess("rcps") == Guess::Denies
            || self.guess("endpoint_policies") == Guess::Denies
    }

    // What must allow besides.

    fn scps_allow(&mut self) -> bool {
        let case = self.case();
        if !self.is_under_scps() {
            return true;
        }
        for resource in &self.resources() {
            for level in &case.scps {
                if !level.iter().any(|policy| self.applies(policy, "Allow", resource)) {
                    return false;
                }
            }
        }
        self.guess("scps") != Guess::Lacks
    }

    fn endpoints_allow(&mut self) -> bool {
        let case = self.case();
        for resource in &self.resources() {
            for policy in &case.endpoint_policies {
                let ways = self.ways(policy, "Allow", false, resource);
                let service = matches!(case.caller, Caller::Service(_));
                let by_name = ways.iter().any(|(way, _)| *way != Named::Everyone);
                if ways.is_empty() || (service && !by_name && !self.maybe("everyone includes services")) {
                    return false;
                }
            }
        }
        self.guess("endpoint_policies") != Guess::Lacks
    }

    pub(crate) fn boundary_allows(&mut self, resource: &str) -> bool {
        let case = self.case();
        if !self.is_identity() {
            return true;
        }
        if !case
            .permission_boundaries
            .iter()
            .all(|policy| self.applies(policy, "Allow", resource))
        {
            return false;
        }
        let unknown = case.lacks("permission_boundaries") && self.has_boundary();
        !unknown || self.guess("permission_boundaries") != Guess::Lacks
    }

    pub(crate) fn session_policy_allows(&mut self, resource: &str) -> bool {
        let case = self.case();
        if !self.is_session() {
            return true;
        }
        if let Some(policy) = &case.session_policy
            && !self.applies(policy, "Allow", resource)
        {
            return false;
        }
        match self.guess("session_policy") {
            Guess::Lacks | Guess::Denies => false,
            Guess::Allows => true,
            // "If there is no session policy, the code checks whether the principal is a role session."
            Guess::Known => case.session_policy.is_some() || !matches!(case.caller, Caller::Federated { .. }),
        }
    }

    /// The boundary and the session policy let through what others allow.
    fn limits_allow(&mut self, resource: &str) -> bool {
        self.boundary_allows(resource) && self.session_policy_allows(resource)
    }

    /// An identity policy allows, and nothing limits it. The root user needs none.
    pub(crate) fn identity_allows(&mut self, resource: &str) -> bool {
        let case = self.case();
        if let Caller::Root { .. } = case.caller {
            return true;
        }
        if !self.is_identity() {
            return false;
        }
        let policies: Vec<&Policy> = case.identity_policies.iter().flatten().collect();
        let given = policies
            .into_iter()
            .any(|policy| self.applies(policy, "Allow", resource));
        let unknown = case.identity_policies.is_none() || case.lacks("identity_policies");
        (given || (unknown && self.maybe("an unknown identity policy allows"))) && self.limits_allow(resource)
    }

    // What allows.

    fn is_allowed(&mut self) -> bool {
        let case = self.case();
        match (&case.caller, case.service.as_str()) {
            // "a few services, such as Amazon S3, that allow some requests from anonymous users".
            (Caller::Anonymous, "kms" | "sts" | "iam" | "organizations") => return false,
            // "You cannot call AssumeRole by using AWS root account credentials; access is denied."
            (Caller::Root { .. }, "sts") => return false,
            _ => {}
        }
        self.is_granted() && self.scps_allow() && self.endpoints_allow()
    }

    fn is_granted(&mut self) -> bool {
        let case = self.case();
        let resource = self.resource();
        if !self.has_resource_policy() {
            let at_home = case.caller.account().is_some() && (case.resource == "*" || self.is_same_account());
            return at_home && self.identity_allows(&resource);
        }
        if self.is_kms() {
            return self.is_granted_on_key();
        }
        let same = self.is_same_account();
        let by_resource = self.resource_policy_allows(same);
        match case.caller {
            Caller::Service(_) | Caller::Anonymous => by_resource,
            _ if same && case.service == "s3" => by_resource || self.identity_allows(&resource),
            _ if same => by_resource,
            _ => by_resource && self.identity_allows(&resource),
        }
    }

    /// A policy of the resource allows; `same`: on its own, as the caller is of its account. Else the caller's account has
    /// to allow as well, and it is enough to be named in any way.
    fn resource_policy_allows(&mut self, same: bool) -> bool {
        let case = self.case();
        let by_key = case
            .key_policy
            .as_ref()
            .is_some_and(|policy| self.allows(policy, same));
        if by_key || self.guess_key_policy() == Guess::Allows {
            return true;
        }
        if !self.is_kms() {
            return false;
        }
        // How the policy AWS_RAM is evaluated is not said.
        let by_ram = case
            .ram_policy
            .as_ref()
            .is_some_and(|policy| self.allows(policy, same));
        (by_ram && self.maybe("the policy AWS_RAM counts")) || self.guess("ram_policy") == Guess::Allows
    }

    fn allows(&mut self, policy: &Policy, same: bool) -> bool {
        let resource = self.resource();
        let ways = self.ways(policy, "Allow", true, &resource);
        ways.into_iter()
            .any(|(way, by_arn)| self.allows_by(way, by_arn, same, &resource))
    }

    fn allows_by(&mut self, way: Named, by_arn: bool, same: bool, resource: &str) -> bool {
        match (&self.case().caller, way) {
            (Caller::Service(_), Named::Everyone) => self.maybe("everyone includes services"),
            (Caller::Service(_) | Caller::Anonymous, _) => true,
            // Across accounts, the caller's account decides by its own policies.
            _ if !same => true,
            (Caller::Root { .. }, _) => true,
            // A user's federated session is named by its user.
            (Caller::User { .. }, Named::Itself) => !self.is_session() || self.limits_allow(resource),
            (_, Named::Itself) => true,
            (_, Named::Behind) => self.limits_allow(resource),
            (_, Named::Account) => self.identity_allows(resource),
            // "do not limit permissions granted using the aws:PrincipalArn condition key with a wildcard(*)".
            (_, Named::Everyone) if by_arn => true,
            (_, Named::Everyone) => {
                self.limits_allow(resource) || !self.maybe("what everyone may is limited")
            }
        }
    }

    fn is_granted_on_key(&mut self) -> bool {
        let case = self.case();
        let Some((name, fact)) = kms_fact(&case.action) else {
            return self.is_granted_as_unknown();
        };
        if name == "RetireGrant" {
            return self.may_retire();
        }
        let account = case.caller.account().is_some();
        let same = self.is_same_account();
        let across = account && !same;
        if across && !fact.cross_account {
            return false;
        }
        let resource = self.resource();
        let by_policy = self.resource_policy_allows(same) && (!across || self.identity_allows(&resource));
        let on_key = by_policy || (fact.grantable && self.has_grant(name, across));
        if !on_key || !fact.on_alias {
            return on_key;
        }
        let alias = self.alias();
        self.identity_allows(&alias)
    }

    /// An action that no table has: it may be new, and of any kind, or none.
    fn is_granted_as_unknown(&mut self) -> bool {
        let account = self.case().caller.account().is_some();
        let same = self.is_same_account();
        let across = account && !same;
        let resource = self.resource();
        match self.asked.world.choose("the kind of the unknown action", 3) {
            0 => false,
            // Without a resource, as ListKeys.
            1 => !across && self.identity_allows(&resource),
            _ => {
                let by_policy =
                    self.resource_policy_allows(same) && (!across || self.identity_allows(&resource));
                let name = self.case().action.clone();
                by_policy || self.has_grant(&name, across)
            }
        }
    }
}

fn has_condition_on(statement: &Map<String, Value>, key: &str) -> bool {
    let operators = statement.get("Condition").and_then(Value::as_object);
    operators
        .into_iter()
        .flatten()
        .filter_map(|(_, keys)| keys.as_object())
        .any(|keys| keys.keys().any(|name| name.eq_ignore_ascii_case(key)))
}
