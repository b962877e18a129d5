//! Grants.
//!
//! Source: KMS developer guide, "Grants in AWS KMS"; KMS API Reference, `GrantListEntry`, `GrantConstraints`.

use super::caller::{Caller, CallerKind, Entry, How, Scope};
use super::context::Lookup;
use super::derive::Known;
use super::outcome::{Because, Outcome, PolicyRef, Premise, PremiseCode};
use super::pattern::{self, Pattern};
use crate::policy::Effect;

/// A grant on the key (KMS API Reference, `GrantListEntry`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// `GranteePrincipal`
    pub grantee: Option<String>,
    /// `GranteeServicePrincipal`
    pub grantee_service: Option<String>,
    /// `RetiringPrincipal`
    pub retiring: Option<String>,
    /// `Operations`
    pub operations: Vec<String>,
    /// `EncryptionContextEquals`, where there is one.
    pub context_equals: Option<Vec<(String, String)>>,
    /// `EncryptionContextSubset`, where there is one.
    pub context_subset: Option<Vec<(String, String)>>,
    /// `SourceArn`, where there is one.
    pub source_arn: Option<String>,
    /// A constraint of another kind.
    pub other_constraint: bool,
}

fn entry(text: &str) -> Entry {
    // ListGrants shows services where it says GranteePrincipal, too.
    let service = Caller::parse(text).is_some_and(|caller| caller.kind == CallerKind::Service);
    Entry::new(if service { "Service" } else { "AWS" }, text)
}

/// What grants give: to the caller by its own name, and by that of its role, its user or its account.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) itself: Outcome,
    pub(super) behind: Outcome,
}

impl Given {
    pub(super) const fn nothing() -> Self {
        Self {
            itself: Outcome::FALSE,
            behind: Outcome::FALSE,
        }
    }

    pub(super) fn all(self) -> Outcome {
        self.itself.or(self.behind)
    }

    pub(super) fn add(&mut self, other: Self) {
        let or = |own: &mut Outcome, more| *own = std::mem::replace(own, Outcome::FALSE).or(more);
        or(&mut self.itself, other.itself);
        or(&mut self.behind, other.behind);
    }

    fn and(self, outcome: &Outcome) -> Self {
        Self {
            itself: self.itself.and(outcome.clone()),
            behind: self.behind.and(outcome.clone()),
        }
    }

    fn by(self, because: Because) -> Self {
        Self {
            itself: self.itself.by(because),
            behind: self.behind.by(because),
        }
    }
}

impl Grant {
    fn names(&self, caller: &Caller, scope: Scope<'_>) -> Given {
        let service = self.grantee_service.as_deref();
        let service = service.map(|text| Entry::new("Service", text));
        means(
            self.grantee.as_deref().map(entry).into_iter().chain(service),
            caller,
            scope,
        )
    }

    fn constraints(&self, operation: &str, context: &Known<'_>) -> Outcome {
        let mut sum = Outcome::TRUE;
        if operation == "CreateGrant" {
            sum = sum.and(self.new_grant(context));
        }
        if let Some(arn) = &self.source_arn {
            sum = sum.and(Self::source(arn, context));
        }
        if self.other_constraint {
            sum = sum.doubted(
                PremiseCode::GrantConstraint,
                "the grant has a constraint of an unknown kind",
            );
        }
        // "AWS KMS applies the grant constraints only to cryptographic operations that support an encryption context, that
        // is, all cryptographic operations with a symmetric KMS key" (KMS API Reference, `GrantConstraints`).
        let symmetric = (["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"].contains(&operation)
            || operation.starts_with("GenerateDataKey"))
            && !context.is_asymmetric();
        if !symmetric {
            return sum;
        }
        for (key, value) in self.context_equals.iter().chain(&self.context_subset).flatten() {
            let name = format!("kms:encryptioncontext:{}", key.to_ascii_lowercase());
            sum = sum.and(match context.get(&name) {
                Lookup::Values([own]) => Outcome::is(own == value),
                Lookup::Values(_) | Lookup::One(_) | Lookup::Missing => Outcome::FALSE,
                Lookup::Unknown(unknown) => Outcome::premise(Premise::of_key(unknown.code, &name)),
            });
        }
        if let Some(pairs) = &self.context_equals {
            let why = "the request's encryption context has no other keys (kms:EncryptionContextKeys)";
            sum = sum.and(match context.get("kms:encryptioncontextkeys") {
                Lookup::Values(keys) => Outcome::is(keys.len() == pairs.len()),
                Lookup::One(_) | Lookup::Missing => Outcome::unknown(PremiseCode::GrantConstraint, why),
                Lookup::Unknown(unknown) => Outcome::unknown(unknown.code, why),
            });
        }
        sum
    }

