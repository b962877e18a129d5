//! What the value of a key may be that is not known: values of which each is told from the others by some condition.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use crate::case::{Caller, Case, Statement, many, strings_of, text};
use crate::conditions::test;
use crate::context::{Asked, is_multivalued};
use crate::patterns::{matches, wildcards};
use crate::worlds::World;

/// The values of a key, or that it is absent.
pub(crate) type Answer = Option<Vec<String>>;

/// What an unknown key may have: one of `closed`, or where there is no such list, anything.
pub(crate) fn answers(
    case: &Case,
    key: &str,
    closed: Option<fn(&Case) -> Vec<String>>,
    or_absent: bool,
) -> Rc<Vec<Answer>> {
    if let Some(known) = case.answers.borrow().get(key) {
        return known.clone();
    }
    let singles = closed.map_or_else(|| telling_values(case, key), |of| of(case));
    let mut all: Vec<Answer> = Vec::new();
    if or_absent {
        all.push(None);
    }
    if is_multivalued(key) {
        for (at, one) in singles.iter().enumerate() {
            let pairs = singles[at + 1..].iter().map(|two| vec![one.clone(), two.clone()]);
            all.extend(pairs.map(Some));
        }
    }
    all.extend(singles.iter().map(|one| Some(vec![one.clone()])));
    if is_multivalued(key) {
        all.push(Some(singles));
    }
    let different = Rc::new(without_alike(case, key, all));
    case.answers
        .borrow_mut()
        .insert(key.to_owned(), different.clone());
    different
}

/// Leaves one of those answers to which every condition on the key says the same.
fn without_alike(case: &Case, key: &str, answers: Vec<Answer>) -> Vec<Answer> {
    let as_variable = case
        .mentions()
        .iter()
        .any(|mention| mention.contains("${") && mention.to_ascii_lowercase().contains(key));
    let by_grants = case.grants.iter().flatten().next().is_some()
        && (key == "aws:sourcearn"
            || key.starts_with("kms:grant")
            || key.starts_with("kms:encryptioncontext"));
    if as_variable || by_grants {
        return answers;
    }
    let mut seen = BTreeSet::new();
    answers
        .into_iter()
        .filter(|answer| {
            let mut world = World::apart();
            let mut results = Vec::new();
            for (statement, operator, values) in tests_on(case, key) {
                let mut asked = Asked {
                    case,
                    world: &mut world,
                };
                results.push(test(
                    statement.variables,
                    operator,
                    key,
                    values,
                    answer.as_ref(),
                    &mut asked,
                ));
            }
            // Where a condition asks for more than the key, it may say more.
            let own = world.was_asked().then(|| answer.clone());
            seen.insert((results, own))
        })
        .collect()
}

/// Every condition on a key.
fn tests_on<'c>(case: &'c Case, key: &'c str) -> Vec<(Statement<'c>, &'c str, &'c Value)> {
    let mut all = Vec::new();
    for policy in case.policies() {
        for statement in policy.statements() {
            let operators = statement.elements.get("Condition").and_then(Value::as_object);
            for (operator, pairs) in operators.into_iter().flatten() {
                let pairs = pairs.as_object().into_iter().flatten();
                let own = pairs.filter(|(name, _)| name.eq_ignore_ascii_case(key));
                all.extend(own.map(|(_, values)| (statement, operator.as_str(), values)));
            }
        }
    }
    all
}

/// Values for a key made from those that the policies compare it with: the same, near it, and quite another.
fn telling_values(case: &Case, key: &str) -> Vec<String> {
    let mut values = vec!["quite-another".to_owned()];
    for (_, operator, compared) in tests_on(case, key) {
        for value in many(compared) {
            near(&text(value), operator, &mut values);
        }
    }
    // Constraints of grants are held against keys, too.
    for grant in case.grants.iter().flatten() {
        strings_of(grant, &mut values);
    }
    // Where variables are about, the key may have what another key has, or what stands in the resource.
    let mentions = case.mentions();
    let about = |text: &String| text.contains("${") && text.to_ascii_lowercase().contains(key);
    if mentions.iter().any(about) || values.iter().any(|value| value.contains("${")) {
        values.extend(case.context.iter().flat_map(|(_, values)| values.clone()));
        values.extend(case.caller.account().map(str::to_owned));
        values.extend(case.caller.arn().rsplit('/').next().map(str::to_owned));
        values.extend(case.resource.split('/').map(str::to_owned));
        let short = mentions
            .iter()
            .filter(|text| !text.contains("${") && text.len() < 20);
        values.extend(short.cloned());
    }
    values.sort();
    values.dedup();
    values
}

/// The ARNs that a session's role may have. Its path is not known: it has none, or one that a policy speaks of, as a
/// whole or by a pattern.
pub(crate) fn role_arns(case: &Case) -> Vec<String> {
    let Caller::Session {
        partition,
        account,
        role: name,
        ..
    } = &case.caller
    else {
        return Vec::new();
    };
    let before = &format!("arn:{partition}:iam::{account}:role/");
    let mut arns = vec![format!("{before}{name}")];
    for mention in case
        .mentions()
        .iter()
        .filter(|mention| mention.starts_with("arn:"))
    {
        let pattern = wildcards(mention);
        for (at, _) in mention.char_indices() {
            let (head, tail) = mention.split_at(at);
            let filled = |text: &str| text.replace(['*', '?'], "x");
            let emptied = |text: &str| text.replace('*', "").replace('?', "x");
            for start in [
                head.to_owned(),
                filled(head),
                emptied(head),
                format!("{before}x{}", filled(tail)),
                format!("{before}x{}", emptied(tail)),
            ] {
                for arn in [format!("{start}{name}"), format!("{start}/{name}")] {
                    let path = arn
                        .strip_prefix(before.as_str())
                        .and_then(|rest| rest.strip_suffix(name.as_str()));
                    let is_path =
                        |path: &str| path.len() > 1 && path.ends_with('/') && !path.starts_with('/');
                    if path.is_some_and(is_path) && matches(&pattern, &arn) {
                        arns.push(arn);
                    }
                }
            }
        }
    }
    arns.sort();
    arns.dedup();
    arns
}

/// The value itself and values near it.
fn near(value: &str, operator: &str, into: &mut Vec<String>) {
    let operator = operator.to_ascii_lowercase();
    into.push(value.to_owned());
    into.push(value.to_ascii_uppercase());
    into.push(value.replace(['*', '?'], "x"));
    into.push(value.replace('*', "").replace('?', "x"));
    if operator.contains("bool") {
        into.extend(["true".to_owned(), "false".to_owned()]);
    }
    if operator.contains("numeric")
        && let Ok(number) = value.parse::<f64>()
    {
        into.extend([(number - 1.0).to_string(), (number + 1.0).to_string()]);
    }
    if operator.contains("date")
        && let Some(seconds) = crate::conditions::instant(value)
    {
        into.extend([(seconds - 1.0).to_string(), (seconds + 1.0).to_string()]);
    }
    if operator.contains("ipaddress") {
        into.extend(value.split('/').next().map(str::to_owned));
        into.extend(["192.0.2.77".to_owned(), "2001:db8:ffff::77".to_owned()]);
    }
}
