//! The report: plain data, the same in every format. Its JSON is stable (`schema_version`), its schema is generated.
//!
//! Text from the evidence stands in it as it was read; renderers make it safe.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{AccessOpenRow, AccessRow};
use crate::address::diagnose::{Code, Explanation};
use crate::evidence::{BoundBy, JoinedBy, Strength};
use crate::finding::{Confidence, Severity};

/// Version of the JSON shape.
pub const SCHEMA_VERSION: u32 = 1;

/// Every value of [`DiagnosisRow::code`].
pub fn claim_diagnoses() -> Vec<&'static str> {
    let verdicts = [
        "key-has-no-address",
        "wrong-checksum",
        "malformed",
        "not-evaluated",
    ];
    verdicts
        .into_iter()
        .chain(Code::ALL.into_iter().map(Code::word))
        .collect()
}

/// One audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// 1.
    pub schema_version: u32,
    /// What made the report.
    pub tool: Tool,
    /// Day of the audit, ISO 8601.
    pub as_of: String,
    /// The engagement, once there is one.
    pub engagement: Option<String>,
    /// What was asked for.
    pub options: OptionsRow,
    /// Every file.
    pub sources: Vec<SourceRow>,
    /// SHA-256 over the sorted lines "sha256, two spaces, path, LF" of all files, hex.
    pub evidence_set_sha256: String,
    /// What is judged.
    pub scope: Scope,
    /// What is missing or only weakly joined.
    pub gaps: Vec<GapRow>,
    /// The sources of claims.
    pub claims: Vec<ClaimFileRow>,
    /// The reviewer's questions, for each subject.
    pub answers: Vec<AnswerRow>,
    /// The keys: those in scope, then the others.
    pub keys: Vec<KeyRow>,
    /// Sample signatures.
    pub signatures: Vec<SignatureRow>,
    /// Who can do what.
    pub access: Vec<AccessRow>,
    /// Why that list may not be whole.
    #[serde(default)]
    pub access_open: Vec<AccessOpenRow>,
    /// The guide's checklist.
    pub guide: Vec<GuideRow>,
    /// What is wrong.
    pub findings: Vec<FindingRow>,
    /// What each rule said of each subject.
    pub outcomes: Vec<OutcomeRow>,
    /// The waivers used.
    pub waivers: Vec<WaiverRow>,
    /// The numbers, and the result.
    pub summary: Summary,
}

/// What made the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `kms-audit`
    pub name: String,
    /// Its version.
    pub version: String,
    /// True if addresses are derived a second time.
    pub cross_check: bool,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OptionsRow {
    /// What the evidence is called.
    pub evidence: String,
    /// `hyperlane` or `none`.
    pub profile: String,
    /// The configuration used, or nothing.
    pub config: Option<String>,
    /// Rules and groups that were selected; empty for all.
    pub select: Vec<String>,
    /// Rules and groups that were left out.
    pub ignore: Vec<String>,
    /// Findings below are not in the report.
    pub min_severity: Severity,
    /// Findings less sure are not in the report.
    pub min_confidence: Confidence,
    /// What makes the exit code 1.
    pub fail_on: Vec<String>,
    /// Evidence that was required.
    pub require: Vec<String>,
    /// Chain id for ERC-1191 checksums.
    pub chain_id: Option<u64>,
    /// Prefix of the Cosmos addresses that are shown for every key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceStatus {
    /// Recognised and read.
    Used,
    /// No format recognised it.
    NotRecognised,
    /// Recognised, but broken.
    Broken,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceRow {
    /// Path as given.
    pub path: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Id of its format.
    pub format: Option<String>,
    /// How strong it is as evidence.
    pub strength: Strength,
    /// What became of it.
    pub status: SourceStatus,
    /// Why it was not used, or what is broken.
    pub reason: Option<String>,
}

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// The addresses that the owner says are in use.
    pub expected: Vec<ExpectedRow>,
    /// The keys that are judged.
    pub in_scope: Vec<InScopeRow>,
    /// The keys that are only listed.
    pub other: Vec<OtherRow>,
}

/// An expected address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectedRow {
    /// As claimed.
    pub address: String,
    /// Role.
    pub role: Option<String>,
    /// Chain.
    pub chain: Option<String>,
    /// The key that it is claimed for, where that is here.
    pub key: Option<String>,
}

