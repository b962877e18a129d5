//! What is said of one request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::evaluate::Verdict;

/// The answer to one request: what `simulate --format json` prints, and each line of `--cases`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimulateRow {
    /// 1.
    pub schema_version: u32,
    /// Number of the line in the file of cases, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The case's own id, as it was given; an integer that needs more than 64 bits as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<serde_json::Value>,
    /// The decision; none where the case cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionWord>,
    /// The statements and grants that decided.
    pub because: Vec<BecauseRow>,
    /// What the decision depends on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub premises: Vec<PremiseRow>,
    /// What a reader should know of how it came about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether the decision is the one that the case expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_expected: Option<bool>,
    /// What the case expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<DecisionWord>,
    /// Members of the case that are not known, and were not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<String>,
    /// Why there is no decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<SimulateError>,
}

/// The four decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecisionWord {
    /// The request is allowed.
    Allowed,
    /// A Deny forbids it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
    /// It depends on what is not known.
    Depends,
}

impl DecisionWord {
    /// All words.
    pub const ALL: [Self; 4] = [
        Self::Allowed,
        Self::ExplicitDeny,
        Self::ImplicitDeny,
        Self::Depends,
    ];

    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitDeny => "ExplicitDeny",
            Self::ImplicitDeny => "ImplicitDeny",
            Self::Depends => "Depends",
        }
    }

    /// The decision that `text` names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == text)
    }
}

impl From<Verdict> for DecisionWord {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Allowed => Self::Allowed,
            Verdict::ExplicitDeny => Self::ExplicitDeny,
            Verdict::ImplicitDeny => Self::ImplicitDeny,
            Verdict::Depends => Self::Depends,
        }
    }
}

/// A statement or a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BecauseRow {
    /// The member of `policies`: `key_policy`, `identity_policies/0`, `scps/1/0` ….
    pub policy: String,
    /// Index of the statement, from 0; none for a grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// The statement's `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// RFC 6901 pointer of the statement in its policy; empty for a grant.
    pub pointer: String,
    /// `Allow` or `Deny`.
    pub effect: EffectWord,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EffectWord {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// Something that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PremiseRow {
    /// Code, of a closed list.
    pub code: String,
    /// In words.
    pub message: String,
}

/// Why a case cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SimulateError {
    /// Code in kebab case.
    pub code: String,
    /// In words.
    pub message: String,
    /// Byte offset in the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// RFC 6901 pointer into the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

impl SimulateRow {
    pub(super) fn new() -> Self {
        Self {
            schema_version: crate::audit::SCHEMA_VERSION,
            line: None,
            id: None,
            decision: None,
            because: Vec::new(),
            premises: Vec::new(),
            notes: Vec::new(),
            as_expected: None,
            expected: None,
            unused: Vec::new(),
            error: None,
        }
    }
}
