//! Is a request allowed? One engine for all services, in three values.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic"; KMS developer guide,
//! "Determining access to AWS KMS keys", "Default key policy", "Grants in AWS KMS".
//!
//! What is not known is never guessed: where the answer hangs on it, the decision is [`Verdict::Depends`], and says on
//! what. An identity policy that is not given may hold a Deny as well; such a Deny alone does not make a decision
//! depend, it is a note, as otherwise no key policy would allow anything by itself.

mod allow;
pub(in crate::policy) mod caller;
pub(in crate::policy) mod condition;
mod context;
pub(in crate::policy) mod derive;
pub(in crate::policy) mod engine;
mod grant;
mod hinted;
pub(in crate::policy) mod outcome;
pub(in crate::policy) mod pattern;
pub(in crate::policy) mod statement;
pub(in crate::policy) mod value;

use std::collections::BTreeSet;

pub use caller::{Caller, CallerKind};
pub(in crate::policy) use condition::{Compares, Operator, Quantifier, Test};
pub use context::Context;
pub use grant::Grant;
pub use outcome::{Because, PolicyRef, Premise, PremiseCode};
pub use statement::Policy;
pub(in crate::policy) use value::Range as AddressRange;

/// What is asked (IAM User Guide, "The request context").
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Who asks.
    pub principal: Caller,
    /// `service:Name`
    pub action: String,
    /// ARN of the resource; for a key also its id or alias, or `*`.
    pub resource: String,
    /// The account that the resource belongs to; read from the ARN where it is not given.
    pub resource_account: Option<String>,
    /// Condition keys.
    pub context: Context,
}

/// What is known of a KMS key (KMS API Reference, `KeyMetadata`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyMetadata {
    /// `KeySpec`
    pub key_spec: Option<String>,
    /// `KeyUsage`
    pub key_usage: Option<String>,
    /// `Origin`
    pub origin: Option<String>,
    /// `MultiRegion`
    pub multi_region: Option<bool>,
    /// `MultiRegionConfiguration.MultiRegionKeyType`
    pub multi_region_key_type: Option<String>,
}

/// A part of [`Policies`] that may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// `key_policy`
    KeyPolicy,
    /// `ram_policy`
    RamPolicy,
    /// `identity_policies`
    IdentityPolicies,
    /// `grants`
    Grants,
    /// `session_policy`
    SessionPolicy,
    /// `permission_boundaries`
    PermissionBoundaries,
    /// `scps`
    Scps,
    /// `rcps`
    Rcps,
    /// `endpoint_policies`
    EndpointPolicies,
    /// `key_metadata`
    KeyMetadata,
}

impl Member {
    /// All members.
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
    ];

    /// The name, as cases write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyPolicy => "key_policy",
            Self::RamPolicy => "ram_policy",
            Self::IdentityPolicies => "identity_policies",
            Self::Grants => "grants",
            Self::SessionPolicy => "session_policy",
            Self::PermissionBoundaries => "permission_boundaries",
            Self::Scps => "scps",
            Self::Rcps => "rcps",
            Self::EndpointPolicies => "endpoint_policies",
            Self::KeyMetadata => "key_metadata",
        }
    }
}

/// Everything that takes part in a decision (IAM User Guide, "Policies and permissions: Policy types").
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies {
    /// The key policy `default`, or another resource's policy. A key without one: it is not known.
    pub key_policy: Option<Policy>,
    /// The key policy `AWS_RAM`.
    pub ram_policy: Option<Policy>,
    /// All identity policies of the caller, its groups' included; nothing where they are not known.
    pub identity_policies: Option<Vec<Policy>>,
    /// All grants on the key; nothing where they are not known.
    pub grants: Option<Vec<Grant>>,
    /// The session policy.
    pub session_policy: Option<Policy>,
    /// Permissions boundaries: each must allow.
    pub permission_boundaries: Vec<Policy>,
    /// Service control policies of the caller's account: from the root of the organisation to the account, those of one
    /// level together. Each level must allow.
    pub scps: Vec<Vec<Policy>>,
    /// Resource control policies of the resource's account. Their implicit allow cannot be taken away.
    pub rcps: Vec<Vec<Policy>>,
    /// Policies of the VPC endpoints that the request passes.
    pub endpoint_policies: Vec<Policy>,
    /// The key.
    pub key_metadata: Option<KeyMetadata>,
    /// What is not known, or known in part only.
    pub unknown: BTreeSet<Member>,
}

impl Policies {
    /// What the policies say to a request (IAM User Guide, "Policy evaluation logic").
    pub fn decide(&self, request: &Request) -> Decision {
        engine::decide(self, request)
    }

    /// The policy at a place; nothing for a grant (IAM User Guide, "Policies and permissions: Policy types").
    pub fn policy(&self, at: PolicyRef) -> Option<&Policy> {
        match at {
            PolicyRef::Key => self.key_policy.as_ref(),
            PolicyRef::Ram => self.ram_policy.as_ref(),
            PolicyRef::Session => self.session_policy.as_ref(),
            PolicyRef::Identity(at) => self.identity_policies.as_ref()?.get(at),
            PolicyRef::Boundary(at) => self.permission_boundaries.get(at),
            PolicyRef::Endpoint(at) => self.endpoint_policies.get(at),
            PolicyRef::Scp(of, at) => self.scps.get(of)?.get(at),
            PolicyRef::Rcp(of, at) => self.rcps.get(of)?.get(at),
            PolicyRef::Grant(_) => None,
        }
    }

    fn lacks(&self, member: Member) -> bool {
        self.unknown.contains(&member)
    }
}

/// The answer to a request (IAM User Guide, "The difference between explicit and implicit denies").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// A Deny forbids it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
    /// It depends on what is not known.
    Depends,
}

/// A verdict, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// The statements and grants that decided: the denying ones; those that allow; where it depends, those in question.
    pub because: Vec<Because>,
    /// What it depends on; empty unless it depends.
    pub premises: Vec<Premise>,
    /// What a reader should know of how it came about.
    pub notes: Vec<String>,
}
