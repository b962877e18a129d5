//! How often single edits of policies as operators write them stay without an answer.

use std::collections::BTreeMap;

use kms_audit::policy::compare::{Setting, Verdict, compare};
use kms_audit::policy::evaluate::KeyMetadata;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::generator::{OWN, Rng};
use super::usual::{ACTIONS, CONDITIONS, NAMED, ROOT, VALIDATOR, WILDCARDS, allow, bases, deny};
use super::{document, holds, word};

/// Edits that are tried.
const EDITS: u64 = 2_000;

fn condition(rng: &mut Rng, statement: &mut Value) {
    let (operator, key, values, others) = CONDITIONS[rng.below(CONDITIONS.len())];
    let values = if rng.chance(70) {
        values.to_vec()
    } else {
        vec![rng.pick(others)]
    };
    statement["Condition"][operator][key] = json!(values);
}

/// One edit of the list, or of a statement; its name, or nothing where it cannot be made here.
fn edit(rng: &mut Rng, list: &mut Vec<Value>) -> Option<&'static str> {
    let at = rng.below(list.len());
    match rng.below(13) {
        0 => {
            (list.len() > 1).then(|| list.remove(at))?;
            Some("statement removed")
        }
        1 => {
            let mut own = allow(&rng.some(NAMED, 2), &rng.some(ACTIONS, 3));
            if rng.chance(50) {
                condition(rng, &mut own);
            }
            list.insert(at, own);
            Some("statement added")
        }
        2 => {
            let everybody = rng.chance(60);
            let who = if everybody {
                json!("*")
            } else {
                json!({"AWS": rng.some(NAMED, 2)})
            };
            let mut own = deny(&who, &rng.some(ACTIONS, 3));
            if rng.chance(70) {
                condition(rng, &mut own);
            }
            list.push(own);
            Some("Deny added")
        }
        3..=6 => actions(rng, list[at]["Action"].as_array_mut()?),
        7 | 8 => principals(rng, &mut list[at]),
        _ => conditions(rng, &mut list[at]),
    }
}

fn actions(rng: &mut Rng, actions: &mut Vec<Value>) -> Option<&'static str> {
    match rng.below(4) {
        0 => {
            (actions.len() > 1).then_some(())?;
            let entry = rng.below(actions.len());
            actions.remove(entry);
            Some("action removed")
        }
        1 => {
            actions.push(json!(rng.pick(ACTIONS)));
            Some("action added")
        }
        2 => {
            let (place, listed) = actions.iter().enumerate().find_map(|(place, action)| {
                let (_, listed) = WILDCARDS.iter().find(|(pattern, _)| action == pattern)?;
                Some((place, listed))
            })?;
            actions.splice(place..=place, listed.iter().map(|action| json!(action)));
            Some("wildcard to list")
        }
        _ => {
            let (pattern, listed) = WILDCARDS[rng.below(WILDCARDS.len())];
            let before = actions.len();
            actions.retain(|action| !listed.iter().any(|own| action == own));
            (actions.len() < before).then_some(())?;
            actions.push(json!(pattern));
            Some("list to wildcard")
        }
    }
}

fn principals(rng: &mut Rng, statement: &mut Value) -> Option<&'static str> {
    if statement["Principal"] == json!("*") {
        statement["Principal"] = json!({"AWS": [rng.pick(NAMED)]});
        return Some("principal narrowed");
    }
    let who = statement.pointer_mut("/Principal/AWS")?.as_array_mut()?;
    if rng.chance(50) {
        if who.len() > 1 {
            who.pop();
        } else if who[0] == ROOT {
            who[0] = json!(VALIDATOR);
        } else {
            return None;
        }
        return Some("principal narrowed");
    }
    match rng.below(3) {
        0 => statement["Principal"] = json!("*"),
        1 => who.push(json!(rng.pick(NAMED))),
        _ => who[0] = json!(ROOT),
    }
    Some("principal widened")
}

fn conditions(rng: &mut Rng, statement: &mut Value) -> Option<&'static str> {
    match rng.below(4) {
        0 => {
            condition(rng, statement);
            Some("condition added")
        }
        1 => {
            statement.as_object_mut()?.remove("Condition")?;
            Some("condition removed")
        }
        _ => {
            let condition = statement.get_mut("Condition")?.as_object_mut()?;
            let (operator, keys) = condition.iter_mut().next()?;
            let (key, values) = keys.as_object_mut()?.iter_mut().next()?;
            let (_, _, _, others) = CONDITIONS
                .iter()
                .find(|(of, own, ..)| of == operator && own == key)?;
            let values = values.as_array_mut()?;
            match rng.below(3) {
                0 => *values = vec![json!(rng.pick(others))],
                1 => values.push(json!(rng.pick(others))),
                _ => {
                    (values.len() > 1).then(|| values.pop())?;
                }
            }
            Some("value changed")
        }
    }
}

fn edited(seed: u64, bases: &[Value]) -> (&'static str, Value, Value) {
    let mut rng = Rng::new(seed);
    loop {
        let old = bases[rng.below(bases.len())].clone();
        let mut new = old.clone();
        let list = new["Statement"].as_array_mut().expect("a list");
        if let Some(name) = edit(&mut rng, list)
            && new != old
        {
            // As many edits forwards as back.
            return if rng.chance(50) {
                (name, old, new)
            } else {
                (name, new, old)
            };
        }
    }
}

#[test]
fn at_most_one_edit_in_twenty_stays_without_an_answer() {
    let bases = bases();
    let setting = Setting {
        account: Some(OWN.to_owned()),
        key_metadata: Some(KeyMetadata {
            key_spec: Some("ECC_SECG_P256K1".to_owned()),
            key_usage: Some("SIGN_VERIFY".to_owned()),
            origin: Some("AWS_KMS".to_owned()),
            multi_region: Some(false),
            multi_region_key_type: None,
        }),
        ..Setting::default()
    };
    let found: Vec<(&str, Verdict, String)> = (0..EDITS)
        .into_par_iter()
        .map(|seed| {
            let (name, old, new) = edited(seed, &bases);
            let (before, after) = (document(&old), document(&new));
            let found = compare(&before, &after, &setting);
            holds(&found, &before, &after, &setting);
            (
                name,
                found.verdict,
                format!("{name}\n  {old}\n  {new}\n  {:#?}", found.reasons),
            )
        })
        .collect();
    let mut table: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (name, verdict, _) in &found {
        *table.entry(name).or_default().entry(word(*verdict)).or_default() += 1;
    }
    let open: Vec<&String> = found
        .iter()
        .filter(|(_, verdict, _)| *verdict == Verdict::NotProven)
        .map(|(_, _, text)| text)
        .collect();
    println!("{} of {EDITS} not proven: {table:#?}", open.len());
    if std::env::var_os("KMS_AUDIT_SHOW").is_some() {
        for text in &open {
            println!("{text}");
        }
    }
    assert!(
        open.len() * 20 <= found.len(),
        "{} of {EDITS}: {table:#?}",
        open.len()
    );
}
