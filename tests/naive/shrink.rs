//! Makes a case on which the two disagree as small as it gets.

use serde_json::Value;

/// Every place of a value, the deepest last: the way to it.
fn places(value: &Value, way: &mut Vec<String>, into: &mut Vec<Vec<String>>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => return,
    };
    for (name, value) in inner {
        way.push(name);
        into.push(way.clone());
        places(value, way, into);
        way.pop();
    }
}

fn without(value: &Value, way: &[String]) -> Option<Value> {
    let mut value = value.clone();
    let (last, before) = way.split_last()?;
    let mut at = &mut value;
    for name in before {
        at = match at {
            Value::Object(map) => map.get_mut(name)?,
            Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    match at {
        Value::Object(map) => {
            map.remove(last)?;
        }
        Value::Array(items) => {
            let at = last.parse::<usize>().ok()?;
            if at >= items.len() {
                return None;
            }
            items.remove(at);
        }
        _ => return None,
    }
    Some(value)
}

/// Leaves away whatever can be left away while `still` holds.
pub(crate) fn shrink(case: &Value, still: impl Fn(&Value) -> bool) -> Value {
    let mut case = case.clone();
    'again: loop {
        let mut all = Vec::new();
        places(&case, &mut Vec::new(), &mut all);
        all.retain(|way| way[0] != "request" || (way.len() > 2 && way[1] == "context"));
        all.sort_by_key(Vec::len);
        for way in all {
            if let Some(smaller) = without(&case, &way).filter(&still) {
                case = smaller;
                continue 'again;
            }
        }
        return case;
    }
}
