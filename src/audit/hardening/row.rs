//! What is said of a hardened policy.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::DecisionWord;

/// A tighter policy and its proof: what `harden --format json` prints, and what is written beside the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HardenReport {
    /// 1.
    pub schema_version: u32,
    /// What was given.
    pub input: HardenInput,
    /// What is known of the key.
    pub setting: HardenSetting,
    /// The options that say which edits are made.
    pub options: HardenOptions,
    /// What came of it.
    pub outcome: HardenOutcome,
    /// Why no policy is proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<HardenRefusal>,
    /// Who must be able to sign, and is.
    pub signers: Vec<SignerRow>,
    /// Who can put another key policy under the new one; some of them perhaps under conditions.
    pub administrators: Vec<String>,
    /// The old document.
    pub old: DocumentRow,
    /// The new document; none where none is proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<DocumentRow>,
    /// The old document against the new one, as `kms-audit compare` says it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<HardenComparison>,
    /// The edits that were made, in order.
    pub edits: Vec<EditRow>,
    /// Edits that were left out, and why.
    pub left_out: Vec<LeftOutRow>,
    /// Edits that were not asked for, and the option that would have them made after these.
    pub offered: Vec<EditRow>,
    /// The requests that were allowed before and are denied now, each twice: with the old policy and with the new one.
    /// Every entry is a line of `kms-audit simulate --cases`.
    pub cases: Vec<HardenCase>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// The text of the new document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// The file that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HardenInput {
    /// Its name.
    pub name: String,
    /// What it was taken for.
    pub format: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// What is known of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HardenSetting {
    /// The account of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_from: Option<AccountSource>,
    /// The metadata of the key, as far as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_metadata: Option<KeyMetadataRow>,
}

/// How the account of the key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountSource {
    /// It was given.
    Option,
    /// The metadata says it.
    Metadata,
    /// The export of the policy names the key by its ARN.
    KeyArn,
    /// It is the only account whose root principal the policy names.
    RootPrincipal,
    /// It is the account of all users and roles that the policy names.
    NamedPrincipals,
}

/// Metadata of a key, under the names of `DescribeKey`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct KeyMetadataRow {
    /// `KeySpec`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// `KeyUsage`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<String>,
    /// `Origin`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// `MultiRegion`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_region: Option<bool>,
    /// `MultiRegionConfiguration`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_region_configuration: Option<MultiRegionRow>,
}

/// `MultiRegionConfiguration`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct MultiRegionRow {
    /// `MultiRegionKeyType`
    pub multi_region_key_type: String,
}

/// The options that say which edits are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HardenOptions {
    /// `--unsafe`
    pub r#unsafe: bool,
    /// `--guards`
    pub guards: bool,
    /// `--evm-only`
    pub evm_only: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HardenOutcome {
    /// A tighter policy is proposed.
    Changed,
    /// The policy stays as it is: these options find nothing to take away.
    Unchanged,
    /// No policy is proposed.
    Refused,
}

/// Why no policy is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HardenRefusal {
    /// Code in kebab-case.
    pub code: String,
    /// In words.
    pub message: String,
}

/// Somebody who signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignerRow {
    /// The ARN.
    pub principal: String,
    /// False for one that the policy names and lets sign, taken for a signer because none was declared.
    pub declared: bool,
    /// What signing depends on beside the policy.
    pub premises: Vec<String>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentRow {
    /// SHA-256 of its text, hexadecimal.
    pub sha256: String,
    /// SHA-256 of its normal form, hexadecimal: the same for all ways of writing the same policy.
    pub canonical_sha256: String,
    /// Bytes of its text.
    pub bytes: usize,
}

/// The old document against the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HardenComparison {
    /// `no-new-access`: a policy is proposed with no other verdict.
    pub verdict: String,
    /// What the proof rests on.
    pub reasons: Vec<String>,
}

/// Whether an edit needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// It takes nothing from anybody that an honest signer or administrator needs.
    Safe,
    /// Only a person can tell whether it is right.
    Unsafe,
}

/// An edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditRow {
    /// The rule that it answers.
    pub rule: String,
    /// Whether it needs a person.
    pub safety: Safety,
    /// The option that it is made with; none for one that is made by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<String>,
    /// RFC 6901 pointer of the statement in the old document; none for a new statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The statement in words.
    pub statement: String,
    /// What is done, in words.
    pub actions: Vec<String>,
    /// What goes.
    pub taken: Vec<TakenRow>,
    /// Entries that are new.
    pub added: Vec<String>,
    /// Why.
    pub explanation: String,
}

/// Something that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TakenRow {
    /// The entry, as it was written.
    pub what: String,
    /// RFC 6901 pointer in the old document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// A request that was allowed and is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<HardenWitnessRow>,
    /// Why there is no such request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unseen: Option<UnseenWord>,
}

/// Why no request shows what an edit takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnseenWord {
    /// It takes nothing from anybody, which the comparison proves the other way round.
    NothingTaken,
    /// It takes away what a wildcard would cover later.
    FutureActions,
    /// None was found that the key policies decide by themselves.
    NotFound,
}

impl UnseenWord {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NothingTaken => {
                "nothing is taken from anybody: the two policies allow the same, proven both ways"
            }
            Self::FutureActions => "what goes is what KMS may add later: no request of today shows it",
            Self::NotFound => "no request was found that the key policies decide by themselves",
        }
    }
}

/// A request that was allowed before and is denied now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HardenWitnessRow {
    /// Who asks.
    pub principal: String,
    /// What is asked.
    pub action: String,
    /// Condition keys of the request.
    pub context: BTreeMap<String, Vec<String>>,
    /// The decision of the old policy.
    pub before: DecisionWord,
    /// The decision of the new policy.
    pub after: DecisionWord,
    /// Ids of its cases: with the old policy, and with the new one. None beyond the first requests of many.
    pub cases: Vec<String>,
}

/// An edit that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutRow {
    /// The rule that it would answer.
    pub rule: String,
    /// Whether it needs a person.
    pub safety: Safety,
    /// RFC 6901 pointer of the statement in the old document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The statement in words.
    pub statement: String,
    /// What would be done, in words.
    pub action: String,
    /// Why it is not.
    pub reason: String,
}

/// A line of `kms-audit simulate --cases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HardenCase {
    /// Its id: number of the request, and `before` or `after`.
    pub id: String,
    /// The policies.
    pub policies: CasePolicies,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_metadata: Option<KeyMetadataRow>,
    /// The request.
    pub request: CaseRequest,
    /// The decision.
    pub expected: DecisionWord,
}

/// The policies of a case: nothing but the key policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CasePolicies {
    /// The text of the document.
    pub key_policy: String,
    /// None.
    pub identity_policies: Vec<String>,
    /// None.
    pub grants: Vec<String>,
}

/// The request of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseRequest {
    /// Who asks.
    pub principal: String,
    /// What is asked.
    pub action: String,
    /// `*`: the key whose policy it is.
    pub resource: String,
    /// The account of the key.
    pub resource_account: String,
    /// Condition keys.
    pub context: BTreeMap<String, Vec<String>>,
}
