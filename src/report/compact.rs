//! Long names made short for a table. The full ones stand in the key's own section, and in every other format.

use super::page::safe;
use crate::arn::{Arn, is_key_id};

/// Safe text in which addresses, ARNs and key ids are shortened.
pub(super) fn compact(text: &str) -> String {
    let safe = safe(text);
    let mut short = String::with_capacity(safe.len());
    let mut word = String::new();
    // An ARN or address ends where a character stands that neither has.
    let part = |char: char| {
        char.is_ascii_alphanumeric() || matches!(char, ':' | '/' | '-' | '_' | '.' | '+' | '=' | '@')
    };
    for char in safe.chars() {
        if part(char) {
            word.push(char);
        } else {
            short.push_str(&name(&std::mem::take(&mut word)));
            short.push(char);
        }
    }
    short.push_str(&name(&word));
    short
}

/// One name, short.
fn name(word: &str) -> String {
    let (word, tail) = match word.strip_suffix([':', '.']) {
        Some(body) => (body, word.get(body.len()..).unwrap_or_default()),
        None => (word, ""),
    };
    let digits = word
        .strip_prefix("0x")
        .filter(|digits| digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let short = if let Some(digits) = digits {
        format!(
            "0x{}..{}",
            digits.get(..4).unwrap_or_default(),
            digits.get(36..).unwrap_or_default()
        )
    } else if let Some(arn) = Arn::parse(word) {
        match (arn.service, arn.resource.strip_prefix("key/")) {
            ("kms", Some(id)) if is_key_id(id) => format!("key {}", key_id(id)),
            ("kms" | "iam" | "sts", _) if arn.resource == "root" => format!("account {}", arn.account),
            ("kms" | "iam" | "sts", _) => arn.resource.to_owned(),
            _ => word.to_owned(),
        }
    } else if is_key_id(word) {
        key_id(word)
    } else {
        word.to_owned()
    };
    format!("{short}{tail}")
}

fn key_id(id: &str) -> String {
    let head: String = id.chars().take(8).collect();
    format!("{head}..")
}

/// A path without the folder that was audited, where there was one.
pub(super) fn path(path: &str, evidence: &str) -> String {
    let root = evidence.trim_end_matches('/');
    let below = path
        .strip_prefix(root)
        .and_then(|rest| rest.strip_prefix("!/").or_else(|| rest.strip_prefix('/')))
        .filter(|rest| !root.is_empty() && !rest.is_empty());
    safe(below.unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_and_words_are_not() {
        for (long, short) in [
            (
                "claim 0x1cc43514feC581818Dd0Cd99048dEAE7E1295a9c, of",
                "claim 0x1cc4..5a9c, of",
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/b93f0850-f858-4c86-a808-58d959e76250 (x)",
                "key b93f0850.. (x)",
            ),
            ("arn:aws:iam::111122223333:user/a may", "user/a may"),
            ("arn:aws:iam::111122223333:root", "account 111122223333"),
            ("b93f0850-f858-4c86-a808-58d959e76250: no", "b93f0850..: no"),
            ("kms:Sign for x/y.json:4", "kms:Sign for x/y.json:4"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
        ] {
            assert_eq!(compact(long), short);
        }
    }

    #[test]
    fn paths_lose_the_audited_folder() {
        assert_eq!(path("acme/k/p.json", "acme/"), "k/p.json");
        assert_eq!(path("acme.zip!/k/p.json", "acme.zip"), "k/p.json");
        assert_eq!(path("other/p.json", "acme"), "other/p.json");
        assert_eq!(path("p.json", "p.json"), "p.json");
    }
}
