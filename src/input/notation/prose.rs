//! Values that stand in a text of another kind: a key pasted into a message, the text of an object as Java or Rust prints it.

use std::ops::Range;

use super::aws_names::{key_arn, public_key, scalar};
use super::{Notation, Read, Root, by_shape};
use crate::encoding::base64;
use crate::json::{Limits, Node, Value};
use crate::key::spki;

/// Public keys in prose, each with the key ARN that stands on the same line.
#[derive(Debug)]
pub(super) struct Prose;

/// Lines longer than this are no prose.
const LONG: usize = 16 << 10;

/// Fewer numbers in brackets are no key.
const FEWEST: usize = 64;

impl Notation for Prose {
    fn id(&self) -> &'static str {
        "prose"
    }

    fn title(&self) -> &'static str {
        "a text with a key in it"
    }

    fn read(&self, text: &str, _limits: &Limits) -> Read {
        let mut rows = Vec::new();
        let mut at = 0_usize;
        for line in text.split_inclusive('\n') {
            let start = at;
            at = at.saturating_add(line.len());
            if line.len() <= LONG {
                rows.extend(row(line, start));
            }
        }
        if rows.is_empty() {
            rows.extend(dump(text));
        }
        let several = rows.len() > 1;
        match by_shape::list(rows) {
            Some(node) if several => Read::Roots(vec![Root::alone(node)]),
            Some(node) => Read::Roots(
                node.items()
                    .first()
                    .map(|row| Root::alone(row.clone()))
                    .into_iter()
                    .collect(),
            ),
            None => Read::No,
        }
    }

    fn has_pointers(&self) -> bool {
        false
    }
}

/// The public key of a line, where it has exactly one, and its ARN: a bare UUID may be that of a request.
fn row(line: &str, start: usize) -> Option<Node> {
    let mut keys: Vec<Node> = tokens(line)
        .filter(|(token, _)| public_key(token))
        .filter(|(token, _)| {
            let der = base64::decode(token.as_bytes());
            der.is_ok_and(|der| spki::decode(&der, spki::Options::new()).is_ok())
        })
        .map(|(token, range)| scalar(token, moved(range, start)))
        .collect();
    keys.extend(hex(line, start));
    keys.extend(numbers(line, start));
    if keys.len() != 1 {
        return None;
    }
    let mut fields: Vec<(&'static str, Node)> = keys.into_iter().map(|key| ("PublicKey", key)).collect();
    let mut names = tokens(line).filter(|(token, _)| key_arn(token));
    if let (Some((name, range)), None) = (names.next(), names.next()) {
        fields.push(("KeyId", scalar(name, moved(range, start))));
    }
    Some(super::aws_names::object(fields))
}

/// The one list of bytes in a text, with a line for each or a few, and the one key ARN of the text where no blank line
/// stands between the two: in another paragraph it may be that of another key.
fn dump(text: &str) -> Option<Node> {
    let mut lists = numbers(text, 0).into_iter();
    let (Some(key), None) = (lists.next(), lists.next()) else {
        return None;
    };
    let place = key.span.clone();
    let mut fields = vec![("PublicKey", key)];
    let mut names = tokens(text).filter(|(token, _)| key_arn(token));
    let is_near = |name: &Range<usize>| {
        let between = name.end.min(place.end)..name.start.max(place.start);
        let lines: Vec<&str> = text.get(between).unwrap_or_default().split('\n').collect();
        // The first and the last are the ends of the lines that the two stand on.
        let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
        inner.iter().all(|line| !line.trim().is_empty())
    };
    if let Some((name, range)) = names.next()
        && names.all(|(other, _)| other == name)
        && is_near(&range)
    {
        fields.push(("KeyId", scalar(name, range)));
    }
    Some(super::aws_names::object(fields))
}

fn moved(range: Range<usize>, by: usize) -> Range<usize> {
    range.start.saturating_add(by)..range.end.saturating_add(by)
}

/// Runs of characters without blanks, quotes, brackets and the like, with their places in the line.
fn tokens(line: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0_usize;
    line.split(|char: char| char.is_whitespace() || "`\"'(),;<>[]{}|".contains(char))
        .filter_map(move |part| {
            let start = at;
            at = at.saturating_add(part.len()).saturating_add(1);
            // A name before the value: KeyId=arn:…; the signs at the end of base64 belong to it.
            let value = part
                .find('=')
                .filter(|equals| {
                    part.get(equals.saturating_add(1)..)
                        .is_some_and(|rest| rest.len() > 2)
                })
                .map_or(0, |equals| equals.saturating_add(1));
            let token = part.get(value..).unwrap_or_default();
            let from = start.saturating_add(value);
            (!token.is_empty()).then(|| (token, from..from.saturating_add(token.len())))
        })
}

/// The one run of hex digits that is an SPKI on secp256k1.
fn hex(line: &str, start: usize) -> Vec<Node> {
    tokens(line)
        .filter(|(token, _)| token.len() >= 176 && token.trim_start_matches("0x").len() == 176)
        .filter_map(|(token, range)| {
            let bytes = crate::encoding::hex::decode(token.as_bytes()).ok()?.bytes;
            spki::decode(&bytes, spki::Options::new()).ok()?;
            let skip = if token.starts_with("0x") { 2 } else { 0 };
            Some(Node {
                span: moved(range.start.saturating_add(skip)..range.end, start),
                value: Value::Bytes(bytes),
            })
        })
        .collect()
}

/// Lists of decimal bytes in brackets, with commas or, as Go prints them, blanks between.
fn numbers(line: &str, start: usize) -> Vec<Node> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(open) = line.get(at..).and_then(|rest| rest.find('[')) {
        let from = at.saturating_add(open).saturating_add(1);
        let rest = line.get(from..).unwrap_or_default();
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' ' | b'\n' | b'\r' | b'\t'))
            .count();
        at = from.saturating_add(length);
        let body = rest.get(..length).unwrap_or_default();
        let items: Vec<Node> = body
            .split([',', ' ', '\n', '\r', '\t'])
            .scan(from, |at, digits| {
                let first = start.saturating_add(*at);
                *at = at.saturating_add(digits.len()).saturating_add(1);
                Some(Node {
                    span: first..first.saturating_add(digits.len()),
                    value: Value::Number(digits.to_owned()),
                })
            })
            .filter(|item| !item.span.is_empty())
            .collect();
        if items.len() >= FEWEST && is_spki(&items) {
            let end = start.saturating_add(at);
            found.push(Node {
                span: start.saturating_add(from)..end,
                value: Value::Array(items),
            });
        }
    }
    found
}

