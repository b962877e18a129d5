//! A key that many may sign with.

use std::collections::BTreeMap;

use super::{Held, Person, held, more};
use crate::evidence::Key;
use crate::finding::{Finding, Label, Severity};
use crate::policy::access::ActionClass;
use crate::rules::claimed::some_of;
use crate::rules::{Context, Meta, Outcome, Part, key_rule};

key_rule!(
    /// `signer-shared-by-many`
    SignerSharedByMany,
    "signer-shared-by-many",
    Duties,
    Medium,
    "More than three principals may sign with one key",
    "signer_shared_by_many.md",
    judge
);

/// So many signers have a reason: the agent, its next one in a rotation, a second instance.
const MOST: usize = 3;
/// Names that a message has.
const NAMES: usize = 5;
/// Places that a finding shows.
const PLACES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let mut signers: BTreeMap<Person, Held<'_>> = BTreeMap::new();
    for (person, held) in held(bundle, key, ActionClass::Sign) {
        signers.entry(person).or_insert(held);
    }
    if signers.len() <= MOST {
        if let Some(more) = more(bundle, key, &[ActionClass::Sign]) {
            return Outcome::NotEvaluated(more);
        }
        return Outcome::Pass(format!(
            "{} may sign with the key, which is not more than {MOST}",
            crate::rules::claimed::counted(signers.len(), "principal")
        ));
    }
    let declared = signers
        .values()
        .all(|held| context.is_declared_holder(key, Part::Signer, held.holder) == Some(true));
    let severity = if declared { Severity::Info } else { meta.severity };
    let names: Vec<String> = signers.keys().map(Person::name).collect();
    let mut places: Vec<_> = Vec::new();
    for held in signers.values() {
        if let Some((span, words)) = held.place(bundle)
            && places.iter().all(|(seen, _)| *seen != span)
        {
            places.push((span, words));
        }
    }
    let mut places = places.into_iter();
    let Some((span, _)) = places.next() else {
        return Outcome::NotEvaluated(
            "the places that let the signers sign are not in the evidence".to_owned(),
        );
    };
    let label = Label {
        span,
        message: "lets sign".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        key.subject(),
        format!(
            "{} principals may sign with one key: {}",
            signers.len(),
            some_of(&names, NAMES)
        ),
        label,
    )
    .consequence("each of them signs as the others do: a chain sees one address, and only CloudTrail tells who it was")
    .remedy(
        "Let one agent sign with a key, and give the others keys of their own; or declare those who are meant to, in the \
         column signer of the claims.",
    );
    if declared {
        finding = finding.note("Each of them is declared as a signer of the key.");
    }
    for (span, words) in places.take(PLACES) {
        finding = finding.related(span, words);
    }
    let all: Vec<&str> = signers.keys().map(|person| person.0.as_str()).collect();
    Outcome::Findings(vec![finding.content(&all.join("\n"))])
}
