//! The same validator twice in one published set.

use std::collections::BTreeMap;

use crate::address::evm::EvmAddress;
use crate::evidence::Claim;
use crate::finding::{Finding, Label};
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

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    // One set: one chain in one artefact. The same set in two files is not twice in itself.
    let mut sets: BTreeMap<(usize, &str), Vec<&Claim>> = BTreeMap::new();
    for (claim, artefact) in &context.bundle.claims {
        if let Some((chain, _)) = &claim.set {
            sets.entry((*artefact, chain)).or_default().push(claim);
        }
    }
    if sets.is_empty() {
        return Outcome::NotEvaluated("no published validator set is in the evidence".to_owned());
    }
    let count = sets.len();
    let mut findings = Vec::new();
    for ((_, chain), members) in sets {
        let mut seen: BTreeMap<EvmAddress, Vec<&Claim>> = BTreeMap::new();
        for claim in &members {
            if let Some(address) = EvmAddress::from_digits(&claim.address.value) {
                seen.entry(address).or_default().push(claim);
            }
        }
        let distinct = seen.len();
        for (address, places) in seen.iter().filter(|(_, places)| places.len() > 1) {
            findings.extend(finding(meta, chain, *address, places, members.len(), distinct));
        }
    }
    Outcome::of(
        findings,
        format!("no address stands twice in any of the {count} published validator sets"),
    )
}

fn keys(count: u64) -> String {
    format!("{count} key{}", if count == 1 { "" } else { "s" })
}

fn finding(
    meta: &'static Meta,
    chain: &str,
    address: EvmAddress,
    places: &[&Claim],
    seats: usize,
    distinct: usize,
) -> Option<Finding> {
    let (first, last) = (places.first()?, places.last()?);
    let threshold = last.set.as_ref().and_then(|(_, threshold)| *threshold);
    let surplus = u64::try_from(places.len().saturating_sub(1)).unwrap_or(u64::MAX);
    let lowered = threshold.map_or_else(
        || "its threshold is not in the evidence".to_owned(),
        |threshold| {
            format!(
                "the threshold of {threshold} can be reached by {}",
                keys(threshold.saturating_sub(surplus).max(1))
            )
        },
    );
    let message = format!(
        "the validator set of {chain} names {address} {} times among {seats} seats: {lowered}",
        places.len()
    );
    let label = Label {
        span: last.address.span,
        message: "the same 20 bytes again".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        format!("validator set of {chain}"),
        message,
        label,
    )
    .consequence(format!(
        "the set of {chain} has {} for {seats} seats: one key's signature counts {} times",
        keys(u64::try_from(distinct).unwrap_or(u64::MAX)),
        places.len()
    ))
    .related(first.address.span, "first here")
    .remedy(
        "Remove the repeated address, or put the validator in that was meant; then set the threshold anew.",
    );
    for between in places.iter().skip(1).take(places.len().saturating_sub(2)) {
        finding = finding.related(between.address.span, "and here");
    }
    Some(finding.content(&format!("{address} {threshold:?}")))
}
