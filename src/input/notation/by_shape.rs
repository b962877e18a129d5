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
    ("KeyState", aws_names::state),
    ("Origin", aws_names::origin),
    ("KeyManager", aws_names::manager),
];

/// What only a key's metadata say.
const OF_METADATA: &[&str] = &["KeySpec", "KeyUsage", "KeyState", "Origin", "KeyManager"];

/// True for a key ARN or key id.
pub(in crate::input) fn is_key(text: &str) -> bool {
    aws_names::key_arn(text) || crate::arn::is_key_id(text)
}

/// True for a value that only KMS has.
pub(super) fn is_of_kms(text: &str) -> bool {
    SHAPES
        .iter()
        .any(|(name, shape)| !matches!(*name, "KeyState" | "Origin" | "KeyManager") && shape(text))
}

/// A record of values in any order: a public key with the key's name, an alias with its target, what DescribeKey says of
/// a key, or a key's names alone.
///
/// A key's name beside values of no known shape is nothing: nearly every answer of KMS, and much else, has one.
pub(in crate::input) fn record(values: Vec<Node>) -> Option<Node> {
    let mut fields: Vec<(&'static str, Node)> = Vec::new();
    let mut has_others = false;
    for value in values {
        if matches!(value.value, Value::Null) {
            continue;
        }
        let shape = value
            .as_str()
            .and_then(|text| SHAPES.iter().find(|(_, shape)| shape(text)));
        let Some((name, _)) = shape else {
            has_others = true;
            continue;
        };
        if let Some((_, own)) = fields.iter().find(|(own, _)| own == name) {
            // CustomerMasterKeySpec and KeySpec say the same.
            if *name == "KeySpec" && own.as_str() == value.as_str() {
                continue;
            }
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
    let said = fields
        .iter()
        .filter(|(name, _)| OF_METADATA.contains(name))
        .count();
    let is_metadata = !is_export && !is_alias && (said > 1 || (said > 0 && !has_others));
    if !is_export && !is_alias && !is_metadata && has_others {
        return None;
    }
    if has(&["KeyArn"]) && (is_export || is_alias) {
        fields.retain(|(name, _)| *name != "KeyId");
    }
    for (name, _) in &mut fields {
        match *name {
            "KeyArn" | "KeyId" if is_export => *name = "KeyId",
            "KeyArn" | "KeyId" if is_alias => *name = "TargetKeyId",
            "KeyArn" if is_metadata => *name = "Arn",
            _ => {}
        }
    }
    Some(aws_names::object(fields))
}

/// True for what DescribeKey says of a key.
pub(in crate::input) fn is_metadata(row: &Node) -> bool {
    row.get_any(&["PublicKey", "AliasName", "AliasArn"]).is_none() && row.get_any(OF_METADATA).is_some()
}

/// True for a record that says more than the names of a key.
pub(in crate::input) fn says_more(row: &Node) -> bool {
    row.members()
        .iter()
        .any(|member| !matches!(member.key.as_str(), "KeyId" | "KeyArn"))
}

/// Records as the list that an AWS output has them in.
pub(in crate::input) fn list(rows: Vec<Node>) -> Option<Node> {
    let (first, last) = (rows.first()?.span.start, rows.last()?.span.end);
    let all = |names: &[&str]| rows.iter().all(|row| row.get_any(names).is_some());
    if rows.iter().all(is_metadata) {
        let mut answers: Vec<Node> = rows.into_iter().map(|row| member("KeyMetadata", row)).collect();
        return match answers.len() {
            1 => answers.pop(),
            _ => Some(Node {
                span: first..last,
                value: Value::Array(answers),
            }),
        };
    }
    let name = if all(&["AliasName", "AliasArn"]) {
        // Names alone say nothing of any key.
        rows.iter().find(|row| row.get("TargetKeyId").is_some())?;
        "Aliases"
    } else if all(&["PublicKey"]) {
        return Some(Node {
            span: first..last,
            value: Value::Array(rows),
        });
    } else {
        // A key id alone is the form of half the ids in the world.
        if let [row] = rows.as_slice()
            && !row
                .members()
                .iter()
                .any(|member| member.value.as_str().is_some_and(aws_names::key_arn))
        {
            return None;
        }
        "Keys"
    };
    Some(member(
        name,
        Node {
            span: first..last,
            value: Value::Array(rows),
        },
    ))
}

/// An object of one member.
pub(in crate::input) fn member(name: &str, value: Node) -> Node {
    Node {
        span: value.span.clone(),
        value: Value::Object(vec![Member {
            key: name.to_owned(),
            key_span: value.span.start..value.span.start,
            value,
        }]),
    }
}
