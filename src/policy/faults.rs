//! What AWS refuses in a document, and what it takes for something else than it looks like.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language"; KMS API Reference, `PutKeyPolicy`; Amazon S3 User
//! Guide, "Bucket policies".

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Document, Kind};
use crate::json::{Node, Value};

/// Bytes of a key policy (KMS developer guide, "Quotas").
const KEY_POLICY_BYTES: usize = 32_768;
/// Bytes of a bucket policy (Amazon S3 User Guide, "Bucket policies").
const BUCKET_POLICY_BYTES: usize = 20_480;

/// What kind of fault (IAM User Guide, "Grammar of the IAM JSON policy language").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultCode {
    /// A member stands twice in one object.
    DuplicateMember,
    /// Two condition keys, or two operators, differ in letter case only.
    DuplicateKeyInOtherCase,
    /// An element that the grammar does not have.
    UnknownElement,
    /// An element of another type.
    WrongType,
    /// An element that must be there is not.
    MissingElement,
    /// An element and its negation.
    BothElements,
    /// A list without entries.
    EmptyList,
    /// A value that the element cannot have.
    WrongValue,
    /// The document is larger than AWS takes.
    TooLarge,
    /// A character that AWS does not take.
    BadCharacter,
    /// Two statements have the same `Sid`.
    DuplicateSid,
}

impl FaultCode {
    /// The code in kebab-case (IAM User Guide, "Grammar of the IAM JSON policy language").
    pub fn id(self) -> &'static str {
        match self {
            Self::DuplicateMember => "duplicate-member",
            Self::DuplicateKeyInOtherCase => "duplicate-key-in-other-case",
            Self::UnknownElement => "unknown-element",
            Self::WrongType => "wrong-type",
            Self::MissingElement => "missing-element",
            Self::BothElements => "both-elements",
            Self::EmptyList => "empty-list",
            Self::WrongValue => "wrong-value",
            Self::TooLarge => "too-large",
            Self::BadCharacter => "bad-character",
            Self::DuplicateSid => "duplicate-sid",
        }
    }
}

/// One fault (IAM User Guide, "Grammar of the IAM JSON policy language").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub code: FaultCode,
    /// Where.
    pub span: Range<usize>,
    /// The other place, of two that do not go together.
    pub related: Option<Range<usize>>,
    /// In words.
    pub message: String,
}

struct Faults {
    kind: Kind,
    found: Vec<Fault>,
}

/// The faults of a document that is meant to be of this kind, in the order of the text.
pub(super) fn find(document: &Document, kind: Kind) -> Vec<Fault> {
    let mut faults = Faults {
        kind,
        found: Vec::new(),
    };
    if let Some(text) = document.source() {
        faults.text(text);
    }
    let root = &document.root;
    for pair in root.duplicates() {
        let message = format!(
            "\"{}\" stands twice: most readers take the second, AWS refuses both",
            pair.key
        );
        faults.add(
            FaultCode::DuplicateMember,
            &pair.second,
            Some(pair.first),
            message,
        );
    }
    faults.document(root);
    faults.found.sort_by_key(|fault| fault.span.start);
    faults.found
}

impl Faults {
    fn add(
        &mut self,
        code: FaultCode,
        span: &Range<usize>,
        related: Option<Range<usize>>,
        message: impl Into<String>,
    ) {
        self.found.push(Fault {
            code,
            span: span.clone(),
            related,
            message: message.into(),
        });
    }

    fn one(&mut self, code: FaultCode, node: &Node, message: impl Into<String>) {
        self.add(code, &node.span, None, message);
    }

    fn text(&mut self, text: &str) {
        let most = match self.kind {
            Kind::Key => Some(KEY_POLICY_BYTES),
            Kind::Bucket => Some(BUCKET_POLICY_BYTES),
            _ => None,
        };
        if let Some(most) = most.filter(|most| text.len() > *most) {
            let message = format!("it has {} bytes, AWS takes {most}", text.len());
            self.add(FaultCode::TooLarge, &(most..text.len()), None, message);
        }
        let bad = |char: &char| !matches!(char, '\t' | '\n' | '\r' | ' '..='\u{ff}');
        let first = text.char_indices().find(|(_, char)| bad(char));
        if let Some((at, char)) = first {
            let count = text.chars().filter(bad).count();
            let message = format!(
                "U+{:04X} is not among the characters that AWS takes (tab, line breaks, U+0020 to U+00FF); {count} in all",
                u32::from(char)
            );
            let span = at..at.saturating_add(char.len_utf8());
            self.add(FaultCode::BadCharacter, &span, None, message);
        }
    }

