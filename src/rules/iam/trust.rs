//! Whom a role's trust policy lets become the role, as far as it is not one principal of the own account.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", "Access to AWS accounts owned by third parties"
//! (external id), "Create a role for `OpenID Connect` federation", "Available keys for AWS OIDC federation".

use std::ops::Range;

use super::account_of;
use crate::arn::Arn;
use crate::evidence::IamPolicy;
use crate::finding::Severity;
use crate::policy::{Effect, Principal, Statement};

/// One way to become a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opening {
    /// Place of the principal in the document.
    pub(super) range: Range<usize>,
    /// Index of the statement.
    pub(super) statement: usize,
    /// Whom it lets in.
    pub(super) kind: Kind,
}

/// Whom a statement lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Strangers: what is said of them, how bad, and what should be asked of them.
    Strangers(String, Severity, &'static str),
    /// Everybody of the own account whom its IAM lets.
    OwnAccount,
}

/// Providers at which anybody may have an identity: the audience is the same for all of them.
const PUBLIC: &[&str] = &[
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "oidc.vercel.com",
    "agent.buildkite.com",
    "api.bitbucket.org",
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// Condition keys that say who the caller is (IAM User Guide, "AWS global condition context keys").
const WHO: &[&str] = &[
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:userid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
];

/// The ways into a role of `account` that are none of its own principals.
pub(super) fn openings(policy: &IamPolicy, account: &str) -> Vec<Opening> {
    let mut found = Vec::new();
    let document = &policy.document;
    for (index, statement) in document.statements.iter().enumerate() {
        if statement.effect != Some(Effect::Allow) {
            continue;
        }
        let Some(principals) = &statement.principals else {
            continue;
        };
        let assumes = lets(statement, "sts:AssumeRole");
        if principals.negated {
            if assumes && guard(statement) == Guard::None {
                let words = "everybody but those whom its NotPrincipal names".to_owned();
                found.push(Opening {
                    range: statement.span.clone(),
                    statement: index,
                    kind: Kind::Strangers(words, Severity::Critical, "Principal in place of NotPrincipal"),
                });
            }
            continue;
        }
        for (principal, range) in &principals.list {
            let kind = match principal {
                Principal::Federated(provider) => {
                    let assumes = lets(statement, "sts:AssumeRoleWithWebIdentity");
                    assumes.then(|| federated(statement, provider)).flatten()
                }
                _ if assumes => of_aws(statement, principal, account),
                _ => None,
            };
            found.extend(kind.map(|kind| Opening {
                range: range.clone(),
                statement: index,
                kind,
            }));
        }
    }
    found
}

fn lets(statement: &Statement, action: &str) -> bool {
    let listed = statement
        .actions
        .iter()
        .any(|(pattern, _)| pattern.covers(action));
    listed != statement.not_action
}

/// What a statement asks of callers of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Guard {
    /// Nothing.
    None,
    /// Something that strangers may meet: an address, MFA, a tag.
    Weak,
    /// An external id.
    ExternalId,
    /// Who the caller is.
    Who,
}

/// True for an operator that only holds where the key is there and has one of the values.
fn is_strict(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    let plain = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
    matches!(
        plain,
        "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike"
    )
}

/// True for an operator in whose values `*` is any text.
fn is_pattern(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    operator.ends_with("like") || operator.ends_with("arnequals")
}

fn guard(statement: &Statement) -> Guard {
    let mut best = Guard::None;
    for (operator, key, values) in statement.conditions() {
        let key = key.to_ascii_lowercase();
        let is_free = is_pattern(operator)
            && values.iter().any(|value| {
                value
                    .as_str()
                    .is_some_and(|text| text.chars().all(|char| matches!(char, '*' | '?' | ':')))
            });
        let own = if !is_strict(operator) || is_free {
            Guard::Weak
        } else if WHO.contains(&key.as_str()) {
            Guard::Who
        } else if key == "sts:externalid" {
            Guard::ExternalId
        } else {
            Guard::Weak
        };
        best = best.max(own);
    }
    best
}

