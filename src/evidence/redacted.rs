//! Values that are none: masked (`XXXXXXXXXXXX`, `1111****3333`), left out (`…`), not filled in (`<account>`,
//! `YOUR_KEY_ID`, `${AWS::AccountId}`), or an account id with a digit too many or too few.
//!
//! Nothing is joined or compared by such a value. The ids of AWS's own documentation (`123456789012`,
//! `1234abcd-12ab-34cd-56ef-1234567890ab`) have the form of ids and are taken as such.

use std::ops::Range;

use crate::arn::{is_account_id, is_key_id};

/// What is wrong with a part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Masked {
    /// It is masked, left out or not filled in.
    Placeholder,
    /// An account id has so many digits, and not twelve.
    AccountLength(usize),
}

/// Characters that people put in place of others. A question mark and a single asterisk are wildcards of policies.
const MASKS: [char; 8] = ['x', 'X', '*', '#', '•', '█', '■', '●'];

/// So many equal characters of a mask side by side are one.
const RUN: usize = 3;

/// Words that stand for an id.
const WORDS: [&str; 20] = [
    "accountid",
    "awsaccountid",
    "accountnumber",
    "keyid",
    "kmskeyid",
    "keyuuid",
    "keyarn",
    "publickey",
    "address",
    "redacted",
    "masked",
    "hidden",
    "removed",
    "omitted",
    "anonymized",
    "anonymised",
    "sanitized",
    "placeholder",
    "changeme",
    "replaceme",
];

/// The parts of an id, an ARN or an alias that are no value, in the order of the text.
pub fn in_id(text: &str) -> Vec<(Masked, Range<usize>)> {
    let parts = parts(text);
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let own = text.get(part.range.clone()).unwrap_or_default();
        if !part.brackets.is_empty() {
            found.extend(
                part.brackets
                    .iter()
                    .map(|range| (Masked::Placeholder, range.clone())),
            );
        } else if is_left_out(own) || is_masked_word(own) || (is_word(own) && index != 1) {
            found.push((Masked::Placeholder, part.range.clone()));
        } else if is_arn(text) && index == 4 && is_wrong_account(own) {
            found.push((Masked::AccountLength(own.len()), part.range.clone()));
        }
    }
    found
}

/// An account id that is none.
pub fn in_account(text: &str) -> Vec<(Masked, Range<usize>)> {
    if is_wrong_account(text) {
        return vec![(Masked::AccountLength(text.len()), 0..text.len())];
    }
    in_id(text)
}

/// True for a text that is a placeholder as a whole.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let [only] = parts(text).try_into().unwrap_or_else(|_| [Part::default()]);
    if only.range != (0..text.len()) || text.is_empty() {
        return false;
    }
    match only.brackets.as_slice() {
        [] => {
            is_left_out(text.trim_matches(|char: char| char.is_ascii_alphanumeric() && text.len() < 8))
                || is_all_mask(text)
                || is_word(text)
        }
        [one] => *one == (0..text.len()),
        _ => false,
    }
}

/// True for an address that is a placeholder: `0xYOUR_ADDRESS`, `0x…`, `0x1234…abcd`.
pub fn is_placeholder_address(text: &str) -> bool {
    let text = text.trim();
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    is_left_out(digits) || is_masked_word(digits) || is_word(digits) || !brackets(digits).is_empty()
}

/// True if a part of an id, an ARN or an alias is no value.
pub fn is_masked(text: &str) -> bool {
    !in_id(text).is_empty()
}

/// The key id of a key ARN of which other parts are masked.
pub fn key_id(text: &str) -> Option<&str> {
    let id = text.strip_prefix("arn:")?.rsplit_once(":key/")?.1;
    is_key_id(id).then_some(id)
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// True for digits that are not twelve.
fn is_wrong_account(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && !is_account_id(text)
}

/// What stands between colons and slashes, and the placeholders in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Part {
    range: Range<usize>,
    brackets: Vec<Range<usize>>,
}

fn parts(text: &str) -> Vec<Part> {
    let mut brackets = brackets(text).into_iter().peekable();
    let mut found = Vec::new();
    let mut part = Part::default();
    let mut at = 0_usize;
    while let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if let Some(range) = brackets.next_if(|range| range.start == at) {
            at = range.end;
            part.brackets.push(range);
            continue;
        }
        let next = at.saturating_add(char.len_utf8());
        if matches!(char, ':' | '/') {
            part.range.end = at;
            let fresh = Part {
                range: next..next,
                brackets: Vec::new(),
            };
            found.push(std::mem::replace(&mut part, fresh));
        }
        at = next;
    }
    part.range.end = text.len();
    found.push(part);
    found
}