/// True for the bytes of an SPKI, whatever its key: other numbers in brackets are no evidence.
fn is_spki(items: &[Node]) -> bool {
    let bytes: Option<Vec<u8>> = items
        .iter()
        .map(|item| match &item.value {
            Value::Number(digits) => digits.parse().ok(),
            _ => None,
        })
        .collect();
    bytes.is_some_and(|bytes| match spki::decode(&bytes, spki::Options::new()) {
        Ok(_) => true,
        Err(error) => error.is_another_key(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/Re0SKaFVBmcR9CP+xDUuA==";

    #[test]
    fn a_key_in_a_sentence_is_found_with_its_name() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
        let text = format!("Hello,\nthe key {arn} is `{KEY}`, thanks.\n");
        let Read::Roots(roots) = Prose.read(&text, &Limits::default()) else {
            panic!("nothing found");
        };
        let row = &roots[0].node;
        assert_eq!(&text[row.get("PublicKey").unwrap().span.clone()], KEY);
        assert_eq!(row.str_of("KeyId"), Some(arn));
    }

    #[test]
    fn a_dump_over_several_lines_has_the_name_of_its_own_paragraph() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
        let bytes = base64::decode(KEY.as_bytes()).unwrap();
        let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
        for (between, separator, name) in [
            ("\nkey: ", "\n", Some(arn)),
            (" is\n", " \n", Some(arn)),
            ("\n\nAnother key:\n", ",\n ", None),
        ] {
            let text = format!("{arn}{between}[{}]\n", bytes.join(separator));
            let Read::Roots(roots) = Prose.read(&text, &Limits::default()) else {
                panic!("nothing found: {text}");
            };
            assert_eq!(roots[0].node.str_of("KeyId"), name, "{text}");
        }
    }

    #[test]
    fn two_keys_on_one_line_are_nothing_and_so_is_other_base64() {
        for text in [
            format!("{KEY} {KEY}"),
            format!("x {}", "M".repeat(120)),
            format!("shrinks to input = [{}]", vec!["48"; 88].join(", ")),
            "words".to_owned(),
        ] {
            assert!(Prose.read(&text, &Limits::default()).is_no(), "{text}");
        }
    }
}
