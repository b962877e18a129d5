//! A validator's signatures in bulk: what the `checkpoints` command answers.
//!
//! Documents come in batches. Each has a verdict of its own, whatever stands beside it; what follows from all of them
//! together is said at the end.

mod document;
mod expected;
mod findings;
mod report;
mod row;
mod tally;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::FailOn;
use crate::address::EvmAddress;
use crate::finding::Severity;
use crate::hyperlane::Artefact;
use crate::hyperlane::history::{History, Observations, Record};
use crate::hyperlane::registry::Registry;
use crate::key::PublicKey;
use crate::signature::bulk::Item;
use crate::signature::encoding::Reading;
use crate::signature::verify::{Claim, Second, Verdict, Verification};
use crate::signature::verify_many;

pub use document::{Content, Document, MOST_BYTES};
pub use expected::{Expected, ExpectedSigner, expected_of_claims};
pub use findings::CHECKPOINT_RULES;
pub use report::{
    CheckpointBucket, CheckpointError, CheckpointFinding, CheckpointReport, CheckpointSigner, Counted,
    Throughput, UnreadableRow,
};
pub use row::{CheckpointRow, CheckpointVerdict, ROW_CODES, RowNote};

use document::Parsed;
use tally::Tally;

/// What a run is told.
#[derive(Debug, Clone, Default)]
pub struct CheckpointOptions {
    /// Who is expected to have signed.
    pub expected: Expected,
    /// What is expected of each chain.
    pub registry: Registry,
    /// True to leave out what needs memory for every record.
    pub no_history: bool,
    /// What makes the exit code 1, beside records that are not verified; empty for findings of medium and above.
    pub fail_on: Vec<FailOn>,
}

impl CheckpointOptions {
    /// True where nothing makes the exit code 1.
    fn never_fails(&self) -> bool {
        self.fail_on == [FailOn::Never]
    }
}

/// True for a finding that makes the exit code 1.
fn fails(options: &CheckpointOptions, severity: Severity) -> bool {
    if options.fail_on.is_empty() {
        return severity >= Severity::Medium;
    }
    options
        .fail_on
        .iter()
        .any(|fail| matches!(fail, FailOn::Level(level) if severity >= *level))
}

/// Buckets and domains for which the last signer is remembered.
const MOST_GUESSES: usize = 100_000;

/// Records whose mistake is looked for, at most: each costs up to some hundred recoveries.
const MOST_DIAGNOSED: u64 = 64;

/// Who signs next, perhaps. A wrong guess costs more than none: of signers who take turns none is guessed.
#[derive(Debug, Clone, Copy)]
struct Guess {
    key: PublicKey,
    /// True where the last two records were its.
    sure: bool,
}

/// A run over documents.
#[derive(Debug)]
pub struct CheckpointRun {
    options: CheckpointOptions,
    history: Option<History>,
    tally: Tally,
    /// The last signer of a bucket and a domain, where it signed several in a row: mostly also the next.
    guesses: BTreeMap<(String, u32), Guess>,
    diagnosed: u64,
}

impl CheckpointRun {
    /// A run.
    pub fn new(options: CheckpointOptions) -> Self {
        let history = (!options.no_history).then(|| {
            let mut history = History::new();
            history.expect(&options.expected.addresses());
            history
        });
        Self {
            tally: Tally::new(&options.expected),
            options,
            history,
            guesses: BTreeMap::new(),
            diagnosed: 0,
        }
    }

    /// How far the run is, in words.
    pub fn words(&self) -> String {
        self.tally.words()
    }

