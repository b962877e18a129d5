//! Three values, with the statements and the premises they rest on.

use super::super::Effect;

/// Why a decision depends on something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PremiseCode {
    /// The key policy (or resource policy) is not given.
    KeyPolicy,
    /// The policy `AWS_RAM` is not given, or its effect is not documented.
    RamPolicy,
    /// The caller's identity policies are not given.
    IdentityPolicies,
    /// The grants are not given.
    Grants,
    /// The session policy is not given.
    SessionPolicy,
    /// The permissions boundary is not given, or whether it limits is not documented.
    PermissionBoundaries,
    /// The service control policies are not given.
    Scps,
    /// The resource control policies are not given.
    Rcps,
    /// The VPC endpoint policies are not given.
    EndpointPolicies,
    /// The metadata of the key is not given.
    KeyMetadata,
    /// A condition key may be in the request.
    Context,
    /// The account of the resource is not given.
    ResourceAccount,
    /// Not documented: whether a key policy's Resource may be the key's ARN.
    ResourceForm,
    /// Not documented: whether `*` means service principals too.
    EveryoneAndServices,
    /// `NotPrincipal` that lists the caller in part.
    NotPrincipal,
    /// The name of the caller's session.
    SessionName,
    /// The path of the caller's role.
    RolePath,
    /// The user that a federated session belongs to.
    FederatedUser,
    /// The canonical id of an account.
    CanonicalUser,
    /// Not documented: whether a grant to another account needs IAM too.
    GrantAcrossAccounts,
    /// The constraint of a grant.
    GrantConstraint,
    /// Retiring a grant: it depends on which, and on who made it.
    RetireGrant,
    /// An action on an alias needs IAM's leave on the alias, too.
    Alias,
    /// Use of the action across accounts is not documented.
    CrossAccount,
    /// The action is not in the catalogue.
    UnknownAction,
    /// A value that only deployment gives.
    Template,
    /// A value of a condition, or a resource, that cannot be used: its variable has no value, or it is not of the
    /// operator's type.
    Value,
    /// AWS refuses the document: what it means is not known.
    Document,
}

impl PremiseCode {
    /// All codes.
    pub const ALL: &[Self] = &[
        Self::KeyPolicy,
        Self::RamPolicy,
        Self::IdentityPolicies,
        Self::Grants,
        Self::SessionPolicy,
        Self::PermissionBoundaries,
        Self::Scps,
        Self::Rcps,
        Self::EndpointPolicies,
        Self::KeyMetadata,
        Self::Context,
        Self::ResourceAccount,
        Self::ResourceForm,
        Self::EveryoneAndServices,
        Self::NotPrincipal,
        Self::SessionName,
        Self::RolePath,
        Self::FederatedUser,
        Self::CanonicalUser,
        Self::GrantAcrossAccounts,
        Self::GrantConstraint,
        Self::RetireGrant,
        Self::Alias,
        Self::CrossAccount,
        Self::UnknownAction,
        Self::Template,
        Self::Value,
        Self::Document,
    ];

    /// The code in kebab-case.
    pub fn id(self) -> &'static str {
        match self {
            Self::KeyPolicy => "key-policy",
            Self::RamPolicy => "ram-policy",
            Self::IdentityPolicies => "identity-policies",
            Self::Grants => "grants",
            Self::SessionPolicy => "session-policy",
            Self::PermissionBoundaries => "permission-boundaries",
            Self::Scps => "scps",
            Self::Rcps => "rcps",
            Self::EndpointPolicies => "endpoint-policies",
            Self::KeyMetadata => "key-metadata",
            Self::Context => "context",
            Self::ResourceAccount => "resource-account",
            Self::ResourceForm => "resource-form",
            Self::EveryoneAndServices => "everyone-and-services",
            Self::NotPrincipal => "not-principal",
            Self::SessionName => "session-name",
            Self::RolePath => "role-path",
            Self::FederatedUser => "federated-user",
            Self::CanonicalUser => "canonical-user",
            Self::GrantAcrossAccounts => "grant-across-accounts",
            Self::GrantConstraint => "grant-constraint",
            Self::RetireGrant => "retire-grant",
            Self::Alias => "alias",
            Self::CrossAccount => "cross-account",
            Self::UnknownAction => "unknown-action",
            Self::Template => "template",
            Self::Value => "value",
            Self::Document => "document",
        }
    }
}

/// Something that is not known, and that the decision depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Premise {
    /// What kind of thing.
    pub code: PremiseCode,
    /// What must be so for the request to be allowed, or what is not known.
    pub message: String,
}

