//! Several seats of one set for one operator.

use std::collections::BTreeMap;

use crate::evidence::same_chain_form as same_form;
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::claimed::{NO_SET, Same, Seat, Set, sets};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `operator-on-several-seats`
    OperatorOnSeveralSeats,
    "operator-on-several-seats",
    Hyperlane,
    Low,
    "One operator has several keys in one validator set: fewer parties than the threshold says can attest",
    "operator_on_several_seats.md",
    judge
);

/// Seats that a finding shows.
const PLACES: usize = 20;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let sets = sets(bundle);
    if sets.is_empty() {
        return Outcome::NotEvaluated(NO_SET.to_owned());
    }
    let named = |set: &&Set<'_>| set.seats.iter().any(|seat| seat.claim.alias.is_some());
    let judged: Vec<&Set<'_>> = sets.iter().filter(named).collect();
    if judged.is_empty() {
        return Outcome::NotEvaluated(
            "no published validator set names its validators' operators".to_owned(),
        );
    }
    let mut findings = Vec::new();
    for set in &judged {
        findings.extend(of_set(meta, set, set.has_key_here(bundle)));
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!(
            "no operator's name stands on two seats of one set, in {} sets that name operators",
            judged.len()
        ),
    )
}

fn of_set(meta: &'static Meta, set: &Set<'_>, here: bool) -> Vec<Finding> {
    // One address twice is one key, which `duplicate-validator-in-set` reports.
    let mut operators: BTreeMap<String, BTreeMap<Same, Seat<'_>>> = BTreeMap::new();
    for seat in &set.seats {
        let (Some(address), Some(alias)) = (seat.address, &seat.claim.alias) else {
            continue;
        };
        let operator = same_form(alias);
        if !operator.is_empty() {
            operators
                .entry(operator)
                .or_default()
                .entry(address)
                .or_insert(*seat);
        }
    }
    let mut findings = Vec::new();
    for (operator, seats) in operators.iter().filter(|(_, seats)| seats.len() > 1) {
        let mut seats: Vec<&Seat<'_>> = seats.values().collect();
        seats.sort_by_key(|seat| seat.span());
        let [first, rest @ ..] = seats.as_slice() else {
            continue;
        };
        let held = u64::try_from(seats.len()).unwrap_or(u64::MAX);
        let alone = set
            .threshold
            .is_some_and(|threshold| threshold > 0 && held >= threshold);
        let name = short(first.claim.alias.as_deref().unwrap_or_default());
        let effect = match set.threshold {
            None => "its threshold is not in the evidence".to_owned(),
            Some(threshold) if alone => format!("it reaches the threshold of {threshold} alone"),
            Some(threshold) => format!(
                "the threshold of {threshold} takes {} parties",
                threshold.saturating_sub(held).saturating_add(1)
            ),
        };
        let message = format!(
            "{name} has {held} of {} seats in the validator set of {}: {effect}",
            set.seats.len(),
            set.chain
        );
        let severity = match (alone, here, set.is_test()) {
            (true, true, false) => Severity::Medium,
            (_, _, true) => Severity::Info,
            _ => meta.severity,
        };
        let label = Label {
            span: first.span(),
            message: format!("one seat of {name}"),
        };
        let subject = format!("validator set of {}", set.chain);
        let mut finding = Finding::builder(meta.id, severity, subject, message, label)
            .confidence(Confidence::Medium)
            .consequence(
                "keys of one operator fall together: to its staff, to its cloud account, to one court order",
            )
            .note("Two seats are taken for one operator's where their names are the same but for case, blanks and punctuation.")
            .remedy("Give the seats to different operators, or raise the threshold above what one of them holds.");
        for seat in rest.iter().take(PLACES) {
            finding = finding.related(seat.span(), "another one");
        }
        let addresses: Vec<String> = seats
            .iter()
            .filter_map(|seat| seat.address)
            .map(|address| address.to_string())
            .collect();
        findings.push(finding.content(&format!("{operator} {} {:?}", addresses.join(" "), set.threshold)));
    }
    findings
}
