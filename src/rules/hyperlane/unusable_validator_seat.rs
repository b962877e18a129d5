//! Seats of a published set that nobody can sign for.

use std::collections::BTreeMap;

use crate::address::evm::Evm;
use crate::address::{AddressScheme as _, ClaimError};
use crate::finding::{Finding, Label};
use crate::rules::claimed::{Files, NO_SET, Same, Seat, counted, sets, some_of};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `unusable-validator-seat`
    UnusableValidatorSeat,
    "unusable-validator-seat",
    Hyperlane,
    Low,
    "A published validator set has seats whose text is no address, or whose checksum is wrong",
    "unusable_validator_seat.md",
    judge
);

/// Seats that a finding shows.
const PLACES: usize = 20;

struct Bad<'b> {
    chain: &'b str,
    seat: Seat<'b>,
    why: String,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let sets = sets(bundle);
    if sets.is_empty() {
        return Outcome::NotEvaluated(NO_SET.to_owned());
    }
    let mut by_file: BTreeMap<usize, Vec<Bad<'_>>> = BTreeMap::new();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for set in &sets {
        let count = counts.entry(set.artefact).or_default();
        *count = count.saturating_add(set.seats.len());
        for (seat, why) in set
            .seats
            .iter()
            .filter_map(|seat| Some((seat, fault(context, seat)?)))
        {
            by_file.entry(set.artefact).or_default().push(Bad {
                chain: set.chain,
                seat: *seat,
                why,
            });
        }
    }
    let files = Files::of(bundle);
    let findings = by_file
        .iter()
        .filter_map(|(artefact, bad)| {
            let all = counts.get(artefact).copied().unwrap_or_default();
            finding(meta, &files.name(bundle, *artefact), all, bad)
        })
        .collect();
    let all: usize = counts.values().sum();
    Outcome::of(
        findings,
        format!("each of {all} seats of published sets is an address, and no checksum is wrong"),
    )
}

/// Why nobody can sign for a seat. The zero address has a rule of its own, and so has the checksum of a key's own claim.
fn fault(context: &Context<'_>, seat: &Seat<'_>) -> Option<String> {
    let text = seat.claim.address.value.trim();
    if let Some(same) = seat.address
        && (same.is_zero() || same.key_here(context.bundle).is_some())
    {
        return None;
    }
    // Hyperlane's identifier of 32 bytes is an address all the same; its letters carry no checksum.
    match Evm.parse_claim(text, &context.addresses) {
        Ok(_) => None,
        Err(error @ ClaimError::WrongChecksum { .. }) => Some(error.to_string()),
        Err(error) => Same::of(text).is_none().then(|| error.to_string()),
    }
}

fn finding(meta: &'static Meta, file: &str, seats: usize, bad: &[Bad<'_>]) -> Option<Finding> {
    let first = bad.first()?;
    let named: Vec<String> = bad
        .iter()
        .map(|bad| format!("\"{}\" on {}", short(&bad.seat.claim.address.value), bad.chain))
        .collect();
    let message = format!(
        "{} of {} in the sets of {file} {} no right address: {}",
        bad.len(),
        counted(seats, "seat"),
        if bad.len() == 1 { "is" } else { "are" },
        some_of(&named, 3)
    );
    let label = Label {
        span: first.seat.span(),
        message: first.why.clone(),
    };
    let mut finding = Finding::builder(meta.id, meta.severity, format!("file {file}"), message, label)
        .consequence("nobody signs for such a seat: the others alone must reach the threshold")
        .consequence("what is no address is compared with nothing: a seat that should be a key's of this evidence is not found")
        .remedy("Ask the list's publisher for the addresses, copied and not typed.");
    for other in bad.iter().skip(1).take(PLACES) {
        finding = finding.related(other.seat.span(), format!("{}: {}", other.chain, other.why));
    }
    let content: Vec<&str> = bad
        .iter()
        .map(|bad| bad.seat.claim.address.value.as_str())
        .collect();
    Some(finding.content(&content.join("\n")))
}