/// Brackets of placeholders, the longer ones first.
const BRACKETS: [(&str, &str); 5] = [("{{", "}}"), ("${", "}"), ("<", ">"), ("[", "]"), ("{", "}")];

/// The longest text in the brackets of a placeholder.
const INSIDE: usize = 64;

/// Placeholders in brackets: `<account>`, `[REDACTED]`, `{{ account_id }}`, `${AWS::AccountId}`. The variables of IAM
/// policies (`${aws:username}`, `${*}`) are none.
fn brackets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains(['<', '[', '{']) {
        return found;
    }
    let mut at = 0_usize;
    while let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let bracket = BRACKETS.iter().find(|(open, _)| rest.starts_with(open));
        let inside = bracket.and_then(|(open, close)| {
            let body = rest.get(open.len()..)?;
            let window = body.get(..floor(body, INSIDE)).unwrap_or_default();
            let inside = window.get(..window.find(close)?)?;
            Some((
                *open,
                inside,
                open.len()
                    .saturating_add(inside.len())
                    .saturating_add(close.len()),
            ))
        });
        match inside {
            Some((open, inside, length)) if is_name(inside) => {
                let end = at.saturating_add(length);
                if open != "${" || !is_policy_variable(inside) {
                    found.push(at..end);
                }
                at = end;
            }
            _ => at = at.saturating_add(char.len_utf8()),
        }
    }
    found
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// True for what people write into brackets: a name, a mask, or dots.
fn is_name(inside: &str) -> bool {
    let text = inside.trim();
    !text.is_empty()
        && text.chars().all(|char| {
            char.is_alphanumeric()
                || matches!(char, ' ' | '_' | '-' | '.' | ':' | '*' | '?' | '$' | '#' | '…')
        })
}

/// IAM User Guide, "IAM policy elements: Variables and tags".
fn is_policy_variable(inside: &str) -> bool {
    if matches!(inside, "*" | "?" | "$") {
        return true;
    }
    inside.split_once(':').is_some_and(|(service, name)| {
        !name.starts_with(':')
            && !service.is_empty()
            && service
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
    })
}

/// True for a text out of which something was left.
fn is_left_out(text: &str) -> bool {
    text.contains('…') || text.contains("...")
}

/// True for digits of an id of which some are masked: `c198XXXX-XXXX-…`, `1111****3333`, `0x12xxxx`.
fn is_masked_word(text: &str) -> bool {
    let text = text.strip_prefix("mrk-").unwrap_or(text);
    text.chars()
        .all(|char| char.is_ascii_hexdigit() || char == '-' || MASKS.contains(&char))
        && has_run(text)
}

fn is_all_mask(text: &str) -> bool {
    text.chars().all(|char| char == '-' || MASKS.contains(&char)) && has_run(text)
}

fn has_run(text: &str) -> bool {
    let (mut last, mut length) = (None, 0_usize);
    text.chars().filter(|char| *char != '-').any(|char| {
        length = if Some(char) == last {
            length.saturating_add(1)
        } else {
            1
        };
        last = Some(char);
        length >= RUN && MASKS.contains(&char)
    })
}

