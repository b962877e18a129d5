//! Is there a value that some lists of values match and others do not?
//!
//! Values are told apart by type: texts and ARNs by following their patterns, numbers, dates and addresses by looking at
//! every bound and between any two.

use std::collections::BTreeSet;

use super::super::catalogue::{self, KeyType};
use super::super::evaluate::condition::{Family, Value, matches_alone};
use super::super::evaluate::pattern::{self, Token};
use super::super::evaluate::value::{Decimal, Range, instant};
use super::glob::{self, Budget, Glob, Search, Step};
use crate::encoding::base64;

/// The most values of one list that are tried.
const MOST_CANDIDATES: usize = 400;

/// What one list matches.
#[derive(Debug, Clone, Copy)]
pub(super) enum Matchers<'a> {
    /// The values of a test.
    Values(Family, &'a [Value]),
    /// The values of a test, and whatever is not of their type.
    Loose(Family, &'a [Value]),
    /// Patterns.
    Globs(&'a [Glob]),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Exists {
    /// This value.
    Yes(String),
    /// There is none.
    No,
    /// It could not be said.
    Unsure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Domain {
    Text,
    Number,
    Date,
    Bool,
    Binary,
    Address,
}

impl Matchers<'_> {
    pub(super) fn hold(&self, text: &str) -> bool {
        match self {
            Self::Values(family, values) => values.iter().any(|value| matches_alone(*family, value, text)),
            Self::Loose(family, values) => {
                !is_of_type(*family, text) || Matchers::Values(*family, values).hold(text)
            }
            Self::Globs(globs) => globs.iter().any(|glob| glob::matches(glob, text)),
        }
    }

    /// What a look at it costs.
    fn size(&self) -> usize {
        match self {
            Self::Values(_, values) | Self::Loose(_, values) => {
                values.len().saturating_mul(4).saturating_add(1)
            }
            Self::Globs(globs) => globs.iter().map(Vec::len).sum::<usize>().saturating_add(1),
        }
    }

    fn domain(&self) -> Domain {
        let (Self::Values(family, _) | Self::Loose(family, _)) = self else {
            return Domain::Text;
        };
        match family {
            Family::Text { .. } | Family::Arn | Family::Null => Domain::Text,
            Family::Number(_) => Domain::Number,
            Family::Date(_) => Domain::Date,
            Family::Bool => Domain::Bool,
            Family::Binary => Domain::Binary,
            Family::Address => Domain::Address,
        }
    }

    fn globs(&self) -> Vec<Glob> {
        match self {
            Self::Globs(globs) => globs.to_vec(),
            Self::Values(family, values) => values.iter().filter_map(|value| steps(*family, value)).collect(),
            Self::Loose(family, values) => {
                let mut globs = Matchers::Values(*family, values).globs();
                if *family == Family::Arn {
                    globs.extend(no_arns());
                }
                globs
            }
        }
    }
}

/// True for a text that the operators of a family can compare.
fn is_of_type(family: Family, text: &str) -> bool {
    match family {
        Family::Text { .. } | Family::Null => true,
        Family::Arn => text.matches(':').count() >= 5,
        Family::Number(_) => Decimal::parse(text).is_some(),
        Family::Date(_) => instant(text).is_some(),
        Family::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        Family::Binary => base64::decode(text.as_bytes()).is_ok(),
        Family::Address => Range::parse(text).is_some(),
    }
}

/// The texts with fewer than five colons.
fn no_arns() -> Vec<Glob> {
    (0..5)
        .map(|colons| {
            let mut glob = vec![Step::AnyInPart];
            for _ in 0..colons {
                glob.extend([Step::Char(':'), Step::AnyInPart]);
            }
            glob
        })
        .collect()
}

/// The pattern of a text value; nothing for one that matches nothing.
fn steps(family: Family, value: &Value) -> Option<Glob> {
    let Value::Pattern(pattern) = value else {
        return None;
    };
    let tokens = pattern.fixed.as_deref()?;
    let plain = |token: &Token| match token {
        Token::Char(char) => Step::Char(*char),
        Token::One => Step::One,
        Token::Any => Step::Any,
    };
    match family {
        Family::Text { fold: true, .. } => Some(
            tokens
                .iter()
                .map(|token| match token {
                    Token::Char(char) if char.is_ascii_alphabetic() => Step::Fold(char.to_ascii_lowercase()),
                    other => plain(other),
                })
                .collect(),
        ),
        Family::Arn => {
            let parts = pattern::arn_parts(tokens)?;
            let last = parts.len().saturating_sub(1);
            let mut steps = Vec::new();
            for (at, part) in parts.into_iter().enumerate() {
                if at > 0 {
                    steps.push(Step::Char(':'));
                }
                steps.extend(part.iter().map(|token| match token {
                    Token::One if at < last => Step::OneInPart,
                    Token::Any if at < last => Step::AnyInPart,
                    other => plain(other),
                }));
            }
            Some(steps)
        }
        _ => Some(tokens.iter().map(plain).collect()),
    }
}

/// Looks for a value of the condition key `key` that each of `inside` matches, and none of `outside`.
pub(super) fn exists(
    key: &str,
    inside: &[Matchers<'_>],
    outside: &[Matchers<'_>],
    budget: &mut Budget,
) -> Exists {
    let fits = |text: &str, of: Option<Domain>| {
        let own = |list: &&Matchers<'_>| of.is_none_or(|domain| list.domain() == domain);
        inside.iter().filter(own).all(|list| list.hold(text))
            && !outside.iter().filter(own).any(|list| list.hold(text))
    };
    let domains: BTreeSet<Domain> = inside.iter().chain(outside).map(Matchers::domain).collect();
    let mut unsure = domains.len() > 1;
    let mut candidates = preferred(key);
    let own: Vec<(Domain, Vec<String>, bool)> = domains
        .iter()
        .map(|domain| {
            let lists = inside
                .iter()
                .chain(outside)
                .filter(|list| list.domain() == *domain);
            let (texts, complete) = candidates_of(*domain, lists);
            (*domain, texts, complete)
        })
        .collect();
    candidates.extend(own.iter().flat_map(|(_, texts, _)| texts.iter().cloned()));
    let size = inside.iter().chain(outside).map(Matchers::size).sum::<usize>();
    for text in &candidates {
        if !budget.take(size) {
            return Exists::Unsure;
        }
        if fits(text, None) {
            return Exists::Yes(text.clone());
        }
    }
    for (domain, texts, complete) in &own {
        if *domain == Domain::Text {
            match text(inside, outside, budget) {
                Search::None => return Exists::No,
                Search::Found(text) if fits(&text, None) => return Exists::Yes(text),
                _ => unsure = true,
            }
        } else if *complete && !texts.iter().any(|text| fits(text, Some(*domain))) {
            return Exists::No;
        } else {
            unsure = true;
        }
    }
    if unsure { Exists::Unsure } else { Exists::No }
}

fn text(inside: &[Matchers<'_>], outside: &[Matchers<'_>], budget: &mut Budget) -> Search {
    let texts = |lists: &[Matchers<'_>]| {
        let own = lists.iter().filter(|list| list.domain() == Domain::Text);
        own.map(Matchers::globs).collect::<Vec<_>>()
    };
    let (inside, outside) = (texts(inside), texts(outside).concat());
    if inside.iter().any(Vec::is_empty) {
        return Search::None;
    }
    glob::search(&inside, &outside, budget)
}

/// Values worth trying, and whether one of them stands for every value that there is.
fn candidates_of<'a>(domain: Domain, lists: impl Iterator<Item = &'a Matchers<'a>>) -> (Vec<String>, bool) {
    let mut values: Vec<(Family, &Value)> = Vec::new();
    let mut globs: Vec<Glob> = Vec::new();
    for list in lists {
        match list {
            Matchers::Globs(own) => globs.extend(own.iter().cloned()),
            Matchers::Values(family, own) | Matchers::Loose(family, own) => {
                values.extend(own.iter().map(|value| (*family, value)));
            }
        }
    }
    let (mut texts, complete) = match domain {
        Domain::Text => {
            globs.extend(values.iter().filter_map(|(family, value)| steps(*family, value)));
            (globs.iter().flat_map(filled).collect(), false)
        }
        Domain::Number => numbers(&values),
        Domain::Date => dates(&values),
        Domain::Bool => (vec!["true".to_owned(), "false".to_owned()], true),
        Domain::Binary => (bytes(&values), true),
        Domain::Address => (addresses(&values), true),
    };
    // Of no type but text.
    texts.push("x".to_owned());
    let fits = texts.len() <= MOST_CANDIDATES;
    texts.truncate(MOST_CANDIDATES);
    (texts, complete && fits)
}

/// The pattern with its wildcards filled.
fn filled(glob: &Glob) -> Vec<String> {
    let with = |any: &str| {
        let mut text = String::new();
        for step in glob {
            match step {
                Step::Char(char) | Step::Fold(char) => text.push(*char),
                Step::One | Step::OneInPart => text.push('x'),
                Step::Any | Step::AnyInPart => text.push_str(any),
            }
        }
        text
    };
    let wild = glob
        .iter()
        .any(|step| matches!(step, Step::Any | Step::AnyInPart));
    if wild {
        vec![with("x"), with("")]
    } else {
        vec![with("")]
    }
}

fn numbers(values: &[(Family, &Value)]) -> (Vec<String>, bool) {
    let bounds: Vec<_> = values
        .iter()
        .filter_map(|(_, value)| match value {
            Value::Number(own) => Some(own),
            _ => None,
        })
        .collect();
    // One digit more, so that there is room between any two.
    let most = bounds.iter().map(|own| own.digits()).max().unwrap_or(0);
    let digits = most.saturating_add(1);
    let mut points: BTreeSet<i128> = BTreeSet::new();
    let mut complete = true;
    for own in bounds {
        match own.scaled(digits) {
            Some(point) => points.extend([point.saturating_sub(1), point, point.saturating_add(1)]),
            None => complete = false,
        }
    }
    let mut texts: Vec<String> = points.iter().map(|point| decimal(*point, digits)).collect();
    // Whole numbers read better.
    let whole = |point: &i128| {
        let unit = 10_i128.checked_pow(u32::try_from(digits).ok()?)?;
        Some([point.checked_div(unit)?, point.checked_div(unit)?.checked_add(1)?])
    };
    let mut all: Vec<String> = points
        .iter()
        .filter_map(whole)
        .flatten()
        .map(|number| number.to_string())
        .collect();
    all.append(&mut texts);
    (all, complete)
}

fn decimal(point: i128, digits: usize) -> String {
    let sign = if point < 0 { "-" } else { "" };
    let text = format!("{:0>1$}", point.unsigned_abs(), digits.saturating_add(1));
    let (whole, part) = text.split_at(text.len().saturating_sub(digits));
    format!("{sign}{whole}.{part}")
}

fn dates(values: &[(Family, &Value)]) -> (Vec<String>, bool) {
    let mut points: BTreeSet<i128> = BTreeSet::new();
    for (_, value) in values {
        if let Value::Date(own) = value {
            points.extend([-1_000_000_000, -1, 0, 1, 1_000_000_000].map(|step| own.saturating_add(step)));
        }
    }
    let mut complete = true;
    let mut texts = Vec::new();
    for point in points {
        match jiff::Timestamp::from_nanosecond(point) {
            Ok(timestamp) => texts.push(timestamp.to_string()),
            Err(_) => complete = false,
        }
    }
    (texts, complete)
}

fn bytes(values: &[(Family, &Value)]) -> Vec<String> {
    let mut own: Vec<Vec<u8>> = values
        .iter()
        .filter_map(|(_, value)| match value {
            Value::Bytes(own) => Some(own.clone()),
            _ => None,
        })
        .collect();
    // Another one than all of them.
    own.push(own.concat().into_iter().chain([0]).collect());
    own.iter().map(|bytes| base64::encode(bytes)).collect()
}

/// Every address where a range begins, and the one behind its end: requests come from one address.
fn addresses(values: &[(Family, &Value)]) -> Vec<String> {
    let mut points = BTreeSet::new();
    for (_, value) in values {
        if let Value::Range(own) = value {
            let (first, next) = own.bounds();
            points.insert(first);
            points.extend(next);
        }
    }
    let mut texts: Vec<String> = points.iter().map(ToString::to_string).collect();
    texts.extend(["0.0.0.0".to_owned(), "::".to_owned()]);
    texts
}

/// Values that a request may well carry.
fn preferred(key: &str) -> Vec<String> {
    let name = key.to_ascii_lowercase();
    let own: &[&str] = match name.as_str() {
        "kms:messagetype" => &["RAW", "DIGEST", "EXTERNAL_MU"],
        "kms:signingalgorithm" => &["ECDSA_SHA_256", "ECDSA_SHA_384", "RSASSA_PSS_SHA_256"],
        "kms:keyspec" | "kms:customermasterkeyspec" => {
            &["ECC_SECG_P256K1", "ECC_NIST_P256", "SYMMETRIC_DEFAULT"]
        }
        "kms:keyusage" | "kms:customermasterkeyusage" => &["SIGN_VERIFY", "ENCRYPT_DECRYPT"],
        "kms:keyorigin" => &["AWS_KMS", "EXTERNAL"],
        "kms:multiregionkeytype" => &["PRIMARY", "REPLICA"],
        "kms:policyname" => &["default", "AWS_RAM"],
        "kms:calleraccount" | "aws:principalaccount" | "aws:sourceaccount" => super::classes::OTHER_ACCOUNTS,
        "kms:viaservice" => &["lambda.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"],
        "aws:requestedregion" | "kms:replicaregion" | "kms:primaryregion" => &["us-east-1", "eu-west-1"],
        "aws:principalorgid" | "aws:sourceorgid" | "aws:resourceorgid" => &["o-other00000"],
        "aws:sourcevpce" => &["vpce-0000000000000000f"],
        "aws:sourcevpc" => &["vpc-0000000000000000f"],
        _ => match catalogue::condition_key(key).map(|known| known.kind) {
            Some(KeyType::Bool) => &["true", "false"],
            Some(KeyType::IpAddress) => &["198.51.100.7", "203.0.113.7", "2001:db8::7"],
            Some(KeyType::Numeric) => &["7", "30", "0"],
            Some(KeyType::Date) => &["2026-01-01T00:00:00Z"],
            Some(KeyType::Arn) => &["arn:aws:iam::444455556666:role/other"],
            _ => &[],
        },
    };
    own.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::Document;
    use super::super::super::evaluate::Policy;
    use super::super::super::evaluate::condition::Test;
    use super::*;

    fn test(operator: &str, values: &str) -> Test {
        let text = format!(r#"{{"Statement":{{"Condition":{{"{operator}":{{"a:b":{values}}}}}}}}}"#);
        let policy = Policy::new(&Document::parse(&text).unwrap());
        policy.statements[0].tests[0].clone()
    }

    /// Is there a value that all the first match, and none of the second?
    fn find(inside: &[(&str, &str)], outside: &[(&str, &str)]) -> Exists {
        let read = |list: &[(&str, &str)]| -> Vec<Test> {
            list.iter()
                .map(|(operator, values)| test(operator, values))
                .collect()
        };
        let (inside, outside) = (read(inside), read(outside));
        let list = |test: &'_ Test| -> Family { test.operator.unwrap().0 };
        let inside: Vec<Matchers<'_>> = inside
            .iter()
            .map(|test| Matchers::Values(list(test), &test.values))
            .collect();
        let outside: Vec<Matchers<'_>> = outside
            .iter()
            .map(|test| Matchers::Values(list(test), &test.values))
            .collect();
        exists("a:b", &inside, &outside, &mut Budget::new(1_000_000))
    }

    #[test]
    fn there_is_a_value_or_there_is_none() {
        let role = r#""arn:aws:iam::111122223333:role/*""#;
        for (inside, outside, expected) in [
            (
                &[("StringEquals", r#"["a","b"]"#)][..],
                &[("StringEquals", r#"["b","c"]"#)][..],
                Some("a"),
            ),
            (
                &[("StringEquals", r#"["a","b"]"#)],
                &[("StringLike", r#""?""#)],
                None,
            ),
            (&[("StringLike", r#""ab*""#)], &[("StringLike", r#""a*""#)], None),
            (
                &[("StringEqualsIgnoreCase", r#""ab""#)],
                &[("StringEquals", r#"["ab","AB","aB"]"#)],
                Some("Ab"),
            ),
            (
                &[("StringEqualsIgnoreCase", r#""a""#)],
                &[("StringEquals", r#"["a","A"]"#)],
                None,
            ),
            (&[("ArnLike", role)], &[("StringLike", role)], None),
            (
                &[("ArnLike", role)],
                &[("ArnLike", r#""arn:aws:iam::*:*""#)],
                None,
            ),
            (
                &[("NumericLessThan", "7")],
                &[("NumericLessThanEquals", "7")],
                None,
            ),
            (
                &[("NumericLessThanEquals", "7")],
                &[("NumericLessThan", "7")],
                Some("7"),
            ),
            (
                &[("NumericGreaterThan", "1"), ("NumericLessThan", "1.1")],
                &[],
                Some("1.01"),
            ),
            (
                &[("NumericGreaterThan", "-1.1"), ("NumericLessThan", "-1")],
                &[],
                Some("-1.09"),
            ),
            (
                &[
                    ("DateGreaterThan", r#""2026-01-01""#),
                    ("DateLessThan", r#""2026-01-01""#),
                ],
                &[],
                None,
            ),
            (
                &[("DateGreaterThan", r#""2026-01-01T00:00:00Z""#)],
                &[("DateGreaterThanEquals", "1767225600")],
                None,
            ),
            (
                &[("IpAddress", r#""10.1.0.0/16""#)],
                &[("IpAddress", r#""10.0.0.0/8""#)],
                None,
            ),
            (
                &[("IpAddress", r#""10.0.0.0/8""#)],
                &[("IpAddress", r#""10.0.0.0/9""#)],
                Some("10.128.0.0"),
            ),
            (&[("Bool", "true")], &[("Bool", r#""TRUE""#)], None),
            (&[], &[("Bool", r#"["true","false"]"#)], Some("x")),
            (
                &[("BinaryEquals", r#""AQ==""#)],
                &[("BinaryEquals", r#""AQ==""#)],
                None,
            ),
            (&[("NumericEquals", r#""a""#)], &[], None),
        ] {
            let expected = expected.map_or(Exists::No, |text| Exists::Yes(text.to_owned()));
            assert_eq!(find(inside, outside), expected, "{inside:?} {outside:?}");
        }
        // Of two types, where none of either alone decides it.
        assert_eq!(
            find(&[("StringLike", r#""7*""#), ("NumericEquals", "77777")], &[]),
            Exists::Yes("77777".to_owned())
        );
    }
}
