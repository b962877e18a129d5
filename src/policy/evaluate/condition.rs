//! Conditions: operators, set operators, missing keys.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys".

use std::cmp::Ordering;

use super::super::catalogue;
use super::context::{Context, Hint, Lookup};
use super::outcome::{Outcome, Premise, PremiseCode, Truth};
use super::pattern::{self, Pattern, Reach, Token, Unresolved};
use super::value::{Decimal, Range, instant};
use crate::encoding::base64;
use crate::json::{Node, Value as Json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds(self, request: Ordering) -> bool {
        match self {
            Self::Equal => request.is_eq(),
            Self::Less => request.is_lt(),
            Self::LessOrEqual => request.is_le(),
            Self::Greater => request.is_gt(),
            Self::GreaterOrEqual => request.is_ge(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text { wild: bool, fold: bool },
    Arn,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Address,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    None,
    Any,
    All,
}

/// A value of the policy; nothing where it is not of the operator's type.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Pattern(Pattern),
    Number(Decimal),
    Date(i128),
    Bool(bool),
    Bytes(Vec<u8>),
    Range(Range),
    /// Only deployment gives it.
    Template,
    Broken,
}

/// One operator with one key and its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    /// Nothing for an operator that IAM does not have: it never matches.
    operator: Option<(Family, bool)>,
    set: Set,
    if_exists: bool,
    key: String,
    /// The key in small letters.
    name: String,
    multivalued: bool,
    values: Vec<Value>,
}

/// Family, and whether it is negated.
fn family(name: &str) -> Option<(Family, bool)> {
    let text = |wild, fold| Family::Text { wild, fold };
    let ordered = |rest: &str| {
        Some(match rest {
            "equals" => (Order::Equal, false),
            "notequals" => (Order::Equal, true),
            "lessthan" => (Order::Less, false),
            "lessthanequals" => (Order::LessOrEqual, false),
            "greaterthan" => (Order::Greater, false),
            "greaterthanequals" => (Order::GreaterOrEqual, false),
            _ => return None,
        })
    };
    if let Some(rest) = name.strip_prefix("numeric") {
        return ordered(rest).map(|(order, negated)| (Family::Number(order), negated));
    }
    if let Some(rest) = name.strip_prefix("date") {
        return ordered(rest).map(|(order, negated)| (Family::Date(order), negated));
    }
    Some(match name {
        "stringequals" => (text(false, false), false),
        "stringnotequals" => (text(false, false), true),
        "stringequalsignorecase" => (text(false, true), false),
        "stringnotequalsignorecase" => (text(false, true), true),
        "stringlike" => (text(true, false), false),
        "stringnotlike" => (text(true, false), true),
        "arnequals" | "arnlike" => (Family::Arn, false),
        "arnnotequals" | "arnnotlike" => (Family::Arn, true),
        "bool" => (Family::Bool, false),
        "binaryequals" => (Family::Binary, false),
        "ipaddress" => (Family::Address, false),
        "notipaddress" => (Family::Address, true),
        "null" => (Family::Null, false),
        _ => return None,
    })
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        text.eq_ignore_ascii_case("false").then_some(false)
    }
}

fn value(family: Family, node: &Node, variables: bool) -> Value {
    let text = match &node.value {
        Json::String(text) => text.as_str(),
        Json::Number(digits) => digits.as_str(),
        Json::Bool(true) => "true",
        Json::Bool(false) => "false",
        _ => return Value::Broken,
    };
    let found = match family {
        Family::Text { wild, fold } => {
            let own = if fold {
                text.to_ascii_lowercase()
            } else {
                text.to_owned()
            };
            return Value::Pattern(Pattern::new(&own, wild, variables));
        }
        Family::Arn => return Value::Pattern(Pattern::new(text, true, variables)),
        Family::Number(_) => Decimal::parse(text).map(Value::Number),
        Family::Date(_) => instant(text).map(Value::Date),
        Family::Bool | Family::Null => boolean(text).map(Value::Bool),
        Family::Binary => base64::decode(text.as_bytes()).ok().map(Value::Bytes),
        Family::Address => Range::parse(text).map(Value::Range),
    };
    let is_template = || {
        text.split_once("${")
            .and_then(|(_, rest)| rest.split_once('}'))
            .is_some_and(|(name, _)| !name.contains(':') || name.contains("::"))
    };
    found.unwrap_or_else(|| {
        if is_template() {
            Value::Template
        } else {
            Value::Broken
        }
    })
}

