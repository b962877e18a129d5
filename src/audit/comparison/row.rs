//! What is said of two policies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::{BecauseRow, DecisionWord, PremiseRow};

/// What `compare --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompareReport {
    /// 1.
    pub schema_version: u32,
    /// The verdict.
    pub verdict: CompareVerdict,
    /// Where the old policy was read.
    pub old: String,
    /// Where the new policy was read.
    pub new: String,
    /// The account that the key is taken to belong to; none where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The key's ARN, where the exports say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What was assumed, as nothing said it.
    pub assumptions: Vec<String>,
    /// What the verdict rests on, or what kept it from another.
    pub reasons: Vec<String>,
    /// Requests that show new access, the most telling first. Beside `not-proven`: requests that the new policy allows,
    /// and of which it is not known whether the old one does.
    pub witnesses: Vec<WitnessRow>,
}

/// The three verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CompareVerdict {
    /// Whatever the new policy allows, the old one allows.
    NoNewAccess,
    /// The new policy allows what the old one does not.
    NewAccess,
    /// Neither could be shown.
    NotProven,
}

impl CompareVerdict {
    /// 0 for no new access, else 1.
    pub fn exit_code(self) -> u8 {
        u8::from(self != Self::NoNewAccess)
    }
}

/// A request with which the policies differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WitnessRow {
    /// Who asks.
    pub principal: String,
    /// For what.
    pub action: String,
    /// Of which resource; `*` is the key whose policy it is.
    pub resource: String,
    /// The account of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_account: Option<String>,
    /// What the request carries, beside what every such request does.
    pub context: Vec<ContextRow>,
    /// The other policies that the witness assumes, in words.
    pub assumes: Vec<String>,
    /// The decision with the old policy.
    pub before: DecisionRow,
    /// The decision with the new policy.
    pub after: DecisionRow,
    /// The case with the old policy, as `simulate --cases` takes it, with the decision as `expected`.
    pub case_before: serde_json::Value,
    /// The case with the new policy, as `simulate --cases` takes it, with the decision as `expected`.
    pub case_after: serde_json::Value,
}

/// One condition key of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextRow {
    /// The key.
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
}

/// A decision, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionRow {
    /// The decision.
    pub decision: DecisionWord,
    /// The statements and grants that decided.
    pub because: Vec<BecauseRow>,
    /// What it depends on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub premises: Vec<PremiseRow>,
}
