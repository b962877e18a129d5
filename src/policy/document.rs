//! The document model: version, statements and their elements, each with its place.
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".

use std::ops::Range;
use std::sync::Arc;

use super::{ActionPattern, Fault, Kind, Principal, Principals};
use crate::encoding::hex;
use crate::json::{self, JsonError, Limits, Node};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// A value and its byte range in the document's text.
pub type Element<T> = (T, Range<usize>);

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Byte range of the statement, braces included.
    pub span: Range<usize>,
    /// `Sid`
    pub sid: Option<Element<String>>,
    /// `Effect`; nothing where it is missing or misspelt.
    pub effect: Option<Effect>,
    /// `Principal` or `NotPrincipal`.
    pub principals: Option<Principals>,
    /// True for `NotAction`.
    pub not_action: bool,
    /// The entries of `Action` or `NotAction`.
    pub actions: Vec<Element<ActionPattern>>,
    /// True for `NotResource`.
    pub not_resource: bool,
    /// The entries of `Resource` or `NotResource`.
    pub resources: Vec<Element<String>>,
    /// The `Condition` object.
    pub condition: Option<Node>,
}

impl Statement {
    /// The statement's `Sid`, or its number from 1.
    pub fn name(&self, index: usize) -> String {
        match &self.sid {
            Some((sid, _)) => format!("statement \"{sid}\""),
            None => format!("statement {}", index.saturating_add(1)),
        }
    }

    /// True for an `Allow` whose `Action` covers `action`.
    pub fn allows(&self, action: &str) -> bool {
        self.effect == Some(Effect::Allow)
            && !self.not_action
            && self.actions.iter().any(|(pattern, _)| pattern.covers(action))
    }

    /// The condition's entries: operator, condition key, values.
    pub fn conditions(&self) -> Vec<(&str, &str, Vec<&Node>)> {
        let Some(condition) = &self.condition else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        for operator in condition.members() {
            for key in operator.value.members() {
                entries.push((
                    operator.key.as_str(),
                    key.key.as_str(),
                    key.value.one_or_many().iter().collect(),
                ));
            }
        }
        entries
    }
}

/// Something in the document that the grammar does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Byte range of the whole document.
    pub span: Range<usize>,
    /// `Version`
    pub version: Option<Element<String>>,
    /// `Id`
    pub id: Option<Element<String>>,
    /// The statements, in the order of the text.
    pub statements: Vec<Statement>,
    /// What the grammar does not allow.
    pub problems: Vec<Problem>,
    /// Statements, effects and actions that only deployment gives (`${Name}`): what they allow is not known.
    /// Such principals are [`Principal::Unknown`].
    pub unknown: Vec<Range<usize>>,
    /// The JSON tree that the document was read from.
    pub root: Node,
    /// The text, where it was read from one.
    source: Option<Arc<str>>,
}

impl Document {
    /// True for an object that looks like a policy document: it has a `Statement` that is an object or a list.
    pub fn looks_like(root: &Node) -> bool {
        root.get("Statement").is_some_and(|statement| {
            statement.one_or_many().iter().any(|item| {
                item.get_any(&["Effect", "Action", "NotAction", "Principal"])
                    .is_some()
            })
        })
    }

    /// Reads a document from its text, which it keeps (IAM User Guide, "Grammar of the IAM JSON policy language").
    ///
    /// # Errors
    /// The place and the reason, for a text that is no JSON.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let root = json::parse(text, &Limits::default())?;
        Ok(Self {
            source: Some(text.into()),
            ..Self::read(&root)
        })
    }

    /// The text that the document was read from, byte for byte; nothing for one that was read from a tree.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The JSON of the statement of an index.
    pub fn statement_node(&self, index: usize) -> Option<&Node> {
        self.root.get("Statement")?.one_or_many().get(index)
    }

    /// What AWS refuses in a document of this kind, in the order of the text. Size and characters are judged where the
    /// document has its text (KMS API Reference, `PutKeyPolicy`).
    pub fn faults(&self, kind: Kind) -> Vec<Fault> {
        super::faults::find(self, kind)
    }

    /// Reads a document. What the grammar does not allow is kept in [`Document::problems`]; nothing is refused.
    pub fn read(root: &Node) -> Self {
        let mut problems = Vec::new();
        let mut unknown = Vec::new();
        let text = |key: &str| {
            root.get(key)
                .and_then(|node| Some((node.as_str()?.to_owned(), node.span.clone())))
        };
        for member in root.members() {
            if !matches!(member.key.as_str(), "Version" | "Id" | "Statement") {
                problems.push(Problem {
                    span: member.key_span.clone(),
                    message: format!("a policy document has no element \"{}\"", member.key),
                });
            }
        }
        let statements = match root.get("Statement") {
            Some(list) => list
                .one_or_many()
                .iter()
                .map(|node| statement(node, &mut problems, &mut unknown))
                .collect(),
            None => Vec::new(),
        };
        Self {
            span: root.span.clone(),
            version: text("Version"),
            id: text("Id"),
            statements,
            problems,
            unknown,
            root: root.clone(),
            source: None,
        }
    }

    /// The document in its normal form, as JSON text: two documents that say the same have the same.
    ///
    /// One statement and a list of it are equal, and so are an entry and a list of it, whatever the order of lists and
    /// how often an entry stands there; action names in any letter case; an account and its root ARN; the principal
    /// `"*"` and `{"AWS": "*"}`; in conditions `true` and `"true"`. Of names that stand twice, the order is kept.
    pub fn canonical(&self) -> String {
        super::normal::document(&self.root)
    }
}