/// How a value of the policy and one of the request stand to each other.
enum Match {
    Yes,
    No,
    /// The policy's value cannot be used.
    Broken,
    Unknown(Premise),
}

impl Test {
    pub(super) fn new(operator: &str, key: &str, values: &[Node], variables: bool) -> Self {
        let lower = operator.to_ascii_lowercase();
        let (set, rest) = match lower.split_once(':') {
            Some(("foranyvalue", rest)) => (Set::Any, rest),
            Some(("forallvalues", rest)) => (Set::All, rest),
            _ => (Set::None, lower.as_str()),
        };
        let (rest, if_exists) = match rest.strip_suffix("ifexists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let operator = family(rest).filter(|(family, _)| *family != Family::Null || !if_exists);
        Self {
            operator,
            set,
            if_exists,
            key: key.to_owned(),
            name: key.to_ascii_lowercase(),
            multivalued: catalogue::condition_key(key).is_some_and(|known| known.multivalued),
            values: operator.map_or_else(Vec::new, |(family, _)| {
                values.iter().map(|node| value(family, node, variables)).collect()
            }),
        }
    }

    /// True for a test on this key, given in small letters.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.name == name
    }

    pub(super) fn holds(&self, context: &Context) -> Outcome {
        let Some((family, negated)) = self.operator else {
            return Outcome::FALSE;
        };
        let lookup = context.get(&self.name);
        if family == Family::Null {
            return self.null(lookup, context);
        }
        let values = match lookup {
            Lookup::Unknown(code) => {
                return self
                    .hinted(family, negated, context)
                    .unwrap_or_else(|| Outcome::premise(Premise::of_key(code, &self.key)));
            }
            Lookup::Missing if self.if_exists => return Outcome::TRUE,
            Lookup::Missing => &[],
            Lookup::Values(values) => values,
        };
        if negated
            && self
                .values
                .iter()
                .any(|value| Self::is_broken(family, value, context))
        {
            return Outcome::FALSE;
        }
        match (self.set, values) {
            (Set::All, []) => Outcome::TRUE,
            (Set::None, []) => Outcome::is(negated),
            (Set::None, [one]) if !self.multivalued => self.one(family, negated, one, context),
            // Several values need a set operator.
            (Set::None, _) => Outcome::FALSE,
            (Set::Any, values) => values.iter().fold(Outcome::FALSE, |sum, value| {
                sum.or(self.one(family, negated, value, context))
            }),
            (Set::All, values) => values.iter().fold(Outcome::TRUE, |sum, value| {
                sum.and(self.one(family, negated, value, context))
            }),
        }
    }

    /// Of a value that is not known, what is known of it decides; nothing where that is not enough.
    fn hinted(&self, family: Family, negated: bool, context: &Context) -> Option<Outcome> {
        let (prefixes, stands_for) = match context.hint(&self.name)? {
            Hint::OneOf(values) => {
                let mut each = values
                    .iter()
                    .map(|value| self.one(family, negated, value, context));
                let first = each.next()?;
                return each.all(|own| own.truth == first.truth).then_some(first);
            }
            Hint::Within { prefixes, stands_for } => (prefixes, *stands_for),
        };
        if !matches!(family, Family::Text { .. } | Family::Arn) {
            return None;
        }
        let mut all_miss = true;
        for value in &self.values {
            let Value::Pattern(pattern) = value else {
                return None;
            };
            let Ok(tokens) = pattern.resolve(context) else {
                return None;
            };
            match pattern::within(&tokens, prefixes, stands_for) {
                // Part by part, an ARN may still differ.
                Reach::All if family == Family::Arn && !pattern.is_everything() => return None,
                Reach::All => return Some(Outcome::is(!negated)),
                Reach::Some => all_miss = false,
                Reach::None => {}
            }
        }
        all_miss.then(|| Outcome::is(negated))
    }

    fn null(&self, lookup: Lookup<'_>, context: &Context) -> Outcome {
        let absent = match lookup {
            Lookup::Missing => true,
            Lookup::Unknown(_) if context.hint(&self.name).is_some() => false,
            // Of a key's own metadata the value may not be known, but there is one.
            Lookup::Values(_) | Lookup::Unknown(PremiseCode::KeyMetadata) => false,
            Lookup::Unknown(code) => return Outcome::premise(Premise::of_key(code, &self.key)),
        };
        if self.values.contains(&Value::Template) {
            return Outcome::unknown(
                PremiseCode::Template,
                format!("the value for {} is given by deployment only", self.key),
            );
        }
        Outcome::is(self.values.contains(&Value::Bool(absent)))
    }

