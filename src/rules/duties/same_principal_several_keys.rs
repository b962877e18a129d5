//! One principal that signs with several keys.

use std::collections::BTreeMap;

use super::uses::{self, Uses};
use super::{Held, Person, count, held, judged, more, short_name};
use crate::evidence::Bundle;
use crate::finding::{Finding, Label, Severity};
use crate::policy::access::ActionClass;
use crate::rules::claimed::some_of;
use crate::rules::common::at_most_per_file;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `same-principal-several-keys`
    SamePrincipalSeveralKeys,
    "same-principal-several-keys",
    Duties,
    Medium,
    "One principal may sign with several keys, such as a validator's and a relayer's",
    "same_principal_several_keys.md",
    judge
);

/// Keys that a message names.
const NAMES: usize = 3;
/// Places that a finding shows.
const PLACES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let keys = judged(bundle);
    if keys.is_empty() {
        return Outcome::NotEvaluated("no key is in scope".to_owned());
    }
    if count(keys.iter().copied()) == 1 {
        return Outcome::NotApplicable("only one key is in scope".to_owned());
    }
    let mut persons: BTreeMap<Person, Vec<Held<'_>>> = BTreeMap::new();
    for key in &keys {
        for (person, held) in held(bundle, key, ActionClass::Sign) {
            let list = persons.entry(person).or_default();
            // A role and its session are one.
            if list.last().is_none_or(|last| !std::ptr::eq(last.key, held.key)) {
                list.push(held);
            }
        }
    }
    let uses: BTreeMap<String, Uses> = keys
        .iter()
        .map(|key| (key.subject(), uses::of_key(bundle, key)))
        .collect();
    let findings: Vec<Finding> = persons
        .iter()
        .filter(|(_, list)| count(list.iter().map(|held| held.key)) > 1)
        .filter_map(|(person, list)| finding(meta, bundle, person, list, &uses))
        .collect();
    if findings.is_empty()
        && let Some(more) = keys
            .iter()
            .find_map(|key| more(bundle, key, &[ActionClass::Sign]))
    {
        return Outcome::NotEvaluated(more);
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!("nobody may sign with two of the {} keys in scope", keys.len()),
    )
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    person: &Person,
    list: &[Held<'_>],
    all: &BTreeMap<String, Uses>,
) -> Option<Finding> {
    let uses: Vec<Option<&Uses>> = list.iter().map(|held| all.get(&held.key.subject())).collect();
    let with = |role: &str| uses.iter().flatten().filter(|uses| uses.has(role)).count();
    let (validators, relayers) = (with("validator"), with("relayer"));
    let severity = match (validators, relayers) {
        (0, _) | (1, 0) => Severity::Info,
        (_, 0) => Severity::Low,
        _ => meta.severity,
    };
    let named: Vec<String> = list
        .iter()
        .zip(&uses)
        .map(|(held, uses)| {
            let words = uses.map(Uses::words).unwrap_or_default();
            if words.is_empty() {
                short_name(held.key)
            } else {
                format!("{} ({})", short_name(held.key), some_of(&words, 2))
            }
        })
        .collect();
    let (span, _) = list.iter().find_map(|held| held.place(bundle))?;
    let label = Label {
        span,
        message: format!("lets {} sign", person.name()),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        person.subject(),
        format!(
            "{} may sign with {} keys: {}",
            person.name(),
            list.len(),
            some_of(&named, NAMES)
        ),
        label,
    )
    .consequence(format!(
        "whoever gets the credentials of {} signs with all {} keys",
        person.name(),
        list.len()
    ))
    .remedy(if validators > 0 && relayers > 0 {
        "Give the validator and the relayer principals of their own, each named in the policy of its own key alone."
    } else if validators > 1 {
        "Give each validator a principal of its own, as the guide does."
    } else {
        "Nothing must be done for one agent with a key for each chain. Where they are several agents, give each a principal \
         of its own."
    });
    for held in list.iter().take(PLACES) {
        if let Some((place, words)) = held.place(bundle).filter(|(place, _)| *place != span) {
            finding = finding.related(place, format!("{}: {words}", short_name(held.key)));
        }
    }
    let mut content: Vec<String> = list.iter().map(Held::content).collect();
    content.sort();
    Some(finding.content(&content.join("\n")))
}
