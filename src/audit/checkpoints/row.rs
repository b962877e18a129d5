//! The verdict of one document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::CheckpointError;

/// Codes of [`RowNote`] beyond those of [`crate::hyperlane::Remark`] and [`crate::hyperlane::diagnose::Mistake`].
pub const ROW_CODES: &[&str] = &[
    "not-a-signature",
    "nobody-s-signature",
    "wrong-signer",
    "claimed-for-another-chain",
    "claimed-for-another-role",
    "not-by-the-announced-validator",
    "implementations-disagree",
    "not-judged",
];

/// One document's verdict: what `checkpoints --format jsonl` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointRow {
    /// 1.
    pub schema_version: u32,
    /// What was given.
    pub source: String,
    /// The bucket: the source, and the folder below it.
    pub bucket: String,
    /// The name of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Its line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What it is: `checkpoint`, `announcement` and the like; `unreadable`.
    pub kind: String,
    /// The verdict.
    pub verdict: CheckpointVerdict,
    /// Who signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// What the claims call the signer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_as: Option<String>,
    /// The domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<u32>,
    /// The index of a checkpoint, or the latest index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The root of a checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The message id of a checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The storage location of an announcement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Why it is not verified, and what is odd about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<RowNote>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<CheckpointError>,
}

/// The verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckpointVerdict {
    /// Signed by somebody who is claimed.
    Verified,
    /// Not signed by whom it should be, or no signature at all.
    Failed,
    /// A valid signature of nobody who is claimed.
    Unattributed,
    /// It cannot be read.
    Unreadable,
    /// Nothing that is signed, or nothing that is verified here.
    NotJudged,
}

impl CheckpointVerdict {
    /// The word of reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Unattributed => "unattributed",
            Self::Unreadable => "unreadable",
            Self::NotJudged => "not-judged",
        }
    }
}

/// One thing that is said of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowNote {
    /// Code, of a closed list.
    pub code: String,
    /// In words.
    pub message: String,
}

impl RowNote {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}