    fn document(&mut self, root: &Node) {
        if !root.is_object() {
            let message = format!("a policy document is an object, not {}", root.kind());
            return self.one(FaultCode::WrongType, root, message);
        }
        for member in root.members() {
            match member.key.as_str() {
                "Statement" => {}
                "Version" => {
                    if self.string("Version", &member.value)
                        && !matches!(member.value.as_str(), Some("2012-10-17" | "2008-10-17"))
                    {
                        let message = "Version is \"2012-10-17\" or \"2008-10-17\"";
                        self.one(FaultCode::WrongValue, &member.value, message);
                    }
                }
                "Id" => {
                    self.string("Id", &member.value);
                }
                other => {
                    let message = format!("a policy document has no element \"{other}\"");
                    self.add(FaultCode::UnknownElement, &member.key_span, None, message);
                }
            }
        }
        let Some(list) = root.get("Statement") else {
            return self.one(FaultCode::MissingElement, root, "the document has no Statement");
        };
        if list.one_or_many().is_empty() {
            self.one(FaultCode::EmptyList, list, "the document has no statement");
        }
        let mut sids: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for statement in list.one_or_many() {
            self.statement(statement);
            let Some(sid) = statement.get("Sid") else { continue };
            let Some(text) = sid.as_str().filter(|text| !text.is_empty()) else {
                continue;
            };
            if let Some(first) = sids.insert(text, sid.span.clone()) {
                let message = format!("another statement has the Sid \"{text}\" as well");
                self.add(FaultCode::DuplicateSid, &sid.span, Some(first), message);
            }
        }
    }

    /// Complains unless the value is a string.
    fn string(&mut self, name: &str, value: &Node) -> bool {
        if value.as_str().is_none() {
            let message = format!("{name} is a string, not {}", value.kind());
            self.one(FaultCode::WrongType, value, message);
        }
        value.as_str().is_some()
    }

    fn strings(&mut self, name: &str, value: &Node) {
        if value.one_or_many().is_empty() {
            self.one(FaultCode::EmptyList, value, format!("{name} has no entry"));
        }
        for item in value.one_or_many() {
            self.string(name, item);
        }
    }

    fn statement(&mut self, node: &Node) {
        if !node.is_object() {
            let message = format!("a statement is an object, not {}", node.kind());
            return self.one(FaultCode::WrongType, node, message);
        }
        for member in node.members() {
            let value = &member.value;
            match member.key.as_str() {
                "Sid" => self.sid(value),
                "Effect" => {
                    if self.string("Effect", value) && !matches!(value.as_str(), Some("Allow" | "Deny")) {
                        self.one(FaultCode::WrongValue, value, "Effect is \"Allow\" or \"Deny\"");
                    }
                }
                "Principal" | "NotPrincipal" => self.principal(&member.key, value),
                "Action" | "NotAction" | "Resource" | "NotResource" => self.strings(&member.key, value),
                "Condition" => self.condition(value),
                other => {
                    let message = format!("a statement has no element \"{other}\"");
                    self.add(FaultCode::UnknownElement, &member.key_span, None, message);
                }
            }
        }
        for (name, not) in [
            ("Principal", "NotPrincipal"),
            ("Action", "NotAction"),
            ("Resource", "NotResource"),
        ] {
            if let (Some(first), Some(second)) = (node.get(name), node.get(not)) {
                let related = Some(first.span.clone());
                let message = format!("a statement has {name} or {not}, not both");
                self.add(FaultCode::BothElements, &second.span, related, message);
            }
        }
        if node.get("Effect").is_none() {
            self.one(FaultCode::MissingElement, node, "the statement has no Effect");
        }
        if node.get_any(&["Action", "NotAction"]).is_none() {
            let message = "the statement has no Action: it has no effect";
            self.one(FaultCode::MissingElement, node, message);
        }
        if self.kind != Kind::Trust && node.get_any(&["Resource", "NotResource"]).is_none() {
            let message = "the statement has no Resource: it has no effect";
            self.one(FaultCode::MissingElement, node, message);
        }
        let principal = node.get_any(&["Principal", "NotPrincipal"]);
        match (self.kind, principal) {
            (Kind::Identity, Some(value)) => {
                let message = "a policy of an identity has no Principal: it is that identity";
                self.one(FaultCode::UnknownElement, value, message);
            }
            (Kind::Identity, None) | (_, Some(_)) => {}
            (_, None) => self.one(FaultCode::MissingElement, node, "the statement has no Principal"),
        }
    }

    fn sid(&mut self, value: &Node) {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if self.string("Sid", value) && self.kind == Kind::Identity && !value.as_str().is_some_and(plain) {
            let message = "in a policy of an identity a Sid has letters and digits only";
            self.one(FaultCode::WrongValue, value, message);
        }
    }

    fn principal(&mut self, name: &str, value: &Node) {
        match &value.value {
            Value::String(text) if text == "*" => {}
            Value::String(_) => {
                let message = format!("{name} is \"*\", or an object such as {{\"AWS\": …}}");
                self.one(FaultCode::WrongValue, value, message);
            }
            Value::Object(members) => {
                if members.is_empty() {
                    self.one(FaultCode::EmptyList, value, format!("{name} has no entry"));
                }
                for member in members {
                    if !["AWS", "Service", "Federated", "CanonicalUser"].contains(&member.key.as_str()) {
                        let message = format!("there are no principals of the kind \"{}\"", member.key);
                        self.add(FaultCode::UnknownElement, &member.key_span, None, message);
                    }
                    self.strings(name, &member.value);
                }
            }
            _ => self.one(
                FaultCode::WrongType,
                value,
                format!("{name} is \"*\" or an object, not {}", value.kind()),
            ),
        }
    }

