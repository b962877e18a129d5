//! Edits of a JSON text, over random trees written with random white space: the text that comes out is JSON, says what
//! was meant, and everything that was not meant has its bytes.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use kms_audit::json::edit::{Draft, Edits, Style};
use kms_audit::json::{Limits, Node, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z\"\\\\é\u{1F600} ,:{}\\[\\]]{0,6}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-f]{1,2}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Writes a value with white space of every kind wherever JSON takes some, as `gaps` says.
fn write(value: &Value, gaps: &mut impl Iterator<Item = u8>, text: &mut String) {
    let gap = |gaps: &mut dyn Iterator<Item = u8>, text: &mut String| {
        text.push_str(
            ["", "", " ", "\n", "\r\n", "\t", "  \n\t "][usize::from(gaps.next().unwrap_or(0) % 7)],
        );
    };
    match value {
        Value::Array(items) => {
            text.push('[');
            gap(gaps, text);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                    gap(gaps, text);
                }
                write(item, gaps, text);
                gap(gaps, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            gap(gaps, text);
            for (at, (key, member)) in members.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                    gap(gaps, text);
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                gap(gaps, text);
                text.push(':');
                gap(gaps, text);
                write(member, gaps, text);
                gap(gaps, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn tree(text: &str) -> Node {
    parse(text, &Limits::default()).expect("JSON")
}

/// The bytes of the entries of an array or an object.
fn entries<'t>(text: &'t str, node: &Node) -> Vec<&'t str> {
    let items = node.items().iter().map(|item| item.span.clone());
    let members = node
        .members()
        .iter()
        .map(|member| member.key_span.start..member.value.span.end);
    items.chain(members).map(|span| &text[span]).collect()
}

/// Without the entries of an array or an object at which `gone` is true.
fn without(value: &Value, gone: &[bool]) -> Value {
    let stays = |at: usize| !gone.get(at).copied().unwrap_or(false);
    match value {
        Value::Array(items) => {
            let kept = items.iter().enumerate().filter(|(at, _)| stays(*at));
            kept.map(|(_, item)| item.clone()).collect()
        }
        Value::Object(members) => {
            let kept = members.iter().enumerate().filter(|(at, _)| stays(*at));
            Value::Object(
                kept.map(|(_, (key, member))| (key.clone(), member.clone()))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn what_is_removed_goes_and_the_rest_stays(value in value(), gaps in prop::collection::vec(any::<u8>(), 0..80), gone in prop::collection::vec(any::<bool>(), 0..6)) {
        let mut text = String::new();
        write(&value, &mut gaps.into_iter().cycle().take(10_000), &mut text);
        let root = tree(&text);
        let which: Vec<usize> = (0..gone.len()).filter(|at| gone[*at]).collect();
        let mut edits = Edits::new(&text);
        if root.is_array() {
            edits.remove_items(&root, &which);
        } else {
            edits.remove_members(&root, &which);
        }
        let made = edits.finish().expect("edits of one list do not overlap");
        let back: Value = serde_json::from_str(&made).expect("JSON");
        prop_assert_eq!(back, without(&value, &gone));
        let kept: Vec<&str> = entries(&text, &root)
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !gone.get(*at).copied().unwrap_or(false))
            .map(|(_, entry)| entry)
            .collect();
        prop_assert_eq!(entries(&made, &tree(&made)), kept);
    }

    #[test]
    fn what_is_added_comes_last_and_the_rest_stays(items in prop::collection::vec(value(), 0..5), at in 0..5_usize, gaps in prop::collection::vec(any::<u8>(), 0..80)) {
        let value = json!({"Version": "x", "Statement": items});
        let mut text = String::new();
        write(&value, &mut gaps.into_iter().cycle().take(10_000), &mut text);
        let root = tree(&text);
        let list = root.get("Statement").expect("a list");
        let draft = Draft::object(vec![
            ("Sid", Draft::text("a \"b\"\u{e9}")),
            ("Principal", Draft::object(vec![("AWS", Draft::texts(&["p", "q"]))])),
            ("Empty", Draft::List(Vec::new())),
        ]);
        let expected = json!({"Sid": "a \"b\"\u{e9}", "Principal": {"AWS": ["p", "q"]}, "Empty": []});
        // In the style of any item, whatever it is.
        let sample = list.items().get(at).unwrap_or(&root);
        let new = Style::of(&text, &root, sample).beside(&draft);
        prop_assert_eq!(serde_json::from_str::<Value>(&new).expect("JSON"), expected.clone());
        let mut edits = Edits::new(&text);
        edits.append_item(list, &new);
        let made = edits.finish().expect("one edit");
        let mut wanted = value.clone();
        wanted["Statement"].as_array_mut().expect("a list").push(expected);
        prop_assert_eq!(serde_json::from_str::<Value>(&made).expect("JSON"), wanted);
        let after = tree(&made);
        let after = entries(&made, after.get("Statement").expect("a list"));
        prop_assert_eq!(&after[..after.len() - 1], entries(&text, list));
    }

    #[test]
    fn what_is_replaced_is_in_its_place(items in prop::collection::vec(value(), 1..5), at in any::<prop::sample::Index>(), count in 1..4_usize, gaps in prop::collection::vec(any::<u8>(), 0..80)) {
        let value = Value::from(items.clone());
        let mut text = String::new();
        write(&value, &mut gaps.into_iter().cycle().take(10_000), &mut text);
        let root = tree(&text);
        let at = at.index(items.len());
        let new: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let mut edits = Edits::new(&text);
        edits.replace_item(&root, at, &new);
        let made = edits.finish().expect("one edit");
        let mut wanted = items;
        wanted.splice(at..=at, (0..count).map(Value::from));
        prop_assert_eq!(serde_json::from_str::<Value>(&made).expect("JSON"), Value::from(wanted));
    }
}