impl Premise {
    pub(super) fn new(code: PremiseCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// A condition key whose value is not known.
    pub(super) fn of_key(code: PremiseCode, key: &str) -> Self {
        Self::new(code, format!("the value of {key} is not known"))
    }
}

/// A policy of the input, by its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyRef {
    /// `key_policy`: the resource's own policy.
    Key,
    /// `ram_policy`
    Ram,
    /// `identity_policies/n`
    Identity(usize),
    /// `permission_boundaries/n`
    Boundary(usize),
    /// `session_policy`
    Session,
    /// `scps/level/n`
    Scp(usize, usize),
    /// `rcps/level/n`
    Rcp(usize, usize),
    /// `endpoint_policies/n`
    Endpoint(usize),
    /// `grants/n`
    Grant(usize),
}

impl std::fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key => f.write_str("key_policy"),
            Self::Ram => f.write_str("ram_policy"),
            Self::Identity(at) => write!(f, "identity_policies/{at}"),
            Self::Boundary(at) => write!(f, "permission_boundaries/{at}"),
            Self::Session => f.write_str("session_policy"),
            Self::Scp(level, at) => write!(f, "scps/{level}/{at}"),
            Self::Rcp(level, at) => write!(f, "rcps/{level}/{at}"),
            Self::Endpoint(at) => write!(f, "endpoint_policies/{at}"),
            Self::Grant(at) => write!(f, "grants/{at}"),
        }
    }
}

/// A statement, or a grant, that took part in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because {
    /// The policy.
    pub policy: PolicyRef,
    /// Index of the statement; nothing for a grant.
    pub statement: Option<usize>,
    /// False where the document's `Statement` is a single object.
    pub(super) listed: bool,
    /// What the statement does.
    pub effect: Effect,
}

impl Because {
    /// A statement of a policy that allows, as the ground of a decision (IAM User Guide, "Policy evaluation logic").
    pub const fn allow(policy: PolicyRef, statement: usize) -> Self {
        Self {
            policy,
            statement: Some(statement),
            listed: true,
            effect: Effect::Allow,
        }
    }

    /// True for the same statement or grant.
    pub fn is(&self, other: Self) -> bool {
        (self.policy, self.statement, self.effect) == (other.policy, other.statement, other.effect)
    }

    /// RFC 6901 pointer of the statement in its document.
    pub fn pointer(&self) -> String {
        match self.statement {
            None => String::new(),
            Some(at) if self.listed => format!("/Statement/{at}"),
            Some(_) => "/Statement".to_owned(),
        }
    }
}

/// One of three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Truth {
    False,
    Unknown,
    True,
}

/// A value and what it rests on.
#[derive(Debug, Clone)]
pub(in crate::policy) struct Outcome {
    pub(in crate::policy) truth: Truth,
    pub(in crate::policy) premises: Vec<Premise>,
    pub(super) because: Vec<Because>,
}

impl Outcome {
    pub(super) const FALSE: Self = Self::of(Truth::False);
    pub(super) const TRUE: Self = Self::of(Truth::True);

    const fn of(truth: Truth) -> Self {
        Self {
            truth,
            premises: Vec::new(),
            because: Vec::new(),
        }
    }

    pub(super) fn is(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }

    pub(super) fn unknown(code: PremiseCode, message: impl Into<String>) -> Self {
        Self::premise(Premise::new(code, message))
    }

    pub(super) fn premise(premise: Premise) -> Self {
        Self {
            truth: Truth::Unknown,
            premises: vec![premise],
            because: Vec::new(),
        }
    }

    pub(super) fn is_false(&self) -> bool {
        self.truth == Truth::False
    }

    pub(super) fn is_true(&self) -> bool {
        self.truth == Truth::True
    }

    /// The statement that it rests on, unless it does not hold.
    pub(super) fn by(mut self, because: Because) -> Self {
        if !self.is_false() {
            self.because.push(because);
        }
        self
    }

    /// The same without naming statements: limits take away, they do not grant.
    pub(super) fn anonymous(mut self) -> Self {
        self.because.clear();
        self
    }

    /// At most unknown.
    pub(super) fn doubted(self, code: PremiseCode, message: &str) -> Self {
        if self.is_false() {
            return self;
        }
        self.and(Self::unknown(code, message))
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        if self.is_false() || other.is_false() {
            return Self::FALSE;
        }
        if other.truth == Truth::Unknown {
            self.truth = Truth::Unknown;
        }
        self.premises.extend(other.premises);
        self.because.extend(other.because);
        self
    }

    pub(super) fn or(mut self, other: Self) -> Self {
        match (self.truth, other.truth) {
            (Truth::True, Truth::True) | (Truth::Unknown, Truth::Unknown) => {
                self.premises.extend(other.premises);
                self.because.extend(other.because);
                self
            }
            (Truth::True, _) | (_, Truth::False) => self,
            _ => other,
        }
    }
}