    /// The values of the policy against one of the request.
    fn one(&self, family: Family, negated: bool, text: &str, context: &Context) -> Outcome {
        let mut doubt: Option<Premise> = None;
        for value in &self.values {
            match self.compare(family, value, text, context) {
                Match::Yes => return Outcome::is(!negated),
                Match::Unknown(premise) => doubt = doubt.or(Some(premise)),
                Match::No | Match::Broken => {}
            }
        }
        match doubt {
            Some(premise) => Outcome::premise(premise),
            None => Outcome::is(negated),
        }
    }

    fn is_broken(family: Family, value: &Value, context: &Context) -> bool {
        match value {
            Value::Broken => true,
            Value::Pattern(pattern) => match pattern.resolve(context) {
                Err(Unresolved::Missing) => true,
                Ok(tokens) => family == Family::Arn && pattern::arn_parts(&tokens).is_none(),
                Err(Unresolved::Unknown(_)) => false,
            },
            _ => false,
        }
    }

    fn compare(&self, family: Family, value: &Value, text: &str, context: &Context) -> Match {
        let is = |held: bool| if held { Match::Yes } else { Match::No };
        match (family, value) {
            (_, Value::Broken) => Match::Broken,
            (_, Value::Template) => Match::Unknown(Premise::new(
                PremiseCode::Template,
                format!("the value for {} is given by deployment only", self.key),
            )),
            (_, Value::Pattern(pattern)) => {
                let tokens = match pattern.resolve(context) {
                    Ok(tokens) => tokens,
                    Err(Unresolved::Missing) => return Match::Broken,
                    Err(Unresolved::Unknown(premise)) => return Match::Unknown(premise),
                };
                let held = match family {
                    Family::Text { fold: true, .. } => {
                        let folded: Vec<Token> = tokens.iter().map(|token| fold(*token)).collect();
                        pattern::matches(&folded, &text.to_ascii_lowercase())
                    }
                    Family::Arn => match pattern::arn_parts(&tokens) {
                        Some(parts) => pattern::arn_matches(&parts, text),
                        None => return Match::Broken,
                    },
                    _ => pattern::matches(&tokens, text),
                };
                if !held
                    && self.name == "aws:principalarn"
                    && let Some(premise) = with_path(&tokens, context)
                {
                    return Match::Unknown(premise);
                }
                is(held)
            }
            (Family::Number(order), Value::Number(own)) => {
                is(Decimal::parse(text).is_some_and(|request| order.holds(request.compare(own))))
            }
            (Family::Date(order), Value::Date(own)) => {
                is(instant(text).is_some_and(|request| order.holds(request.cmp(own))))
            }
            (_, Value::Bool(own)) => is(boolean(text) == Some(*own)),
            (_, Value::Bytes(own)) => is(base64::decode(text.as_bytes()).is_ok_and(|bytes| bytes == *own)),
            (_, Value::Range(own)) => is(Range::parse(text).is_some_and(|request| own.holds(&request))),
            _ => Match::No,
        }
    }
}

fn fold(token: Token) -> Token {
    match token {
        Token::Char(char) => Token::Char(char.to_ascii_lowercase()),
        other => other,
    }
}

/// A session's ARN does not show the path of its role, which `aws:PrincipalArn` has: a pattern with a path may match.
fn with_path(tokens: &[Token], context: &Context) -> Option<Premise> {
    let (roles, name) = context.pathless.as_ref()?;
    let slash = tokens.iter().rposition(|token| *token == Token::Char('/'))?;
    let (head, tail) = (tokens.get(..slash)?, tokens.get(slash.saturating_add(1)..)?);
    let may = pattern::matches(tail, name) && pattern::reach(head, roles) != Reach::None;
    may.then(|| {
        Premise::new(
            PremiseCode::RolePath,
            format!("the path of the role {name}, which a session's ARN does not show"),
        )
    })
}

/// All tests of a condition together.
pub(super) fn all(tests: &[Test], context: &Context) -> Outcome {
    let mut sum = Outcome::TRUE;
    for test in tests {
        sum = sum.and(test.holds(context));
        if sum.truth == Truth::False {
            break;
        }
    }
    sum
}
