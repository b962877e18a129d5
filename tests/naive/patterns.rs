//! Wildcards and variables.
//!
//! IAM User Guide, "IAM JSON policy elements: Resource" (`*` any combination of characters, `?` any single one) and
//! "IAM policy elements: Variables and tags".

use crate::context::Asked;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Letter(char),
    Any,
    One,
}

/// `*` and `?` of a text.
pub(crate) fn wildcards(text: &str) -> Vec<Piece> {
    text.chars()
        .map(|letter| match letter {
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Letter(other),
        })
        .collect()
}

/// Letters only.
pub(crate) fn literal(text: &str) -> Vec<Piece> {
    text.chars().map(Piece::Letter).collect()
}

pub(crate) fn matches(pattern: &[Piece], text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    matches_letters(pattern, &letters)
}

fn matches_letters(pattern: &[Piece], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((Piece::Any, rest)), _) => (0..=text.len()).any(|skip| matches_letters(rest, &text[skip..])),
        (Some((Piece::One, rest)), Some((_, after))) => matches_letters(rest, after),
        (Some((Piece::Letter(wanted), rest)), Some((letter, after))) => {
            wanted == letter && matches_letters(rest, after)
        }
        (Some(_), None) => false,
    }
}

/// As `matches`, where a wildcard stays within its segment of an ARN unless it is a `*` that ends one. The last segment
/// has no end.
pub(crate) fn matches_within_segments(pattern: &[Piece], text: &str) -> bool {
    fn go(pattern: &[Piece], text: &[char], colons: usize) -> bool {
        let ends =
            |rest: &[Piece]| colons >= 5 || rest.first().is_none_or(|next| *next == Piece::Letter(':'));
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some((Piece::Any, rest)), _) => (0..=text.len())
                .take_while(|skip| ends(rest) || !text[..*skip].contains(&':'))
                .any(|skip| go(rest, &text[skip..], colons)),
            (Some((Piece::One, rest)), Some((letter, after))) => {
                (*letter != ':' || colons >= 5) && go(rest, after, colons)
            }
            (Some((Piece::Letter(wanted), rest)), Some((letter, after))) => {
                wanted == letter && go(rest, after, colons + usize::from(*letter == ':'))
            }
            (Some(_), None) => false,
        }
    }
    let letters: Vec<char> = text.chars().collect();
    go(pattern, &letters, 0)
}

/// The six parts of an ARN's pattern; the last keeps its colons.
pub(crate) fn arn_parts(pattern: &[Piece]) -> Option<Vec<Vec<Piece>>> {
    let mut parts = vec![Vec::new()];
    for piece in pattern {
        if *piece == Piece::Letter(':') && parts.len() < 6 {
            parts.push(Vec::new());
        } else {
            parts.last_mut().expect("there is one").push(piece.clone());
        }
    }
    (parts.len() == 6).then_some(parts)
}

/// Each part of an ARN by itself (IAM User Guide, "Amazon Resource Name (ARN) condition operators"). Nothing where one of
/// the two is no ARN.
pub(crate) fn matches_arn(pattern: &[Piece], text: &str) -> Option<bool> {
    let parts = arn_parts(pattern)?;
    let of_text: Vec<&str> = text.splitn(6, ':').collect();
    if of_text.len() < 6 {
        return None;
    }
    Some(
        parts
            .iter()
            .zip(of_text)
            .all(|(pattern, text)| matches(pattern, text)),
    )
}

/// A value of a policy, its variables replaced by what the request has. Nothing where a variable has no value: "any
/// attempt to match it fails and causes the statement to be invalid".
///
/// What a variable inserts is literal. `with_wildcards`: whether `*` and `?` of the policy's own text are wildcards.
pub(crate) fn resolve(
    value: &str,
    variables: bool,
    with_wildcards: bool,
    asked: &mut Asked<'_, '_>,
) -> Option<Vec<Piece>> {
    let plain = |text: &str| {
        if with_wildcards {
            wildcards(text)
        } else {
            literal(text)
        }
    };
    if !variables {
        return Some(plain(value));
    }
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        pieces.extend(plain(before));
        match name {
            "*" | "?" | "$" => pieces.extend(literal(name)),
            _ => pieces.extend(literal(&variable(name, asked)?)),
        }
        rest = tail;
    }
    pieces.extend(plain(rest));
    Some(pieces)
}

/// `key`, or `key, 'default'`.
fn variable(text: &str, asked: &mut Asked<'_, '_>) -> Option<String> {
    let (key, default) = match text.split_once(',') {
        None => (text, None),
        Some((key, default)) => {
            let default = default
                .trim()
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''));
            (key, default)
        }
    };
    match asked.key(key.trim()) {
        // A key with several values cannot be a variable.
        Some(values) if values.len() > 1 || crate::context::is_multivalued(key.trim()) => None,
        Some(values) => values.into_iter().next(),
        None => default.map(str::to_owned),
    }
}