    fn condition(&mut self, value: &Node) {
        if !value.is_object() {
            let message = format!("Condition is an object, not {}", value.kind());
            return self.one(FaultCode::WrongType, value, message);
        }
        self.other_case(value, "operator");
        for operator in value.members() {
            if !operator.value.is_object() {
                let message = format!(
                    "\"{}\" holds an object, not {}",
                    operator.key,
                    operator.value.kind()
                );
                self.one(FaultCode::WrongType, &operator.value, message);
                continue;
            }
            self.other_case(&operator.value, "condition key");
            for key in operator.value.members() {
                for item in key.value.one_or_many() {
                    if !matches!(item.value, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
                        let message = format!(
                            "a value of a condition is a string, a number or a Boolean, not {}",
                            item.kind()
                        );
                        self.one(FaultCode::WrongType, item, message);
                    }
                }
            }
        }
    }

    /// Two names of one thing, which IAM takes without regard to letter case.
    fn other_case(&mut self, node: &Node, what: &str) {
        let mut seen: BTreeMap<String, (&str, Range<usize>)> = BTreeMap::new();
        for member in node.members() {
            let own = (member.key.as_str(), member.key_span.clone());
            if let Some((name, first)) = seen.insert(member.key.to_ascii_lowercase(), own)
                && name != member.key
            {
                let message = format!("the {what} \"{}\" stands there as \"{name}\" already", member.key);
                self.add(
                    FaultCode::DuplicateKeyInOtherCase,
                    &member.key_span,
                    Some(first),
                    message,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str, kind: Kind) -> Vec<(&'static str, &str)> {
        Document::parse(text)
            .unwrap()
            .faults(kind)
            .into_iter()
            .map(|fault| (fault.code.id(), &text[fault.span]))
            .collect()
    }

    #[test]
    fn every_fault_has_its_place() {
        let good = r#"{"Version":"2012-10-17","Id":"x y","Statement":{"Sid":"a b","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"a:b":true}}}}"#;
        assert_eq!(codes(good, Kind::Key), []);
        for (from, to, code, at) in [
            ("\"2012-10-17\"", "\"2012\"", "wrong-value", "\"2012\""),
            ("\"2012-10-17\"", "2012", "wrong-type", "2012"),
            ("\"x y\"", "{}", "wrong-type", "{}"),
            ("\"Id\"", "\"id\"", "unknown-element", "\"id\""),
            ("\"Allow\"", "\"allow\"", "wrong-value", "\"allow\""),
            ("\"kms:*\"", "[]", "empty-list", "[]"),
            ("\"kms:*\"", "[7]", "wrong-type", "7"),
            (
                "\"Resource\":\"*\"",
                "\"Resource\":\"*\",\"NotResource\":\"a\"",
                "both-elements",
                "\"a\"",
            ),
            (
                "\"Principal\":\"*\"",
                "\"Principal\":\"a\"",
                "wrong-value",
                "\"a\"",
            ),
            (
                "\"Principal\":\"*\"",
                "\"Principal\":{\"Aws\":\"*\"}",
                "unknown-element",
                "\"Aws\"",
            ),
            (
                "\"a:b\":true",
                "\"a:b\":true,\"A:b\":1",
                "duplicate-key-in-other-case",
                "\"A:b\"",
            ),
            ("\"a:b\":true", "\"a:b\":null", "wrong-type", "null"),
            ("{\"Bool\":{\"a:b\":true}}", "7", "wrong-type", "7"),
            (
                "\"Effect\":\"Allow\"",
                "\"Effect\":\"Deny\",\"Effect\":\"Allow\"",
                "duplicate-member",
                "\"Effect\"",
            ),
            ("x y", "x \u{2014}", "bad-character", "\u{2014}"),
        ] {
            let text = good.replace(from, to);
            let found = codes(&text, Kind::Key);
            assert_eq!(found, [(code, at)], "{text}");
        }
        let without = good.replace("\"Resource\":\"*\",", "");
        assert_eq!(codes(&without, Kind::Key)[0].0, "missing-element");
        assert_eq!(codes(&without, Kind::Trust), []);
        assert!(
            codes(good, Kind::Identity)
                .iter()
                .any(|(code, at)| *code == "wrong-value" && *at == "\"a b\"")
        );
        let large = format!("{good}{}", " ".repeat(40_000));
        assert_eq!(codes(&large, Kind::Key)[0].0, "too-large");
        let twice = r#"{"Statement":[{"Sid":"a","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
        assert_eq!(codes(twice, Kind::Key), [("duplicate-sid", "\"a\"")]);
        assert_eq!(codes("7", Kind::Key)[0].0, "wrong-type");
    }
}
