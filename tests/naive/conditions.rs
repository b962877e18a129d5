//! Conditions.
//!
//! IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context keys".

use std::net::IpAddr;

use serde_json::Value;

use crate::case::{Statement, many, text};
use crate::context::{Asked, is_multivalued};
use crate::patterns::{matches, matches_arn, resolve};

/// Whether all conditions of a statement hold: operators and keys are joined by AND.
pub(crate) fn hold(statement: Statement<'_>, asked: &mut Asked<'_, '_>) -> bool {
    let Some(operators) = statement.elements.get("Condition").and_then(Value::as_object) else {
        return true;
    };
    let mut tests = Vec::new();
    for (operator, keys) in operators {
        tests.extend(
            keys.as_object()
                .into_iter()
                .flatten()
                .map(|(key, values)| (operator, key, values)),
        );
    }
    // What is known first: it spares worlds.
    let (known, unknown): (Vec<_>, Vec<_>) = tests.into_iter().partition(|(_, key, _)| asked.is_known(key));
    let mut all = known.into_iter().chain(unknown);
    all.all(|(operator, key, values)| holds(statement.variables, operator, key, values, asked))
}

/// A set operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    None,
    Any,
    All,
}

fn holds(variables: bool, operator: &str, key: &str, values: &Value, asked: &mut Asked<'_, '_>) -> bool {
    let found = asked.key(key);
    test(variables, operator, key, values, found.as_ref(), asked)
}

/// Whether a condition holds of what the request has: values, or nothing.
pub(crate) fn test(
    variables: bool,
    operator: &str,
    key: &str,
    values: &Value,
    found: Option<&Vec<String>>,
    asked: &mut Asked<'_, '_>,
) -> bool {
    let operator = operator.to_ascii_lowercase();
    let (set, operator) = match operator.split_once(':') {
        Some(("forallvalues", rest)) => (Set::All, rest),
        Some(("foranyvalue", rest)) => (Set::Any, rest),
        Some(_) => return false,
        None => (Set::None, operator.as_str()),
    };
    if operator == "null" {
        let word = if found.is_none() { "true" } else { "false" };
        return many(values).any(|value| text(value).eq_ignore_ascii_case(word));
    }
    let (operator, if_exists) = match operator.strip_suffix("ifexists") {
        Some(rest) => (rest, true),
        None => (operator, false),
    };
    let Some((compare, negated)) = compare_by(operator) else {
        return false;
    };
    if found.is_none() && if_exists {
        return true;
    }
    let mut unusable = false;
    let mut wanted = Vec::new();
    for value in many(values) {
        match ready(compare, &text(value), variables, asked) {
            Some(value) => wanted.push(value),
            None => unusable = true,
        }
    }
    let holds = match found {
        None => match set {
            Set::None => negated,
            Set::Any => false,
            Set::All => true,
        },
        Some(found) => {
            let mut one = |value: &String| meets(&wanted, compare, negated, key, value, asked);
            match set {
                // "If the key values in the request resolve to an empty data set (for example, an empty string)".
                Set::Any => found.iter().any(|value| !value.is_empty()) && found.iter().any(&mut one),
                Set::All => found.iter().all(String::is_empty) || found.iter().all(&mut one),
                // A key with several values needs a set operator.
                Set::None => found.len() == 1 && !is_multivalued(key) && one(&found[0]),
            }
        }
    };
    if !unusable {
        return holds;
    }
    // A value that cannot be read, or whose variable has no value: "any attempt to match it fails and causes the
    // statement to be invalid", elsewhere "might cause". Whether another value, or a missing key, helps is not said.
    let attempted = found.is_some() && negated;
    holds && !attempted && asked.world.maybe("a condition with a value that cannot be used")
}