/// True for a word that stands for an id: `YOUR_ACCOUNT_ID`, `account-id`, `REDACTED`.
fn is_word(text: &str) -> bool {
    if text.starts_with("YOUR") && text.contains(['_', '-']) {
        return true;
    }
    // The shortest word has five letters, the longest thirteen; `your` and marks between make some more.
    if !(5..=24).contains(&text.len()) {
        return false;
    }
    let plain: String = text
        .chars()
        .filter(|char| !matches!(char, '_' | '-' | ' '))
        .map(|char| char.to_ascii_lowercase())
        .collect();
    let yours = ["your", "my", "insert"]
        .iter()
        .find_map(|head| plain.strip_prefix(head));
    WORDS.contains(&plain.as_str()) || yours.is_some_and(|rest| WORDS.contains(&rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Vec<&str> {
        in_id(text).into_iter().map(|(_, range)| &text[range]).collect()
    }

    #[test]
    fn masked_parts_of_an_arn_are_found_each_by_itself() {
        for (text, parts) in [
            (
                "arn:aws:kms:us-east-1:<account>:key/<key-id>",
                &["<account>", "<key-id>"][..],
            ),
            (
                "arn:aws:kms:us-east-1:${AWS::AccountId}:key/${ValidatorKey}",
                &["${AWS::AccountId}", "${ValidatorKey}"],
            ),
            (
                "arn:aws:kms:us-east-1:{{ account_id }}:key/{{ key_id }}",
                &["{{ account_id }}", "{{ key_id }}"],
            ),
            (
                "arn:aws:kms:us-east-1:[REDACTED]:key/[REDACTED]",
                &["[REDACTED]", "[REDACTED]"],
            ),
            (
                "arn:aws:kms:us-east-1:XXXXXXXXXXXX:key/XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX",
                &["XXXXXXXXXXXX", "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"],
            ),
            (
                "arn:aws:kms:us-east-1:1111XXXX3333:key/mrk-xxxxxxxx",
                &["1111XXXX3333", "mrk-xxxxxxxx"],
            ),
            ("arn:aws:kms:us-east-1:...:key/...", &["...", "..."]),
            ("arn:aws:kms:us-east-1:…:alias/validator", &["…"]),
            (
                "arn:aws:kms:us-east-1:YOUR_ACCOUNT_ID:key/YOUR_KEY_ID",
                &["YOUR_ACCOUNT_ID", "YOUR_KEY_ID"],
            ),
            ("arn:aws:iam::111122223:user/v", &["111122223"]),
            ("arn:aws:iam::************:user/v", &["************"]),
            (
                "c198XXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX",
                &["c198XXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"],
            ),
            ("c198e57b-…-c1c85f2ef956", &["c198e57b-…-c1c85f2ef956"]),
            ("alias/<name>", &["<name>"]),
        ] {
            assert_eq!(masked(text), parts, "{text}");
        }
    }

    #[test]
    fn ids_wildcards_and_variables_are_values() {
        for text in [
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:111122223333:alias/hyperlane-validator-signer-xxx",
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
            "arn:aws:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::*:role/v",
            "arn:aws:kms:*:*:key/*",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
            "arn:aws:iam::111122223333:user/exxxon",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
            "alias/aws/kms",
            "*",
            "",
        ] {
            assert_eq!(masked(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn an_account_has_twelve_digits() {
        let length = |text: &str| in_account(text).first().map(|(masked, _)| *masked);
        assert_eq!(length("111122223"), Some(Masked::AccountLength(9)));
        assert_eq!(length("1111222233334"), Some(Masked::AccountLength(13)));
        assert_eq!(length("************"), Some(Masked::Placeholder));
        assert_eq!(length("123456789012"), None);
        assert_eq!(length("000000000000"), None);
    }

    #[test]
    fn whole_placeholders() {
        for text in [
            "[REDACTED]",
            "<public key>",
            "XXXXXXXX",
            "...",
            "…",
            "REDACTED",
            "YOUR_PUBLIC_KEY",
            "{{key}}",
            "****",
            "${KEY}",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "",
            "ECC_SECG_P256K1",
            "Enabled",
            "[1, 2]",
            "a <b> c",
            "default",
            "AWS_KMS",
            "my validator",
            "kms:*",
            "MFYw",
            "x",
            "key id of the third",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn addresses() {
        for text in [
            "0xYOUR_ADDRESS",
            "0x…",
            "0x...",
            "0x1234…abcd",
            "<address>",
            "0x<address>",
            "0xXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            "YOUR_ADDRESS",
        ] {
            assert!(is_placeholder_address(text), "{text}");
        }
        for text in [
            "0xc7e1588f24177f5f834140C3599B83FE7d0b7761",
            "0x0",
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "cosmos1xxx2",
            "",
            "n/a",
        ] {
            assert!(!is_placeholder_address(text), "{text}");
        }
    }

    #[test]
    fn a_whole_key_id_beside_a_masked_account_is_one() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(
            key_id(&format!("arn:aws:kms:us-east-1:<account>:key/{id}")),
            Some(id)
        );
        assert_eq!(key_id("arn:aws:kms:us-east-1:<account>:key/<id>"), None);
        assert_eq!(key_id(id), None);
    }
}
