//! Two published lists that give one chain different sets.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::References;
use crate::evidence::Bundle;
use crate::finding::{Finding, Label, Severity};
use crate::rules::claimed::{Files, NO_SET, Same, Seat, Set, counted, sets, some_of};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `validator-sets-disagree`
    ValidatorSetsDisagree,
    "validator-sets-disagree",
    Hyperlane,
    Low,
    "Two published lists give one chain different validators or thresholds",
    "validator_sets_disagree.md",
    judge
);

/// Chains that a finding describes.
const CHAINS: usize = 20;

/// One chain that two lists differ on.
struct Difference<'s, 'b> {
    reference: &'s Set<'b>,
    other: &'s Set<'b>,
    missing: Vec<Seat<'b>>,
    added: Vec<Seat<'b>>,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let sets = sets(bundle);
    if sets.is_empty() {
        return Outcome::NotEvaluated(NO_SET.to_owned());
    }
    let references = References::of(&sets);
    let mut compared: BTreeMap<(usize, usize), (usize, Vec<Difference<'_, '_>>)> = BTreeMap::new();
    for other in sets.iter().filter(|set| set.threshold.is_some()) {
        let Some(reference) = references.get(&other.chain_form()) else {
            continue;
        };
        if reference.artefact == other.artefact {
            continue;
        }
        let (count, differences) = compared.entry((reference.artefact, other.artefact)).or_default();
        *count = count.saturating_add(1);
        differences.extend(difference(reference, other));
    }
    if compared.is_empty() {
        return Outcome::NotEvaluated(
            "no two lists have a whole set (with its threshold) of one and the same chain".to_owned(),
        );
    }
    let files = Files::of(bundle);
    let chains: usize = compared.values().map(|(count, _)| *count).sum();
    let findings = compared
        .iter()
        .filter_map(|((reference, other), (count, differences))| {
            let names = (files.name(bundle, *reference), files.name(bundle, *other));
            finding(meta, bundle, &names, *count, differences)
        })
        .collect();
    Outcome::of(
        findings,
        format!(
            "validators and thresholds are the same, in {chains} comparisons of two lists' sets of one chain"
        ),
    )
}

fn difference<'s, 'b>(reference: &'s Set<'b>, other: &'s Set<'b>) -> Option<Difference<'s, 'b>> {
    let (theirs, own) = (reference.by_address(), other.by_address());
    let without =
        |set: &BTreeMap<Same, Vec<Seat<'b>>>, than: &BTreeMap<Same, Vec<Seat<'b>>>| -> Vec<Seat<'b>> {
            let mut seats: Vec<Seat<'b>> = set
                .iter()
                .filter(|(address, _)| !than.contains_key(address))
                .filter_map(|(_, seats)| seats.first().copied())
                .collect();
            seats.sort_by_key(Seat::span);
            seats
        };
    let missing = without(&theirs, &own);
    let added = without(&own, &theirs);
    let differs = !missing.is_empty() || !added.is_empty() || reference.threshold != other.threshold;
    differs.then_some(Difference {
        reference,
        other,
        missing,
        added,
    })
}

impl Difference<'_, '_> {
    /// The difference in words.
    fn words(&self) -> String {
        let list = |seats: &[Seat<'_>]| {
            let named: Vec<String> = seats.iter().map(Seat::named).collect();
            some_of(&named, 3)
        };
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("lacks {}", list(&self.missing)));
        }
        if !self.added.is_empty() {
            parts.push(format!("has besides {}", list(&self.added)));
        }
        if let (true, Some(theirs), Some(own)) = (
            self.reference.threshold != self.other.threshold,
            self.reference.threshold,
            self.other.threshold,
        ) {
            parts.push(format!("threshold {own} instead of {theirs}"));
        }
        format!("{}: {}", self.other.chain, parts.join("; "))
    }

    /// The judged keys of the evidence that only one of the two sets has.
    fn keys_here(&self, bundle: &Bundle) -> BTreeSet<String> {
        self.missing
            .iter()
            .chain(&self.added)
            .filter_map(|seat| seat.address?.key_here(bundle))
            .map(crate::evidence::Key::subject)
            .collect()
    }
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    (reference, other): &(String, String),
    count: usize,
    differences: &[Difference<'_, '_>],
) -> Option<Finding> {
    let keys: BTreeSet<String> = differences
        .iter()
        .flat_map(|difference| difference.keys_here(bundle))
        .collect();
    // What concerns a key of this evidence stands first.
    let first = differences
        .iter()
        .find(|difference| !difference.keys_here(bundle).is_empty())
        .or_else(|| differences.first())?;
    let thresholds = differences
        .iter()
        .filter(|difference| difference.reference.threshold != difference.other.threshold)
        .count();
    let message = format!(
        "{other} and {reference} differ on {} of {} that both have, {thresholds} in the threshold; {other} on {}",
        differences.len(),
        counted(count, "chain"),
        first.words()
    );
    let severity = if keys.is_empty() {
        meta.severity
    } else {
        Severity::Medium
    };
    let subject = match keys.iter().next() {
        Some(key) if keys.len() == 1 => key.clone(),
        _ => format!("sets of {other} and {reference}"),
    };
    let label = match first.added.first() {
        Some(seat) => Label {
            span: seat.span(),
            message: format!("not in {reference}"),
        },
        None => Label {
            span: first.other.place,
            message: format!("{} in this list", first.other.chain),
        },
    };
    let there = first.missing.first().map_or_else(
        || {
            (
                first.reference.place,
                format!("{} in {reference}", first.reference.chain),
            )
        },
        |seat| (seat.span(), format!("not in {other}")),
    );
    let mut finding = Finding::builder(meta.id, severity, subject, message, label)
        .related(there.0, there.1)
        .consequence(
            "one of the two is out of date, or they are of different environments: whose signatures count is decided \
             by the contract, and no list here shows it",
        )
        .remedy(
            "Ask the destination chain's contract (validatorsAndThreshold) which set it has, and remove the list that is \
             out of date from the evidence.",
        );
    for difference in differences.iter().take(CHAINS) {
        finding = finding.note(difference.words());
    }
    let more = differences.len().saturating_sub(CHAINS);
    if more > 0 {
        finding = finding.note(format!("and {}", counted(more, "more chain")));
    }
    if !keys.is_empty() {
        let keys: Vec<String> = keys.into_iter().collect();
        finding = finding.consequence(format!(
            "only one of them has a key of this evidence as a member: {}",
            some_of(&keys, 5)
        ));
    }
    let content: Vec<String> = differences.iter().map(Difference::words).collect();
    Some(finding.content(&content.join("\n")))
}