/// One JSON value as canonical text: members sorted by key, no white space, a one-element list as its element. What
/// fingerprints are made of.
pub(crate) fn canonical(node: &Node) -> String {
    use crate::json::Value;
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(digits) => digits.clone(),
        Value::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Bytes(bytes) => serde_json::Value::from(hex::encode(bytes)).to_string(),
        Value::Array(items) => match items.as_slice() {
            [one] if !one.is_object() => canonical(one),
            items => {
                let mut parts: Vec<String> = items.iter().map(canonical).collect();
                parts.sort();
                format!("[{}]", parts.join(","))
            }
        },
        Value::Object(members) => {
            let mut parts: Vec<String> = members
                .iter()
                .map(|member| {
                    format!(
                        "{}:{}",
                        serde_json::Value::from(member.key.as_str()),
                        canonical(&member.value)
                    )
                })
                .collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
    }
}

/// True for a string with a value in it that only deployment gives.
fn is_unknown(node: &Node) -> bool {
    node.as_str().is_some_and(crate::arn::is_unknown)
}

fn statement(node: &Node, problems: &mut Vec<Problem>, unknown: &mut Vec<Range<usize>>) -> Statement {
    let whole = std::iter::once(node);
    let parts = node.get("Effect").into_iter().chain(
        node.get_any(&["Action", "NotAction"])
            .map(Node::one_or_many)
            .unwrap_or_default(),
    );
    unknown.extend(
        whole
            .chain(parts)
            .filter(|part| is_unknown(part))
            .map(|part| part.span.clone()),
    );
    let mut problem = |span: &Range<usize>, message: String| {
        problems.push(Problem {
            span: span.clone(),
            message,
        });
    };
    if !node.is_object() && !is_unknown(node) {
        problem(
            &node.span,
            format!("a statement must be an object, not {}", node.kind()),
        );
    }
    for member in node.members() {
        let known = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        if !known.contains(&member.key.as_str()) {
            let near = known.iter().find(|name| name.eq_ignore_ascii_case(&member.key));
            let hint = near.map_or(String::new(), |name| {
                format!(": element names are case-sensitive, write \"{name}\"")
            });
            problem(
                &member.key_span,
                format!("a statement has no element \"{}\"{hint}", member.key),
            );
        }
    }
    let effect = effect(node, &mut problem);
    for (name, not) in [
        ("Principal", "NotPrincipal"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ] {
        if let (Some(_), Some(second)) = (node.get(name), node.get(not)) {
            let message = format!("a statement has {name} or {not}, not both");
            problem(&second.span, message);
        }
    }
    if let Some(condition) = node.get("Condition") {
        condition_problems(condition, &mut problem);
    }
    let mut strings = |value: Option<&Node>| -> Vec<Element<String>> {
        let mut list = Vec::new();
        for item in value.map(Node::one_or_many).unwrap_or_default() {
            match item.as_str() {
                Some(text) => list.push((text.to_owned(), item.span.clone())),
                None => problem(&item.span, format!("expected a string, found {}", item.kind())),
            }
        }
        list
    };
    let not_action = node.get("Action").is_none() && node.get("NotAction").is_some();
    let actions = strings(node.get_any(&["Action", "NotAction"]))
        .into_iter()
        .map(|(text, span)| (ActionPattern::new(&text), span))
        .collect();
    let not_resource = node.get("Resource").is_none() && node.get("NotResource").is_some();
    let resources = strings(node.get_any(&["Resource", "NotResource"]));
    Statement {
        span: node.span.clone(),
        sid: node
            .get("Sid")
            .and_then(|sid| Some((sid.as_str()?.to_owned(), sid.span.clone()))),
        effect,
        principals: principals(node, problems),
        not_action,
        actions,
        not_resource,
        resources,
        condition: node.get("Condition").cloned(),
    }
}

/// What a statement does; nothing, and a problem, where it is missing or misspelt.
fn effect(node: &Node, problem: &mut impl FnMut(&Range<usize>, String)) -> Option<Effect> {
    let effect = match node.get("Effect").map(Node::as_str) {
        Some(Some("Allow")) => Some(Effect::Allow),
        Some(Some("Deny")) => Some(Effect::Deny),
        _ => None,
    };
    match node.get("Effect") {
        Some(value) if effect.is_none() && !is_unknown(value) => {
            problem(&value.span, "Effect must be \"Allow\" or \"Deny\"".to_owned());
        }
        // A misspelt one was named above.
        None if !is_unknown(node)
            && !node
                .members()
                .iter()
                .any(|member| member.key.eq_ignore_ascii_case("Effect")) =>
        {
            problem(&node.span, "the statement has no Effect".to_owned());
        }
        _ => {}
    }
    effect
}

/// What in a condition has a type that the grammar does not allow. What only deployment gives has none.
fn condition_problems(condition: &Node, problem: &mut impl FnMut(&Range<usize>, String)) {
    if !condition.is_object() && !is_unknown(condition) {
        let message = format!("Condition must be an object, not {}", condition.kind());
        problem(&condition.span, message);
    }
    for operator in condition.members() {
        if !operator.value.is_object() && !is_unknown(&operator.value) {
            let message = format!(
                "the operator {} must hold an object, not {}",
                operator.key,
                operator.value.kind()
            );
            problem(&operator.value.span, message);
        }
        let values = operator
            .value
            .members()
            .iter()
            .flat_map(|key| key.value.one_or_many());
        for value in values {
            if matches!(
                value.value,
                json::Value::Null | json::Value::Array(_) | json::Value::Object(_)
            ) {
                let message = format!(
                    "a value of a condition must be a string, a number or a Boolean, not {}",
                    value.kind()
                );
                problem(&value.span, message);
            }
        }
    }
}

fn principals(node: &Node, problems: &mut Vec<Problem>) -> Option<Principals> {
    let negated = node.get("Principal").is_none();
    let value = node.get_any(&["Principal", "NotPrincipal"])?;
    let mut list = Vec::new();
    let mut take = |kind: &str, item: &Node| match item.as_str() {
        Some(text) => list.push((Principal::of_kind(kind, text), item.span.clone())),
        None => problems.push(Problem {
            span: item.span.clone(),
            message: format!("a principal must be a string, not {}", item.kind()),
        }),
    };
    if value.is_object() {
        for member in value.members() {
            for item in member.value.one_or_many() {
                take(&member.key, item);
            }
        }
    } else {
        // Only "*" may stand without a kind; other strings are kept for the rules to judge.
        for item in value.one_or_many() {
            take(if item.as_str() == Some("*") { "AWS" } else { "" }, item);
        }
    }
    Some(Principals { negated, list })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn read(text: &str) -> Document {
        Document::read(&parse(text, &Limits::default()).unwrap())
    }

    #[test]
    fn scalars_and_lists_of_one_are_the_same() {
        let a = read(
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Sign","Resource":"*"}}"#,
        );
        let b = read(
            r#"{"Statement":[{"Effect":"Allow","Action":["kms:Sign"],"Resource":["*"],"Principal":{"AWS":["111122223333"]}}]}"#,
        );
        assert_eq!(a.statements.len(), 1);
        assert_eq!(
            a.statements[0]
                .principals
                .as_ref()
                .map(|p| p.iter().cloned().collect::<Vec<_>>()),
            b.statements[0]
                .principals
                .as_ref()
                .map(|p| p.iter().cloned().collect::<Vec<_>>())
        );
        assert_eq!(
            canonical(&a.root.get("Statement").unwrap().clone()),
            canonical(&b.root.get("Statement").unwrap().items()[0])
        );
        assert_eq!(a.canonical(), b.canonical());
    }

    #[test]
    fn a_misspelt_element_is_a_problem_with_a_place() {
        let text = r#"{"Statement":[{"effect":"Deny","Principal":"*","Action":[1]}]}"#;
        let document = read(text);
        let messages: Vec<_> = document
            .problems
            .iter()
            .map(|problem| (&text[problem.span.clone()], problem.message.as_str()))
            .collect();
        assert!(
            messages
                .iter()
                .any(|(at, words)| *at == "\"effect\"" && words.contains("write \"Effect\"")),
            "{messages:?}"
        );
        assert!(
            !messages.iter().any(|(_, words)| words.contains("no Effect")),
            "one fault, one word: {messages:?}"
        );
        assert!(messages.iter().any(|(at, _)| *at == "1"), "{messages:?}");
    }

    #[test]
    fn what_only_deployment_gives_is_unknown_and_no_fault() {
        let text = r#"{"Statement":["${Fn::If}",{"Effect":"${E}","Principal":"*","Action":["kms:Sign","${A}"],"Resource":"*"}]}"#;
        let document = read(text);
        assert_eq!(document.problems, []);
        let places: Vec<&str> = document.unknown.iter().map(|span| &text[span.clone()]).collect();
        assert_eq!(places, ["\"${Fn::If}\"", "\"${E}\"", "\"${A}\""]);
        assert_eq!(document.statements.len(), 2);
        assert_eq!(document.statements[0].effect, None);
        let kind =
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"${A}"},"Action":"${B}","Resource":"*"}}"#;
        assert_eq!(Kind::of(&read(kind)).0, Kind::Key);
    }

    #[test]
    fn kinds_are_told_apart() {
        for (text, kind) in [
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"kms:Sign","Resource":"*"}]}"#,
                Kind::Identity,
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
                Kind::Endpoint,
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
                Kind::Trust,
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#,
                Kind::Bucket,
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*"}]}"#,
                Kind::Key,
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sqs:*","Resource":"*"}]}"#,
                Kind::OtherResource,
            ),
        ] {
            assert_eq!(Kind::of(&read(text)).0, kind, "{text}");
        }
    }
}