fn of_aws(statement: &Statement, principal: &Principal, account: &str) -> Option<Kind> {
    let guard = guard(statement);
    match principal {
        Principal::Everyone => {
            let (words, severity) = match guard {
                Guard::None => ("everybody who has an AWS account", Severity::Critical),
                Guard::Weak => (
                    "everybody who has an AWS account and meets its conditions",
                    Severity::High,
                ),
                Guard::ExternalId => ("everybody who knows its external id", Severity::High),
                Guard::Who => return None,
            };
            Some(Kind::Strangers(
                words.to_owned(),
                severity,
                "the principal that is meant, by its ARN",
            ))
        }
        Principal::Account(own) if own == account => (guard < Guard::Who).then_some(Kind::OwnAccount),
        Principal::Account(other) => (guard < Guard::ExternalId).then(|| {
            let words = format!("everybody of account {other} whom its IAM lets");
            Kind::Strangers(
                words,
                Severity::High,
                "sts:ExternalId, or the one role that is meant",
            )
        }),
        Principal::User(arn) | Principal::Role(arn) | Principal::Session(arn) => {
            let other = account_of(arn).filter(|other| *other != account)?;
            (guard < Guard::ExternalId).then(|| {
                let words = format!("{arn} of account {other}");
                Kind::Strangers(words, Severity::Medium, "sts:ExternalId")
            })
        }
        _ => None,
    }
}

/// A provider of identities without a condition on whose identity it is.
fn federated(statement: &Statement, provider: &str) -> Option<Kind> {
    let resource = Arn::parse(provider).map_or(provider, |arn| arn.resource);
    // SAML: the provider belongs to the account, and decides who is who.
    if resource.starts_with("saml-provider/") {
        return None;
    }
    let host = resource.strip_prefix("oidc-provider/").unwrap_or(resource);
    let (mut subject, mut audience) = (false, false);
    for (operator, key, values) in statement.conditions() {
        let key = key.to_ascii_lowercase();
        let Some(claim) = key.strip_prefix(&format!("{}:", host.to_ascii_lowercase())) else {
            continue;
        };
        if !is_strict(operator) {
            continue;
        }
        if matches!(claim, "aud" | "oaud" | "azp") {
            audience = true;
        } else {
            let is_open = |text: &str| is_pattern(operator) && names_nobody(text);
            subject |= values
                .iter()
                .all(|value| value.as_str().is_some_and(|text| !is_open(text)));
        }
    }
    let is_public = PUBLIC.contains(&host);
    // In a cluster each service account has the same audience.
    let is_cluster = host.starts_with("oidc.eks.") || host.starts_with("oidc-eks.");
    // An audience of these providers is the application's own.
    let by_audience = matches!(
        host,
        "accounts.google.com" | "cognito-identity.amazonaws.com" | "graph.facebook.com" | "www.amazon.com"
    );
    if subject || (audience && (by_audience || !(is_public || is_cluster))) {
        return None;
    }
    let (words, severity) = if is_public {
        (
            format!("everybody who has an identity at {host}"),
            Severity::Critical,
        )
    } else if is_cluster {
        (
            format!("every service account of the cluster {host}"),
            Severity::High,
        )
    } else {
        (format!("everybody who has an identity at {host}"), Severity::High)
    };
    Some(Kind::Strangers(
        words,
        severity,
        "a condition on the claim sub (StringEquals)",
    ))
}

/// True for a pattern of a subject that names nobody: `*`, `repo:*`, `repo:*/deploy:*`, `system:serviceaccount:*:*`.
fn names_nobody(text: &str) -> bool {
    let fixed = text
        .trim_start_matches("system:serviceaccount:")
        .trim_start_matches("repo:")
        .trim_start_matches("project_path:")
        .trim_start_matches("organization:");
    fixed.starts_with('*') || fixed.is_empty()
}
