//! Values without names, known by their shape alone, in any order.

use super::aws_names::{self, Column};
use crate::json::{Member, Node, Value};

/// The fields whose values nothing else looks like.
static SHAPES: &[Column] = &[
    ("PublicKey", aws_names::public_key),
    ("AliasArn", aws_names::alias_arn),
    ("AliasName", aws_names::alias),
    ("KeyArn", aws_names::key_arn),
    ("KeyId", crate::arn::is_key_id),
    ("KeySpec", aws_names::spec),
    ("KeyUsage", aws_names::usage),
];

/// True for a key ARN or key id.
pub(in crate::input) fn is_key(text: &str) -> bool {
    aws_names::key_arn(text) || crate::arn::is_key_id(text)
}

/// A record of values in any order: a public key with the key's name, an alias with its target, or a key's name alone.
pub(in crate::input) fn record(values: Vec<Node>) -> Option<Node> {
    let mut fields: Vec<(&'static str, Node)> = Vec::new();
    for value in values {
        let Some(text) = value.as_str() else { continue };
        let Some((name, _)) = SHAPES.iter().find(|(_, shape)| shape(text)) else {
            continue;
        };
        if fields.iter().any(|(own, _)| own == name) {
            return None;
        }
        fields.push((name, value));
    }
    let has = |wanted: &[&str]| fields.iter().any(|(name, _)| wanted.contains(name));
    // AWS lists aliases of keys that do not exist yet: they have no target.
    if !has(&["PublicKey", "KeyArn", "KeyId", "AliasArn", "AliasName"]) {
        return None;
    }
    // The ARN says more than the id.
    let is_export = has(&["PublicKey"]);
    let is_alias = has(&["AliasArn", "AliasName"]);
    if has(&["KeyArn"]) && (is_export || is_alias) {
        fields.retain(|(name, _)| *name != "KeyId");
    }
    for (name, _) in &mut fields {
        match *name {
            "KeyArn" | "KeyId" if is_export => *name = "KeyId",
            "KeyArn" | "KeyId" if is_alias => *name = "TargetKeyId",
            _ => {}
        }
    }
    Some(aws_names::object(fields))
}

/// Records as the list that an AWS output has them in.
pub(in crate::input) fn list(rows: Vec<Node>) -> Option<Node> {
    let (first, last) = (rows.first()?.span.start, rows.last()?.span.end);
    let all = |names: &[&str]| rows.iter().all(|row| row.get_any(names).is_some());
    let name = if all(&["AliasName", "AliasArn"]) {
        "Aliases"
    } else if all(&["PublicKey"]) {
        return Some(Node {
            span: first..last,
            value: Value::Array(rows),
        });
    } else {
        "Keys"
    };
    Some(Node {
        span: first..last,
        value: Value::Object(vec![Member {
            key: name.to_owned(),
            key_span: first..first,
            value: Node {
                span: first..last,
                value: Value::Array(rows),
            },
        }]),
    })
}
