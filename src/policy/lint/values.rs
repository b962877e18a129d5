//! Values that the operator, or the condition key, can never have.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "AWS global condition context keys"; IAM
//! Access Analyzer, "Policy check reference" (data type mismatch, private IP address).

use crate::arn::{Arn, is_account_id};
use crate::policy::catalogue::{ConditionKey, KeyType};
use crate::policy::evaluate::{AddressRange, Compares, Operator};

/// Why a value of a condition is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueFlaw {
    /// It is none of the operator's type; what it should be, with an article.
    Unreadable(&'static str),
    /// A wildcard under an operator for which it is a letter.
    LiteralWildcard,
    /// A private address, which no request from the internet comes from.
    PrivateAddress,
    /// An account id has twelve digits.
    NoAccount,
    /// It is no ARN.
    NoArn,
    /// The ARN of a session, where requests carry that of its role.
    SessionArn,
    /// Neither `true` nor `false`, in small letters.
    NoBoolean,
    /// There is no value at all.
    None,
}

/// Keys whose values are twelve digits.
const ACCOUNTS: &[&str] = &[
    "aws:principalaccount",
    "aws:resourceaccount",
    "aws:sourceaccount",
    "aws:vpceaccount",
    "kms:calleraccount",
];

/// Keys whose text callers choose: any letter may stand in it.
fn is_free(key: &str) -> bool {
    ["aws:referer", "aws:useragent", "kms:encryptioncontextkeys"].contains(&key)
        || key.starts_with("kms:encryptioncontext:")
}

/// Keys of text that may hold numbers, dates and the like as well.
fn is_anything(key: &str) -> bool {
    is_free(key)
        || ["aws:principaltag/", "aws:requesttag/", "aws:resourcetag/"]
            .iter()
            .any(|head| key.starts_with(head))
}

/// Keys of text whose values are ARNs.
const ARNS: &[&str] = &["kms:granteeprincipal", "kms:retiringprincipal"];

/// How an operator goes with the type of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// As it should.
    Right,
    /// The values of such a key are none that the operator can compare.
    Never,
    /// Not documented.
    Unclear,
}

/// How an operator goes with a key.
pub(super) fn fit(operator: Operator, key: &ConditionKey, name: &str) -> Fit {
    use Compares::{Addresses, Arns, Booleans, Bytes, Dates, Numbers, Presence, Text};
    let name = name.to_ascii_lowercase();
    match (key.kind, operator.compares) {
        (_, Presence)
        | (KeyType::String | KeyType::Arn | KeyType::Bool, Text { .. })
        | (KeyType::Arn, Arns)
        | (KeyType::Numeric, Numbers)
        | (KeyType::Date, Dates)
        | (KeyType::Bool, Booleans)
        | (KeyType::Binary, Bytes)
        | (KeyType::IpAddress, Addresses) => Fit::Right,
        (KeyType::Date, Numbers) if name == "aws:epochtime" => Fit::Right,
        (KeyType::String, Arns) if ARNS.contains(&name.as_str()) => Fit::Right,
        (KeyType::String, _) if is_anything(&name) => Fit::Right,
        // Twelve digits are a number, too.
        (KeyType::String, Numbers) if ACCOUNTS.contains(&name.as_str()) => Fit::Unclear,
        (KeyType::Numeric | KeyType::Date | KeyType::IpAddress | KeyType::Binary, Text { .. })
        | (KeyType::Numeric, Dates)
        | (KeyType::Date, Numbers)
        | (_, Bytes)
        | (KeyType::Binary, _) => Fit::Unclear,
        _ => Fit::Never,
    }
}

/// Why a value is of no use; `unreadable` where the operator cannot compare it with anything.
pub(super) fn flaw(
    operator: Operator,
    key: &ConditionKey,
    name: &str,
    text: &str,
    unreadable: bool,
) -> Option<ValueFlaw> {
    use Compares::{Addresses, Arns, Booleans, Bytes, Dates, Numbers, Presence, Text};
    if unreadable {
        return Some(ValueFlaw::Unreadable(match operator.compares {
            Text { .. } => "text",
            Arns => "an ARN of six parts",
            Numbers => "a number",
            Dates => "a date",
            Booleans | Presence => "true or false",
            Bytes => "base64",
            Addresses => "an address or a CIDR range",
        }));
    }
    if text.contains("${") {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let wildcard = text.contains(['*', '?']);
    match operator.compares {
        Text { wild } => {
            if wildcard && !wild && !is_free(&name) {
                return Some(ValueFlaw::LiteralWildcard);
            }
            if wildcard && wild {
                return is_session(&name, text).then_some(ValueFlaw::SessionArn);
            }
            if ACCOUNTS.contains(&name.as_str()) && !is_account_id(text) {
                return Some(ValueFlaw::NoAccount);
            }
            if key.kind == KeyType::Bool && text != "true" && text != "false" {
                return Some(ValueFlaw::NoBoolean);
            }
            if key.kind == KeyType::Arn && Arn::parse(text).is_none() {
                return Some(ValueFlaw::NoArn);
            }
            is_session(&name, text).then_some(ValueFlaw::SessionArn)
        }
        Arns => is_session(&name, text).then_some(ValueFlaw::SessionArn),
        Addresses if name == "aws:sourceip" && is_private(text) => Some(ValueFlaw::PrivateAddress),
        _ => None,
    }
}

/// True for a pattern of session ARNs under `aws:PrincipalArn`, which has the ARN of the role.
fn is_session(name: &str, text: &str) -> bool {
    name == "aws:principalarn"
        && Arn::parse(text)
            .is_some_and(|arn| arn.service == "sts" && arn.resource.starts_with("assumed-role"))
}

/// Ranges that the internet does not route (RFC 1918, RFC 4193, RFC 6598).
const PRIVATE: &[&str] = &[
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "fc00::/7",
];

fn is_private(text: &str) -> bool {
    let Some(own) = AddressRange::parse(text) else {
        return false;
    };
    PRIVATE
        .iter()
        .filter_map(|range| AddressRange::parse(range))
        .any(|range| range.holds(&own))
}
