//! Texts of a policy with wildcards and variables.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags", "IAM JSON policy elements: Resource".

use std::borrow::Cow;

use super::context::{Context, Lookup};
use super::outcome::{Premise, PremiseCode};

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
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
        default: Option<String>,
    },
}

/// Why a pattern has no text in a request.
#[derive(Debug)]
pub(super) enum Unresolved {
    /// A variable has no value: what it stands in does not match.
    Missing,
    /// It has a value, which is not known.
    Unknown(Premise),
}

/// A text of a policy, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    /// Present where there is no variable: nothing is left to resolve.
    fixed: Option<Vec<Token>>,
    /// A value that only deployment gives.
    template: Option<String>,
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
    pub(super) fn is_everything(&self) -> bool {
        matches!(self.fixed.as_deref(), Some([Token::Any, rest @ ..]) if rest.iter().all(|token| *token == Token::Any))
    }

    /// The tokens, variables replaced by their values, in which wildcards are letters like any other.
    pub(super) fn resolve(&self, context: &Context) -> Result<Cow<'_, [Token]>, Unresolved> {
        if let Some(name) = &self.template {
            return Err(Unresolved::Unknown(Premise::new(
                PremiseCode::Template,
                format!("${{{name}}} is given by deployment only"),
            )));
        }
        if let Some(fixed) = &self.fixed {
            return Ok(Cow::Borrowed(fixed));
        }
        let mut tokens = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable { key, default } => {
                    let value = match context.get(&key.to_ascii_lowercase()) {
                        // A key with several values cannot be used.
                        Lookup::Values([one]) => one.as_str(),
                        Lookup::Unknown(code) => {
                            return Err(Unresolved::Unknown(Premise::of_key(code, key)));
                        }
                        _ => default.as_deref().ok_or(Unresolved::Missing)?,
                    };
                    tokens.extend(value.chars().map(Token::Char));
                }
            }
        }
        Ok(Cow::Owned(tokens))
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
            default,
        })
    }
}

/// Matches `text`; costs at most length of pattern times length of text, whatever the pattern.
pub(super) fn matches(pattern: &[Token], text: &str) -> bool {
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
pub(super) enum Reach {
    /// It matches none of them.
    None,
    /// It matches some of them.
    Some,
    /// It matches all of them.
    All,
}

/// Follows all ways through the pattern at once: length of pattern times length of prefix.
pub(super) fn reach(pattern: &[Token], prefix: &str) -> Reach {
    let size = pattern.len().saturating_add(1);
    let close = |states: &mut Vec<bool>| {
        for (at, token) in pattern.iter().enumerate() {
            if *token == Token::Any
                && states.get(at) == Some(&true)
                && let Some(next) = states.get_mut(at.saturating_add(1))
            {
                *next = true;
            }
        }
    };
    let mut states = vec![false; size];
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    close(&mut states);
    for char in prefix.chars() {
        let mut next = vec![false; size];
        for (at, token) in pattern.iter().enumerate() {
            if states.get(at) != Some(&true) {
                continue;
            }
            let to = match token {
                Token::Any => at,
                Token::One => at.saturating_add(1),
                Token::Char(own) if *own == char => at.saturating_add(1),
                Token::Char(_) => continue,
            };
            if let Some(state) = next.get_mut(to) {
                *state = true;
            }
        }
        close(&mut next);
        states = next;
    }
    // Past the fifth colon stands the name of a key, an alias or a role, which has none.
    let named = prefix.matches(':').count() >= 5;
    let ends = |at: usize| !named || !pattern.get(at..).unwrap_or_default().contains(&Token::Char(':'));
    let last_star = pattern.last() == Some(&Token::Any);
    if last_star && states.get(pattern.len().saturating_sub(1)) == Some(&true) {
        Reach::All
    } else if states.iter().enumerate().any(|(at, alive)| *alive && ends(at)) {
        Reach::Some
    } else {
        Reach::None
    }
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
pub(super) fn arn_parts(tokens: &[Token]) -> Option<Vec<&[Token]>> {
    let parts: Vec<&[Token]> = tokens.splitn(6, |token| *token == Token::Char(':')).collect();
    (parts.len() == 6).then_some(parts)
}

/// Compares part by part: a wildcard does not cross one of the first five colons (IAM User Guide, "Amazon Resource Name
/// (ARN) condition operators").
pub(super) fn arn_matches(parts: &[&[Token]], text: &str) -> bool {
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
            ("arn:*", Reach::All),
            ("arn:aws:kms:*:*:alias/*", Reach::All),
            ("arn:aws:kms:*:*:key/*", Reach::None),
            ("arn:aws:kms:*:*:alias/v", Reach::Some),
            ("*/v", Reach::Some),
            ("arn", Reach::None),
        ] {
            assert_eq!(
                reach(&tokens(pattern), "arn:aws:kms:eu-west-1:1:alias/"),
                expected,
                "{pattern}"
            );
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
