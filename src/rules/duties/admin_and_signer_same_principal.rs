//! One principal that signs with one key and administers another.

use std::collections::BTreeMap;

use super::{Held, Person, held, judged, more, short_name};
use crate::evidence::{Bundle, Key};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::policy::access::ActionClass;
use crate::policy::evaluate::{Caller, CallerKind};
use crate::rules::claimed::some_of;
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Declared, Meta, Outcome, Part, evidence_rule};

evidence_rule!(
    /// `admin-and-signer-same-principal`
    AdminAndSignerSamePrincipal,
    "admin-and-signer-same-principal",
    Duties,
    High,
    "One principal signs with one key and administers another, or is declared to do both",
    "admin_and_signer_same_principal.md",
    judge
);

/// What administers: it gives away Sign, or stops the key for good.
const ADMINISTERS: [ActionClass; 3] = [ActionClass::Administer, ActionClass::Grant, ActionClass::Delete];
/// Keys that a message names.
const NAMES: usize = 3;
/// Places that a finding shows.
const PLACES: usize = 10;

/// What one principal may do with the keys in scope.
#[derive(Default)]
struct Duties<'b> {
    signs: Vec<Held<'b>>,
    administers: Vec<Held<'b>>,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let keys = judged(bundle);
    if keys.is_empty() {
        return Outcome::NotEvaluated("no key is in scope".to_owned());
    }
    let mut persons: BTreeMap<Person, Duties<'_>> = BTreeMap::new();
    for key in &keys {
        for (person, held) in held(bundle, key, ActionClass::Sign) {
            persons.entry(person).or_default().signs.push(held);
        }
        for class in ADMINISTERS {
            for (person, held) in held(bundle, key, class) {
                let list = &mut persons.entry(person).or_default().administers;
                // The gravest class of a key says it.
                if list.last().is_none_or(|last| !std::ptr::eq(last.key, held.key)) {
                    list.push(held);
                }
            }
        }
    }
    let mut findings: Vec<Finding> = persons
        .iter()
        .filter_map(|(person, duties)| across(meta, bundle, person, duties))
        .collect();
    for key in &keys {
        findings.extend(declared(meta, context, key));
    }
    if findings.is_empty() {
        let classes = [
            ActionClass::Sign,
            ActionClass::Administer,
            ActionClass::Grant,
            ActionClass::Delete,
        ];
        if let Some(more) = keys.iter().find_map(|key| more(bundle, key, &classes)) {
            return Outcome::NotEvaluated(more);
        }
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "nobody signs with one of the keys in scope and administers another, and nobody is declared to do both",
    )
}

/// Somebody who signs with one key and administers others, with which he does not sign: what he holds of one key alone
/// is said at that key.
fn across(meta: &'static Meta, bundle: &Bundle, person: &Person, duties: &Duties<'_>) -> Option<Finding> {
    let signs = |key: &Key| duties.signs.iter().any(|held| std::ptr::eq(held.key, key));
    let administers: Vec<&Held<'_>> = duties
        .administers
        .iter()
        .filter(|held| !signs(held.key))
        .collect();
    let (first, signed) = (administers.first()?, duties.signs.first()?);
    let (span, _) = first.place(bundle)?;
    let keys = |list: &mut dyn Iterator<Item = &Key>| -> Vec<String> {
        let mut names: Vec<String> = list.map(short_name).collect();
        names.dedup();
        names
    };
    let own = keys(&mut duties.signs.iter().map(|held| held.key));
    let others = keys(&mut administers.iter().map(|held| held.key));
    let label = Label {
        span,
        message: format!("lets {} {}", person.name(), first.right.class.words()),
    };
    let sure = administers.iter().any(|held| held.right.is_sure());
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        person.subject(),
        format!(
            "{} signs with {} and may {} {}",
            person.name(),
            some_of(&own, NAMES),
            match first.right.class {
                ActionClass::Grant => "make grants on",
                ActionClass::Delete => "disable or delete",
                _ => "rewrite the policy of",
            },
            some_of(&others, NAMES)
        ),
        label,
    )
    .confidence(if sure { Confidence::High } else { Confidence::Medium })
    .consequence(format!(
        "a signer's credentials are in use all day: whoever gets those of {} {}",
        person.name(),
        match first.right.class {
            ActionClass::Delete => "stops or destroys the other key",
            _ => "lets himself sign with the other key",
        }
    ))
    .remedy(
        "Let people administer keys, by a role that no agent has, and let agents sign: take kms:PutKeyPolicy, kms:CreateGrant, \
         kms:DisableKey and kms:ScheduleKeyDeletion from the signer.",
    );
    if let Some((place, words)) = signed.place(bundle) {
        finding = finding.related(place, format!("signs with {}: {words}", short_name(signed.key)));
    }
    for held in administers.iter().skip(1).take(PLACES) {
        if let Some((place, words)) = held.place(bundle) {
            finding = finding.related(place, format!("{}: {words}", short_name(held.key)));
        }
    }
    let mut content: Vec<String> = duties
        .signs
        .iter()
        .chain(administers)
        .map(Held::content)
        .collect();
    content.sort();
    Some(finding.content(&content.join("\n")))
}

/// A key for which one principal is declared as signer and as administrator, where its policy does not let him be both:
/// where it does, that is said at the key.
fn declared(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Option<Finding> {
    let bundle = context.bundle;
    let administrators = context.declared(key, Part::Administrator);
    let signers = context.declared(key, Part::Signer);
    let (signer, administrator) = signers.iter().find_map(|signer| {
        let both = administrators.iter().find(|other| is_same(signer, other, key))?;
        Some((signer, both))
    })?;
    let holds = |class: ActionClass| {
        held(bundle, key, class).iter().any(|(_, held)| {
            context.is_declared_holder(key, Part::Administrator, held.holder) == Some(true)
                && context.is_declared_holder(key, Part::Signer, held.holder) == Some(true)
        })
    };
    if holds(ActionClass::Sign) && ADMINISTERS.into_iter().any(holds) {
        return None;
    }
    // Both by options: the evidence has no place to show, and whoever runs the audit knows.
    let span = administrator.span.or(signer.span)?;
    let label = Label {
        span,
        message: "signer and administrator".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        Severity::Medium,
        key.subject(),
        format!(
            "{} is declared as signer and as administrator of one key",
            short(&signer.text)
        ),
        label,
    )
    .consequence("whoever gets the signer's credentials would rewrite the key's policy as well")
    .note("The key policy in the evidence does not let him do both.")
    .remedy("Declare a signer and an administrator who are not the same, or correct the claim.");
    if let Some(other) = signer.span.filter(|other| *other != span) {
        finding = finding.related(other, "declared as signer");
    }
    Some(finding.content(&format!("declared\n{}", signer.text)))
}

/// True where two declarations are of one principal.
fn is_same(signer: &Declared, administrator: &Declared, key: &Key) -> bool {
    let role = |text: &str| {
        Caller::parse(text)
            .filter(|caller| matches!(caller.kind, CallerKind::Role | CallerKind::Session))
            .map(|caller| {
                (
                    caller.account().unwrap_or_default().to_owned(),
                    caller.role_name().to_owned(),
                )
            })
    };
    administrator.means(&signer.text, key)
        || signer.means(&administrator.text, key)
        || role(&signer.text).is_some_and(|own| role(&administrator.text) == Some(own))
}
