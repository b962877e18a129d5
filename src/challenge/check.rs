//! Whether an answer to a challenge counts.

use jiff::civil::Date;

use super::commands::ALGORITHM;
use super::ledger::Ledger;
use super::report::{
    AnswerRow, ChallengeRow, CheckReport, CheckVerdict, DiagnosisRow, LedgerUse, PublicKeyRow, Reason,
    ReasonRow, SCHEMA_VERSION, SecondVerification,
};
use super::{Challenge, SCHEME, days};
use crate::address::EvmAddress;
use crate::arn::KeyRef;
use crate::encoding::hex;
use crate::key::PublicKey;
use crate::signature::diagnose::{Case, Code, Explanation, Known, Labelled, diagnose};
use crate::signature::encoding::Reading;
use crate::signature::message::Material;
use crate::signature::verify;
use crate::signature::verify::{Claim, Second, Verdict, Verification, Wanted, holds};
use crate::source::Untrusted;

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The `KeyId` beside the signature.
    pub key: Option<&'a KeyRef>,
    /// The `SigningAlgorithm` beside it.
    pub algorithm: Option<&'a str>,
    /// The signature, in each way in which it can be read.
    pub readings: &'a [Reading],
}

/// A key that was exported beside the answer.
#[derive(Debug, Clone, Copy)]
pub struct Exported<'a> {
    /// The key that the export names.
    pub name: Option<&'a KeyRef>,
    /// The key.
    pub key: &'a PublicKey,
}

/// What an answer is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The day of the judgement.
    pub as_of: Date,
    /// Days that a challenge may be old, whatever it says itself.
    pub max_age: Option<u16>,
    /// The key that the challenge should be about.
    pub expect_key: Option<&'a KeyRef>,
    /// The address that it should be about.
    pub expect_address: Option<EvmAddress>,
    /// The exported key.
    pub public_key: Option<Exported<'a>>,
    /// Nonces that were answered before.
    pub ledger: Option<&'a Ledger>,
}

impl Terms<'_> {
    /// The terms of a day alone.
    pub const fn new(as_of: Date) -> Self {
        Self {
            as_of,
            max_age: None,
            expect_key: None,
            expect_address: None,
            public_key: None,
            ledger: None,
        }
    }
}

/// Judges an answer: all reasons why it does not count, and what it rests on where it does. The ledger is read and not
/// written: [`LedgerUse::Recorded`] is for the caller to say.
pub fn check(challenge: &Challenge, answer: &Answer<'_>, terms: &Terms<'_>) -> CheckReport {
    let digest = challenge.digest();
    let mut reasons = Reasons::default();
    dates(challenge, terms, &mut reasons);
    let ledger = replay(challenge, terms, &mut reasons);
    names(challenge, answer, terms, &mut reasons);
    let signed = signature(challenge, &digest, answer, terms, &mut reasons);
    let verdict = if reasons.0.is_empty() {
        CheckVerdict::Verified
    } else {
        CheckVerdict::Refused
    };
    let encoding = answer.readings.get(signed.verification.reading);
    CheckReport {
        schema_version: SCHEMA_VERSION,
        verdict,
        as_of: terms.as_of.to_string(),
        challenge: Some(ChallengeRow::of(challenge)),
        digest: Some(format!("0x{}", hex::encode(&digest))),
        answer: Some(AnswerRow {
            key_id: answer.key.map(ToString::to_string),
            algorithm: answer.algorithm.map(str::to_owned),
            encoding: encoding.map_or("der", |reading| reading.encoding.id()).to_owned(),
            low_s: signed.verification.low_s,
            recovered: signed
                .verification
                .candidates
                .iter()
                .map(ToString::to_string)
                .collect(),
            second_verification: second(signed.verification.second),
        }),
        public_key: terms.public_key.map(|exported| PublicKeyRow {
            key_id: exported.name.map(ToString::to_string),
            fingerprint: exported.key.fingerprint().to_string(),
            address: EvmAddress::of(exported.key).to_string(),
        }),
        reasons: reasons.0,
        diagnosis: signed
            .explanations
            .into_iter()
            .map(|explanation| DiagnosisRow {
                code: explanation.code.id().to_owned(),
                message: explanation.message,
            })
            .collect(),
        rests_on: match verdict {
            CheckVerdict::Verified => rests_on(challenge, answer, terms, signed.verification.low_s),
            _ => Vec::new(),
        },
        ledger,
        errors: Vec::new(),
    }
}

