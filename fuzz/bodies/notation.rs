//! Any text in every notation: whatever tree comes out, its places lie in the text, and so does every content.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::input::notation::{NOTATIONS, Notation, Read};
use kms_audit::json::{Limits, Node, Value};

const LIMITS: Limits = Limits {
    depth: 24,
    values: 5_000,
};

pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for notation in NOTATIONS {
        let (roots, fault) = match notation.read(text, &LIMITS) {
            Read::No => continue,
            Read::Broken(error) => (None, Some(error)),
            Read::Roots(roots) => (Some(roots), None),
            Read::Partly(roots, error) => (Some(roots), Some(error)),
        };
        if let Some(error) = fault {
            assert!(error.offset <= text.len(), "{}: {error:?}", notation.id());
            assert!(!error.message.is_empty(), "{}", notation.id());
        }
        if let Some(roots) = roots {
            assert!(!roots.is_empty(), "{}", notation.id());
            for root in roots {
                let mut values = 0;
                tree(*notation, text, &root.node, 0, &mut values);
                if let Some(heading) = root.heading {
                    assert!(
                        text.get(heading.clone()).is_some(),
                        "{}: {heading:?}",
                        notation.id()
                    );
                }
            }
        }
    }
}

fn tree(notation: &'static dyn Notation, text: &str, node: &Node, depth: usize, values: &mut usize) {
    *values += 1;
    assert!(depth <= LIMITS.depth + 4, "{}: too deep", notation.id());
    assert!(*values <= LIMITS.values * 4, "{}: too many values", notation.id());
    let span = &node.span;
    assert!(
        text.get(span.clone()).is_some(),
        "{}: {span:?} of {} bytes",
        notation.id(),
        text.len()
    );
    match &node.value {
        Value::String(_) | Value::Bytes(_) => content(notation, text, node),
        Value::Array(items) => items
            .iter()
            .for_each(|item| tree(notation, text, item, depth + 1, values)),
        Value::Object(members) => {
            for member in members {
                assert!(
                    text.get(member.key_span.clone()).is_some(),
                    "{}: {member:?}",
                    notation.id()
                );
                tree(notation, text, &member.value, depth + 1, values);
            }
        }
        _ => {}
    }
}

fn content(notation: &'static dyn Notation, text: &str, node: &Node) {
    let Some((content, map)) = notation.content(text, node) else {
        return;
    };
    match &node.value {
        Value::String(own) => assert_eq!(own.as_bytes(), content, "{}", notation.id()),
        Value::Bytes(own) => assert_eq!(own, &content, "{}", notation.id()),
        _ => {}
    }
    for at in 0..content.len().min(200) {
        let outer = map.outer(at..at + 1);
        assert!(
            outer.start <= outer.end && outer.start >= node.span.start && outer.end <= node.span.end,
            "{}: {at} leads to {outer:?}, outside of {:?}",
            notation.id(),
            node.span
        );
    }
}
