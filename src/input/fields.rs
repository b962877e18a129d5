//! Reading fields of the AWS CLI's JSON, with a word on each that is not what the API says.

use crate::arn::KeyRef;
use crate::evidence::{Field, Trouble, redacted};
use crate::json::Node;
use crate::source::Span;

use super::Probe;

/// Reads members of one object and collects what is wrong with them.
pub(super) struct Fields<'p> {
    probe: &'p Probe,
    /// What is wrong so far.
    pub(super) troubles: Vec<Trouble>,
}

impl<'p> Fields<'p> {
    /// Starts with the duplicate keys of the whole document.
    pub(super) fn new(probe: &'p Probe) -> Self {
        let mut fields = Self {
            probe,
            troubles: Vec::new(),
        };
        if let Some(root) = probe.tree() {
            fields.troubles = duplicates(root, |range| probe.span(range));
        }
        fields
    }

    /// A string member.
    pub(super) fn text(&mut self, object: &Node, key: &str) -> Option<Field<String>> {
        let node = object.get(key)?;
        match &node.value {
            crate::json::Value::String(text) => Some(Field {
                value: text.clone(),
                span: self.probe.at(node),
            }),
            crate::json::Value::Null => None,
            _ => self.bad(node, format!("{key} must be a string, not {}", node.kind())),
        }
    }

    /// A string or number member, as text: dates are seconds in version 1 of the AWS CLI and text in version 2.
    pub(super) fn scalar(&mut self, object: &Node, key: &str) -> Option<Field<String>> {
        let node = object.get(key)?;
        match &node.value {
            crate::json::Value::Number(text) => Some(Field {
                value: text.clone(),
                span: self.probe.at(node),
            }),
            _ => self.text(object, key),
        }
    }

    /// A member with an account id; nothing for one that is masked.
    pub(super) fn account(&mut self, object: &Node, key: &str) -> Option<Field<String>> {
        self.scalar(object, key)
            .filter(|field| redacted::in_account(&field.value).is_empty())
    }

    /// A Boolean member.
    pub(super) fn bool(&mut self, object: &Node, key: &str) -> Option<Field<bool>> {
        let node = object.get(key)?;
        match node.as_bool() {
            Some(value) => Some(Field {
                value,
                span: self.probe.at(node),
            }),
            None => self.bad(node, format!("{key} must be true or false, not {}", node.kind())),
        }
    }

    /// A member that names a key.
    pub(super) fn key(&mut self, object: &Node, key: &str) -> Option<Field<KeyRef>> {
        let text = self.text(object, key)?;
        let span = text.span;
        if redacted::is_masked(&text.value) {
            // Said by the check for masked values. A key id that is whole names the key, whatever hides the account.
            let value = redacted::key_id(&text.value).and_then(KeyRef::parse)?;
            return Some(Field { value, span });
        }
        let value = KeyRef::parse(&text.value);
        if value.is_none() {
            let message = format!("{key} is no key id, key ARN or alias: it is not used to join files");
            self.troubles.push(Trouble::BadValue { span, message });
        }
        Some(Field { value: value?, span })
    }

    /// A member that names the key, or else the command above the output, in a copy of a terminal.
    pub(super) fn key_or_command(&mut self, object: &Node, key: &str) -> Option<Field<KeyRef>> {
        self.key(object, key).or_else(|| self.probe.key_of_command())
    }

    /// The key that the command above the output names.
    pub(super) fn key_of_command(&self) -> Option<Field<KeyRef>> {
        self.probe.key_of_command()
    }

    /// The items of a list member; anything else is a trouble.
    pub(super) fn list<'n>(&mut self, object: &'n Node, key: &str) -> &'n [Node] {
        match object.get(key) {
            Some(node) if node.is_array() => node.items(),
            Some(node) => {
                self.bad::<()>(node, format!("{key} must be a list, not {}", node.kind()));
                &[]
            }
            None => &[],
        }
    }

    /// Where an export says that it is one page of several: `Truncated` or `IsTruncated` true, or a next-page token.
    pub(super) fn truncated(&self, object: &Node) -> Option<Span> {
        let more = object.members().iter().find(|member| match member.key.as_str() {
            "Truncated" | "IsTruncated" => {
                member.value.as_bool() == Some(true)
                    || member
                        .value
                        .as_str()
                        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
            }
            "NextToken" | "NextMarker" | "Marker" => {
                member.value.as_str().is_some_and(|text| !text.is_empty())
            }
            _ => false,
        })?;
        Some(self.probe.span(more.key_span.start..more.value.span.end))
    }

    fn bad<T>(&mut self, node: &Node, message: String) -> Option<T> {
        self.troubles.push(Trouble::BadValue {
            span: self.probe.at(node),
            message,
        });
        None
    }
}

/// The duplicate keys of a tree as troubles.
pub(super) fn duplicates(root: &Node, span: impl Fn(std::ops::Range<usize>) -> Span) -> Vec<Trouble> {
    root.duplicates()
        .into_iter()
        .map(|duplicate| Trouble::DuplicateKey {
            key: duplicate.key,
            first: span(duplicate.first),
            second: span(duplicate.second),
        })
        .collect()
}
