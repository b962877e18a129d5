//! One grant on a key.

use super::artefact::{Field, Place};
use crate::arn::{Arn, KeyRef, is_account_id};
use crate::policy::evaluate;
use crate::source::Span;

/// What a grantee is (KMS API Reference, `GrantListEntry`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GranteeKind {
    /// An AWS principal.
    Principal,
    /// An AWS service. `ListGrants` shows some of them as `GranteePrincipal`.
    Service,
}

/// Pairs of an encryption context, each with its place.
pub type ContextPairs = Vec<(Field<String>, Field<String>)>;

/// The constraints of a grant (KMS API Reference, `GrantConstraints`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantConstraints {
    /// `EncryptionContextEquals`
    pub context_equals: Option<ContextPairs>,
    /// `EncryptionContextSubset`
    pub context_subset: Option<ContextPairs>,
    /// `SourceArn`
    pub source_arn: Place,
    /// Names of constraints of other kinds.
    pub others: Vec<Field<String>>,
    /// All of them.
    pub span: Span,
}

impl GrantConstraints {
    /// True where an encryption context is asked for.
    pub fn has_context(&self) -> bool {
        self.context_equals.is_some() || self.context_subset.is_some()
    }

    /// True where nothing is constrained.
    pub fn is_empty(&self) -> bool {
        !self.has_context() && self.source_arn.is_none() && self.others.is_empty()
    }
}

/// One grant (`ListGrants`).
#[derive(Debug, Clone)]
pub struct Grant {
    /// `KeyId`
    pub key: Option<Field<KeyRef>>,
    /// `GrantId`
    pub id: String,
    /// `Name`
    pub name: Place,
    /// `GranteePrincipal` or `GranteeServicePrincipal`
    pub grantee: Place,
    /// What the grantee is.
    pub grantee_kind: GranteeKind,
    /// `RetiringPrincipal` or `RetiringServicePrincipal`: who may retire the grant, beside others.
    pub retiring: Place,
    /// `IssuingAccount`: an account, as its root ARN.
    pub issuing_account: Place,
    /// `CreationDate`, as written.
    pub creation_date: Place,
    /// `Operations`
    pub operations: Vec<String>,
    /// The place of each operation, in the same order.
    pub operation_places: Vec<Span>,
    /// `Constraints`
    pub constraints: Option<GrantConstraints>,
    /// The whole grant.
    pub span: Span,
}

impl Grant {
    /// True where the grant lists the operation.
    pub fn allows(&self, operation: &str) -> bool {
        self.operations.iter().any(|own| own == operation)
    }

    /// The place of an operation, else of the grant.
    pub fn place_of(&self, operation: &str) -> Span {
        let mut places = self.operations.iter().zip(&self.operation_places);
        places
            .find(|(own, _)| *own == operation)
            .map_or(self.span, |(_, place)| *place)
    }

    /// The account that made the grant, 12 digits.
    pub fn issuer(&self) -> Option<&str> {
        let text = self.issuing_account.as_ref()?.value.as_str();
        if is_account_id(text) {
            return Some(text);
        }
        Arn::parse(text)
            .map(|arn| arn.account)
            .filter(|own| is_account_id(own))
    }
}

/// The kind of a grantee that stands under `GranteePrincipal`.
pub(crate) fn grantee_kind(grantee: &str) -> GranteeKind {
    if grantee.ends_with(".amazonaws.com") || grantee.ends_with(".amazonaws.com.cn") {
        GranteeKind::Service
    } else {
        GranteeKind::Principal
    }
}

fn plain(pairs: &ContextPairs) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, value)| (key.value.clone(), value.value.clone()))
        .collect()
}

/// The grant as the evaluation of policies has it.
impl From<&Grant> for evaluate::Grant {
    fn from(grant: &Grant) -> Self {
        let value = |place: &Place| place.as_ref().map(|field| field.value.clone());
        let grantee = value(&grant.grantee);
        let (principal, service) = match grant.grantee_kind {
            GranteeKind::Principal => (grantee, None),
            GranteeKind::Service => (None, grantee),
        };
        let constraints = grant.constraints.as_ref();
        Self {
            grantee: principal,
            grantee_service: service,
            retiring: value(&grant.retiring),
            operations: grant.operations.clone(),
            context_equals: constraints.and_then(|own| own.context_equals.as_ref().map(plain)),
            context_subset: constraints.and_then(|own| own.context_subset.as_ref().map(plain)),
            source_arn: constraints.and_then(|own| value(&own.source_arn)),
            other_constraint: constraints.is_some_and(|own| !own.others.is_empty()),
        }
    }
}
