//! Texts of a policy with wildcards and variables.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags", "IAM JSON policy elements: Resource".

use std::borrow::Cow;

use super::context::Lookup;
use super::derive::Known;
use super::outcome::{Premise, PremiseCode, Truth};
use crate::policy::catalogue;

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Token(Token),
    /// `${key}` or `${key, 'default'}`
    Variable {
        key: String,
        /// The key in small letters.
        name: String,
        /// A key with several values cannot be a variable.
        multivalued: bool,
        default: Option<String>,
    },
}

/// Why a pattern has no text in a request.
#[derive(Debug)]
pub(in crate::policy) enum Unresolved {
    /// A variable has no value: what it stands in does not match.
    Missing,
    /// It may have a value, which is not known.
    Unknown(Guess),
}

/// A pattern with a variable whose value is not known.
#[derive(Debug)]
pub(in crate::policy) struct Guess {
    pub(in crate::policy) premise: Premise,
    /// The pattern, the variable taken for any text.
    pub(in crate::policy) tokens: Vec<Token>,
    /// The variable may have no value at all.
    pub(in crate::policy) perhaps_missing: bool,
}

/// A text of a policy, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Pattern {
    pieces: Vec<Piece>,
    /// Present where there is no variable: nothing is left to resolve.
    pub(in crate::policy) fixed: Option<Vec<Token>>,
    /// A value that only deployment gives.
    pub(in crate::policy) template: Option<String>,
}

impl Pattern {
    /// `wild`: `*` and `?` are wildcards; `variables`: `${…}` means something (only with Version 2012-10-17).
    pub(super) fn new(text: &str, wild: bool, variables: bool) -> Self {
        let mut pieces = Vec::new();
        let mut template = None;
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            if let Some((name, after)) = rest.strip_prefix("${").and_then(|inner| inner.split_once('}')) {
                match piece(name) {
                    Named::Template => {
                        template.get_or_insert_with(|| name.to_owned());
                    }
                    Named::Piece(piece) if variables => {
                        pieces.push(piece);
                        rest = after;
                        continue;
                    }
                    Named::Piece(_) | Named::Text => {}
                }
            }
            pieces.push(Piece::Token(match char {
                '*' if wild => Token::Any,
                '?' if wild => Token::One,
                char => Token::Char(char),
            }));
            rest = rest.get(char.len_utf8()..).unwrap_or_default();
        }
        let fixed = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Token(token) => Some(*token),
                Piece::Variable { .. } => None,
            })
            .collect();
        Self {
            pieces,
            fixed,
            template,
        }
    }

    /// True for `*` alone.
    pub(in crate::policy) fn is_everything(&self) -> bool {
        matches!(self.fixed.as_deref(), Some([Token::Any, rest @ ..]) if rest.iter().all(|token| *token == Token::Any))
    }

    /// The tokens, variables replaced by their values, in which wildcards are letters like any other.
    pub(in crate::policy) fn resolve(&self, context: &Known<'_>) -> Result<Cow<'_, [Token]>, Unresolved> {
        if let Some(name) = &self.template {
            let premise = Premise::new(
                PremiseCode::Template,
                format!("${{{name}}} is given by deployment only"),
            );
            return Err(Unresolved::Unknown(Guess {
                premise,
                tokens: vec![Token::Any],
                perhaps_missing: false,
            }));
        }
        if let Some(fixed) = &self.fixed {
            return Ok(Cow::Borrowed(fixed));
        }
        let mut tokens = Vec::new();
        let mut doubt = None;
        let mut perhaps_missing = false;
        for piece in &self.pieces {
            let (key, name, multivalued, default) = match piece {
                Piece::Token(token) => {
                    tokens.push(*token);
                    continue;
                }
                Piece::Variable {
                    key,
                    name,
                    multivalued,
                    default,
                } => (key, name, *multivalued, default),
            };
            let mut insert = |text: &str| tokens.extend(text.chars().map(Token::Char));
            match (context.get(name), default) {
                (Lookup::Unknown(unknown), _) if !multivalued => {
                    perhaps_missing |= !unknown.present && default.is_none();
                    doubt.get_or_insert_with(|| Premise::of_key(unknown.code, key));
                    tokens.push(Token::Any);
                }
                (Lookup::One(value), _) if !multivalued => insert(&value),
                (Lookup::Values([one]), _) if !multivalued => insert(one),
                (Lookup::Missing, Some(default)) => insert(default),
                _ => return Err(Unresolved::Missing),
            }
        }
        match doubt {
            Some(premise) => Err(Unresolved::Unknown(Guess {
                premise,
                tokens,
                perhaps_missing,
            })),
            None => Ok(Cow::Owned(tokens)),
        }
    }
}

enum Named {
    Piece(Piece),
    /// No variable of IAM: what templates and code write.
    Template,
    /// Not a variable at all.
    Text,
}

