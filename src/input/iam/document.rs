//! A policy document inside an answer of IAM: an object, as the AWS CLI and boto3 decode it, or a string, URL-encoded as
//! IAM itself has it (IAM API Reference, `GetRolePolicy`: "compliant with RFC 3986") or plain.

use std::ops::Range;

use crate::evidence::{IamPolicy, Trouble};
use crate::input::fields::duplicates;
use crate::input::{Probe, Reader};
use crate::json::{self, Node};
use crate::policy::Document;
use crate::source::{OffsetMap, SourceId, Span};

/// The document that a node is or holds; nothing, and a word on it, where it cannot be read.
pub(super) fn read(
    probe: &Probe,
    reader: &mut Reader,
    troubles: &mut Vec<Trouble>,
    node: &Node,
    name: &str,
) -> Option<IamPolicy> {
    let mut bad = |message: String, span: Span| {
        troubles.push(Trouble::BadValue { span, message });
        None
    };
    if node.is_object() {
        return policy(troubles, probe.source, node, name);
    }
    let Some((text, map)) = probe.string_view(node) else {
        return bad(
            format!(
                "the policy document must be an object or a string, not {}",
                node.kind()
            ),
            probe.at(node),
        );
    };
    let mut source = reader
        .sources
        .add_view(probe.source, "policy string", text.clone(), map);
    let mut text = text;
    if text.trim_start().starts_with('%') {
        match percent_decoded(&text) {
            Ok((decoded, map)) => {
                source = reader
                    .sources
                    .add_view(source, "URL-decoded policy", decoded.clone(), map);
                text = decoded;
            }
            Err(at) => {
                return bad(
                    "the policy document is not URL-encoded as RFC 3986 says".to_owned(),
                    Span::new(source, at..at.saturating_add(1)),
                );
            }
        }
    }
    match json::parse(&text, &reader.json_limits) {
        Ok(root) => {
            troubles.extend(duplicates(&root, |range| Span::new(source, range)));
            policy(troubles, source, &root, name)
        }
        Err(error) => bad(
            format!("the policy document is not JSON: {error}"),
            Span::new(source, error.offset..error.offset),
        ),
    }
}

fn policy(troubles: &mut Vec<Trouble>, source: SourceId, root: &Node, name: &str) -> Option<IamPolicy> {
    let span = Span::new(source, root.span.clone());
    if !Document::looks_like(root) {
        troubles.push(Trouble::BadValue {
            span,
            message: "the policy document has no statement".to_owned(),
        });
        return None;
    }
    let document = Document::read(root);
    troubles.extend(document.problems.iter().map(|problem| Trouble::BadValue {
        span: Span::new(source, problem.span.clone()),
        message: problem.message.clone(),
    }));
    Some(IamPolicy {
        masked: IamPolicy::is_masked(&document),
        name: name.to_owned(),
        arn: None,
        source,
        document,
        span,
        inline: true,
    })
}

/// Undoes percent-encoding (RFC 3986 2.1). The error is the place of a sign that no two hex digits follow, or of bytes
/// that are no UTF-8.
fn percent_decoded(text: &str) -> Result<(String, OffsetMap), usize> {
    let bytes = text.as_bytes();
    let mut made: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut map = OffsetMap::new();
    let mut at = 0_usize;
    while let Some(byte) = bytes.get(at) {
        let inner: Range<usize> = made.len()..made.len().saturating_add(1);
        if *byte == b'%' {
            let end = at.saturating_add(3);
            let digits = text.get(at.saturating_add(1)..end).ok_or(at)?;
            let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            made.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex).ok_or(at)?);
            map.replaced(inner, at..end);
            at = end;
        } else {
            made.push(*byte);
            map.copied(inner, at..at.saturating_add(1));
            at = at.saturating_add(1);
        }
    }
    let decoded = String::from_utf8(made)
        .map_err(|error| map.outer(error.utf8_error().valid_up_to()..usize::MAX).start)?;
    Ok((decoded, map))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_leads_back_to_its_three_characters() {
        let (text, map) = percent_decoded("%7B%22a%22: 1+%c3%a9%7D").unwrap();
        assert_eq!(text, "{\"a\": 1+é}");
        assert_eq!(map.outer(0..1), 0..3);
        assert_eq!(map.outer(2..3), 6..7);
        assert_eq!(map.outer(8..10), 14..20);
    }

    #[test]
    fn what_is_no_escape_is_told_with_its_place() {
        for (text, at) in [
            ("%7B%2", 3),
            ("%7B%+1", 3),
            ("%7Ba%zz", 4),
            ("%ff", 0),
            ("%7B%é9", 3),
        ] {
            assert_eq!(percent_decoded(text), Err(at), "{text}");
        }
    }
}
