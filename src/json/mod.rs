//! A JSON tree that knows where everything stands.
//!
//! Built on `serde_json`'s `RawValue`, which borrows from the text, so the span of a value or a key is a difference
//! of addresses. Unlike a `Map`, a tree keeps duplicate keys: an auditor must see that a document says two things.
//! Nesting and the number of values are limited, because skipping over a `RawValue` is not covered by
//! `serde_json`'s own recursion limit.

pub mod edit;
mod fault;
mod parse;
mod pointer;
mod strings;

use std::ops::Range;

pub use parse::{JsonError, Limits, parse};
pub use strings::string_view;

/// One value and its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Byte range of the value, quotes and brackets included.
    pub span: Range<usize>,
    /// What it is.
    pub value: Value,
}

/// A JSON value (RFC 8259).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written: no digit is lost.
    Number(String),
    /// A string, escapes resolved.
    String(String),
    /// Bytes, in a notation that has them: YAML's `!!binary`, Python's `b"…"`. JSON has none.
    Bytes(Vec<u8>),
    /// An array.
    Array(Vec<Node>),
    /// An object, members in the order of the text, duplicates kept.
    Object(Vec<Member>),
}

/// One `"key": value` of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key, escapes resolved.
    pub key: String,
    /// Byte range of the key, quotes included.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// Two members of one object with the same key (RFC 8259 section 4: the names should be unique).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// RFC 6901 pointer of the object.
    pub object: String,
    /// Place of the earlier key.
    pub first: Range<usize>,
    /// Place of the later key, whose value most readers take.
    pub second: Range<usize>,
}

impl Node {
    /// The member `key` of an object; of duplicates the last one, as AWS and most readers take it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members()
            .iter()
            .rev()
            .find(|member| member.key == key)
            .map(|member| &member.value)
    }

    /// The first member of an object that one of `keys` names.
    pub fn get_any(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// True for an object that has all of `keys`.
    pub fn has(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.get(key).is_some())
    }

    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The items of an array, or the value itself where it stands alone: IAM's "a single value needs no list".
    pub fn one_or_many(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// The members of an object, to be added to.
    pub(crate) fn members_mut(&mut self) -> Option<&mut Vec<Member>> {
        match &mut self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The last item of an array, or the value itself: the record that what follows belongs to.
    pub(crate) fn last_record_mut(&mut self) -> Option<&mut Node> {
        if !self.is_array() {
            return Some(self);
        }
        match &mut self.value {
            Value::Array(items) => items.last_mut(),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string member.
    pub fn str_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::as_str)
    }

    /// The value of a Boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A number as an unsigned integer, where it is one.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.value {
            Value::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// True for an object.
    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// True for an array.
    pub fn is_array(&self) -> bool {
        matches!(self.value, Value::Array(_))
    }

    /// What the value is, in a word for a message.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a Boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Bytes(_) => "bytes",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// All keys that stand twice in one object, in the order of the text.
    pub fn duplicates(&self) -> Vec<Duplicate> {
        let mut found = Vec::new();
        self.collect_duplicates(&mut String::new(), &mut found);
        found
    }

    fn collect_duplicates(&self, at: &mut String, found: &mut Vec<Duplicate>) {
        match &self.value {
            Value::Object(members) => {
                let mut seen = std::collections::BTreeMap::new();
                for member in members {
                    if let Some(first) = seen.insert(member.key.as_str(), member.key_span.clone()) {
                        found.push(Duplicate {
                            key: member.key.clone(),
                            object: at.clone(),
                            first,
                            second: member.key_span.clone(),
                        });
                    }
                    let length = at.len();
                    pointer::push(at, &member.key);
                    member.value.collect_duplicates(at, found);
                    at.truncate(length);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let length = at.len();
                    pointer::push(at, &index.to_string());
                    item.collect_duplicates(at, found);
                    at.truncate(length);
                }
            }
            _ => {}
        }
    }

    /// The RFC 6901 pointer of the innermost value that covers `span`.
    pub fn pointer_to(&self, span: &Range<usize>) -> String {
        pointer::find(self, span)
    }
}