fn piece(name: &str) -> Named {
    if let "*" | "?" | "$" = name {
        return match name.chars().next() {
            Some(char) => Named::Piece(Piece::Token(Token::Char(char))),
            None => Named::Text,
        };
    }
    let (key, default) = match name.split_once(',') {
        None => (name, None),
        Some((key, default)) => {
            let default = default.trim();
            let inner = default
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''));
            match inner {
                Some(text) => (key, Some(text.to_owned())),
                None => return Named::Text,
            }
        }
    };
    let key = key.trim();
    if key.is_empty() {
        Named::Text
    } else if !key.contains(':') || key.contains("::") {
        // Every condition key has its service before a single colon.
        Named::Template
    } else {
        Named::Piece(Piece::Variable {
            key: key.to_owned(),
            name: key.to_ascii_lowercase(),
            multivalued: catalogue::condition_key(key).is_some_and(|known| known.multivalued),
            default,
        })
    }
}

/// Matches `text`; costs at most length of pattern times length of text, whatever the pattern.
pub(in crate::policy) fn matches(pattern: &[Token], text: &str) -> bool {
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let (mut p, mut t) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while let Some(char) = rest(t).chars().next() {
        match pattern.get(p) {
            Some(Token::Any) => {
                star = Some((p, t));
                p = p.saturating_add(1);
                continue;
            }
            Some(Token::One) => {}
            Some(Token::Char(own)) if *own == char => {}
            _ => {
                let Some((at, taken)) = star else { return false };
                let width = rest(taken).chars().next().map_or(1, char::len_utf8);
                let taken = taken.saturating_add(width);
                star = Some((at, taken));
                p = at.saturating_add(1);
                t = taken;
                continue;
            }
        }
        p = p.saturating_add(1);
        t = t.saturating_add(char.len_utf8());
    }
    let tail = pattern.get(p..).unwrap_or_default();
    tail.iter().all(|token| *token == Token::Any)
}

/// What a pattern says of the texts that begin with `prefix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Reach {
    /// It matches none of them.
    None,
    /// It matches some of them.
    Some,
    /// It matches all of them.
    All,
}

/// Follows all ways through the pattern at once: length of pattern times length of prefix.
pub(super) fn reach(pattern: &[Token], prefix: &str) -> Reach {
    let mut states = States::new(pattern);
    for char in prefix.chars() {
        states.take(
            pattern,
            |_, token| !matches!(token, Token::Char(own) if own != char),
        );
    }
    states.reach(pattern)
}

/// Stands for a part of a text that is not known: of a pattern's places, only a `*` is sure to take it.
pub(super) const UNKNOWN: &str = "\u{ffff}";

/// Whether a pattern of `Resource` matches an ARN.
///
/// Source: IAM User Guide, "Amazon Resource Names (ARNs): Incomplete ARNs", and "IAM JSON policy elements: Resource: Using
/// wildcards in resource ARNs". A `*` that ends a segment may run on past its colon; of other wildcards that is not said.
pub(super) fn matches_resource(pattern: &[Token], text: &str) -> Truth {
    let whole = matches(pattern, text);
    let complete = completed(pattern);
    let by_parts = |pattern: &[Token]| arn_parts(pattern).is_some_and(|parts| arn_matches(&parts, text));
    match complete {
        Some(complete) if matches(&complete, text) && (by_parts(&complete) || runs_on(&complete, text)) => {
            return Truth::True;
        }
        _ if !whole => return Truth::False,
        _ => {}
    }
    if !whole {
        return Truth::Unknown;
    }
    if by_parts(pattern) || !text.contains(':') || runs_on(pattern, text) {
        Truth::True
    } else {
        Truth::Unknown
    }
}

/// An ARN of fewer than six fields, with `*` in those that are missing.
pub(super) fn completed(pattern: &[Token]) -> Option<Vec<Token>> {
    let colons = pattern.iter().filter(|token| **token == Token::Char(':')).count();
    let missing = 5_usize.checked_sub(colons).filter(|missing| *missing > 0)?;
    let mut complete = pattern.to_vec();
    for _ in 0..missing {
        complete.extend([Token::Char(':'), Token::Any]);
    }
    Some(complete)
}

/// Matches with each wildcard kept within its segment of an ARN, but for a `*` that ends one. Costs length of pattern
/// times length of text.
fn runs_on(pattern: &[Token], text: &str) -> bool {
    run_on(pattern, text).ended()
}