    /// "The grantee principal can only create grants that allow some or all of the operations in the parent grant", with
    /// constraints at least as strict (KMS developer guide, "Granting `CreateGrant` permission").
    fn new_grant(&self, context: &Known<'_>) -> Outcome {
        let within = |own: &String| self.operations.contains(own);
        let sum = match context.get("kms:grantoperations") {
            Lookup::Values(wanted) => Outcome::is(wanted.iter().all(within)),
            Lookup::One(_) | Lookup::Missing => Outcome::TRUE,
            Lookup::Unknown(unknown) => {
                Outcome::premise(Premise::of_key(unknown.code, "kms:GrantOperations"))
            }
        };
        if self.context_equals.is_some() || self.context_subset.is_some() {
            let why = "the new grant has a constraint that is as strict as that of the grant it rests on";
            return sum.doubted(PremiseCode::GrantConstraint, why);
        }
        sum
    }

    fn source(arn: &str, context: &Known<'_>) -> Outcome {
        let held = |own: &str| {
            let pattern = Pattern::new(arn, true, false);
            pattern.resolve(context).is_ok_and(|tokens| {
                pattern::arn_parts(&tokens).is_some_and(|parts| pattern::arn_matches(&parts, own))
            })
        };
        match context.get("aws:sourcearn") {
            Lookup::Values(values) => Outcome::is(values.iter().any(|own| held(own))),
            Lookup::One(own) => Outcome::is(held(&own)),
            Lookup::Missing => Outcome::FALSE,
            Lookup::Unknown(unknown) => Outcome::premise(Premise::of_key(unknown.code, "aws:SourceArn")),
        }
    }
}

/// `*` is no principal of a grant.
fn means(entries: impl Iterator<Item = Entry>, caller: &Caller, scope: Scope<'_>) -> Given {
    let mut given = Given::nothing();
    for entry in entries {
        let Some((how, premise)) = entry.matches(caller, scope) else {
            continue;
        };
        let outcome = premise.map_or(Outcome::TRUE, Outcome::premise);
        given.add(match how {
            How::Everyone => continue,
            How::Exact => Given {
                itself: outcome,
                behind: Outcome::FALSE,
            },
            How::Role | How::Account => Given {
                itself: Outcome::FALSE,
                behind: outcome,
            },
        });
    }
    given
}

/// What the grants of a key allow of `operation`.
pub(super) fn allow(
    grants: &[Grant],
    operation: &str,
    caller: &Caller,
    context: &Known<'_>,
    scope: Scope<'_>,
) -> Given {
    let mut sum = Given::nothing();
    for (index, grant) in grants.iter().enumerate() {
        let because = Because {
            policy: PolicyRef::Grant(index),
            statement: None,
            listed: false,
            effect: Effect::Allow,
        };
        if grant.operations.iter().any(|own| own == operation) {
            let own = grant.names(caller, scope);
            sum.add(own.and(&grant.constraints(operation, context)).by(because));
        }
        if operation == "RetireGrant" {
            let retiring = grant.retiring.as_deref().map(entry).into_iter();
            sum.add(means(retiring, caller, scope).by(because));
        }
    }
    sum
}
