//! The guide's second reduction: the statement that lets AWS services make grants.

use super::{no_policy, policies, statement_content, statement_span};
use crate::evidence::Key;
use crate::finding::{Finding, Label};
use crate::policy::{Effect, Statement};
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

/// The Sid that the console gives the statement.
pub const CONSOLE_SID: &str = "Allow attachment of persistent resources";

const GRANT_ACTIONS: [&str; 3] = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"];

/// True if the statement allows grant actions alone, under `kms:GrantIsForAWSResource`, whatever its Sid; or if it is
/// the console's statement by its Sid and allows grant actions alone.
pub fn is_grant_statement(statement: &Statement) -> bool {
    let only_grants = statement.effect == Some(Effect::Allow)
        && !statement.not_action
        && !statement.actions.is_empty()
        && statement
            .actions
            .iter()
            .all(|(action, _)| GRANT_ACTIONS.iter().any(|grant| action.is_exactly(grant)));
    let by_sid = statement.sid.as_ref().is_some_and(|(sid, _)| sid == CONSOLE_SID);
    only_grants && (by_sid || for_aws_resources(statement))
}

/// True if the statement holds only for grants that an AWS service makes for the caller.
fn for_aws_resources(statement: &Statement) -> bool {
    statement.conditions().iter().any(|(operator, key, values)| {
        operator.to_ascii_lowercase().starts_with("bool")
            && key.eq_ignore_ascii_case("kms:GrantIsForAWSResource")
            && values.iter().all(|value| {
                value.as_bool() == Some(true)
                    || value
                        .as_str()
                        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
            })
    })
}

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy();
    }
    let mut findings = Vec::new();
    for policy in policies {
        for (index, statement) in policy.document.statements.iter().enumerate() {
            if !is_grant_statement(statement) {
                continue;
            }
            let guarded = for_aws_resources(statement);
            let message = format!(
                "{} only serves AWS services that make grants, and none does with a signing key: it can go",
                statement.name(index)
            );
            let label = Label {
                span: statement_span(policy, statement),
                message: "can be removed whole".to_owned(),
            };
            let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
                .remedy("Delete the statement (aws kms put-key-policy with the document without it).")
                .note("Hyperlane's guide, step 2: the statement \"Allow attachment of persistent resources\" is not needed.");
            if !guarded {
                finding = finding.note(
                    "It lacks the condition kms:GrantIsForAWSResource that the console writes: its principals may make \
                     grants for anybody.",
                );
            }
            findings.push(finding.content(&statement_content(policy, statement)));
        }
    }
    Outcome::of(
        findings,
        "no statement of the key policy is there for grants of AWS services alone",
    )
}