/// Collects reasons.
#[derive(Default)]
struct Reasons(Vec<ReasonRow>);

impl Reasons {
    fn add(&mut self, code: Reason, message: impl Into<String>) {
        self.0.push(ReasonRow {
            code,
            message: message.into(),
        });
    }
}

fn second(second: Second) -> SecondVerification {
    match second {
        Second::Agrees => SecondVerification::Agrees,
        Second::Disagrees => SecondVerification::Disagrees,
        Second::NotEvaluated => SecondVerification::NotEvaluated,
    }
}

/// The dates: a challenge counts from its day to its last one, both included.
fn dates(challenge: &Challenge, terms: &Terms<'_>, reasons: &mut Reasons) {
    let parts = challenge.parts();
    let (date, expires, as_of) = (parts.date, parts.expires, terms.as_of);
    if as_of < date {
        reasons.add(
            Reason::NotYetValid,
            format!("the challenge is dated {date}, after the day of this check, {as_of}"),
        );
    }
    if as_of > expires {
        reasons.add(
            Reason::Expired,
            format!("the challenge counted until {expires}; on {as_of} it is over. Make a new one"),
        );
    }
    let age = days(date, as_of);
    if let Some(most) = terms.max_age.filter(|most| age > i32::from(*most)) {
        reasons.add(
            Reason::Stale,
            format!("the challenge is {age} days old; at most {most} were asked for"),
        );
    }
}

fn replay(challenge: &Challenge, terms: &Terms<'_>, reasons: &mut Reasons) -> LedgerUse {
    let Some(ledger) = terms.ledger else {
        return LedgerUse::NotUsed;
    };
    let Some(entry) = ledger.get(&challenge.parts().nonce) else {
        return LedgerUse::Unchanged;
    };
    let same = if entry.sha256 == challenge.sha256() {
        "this challenge"
    } else {
        "another challenge with the same nonce"
    };
    reasons.add(
        Reason::Replayed,
        format!(
            "the nonce was answered before: line {} of the ledger has {same}, verified on {} for {}",
            entry.line, entry.date, entry.address
        ),
    );
    LedgerUse::Replayed
}

/// What names the key: the arguments, the answer, the export.
fn names(challenge: &Challenge, answer: &Answer<'_>, terms: &Terms<'_>, reasons: &mut Reasons) {
    let parts = challenge.parts();
    let shown = |key: &KeyRef| Untrusted(&key.to_string()).to_string();
    if let Some(key) = terms.expect_key.filter(|key| !challenge.is_of(key)) {
        reasons.add(
            Reason::UnexpectedKey,
            format!(
                "the challenge is about {}, expected was {}",
                parts.key,
                shown(key)
            ),
        );
    }
    if let Some(address) = terms.expect_address.filter(|address| *address != parts.address) {
        reasons.add(
            Reason::UnexpectedAddress,
            format!("the challenge is about {}, expected was {address}", parts.address),
        );
    }
    if let Some(key) = answer.key.filter(|key| !challenge.is_of(key)) {
        reasons.add(
            Reason::KeyDiffers,
            format!(
                "the answer is of {}, as its KeyId says; the challenge is about {}",
                shown(key),
                parts.key
            ),
        );
    }
    if let Some(algorithm) = answer.algorithm.filter(|algorithm| *algorithm != ALGORITHM) {
        reasons.add(
            Reason::WrongAlgorithm,
            format!(
                "the answer was made with {}; a secp256k1 key of KMS has {ALGORITHM} alone",
                Untrusted(algorithm)
            ),
        );
    }
    let Some(exported) = terms.public_key else {
        return;
    };
    if let Some(name) = exported.name.filter(|name| !challenge.is_of(name)) {
        reasons.add(
            Reason::PublicKeyOfAnotherKey,
            format!(
                "the exported public key is that of {}; the challenge is about {}",
                shown(name),
                parts.key
            ),
        );
    }
    let own = EvmAddress::of(exported.key);
    if own != parts.address {
        reasons.add(
            Reason::PublicKeyDiffers,
            format!(
                "the exported public key has the address {own}; the challenge is about {}",
                parts.address
            ),
        );
    }
}

