//! Intrinsic functions: what is known of them is put in, and what is not stays a text that says so.
//!
//! `Ref X` becomes `${X}`, `Fn::GetAtt [A, B]` becomes `${A.B}`, as `Fn::Sub` writes them; `Fn::Sub` and `Fn::Join`
//! become their text with these in it; whatever else depends on more than the template becomes `${Fn::Name}`. A value
//! that is removed on deployment (`Ref AWS::NoValue`) is left out.

use std::collections::BTreeMap;

use crate::json::{Member, Node, Value};
use crate::policy::OWN_ACCOUNT;

/// How many bytes functions may make in one template, which itself has at most a megabyte: a text can be put into
/// another many times.
const MOST: usize = 4 << 20;

/// The longest name and path that are put into an ARN: IAM allows 512 characters of path and 64 of name.
const LONGEST: usize = 1_000;

/// Puts in what is known.
pub(super) struct Evaluator {
    /// Bytes that may still be made.
    left: usize,
    /// What the attributes of resources are known to be: `User.Arn`.
    attributes: BTreeMap<String, String>,
}

impl Evaluator {
    /// For one template. The ARN of a user or role that it makes is known but for what deployment gives: the account is
    /// the template's own.
    pub(super) fn new<'n>(resources: impl Iterator<Item = &'n Member>) -> Self {
        let mut evaluator = Self {
            left: MOST,
            attributes: BTreeMap::new(),
        };
        for member in resources {
            if let Some(arn) = evaluator.arn_of_principal(member) {
                evaluator.left = evaluator.left.saturating_sub(arn.len());
                evaluator.attributes.insert(format!("{}.Arn", member.key), arn);
            }
        }
        evaluator
    }

    fn arn_of_principal(&mut self, member: &Member) -> Option<String> {
        let (kind, name) = match member.value.str_of("Type")? {
            "AWS::IAM::User" => ("user", "UserName"),
            "AWS::IAM::Role" => ("role", "RoleName"),
            _ => return None,
        };
        let properties = member.value.get("Properties");
        let mut text = |name: &str, default: String| match properties.and_then(|own| own.get(name)) {
            Some(node) => self.value(node).as_str().map(str::to_owned),
            None => Some(default),
        };
        let path = text("Path", "/".to_owned())?;
        let name = text(name, format!("${{{}}}", member.key))?;
        let is_path = path.starts_with('/') && path.ends_with('/');
        (is_path && path.len().saturating_add(name.len()) <= LONGEST)
            .then(|| format!("arn:${{AWS::Partition}}:iam::{OWN_ACCOUNT}:{kind}{path}{name}"))
    }

    /// The value that a value stands for. Its places are those of the template.
    pub(super) fn value(&mut self, node: &Node) -> Node {
        if let Some((name, argument)) = function(node) {
            let value = self.call(name, argument);
            let text = value.filter(|value| value.len() <= self.left);
            self.left = self.left.saturating_sub(text.as_ref().map_or(0, String::len));
            let value = Value::String(text.unwrap_or_else(|| format!("${{{name}}}")));
            return Node {
                span: node.span.clone(),
                value,
            };
        }
        let value = match &node.value {
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.value(item))
                    .filter(|item| !is_removed(item))
                    .collect(),
            ),
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|member| Member {
                        key: member.key.clone(),
                        key_span: member.key_span.clone(),
                        value: self.value(&member.value),
                    })
                    .filter(|member| !is_removed(&member.value))
                    .collect(),
            ),
            other => other.clone(),
        };
        Node {
            span: node.span.clone(),
            value,
        }
    }

    /// The text of a function; nothing where it depends on more than the template.
    fn call(&mut self, name: &str, argument: &Node) -> Option<String> {
        match name {
            "Ref" => Some(format!("${{{}}}", argument.as_str()?)),
            "Fn::GetAtt" => {
                let path = match &argument.value {
                    Value::String(path) => path.clone(),
                    _ => texts(argument)?.join("."),
                };
                Some(
                    self.attributes
                        .get(&path)
                        .cloned()
                        .unwrap_or_else(|| format!("${{{path}}}")),
                )
            }
            "Fn::Sub" => match argument.items() {
                // A document in a text keeps its places: nothing is put in.
                [] if argument.as_str()?.trim_start().starts_with('{') => Some(literal(argument.as_str()?)),
                [] => {
                    let nothing = Node {
                        span: 0..0,
                        value: Value::Null,
                    };
                    self.substituted(argument.as_str()?, &nothing)
                }
                [text, values] => {
                    let values = self.value(values);
                    self.substituted(text.as_str()?, &values)
                }
                _ => None,
            },
            "Fn::Join" => {
                let [delimiter, list] = argument.items() else {
                    return None;
                };
                let list = self.value(list);
                let length = texts(&list)?
                    .iter()
                    .map(|text| text.len())
                    .fold(0, usize::saturating_add);
                let between = delimiter.as_str()?;
                let all = length.saturating_add(between.len().saturating_mul(list.items().len()));
                (all <= self.left).then(|| texts(&list).map(|texts| texts.join(between)))?
            }
            "Fn::Select" => {
                let [index, list] = argument.items() else {
                    return None;
                };
                let index: usize = match &index.value {
                    Value::Number(digits) | Value::String(digits) => digits.parse().ok()?,
                    _ => return None,
                };
                let list = self.value(list);
                list.items().get(index)?.as_str().map(str::to_owned)
            }
            _ => None,
        }
    }

    /// The text of a `Fn::Sub` with values of its own.
    fn substituted(&self, text: &str, values: &Node) -> Option<String> {
        let mut made = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            made.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                made.push_str("${");
                rest = after;
                continue;
            };
            let own = self.attributes.get(name.trim()).map(String::as_str);
            if let Some(value) = values.str_of(name.trim()).or(own) {
                made.push_str(value);
            } else {
                made.push_str("${");
                made.push_str(name.strip_prefix('!').unwrap_or(name));
                made.push('}');
            }
            rest = after;
            if made.len() > self.left {
                return None;
            }
        }
        made.push_str(rest);
        Some(made)
    }
}

