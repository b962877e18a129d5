//! What `challenge` answers, as data: the same in every format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Challenge;
use super::commands::{Way, ways};
use crate::encoding::{base64, hex};

/// Version of the JSON of [`ChallengeReport`].
pub const SCHEMA_VERSION: u32 = 1;

/// Either answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ChallengeReport {
    /// Of `challenge new`.
    New(Box<NewReport>),
    /// Of `challenge check`.
    Check(Box<CheckReport>),
}

/// A challenge that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewReport {
    /// 1.
    pub schema_version: u32,
    /// The file that holds the text.
    pub file: String,
    /// What it binds.
    pub challenge: ChallengeRow,
    /// The text that is signed.
    pub text: String,
    /// Its digest by EIP-191, hex: what KMS is given.
    pub digest: String,
    /// The same in base64.
    pub digest_base64: String,
    /// The ways to answer; any of them will do.
    pub ways: Vec<Way>,
}

impl NewReport {
    /// The report on a challenge that was written to a file.
    pub fn new(challenge: &Challenge, file: String) -> Self {
        let digest = challenge.digest();
        Self {
            schema_version: SCHEMA_VERSION,
            file,
            challenge: ChallengeRow::of(challenge),
            text: challenge.to_text(),
            digest: format!("0x{}", hex::encode(&digest)),
            digest_base64: base64::encode(&digest),
            ways: ways(challenge),
        }
    }
}

/// What a challenge binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChallengeRow {
    /// ARN of the key.
    pub key: String,
    /// Its address, with the checksum of EIP-55.
    pub address: String,
    /// `0x` and 64 digits.
    pub nonce: String,
    /// The day on which it was made.
    pub date: String,
    /// The last day on which an answer counts.
    pub expires: String,
    /// What the proof is for.
    pub purpose: String,
    /// Who asks for it.
    pub auditor: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
}

impl ChallengeRow {
    /// The row of a challenge.
    pub fn of(challenge: &Challenge) -> Self {
        let parts = challenge.parts();
        Self {
            key: parts.key.clone(),
            address: parts.address.to_string(),
            nonce: format!("0x{}", hex::encode(&parts.nonce)),
            date: parts.date.to_string(),
            expires: parts.expires.to_string(),
            purpose: parts.purpose.clone(),
            auditor: parts.auditor.clone(),
            sha256: hex::encode(&challenge.sha256()),
        }
    }
}

/// The judgement of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// 1.
    pub schema_version: u32,
    /// The judgement.
    pub verdict: CheckVerdict,
    /// The day of the judgement.
    pub as_of: String,
    /// The challenge; nothing where it could not be read.
    pub challenge: Option<ChallengeRow>,
    /// What should have been signed, hex.
    pub digest: Option<String>,
    /// The answer; nothing where it could not be read.
    pub answer: Option<AnswerRow>,
    /// The key given with `--public-key`.
    pub public_key: Option<PublicKeyRow>,
    /// Every reason why the answer does not count.
    pub reasons: Vec<ReasonRow>,
    /// Mistakes that explain a signature which is not the one wanted.
    pub diagnosis: Vec<DiagnosisRow>,
    /// What the judgement rests on, and what it leaves open.
    pub rests_on: Vec<String>,
    /// What became of the ledger.
    pub ledger: LedgerUse,
    /// What could not be read.
    pub errors: Vec<ErrorRow>,
}

impl CheckReport {
    /// The report of a check that cannot be made.
    pub fn unreadable(
        as_of: jiff::civil::Date,
        challenge: Option<&Challenge>,
        errors: Vec<ErrorRow>,
    ) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            verdict: CheckVerdict::Error,
            as_of: as_of.to_string(),
            challenge: challenge.map(ChallengeRow::of),
            digest: challenge.map(|challenge| format!("0x{}", hex::encode(&challenge.digest()))),
            answer: None,
            public_key: None,
            reasons: Vec::new(),
            diagnosis: Vec::new(),
            rests_on: Vec::new(),
            ledger: LedgerUse::NotUsed,
            errors,
        }
    }

    /// 0 verified, 1 refused, 3 not judged.
    pub const fn exit_code(&self) -> u8 {
        match self.verdict {
            CheckVerdict::Verified => 0,
            CheckVerdict::Refused => 1,
            CheckVerdict::Error => 3,
        }
    }
}