/// A judged key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InScopeRow {
    /// The key.
    pub subject: String,
    /// Why it is judged.
    pub reason: String,
}

/// A listed key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherRow {
    /// The key.
    pub subject: String,
    /// Its aliases.
    pub aliases: Vec<String>,
}

/// Missing evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GapRow {
    /// Kind of evidence.
    pub kind: String,
    /// The key concerned, where it is one.
    pub subject: Option<String>,
    /// What is missing.
    pub message: String,
}

/// Whose claims a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// The owner's: each is expected to have its key here.
    Owner,
    /// Everybody's: validator sets that somebody published.
    PublishedSet,
    /// A validator's own announcement.
    Announcement,
}

/// One file with claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimFileRow {
    /// Path as given.
    pub path: String,
    /// Whose claims they are.
    pub kind: ClaimKind,
    /// Where the claims say that they were published, the first few.
    pub named: Vec<String>,
    /// Claims in the file.
    pub claims: usize,
    /// Validator sets in the file.
    pub sets: usize,
    /// Claims that are bound to a judged key.
    pub of_keys_here: usize,
    /// Of these, the ones that are the key's address.
    pub hold: usize,
    /// Of these, the ones that are not.
    pub do_not_hold: usize,
}

/// A three-valued answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The evidence does not say.
    Unknown,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerRow {
    /// Number of the question, from 1.
    pub question: u8,
    /// The key, or the expected address.
    pub subject: String,
    /// The answer.
    pub answer: Answer,
    /// What it rests on, or why it is unknown.
    pub rests_on: Vec<String>,
    /// Strength of the weakest evidence it rests on.
    pub strength: Strength,
    /// What would settle an unknown.
    pub settles_with: Vec<String>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRow {
    /// The name that findings and answers use.
    pub subject: String,
    /// True if it is judged.
    pub in_scope: bool,
    /// Key id.
    pub id: Option<String>,
    /// Key ARN.
    pub arn: Option<String>,
    /// Its name in the code that declares it, for a key that has no ARN yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Aliases.
    pub aliases: Vec<String>,
    /// `ECC_SECG_P256K1` and the like: computed from the public key, else as the metadata say.
    pub key_spec: Option<String>,
    /// SHA-256 of the canonical SPKI, hex.
    pub fingerprint: Option<String>,
    /// Addresses by scheme id.
    pub addresses: std::collections::BTreeMap<String, String>,
    /// `agrees`, `disagrees`, or why the second derivation was not made; nothing without a public key.
    pub second_derivation: Option<String>,
    /// The files that speak of the key.
    pub joins: Vec<JoinRow>,
    /// The claims bound to it.
    pub claims: Vec<ClaimRow>,
    /// `KeyState`, where known.
    pub activity: Option<String>,
    /// `Origin`, where known.
    pub origin: Option<String>,
}

/// One file of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JoinRow {
    /// The file and what of it: `path (kind)`.
    pub artefact: String,
    /// How it was joined.
    pub by: JoinedBy,
    /// How strong it is as evidence.
    pub strength: Strength,
}

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimVerdict {
    /// It is the key's address.
    Match,
    /// It is not.
    Mismatch,
    /// The letters' case is no checksum of the digits.
    WrongChecksum,
    /// It is no address.
    Malformed,
    /// There is nothing to compare it with.
    NotEvaluated,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimRow {
    /// As claimed.
    pub address: String,
    /// File, line and column; then the source that the claim names.
    pub source: String,
    /// How it was bound to the key.
    pub bound_by: BoundBy,
    /// Whether it holds.
    pub verdict: ClaimVerdict,
    /// What its form does not show: "without 0x", "without a checksum".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why not: every reason that fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnosis: Vec<DiagnosisRow>,
}

/// Why a claim does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosisRow {
    /// Code, of a closed list.
    pub code: String,
    /// In words.
    pub message: String,
}

impl From<Explanation> for DiagnosisRow {
    fn from(explanation: Explanation) -> Self {
        Self {
            code: explanation.code.word().to_owned(),
            message: explanation.message,
        }
    }
}