/// The string in which a text stands as it is, also inside a `Fn::Sub` that changes nothing of it.
pub(super) fn written<'n>(node: &'n Node, text: &str) -> Option<&'n Node> {
    let node = match function(node) {
        Some(("Fn::Sub", argument)) => argument,
        _ => node,
    };
    node.as_str().filter(|own| *own == text).map(|_| node)
}

/// The name and the argument of an intrinsic function.
fn function(node: &Node) -> Option<(&str, &Node)> {
    match node.members() {
        [only] if only.key == "Ref" || only.key.starts_with("Fn::") => Some((&only.key, &only.value)),
        _ => None,
    }
}

fn is_removed(node: &Node) -> bool {
    node.as_str() == Some("${AWS::NoValue}")
}

/// A list of texts alone.
fn texts(list: &Node) -> Option<Vec<&str>> {
    if !list.is_array() {
        return None;
    }
    list.items().iter().map(Node::as_str).collect()
}

/// `${!Name}` is how `Fn::Sub` writes a `${Name}` that it leaves alone.
fn literal(text: &str) -> String {
    text.replace("${!", "${")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn evaluated(text: &str) -> String {
        let node = Evaluator::new(std::iter::empty()).value(&parse(text, &Limits::default()).unwrap());
        crate::policy::canonical(&node)
    }

    #[test]
    fn what_is_known_is_put_in_and_what_is_not_says_so() {
        for (text, expected) in [
            (r#"{"Ref":"AWS::AccountId"}"#, r#""${AWS::AccountId}""#),
            (r#"{"Fn::GetAtt":["User","Arn"]}"#, r#""${User.Arn}""#),
            (r#"{"Fn::GetAtt":"User.Arn"}"#, r#""${User.Arn}""#),
            (r#"{"Fn::Sub":"a-${B}-${!c}"}"#, r#""a-${B}-${c}""#),
            (r#"{"Fn::Sub":["${A}-${B}",{"A":"x"}]}"#, r#""x-${B}""#),
            (r#"{"Fn::Sub":["${A}",{"A":{"Ref":"C"}}]}"#, r#""${C}""#),
            (
                r#"{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::",{"Ref":"AWS::AccountId"},":root"]]}"#,
                r#""arn:${AWS::Partition}:iam::${AWS::AccountId}:root""#,
            ),
            (r#"{"Fn::Join":["-",{"Ref":"List"}]}"#, r#""${Fn::Join}""#),
            (r#"{"Fn::Select":[1,["a","b"]]}"#, r#""b""#),
            (
                r#"{"Fn::Select":["0",{"Fn::Split":["-","a-b"]}]}"#,
                r#""${Fn::Select}""#,
            ),
            (r#"{"Fn::If":["C","a","b"]}"#, r#""${Fn::If}""#),
            (r#"{"Fn::ImportValue":"x"}"#, r#""${Fn::ImportValue}""#),
            (
                r#"{"a":{"Ref":"AWS::NoValue"},"b":[{"Ref":"AWS::NoValue"},"c","d"]}"#,
                r#"{"b":["c","d"]}"#,
            ),
            (r#"{"Ref":{"a":"b"}}"#, r#""${Ref}""#),
            (r#"{"Fn::Sub":"open ${ and ${a"}"#, r#""open ${ and ${a""#),
            (r#"{"Fn::Sub":["open ${ and ${a",{}]}"#, r#""open ${ and ${a""#),
        ] {
            assert_eq!(evaluated(text), expected, "{text}");
        }
    }

    #[test]
    fn a_user_of_the_template_is_one_of_its_account() {
        let text = r#"{"U":{"Type":"AWS::IAM::User"},
            "R":{"Type":"AWS::IAM::Role","Properties":{"RoleName":{"Fn::Sub":"r-${Chain}"},"Path":"/agents/"}},
            "P":{"Type":"AWS::IAM::User","Properties":{"Path":{"Ref":"Path"}}}}"#;
        let resources = parse(text, &Limits::default()).unwrap();
        let mut evaluator = Evaluator::new(resources.members().iter());
        for (text, expected) in [
            (
                r#"{"Fn::GetAtt":["U","Arn"]}"#,
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:user/${U}",
            ),
            (
                r#"{"Fn::Sub":"${R.Arn}"}"#,
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/agents/r-${Chain}",
            ),
            (r#"{"Fn::GetAtt":["P","Arn"]}"#, "${P.Arn}"),
        ] {
            let node = evaluator.value(&parse(text, &Limits::default()).unwrap());
            assert_eq!(node.as_str(), Some(expected));
        }
    }

    #[test]
    fn a_text_that_is_put_in_many_times_ends() {
        let value = "x".repeat(10_000);
        let text = "${A}".repeat(10_000);
        let found = evaluated(&format!(r#"{{"Fn::Sub":["{text}",{{"A":"{value}"}}]}}"#));
        assert_eq!(found, r#""${Fn::Sub}""#);
    }
}
