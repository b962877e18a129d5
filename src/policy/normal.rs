//! The normal form of a policy document: one text for all ways of writing the same.

use super::Principal;
use super::principal::OWN_ACCOUNT;
use crate::arn::is_account_id;
use crate::encoding::hex;
use crate::json::{Member, Node, Value};

/// The normal form of a document, as JSON text.
pub(super) fn document(root: &Node) -> String {
    object(root, |member| {
        if member.key == "Statement" {
            let mut items: Vec<String> = member.value.one_or_many().iter().map(statement).collect();
            items.sort();
            items.dedup();
            format!("[{}]", items.join(","))
        } else {
            exact(&member.value)
        }
    })
}

/// The normal form of a statement without its `Sid`: what it does, whatever it is called.
pub(super) fn effect_of(node: &Node) -> String {
    let mut nameless = node.clone();
    if let Some(members) = nameless.members_mut() {
        members.retain(|member| member.key != "Sid");
    }
    statement(&nameless)
}

fn statement(node: &Node) -> String {
    object(node, |member| match member.key.as_str() {
        "Action" | "NotAction" => set(&member.value, &|text| quoted(&text.to_ascii_lowercase())),
        "Resource" | "NotResource" => set(&member.value, &quoted),
        "Principal" | "NotPrincipal" => principals(&member.value),
        "Condition" => condition(&member.value),
        _ => exact(&member.value),
    })
}

fn principals(value: &Node) -> String {
    if !value.is_object() {
        let text = set(value, &quoted);
        return if text == "\"*\"" {
            "{\"AWS\":\"*\"}".to_owned()
        } else {
            text
        };
    }
    object(value, |member| {
        if member.key == "AWS" {
            set(&member.value, &|text| match Principal::aws(text) {
                Principal::Account(id) if is_account_id(&id) || id == OWN_ACCOUNT => quoted(&id),
                _ => quoted(text),
            })
        } else {
            set(&member.value, &quoted)
        }
    })
}

/// The normal form of a `Condition`: lists are sets, and Booleans and numbers are the strings that IAM takes them for.
pub(super) fn condition(value: &Node) -> String {
    match &value.value {
        Value::Object(_) => object(value, |member| condition(&member.value)),
        Value::Array(items) => joined(items.iter().map(condition).collect()),
        Value::Bool(flag) => quoted(if *flag { "true" } else { "false" }),
        Value::Number(digits) => quoted(digits),
        _ => exact(value),
    }
}

/// A list as a set, and a list of one as its entry.
fn set(value: &Node, text: &dyn Fn(&str) -> String) -> String {
    match &value.value {
        Value::String(own) => text(own),
        Value::Array(items) => joined(items.iter().map(|item| set(item, text)).collect()),
        _ => exact(value),
    }
}

fn joined(mut parts: Vec<String>) -> String {
    parts.sort();
    parts.dedup();
    match parts.as_slice() {
        [one] if !one.starts_with('{') => one.clone(),
        _ => format!("[{}]", parts.join(",")),
    }
}

/// The members by name; of those with one name, the order of the text decides what counts, and is kept.
fn object(node: &Node, value: impl Fn(&Member) -> String) -> String {
    if !node.is_object() {
        return exact(node);
    }
    let mut members: Vec<&Member> = node.members().iter().collect();
    members.sort_by(|one, other| one.key.cmp(&other.key));
    let parts: Vec<String> = members
        .into_iter()
        .map(|member| format!("{}:{}", quoted(&member.key), value(member)))
        .collect();
    format!("{{{}}}", parts.join(","))
}

/// A value as it stands, without white space.
fn exact(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(digits) => digits.clone(),
        Value::String(text) => quoted(text),
        Value::Bytes(bytes) => quoted(&hex::encode(bytes)),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(exact).collect();
            format!("[{}]", parts.join(","))
        }
        Value::Object(_) => object(node, |member| exact(&member.value)),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use crate::json::{Limits, parse};
    use crate::policy::Document;

    fn canonical(text: &str) -> String {
        Document::read(&parse(text, &Limits::default()).unwrap()).canonical()
    }

    #[test]
    fn what_is_written_differently_is_the_same() {
        let same = [
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Condition":{"Bool":{"k":true}}}}"#,
            r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["KMS:sign"],"Condition":{"Bool":{"k":["true"]}}}]}"#,
            r#"{"Statement":[{"Action":["kms:Sign","kms:sign"],"Effect":"Allow","Principal":{"AWS":["*","*"]},"Condition":{"Bool":{"k":"true"}}}]}"#,
        ];
        for text in same {
            assert_eq!(canonical(text), canonical(same[0]), "{text}");
            assert_eq!(canonical(&canonical(text)), canonical(text));
        }
        assert_eq!(
            canonical(r#"{"Statement":{}}"#),
            canonical(r#"{"Statement":[{}]}"#)
        );
        assert_eq!(
            canonical(
                r#"{"Statement":[{"Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:root"]}}]}"#
            ),
            canonical(r#"{"Statement":[{"Principal":{"AWS":"111122223333"}}]}"#)
        );
    }

    #[test]
    fn what_says_another_thing_is_not_the_same() {
        for (one, other) in [
            (
                r#"{"Statement":{"Effect":"Deny","Effect":"Allow"}}"#,
                r#"{"Statement":{"Effect":"Allow","Effect":"Deny"}}"#,
            ),
            (
                r#"{"Statement":{"Effect":["Deny"]}}"#,
                r#"{"Statement":{"Effect":"Deny"}}"#,
            ),
            (
                r#"{"Statement":{"Resource":"a"}}"#,
                r#"{"Statement":{"Resource":"A"}}"#,
            ),
            (
                r#"{"Statement":{"Principal":{"AWS":"arn:aws:iam::*:root"}}}"#,
                r#"{"Statement":{"Principal":{"AWS":"*"}}}"#,
            ),
        ] {
            assert_ne!(canonical(one), canonical(other), "{one}");
        }
    }
}
