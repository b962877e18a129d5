//! What must hold of the engine whatever the right decision is: how one answer changes with the question.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::engine::Engine;
use crate::generate::{self, Random};

/// How many sets of policies each property is tried on; each with all its requests.
const SETS: u64 = 500;

/// Another beginning than that of the comparison.
const FIRST: u64 = 1 << 40;

/// How much a decision lets through.
fn height(decision: &str) -> u8 {
    match decision {
        "Allowed" => 2,
        "Depends" => 1,
        _ => 0,
    }
}

/// Holds each request against the policies before and after a change, and counts the pairs of decisions.
fn pairs(
    mut change: impl FnMut(&mut Random, &Value) -> Option<Value>,
    mut hold: impl FnMut(&'static str, &'static str) -> bool,
) -> BTreeMap<(&'static str, &'static str), u64> {
    let mut seen = BTreeMap::new();
    for seed in FIRST..FIRST + SETS {
        let mut random = Random::new(seed);
        let (before, requests) = generate::case(&mut random);
        let Some(after) = change(&mut random, &before) else {
            continue;
        };
        let (one, other) = (Engine::read(&before), Engine::read(&after));
        for request in &requests {
            let pair = (one.decide(request), other.decide(request));
            assert!(
                hold(pair.0, pair.1),
                "{pair:?} on {request} with {before} and {after}"
            );
            *seen.entry(pair).or_default() += 1;
        }
    }
    seen
}

/// The documents of a case, wherever they stand; those in text are left out.
fn documents(case: &mut Value) -> Vec<&mut Value> {
    fn walk<'v>(value: &'v mut Value, into: &mut Vec<&'v mut Value>) {
        if value.get("Statement").is_some() {
            into.push(value);
            return;
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, into)),
            Value::Object(map) => map.values_mut().for_each(|item| walk(item, into)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk(&mut case["policies"], &mut all);
    all
}

/// The statements of a document as a list.
fn statements(document: &mut Value) -> &mut Vec<Value> {
    if !document["Statement"].is_array() {
        document["Statement"] = json!([document["Statement"].take()]);
    }
    document["Statement"].as_array_mut().expect("a list")
}

fn changed(pairs: &BTreeMap<(&'static str, &'static str), u64>) -> u64 {
    pairs
        .iter()
        .filter(|((before, after), _)| before != after)
        .map(|(_, number)| number)
        .sum()
}

#[test]
fn order_form_and_letter_case_change_nothing() {
    let rewrite = |random: &mut Random, case: &Value| {
        let mut case = case.clone();
        for document in documents(&mut case) {
            let list = statements(document);
            let by = random.below(list.len());
            list.rotate_left(by);
            list.reverse();
            for statement in list.iter_mut() {
                for name in ["Action", "NotAction"] {
                    let Some(actions) = statement.get_mut(name) else {
                        continue;
                    };
                    let mut upper: Vec<Value> = crate::case::many(actions)
                        .map(|action| json!(action.as_str().expect("text").to_ascii_uppercase()))
                        .collect();
                    upper.reverse();
                    *actions = if upper.len() == 1 && actions.is_array() {
                        upper.remove(0)
                    } else {
                        json!(upper)
                    };
                }
                for name in ["Resource", "NotResource"] {
                    if let Some(one) = statement.get_mut(name).filter(|value| value.is_string()) {
                        *one = json!([one.take()]);
                    }
                }
            }
        }
        Some(case)
    };
    let seen = pairs(rewrite, |before, after| before == after);
    assert!(seen.values().sum::<u64>() > SETS, "{seen:?}");
}

#[test]
fn a_deny_more_lets_nothing_more_through() {
    let deny = |random: &mut Random, case: &Value| {
        let mut case = case.clone();
        let mut all = documents(&mut case);
        let at = random.below(all.len().max(1));
        let list = statements(all.get_mut(at)?);
        let mut own = list[random.below(list.len())].clone();
        own["Effect"] = json!("Deny");
        if random.chance(50) {
            own.as_object_mut()?.remove("Condition");
        }
        list.insert(random.below(list.len() + 1), own);
        Some(case)
    };
    let seen = pairs(deny, |before, after| height(after) <= height(before));
    assert!(changed(&seen) > SETS / 10, "{seen:?}");
}

#[test]
fn an_allow_more_in_the_key_policy_takes_nothing_away() {
    let allow = |random: &mut Random, case: &Value| {
        let mut case = case.clone();
        let document = case["policies"]
            .get_mut("key_policy")
            .filter(|policy| policy.is_object())?;
        let list = statements(document);
        let mut own = list[random.below(list.len())].clone();
        own["Effect"] = json!("Allow");
        if random.chance(50) {
            own.as_object_mut()?.remove("Condition");
        }
        list.insert(random.below(list.len() + 1), own);
        Some(case)
    };
    let seen = pairs(allow, |before, after| height(after) >= height(before));
    assert!(changed(&seen) > SETS / 20, "{seen:?}");
}

/// What is sure stays so when more is known: what was unknown turns out to be what was given, or nothing.
#[test]
fn knowledge_turns_no_sure_decision_round() {
    const MEMBERS: &[&str] = &[
        "key_policy",
        "ram_policy",
        "identity_policies",
        "grants",
        "session_policy",
        "permission_boundaries",
        "scps",
        "rcps",
        "endpoint_policies",
    ];
    let knows = |random: &mut Random, case: &Value| {
        let mut case = case.clone();
        case.as_object_mut()?.remove("unknown");
        Some((random.pick(MEMBERS), case))
    };
    // The other way round: from what is known to what is not.
    let forget = |random: &mut Random, case: &Value| {
        let (member, mut case) = knows(random, case)?;
        case["unknown"] = json!([member]);
        Some(case)
    };
    let mut known = Vec::new();
    let with_all = |random: &mut Random, case: &Value| knows(random, case).map(|(_, case)| case);
    pairs(with_all, |_, after| {
        known.push(after);
        true
    });
    let mut known = known.into_iter();
    let seen = pairs(forget, |_, unknown| {
        let known = known.next().expect("as many");
        unknown == "Depends" || height(unknown) == height(known)
    });
    assert!(changed(&seen) > SETS / 10, "{seen:?}");
}

/// A key that may be in the request, and then is, with a value, or is not.
#[test]
fn a_complete_context_turns_no_sure_decision_round() {
    let complete = |_: &mut Random, case: &Value| {
        let mut case = case.clone();
        case["context_complete"] = json!(true);
        Some(case)
    };
    let mut known = Vec::new();
    pairs(complete, |_, after| {
        known.push(after);
        true
    });
    let incomplete = |_: &mut Random, case: &Value| {
        let mut case = case.clone();
        case["context_complete"] = json!(false);
        Some(case)
    };
    let mut known = known.into_iter();
    let seen = pairs(incomplete, |_, unknown| {
        let known = known.next().expect("as many");
        unknown == "Depends" || height(unknown) == height(known)
    });
    assert!(changed(&seen) > SETS / 10, "{seen:?}");
}
