//! Requests that a statement speaks of: a caller, an action, and a context under which its condition holds.

use std::collections::BTreeMap;

use crate::arn::{Arn, is_account_id, is_unknown};
use crate::json::Node;
use crate::policy::evaluate::{Caller, Context, Request};
use crate::policy::{Principal, Statement};

/// A request, with the condition keys that were put into its context.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// The condition keys of its context, as they were set.
    pub context: Vec<(String, Vec<String>)>,
}

impl Asked {
    /// A request on the key of an account.
    pub(super) fn new(
        principal: Caller,
        action: &str,
        account: &str,
        context: Vec<(String, Vec<String>)>,
    ) -> Self {
        let mut own = Context::new();
        for (key, values) in &context {
            own.set(key, values.clone());
        }
        let request = Request {
            principal,
            action: action.to_owned(),
            resource: "*".to_owned(),
            resource_account: Some(account.to_owned()),
            context: own,
        };
        Self { request, context }
    }
}

/// Keys whose values the caller and the key decide: a request does not choose them.
const GIVEN: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principaltype",
    "aws:resourceaccount",
    "aws:username",
    "kms:calleraccount",
    "kms:customermasterkeyspec",
    "kms:customermasterkeyusage",
    "kms:keyorigin",
    "kms:keyspec",
    "kms:keyusage",
    "kms:multiregion",
    "kms:multiregionkeytype",
];

/// Values under which the statement's condition is likely to hold; the evaluator decides whether it does.
pub(super) fn context(statement: &Statement) -> Vec<(String, Vec<String>)> {
    let mut set: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for (operator, key, values) in statement.conditions() {
        let lower = key.to_ascii_lowercase();
        if GIVEN.contains(&lower.as_str()) || set.contains_key(&lower) {
            continue;
        }
        if let Some(value) = values.iter().find_map(|value| fitting(operator, value)) {
            set.insert(lower, (key.to_owned(), vec![value]));
        }
    }
    set.into_values().collect()
}

/// A value that an operator takes for the policy's; nothing where the key is better absent, or none is found.
fn fitting(operator: &str, value: &Node) -> Option<String> {
    let text = match &value.value {
        crate::json::Value::String(text) => text.clone(),
        crate::json::Value::Bool(flag) => flag.to_string(),
        crate::json::Value::Number(digits) => digits.clone(),
        _ => return None,
    };
    let lower = operator.to_ascii_lowercase();
    let plain = lower.rsplit(':').next().unwrap_or_default();
    let plain = plain.strip_suffix("ifexists").unwrap_or(plain);
    if is_unknown(&text) {
        return None;
    }
    let beside = |step: i64| {
        let number: i64 = text.parse().ok()?;
        Some(number.checked_add(step)?.to_string())
    };
    match plain {
        "stringequals"
        | "stringequalsignorecase"
        | "bool"
        | "numericequals"
        | "numericlessthanequals"
        | "numericgreaterthanequals"
        | "dateequals"
        | "datelessthanequals"
        | "dategreaterthanequals"
        | "binaryequals" => Some(text),
        "stringlike" | "arnlike" | "arnequals" => Some(text.replace(['*', '?'], "x")),
        "numericlessthan" => beside(-1),
        "numericgreaterthan" => beside(1),
        "datelessthan" => Some("1970-01-01T00:00:00Z".to_owned()),
        "dategreaterthan" => Some("9999-01-01T00:00:00Z".to_owned()),
        "ipaddress" => Some(text.split('/').next().unwrap_or_default().to_owned()),
        "null" => text.eq_ignore_ascii_case("false").then(|| "x".to_owned()),
        _ => None,
    }
}

/// Callers that a statement's principals mean, without the help of IAM: at most a few.
pub(super) fn callers(
    statement: &Statement,
    only: Option<&[usize]>,
    account: &str,
    partition: &str,
) -> Vec<Caller> {
    const MOST: usize = 8;
    let Some(principals) = statement.principals.as_ref() else {
        return Vec::new();
    };
    let root = |account: &str| format!("arn:{partition}:iam::{account}:root");
    let other = if account == "444455556666" {
        "111122223333"
    } else {
        "444455556666"
    };
    let mut names: Vec<String> = Vec::new();
    if principals.negated {
        names.extend([root(account), root(other)]);
    }
    let listed = principals.list.iter().enumerate();
    for (_, (principal, _)) in listed.filter(|(at, _)| only.is_none_or(|only| only.contains(at))) {
        match principal {
            Principal::Everyone => {
                names.extend(named_by_condition(statement, &root));
                names.extend([root(account), root(other)]);
            }
            Principal::Account(id) => names.push(root(if is_account_id(id) { id } else { account })),
            Principal::User(text)
            | Principal::Role(text)
            | Principal::Session(text)
            | Principal::Service(text) => names.push(text.clone()),
            _ => {}
        }
        if names.len() >= MOST {
            break;
        }
    }
    names.truncate(MOST);
    names.iter().filter_map(|name| Caller::parse(name)).collect()
}

/// Callers that a condition on everybody names.
fn named_by_condition(statement: &Statement, root: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut names = Vec::new();
    for (_, key, values) in statement.conditions() {
        let texts = values.iter().filter_map(|value| value.as_str());
        match key.to_ascii_lowercase().as_str() {
            "aws:principalarn" => {
                names.extend(
                    texts
                        .map(|text| text.replace(['*', '?'], "x"))
                        .filter(|text| Arn::parse(text).is_some()),
                );
            }
            "aws:principalaccount" | "kms:calleraccount" => {
                names.extend(texts.filter(|text| is_account_id(text)).map(root));
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Document;

    #[test]
    fn a_condition_has_values_that_it_holds_for() {
        for (condition, expected) in [
            (r#"{"Bool":{"a:B":true}}"#, vec![("a:B", "true")]),
            (r#"{"StringLike":{"a:b":["x*y?"]}}"#, vec![("a:b", "xxyx")]),
            (r#"{"NumericLessThan":{"a:b":"30"}}"#, vec![("a:b", "29")]),
            (
                r#"{"ForAnyValue:StringEqualsIfExists":{"a:b":["p","q"]}}"#,
                vec![("a:b", "p")],
            ),
            (
                r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
                vec![("aws:SourceIp", "10.0.0.0")],
            ),
            (r#"{"StringNotEquals":{"a:b":"c"},"Null":{"a:d":"true"}}"#, vec![]),
            (
                r#"{"StringEquals":{"kms:CallerAccount":"1","a:b":"${c}"}}"#,
                vec![],
            ),
        ] {
            let text = format!(r#"{{"Statement":{{"Effect":"Allow","Condition":{condition}}}}}"#);
            let document = Document::parse(&text).unwrap();
            let found = context(&document.statements[0]);
            let found: Vec<(&str, &str)> = found
                .iter()
                .map(|(key, values)| (key.as_str(), values[0].as_str()))
                .collect();
            assert_eq!(found, expected, "{condition}");
        }
    }
}
