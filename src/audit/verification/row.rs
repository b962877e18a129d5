//! What is said of one signature.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verdict of one request: what `verify --format json` prints, and each line of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyRow {
    /// 1.
    pub schema_version: u32,
    /// Number of the line in the batch, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The request's own id, as it was given; an integer that needs more than 64 bits as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<serde_json::Value>,
    /// The verdict.
    pub verdict: RowVerdict,
    /// The claimed address, as it should be written; that of the claimed key where there is only a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The address that the signature is of, where it has one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<String>,
    /// All addresses that it may be of, where v does not say which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// Id of the signature's encoding.
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
    /// True for a good signature that a chain takes as it is (EIP-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptable_on_chain: Option<bool>,
    /// What the second implementation says: `agrees`, `disagrees`, or why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_verification: Option<String>,
    /// The same for the hash of typed data or of a transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_hash: Option<String>,
    /// Why it is not verified, and what is worth knowing of one that is.
    pub diagnosis: Vec<VerifyDiagnosis>,
    /// The transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<TransactionRow>,
    /// The document of EIP-712.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typed_data: Option<TypedDataRow>,
    /// Members of the request that are not known, and were not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<String>,
    /// Why there is no verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<VerifyError>,
}

impl VerifyRow {
    /// A row without a verdict yet.
    pub(super) fn new(verdict: RowVerdict) -> Self {
        Self {
            schema_version: crate::audit::SCHEMA_VERSION,
            line: None,
            id: None,
            verdict,
            address: None,
            recovered: None,
            candidates: Vec::new(),
            encoding: None,
            message_scheme: None,
            digest: None,
            low_s: None,
            acceptable_on_chain: None,
            second_verification: None,
            second_hash: None,
            diagnosis: Vec::new(),
            transaction: None,
            typed_data: None,
            unused: Vec::new(),
            error: None,
        }
    }

    /// A row for a request that cannot be judged.
    pub fn failed(error: VerifyError) -> Self {
        Self {
            error: Some(error),
            ..Self::new(RowVerdict::Error)
        }
    }
}

/// The four verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowVerdict {
    /// The signature is that of the claimed key and address.
    Verified,
    /// It is not.
    NotVerified,
    /// Nobody was claimed: `recovered` says whose it would be, which proves nothing by itself.
    Recovered,
    /// There is no verdict: `error` says why.
    Error,
}

impl RowVerdict {
    /// The word of reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not-verified",
            Self::Recovered => "recovered",
            Self::Error => "error",
        }
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyDiagnosis {
    /// Code, of a closed list.
    pub code: String,
    /// In words, with what to do.
    pub message: String,
}

/// Why a request cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyError {
    /// Code in kebab case.
    pub code: String,
    /// In words.
    pub message: String,
    /// Byte offset, in the bytes of the member that `pointer` names, else in the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// RFC 6901 pointer into the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// What a transaction says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionRow {
    /// `legacy`, `eip155`, `eip2930`, `eip1559`, `eip4844` or `eip7702`.
    pub kind: String,
    /// The transaction's hash.
    pub hash: String,
    /// The chain that it is for; nothing before EIP-155.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain_id: Option<u64>,
    /// The sender's nonce.
    pub nonce: u64,
    /// The recipient; nothing where a contract is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The value in wei, `0x` and digits.
    pub value: String,
    /// EIP-7702's authorizations, each with its own signer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorizations: Vec<AuthorizationRow>,
}

/// One authorization of EIP-7702.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorizationRow {
    /// The chain that it is for, decimal; 0 for every chain.
    pub chain_id: String,
    /// The contract whose code the signer takes.
    pub address: String,
    /// The signer's nonce.
    pub nonce: u64,
    /// Who signed it, where the signature is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// True for a signature with a low s, which EIP-7702 demands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_s: Option<bool>,
    /// Why it has no signer: such a tuple is skipped by the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a document of EIP-712 says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TypedDataRow {
    /// The type of the message.
    pub primary_type: String,
    /// The hash of the domain.
    pub domain_separator: String,
    /// The hash of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub struct_hash: Option<String>,
    /// Pointers of members that no type has: they are not signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsigned: Vec<String>,
}
