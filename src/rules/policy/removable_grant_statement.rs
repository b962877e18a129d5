//! The guide's second reduction: the statement that lets AWS services make grants.

use super::{no_policy, policies, put_in_force, statement_content, statement_span, undecided};
use crate::arn::{Arn, is_account_id};
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Finding, Label, Severity};
use crate::policy::lint::is_for_aws_resources;
pub use crate::policy::lint::is_grant_statement;
use crate::policy::{Principal, Statement};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `removable-grant-statement`
    RemovableGrantStatement,
    "removable-grant-statement",
    Policy,
    Low,
    "A statement that only lets AWS services make grants, which no service does with a signing key",
    "removable_grant_statement.md",
    judge
);

/// Whom the statement lets in from outside the key's account; nothing where it lets in nobody.
fn outsider(statement: &Statement, key: &Key) -> Option<String> {
    let list = statement.principals.as_ref()?;
    if list.negated {
        return Some("everybody but those of NotPrincipal".to_owned());
    }
    list.iter().find_map(|principal| match principal {
        Principal::Everyone => Some("everybody".to_owned()),
        other => {
            let text = other.as_str();
            let account = match other {
                Principal::Account(id) => id.as_str(),
                _ => Arn::parse(text).map_or("", |arn| arn.account),
            };
            let own = key.account.as_deref()?;
            (is_account_id(account) && account != own).then(|| short(text))
        }
    })
}

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let mut findings = Vec::new();
    for policy in &policies {
        for (index, statement) in policy.document.statements.iter().enumerate() {
            if is_grant_statement(statement) {
                findings.push(finding(meta, key, policy, statement, index));
            }
        }
    }
    if findings.is_empty()
        && let Some(outcome) = undecided(context.bundle, &policies)
    {
        return outcome;
    }
    Outcome::of(
        findings,
        "no statement of the key policy is there for grants of AWS services alone",
    )
}

const DELETE: &str = " (aws kms put-key-policy with the document without it).";

fn finding(
    meta: &'static Meta,
    key: &Key,
    policy: &PolicyExport,
    statement: &Statement,
    index: usize,
) -> Finding {
    let name = statement.name(index);
    let label = |message: &str| Label {
        span: statement_span(policy, statement),
        message: message.to_owned(),
    };
    let makes = statement.allows("kms:CreateGrant");
    let builder = if makes && !is_for_aws_resources(statement) {
        let outsider = outsider(statement, key);
        let severity = if outsider.is_some() {
            Severity::Critical
        } else {
            Severity::High
        };
        let whom = outsider.map_or(String::new(), |whom| format!(" to {whom}"));
        let message = format!(
            "{name} allows kms:CreateGrant{whom}: its principals may make grants for anybody, Sign among them: the \
             condition kms:GrantIsForAWSResource is missing, or not true"
        );
        Finding::builder(meta.id, severity, key.subject(), message, label("grants for anybody"))
            .consequence("whoever the statement names can give itself kms:Sign by a grant, which no key policy shows")
            .note("The console writes this statement with the condition {\"Bool\": {\"kms:GrantIsForAWSResource\": \"true\"}}.")
            .remedy(format!(
                "{} Look for grants that were made already (aws kms list-grants).",
                put_in_force(policy, "Delete the statement", DELETE)
            ))
    } else {
        let message = if makes || is_for_aws_resources(statement) {
            format!(
                "{name} only serves AWS services that make grants, and none does with a signing key: it can go"
            )
        } else {
            format!("{name} only lists and revokes grants, which signing does not need: it can go")
        };
        Finding::builder(
            meta.id,
            meta.severity,
            key.subject(),
            message,
            label("can be removed whole"),
        )
        .remedy(put_in_force(policy, "Delete the statement", DELETE))
    };
    builder
        .note("Hyperlane's guide, step 2: the statement \"Allow attachment of persistent resources\" is not needed.")
        .content(&statement_content(policy, index))
}
