//! What in a document does nothing, or something else than it says. Judged from the document and what is known of the
//! key, and nothing else: the rules make findings of it, and whatever tightens a policy takes away by the same judgement.
//!
//! Source: KMS developer guide, "Key policies in AWS KMS"; IAM User Guide, "IAM JSON policy elements reference"; IAM
//! Access Analyzer, "Policy check reference".

mod actions;
mod conditions;
mod console;
mod effect;
mod grants;
mod presence;
mod principals;
mod redundant;
mod resources;
mod spelling;
mod values;

pub use actions::{DeadAction, UnknownAction, Wildcards, dead_actions, unknown_action, wildcards};
pub use conditions::{ConditionFlaw, Flaw, Holds, condition_flaws, is_of_the_key_itself};
pub use console::{CONSOLE_ADMINISTRATORS, ConsoleStatement, console_statement};
pub use effect::{NoEffect, no_effect};
pub use grants::{CONSOLE_GRANT_SID, is_for_aws_resources, is_grant_statement};
pub use principals::{PrincipalFault, PrincipalFlaw, deleted_principals, principal_flaws};
pub use redundant::{Redundant, Redundants, redundant};
pub use resources::{ResourceFlaw, resource_flaw};
pub use values::ValueFlaw;

use crate::policy::catalogue::KeyType;

/// The operators of IAM without set operators and `IfExists` (IAM User Guide, "IAM JSON policy elements: Condition
/// operators").
const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// The operator that an unknown one was probably meant to be.
fn spelling_of_operator(text: &str) -> Option<String> {
    let (prefix, rest) = match text.split_once(':') {
        None => (String::new(), text),
        Some((prefix, rest)) => {
            let known = spelling::nearest(prefix, ["ForAnyValue", "ForAllValues"])?;
            (format!("{known}:"), rest)
        }
    };
    let at = rest.len().saturating_sub("IfExists".len());
    let (rest, suffix) = match rest.get(at..) {
        Some(end) if end.eq_ignore_ascii_case("IfExists") => (rest.get(..at).unwrap_or_default(), "IfExists"),
        _ => (rest, ""),
    };
    let plain = match rest.to_ascii_lowercase().as_str() {
        // What other languages, and other services, call them.
        "boolean" | "boolequals" => "Bool",
        "stringnotequal" | "notequals" => "StringNotEquals",
        "equals" => "StringEquals",
        "like" => "StringLike",
        "notlike" => "StringNotLike",
        "ipaddressequals" => "IpAddress",
        "ipnotaddress" | "ipaddressnotequals" => "NotIpAddress",
        _ => spelling::nearest(rest, OPERATORS.iter().copied())?,
    };
    let suffix = if plain == "Null" { "" } else { suffix };
    Some(format!("{prefix}{plain}{suffix}"))
}

/// The operator for keys of a type.
fn operator_for(kind: KeyType, negated: bool) -> &'static str {
    match (kind, negated) {
        (KeyType::String, false) => "StringEquals",
        (KeyType::String, true) => "StringNotEquals",
        (KeyType::Arn, false) => "ArnLike",
        (KeyType::Arn, true) => "ArnNotLike",
        (KeyType::Numeric, false) => "NumericEquals",
        (KeyType::Numeric, true) => "NumericNotEquals",
        (KeyType::Date, false) => "DateEquals",
        (KeyType::Date, true) => "DateNotEquals",
        (KeyType::Bool, _) => "Bool",
        (KeyType::Binary, _) => "BinaryEquals",
        (KeyType::IpAddress, false) => "IpAddress",
        (KeyType::IpAddress, true) => "NotIpAddress",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::policy::{Document, Statement};

    /// The document with one statement of these members.
    pub(crate) fn document(members: &str) -> Document {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#);
        Document::parse(&text).unwrap()
    }

    /// The statement of these members.
    pub(crate) fn statement(members: &str) -> Statement {
        document(members).statements[0].clone()
    }

    #[test]
    fn an_operator_has_the_name_that_was_meant() {
        for (text, expected) in [
            ("StringEqual", Some("StringEquals")),
            ("stringequalss", Some("StringEquals")),
            ("StringNotEqual", Some("StringNotEquals")),
            ("StringLikes", Some("StringLike")),
            ("ForAnyValues:StringLike", Some("ForAnyValue:StringLike")),
            ("ForAllValue:StringEqual", Some("ForAllValues:StringEquals")),
            ("StringEqualIfExists", Some("StringEqualsIfExists")),
            ("NullIfExists", Some("Null")),
            ("Boolean", Some("Bool")),
            ("Equals", Some("StringEquals")),
            ("ForSome:StringLike", None),
            ("Matches", None),
        ] {
            assert_eq!(spelling_of_operator(text).as_deref(), expected, "{text}");
        }
    }
}
