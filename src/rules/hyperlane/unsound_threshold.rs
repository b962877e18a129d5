//! Thresholds that ask for nothing, for more than there are, for too few, or for one.

use std::collections::BTreeMap;

use crate::evidence::Bundle;
use crate::finding::{Finding, Label, Severity};
use crate::rules::claimed::{Files, NO_SET, Set, counted, sets, some_of};
use crate::rules::common::at_most_per_file;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `unsound-threshold`
    UnsoundThreshold,
    "unsound-threshold",
    Hyperlane,
    Medium,
    "A validator set's threshold is zero, cannot be reached, is no majority, or is one signature",
    "unsound_threshold.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let sets = sets(bundle);
    if sets.is_empty() {
        return Outcome::NotEvaluated(NO_SET.to_owned());
    }
    let judged = sets.iter().filter(|set| set.threshold.is_some()).count();
    if judged == 0 {
        return Outcome::NotEvaluated("no published validator set says its threshold".to_owned());
    }
    let mut findings = Vec::new();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut single: BTreeMap<usize, Vec<&Set<'_>>> = BTreeMap::new();
    for set in &sets {
        let count = counts.entry(set.artefact).or_default();
        *count = count.saturating_add(1);
        let Some(threshold) = set.threshold else { continue };
        if let Some(finding) = unsound(meta, bundle, set, threshold) {
            findings.push(finding);
        } else if threshold == 1 {
            single.entry(set.artefact).or_default().push(set);
        }
    }
    let files = Files::of(bundle);
    let mut findings = at_most_per_file(bundle, meta, findings);
    for (artefact, single) in single {
        let all = counts.get(&artefact).copied().unwrap_or_default();
        findings.extend(one_signature(
            meta,
            bundle,
            &files.name(bundle, artefact),
            &single,
            all,
        ));
    }
    Outcome::of(
        findings,
        format!(
            "each of {judged} thresholds is a majority of its set, can be reached, and asks for more than one signature"
        ),
    )
}

/// A threshold that does not do what a threshold is for.
fn unsound(meta: &'static Meta, bundle: &Bundle, set: &Set<'_>, threshold: u64) -> Option<Finding> {
    let seats = u64::try_from(set.seats.len()).unwrap_or(u64::MAX);
    let usable: usize = set.by_address().values().map(Vec::len).sum();
    let usable = u64::try_from(usable).unwrap_or(u64::MAX);
    let chain = set.chain;
    let here = set.has_key_here(bundle);
    let (severity, what, follows, remedy) = if threshold == 0 {
        (
            meta.severity,
            format!("the validator set of {chain} asks for no signature: its threshold is 0"),
            "the contract refuses every message while the threshold is 0; a verifier that only counts would accept \
             every one"
                .to_owned(),
            "Set the threshold to a majority of the set.",
        )
    } else if threshold > usable {
        let of = if usable == seats {
            format!("{seats} validators")
        } else {
            format!("{usable} validators ({seats} seats, the others are nobody's)")
        };
        (
            meta.severity,
            format!("the validator set of {chain} can never attest: its threshold is {threshold} of {of}"),
            "no message from the chain can ever be verified with this set".to_owned(),
            "Set the threshold to a majority of the set, or add the missing validators.",
        )
    } else if threshold <= seats / 2 {
        (
            if here { meta.severity } else { Severity::Low },
            format!("the threshold of {chain} is no majority: {threshold} of {seats}"),
            format!(
                "two groups of {threshold} that have no member in common can attest two different things at once"
            ),
            "Raise the threshold to more than half of the set, as the tests of Hyperlane's own sets demand.",
        )
    } else {
        return None;
    };
    let label = Label {
        span: set.place,
        message: format!("{threshold} of {seats}"),
    };
    Some(
        Finding::builder(
            meta.id,
            severity,
            format!("validator set of {chain}"),
            what,
            label,
        )
        .consequence(follows)
        .remedy(remedy)
        .content(&format!("{chain} {threshold} {seats} {usable}")),
    )
}

/// The sets of one file that one signature of one validator is enough for.
fn one_signature(
    meta: &'static Meta,
    bundle: &Bundle,
    file: &str,
    single: &[&Set<'_>],
    all: usize,
) -> Option<Finding> {
    let here: Vec<&&Set<'_>> = single.iter().filter(|set| set.has_key_here(bundle)).collect();
    let severity = if here.iter().any(|set| !set.is_test()) {
        Severity::Medium
    } else if single.iter().any(|set| !set.is_test()) {
        Severity::Low
    } else {
        Severity::Info
    };
    // The most telling one first: of a key that is here, then of no test network.
    let shown = here
        .iter()
        .copied()
        .chain(single)
        .find(|set| !set.is_test())
        .or_else(|| here.first().copied())
        .or_else(|| single.first())?;
    let chains: Vec<String> = single.iter().map(|set| set.chain.to_owned()).collect();
    let real: Vec<String> = single
        .iter()
        .filter(|set| !set.is_test())
        .map(|set| set.chain.to_owned())
        .collect();
    let of = if real.is_empty() {
        "all test networks by their names".to_owned()
    } else if real.len() == single.len() {
        some_of(&real, 3)
    } else {
        format!("{} of no test network: {}", real.len(), some_of(&real, 3))
    };
    let message = format!(
        "one validator's signature is enough for {} of {} in {file} ({of})",
        single.len(),
        counted(all, "set")
    );
    let label = Label {
        span: shown.place,
        message: format!("1 signature attests for {}", shown.chain),
    };
    let mut finding = Finding::builder(meta.id, severity, format!("file {file}"), message, label)
        .consequence("whoever holds that one key, or may sign with it, forges any message from the chain")
        .note(format!("the chains: {}", some_of(&chains, 30)))
        .remedy("Add validators of other operators, and raise the threshold to a majority of them.");
    if !here.is_empty() {
        let names: Vec<String> = here.iter().map(|set| set.chain.to_owned()).collect();
        finding = finding.note(format!(
            "a key of this evidence is that one validator on: {}",
            some_of(&names, 30)
        ));
    }
    Some(finding.content(&chains.join(" ")))
}