    /// Judges documents, all at once; row i is that of document i.
    pub fn judge(&mut self, documents: &[Document<'_>]) -> Vec<CheckpointRow> {
        let parsed: Vec<Parsed> = documents
            .par_iter()
            .map_init(document::Cache::default, |cache, document| document.parse(cache))
            .collect();
        let verified = self.verify(&parsed);
        parsed
            .iter()
            .zip(&verified)
            .map(|(parsed, verification)| self.one(parsed, verification.as_ref()))
            .collect()
    }

    /// Verifies each signature: first against the key that signed last in the same bucket, which is cheap and mostly right,
    /// then against nobody.
    fn verify(&mut self, parsed: &[Parsed]) -> Vec<Option<Verification>> {
        let mut answers: Vec<Option<Verification>> = vec![None; parsed.len()];
        let rest: Vec<usize> = (0..parsed.len())
            .filter(|at| parsed.get(*at).is_some_and(|one| one.signature.is_some()))
            .collect();
        let readings: Vec<(usize, [Reading; 1], PublicKey)> = rest
            .iter()
            .filter_map(|at| {
                let one = parsed.get(*at)?;
                let guess = self.guesses.get(&(one.bucket.clone(), one.domain))?;
                guess
                    .sure
                    .then_some((*at, [Reading::of(one.signature?)], guess.key))
            })
            .collect();
        let items: Vec<Item<'_>> = readings
            .iter()
            .filter_map(|(at, reading, key)| {
                Some(Item {
                    readings: reading,
                    digest: &parsed.get(*at)?.digest,
                    claim: Claim {
                        key: Some(key),
                        address: None,
                    },
                })
            })
            .collect();
        for ((at, ..), answer) in readings.iter().zip(verify_many(&items)) {
            if (answer.verdict == Verdict::Verified || answer.second == Second::Disagrees)
                && let Some(slot) = answers.get_mut(*at)
            {
                *slot = Some(answer);
            }
        }
        let open: Vec<usize> = rest
            .into_iter()
            .filter(|at| answers.get(*at).is_some_and(Option::is_none))
            .collect();
        self.recover(parsed, &open, &mut answers);
        answers
    }

    /// Recovers whoever signed, and remembers it.
    fn recover(&mut self, parsed: &[Parsed], which: &[usize], answers: &mut [Option<Verification>]) {
        let readings: Vec<(usize, [Reading; 1])> = which
            .iter()
            .filter_map(|at| Some((*at, [Reading::of(parsed.get(*at)?.signature?)])))
            .collect();
        let items: Vec<Item<'_>> = readings
            .iter()
            .filter_map(|(at, reading)| {
                Some(Item {
                    readings: reading,
                    digest: &parsed.get(*at)?.digest,
                    claim: Claim::default(),
                })
            })
            .collect();
        for ((at, _), answer) in readings.iter().zip(verify_many(&items)) {
            if let (Some(key), Some(one)) = (answer.key, parsed.get(*at)) {
                if self.guesses.len() >= MOST_GUESSES {
                    self.guesses.clear();
                }
                // A record of a stranger among those of one signer changes no guess for long: the next ones correct it.
                self.guesses
                    .entry((one.bucket.clone(), one.domain))
                    .and_modify(|guess| {
                        *guess = Guess {
                            key,
                            sure: guess.key == key,
                        };
                    })
                    .or_insert(Guess { key, sure: false });
            }
            if let Some(slot) = answers.get_mut(*at) {
                *slot = Some(answer);
            }
        }
    }

    /// The row of one document; remembers what it says.
    fn one(&mut self, parsed: &Parsed, verification: Option<&Verification>) -> CheckpointRow {
        let diagnose = self.diagnosed < MOST_DIAGNOSED;
        let judged = verdict::judge(parsed, verification, &self.options, diagnose);
        if judged.tried {
            self.diagnosed = self.diagnosed.saturating_add(1);
        }
        if let (Ok(Artefact::Checkpoint(envelope)), Some(signer), Some(history)) =
            (&parsed.artefact, judged.signer, &mut self.history)
        {
            history.add(&Record {
                signer,
                checkpoint: &envelope.value,
                signature: &envelope.signature,
                bucket: &parsed.bucket,
                line: parsed.line,
            });
        }
        self.tally.add(parsed, &judged);
        judged.row
    }

    /// What follows from all of them. `partial` says why they are not all.
    pub fn finish(self, partial: Option<String>) -> CheckpointReport {
        let addresses: BTreeSet<EvmAddress> = self.options.expected.addresses().into_iter().collect();
        let observations = self.history.as_ref().map(|history| history.observe(&addresses));
        let left_out = self.history.as_ref().map_or(0, History::left_out);
        let mut findings = findings::of_tally(&self.tally, &self.options);
        if let Some(observations) = &observations {
            findings.extend(findings::of_observations(observations, &self.options));
        }
        report::report(
            self.tally,
            &self.options,
            observations.as_ref(),
            left_out,
            findings,
            partial,
        )
    }
}

/// What was looked at and what was not, for the report.
fn not_evaluated(
    options: &CheckpointOptions,
    observations: Option<&Observations>,
    left_out: u64,
) -> Vec<String> {
    let mut words = Vec::new();
    if options.expected.is_empty() {
        words.push(
            "whose signatures they should be: nobody is claimed (--address, --claims, --key), so that none counts as verified"
                .to_owned(),
        );
    }
    if options.registry.is_empty() {
        words.push(
            "domains and merkle tree hooks: there is no registry to compare with (--registry)".to_owned(),
        );
    }
    match observations {
        None => words.push(
            "history (equivocation, roots, gaps, disagreement, nonces): left out by --no-history".to_owned(),
        ),
        Some(observations) => {
            for one in &observations.not_recomputed {
                words.push(format!(
                    "roots of domain {} from index {} on ({} records): the message id of index {} is missing",
                    one.stream.domain, one.from, one.records, one.from
                ));
            }
        }
    }
    if left_out > 0 {
        words.push(format!(
            "history of {left_out} records: there were too many signers, contracts or buckets"
        ));
    }
    words
}
