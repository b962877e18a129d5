//! The same validator twice in one published set.

use crate::finding::{Finding, Label, Severity};
use crate::rules::claimed::{NO_SET, Same, Seat, Set, counted, sets, some_of};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `duplicate-validator-in-set`
    DuplicateValidatorInSet,
    "duplicate-validator-in-set",
    Hyperlane,
    Medium,
    "A validator set names one address twice: fewer keys than the threshold says can attest",
    "duplicate_validator_in_set.md",
    judge
);

/// Places of repeated addresses that a finding shows.
const PLACES: usize = 20;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let sets = sets(context.bundle);
    if sets.is_empty() {
        return Outcome::NotEvaluated(NO_SET.to_owned());
    }
    let findings = sets.iter().filter_map(|set| finding(meta, set)).collect();
    Outcome::of(
        at_most_per_file(context.bundle, meta, findings),
        format!(
            "no address stands twice in any of the {} published validator sets",
            sets.len()
        ),
    )
}

/// The fewest keys whose signatures fill `threshold` seats, where a key fills all its own; nothing where all of them
/// together do not.
fn keys_needed(mut seats_of: Vec<usize>, threshold: u64) -> Option<usize> {
    seats_of.sort_unstable_by(|a, b| b.cmp(a));
    let mut filled = 0_u64;
    for (keys, seats) in (0_usize..).zip(&seats_of) {
        if filled >= threshold {
            return Some(keys);
        }
        filled = filled.saturating_add(u64::try_from(*seats).unwrap_or(u64::MAX));
    }
    (filled >= threshold).then_some(seats_of.len())
}

fn finding(meta: &'static Meta, set: &Set<'_>) -> Option<Finding> {
    let members = set.by_address();
    let repeated: Vec<(&Same, &Vec<Seat<'_>>)> =
        members.iter().filter(|(_, seats)| seats.len() > 1).collect();
    let (_, first) = repeated.first()?;
    let (first_seat, last_seat) = (first.first()?, first.last()?);
    let needed = set
        .threshold
        .and_then(|threshold| keys_needed(members.values().map(Vec::len).collect(), threshold));
    let seats = set.seats.len();
    let lowered = match (set.threshold, needed) {
        (None, _) => "its threshold is not in the evidence".to_owned(),
        (Some(threshold), Some(keys)) => format!(
            "{threshold} of {seats} is reached by the {} of {}",
            if keys == 1 { "signature" } else { "signatures" },
            counted(keys, "key")
        ),
        (Some(threshold), None) => {
            format!("the threshold of {threshold} is reached by no number of them")
        }
    };
    let names: Vec<String> = repeated
        .iter()
        .map(|(address, seats)| format!("{address} {} times", seats.len()))
        .collect();
    let message = format!(
        "the validator set of {} has {} on {seats} seats, {}: {lowered}",
        set.chain,
        counted(members.len(), "key"),
        some_of(&names, 3)
    );
    // One key in the place of several is a single point of failure, whatever the set's makers meant.
    let severity = match (needed, set.threshold) {
        (Some(1), Some(threshold)) if threshold > 1 => Severity::High,
        _ => meta.severity,
    };
    let label = Label {
        span: last_seat.span(),
        message: again(last_seat),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        format!("validator set of {}", set.chain),
        message,
        label,
    )
    .related(first_seat.span(), "first here")
    .consequence(
        "the contract looks for each signature from the seat after the last match on: one signature, handed in twice, \
         fills both seats of its key",
    )
    .remedy(
        "Remove the repeated address, or put the validator in that was meant; then set the threshold anew, also in the \
         contract.",
    );
    if let Some(threshold) = set
        .threshold
        .filter(|threshold| u64::try_from(members.len()).is_ok_and(|keys| keys < *threshold))
    {
        finding = finding.consequence(format!(
            "a verifier that counts each key once can never reach {threshold}: there are only {}",
            counted(members.len(), "key")
        ));
    }
    let between = first.iter().skip(1).take(first.len().saturating_sub(2));
    let others = repeated.iter().skip(1).flat_map(|(_, seats)| seats.iter());
    for seat in between.chain(others).take(PLACES) {
        finding = finding.related(seat.span(), again(seat));
    }
    let content: Vec<String> = repeated
        .iter()
        .map(|(address, seats)| format!("{address} {}", seats.len()))
        .collect();
    Some(finding.content(&format!("{} {:?}", content.join(" "), set.threshold)))
}

/// What is to be seen at a repeated seat: how it is written, and under which name.
fn again(seat: &Seat<'_>) -> String {
    let written = Same::written(&seat.claim.address.value).map_or("", |(_, form)| form.words());
    match &seat.claim.alias {
        Some(alias) => format!("the same 20 bytes, {written}, of {}", short(alias)),
        None => format!("the same 20 bytes, {written}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_with_most_seats_fill_the_threshold_first() {
        for (seats, threshold, keys) in [
            (vec![1, 1, 1], 2, Some(2)),
            (vec![2, 1], 2, Some(1)),
            (vec![1, 2, 2], 4, Some(2)),
            (vec![2, 2], 3, Some(2)),
            (vec![3], 4, None),
            (vec![1, 1], 0, Some(0)),
            (vec![], 1, None),
        ] {
            assert_eq!(
                keys_needed(seats.clone(), threshold),
                keys,
                "{seats:?} {threshold}"
            );
        }
    }
}
