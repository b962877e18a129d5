//! What is counted along the way: in memory that does not grow with the records.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Parsed;
use super::expected::Expected;
use super::report::CheckpointError;
use super::row::CheckpointVerdict;
use super::verdict::Judged;
use crate::address::EvmAddress;
use crate::hyperlane::history::Stream;
use crate::hyperlane::layout::Kind;
use crate::hyperlane::{Artefact, Remark};

/// Signers, contracts and buckets that are told apart, at most, beside the expected signers.
pub(super) const MOST_KEPT: usize = 4096;

/// Places that are named, and faults that are listed.
const MOST_PLACES: usize = 5;
pub(super) const MOST_ERRORS: usize = 50;

/// Signers and announcements of one bucket that are told apart.
const MOST_IN_BUCKET: usize = 16;

/// How many, and where the first of them are, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) count: u64,
    pub(super) first: BTreeSet<String>,
}

impl Places {
    fn add(&mut self, place: String) {
        self.count = self.count.saturating_add(1);
        self.first.insert(place);
        if self.first.len() > MOST_PLACES {
            self.first.pop_last();
        }
    }
}

/// Records, and the range of their indices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) records: u64,
    pub(super) first: Option<u32>,
    pub(super) last: Option<u32>,
}

impl Run {
    fn add(&mut self, index: Option<u32>) {
        self.records = self.records.saturating_add(1);
        if let Some(index) = index {
            self.first = Some(self.first.map_or(index, |first| first.min(index)));
            self.last = Some(self.last.map_or(index, |last| last.max(index)));
        }
    }
}

/// An announcement in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Announced {
    pub(super) validator: Option<EvmAddress>,
    pub(super) signer: Option<EvmAddress>,
    pub(super) domain: u32,
    pub(super) mailbox: [u8; 32],
    pub(super) location: String,
    pub(super) place: String,
    /// The mistake that explains a signature of another.
    pub(super) mistake: Option<String>,
}

/// A reorg flag, and the index that it names, where it can be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flag {
    pub(super) index: Option<u32>,
}

/// What is in a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// True where checkpoints came with their file names, so that a missing file means something.
    pub(super) is_named: bool,
    pub(super) latest: Option<u32>,
    /// Indices of the checkpoints with a good signature.
    pub(super) run: Run,
    /// The reorg flag.
    pub(super) reorg: Option<Flag>,
    pub(super) announced: BTreeSet<Announced>,
    pub(super) signers: BTreeMap<EvmAddress, Run>,
}

/// A domain and contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OfStream {
    pub(super) records: u64,
    /// Records that name a mailbox, as version 2 did.
    pub(super) by_mailbox: u64,
    /// The first buckets.
    pub(super) buckets: BTreeSet<String>,
}

/// The counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) verified: u64,
    pub(super) failed: u64,
    pub(super) unattributed: u64,
    pub(super) unreadable: u64,
    pub(super) not_judged: u64,
    pub(super) kinds: BTreeMap<String, u64>,
    /// The expected signers, and the first others.
    pub(super) signers: BTreeMap<EvmAddress, Run>,
    /// Records of signers beyond.
    pub(super) other_signers: u64,
    expected: BTreeSet<EvmAddress>,
    pub(super) streams: BTreeMap<Stream, OfStream>,
    pub(super) buckets: BTreeMap<String, Bucket>,
    /// Documents that no bucket or contract was kept for.
    pub(super) uncounted: u64,
    pub(super) remarks: BTreeMap<Remark, Places>,
    /// Why records failed, by code.
    pub(super) failures: BTreeMap<String, Places>,
    /// By the mistake that explains them, where one does.
    pub(super) strangers: Places,
    pub(super) mistakes: BTreeMap<String, Places>,
    pub(super) errors: Vec<(String, CheckpointError)>,
}

impl Tally {
    pub(super) fn new(expected: &Expected) -> Self {
        let expected: BTreeSet<EvmAddress> = expected.addresses().into_iter().collect();
        Self {
            signers: expected
                .iter()
                .map(|address| (*address, Run::default()))
                .collect(),
            expected,
            ..Self::default()
        }
    }

