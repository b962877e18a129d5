//! The audit: every rule over every subject, the reviewer's questions, the guide's checklist, and the report.

mod access;
mod addresses;
mod agent_lines;
mod answers;
mod checkpoints;
mod claim_files;
mod claims;
mod comparison;
mod exit;
mod guide;
mod hardening;
mod inspection;
mod judge;
mod places;
mod report;
mod signatures;
mod simulation;
mod summary;
mod verification;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::address::{self, Prefix};
use crate::evidence::Bundle;
use crate::finding::{Confidence, Severity};
use crate::rules::Declarations;

pub use access::{
    AccessDecision, AccessKeyRow, AccessOpenRow, AccessOptions, AccessReport, AccessRow, AccessWay, access,
};
pub use addresses::{
    ADDRESS_ERROR_CODES, AddressError, AddressOptions, AddressReport, AddressRow, ExpectedAddress,
    ExpectedVerdict, addresses, check_expected,
};
pub use checkpoints::{
    CHECKPOINT_RULES, CheckpointBucket, CheckpointError, CheckpointFinding, CheckpointOptions,
    CheckpointReport, CheckpointRow, CheckpointRun, CheckpointSigner, CheckpointVerdict, Content, Counted,
    Document, Expected, ExpectedSigner, MOST_BYTES, ROW_CODES, RowNote, Throughput, UnreadableRow,
    expected_of_claims,
};
pub use comparison::{
    CompareOptions, CompareReport, CompareVerdict, ComparedPolicy, ContextRow, DecisionRow, NoPolicy,
    WitnessRow, compare_policies, compared_policy, key_metadata,
};
pub use exit::{FailOn, Requirement};
pub use guide::STEPS;
pub use hardening::{
    AccountSource, CasePolicies, CaseRequest, DocumentRow, EditRow, HARDEN_REFUSAL_CODES, HardenCase,
    HardenComparison, HardenInput, HardenOptions, HardenOutcome, HardenRefusal, HardenReport, HardenSetting,
    HardenWitnessRow, KeyMetadataRow, LeftOutRow, MultiRegionRow, PolicyFile, Safety, SignerRow, TakenRow,
    UnseenWord, harden, policy_file,
};
pub use inspection::{DerElement, DerFault, InspectedDer, InspectedFile, Inspection, inspect};
pub use judge::{Audit, audit};
pub use report::{
    Answer, AnswerRow, BaselineState, ClaimFileRow, ClaimKind, ClaimRow, ClaimVerdict, DiagnosisRow,
    ExpectedRow, FindingRow, GapRow, GuideRow, GuideStatus, InScopeRow, InnerPlace, JoinRow, KeyRow,
    Location, OptionsRow, OtherRow, OutcomeKind, OutcomeRow, RelatedRow, Report, SCHEMA_VERSION,
    SampleVerdict, Scope, SignatureRow, SourceRow, SourceStatus, Summary, Tool, WaiverRow, claim_diagnoses,
};

pub use simulation::{
    BecauseRow, DecisionWord, EffectWord, PremiseRow, SIMULATE_ERROR_CODES, SimulateError, SimulateRow,
    described_key, simulate_case, simulate_lines,
};
pub use verification::{
    AuthorizationRow, Line, RowVerdict, TransactionRow, TypedDataRow, VERIFY_DIAGNOSIS_CODES,
    VERIFY_ERROR_CODES, VerifyDiagnosis, VerifyError, VerifyRow, encoding_ids, verify_lines, verify_request,
};

/// The seven questions that a report opens with.
pub const QUESTIONS: [&str; 7] = [
    "Is the claimed address this key's?",
    "Can only declared principals sign?",
    "Can nobody else become a signer or administrator in one step?",
    "Was the key made inside KMS?",
    "Does the owner control it today?",
    "Is every caller of Sign in the period known?",
    "Is each threshold beyond any single party?",
];

/// What an audit is asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The day of the audit.
    pub as_of: Date,
    /// True for the checklist of Hyperlane's guide; nothing to have it where Hyperlane evidence is present.
    pub hyperlane: Option<bool>,
    /// Rules and groups to run; empty for all.
    pub select: Vec<String>,
    /// Rules and groups not to run.
    pub ignore: Vec<String>,
    /// Findings below are left out of the report.
    pub min_severity: Severity,
    /// Findings less sure are left out of the report.
    pub min_confidence: Confidence,
    /// What makes the exit code 1.
    pub fail_on: Vec<FailOn>,
    /// Evidence without which the exit code is 4.
    pub require: Vec<Requirement>,
    /// Chain id for ERC-1191 checksums.
    pub chain_id: Option<u64>,
    /// Prefix of the Cosmos addresses that are shown for every key; claims carry their own.
    pub prefix: Option<Prefix>,
    /// SHA-256 of the challenges that the auditor made, whoever sent them back.
    pub challenges: BTreeSet<[u8; 32]>,
    /// What the evidence is called in the header.
    pub evidence: String,
    /// Who is meant to sign and to administer, beside what claims say.
    pub declarations: Declarations,
}

impl Options {
    /// The defaults of the command line, for a day.
    pub fn new(as_of: Date, evidence: impl Into<String>) -> Self {
        Self {
            as_of,
            hyperlane: None,
            select: Vec::new(),
            ignore: Vec::new(),
            min_severity: Severity::Info,
            min_confidence: Confidence::Low,
            fail_on: vec![FailOn::Level(Severity::Medium)],
            require: Vec::new(),
            chain_id: None,
            prefix: None,
            challenges: BTreeSet::new(),
            evidence: evidence.into(),
            declarations: Declarations::default(),
        }
    }

    /// How addresses are written and read.
    pub fn addresses(&self) -> address::Options {
        address::Options {
            chain_id: self.chain_id,
            prefix: self.prefix,
        }
    }

    /// True where the guide's conventions are expected of this evidence.
    pub fn expects_hyperlane(&self, bundle: &Bundle) -> bool {
        self.hyperlane.unwrap_or_else(|| guide::is_hyperlane(bundle))
    }
}
