//! JSON pointers (RFC 6901).

use std::ops::Range;

use super::{Node, Value};

/// Appends one reference token, escaped as RFC 6901 section 3 says.
pub(super) fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

/// The pointer of the innermost value that covers `span`; a key's span leads to its value.
pub(super) fn find(root: &Node, span: &Range<usize>) -> String {
    let mut pointer = String::new();
    let mut node = root;
    loop {
        let next = match &node.value {
            Value::Object(members) => members
                .iter()
                .find(|member| member.key_span.start <= span.start && span.end <= member.value.span.end)
                .map(|member| (member.key.clone(), &member.value)),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find(|(_, item)| item.span.start <= span.start && span.end <= item.span.end)
                .map(|(index, item)| (index.to_string(), item)),
            _ => None,
        };
        match next {
            Some((token, child)) => {
                push(&mut pointer, &token);
                node = child;
            }
            None => return pointer,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Limits, parse};

    #[test]
    fn a_span_leads_to_its_pointer() {
        let text = r#"{"a/b":[10,{"~":"here"}]}"#;
        let root = parse(text, &Limits::default()).unwrap();
        let at = text.find("\"here\"").unwrap();
        assert_eq!(root.pointer_to(&(at..at + 6)), "/a~1b/1/~0");
        assert_eq!(root.pointer_to(&(0..text.len())), "");
    }
}