    /// Documents that have a verdict.
    pub(super) fn records(&self) -> u64 {
        [self.verified, self.failed, self.unattributed, self.unreadable]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    pub(super) fn words(&self) -> String {
        format!(
            "{} verified, {} failed, {} unattributed, {} unreadable",
            self.verified, self.failed, self.unattributed, self.unreadable
        )
    }

    pub(super) fn add(&mut self, parsed: &Parsed, judged: &Judged) {
        let row = &judged.row;
        let count = match row.verdict {
            CheckpointVerdict::Verified => &mut self.verified,
            CheckpointVerdict::Failed => &mut self.failed,
            CheckpointVerdict::Unattributed => &mut self.unattributed,
            CheckpointVerdict::Unreadable => &mut self.unreadable,
            CheckpointVerdict::NotJudged => &mut self.not_judged,
        };
        *count = count.saturating_add(1);
        if let Some(kind) = self.kinds.get_mut(&row.kind) {
            *kind = kind.saturating_add(1);
        } else {
            self.kinds.insert(row.kind.clone(), 1);
        }
        if let Some(error) = &row.error
            && self.errors.len() < MOST_ERRORS
        {
            self.errors.push((parsed.place(), error.clone()));
        }
        for remark in judged.remarks.iter() {
            self.remarks.entry(remark).or_default().add(parsed.place());
        }
        self.reasons(parsed, judged);
        let index = match &parsed.artefact {
            Ok(Artefact::Checkpoint(envelope)) => Some(envelope.value.index),
            _ => None,
        };
        if let (Some(signer), Some(_)) = (judged.signer, index) {
            if let Some(run) = self.signers.get_mut(&signer) {
                run.add(index);
            } else if self.signers.len() < MOST_KEPT.saturating_add(self.expected.len()) {
                self.signers.entry(signer).or_default().add(index);
            } else {
                self.other_signers = self.other_signers.saturating_add(1);
            }
        }
        self.stream(parsed);
        self.bucket(parsed, judged);
    }

    /// Why it is not verified.
    fn reasons(&mut self, parsed: &Parsed, judged: &Judged) {
        if !matches!(
            judged.row.verdict,
            CheckpointVerdict::Failed | CheckpointVerdict::Unattributed
        ) {
            return;
        }
        let is_mistake = |code: &str| {
            crate::hyperlane::diagnose::Mistake::ALL
                .iter()
                .any(|mistake| mistake.id() == code)
        };
        let mut said = false;
        for note in &judged.row.notes {
            if is_mistake(&note.code) {
                said = true;
                // An announcement's is told with the announcement.
                if matches!(parsed.artefact, Ok(Artefact::Announcement(_))) {
                    continue;
                }
                self.mistakes
                    .entry(note.code.clone())
                    .or_default()
                    .add(parsed.place());
            } else if super::row::ROW_CODES.contains(&note.code.as_str()) {
                said = true;
                self.failures
                    .entry(note.code.clone())
                    .or_default()
                    .add(parsed.place());
            }
        }
        if !said {
            self.strangers.add(parsed.place());
        }
    }

    fn stream(&mut self, parsed: &Parsed) {
        let Ok(Artefact::Checkpoint(envelope)) = &parsed.artefact else {
            return;
        };
        let stream = Stream {
            domain: envelope.value.domain,
            contract: envelope.value.contract,
        };
        if !self.streams.contains_key(&stream) && self.streams.len() >= MOST_KEPT {
            self.uncounted = self.uncounted.saturating_add(1);
            return;
        }
        let known = self.streams.entry(stream).or_default();
        known.records = known.records.saturating_add(1);
        if envelope.remarks.has(Remark::MailboxField) {
            known.by_mailbox = known.by_mailbox.saturating_add(1);
        }
        if !known.buckets.contains(&parsed.bucket) {
            known.buckets.insert(parsed.bucket.clone());
            if known.buckets.len() > MOST_PLACES {
                known.buckets.pop_last();
            }
        }
    }

    fn bucket(&mut self, parsed: &Parsed, judged: &Judged) {
        if !self.buckets.contains_key(&parsed.bucket) {
            if self.buckets.len() >= MOST_KEPT {
                self.uncounted = self.uncounted.saturating_add(1);
                return;
            }
            self.buckets.insert(parsed.bucket.clone(), Bucket::default());
        }
        let Some(bucket) = self.buckets.get_mut(&parsed.bucket) else {
            return;
        };
        match &parsed.artefact {
            Ok(Artefact::Checkpoint(envelope)) => {
                bucket.is_named |= matches!(parsed.kind, Some(Kind::Checkpoint { .. }));
                let Some(signer) = judged.signer else { return };
                // A record of a stranger says nothing of how far the bucket is.
                if self.expected.is_empty() || self.expected.contains(&signer) {
                    bucket.run.add(Some(envelope.value.index));
                }
                if bucket.signers.len() < MOST_IN_BUCKET || bucket.signers.contains_key(&signer) {
                    bucket
                        .signers
                        .entry(signer)
                        .or_default()
                        .add(Some(envelope.value.index));
                }
            }
            Ok(Artefact::LatestIndex(index)) => {
                bucket.latest = Some(bucket.latest.map_or(*index, |known| known.max(*index)));
            }
            Ok(Artefact::ReorgFlag(event)) => {
                let index = event.as_ref().map(|event| event.index);
                let flag = bucket.reorg.get_or_insert_default();
                flag.index = flag.index.max(index);
            }
            Ok(Artefact::Announcement(envelope)) if bucket.announced.len() < MOST_IN_BUCKET => {
                let value = &envelope.value;
                let mistake = judged.row.notes.iter().find(|note| {
                    crate::hyperlane::diagnose::Mistake::ALL
                        .iter()
                        .any(|mistake| mistake.id() == note.code)
                });
                bucket.announced.insert(Announced {
                    validator: value.validator,
                    signer: judged.signer,
                    domain: value.domain,
                    mailbox: value.mailbox,
                    location: value.location.clone(),
                    place: parsed.place(),
                    mistake: mistake.map(|note| format!("{} ({})", note.message, note.code)),
                });
            }
            _ => {}
        }
    }
}