/// As [`reach`], within segments of an ARN as [`matches_resource`].
pub(super) fn reach_resource(pattern: &[Token], prefix: &str) -> Reach {
    let all = |pattern: &[Token]| run_on(pattern, prefix).reach(pattern) == Reach::All;
    // Names of keys and aliases have no colon.
    let some = |pattern: &[Token]| {
        let mut states = States::new(pattern);
        for char in prefix.chars() {
            states.take(
                pattern,
                |_, token| !matches!(token, Token::Char(own) if own != char),
            );
        }
        let ends = |at: usize| !pattern.get(at..).unwrap_or_default().contains(&Token::Char(':'));
        (0..=pattern.len()).any(|at| states.has(at) && ends(at))
    };
    if all(pattern) || completed(pattern).is_some_and(|complete| all(&complete)) {
        return Reach::All;
    }
    if some(pattern) || completed(pattern).is_some_and(|complete| some(&complete)) {
        Reach::Some
    } else {
        Reach::None
    }
}

fn run_on(pattern: &[Token], text: &str) -> States {
    // The segment that each place of the pattern is in; past the fifth colon there is no other.
    let mut colons = 0_usize;
    let segments: Vec<usize> = pattern
        .iter()
        .map(|token| {
            let own = colons;
            colons = colons.saturating_add(usize::from(*token == Token::Char(':')));
            own
        })
        .collect();
    let free = |at: usize| {
        let last = segments.get(at).is_none_or(|segment| *segment >= 5);
        let ends = matches!(pattern.get(at.saturating_add(1)), None | Some(Token::Char(':')));
        last || (pattern.get(at) == Some(&Token::Any) && ends)
    };
    let mut states = States::new(pattern);
    for char in text.chars() {
        states.take(pattern, |at, token| match token {
            Token::Any | Token::One => char != ':' || free(at),
            Token::Char(own) => own == char,
        });
    }
    states
}

/// All places of a pattern that may be reached at once.
struct States(Vec<bool>);

impl States {
    fn new(pattern: &[Token]) -> Self {
        let mut states = vec![false; pattern.len().saturating_add(1)];
        if let Some(first) = states.first_mut() {
            *first = true;
        }
        let mut states = Self(states);
        states.close(pattern);
        states
    }

    /// A `*` may stand for nothing.
    fn close(&mut self, pattern: &[Token]) {
        for (at, token) in pattern.iter().enumerate() {
            if *token == Token::Any
                && self.has(at)
                && let Some(next) = self.0.get_mut(at.saturating_add(1))
            {
                *next = true;
            }
        }
    }

    /// Goes on by one letter, which `takes` says whether a place takes.
    fn take(&mut self, pattern: &[Token], takes: impl Fn(usize, Token) -> bool) {
        let mut next = vec![false; self.0.len()];
        for (at, token) in pattern.iter().enumerate() {
            if !self.has(at) || !takes(at, *token) {
                continue;
            }
            let to = if *token == Token::Any {
                at
            } else {
                at.saturating_add(1)
            };
            if let Some(state) = next.get_mut(to) {
                *state = true;
            }
        }
        self.0 = next;
        self.close(pattern);
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at) == Some(&true)
    }

    /// The pattern's end is reached.
    fn ended(&self) -> bool {
        self.0.last() == Some(&true)
    }

    fn reach(&self, pattern: &[Token]) -> Reach {
        let last_star = pattern.last() == Some(&Token::Any);
        if last_star && self.has(pattern.len().saturating_sub(1)) {
            Reach::All
        } else if self.first().is_some() {
            Reach::Some
        } else {
            Reach::None
        }
    }

    /// The first place that is reached.
    fn first(&self) -> Option<usize> {
        self.0.iter().position(|state| *state)
    }
}

/// True where the pattern matches some text that begins with `head`, ends with `tail`, and has something between.
pub(super) fn spans(pattern: &[Token], head: &str, tail: &str) -> bool {
    let mut states = States::new(pattern);
    let letter = |char: char| move |_: usize, token: Token| !matches!(token, Token::Char(own) if own != char);
    for char in head.chars() {
        states.take(pattern, letter(char));
    }
    // Any letter, once or more often: from the first place that is alive every later one can be reached.
    states.take(pattern, |_, _| true);
    let Some(first) = states.first() else {
        return false;
    };
    for state in states.0.iter_mut().skip(first) {
        *state = true;
    }
    for char in tail.chars() {
        states.take(pattern, letter(char));
    }
    states.ended()
}

/// What a pattern says of a text that no pattern without wildcards is, and that begins with one of `prefixes`, in which
/// `stands_for` stands for an account that is not known.
pub(super) fn within(pattern: &[Token], prefixes: &[String], stands_for: Option<&str>) -> Reach {
    if !pattern
        .iter()
        .any(|token| matches!(token, Token::Any | Token::One))
    {
        return Reach::None;
    }
    let mut found = prefixes.iter().map(|prefix| reach(pattern, prefix));
    let first = found.next().unwrap_or(Reach::None);
    let sum = found.fold(first, |sum, own| if sum == own { sum } else { Reach::Some });
    if sum != Reach::None || stands_for.is_none() {
        return sum;
    }
    // Some of an account's digits do not decide of an account that is not known.
    let account = match arn_parts(pattern) {
        Some(parts) => parts.get(4).copied().unwrap_or_default(),
        None => pattern,
    };
    let digits = account.iter().all(|token| match token {
        Token::Char(char) => char.is_ascii_digit(),
        Token::One | Token::Any => true,
    });
    let wild = account.iter().any(|token| !matches!(token, Token::Char(_)));
    if digits && wild { Reach::Some } else { Reach::None }
}

