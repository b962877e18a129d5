//! Conditions: operators, set operators, missing keys.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys".

use std::cmp::Ordering;

use super::super::catalogue;
use super::caller::Caller;
use super::context::{Context, Lookup, Unknown};
use super::derive::Known;
use super::outcome::{Outcome, Premise, PremiseCode, Truth};
use super::pattern::{self, Pattern, Token, Unresolved};
use super::value::{Decimal, Range, instant};
use crate::encoding::base64;
use crate::json::{Node, Value as Json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Order {
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
pub(in crate::policy) enum Family {
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
pub(in crate::policy) enum Set {
    None,
    Any,
    All,
}

/// A value of the policy; nothing where it is not of the operator's type.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::policy) enum Value {
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

/// What values an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Compares {
    /// Text; `wild` where `*` and `?` are wildcards.
    Text {
        wild: bool,
    },
    Arns,
    Numbers,
    Dates,
    Booleans,
    Bytes,
    Addresses,
    /// Whether there is a value.
    Presence,
}

/// How an operator takes several values of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Quantifier {
    /// None is written: there is one value.
    One,
    /// `ForAnyValue:`
    Any,
    /// `ForAllValues:`
    All,
}

/// What is to be said of an operator that IAM has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Operator {
    pub(in crate::policy) compares: Compares,
    pub(in crate::policy) negated: bool,
    pub(in crate::policy) quantifier: Quantifier,
}

/// One operator with one key and its values.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::policy) struct Test {
    /// Nothing for an operator that IAM does not have: it never matches.
    pub(in crate::policy) operator: Option<(Family, bool)>,
    pub(in crate::policy) set: Set,
    pub(in crate::policy) if_exists: bool,
    pub(in crate::policy) key: String,
    /// The key in small letters.
    pub(in crate::policy) name: String,
    pub(in crate::policy) multivalued: bool,
    pub(in crate::policy) values: Vec<Value>,
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
    Unusable,
    /// The request's value is not of the operator's type.
    Other,
    Unknown(Premise),
}

/// Whether a value of the policy can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    No,
    Perhaps,
    Yes,
}

fn use_of(family: Family, value: &Value, context: &Known<'_>) -> Use {
    match value {
        Value::Broken => Use::No,
        Value::Pattern(pattern) => match pattern.resolve(context) {
            Err(Unresolved::Missing) => Use::No,
            Err(Unresolved::Unknown(guess)) if guess.perhaps_missing => Use::Perhaps,
            Ok(tokens) if family == Family::Arn && pattern::arn_parts(&tokens).is_none() => Use::No,
            Ok(_) | Err(Unresolved::Unknown(_)) => Use::Yes,
        },
        _ => Use::Yes,
    }
}