/// A signature with what explains it.
struct Signed {
    verification: Verification,
    explanations: Vec<Explanation>,
}

fn signature(
    challenge: &Challenge,
    digest: &[u8; 32],
    answer: &Answer<'_>,
    terms: &Terms<'_>,
    reasons: &mut Reasons,
) -> Signed {
    let text = challenge.to_text();
    let address = challenge.parts().address;
    let exported = terms.public_key.map(|exported| exported.key);
    // A key that has another address is a reason of its own; here it would hide what the signature says.
    let (own, other) = match exported {
        Some(key) if EvmAddress::of(key) == address => (Some(key), None),
        other => (None, other),
    };
    let claim = Claim {
        key: own,
        address: Some(Wanted::evm(address)),
    };
    let verification = verify(answer.readings, digest, &claim);
    if verification.second == Second::Disagrees {
        reasons.add(
            Reason::ImplementationsDisagree,
            "k256 and libsecp256k1 come to different results. Please report it; rely on neither",
        );
    }
    if verification.verdict == Verdict::Verified {
        return Signed {
            verification,
            explanations: Vec::new(),
        };
    }
    let known = Known {
        keys: other
            .into_iter()
            .map(|key| Labelled {
                label: format!("the exported public key ({})", EvmAddress::of(key)),
                value: *key,
            })
            .collect(),
        ..Known::default()
    };
    let case = Case {
        readings: answer.readings,
        scheme: SCHEME,
        material: Some(Material::Bytes(text.as_bytes())),
        digest,
        transaction: None,
        claim,
    };
    let explanations = diagnose(&case, &known);
    let has = |code| explanations.iter().any(|explanation| explanation.code == code);
    let (reason, message) = if has(Code::Sha256OfDigest) {
        (
            Reason::WrongMessageType,
            format!(
                "the signature is not over the digest but over SHA-256 of it: the digest was hashed again, because KMS was \
                 called with MessageType RAW, or because an emulator answered that does so in any case (moto). It is no \
                 answer of AWS KMS to the printed command, and not valid for {address}"
            ),
        )
    } else if has(Code::AnotherKey)
        || other.is_some_and(|key| {
            let readings = answer.readings.iter();
            readings
                .map(|reading| &reading.signature)
                .any(|signature| holds(signature, digest, key))
        })
    {
        (
            Reason::WrongSigner,
            format!("another key than that of {address} signed this text"),
        )
    } else if explanations.is_empty() {
        (
            Reason::Altered,
            format!(
                "the signature is not that of {address} over this text: the challenge or the answer was altered, the answer \
                 belongs to another challenge, or another key signed"
            ),
        )
    } else {
        (
            Reason::SignedOtherwise,
            format!("{address} did not sign this text as the command says"),
        )
    };
    reasons.add(reason, message);
    Signed {
        verification,
        explanations,
    }
}

/// What a good answer shows, and what it leaves to others to show.
fn rests_on(challenge: &Challenge, answer: &Answer<'_>, terms: &Terms<'_>, low_s: bool) -> Vec<String> {
    let parts = challenge.parts();
    let mut lines = vec![format!(
        "computed: the holder of the private key of {} signed this text. The nonce did not exist before the challenge was \
         made: the signature is of {} or later, provided that the challenge is the auditor's own file and not a copy that \
         came back with the answer",
        parts.address, parts.date
    )];
    if terms.public_key.is_some() {
        lines.push(
            "computed: the exported public key has this address, and the signature verifies with it"
                .to_owned(),
        );
    }
    lines.push(match answer.key {
        Some(_) => "client file: that AWS KMS holds the key as this ARN is what the KeyId in the answer says; a signature \
                    does not show where it was made"
            .to_owned(),
        None => "not shown: the answer names no key (no KeyId), so that only the signed text itself says which key of AWS \
                 KMS it is of; ask for the whole output of aws kms sign"
            .to_owned(),
    });
    if terms.ledger.is_none() {
        lines.push("not checked: whether this answer was counted before (--ledger FILE)".to_owned());
    }
    if !low_s {
        lines.push(
            "s is above (n - 1) / 2, as in about half of the signatures of KMS: as valid, and of no concern here; chains \
             refuse it (EIP-2)"
                .to_owned(),
        );
    }
    lines
}