/// The judgement in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckVerdict {
    /// The address's key signed this challenge, in time.
    Verified,
    /// The answer does not count.
    Refused,
    /// Something could not be read.
    Error,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerRow {
    /// The `KeyId` that it names.
    pub key_id: Option<String>,
    /// Its `SigningAlgorithm`.
    pub algorithm: Option<String>,
    /// How the signature is encoded.
    pub encoding: String,
    /// Whether s is at most (n - 1) / 2. KMS returns a high s about half of the time; it is as valid, and only chains
    /// refuse it (EIP-2).
    pub low_s: bool,
    /// The addresses whose key may have made the signature over this text.
    pub recovered: Vec<String>,
    /// Whether libsecp256k1 comes to the same result.
    pub second_verification: SecondVerification,
}

/// What the second implementation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecondVerification {
    /// The same.
    Agrees,
    /// Something else.
    Disagrees,
    /// This build has none.
    NotEvaluated,
}

impl SecondVerification {
    /// The word of reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "DISAGREES",
            Self::NotEvaluated => "not evaluated, built without cross-check",
        }
    }
}

/// An exported key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicKeyRow {
    /// The key that the export names.
    pub key_id: Option<String>,
    /// SHA-256 of the canonical SPKI, hex.
    pub fingerprint: String,
    /// Its address.
    pub address: String,
}

/// A reason why an answer does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonRow {
    /// Which one.
    pub code: Reason,
    /// In words.
    pub message: String,
}

/// The reasons why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The challenge is dated after the day of the check.
    NotYetValid,
    /// Its last day is over.
    Expired,
    /// It is older than `--max-age` allows.
    Stale,
    /// Its nonce was answered before.
    Replayed,
    /// It is about another key than `--expect-key`.
    UnexpectedKey,
    /// It is about another address than `--expect-address`.
    UnexpectedAddress,
    /// The answer is another key's, as its `KeyId` says.
    KeyDiffers,
    /// The answer was made with another algorithm than `ECDSA_SHA_256`.
    WrongAlgorithm,
    /// The exported key has another address.
    PublicKeyDiffers,
    /// The exported key is another key's, as its `KeyId` says.
    PublicKeyOfAnotherKey,
    /// The digest was hashed again: `MessageType` `RAW`, or an emulator.
    WrongMessageType,
    /// Another known key signed this very text.
    WrongSigner,
    /// The right key signed something else, and it is known what.
    SignedOtherwise,
    /// The signature is not that of the address over this text, and no known mistake explains it: the text, the
    /// signature or the key is another one.
    Altered,
    /// The two implementations do not come to the same result.
    ImplementationsDisagree,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::NotYetValid,
        Self::Expired,
        Self::Stale,
        Self::Replayed,
        Self::UnexpectedKey,
        Self::UnexpectedAddress,
        Self::KeyDiffers,
        Self::WrongAlgorithm,
        Self::PublicKeyDiffers,
        Self::PublicKeyOfAnotherKey,
        Self::WrongMessageType,
        Self::WrongSigner,
        Self::SignedOtherwise,
        Self::Altered,
        Self::ImplementationsDisagree,
    ];

    /// The code in kebab case; it never changes.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
            Self::UnexpectedKey => "unexpected-key",
            Self::UnexpectedAddress => "unexpected-address",
            Self::KeyDiffers => "key-differs",
            Self::WrongAlgorithm => "wrong-algorithm",
            Self::PublicKeyDiffers => "public-key-differs",
            Self::PublicKeyOfAnotherKey => "public-key-of-another-key",
            Self::WrongMessageType => "wrong-message-type",
            Self::WrongSigner => "wrong-signer",
            Self::SignedOtherwise => "signed-otherwise",
            Self::Altered => "altered",
            Self::ImplementationsDisagree => "implementations-disagree",
        }
    }
}

/// A mistake that explains a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosisRow {
    /// Code, of a closed list.
    pub code: String,
    /// In words.
    pub message: String,
}

/// What became of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerUse {
    /// None was given: an answer that was counted before is not noticed.
    NotUsed,
    /// It does not have the nonce, and was left as it is, because the answer does not count.
    Unchanged,
    /// It has the nonce already.
    Replayed,
    /// The nonce was added.
    Recorded,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorRow {
    /// Path as given.
    pub source: String,
    /// Kebab-case, of a closed list.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Line, counted from 1, where the fault has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Character of the line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}
