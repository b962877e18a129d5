//! The statements that the console writes when it makes a key.
//!
//! Source: KMS developer guide, "Default key policy" and "Default key policy when you create a KMS key with the console".

use crate::policy::{Effect, Principal, Principals, Statement};

/// A statement of the console's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsoleStatement {
    /// "Enable IAM User Permissions": the account, `kms:*`. Also the only statement of AWS's default policy.
    EnableIam,
    /// "Allow access for Key Administrators".
    Administrators,
    /// "Allow use of the key".
    Use,
    /// "Allow attachment of persistent resources".
    Grants,
}

/// What the console lets a key's administrators do; which of the last ones are there depends on the key (KMS developer
/// guide, "Default key policy": key administrators).
pub const CONSOLE_ADMINISTRATORS: &[&str] = &[
    "kms:Create*",
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:RotateKeyOnDemand",
    "kms:ReplicateKey",
    "kms:UpdatePrimaryRegion",
    "kms:ImportKeyMaterial",
];

/// Without these it is another statement.
const ADMINISTER: &[&str] = &["kms:Create*", "kms:Put*"];

const USE: &[&str] = &[
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:GenerateMac",
    "kms:GetPublicKey",
    "kms:ReEncrypt*",
    "kms:Sign",
    "kms:Verify",
    "kms:VerifyMac",
];

const GRANTS: &[&str] = &["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"];

/// Which statement of the console's this is, by what it allows: its Sid is of no account but for the key's users, whose
/// actions anybody may have put together.
pub fn console_statement(statement: &Statement) -> Option<ConsoleStatement> {
    if statement.effect != Some(Effect::Allow) || statement.not_action || statement.actions.is_empty() {
        return None;
    }
    let names = |name: &str| {
        statement
            .actions
            .iter()
            .any(|(action, _)| action.is_exactly(name))
    };
    let only = |list: &[&str]| {
        let mut actions = statement.actions.iter();
        actions.all(|(action, _)| list.iter().any(|name| action.is_exactly(name)))
    };
    let plain = statement.conditions().is_empty();
    let account = |list: &Principals| {
        !list.negated
            && list
                .iter()
                .all(|principal| matches!(principal, Principal::Account(_)))
    };
    let sid = |text: &str| statement.sid.as_ref().is_some_and(|(sid, _)| sid == text);
    if plain && only(&["kms:*"]) && statement.principals.as_ref().is_some_and(account) {
        return Some(ConsoleStatement::EnableIam);
    }
    if plain && only(CONSOLE_ADMINISTRATORS) && ADMINISTER.iter().all(|name| names(name)) {
        return Some(ConsoleStatement::Administrators);
    }
    if plain && only(USE) && sid("Allow use of the key") {
        return Some(ConsoleStatement::Use);
    }
    let for_services = || {
        let mut conditions = statement.conditions().into_iter();
        conditions.any(|(_, key, _)| key.eq_ignore_ascii_case("kms:GrantIsForAWSResource"))
    };
    (only(GRANTS) && for_services()).then_some(ConsoleStatement::Grants)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lint::tests::statement;

    #[test]
    fn the_consoles_statements_are_known_by_what_they_allow() {
        let own = r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#;
        let role = r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/r"}"#;
        for (members, expected) in [
            (
                format!(r#""Effect":"Allow",{own},"Action":"kms:*","Resource":"*""#),
                Some(ConsoleStatement::EnableIam),
            ),
            (
                format!(r#""Effect":"Allow",{role},"Action":"kms:*","Resource":"*""#),
                None,
            ),
            (
                format!(r#""Effect":"Allow",{role},"Action":["kms:create*","kms:Put*","kms:TagResource"]"#),
                Some(ConsoleStatement::Administrators),
            ),
            (
                format!(r#""Effect":"Allow",{role},"Action":["kms:Create*","kms:Put*","kms:Sign"]"#),
                None,
            ),
            (
                format!(r#""Effect":"Deny",{role},"Action":["kms:Create*","kms:Put*"]"#),
                None,
            ),
            (
                format!(r#""Effect":"Allow",{role},"Action":["kms:Get*","kms:List*"]"#),
                None,
            ),
            (
                format!(r#""Sid":"Allow use of the key","Effect":"Allow",{role},"Action":["kms:Sign"]"#),
                Some(ConsoleStatement::Use),
            ),
            (
                format!(r#""Sid":"Allow use","Effect":"Allow",{role},"Action":["kms:Sign"]"#),
                None,
            ),
            (
                format!(
                    r#""Effect":"Allow",{role},"Action":["kms:CreateGrant"],"Condition":{{"Bool":{{"kms:GrantIsForAWSResource":true}}}}"#
                ),
                Some(ConsoleStatement::Grants),
            ),
            (
                format!(r#""Effect":"Allow",{role},"Action":["kms:CreateGrant"]"#),
                None,
            ),
        ] {
            assert_eq!(console_statement(&statement(&members)), expected, "{members}");
        }
    }
}