impl Test {
    pub(in crate::policy) fn new(operator: &str, key: &str, values: &[Node], variables: bool) -> Self {
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

    /// What its operator is; nothing for one that IAM does not have.
    pub(in crate::policy) fn operator(&self) -> Option<Operator> {
        let (family, negated) = self.operator?;
        Some(Operator {
            compares: match family {
                Family::Text { wild, .. } => Compares::Text { wild },
                Family::Arn => Compares::Arns,
                Family::Number(_) => Compares::Numbers,
                Family::Date(_) => Compares::Dates,
                Family::Bool => Compares::Booleans,
                Family::Binary => Compares::Bytes,
                Family::Address => Compares::Addresses,
                Family::Null => Compares::Presence,
            },
            negated,
            quantifier: match self.set {
                Set::None => Quantifier::One,
                Set::Any => Quantifier::Any,
                Set::All => Quantifier::All,
            },
        })
    }

    /// True where the value of an index is none that the operator can compare, whatever the request.
    pub(in crate::policy) fn cannot_compare(&self, index: usize) -> bool {
        let (context, nobody) = (Context::new(), Caller::root("", "", ""));
        let context = Known::bare(&context, &nobody);
        match (self.operator, self.values.get(index)) {
            (Some(_), Some(Value::Broken)) => true,
            // Without a value for its variables, an ARN has no parts to count.
            (Some((Family::Arn, _)), Some(Value::Pattern(pattern))) => pattern
                .resolve(&context)
                .is_ok_and(|tokens| pattern::arn_parts(&tokens).is_none()),
            _ => false,
        }
    }

    /// Whether it holds where the request has no value for its key, or these; nothing where that depends on more.
    pub(in crate::policy) fn holds_with(&self, values: &[&str]) -> Option<bool> {
        let mut context = Context::new();
        context.set_incomplete();
        context.set(
            &self.key,
            values.iter().map(|value| (*value).to_owned()).collect(),
        );
        self.known(&context)
    }

    /// Whether it holds in every request of which only this is known; nothing where that depends on more.
    pub(in crate::policy) fn known(&self, context: &Context) -> Option<bool> {
        match self.holds(&Known::bare(context, &Caller::root("", "", ""))).truth {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        }
    }

    /// True for a test on this key, given in small letters.
    pub(in crate::policy) fn is_on(&self, name: &str) -> bool {
        self.name == name
    }

    pub(super) fn holds(&self, context: &Known<'_>) -> Outcome {
        let Some((family, negated)) = self.operator else {
            return Outcome::FALSE;
        };
        let lookup = context.get(&self.name);
        if family == Family::Null {
            return self.null(&lookup);
        }
        let one;
        let values: &[&str] = match &lookup {
            Lookup::Unknown(unknown) => {
                return self
                    .hinted(family, negated, context)
                    .unwrap_or_else(|| self.of_unknown(family, negated, *unknown, context));
            }
            Lookup::Missing if self.if_exists => return Outcome::TRUE,
            Lookup::Missing => return self.doubted(self.missing(negated), family, context),
            Lookup::One(value) => {
                one = [value.as_ref()];
                &one
            }
            Lookup::Values(values) => {
                let texts: Vec<&str> = values.iter().map(String::as_str).collect();
                return self.of_values(family, negated, &texts, context);
            }
        };
        self.of_values(family, negated, values, context)
    }

    /// What holds where the key is not in the request (IAM User Guide, "Condition operators": "If the policy condition
    /// requires that the key is not matched … the condition is true").
    fn missing(&self, negated: bool) -> Outcome {
        Outcome::is(match self.set {
            Set::None => negated,
            Set::Any => false,
            Set::All => true,
        })
    }

    fn of_values(&self, family: Family, negated: bool, values: &[&str], context: &Known<'_>) -> Outcome {
        let one = |value: &str| self.one(family, negated, value, context);
        let outcome = match (self.set, values) {
            (Set::None, [value]) if !self.multivalued => one(value),
            // Several values need a set operator.
            (Set::None, _) => Outcome::FALSE,
            // "If the key values in the request resolve to an empty data set (for example, an empty string)".
            (set, values) if values.iter().all(|value| value.is_empty()) => Outcome::is(set == Set::All),
            (Set::Any, values) => values
                .iter()
                .fold(Outcome::FALSE, |sum, value| sum.or(one(value))),
            (Set::All, values) => values
                .iter()
                .fold(Outcome::TRUE, |sum, value| sum.and(one(value))),
        };
        if outcome.is_false() {
            return outcome;
        }
        if negated && self.worst(family, context) == Use::No {
            return Outcome::FALSE;
        }
        self.doubted(outcome, family, context)
    }

    /// At most unknown where a value of the policy cannot be used: AWS says that the statement may be invalid as a whole
    /// (IAM User Guide, "IAM policy elements: Variables and tags").
    fn doubted(&self, outcome: Outcome, family: Family, context: &Known<'_>) -> Outcome {
        if outcome.is_false() || self.worst(family, context) == Use::Yes {
            return outcome;
        }
        outcome.and(Outcome::unknown(
            PremiseCode::Value,
            format!(
                "whether a condition on {} with a value that cannot be used makes the statement invalid is not documented",
                self.key
            ),
        ))
    }

    /// What holds where the key's value is not known: true or false where it does so for any value.
    fn of_unknown(&self, family: Family, negated: bool, unknown: Unknown, context: &Known<'_>) -> Outcome {
        let worst = self.worst(family, context);
        let everything = family
            == Family::Text {
                wild: true,
                fold: false,
            }
            && self
                .values
                .iter()
                .any(|value| matches!(value, Value::Pattern(pattern) if pattern.is_everything()));
        let mut may_be = (false, false);
        let mut add = |truth: Truth| match truth {
            Truth::True => may_be.0 = true,
            Truth::False => may_be.1 = true,
            Truth::Unknown => may_be = (true, true),
        };
        if !unknown.present {
            add(if self.if_exists {
                Truth::True
            } else if worst != Use::Yes && self.missing(negated).is_true() {
                Truth::Unknown
            } else {
                self.missing(negated).truth
            });
        }
        // With a set operator there may be several values, or an empty one.
        let never = worst == Use::No || everything;
        let always = everything && worst == Use::Yes;
        add(match (self.set, negated) {
            (Set::None, _) if self.multivalued => Truth::False,
            (Set::None | Set::Any, true) if never => Truth::False,
            (Set::None | Set::All, true) if self.values.is_empty() => Truth::True,
            (Set::None | Set::All, false) if always => Truth::True,
            (Set::None | Set::Any, false) if self.best(family, context) == Use::No => Truth::False,
            _ => Truth::Unknown,
        });
        match may_be {
            (true, false) => Outcome::TRUE,
            (false, _) => Outcome::FALSE,
            (true, true) => Outcome::premise(Premise::of_key(unknown.code, &self.key)),
        }
    }

    fn null(&self, lookup: &Lookup<'_>) -> Outcome {
        let absent = match lookup {
            Lookup::Missing => true,
            Lookup::Values(_) | Lookup::One(_) | Lookup::Unknown(Unknown { present: true, .. }) => false,
            Lookup::Unknown(unknown) => {
                let sure = |word| self.values.contains(&Value::Bool(word));
                return match (sure(true), sure(false)) {
                    (true, true) => Outcome::TRUE,
                    (false, false) if !self.values.contains(&Value::Template) => Outcome::FALSE,
                    _ => Outcome::premise(Premise::of_key(unknown.code, &self.key)),
                };
            }
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
    pub(super) fn one(&self, family: Family, negated: bool, text: &str, context: &Known<'_>) -> Outcome {
        let mut doubt: Option<Premise> = None;
        for value in &self.values {
            match self.compare(family, value, text, context) {
                Match::Yes => return Outcome::is(!negated),
                Match::Unknown(premise) => doubt = doubt.or(Some(premise)),
                Match::Other if negated => {
                    doubt.get_or_insert_with(|| {
                        let message = format!(
                            "whether a value of {} that is not of the operator's type differs from those of the policy is not documented",
                            self.key
                        );
                        Premise::new(PremiseCode::Value, message)
                    });
                }
                Match::No | Match::Unusable | Match::Other => {}
            }
        }
        match doubt {
            Some(premise) => Outcome::premise(premise),
            None => Outcome::is(negated),
        }
    }

    /// Whether every value of the policy can be used.
    fn worst(&self, family: Family, context: &Known<'_>) -> Use {
        let each = self.values.iter().map(|value| use_of(family, value, context));
        each.min().unwrap_or(Use::Yes)
    }

    /// Whether some value of the policy can be used.
    fn best(&self, family: Family, context: &Known<'_>) -> Use {
        let each = self.values.iter().map(|value| use_of(family, value, context));
        each.max().unwrap_or(Use::No)
    }

    fn compare(&self, family: Family, value: &Value, text: &str, context: &Known<'_>) -> Match {
        match (family, value) {
            (_, Value::Broken) => Match::Unusable,
            (_, Value::Template) => Match::Unknown(Premise::new(
                PremiseCode::Template,
                format!("the value for {} is given by deployment only", self.key),
            )),
            (_, Value::Pattern(pattern)) => match pattern.resolve(context) {
                Ok(tokens) => {
                    let found = pattern_on(family, &tokens, text);
                    if matches!(found, Match::No)
                        && self.name == "aws:principalarn"
                        && let Some(premise) = with_path(family, &tokens, context)
                    {
                        return Match::Unknown(premise);
                    }
                    found
                }
                Err(Unresolved::Missing) => Match::Unusable,
                // Whatever the variable's text, it may not fit.
                Err(Unresolved::Unknown(guess)) => match pattern_on(family, &guess.tokens, text) {
                    Match::No if family != Family::Arn => Match::No,
                    _ => Match::Unknown(guess.premise),
                },
            },
            (family, value) => by_value(family, value, text),
        }
    }
}

fn pattern_on(family: Family, tokens: &[Token], text: &str) -> Match {
    let held = match family {
        Family::Text { fold: true, .. } => {
            let folded: Vec<Token> = tokens.iter().map(|token| fold(*token)).collect();
            pattern::matches(&folded, &text.to_ascii_lowercase())
        }
        Family::Arn => match pattern::arn_parts(tokens) {
            Some(_) if text.splitn(6, ':').count() < 6 => return Match::Other,
            Some(parts) => pattern::arn_matches(&parts, text),
            None => return Match::Unusable,
        },
        _ => pattern::matches(tokens, text),
    };
    if held { Match::Yes } else { Match::No }
}

/// A value without a pattern against one of the request.
fn by_value(family: Family, value: &Value, text: &str) -> Match {
    let read = |held: Option<bool>| match held {
        Some(true) => Match::Yes,
        Some(false) => Match::No,
        None => Match::Other,
    };
    match (family, value) {
        (Family::Number(order), Value::Number(own)) => {
            read(Decimal::parse(text).map(|request| order.holds(request.compare(own))))
        }
        (Family::Date(order), Value::Date(own)) => {
            read(instant(text).map(|request| order.holds(request.cmp(own))))
        }
        (_, Value::Bool(own)) => read(boolean(text).map(|request| request == *own)),
        (_, Value::Bytes(own)) => read(base64::decode(text.as_bytes()).ok().map(|bytes| bytes == *own)),
        (_, Value::Range(own)) => read(Range::parse(text).map(|request| own.holds(&request))),
        _ => Match::No,
    }
}

/// Whether a value of the policy that needs nothing else of the request matches one of the request.
pub(in crate::policy) fn matches_alone(family: Family, value: &Value, text: &str) -> bool {
    let found = match (family, value) {
        (_, Value::Pattern(pattern)) => match pattern.fixed.as_deref() {
            Some(tokens) => pattern_on(family, tokens, text),
            None => Match::No,
        },
        (_, value) => by_value(family, value, text),
    };
    matches!(found, Match::Yes)
}

fn fold(token: Token) -> Token {
    match token {
        Token::Char(char) => Token::Char(char.to_ascii_lowercase()),
        other => other,
    }
}

/// A session's ARN does not show the path of its role, which `aws:PrincipalArn` has: a pattern with a path may match.
fn with_path(family: Family, tokens: &[Token], context: &Known<'_>) -> Option<Premise> {
    let (roles, name) = context.pathless()?;
    let tail = format!("/{name}");
    let may = if family == Family::Arn {
        let own: Vec<&str> = roles.splitn(6, ':').collect();
        pattern::arn_parts(tokens).is_some_and(|parts| {
            let mut pairs = parts.iter().zip(own);
            pairs.all(|(part, own)| match own {
                "role/" => pattern::spans(part, own, &tail),
                own => pattern::matches(part, own),
            })
        })
    } else {
        pattern::spans(tokens, &roles, &tail)
    };
    may.then(|| {
        Premise::new(
            PremiseCode::RolePath,
            format!("the path of the role {name}, which a session's ARN does not show"),
        )
    })
}

/// All tests of a condition together.
pub(super) fn all(tests: &[Test], context: &Known<'_>) -> Outcome {
    let mut sum = Outcome::TRUE;
    for test in tests {
        sum = sum.and(test.holds(context));
        if sum.truth == Truth::False {
            break;
        }
    }
    sum
}
