//! What a tree is when its names are not those of an AWS output: a value alone, an answer inside an answer, columns that
//! somebody picked with `--query`.

use super::Probe;
use super::notation::by_shape;
use crate::arn::KeyRef;
use crate::json::{Member, Node, Value};
use crate::source::OffsetMap;

/// The content of a tree that is one value: a quoted string (`--query PublicKey`), bytes, or bytes as SDKs dump them.
pub(super) fn content(probe: &Probe, node: &Node) -> Option<(&'static str, Vec<u8>, OffsetMap)> {
    if node.as_str().is_some() {
        let (content, map) = probe.content(node)?;
        return Some(("string", content, map));
    }
    let (bytes, map) = byte_content(probe, node)?;
    Some(("bytes", bytes, map))
}

/// Bytes in any of the ways that programs dump them: bytes of the notation, `{"type":"Buffer","data":[48,…]}` (Node),
/// `{"0":48,"1":86,…}` (a `Uint8Array` as JSON), a list of decimal numbers, where negative ones are signed bytes (Java).
pub(super) fn byte_content(probe: &Probe, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
    let items: Vec<&Node> = match &node.value {
        Value::Bytes(_) => return probe.content(node),
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) if node.str_of("type") == Some("Buffer") && members.len() == 2 => {
            node.get("data")?.items().iter().collect()
        }
        Value::Object(members) => members
            .iter()
            .enumerate()
            .map(|(index, member)| (member.key == index.to_string()).then_some(&member.value))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    if items.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(items.len());
    let mut map = OffsetMap::new();
    for item in items {
        let Value::Number(digits) = &item.value else {
            return None;
        };
        let number: i16 = digits.parse().ok()?;
        let byte = match number {
            0..=255 => u8::try_from(number).ok()?,
            -128..=-1 => u8::try_from(number.checked_add(256)?).ok()?,
            _ => return None,
        };
        let at = bytes.len();
        bytes.push(byte);
        map.replaced(at..at.saturating_add(1), item.span.clone());
    }
    Some((bytes, map))
}

/// Members that hold the answer itself in the dump of an SDK or of a tool around one.
const WRAPPERS: [&str; 10] = [
    "data",
    "Data",
    "response",
    "Response",
    "result",
    "body",
    "output",
    "key",
    "keys",
    "TemplateBody",
];

/// True for a member that [`wrapped`] looks into.
pub(super) fn is_wrapper(name: &str) -> bool {
    WRAPPERS.contains(&name)
}

/// What a tree may stand for, the likeliest first; `is_whole` for a tree that is the whole answer of a command.
pub(super) fn wrapped(node: &Node, is_whole: bool) -> Vec<Node> {
    let mut found: Vec<Node> = WRAPPERS
        .iter()
        .filter_map(|name| node.get(name))
        .filter(|inner| inner.is_object() || inner.is_array())
        .cloned()
        .collect();
    found.extend(bare(node, is_whole));
    found
}

/// A text that a tree holds as a string: the template in the answer of `aws cloudformation get-template`.
pub(super) fn wrapped_text(node: &Node) -> Option<(&'static str, &Node)> {
    let body = node.get("TemplateBody").filter(|body| body.as_str().is_some())?;
    Some(("template", body))
}

/// True for the text of a document inside a string: JSON, or PEM.
pub(super) fn is_document(text: &str) -> bool {
    (text.trim_start().starts_with('{') && text.contains('"')) || text.contains("-----BEGIN ")
}

/// Names as other languages write them (`publicKey`, `public_key`), as the API has them. Nothing where no name is one of
/// an answer of KMS.
pub(super) fn renamed(node: &Node) -> Option<Node> {
    const TELLING: [&str; 8] = [
        "PublicKey",
        "KeyMetadata",
        "Grants",
        "Aliases",
        "PolicyNames",
        "PolicyName",
        "Signature",
        "KeyUsage",
    ];
    let lower = |member: &Member| member.key.starts_with(|first: char| first.is_ascii_lowercase());
    let members = node.members();
    let is_own = !members.is_empty()
        && members.iter().all(lower)
        && members
            .iter()
            .any(|member| TELLING.contains(&api_name(&member.key).as_str()));
    is_own.then(|| with_api_names(node, 0))
}