/// One sample signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureRow {
    /// The key that it is of, or is said to be of; else the address; else the file.
    pub subject: String,
    /// File, line and column.
    pub source: String,
    /// The verdict.
    pub verdict: SampleVerdict,
    /// What it rests on, or why there is no verdict.
    pub reason: String,
    /// The address whose signature it is, where it has one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<String>,
    /// Id of the encoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Id of the message scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_scheme: Option<String>,
    /// The digest, `0x` and 64 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// True for an s of at most (n - 1) / 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_s: Option<bool>,
    /// The mistakes that explain one that is not verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnosis: Vec<super::VerifyDiagnosis>,
}

/// What is said of a sample signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SampleVerdict {
    /// It is the key's, over what was signed.
    Verified,
    /// It is not.
    NotVerified,
    /// A good signature of an address that nobody claims here.
    OfAStranger,
    /// What is needed for a verdict is missing.
    NotEvaluated,
    /// Its form is broken.
    Broken,
}

impl SampleVerdict {
    /// The word of reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not verified",
            Self::OfAStranger => "of a stranger",
            Self::NotEvaluated => "not evaluated",
            Self::Broken => "broken",
        }
    }
}

/// Whether a step of the guide was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GuideStatus {
    /// As the guide says.
    Follows,
    /// Otherwise.
    Differs,
    /// The evidence does not say.
    NotEvaluated,
}

/// One step of the guide, for one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GuideRow {
    /// Id of the step.
    pub step: String,
    /// The step in words.
    pub title: String,
    /// Whether it was followed.
    pub status: GuideStatus,
    /// For a difference: true if it is for the better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub better: Option<bool>,
    /// The key.
    pub subject: String,
    /// What shows it.
    pub evidence: String,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Path as given.
    pub path: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column just after the end.
    pub end_column: usize,
    /// RFC 6901 pointer in the file, where it is JSON.
    pub pointer: Option<String>,
    /// The place in the document inside the file, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<InnerPlace>,
}

/// A place in a document inside a file, such as the policy in an escaped JSON string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InnerPlace {
    /// What the document is.
    pub document: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// RFC 6901 pointer in the document, where it is JSON.
    pub pointer: Option<String>,
}

/// Another place of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RelatedRow {
    /// The place.
    pub location: Location,
    /// What is to be seen there.
    pub message: String,
}

/// Against an earlier report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineState {
    /// Not in the earlier report.
    New,
    /// In both.
    Open,
    /// Gone.
    Fixed,
    /// The evidence to tell is missing.
    NotRetested,
    /// Fixed once, and back.
    Regressed,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingRow {
    /// Id of the rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub location: Location,
    /// What is to be seen there.
    pub label: String,
    /// Other places.
    pub related: Vec<RelatedRow>,
    /// What follows from it.
    pub consequences: Vec<String>,
    /// More to know.
    pub notes: Vec<String>,
    /// What to do.
    pub remedy: String,
    /// Stays the same while rule, subject and content do.
    pub fingerprint: String,
    /// The waiver's reason, where it is waived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
    /// Against an earlier report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineState>,
    /// References to frameworks.
    pub framework: Vec<String>,
}

/// What a rule said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// Something is wrong.
    Findings,
    /// Nothing is.
    Pass,
    /// The question does not arise.
    NotApplicable,
    /// Evidence is missing.
    NotEvaluated,
}

/// What a rule said of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeRow {
    /// Id of the rule.
    pub rule: String,
    /// The key, or "the evidence".
    pub subject: String,
    /// What it said.
    pub outcome: OutcomeKind,
    /// The proof of a pass, why it does not apply, what is missing, or how many findings.
    pub reason: String,
}

/// A waiver. Nothing fills it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverRow {
    /// Fingerprint of the finding.
    pub fingerprint: String,
    /// Why.
    pub reason: String,
}

/// The numbers, and the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Findings by severity, each level present.
    pub findings: std::collections::BTreeMap<String, usize>,
    /// The newest date that the AWS outputs carry, ISO 8601: the evidence is no older than that.
    pub newest: Option<String>,
    /// Findings left out by `--min-severity` and `--min-confidence`.
    pub hidden: usize,
    /// Outcomes by kind, each kind present.
    pub outcomes: std::collections::BTreeMap<String, usize>,
    /// Answers, all questions and subjects.
    pub answers: std::collections::BTreeMap<String, usize>,
    /// Kinds of evidence that `--require` names and a judged key lacks, with the key.
    pub missing: Vec<String>,
    /// The result in words.
    pub result: String,
    /// The exit code of the command.
    pub exit_code: u8,
}