/// Whether a value of the request meets those of the policy.
fn meets(
    wanted: &[Wanted],
    compare: Compare,
    negated: bool,
    key: &str,
    value: &str,
    asked: &mut Asked<'_, '_>,
) -> bool {
    let spellings = asked.spellings(key, value);
    let mut hit = false;
    let mut unreadable = false;
    for wanted in wanted {
        for spelling in &spellings {
            match wanted.is_met_by(compare, spelling) {
                Some(met) => hit |= met,
                None => unreadable = true,
            }
        }
    }
    if !negated {
        return hit;
    }
    // What a negated operator does to a request's value of another type is not said.
    !hit && (!unreadable || asked.world.maybe("a request's value of another type"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Text,
    TextIgnoringCase,
    Like,
    Arn,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Address,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Same,
    Less,
    LessOrSame,
    Greater,
    GreaterOrSame,
}

impl Order {
    fn is(self, one: f64, other: f64) -> bool {
        match self {
            Self::Same => one == other,
            Self::Less => one < other,
            Self::LessOrSame => one <= other,
            Self::Greater => one > other,
            Self::GreaterOrSame => one >= other,
        }
    }
}

/// The comparison, and whether it is negated.
fn compare_by(operator: &str) -> Option<(Compare, bool)> {
    let ordered = |rest: &str| {
        Some(match rest {
            "equals" => (Order::Same, false),
            "notequals" => (Order::Same, true),
            "lessthan" => (Order::Less, false),
            "lessthanequals" => (Order::LessOrSame, false),
            "greaterthan" => (Order::Greater, false),
            "greaterthanequals" => (Order::GreaterOrSame, false),
            _ => return None,
        })
    };
    if let Some(rest) = operator.strip_prefix("numeric") {
        return ordered(rest).map(|(order, negated)| (Compare::Number(order), negated));
    }
    if let Some(rest) = operator.strip_prefix("date") {
        return ordered(rest).map(|(order, negated)| (Compare::Date(order), negated));
    }
    Some(match operator {
        "stringequals" => (Compare::Text, false),
        "stringnotequals" => (Compare::Text, true),
        "stringequalsignorecase" => (Compare::TextIgnoringCase, false),
        "stringnotequalsignorecase" => (Compare::TextIgnoringCase, true),
        "stringlike" => (Compare::Like, false),
        "stringnotlike" => (Compare::Like, true),
        "arnequals" | "arnlike" => (Compare::Arn, false),
        "arnnotequals" | "arnnotlike" => (Compare::Arn, true),
        "bool" => (Compare::Bool, false),
        "binaryequals" => (Compare::Binary, false),
        "ipaddress" => (Compare::Address, false),
        "notipaddress" => (Compare::Address, true),
        _ => return None,
    })
}

/// A value of the policy, read.
enum Wanted {
    Pattern(Vec<crate::patterns::Piece>),
    Number(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    Range(IpAddr, u8),
}

/// Nothing where it cannot be read as what the operator compares.
fn ready(compare: Compare, value: &str, variables: bool, asked: &mut Asked<'_, '_>) -> Option<Wanted> {
    Some(match compare {
        Compare::Text | Compare::TextIgnoringCase => {
            Wanted::Pattern(resolve(value, variables, false, asked)?)
        }
        Compare::Like => Wanted::Pattern(resolve(value, variables, true, asked)?),
        Compare::Arn => {
            let pattern = resolve(value, variables, true, asked)?;
            crate::patterns::arn_parts(&pattern)?;
            Wanted::Pattern(pattern)
        }
        Compare::Number(_) => Wanted::Number(number(value)?),
        Compare::Date(_) => Wanted::Number(instant(value)?),
        Compare::Bool => Wanted::Bool(boolean(value)?),
        Compare::Binary => Wanted::Bytes(base64(value)?),
        Compare::Address => {
            let (address, bits) = value
                .split_once('/')
                .map_or((value, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.parse().ok()?;
            let all = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(all), |bits| bits.parse().ok().filter(|bits| *bits <= all))?;
            Wanted::Range(address, bits)
        }
    })
}

impl Wanted {
    /// Nothing where the request's value cannot be read as what the operator compares.
    fn is_met_by(&self, compare: Compare, value: &str) -> Option<bool> {
        Some(match self {
            Self::Pattern(pattern) => match compare {
                Compare::TextIgnoringCase => {
                    let lower = |text: &str| text.to_ascii_lowercase();
                    let own: String = pattern
                        .iter()
                        .map(|piece| match piece {
                            crate::patterns::Piece::Letter(letter) => *letter,
                            _ => unreachable!("a literal has letters only"),
                        })
                        .collect();
                    lower(&own) == lower(value)
                }
                Compare::Arn => matches_arn(pattern, value)?,
                _ => matches(pattern, value),
            },
            Self::Number(wanted) => match compare {
                Compare::Number(order) => order.is(number(value)?, *wanted),
                Compare::Date(order) => order.is(instant(value)?, *wanted),
                _ => unreachable!("a number is compared as one"),
            },
            Self::Bool(wanted) => boolean(value)? == *wanted,
            Self::Bytes(wanted) => base64(value)? == *wanted,
            Self::Range(network, bits) => in_range(value.parse().ok()?, *network, *bits),
        })
    }
}

/// An integer or a decimal.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain(whole) && plain(part)).then(|| text.parse().expect("a number"))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Seconds since 1970: "epoch (UNIX) time", or one of the W3C's forms of ISO 8601 (a date, or date and time to the second
/// with a zone).
pub(crate) fn instant(text: &str) -> Option<f64> {
    if let Some(seconds) = number(text)
        && !text.contains(['+'])
        && text.len() != 4
    {
        return Some(seconds);
    }
    let (date, time) = text
        .split_once('T')
        .map_or((text, None), |(date, time)| (date, Some(time)));
    let fields: Vec<i64> = date
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day] = fields[..] else {
        return None;
    };
    let (y, m) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    let mut seconds = days * 86_400;
    if let Some(time) = time {
        let (clock, zone) = match time.strip_suffix('Z') {
            Some(clock) => (clock, 0),
            None => {
                let at = time.rfind(['+', '-'])?;
                let (hours, minutes) = time[at + 1..].split_once(':')?;
                let offset = hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60;
                (
                    &time[..at],
                    if time[at..].starts_with('-') {
                        -offset
                    } else {
                        offset
                    },
                )
            }
        };
        let parts: Vec<i64> = clock
            .split(':')
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        let (hour, minute, second) = match parts[..] {
            [hour, minute] => (hour, minute, 0),
            [hour, minute, second] => (hour, minute, second),
            _ => return None,
        };
        seconds += hour * 3_600 + minute * 60 + second - zone;
    }
    Some(seconds as f64)
}

/// Bytes of padded base64.
fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bare = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - bare.len() > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for byte in bare.bytes() {
        let value = LETTERS.iter().position(|letter| *letter == byte)?;
        bits.extend((0..6).rev().map(|at| value >> at & 1 == 1));
    }
    bits.truncate(bits.len() / 8 * 8);
    Some(
        bits.chunks(8)
            .map(|byte| byte.iter().fold(0, |value, bit| value << 1 | u8::from(*bit)))
            .collect(),
    )
}

fn in_range(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bytes = |address: IpAddr| match address {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets().to_vec(),
    };
    let (one, other) = (bytes(address), bytes(network));
    let bit = |bytes: &[u8], at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    one.len() == other.len() && (0..usize::from(bits)).all(|at| bit(&one, at) == bit(&other, at))
}
