//! From names and values to settings. The value of a private key is dropped here.

use crate::evidence::{Trouble, redacted};
use crate::hyperlane::agent::{Setting, Value, flat, is_relevant};
use crate::input::Probe;
use crate::json::{self, Node};
use crate::source::Span;

/// How deep a configuration nests where it says something of keys.
const DEPTH: usize = 6;

/// The most settings of one source.
const MOST: usize = 50_000;

/// What was found in a tree.
#[derive(Default)]
pub(super) struct Found {
    pub(super) found: Vec<Setting>,
    pub(super) troubles: Vec<Trouble>,
}

/// A setting, where it is one that matters.
pub(super) fn setting(path: Vec<String>, written: String, text: &str, span: Span) -> Option<Setting> {
    is_relevant(&path).then(|| Setting {
        value: value(&path, text),
        path,
        written,
        span,
    })
}

/// A setting whose value is not there: it comes from elsewhere.
pub(super) fn unknown(path: Vec<String>, written: String, shown: &str, span: Span) -> Option<Setting> {
    is_relevant(&path).then(|| Setting {
        value: if is_secret(&path) {
            Value::Withheld
        } else {
            Value::Unknown(shown.to_owned())
        },
        path,
        written,
        span,
    })
}

/// True for a setting whose value is a private key.
fn is_secret(path: &[String]) -> bool {
    path.last()
        .is_some_and(|leaf| matches!(leaf.as_str(), "key" | "identity"))
}

fn value(path: &[String], text: &str) -> Value {
    if is_secret(path) {
        Value::Withheld
    } else if is_unknown(text) {
        Value::Unknown(crate::address::shown(text))
    } else {
        Value::Text(crate::address::shown(text))
    }
}

/// True for a text with a part that only a shell, a deployment or its reader fills in.
fn is_unknown(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        if after.starts_with(['{', '(', '_']) || after.starts_with(|char: char| char.is_ascii_alphabetic()) {
            return true;
        }
        rest = after;
    }
    text.contains("{{") || redacted::is_masked(text) || redacted::is_placeholder(text)
}

/// The settings of a configuration file.
pub(super) fn of_tree(probe: &Probe, object: &Node) -> Found {
    let mut found = Found::default();
    for duplicate in object.duplicates() {
        found.troubles.push(Trouble::DuplicateKey {
            key: duplicate.key,
            first: probe.span(duplicate.first),
            second: probe.span(duplicate.second),
        });
    }
    walk(probe, object, &mut Vec::new(), &mut found);
    if found.found.len() >= MOST {
        found.troubles.push(Trouble::BadValue {
            span: probe.at(object),
            message: format!("of its settings the first {MOST} are read"),
        });
    }
    found
}

fn walk(probe: &Probe, node: &Node, names: &mut Vec<String>, found: &mut Found) {
    if names.len() >= DEPTH || found.found.len() >= MOST {
        return;
    }
    for member in node.members() {
        names.push(member.key.clone());
        let path: Vec<String> = names.iter().map(|name| flat(name)).collect();
        let written = names.join(".");
        let span = probe.at(&member.value);
        match &member.value.value {
            json::Value::Object(_) if !is_whole(&path) => walk(probe, &member.value, names, found),
            json::Value::Null => {}
            json::Value::String(text) | json::Value::Number(text) => {
                found.found.extend(setting(path, written, text, span));
            }
            json::Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Node::as_str).collect();
                found.found.extend(setting(path, written, &items.join(","), span));
            }
            _ => found.found.extend(setting(path, written, "", span)),
        }
        names.pop();
    }
}

/// True for an object that is one setting here.
fn is_whole(path: &[String]) -> bool {
    path.len() == 1 && path.first().is_some_and(|first| first != "chains") && is_relevant(path)
}