fn with_api_names(node: &Node, depth: usize) -> Node {
    let value = match &node.value {
        // Deeper than any answer: left as it is.
        _ if depth > 6 => node.value.clone(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|member| Member {
                    key: api_name(&member.key),
                    key_span: member.key_span.clone(),
                    value: with_api_names(&member.value, depth.saturating_add(1)),
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| with_api_names(item, depth.saturating_add(1)))
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        span: node.span.clone(),
        value,
    }
}

fn api_name(name: &str) -> String {
    if matches!(name, "awsAccountId" | "aws_account_id") {
        return "AWSAccountId".to_owned();
    }
    name.split('_')
        .map(|part| {
            let mut chars = part.chars();
            chars.next().map_or(String::new(), |first| {
                format!("{}{}", first.to_ascii_uppercase(), chars.as_str())
            })
        })
        .collect()
}

/// What `--query` took out of its member: the metadata of a key, a list without its name.
///
/// The names of policies are words that many lists have: they are taken where the list is the whole answer.
fn bare(node: &Node, is_whole: bool) -> Option<Node> {
    if node.is_object() {
        let names_key = ["KeyId", "Arn"].iter().any(|name| {
            node.str_of(name)
                .is_some_and(|value| KeyRef::parse(value).is_some())
        });
        let said = ["KeyState", "KeyUsage", "Origin", "KeyManager", "CreationDate"]
            .iter()
            .filter(|name| node.get(name).is_some_and(|value| !value.is_object()))
            .count();
        // A name that is masked counts where the rest leaves no doubt.
        let is_metadata = (names_key || node.get_any(&["KeyId", "Arn"]).is_some())
            && said > usize::from(!names_key)
            && node.get_any(&["PublicKey", "GrantId"]).is_none();
        return is_metadata.then(|| by_shape::member("KeyMetadata", node.clone()));
    }
    let items = node.items();
    let all = |marks: &[&str]| !items.is_empty() && items.iter().all(|item| item.has(marks));
    let name = if all(&["GrantId"]) {
        "Grants"
    } else if all(&["AliasName"]) {
        "Aliases"
    } else if all(&["TagKey", "TagValue"]) {
        "Tags"
    } else if all(&["KeyArn"]) {
        "Keys"
    } else if all(&["PolicyArn", "PolicyName"]) {
        "AttachedPolicies"
    } else if all(&["AccessKeyId", "UserName", "Status"])
        && items.iter().all(|item| item.get("SecretAccessKey").is_none())
    {
        "AccessKeyMetadata"
    } else if is_whole
        && !items.is_empty()
        && items
            .iter()
            .all(|item| matches!(item.as_str(), Some("default" | "AWS_RAM")))
    {
        "PolicyNames"
    } else {
        return None;
    };
    Some(by_shape::member(name, node.clone()))
}

/// Values whose names are somebody's own, or none: known by their shape.
pub(super) fn columns(node: &Node, is_whole: bool) -> Option<Node> {
    let scalars = |node: &Node| -> Option<Vec<Node>> {
        let items: Vec<&Node> = match &node.value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(members) => members.iter().map(|member| &member.value).collect(),
            _ => return None,
        };
        let flat = items.iter().all(|item| !item.is_array() && !item.is_object());
        (flat && items.len() <= 32).then(|| items.into_iter().cloned().collect())
    };
    // Inside something else, a list of key ARNs is what a statement or a setting is about.
    let items = node.items();
    let texts = is_whole && !items.is_empty() && items.iter().all(|item| item.as_str().is_some());
    if texts
        && items.len() > 1
        && items
            .iter()
            .all(|item| item.as_str().is_some_and(by_shape::is_key))
    {
        let rows = items
            .iter()
            .filter_map(|item| by_shape::record(vec![item.clone()]))
            .collect();
        return by_shape::list(rows);
    }
    if let Some(values) = scalars(node) {
        let row = by_shape::record(values)?;
        if !is_whole && row.get_any(&["KeyArn", "KeyId"]).is_some() && !by_shape::says_more(&row) {
            return None;
        }
        if row.get("PublicKey").is_some() {
            return Some(row);
        }
        // An object that only names a key is anything: an agent's configuration, an event.
        let named = node.is_array() || row.get("TargetKeyId").is_some() || by_shape::is_metadata(&row);
        return by_shape::list(vec![row]).filter(|_| named);
    }
    let rows: Vec<Node> = items
        .iter()
        .map(|item| by_shape::record(scalars(item)?))
        .collect::<Option<_>>()?;
    by_shape::list(rows)
}
