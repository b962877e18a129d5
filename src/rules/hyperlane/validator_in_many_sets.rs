//! One key in the validator sets of several chains.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::same_chain_form;
use crate::finding::{Finding, Label};
use crate::rules::claimed::{Files, NO_SET, Same, Seat, Set, counted, is_test_network, sets, some_of};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `validator-in-many-sets`
    ValidatorInManySets,
    "validator-in-many-sets",
    Hyperlane,
    Info,
    "One address validates for several chains: its key's loss or compromise counts in all of them",
    "validator_in_many_sets.md",
    judge
);

/// Chains that a note lists.
const CHAINS: usize = 60;

/// Addresses that a finding lists.
const ADDRESSES: usize = 20;

/// One address and the chains it validates for.
struct Many<'s, 'b> {
    address: Same,
    /// Seats by the chain's name, sorted.
    seats: Vec<(&'s Set<'b>, Seat<'b>)>,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let sets = sets(bundle);
    if sets.is_empty() {
        return Outcome::NotEvaluated(NO_SET.to_owned());
    }
    let mut by_address: BTreeMap<Same, BTreeMap<String, (&Set<'_>, Seat<'_>)>> = BTreeMap::new();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for set in &sets {
        let form = set.chain_form();
        for (address, own) in set.by_address() {
            let Some(seat) = own.first() else { continue };
            let chains = by_address.entry(address).or_insert_with(|| {
                let count = counts.entry(set.artefact).or_default();
                *count = count.saturating_add(1);
                BTreeMap::new()
            });
            // The chain of two files is one; the file that says the threshold says more.
            let known = chains.entry(form.clone()).or_insert((set, *seat));
            if known.0.threshold.is_none() && set.threshold.is_some() {
                *known = (set, *seat);
            }
        }
    }
    let all = by_address.len();
    // Of a key of this evidence it is said there; those of strangers are one finding a file.
    let mut here = 0_usize;
    let mut findings = Vec::new();
    let mut strangers: BTreeMap<usize, Vec<Many<'_, '_>>> = BTreeMap::new();
    for (address, chains) in by_address.into_iter().filter(|(_, chains)| chains.len() > 1) {
        if address.key_here(bundle).is_some() {
            here = here.saturating_add(1);
            continue;
        }
        let many = Many {
            address,
            seats: chains.into_values().collect(),
        };
        if let Some((set, _)) = many.seats.first() {
            strangers.entry(set.artefact).or_default().push(many);
        }
    }
    if strangers.is_empty() && here > 0 {
        return Outcome::NotApplicable(
            "the validators of several chains have their keys in this evidence: see same-key-several-chains"
                .to_owned(),
        );
    }
    let files = Files::of(bundle);
    for (artefact, mut many) in strangers {
        many.sort_by_key(|many| Reverse(many.seats.len()));
        let count = counts.get(&artefact).copied().unwrap_or_default();
        findings.extend(of_file(meta, &files.name(bundle, artefact), count, &many));
    }
    Outcome::of(
        findings,
        format!("each of {all} validator addresses is in the set of one chain only"),
    )
}

impl Many<'_, '_> {
    fn chains(&self) -> Vec<String> {
        self.seats.iter().map(|(set, _)| set.chain.to_owned()).collect()
    }

    /// The address and its operators' names.
    fn named(&self) -> String {
        let names: BTreeSet<String> = self
            .seats
            .iter()
            .filter_map(|(_, seat)| seat.claim.alias.as_deref())
            .filter(|alias| !same_chain_form(alias).is_empty())
            .map(short)
            .collect();
        let names: Vec<String> = names.into_iter().collect();
        if names.is_empty() {
            self.address.to_string()
        } else {
            format!("{} ({})", self.address, some_of(&names, 3))
        }
    }

    /// The chains on which its signature alone is enough.
    fn alone(&self) -> Vec<String> {
        self.seats
            .iter()
            .filter(|(set, _)| set.threshold == Some(1))
            .map(|(set, _)| set.chain.to_owned())
            .collect()
    }

    /// How many of its chains are test networks, where some are and some are not.
    fn mixed(&self) -> Option<usize> {
        let test = self
            .seats
            .iter()
            .filter(|(set, _)| is_test_network(set.chain))
            .count();
        (test > 0 && test < self.seats.len()).then_some(test)
    }

    fn content(&self) -> String {
        format!("{} {}", self.address, self.chains().join(" "))
    }
}

const REMEDY: &str = "Nothing must be done: Hyperlane allows one key for several chains. Where it is not meant, make a \
                      key for each chain, as the guide's naming does.";

fn mixed_words(test: usize) -> String {
    format!(
        "{} of them by its name, the others not: a key of a test environment is usually guarded less",
        if test == 1 {
            "one is a test network".to_owned()
        } else {
            format!("{test} are test networks")
        }
    )
}

fn of_file(meta: &'static Meta, file: &str, count: usize, many: &[Many<'_, '_>]) -> Option<Finding> {
    let first = many.first()?;
    let (_, seat) = first.seats.first()?;
    let named: Vec<String> = many
        .iter()
        .map(|many| format!("{} for {}", many.named(), many.seats.len()))
        .collect();
    let message = format!(
        "{} of {} in {file} {} for several chains: {}",
        many.len(),
        if count == 1 {
            "1 validator address".to_owned()
        } else {
            format!("{count} validator addresses")
        },
        if many.len() == 1 { "validates" } else { "validate" },
        some_of(&named, 3)
    );
    let label = Label {
        span: seat.span(),
        message: format!("validates for {}", counted(first.seats.len(), "chain")),
    };
    let mut finding = Finding::builder(meta.id, meta.severity, format!("file {file}"), message, label)
        .consequence("who gets hold of such a key signs for all its chains at once")
        .remedy(REMEDY);
    for many in many.iter().take(ADDRESSES) {
        let alone = many.alone();
        let mut text = format!("{}: {}", many.named(), some_of(&many.chains(), CHAINS));
        if !alone.is_empty() {
            text = format!("{text}; its signature alone is enough on {}", some_of(&alone, 6));
        }
        if let Some(test) = many.mixed() {
            text = format!("{text}; {}", mixed_words(test));
        }
        finding = finding.note(text);
    }
    let more = many.len().saturating_sub(ADDRESSES);
    if more > 0 {
        finding = finding.note(format!("and {more} more"));
    }
    for many in many.iter().skip(1).take(ADDRESSES) {
        if let Some((_, seat)) = many.seats.first() {
            finding = finding.related(
                seat.span(),
                format!("validates for {}", counted(many.seats.len(), "chain")),
            );
        }
    }
    let content: Vec<String> = many.iter().map(Many::content).collect();
    Some(finding.content(&content.join("\n")))
}
