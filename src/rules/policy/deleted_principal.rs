//! Ids of deleted users and roles, in policies and in grants.

use super::case::{Case, each, listed};
use crate::arn::KeyRef;
use crate::evidence::{Bundle, Data, Key};
use crate::finding::{Finding, Label, Severity};
use crate::policy::Principal;
use crate::policy::lint::deleted_principals;
use crate::rules::common::key_argument;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `deleted-principal`
    DeletedPrincipal,
    "deleted-principal",
    Policy,
    Medium,
    "The policy or a grant names a deleted user or role by its id: it means nobody",
    "deleted_principal.md",
    judge
);

const NOTE: &str = "When a user or role is deleted, AWS shows its id (AIDA…, AROA…) in its place; a new one of the same name \
                    has another id, and does not get the access back.";

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let mut found = grants(meta, context.bundle, key);
    let pass = "no principal of the key policy, and no grantee of the grants given, is the id of a deleted user or role";
    match each(meta, context, key, pass, |case| {
        of_statement(case).into_iter().collect()
    }) {
        Outcome::Findings(findings) => {
            found.splice(0..0, findings);
            Outcome::Findings(found)
        }
        other if found.is_empty() => other,
        _ => Outcome::Findings(found),
    }
}

fn of_statement(case: &Case<'_>) -> Option<Finding> {
    let deleted = deleted_principals(case.statement);
    let ids: Vec<&str> = deleted.iter().map(|(id, _)| *id).collect();
    let ((_, place), rest) = deleted.split_first()?;
    let list = case.statement.principals.as_ref()?;
    let alone = ids.len() == list.list.len();
    let name = case.name();
    let dead = if alone && !list.negated {
        format!(": it {} nothing", case.verb())
    } else {
        String::new()
    };
    let whose = if ids.len() == 1 {
        "the id of a deleted user or role"
    } else {
        "the ids of deleted users or roles"
    };
    let message = format!("{name} names {}, {whose}{dead}", listed(&ids, 3));
    // Nobody is left to be denied.
    let severity = if case.denies() && !list.negated {
        Severity::Low
    } else {
        case.meta.severity
    };
    let mut builder = case.finding(severity, message, place, "nobody");
    for (_, place) in rest.iter().take(10) {
        builder = builder.related(case.span(place), "nobody");
    }
    let change = if alone {
        format!("Delete {name}, or name there who has taken the place")
    } else {
        format!("Remove {} from {name}", listed(&ids, usize::MAX))
    };
    Some(
        builder
            .consequence("the policy cannot be put again as it is: KMS refuses principals that do not exist")
            .note(NOTE)
            .remedy(case.change(&change))
            .content(&case.content(&ids.join(","))),
    )
}

/// Grants to deleted principals.
fn grants(meta: &'static Meta, bundle: &Bundle, key: &Key) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lists = bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::Grants(list) => Some(list),
            _ => None,
        });
    for grant in lists.flat_map(|list| &list.grants) {
        let of_key = grant.key.as_ref().is_none_or(|own| match &own.value {
            KeyRef::Arn { id, .. } | KeyRef::Id(id) => key.id.as_ref() == Some(id),
            _ => true,
        });
        let Some(grantee) = grant.grantee.as_ref().filter(|_| of_key) else {
            continue;
        };
        let Principal::Deleted(id) = Principal::aws(&grantee.value) else {
            continue;
        };
        let label = Label {
            span: grantee.span,
            message: "nobody".to_owned(),
        };
        let message = format!("a grant is to {id}, the id of a deleted user or role: nobody can use it");
        let command = format!(
            "Revoke the grant: aws kms revoke-grant {} --grant-id GRANT_ID, with the grant's id.",
            key_argument(key)
        );
        findings.push(
            Finding::builder(meta.id, Severity::Low, key.subject(), message, label)
                .related(grant.span, "the grant")
                .note(NOTE)
                .remedy(command)
                .content(&format!("{}\n{id}", grant.id)),
        );
    }
    findings
}
