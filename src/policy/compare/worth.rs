//! What a test is worth, in the evaluator's three values, for each of the things that a request may carry under its key.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys",
//! "IAM policy elements: Variables and tags".

use super::super::catalogue;
use super::super::evaluate::condition::{Family, Set, Test, Value};
use super::super::evaluate::pattern;
use super::domain::Matchers;

/// The name under which the resource of a request is treated as one of its keys.
pub(super) const RESOURCE: &str = "(resource)";

/// What is asked of an atom, in the evaluator's three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Want {
    /// It holds.
    True,
    /// It holds, or is not known.
    May,
    /// It does not hold.
    False,
    /// It does not hold, or is not known.
    Below,
}

impl Want {
    pub(super) fn wants(self) -> bool {
        matches!(self, Self::True | Self::May)
    }

    /// True where the value that is not known will do.
    pub(super) fn takes_unknown(self) -> bool {
        matches!(self, Self::May | Self::Below)
    }

    /// True where this says all that the other says.
    pub(super) fn implies(self, other: Self) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::True, Self::May) | (Self::False, Self::Below)
            )
    }
}

/// What an atom is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Is(bool),
    Half,
    /// It hangs on other keys.
    Free,
}

impl Worth {
    pub(super) fn fits(self, want: Want) -> bool {
        match self {
            Self::Is(value) => value == want.wants(),
            Self::Half => want.takes_unknown(),
            Self::Free => true,
        }
    }
}

/// True for a value that hangs on more than the key's own.
fn is_open(value: &Value) -> bool {
    match value {
        Value::Template => true,
        Value::Pattern(pattern) => pattern.fixed.is_none() || pattern.template.is_some(),
        _ => false,
    }
}

/// True for a test some of whose values hang on more than its key, or do not say by themselves what they match.
pub(super) fn has_open(test: &Test) -> bool {
    test.values.iter().any(is_open) || (test.name == RESOURCE && test.values.iter().any(is_incomplete))
}

/// True for an ARN with fields missing: what it matches is more than its text says (IAM User Guide, "Amazon Resource Names
/// (ARNs)").
fn is_incomplete(value: &Value) -> bool {
    let Value::Pattern(pattern) = value else {
        return false;
    };
    pattern
        .fixed
        .as_deref()
        .is_some_and(|tokens| pattern::arn_parts(tokens).is_none())
}

/// True for a value that can be compared, whatever the request.
pub(super) fn is_usable(family: Family, value: &Value) -> bool {
    match value {
        Value::Broken => false,
        Value::Pattern(pattern) => {
            pattern.template.is_some()
                || pattern
                    .fixed
                    .as_deref()
                    .is_some_and(|tokens| family != Family::Arn || pattern::arn_parts(tokens).is_some())
        }
        _ => true,
    }
}

/// True for a test with a value that cannot be compared, whatever the request.
pub(super) fn is_spoilt(test: &Test) -> bool {
    let Some((family, _)) = test.operator else {
        return false;
    };
    let own = |value: &Value| !is_open(value) && !is_usable(family, value);
    test.name != RESOURCE && test.values.iter().any(own)
}

/// True for a key of which a request may carry an empty text: parameters of KMS are never empty.
pub(super) fn has_empty_values(key: &str) -> bool {
    let of_kms = key.starts_with("kms:") && catalogue::condition_key(key).is_some();
    key != RESOURCE && !of_kms
}

pub(super) fn null(test: &Test, absent: bool) -> Worth {
    if test.values.contains(&Value::Template) {
        return Worth::Half;
    }
    Worth::Is(test.values.contains(&Value::Bool(absent)))
}

/// What a test is worth where the request does not carry the key.
pub(super) fn missing(test: &Test) -> Worth {
    let Some((family, negated)) = test.operator else {
        return Worth::Is(false);
    };
    if family == Family::Null {
        return null(test, true);
    }
    if test.if_exists {
        return Worth::Is(true);
    }
    let held = match test.set {
        Set::All => true,
        Set::Any => false,
        Set::None => negated,
    };
    // A variable without a value makes it unknown.
    if held && has_open(test) {
        return Worth::Free;
    }
    if held && is_spoilt(test) {
        return Worth::Half;
    }
    Worth::Is(held)
}

