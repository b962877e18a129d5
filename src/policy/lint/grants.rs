//! Statements that let AWS services make grants.
//!
//! Source: KMS developer guide, "Default key policy", key users and AWS services; condition key
//! `kms:GrantIsForAWSResource`.

use crate::policy::{Effect, Statement};

/// The Sid that the console gives the statement.
pub const CONSOLE_GRANT_SID: &str = "Allow attachment of persistent resources";

const GRANT_ACTIONS: [&str; 3] = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"];

const GUARD: &str = "kms:GrantIsForAWSResource";

/// True if the statement allows grant actions alone, and is the console's by its Sid or speaks of
/// `kms:GrantIsForAWSResource`, whatever it says of it (KMS developer guide, "Default key policy").
pub fn is_grant_statement(statement: &Statement) -> bool {
    let only_grants = statement.effect == Some(Effect::Allow)
        && !statement.not_action
        && !statement.actions.is_empty()
        && statement
            .actions
            .iter()
            .all(|(action, _)| GRANT_ACTIONS.iter().any(|grant| action.is_exactly(grant)));
    let by_sid = statement
        .sid
        .as_ref()
        .is_some_and(|(sid, _)| sid == CONSOLE_GRANT_SID);
    let speaks = || {
        statement
            .conditions()
            .iter()
            .any(|(_, key, _)| key.eq_ignore_ascii_case(GUARD))
    };
    only_grants && (by_sid || speaks())
}

/// True if the statement holds only for grants that an AWS service makes for the caller: the condition has at least one
/// value, and all are true (KMS developer guide, condition key `kms:GrantIsForAWSResource`).
pub fn is_for_aws_resources(statement: &Statement) -> bool {
    const OPERATORS: [&str; 4] = ["Bool", "BoolIfExists", "StringEquals", "StringEqualsIgnoreCase"];
    statement.conditions().iter().any(|(operator, key, values)| {
        OPERATORS.iter().any(|own| own.eq_ignore_ascii_case(operator))
            && key.eq_ignore_ascii_case(GUARD)
            && !values.is_empty()
            && values.iter().all(|value| {
                value.as_bool() == Some(true)
                    || value
                        .as_str()
                        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
            })
    })
}
