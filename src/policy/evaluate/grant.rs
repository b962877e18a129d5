//! Grants.
//!
//! Source: KMS developer guide, "Grants in AWS KMS"; KMS API Reference, `GrantListEntry`, `GrantConstraints`.

use super::caller::{Caller, CallerKind, Entry, Scope};
use super::context::{Context, Lookup};
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

impl Grant {
    fn names(&self, caller: &Caller, scope: Scope<'_>) -> Outcome {
        let grantee = self.grantee.as_deref().filter(|text| *text != "*").map(entry);
        let service = self
            .grantee_service
            .as_deref()
            .map(|text| Entry::new("Service", text));
        let entries: Vec<Entry> = grantee.into_iter().chain(service).collect();
        means(&entries, caller, scope)
    }

    fn constraints(&self, operation: &str, context: &Context) -> Outcome {
        let mut sum = Outcome::TRUE;
        if let Some(arn) = &self.source_arn {
            sum = sum.and(match context.get("aws:sourcearn") {
                Lookup::Values(values) => {
                    let pattern = Pattern::new(arn, true, false);
                    let tokens = pattern.resolve(context);
                    let held = tokens.is_ok_and(|tokens| {
                        pattern::arn_parts(&tokens)
                            .is_some_and(|parts| values.iter().any(|own| pattern::arn_matches(&parts, own)))
                    });
                    Outcome::is(held)
                }
                Lookup::Missing => Outcome::FALSE,
                Lookup::Unknown(code) => Outcome::premise(Premise::of_key(code, "aws:SourceArn")),
            });
        }
        if self.other_constraint {
            sum = sum.doubted(
                PremiseCode::GrantConstraint,
                "the grant has a constraint of an unknown kind",
            );
        }
        let pairs = self.context_equals.iter().chain(&self.context_subset).flatten();
        let constrained = self.context_equals.is_some() || self.context_subset.is_some();
        if !constrained || ["DescribeKey", "GetPublicKey", "RetireGrant"].contains(&operation) {
            return sum;
        }
        let symmetric = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"].contains(&operation)
            || operation.starts_with("GenerateDataKey");
        if !symmetric {
            let why = "whether a constraint on the encryption context binds this operation is not documented";
            return sum.doubted(PremiseCode::GrantConstraint, why);
        }
        for (key, value) in pairs {
            let name = format!("kms:encryptioncontext:{}", key.to_ascii_lowercase());
            sum = sum.and(match context.get(&name) {
                Lookup::Values(values) => Outcome::is(values == [value.clone()]),
                Lookup::Missing => Outcome::FALSE,
                Lookup::Unknown(code) => Outcome::premise(Premise::of_key(code, &name)),
            });
        }
        if let Some(pairs) = &self.context_equals {
            sum = sum.and(match context.get("kms:encryptioncontextkeys") {
                Lookup::Values(keys) => Outcome::is(keys.len() == pairs.len()),
                Lookup::Missing => Outcome::unknown(
                    PremiseCode::GrantConstraint,
                    "the request's encryption context has no other keys (kms:EncryptionContextKeys)",
                ),
                Lookup::Unknown(code) => Outcome::premise(Premise::of_key(code, "kms:EncryptionContextKeys")),
            });
        }
        sum
    }
}

fn means(entries: &[Entry], caller: &Caller, scope: Scope<'_>) -> Outcome {
    entries.iter().fold(Outcome::FALSE, |sum, entry| {
        sum.or(match entry.matches(caller, scope) {
            None => Outcome::FALSE,
            Some((_, None)) => Outcome::TRUE,
            Some((_, Some(premise))) => Outcome::premise(premise),
        })
    })
}

/// What the grants of a key allow of `operation`.
pub(super) fn allow(
    grants: &[Grant],
    operation: &str,
    caller: &Caller,
    context: &Context,
    scope: Scope<'_>,
) -> Outcome {
    let mut sum = Outcome::FALSE;
    for (index, grant) in grants.iter().enumerate() {
        let because = Because {
            policy: PolicyRef::Grant(index),
            statement: None,
            listed: false,
            effect: Effect::Allow,
        };
        let listed = grant.operations.iter().any(|own| own == operation);
        if listed {
            let own = grant
                .names(caller, scope)
                .and(grant.constraints(operation, context));
            sum = sum.or(own.by(because));
        }
        if operation == "RetireGrant" {
            let retiring: Vec<Entry> = grant.retiring.as_deref().map(entry).into_iter().collect();
            sum = sum.or(means(&retiring, caller, scope).by(because));
        }
    }
    sum
}