/// The parts of an ARN pattern between its first five colons; nothing where there are fewer.
pub(in crate::policy) fn arn_parts(tokens: &[Token]) -> Option<Vec<&[Token]>> {
    let parts: Vec<&[Token]> = tokens.splitn(6, |token| *token == Token::Char(':')).collect();
    (parts.len() == 6).then_some(parts)
}

/// Compares part by part: a wildcard does not cross one of the first five colons (IAM User Guide, "Amazon Resource Name
/// (ARN) condition operators").
pub(in crate::policy) fn arn_matches(parts: &[&[Token]], text: &str) -> bool {
    let own: Vec<&str> = text.splitn(6, ':').collect();
    own.len() == parts.len() && parts.iter().zip(own).all(|(part, own)| matches(part, own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        Pattern::new(text, true, true).fixed.unwrap()
    }

    #[test]
    fn reach_follows_every_way() {
        for (pattern, expected) in [
            ("*", Reach::All),
            ("alias/*", Reach::All),
            ("key/*", Reach::None),
            ("alias/v", Reach::Some),
            ("*/v", Reach::Some),
            ("ali", Reach::None),
        ] {
            assert_eq!(reach(&tokens(pattern), "alias/"), expected, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_spans_what_lies_between() {
        for (pattern, expected) in [
            ("role/*", true),
            ("role/t*r", true),
            ("role/team/signer", true),
            ("role/*/signer", true),
            ("role/??signer", true),
            ("role/signer", false),
            ("role/?signer", false),
            ("role/*/other", false),
            ("user/*", false),
        ] {
            assert_eq!(spans(&tokens(pattern), "role/", "/signer"), expected, "{pattern}");
        }
    }

    #[test]
    fn wildcards_of_resources_keep_to_their_segments() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
        for (pattern, expected) in [
            ("arn:aws:kms:*:*:key/*", Truth::True),
            ("arn:aws:kms", Truth::True),
            ("arn:aws:kms:*", Truth::True),
            ("arn:aws:kms:*:key/*", Truth::True),
            ("arn:aws:kms:eu*:key/1", Truth::True),
            ("arn:aws:kms:eu*3:key/1", Truth::Unknown),
            ("arn:aws:kms:us*", Truth::False),
            ("arn:aws:s3", Truth::False),
            ("*", Truth::True),
        ] {
            assert_eq!(matches_resource(&tokens(pattern), key), expected, "{pattern}");
        }
    }

    #[test]
    fn of_a_text_that_is_not_known_its_beginning_decides() {
        let account = ["arn:aws:iam::1:".to_owned(), "arn:aws:sts::1:".to_owned()];
        for (pattern, expected) in [
            ("*", Reach::All),
            ("arn:aws:*::1:*", Reach::All),
            ("arn:aws:iam::1:role/*", Reach::Some),
            ("arn:aws:iam::1:role/one", Reach::None),
            ("arn:aws:iam::2:role/*", Reach::None),
            ("arn:aws:iam::*:role/x", Reach::Some),
        ] {
            assert_eq!(within(&tokens(pattern), &account, None), expected, "{pattern}");
        }
        let other = ["arn:aws:iam::another:".to_owned()];
        for (pattern, expected) in [
            ("arn:aws:iam::1:role/*", Reach::None),
            ("arn:aws:iam::1*:role/x", Reach::Some),
            ("arn:aws:iam::*:role/x", Reach::Some),
            ("arn:aws:iam::*", Reach::All),
            ("*/x", Reach::Some),
        ] {
            assert_eq!(
                within(&tokens(pattern), &other, Some("another")),
                expected,
                "{pattern}"
            );
        }
        let digits = ["another".to_owned()];
        for (pattern, expected) in [("1?", Reach::Some), ("*", Reach::All), ("12", Reach::None)] {
            assert_eq!(
                within(&tokens(pattern), &digits, Some("another")),
                expected,
                "{pattern}"
            );
        }
    }

    #[test]
    fn hostile_patterns_end_soon() {
        let pattern = tokens(&"*a".repeat(2_000));
        let text = "b".repeat(5_000);
        assert!(!matches(&pattern, &text));
        assert_eq!(reach(&pattern, &"a".repeat(1_000)), Reach::Some);
        assert!(matches(&tokens("*é?"), "ééx"));
    }
}
