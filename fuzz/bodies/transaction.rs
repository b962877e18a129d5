//! Signed transactions: what is accepted is written back as it was by an encoder of its own, and hashed the same by
//! alloy-consensus.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::signature::message::SecondHash;
use kms_audit::signature::message::transaction::{CODES, Field, Transaction, decode, signing_payload};

/// A string or a list, as lenient as can be: judging is the decoder's.
enum Node {
    Text(Vec<u8>),
    List(Vec<Node>),
}

pub fn body(data: &[u8]) {
    let payload = signing_payload(data);
    match decode(data) {
        Ok(transaction) => {
            assert_eq!(payload, None, "signed and to be signed");
            accepted(data, &transaction);
        }
        Err(error) => {
            assert!(CODES.contains(&error.code), "{error}");
            assert_ne!(error.code, "hash-disagreement", "{error}");
            assert!(error.offset.is_some_and(|offset| offset <= data.len()), "{error}");
            assert!(!error.message.is_empty());
            assert!(
                payload.is_none() || error.code == "unsigned-transaction",
                "{error}"
            );
        }
    }
}

fn accepted(data: &[u8], transaction: &Transaction) {
    let start = usize::from(transaction.kind.type_byte().is_some());
    let (node, rest) = read(data.get(start..).unwrap_or_default(), 0).expect("an item");
    assert!(rest.is_empty(), "bytes behind");
    let mut again: Vec<u8> = transaction.kind.type_byte().into_iter().collect();
    write(&node, &mut again);
    assert_eq!(again, data, "there is one encoding of it, and this is another");
    match &transaction.second {
        SecondHash::Agrees => {}
        // Fees above 128 bits are all that alloy refuses of what is right.
        SecondHash::NotEvaluated(reason) => {
            let wide = |field: &Field| {
                (field.name.contains("fee") || field.name == "gas_price") && field.span.len() > 17
            };
            let known = transaction.fields.iter().any(wide) || reason == "built without cross-check";
            assert!(known, "alloy does not read it: {reason}");
        }
    }
    let mut end = start;
    for field in &transaction.fields {
        assert!(
            field.span.start >= end && field.span.end <= data.len(),
            "{field:?}"
        );
        end = field.span.end;
    }
    assert!(transaction.data.end <= data.len());
    assert_eq!(
        transaction.signing_digest_with_chain(transaction.chain_id),
        transaction.signing_digest
    );
}

fn read(bytes: &[u8], depth: u8) -> Option<(Node, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((Node::Text(vec![*first]), rest));
    }
    let short = usize::from(first & 0x3f);
    let (length, rest) = if short < 56 {
        (short, rest)
    } else {
        let (digits, rest) = rest.split_at_checked(short - 55)?;
        let length = digits.iter().fold(0, |sum, digit| (sum << 8) | u64::from(*digit));
        (usize::try_from(length).ok()?, rest)
    };
    let (mut content, rest) = rest.split_at_checked(length)?;
    if *first < 0xc0 {
        return Some((Node::Text(content.to_vec()), rest));
    }
    let mut items = Vec::new();
    while !content.is_empty() && depth < 16 {
        let (item, after) = read(content, depth + 1)?;
        items.push(item);
        content = after;
    }
    Some((Node::List(items), rest))
}

fn write(node: &Node, out: &mut Vec<u8>) {
    let (base, content) = match node {
        Node::Text(text) if text.len() == 1 && text.iter().all(|byte| *byte < 0x80) => {
            out.extend(text);
            return;
        }
        Node::Text(text) => (0x80_u8, text.clone()),
        Node::List(items) => {
            let mut content = Vec::new();
            for item in items {
                write(item, &mut content);
            }
            (0xc0, content)
        }
    };
    match u8::try_from(content.len()) {
        Ok(short) if short < 56 => out.push(base + short),
        _ => {
            let digits: Vec<u8> = content
                .len()
                .to_be_bytes()
                .into_iter()
                .skip_while(|digit| *digit == 0)
                .collect();
            out.push(base + 55 + u8::try_from(digits.len()).expect("eight at most"));
            out.extend(digits);
        }
    }
    out.extend(content);
}
