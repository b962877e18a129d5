//! The report of a run: plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CheckpointOptions;
use super::tally::Tally;
use crate::finding::Severity;
use crate::hyperlane::history::Observations;

/// What `checkpoints --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointReport {
    /// 1.
    pub schema_version: u32,
    /// Why these are not all documents; nothing where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<String>,
    /// Documents with a verdict: the next four together.
    pub records: u64,
    /// Signed by somebody who is claimed.
    pub verified: u64,
    /// Not signed by whom it should be, or no signature at all.
    pub failed: u64,
    /// Valid signatures of nobody who is claimed.
    pub unattributed: u64,
    /// Unreadable ones.
    pub unreadable: u64,
    /// Documents that nobody signs, or that are not verified here; they are no records.
    pub not_judged: u64,
    /// Files beside them that were passed over: links, folders' other files.
    pub passed_over: u64,
    /// All documents by what they are.
    pub kinds: Vec<Counted>,
    /// Who signed the checkpoints, by address. Everybody who is claimed is there.
    pub signers: Vec<CheckpointSigner>,
    /// Checkpoints of further signers, who are not listed.
    pub other_signers: u64,
    /// The buckets.
    pub buckets: Vec<CheckpointBucket>,
    /// What is wrong, the most severe first.
    pub findings: Vec<CheckpointFinding>,
    /// What was not looked at, and what would settle it.
    pub not_evaluated: Vec<String>,
    /// Roots that were computed again from the message ids, and are right.
    pub roots_confirmed: u64,
    /// Records that are exactly another one again.
    pub duplicates: u64,
    /// The first unreadable documents.
    pub errors: Vec<UnreadableRow>,
    /// How fast it was; only where it is asked for, since it is another one every time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
    /// The exit code.
    pub exit_code: u8,
}

/// Something, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// What.
    pub kind: String,
    /// How many.
    pub count: u64,
}

/// One signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointSigner {
    /// The address.
    pub address: String,
    /// What the claims call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_as: Option<String>,
    /// True for somebody who is claimed.
    pub claimed: bool,
    /// Checkpoints.
    pub records: u64,
    /// The lowest index.
    pub first_index: Option<u32>,
    /// The highest.
    pub last_index: Option<u32>,
}

/// One bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointBucket {
    /// The source, and the folder below it.
    pub name: String,
    /// Who announced it, and signed the announcement.
    pub validators: Vec<String>,
    /// The latest index that it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_index: Option<u32>,
    /// The lowest index of its checkpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_index: Option<u32>,
    /// The highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_index: Option<u32>,
    /// True where the reorg flag is there.
    pub reorg_flag: bool,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointFinding {
    /// Its rule.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whose: a signer, a bucket, a contract.
    pub subject: String,
    /// What is wrong.
    pub message: String,
    /// Records that it concerns; 0 where it is none of a record.
    pub records: u64,
    /// The first places.
    pub places: Vec<String>,
    /// What follows from it.
    pub consequence: String,
    /// What to do.
    pub remedy: String,
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointError {
    /// Code, of a closed list.
    pub code: String,
    /// In words.
    pub message: String,
    /// Byte offset in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
}

/// A document that cannot be read, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnreadableRow {
    /// Where it is.
    pub place: String,
    /// Why.
    pub error: CheckpointError,
}

/// How fast a run was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Throughput {
    /// Seconds from the first byte to the last finding.
    pub seconds: f64,
    /// Records a second.
    pub records_per_second: f64,
}

/// Puts the report together.
pub(super) fn report(
    tally: Tally,
    options: &CheckpointOptions,
    observations: Option<&Observations>,
    left_out: u64,
    mut findings: Vec<CheckpointFinding>,
    partial: Option<String>,
) -> CheckpointReport {
    findings.sort_by(|one, other| {
        (other.severity, &one.rule, &one.subject, &one.message).cmp(&(
            one.severity,
            &other.rule,
            &other.subject,
            &other.message,
        ))
    });
    let mut not_evaluated = super::not_evaluated(options, observations, left_out);
    if tally.uncounted > 0 {
        not_evaluated.push(format!(
            "contracts and buckets of {} documents: there are more than {} of them",
            tally.uncounted,
            super::tally::MOST_KEPT
        ));
    }
    let failing = findings
        .iter()
        .any(|finding| super::fails(options, finding.severity));
    let not_verified = tally.failed.saturating_add(tally.unattributed) > 0;
    let exit_code = if failing || (not_verified && !options.never_fails()) {
        1
    } else if tally.unreadable > 0 || tally.records() == 0 || partial.is_some() {
        3
    } else {
        0
    };
    CheckpointReport {
        schema_version: crate::audit::SCHEMA_VERSION,
        partial,
        records: tally.records(),
        verified: tally.verified,
        failed: tally.failed,
        unattributed: tally.unattributed,
        unreadable: tally.unreadable,
        not_judged: tally.not_judged,
        passed_over: 0,
        kinds: tally
            .kinds
            .into_iter()
            .map(|(kind, count)| Counted { kind, count })
            .collect(),
        signers: tally
            .signers
            .iter()
            .map(|(address, run)| CheckpointSigner {
                address: address.to_checksum(None),
                claimed_as: options.expected.label(address).map(str::to_owned),
                claimed: options.expected.is_validator(address),
                records: run.records,
                first_index: run.first,
                last_index: run.last,
            })
            .collect(),
        other_signers: tally.other_signers,
        buckets: tally
            .buckets
            .into_iter()
            .map(|(name, bucket)| CheckpointBucket {
                name,
                validators: bucket
                    .announced
                    .iter()
                    .filter(|one| one.validator.is_some() && one.validator == one.signer)
                    .filter_map(|one| one.validator)
                    .map(|validator| validator.to_checksum(None))
                    .collect(),
                latest_index: bucket.latest,
                first_index: bucket.run.first,
                last_index: bucket.run.last,
                reorg_flag: bucket.reorg.is_some(),
            })
            .collect(),
        findings,
        not_evaluated,
        roots_confirmed: observations.map_or(0, |found| found.roots_confirmed),
        duplicates: observations.map_or(0, |found| found.duplicates),
        errors: tally
            .errors
            .into_iter()
            .map(|(place, error)| UnreadableRow { place, error })
            .collect(),
        throughput: None,
        exit_code,
    }
}