/// What a test is worth where the request carries an empty text only (IAM User Guide, "Set operators for multivalued
/// context keys": "an empty data set").
pub(super) fn empty(test: &Test) -> Worth {
    let Some((family, negated)) = test.operator else {
        return Worth::Is(false);
    };
    match test.set {
        _ if family == Family::Null => null(test, false),
        Set::Any => Worth::Is(false),
        Set::None if test.multivalued => Worth::Is(false),
        _ if has_open(test) || is_spoilt(test) => Worth::Free,
        Set::All => Worth::Is(true),
        Set::None => {
            let held = Matchers::Values(family, &test.values).hold("");
            // Where it is not of the operator's type, a negated one is unknown.
            if negated && !held && Matchers::Loose(family, &test.values).hold("") {
                return Worth::Half;
            }
            Worth::Is(held != negated)
        }
    }
}

/// What a test is worth where it is not known what the request carries: unknown, unless any value would do, or none.
/// `hidden`: it carries something.
pub(super) fn unknown(test: &Test, hidden: bool) -> Worth {
    let Some((family, negated)) = test.operator else {
        return Worth::Is(false);
    };
    if family == Family::Null {
        let has = |flag: bool| test.values.contains(&Value::Bool(flag));
        return match (has(true), has(false)) {
            _ if hidden => null(test, false),
            (true, true) => Worth::Is(true),
            (false, false) if !test.values.contains(&Value::Template) => Worth::Is(false),
            _ => Worth::Half,
        };
    }
    let with = with_unknown(test, family, negated);
    if hidden {
        return with;
    }
    match (with, missing(test)) {
        (Worth::Free, _) | (_, Worth::Free) => Worth::Free,
        (with, without) if with == without => with,
        _ => Worth::Half,
    }
}

/// What a test is worth where the request carries the key, with a value that is not known.
fn with_unknown(test: &Test, family: Family, negated: bool) -> Worth {
    let everything = |value: &Value| matches!(value, Value::Pattern(pattern) if pattern.is_everything());
    let everything = family
        == Family::Text {
            wild: true,
            fold: false,
        }
        && test.values.iter().any(everything);
    let spoilt = is_spoilt(test);
    let mut usable = test.values.iter().filter(|value| is_usable(family, value));
    match (test.set, negated) {
        (Set::None, _) if test.multivalued => Worth::Is(false),
        _ if has_open(test) => Worth::Free,
        (Set::None | Set::Any, true) if spoilt || everything => Worth::Is(false),
        (Set::None | Set::All, true) if test.values.is_empty() => Worth::Is(true),
        (Set::None | Set::All, false) if everything && !spoilt => Worth::Is(true),
        (Set::None | Set::Any, false) if usable.next().is_none() => Worth::Is(false),
        _ => Worth::Half,
    }
}

/// What a value must match, or must not, for a test to be as wanted.
pub(super) fn asked(test: &Test, family: Family, negated: bool, want: Want) -> (bool, Matchers<'_>) {
    let values = &test.values;
    let own = Matchers::Values(family, values);
    if test.name == RESOURCE {
        // Whether a wildcard runs on past the colon of a segment is not known: surely it matches within segments only.
        let sure = Matchers::Values(Family::Arn, values);
        return match (want, negated) {
            (Want::True | Want::May, false) | (Want::False | Want::Below, true) => (true, own),
            (Want::False, false) | (Want::True, true) => (false, own),
            (Want::Below, false) | (Want::May, true) => (false, sure),
        };
    }
    // A negated test on a value that is not of its type is unknown.
    let loose = Matchers::Loose(family, values);
    match (want, negated) {
        (Want::True | Want::May, false) | (Want::False, true) => (true, own),
        (Want::False | Want::Below, false) | (Want::May, true) => (false, own),
        (Want::True, true) => (false, loose),
        (Want::Below, true) => (true, loose),
    }
}
