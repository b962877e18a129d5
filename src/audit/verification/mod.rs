//! Signatures that are judged one by one: what the `verify` command answers, alone and in batches.

mod row;

use rayon::prelude::*;

use crate::address::{self, EvmAddress};
use crate::encoding::{hex, number};
use crate::hyperlane;
use crate::json::{self, Limits, Node};
use crate::key::{PublicKey, cross_check};
use crate::signature::bulk::Item;
use crate::signature::diagnose::{self, Case, Code, Known};
use crate::signature::encoding::{self, Reading};
use crate::signature::message::{SecondHash, eip712, transaction};
use crate::signature::request::{Prepared, Request, RequestError, Signed, material, of_message, prepare};
use crate::signature::verify::{Claim, Refusal, Second, Verdict, Verification};
use crate::signature::verify_many;

pub use row::{
    AuthorizationRow, RowVerdict, TransactionRow, TypedDataRow, VerifyDiagnosis, VerifyError, VerifyRow,
};

/// Codes of [`VerifyError`] beyond those of signatures, keys, typed data and transactions.
pub const VERIFY_ERROR_CODES: &[&str] = &[
    "not-utf8",
    "not-json",
    "line-too-long",
    "not-an-object",
    "duplicate-member",
    "no-signature",
    "no-message",
    "two-messages",
    "wrong-type",
    "wrong-length",
    "wrong-material",
    "unknown-scheme",
    "not-an-address",
    "not-hex",
    "not-base64",
    "not-pem",
    "private-key",
    "signature-beside-transaction",
    "implementations-disagree",
    "no-public-key",
    "several-keys",
    "not-recognised",
    "broken-input",
    "derivation-disagreement",
];

/// Codes of [`VerifyDiagnosis`] beyond those of [`diagnose::Code`].
pub const VERIFY_DIAGNOSIS_CODES: &[&str] = &[
    "high-s",
    "several-candidates",
    "not-signed",
    "unusual-document",
    "nobody",
];

/// Limits of the JSON of one request: a network form of EIP-4844 is a long string, and a document may be large.
const LIMITS: Limits = Limits {
    depth: 96,
    values: 200_000,
};

/// One line of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, without the line break; nothing for one that was too long to be kept.
    pub bytes: Option<&'a [u8]>,
}

/// Judges lines of JSON, all at once; row i is that of line i. A bad line is a row with an error.
pub fn verify_lines(lines: &[Line<'_>], known: &Known) -> Vec<VerifyRow> {
    let parsed: Vec<(Option<serde_json::Value>, Result<Prepared, VerifyError>)> = lines
        .par_iter()
        .map(|line| {
            let (id, request) = parse_line(line);
            (
                id,
                request.and_then(|request| prepare(request).map_err(Into::into)),
            )
        })
        .collect();
    let (ids, prepared): (Vec<_>, Vec<_>) = parsed.into_iter().unzip();
    let mut rows = judge(&prepared, known);
    for ((row, line), id) in rows.iter_mut().zip(lines).zip(ids) {
        row.line = Some(line.number);
        row.id = id;
    }
    rows
}

/// Judges one request.
pub fn verify_request(request: Request, known: &Known) -> VerifyRow {
    let prepared = prepare(request).map_err(Into::into);
    judge(&[prepared], known)
        .pop()
        .unwrap_or_else(|| VerifyRow::new(RowVerdict::Error))
}

fn parse_line(line: &Line<'_>) -> (Option<serde_json::Value>, Result<Request, VerifyError>) {
    let fail = |code: &str, message: String, offset| {
        Err(VerifyError {
            code: code.to_owned(),
            message,
            offset,
            pointer: None,
        })
    };
    let Some(bytes) = line.bytes else {
        return (
            None,
            fail(
                "line-too-long",
                "the line is longer than what is read".to_owned(),
                None,
            ),
        );
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            return (
                None,
                fail(
                    "not-utf8",
                    "the line is not UTF-8".to_owned(),
                    Some(error.valid_up_to()),
                ),
            );
        }
    };
    let node = match json::parse(text, &LIMITS) {
        Ok(node) => node,
        Err(error) => return (None, fail("not-json", error.message, Some(error.offset))),
    };
    let id = node
        .get("id")
        .and_then(|id| text.get(id.span.clone()))
        .and_then(given_back);
    (id, hyperlane::request::parse(&node).map_err(Into::into))
}

/// An id as it was given; a number of more digits than a machine number holds as text, with all of them.
pub(super) fn given_back(text: &str) -> Option<serde_json::Value> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    if value.is_f64() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Some(serde_json::Value::String(text.to_owned()));
    }
    Some(value)
}

impl From<RequestError> for VerifyError {
    fn from(error: RequestError) -> Self {
        Self {
            code: error.code.to_owned(),
            message: error.message,
            offset: error.offset,
            pointer: error.pointer,
        }
    }
}

fn judge(prepared: &[Result<Prepared, VerifyError>], known: &Known) -> Vec<VerifyRow> {
    let good: Vec<&Prepared> = prepared.iter().filter_map(|one| one.as_ref().ok()).collect();
    let items: Vec<Item<'_>> = good
        .iter()
        .map(|one| Item {
            readings: &one.request.readings,
            digest: &one.digest,
            claim: one.request.claim(),
        })
        .collect();
    let answers = verify_many(&items);
    let mut rows = good
        .par_iter()
        .zip(answers)
        .map(|(one, answer)| row(one, answer, known))
        .collect::<Vec<_>>()
        .into_iter();
    prepared
        .iter()
        .filter_map(|one| match one {
            Ok(_) => rows.next(),
            Err(error) => Some(VerifyRow::failed(error.clone())),
        })
        .collect()
}

fn word(bytes: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn note(code: &str, message: impl Into<String>) -> VerifyDiagnosis {
    VerifyDiagnosis {
        code: code.to_owned(),
        message: message.into(),
    }
}

fn row(one: &Prepared, mut answer: Verification, known: &Known) -> VerifyRow {
    let request = &one.request;
    let claim = request.claim();
    let mut digest = one.digest;
    let mut diagnosis = Vec::new();
    // A document that the rules refuse has only the digests of programs that break them.
    if let (Some(error), Signed::TypedData(document)) = (&one.only_by_convention, &request.signed) {
        match by_convention(document, one, &claim) {
            Some((reading, found)) => {
                digest = reading.digest;
                answer = found;
                diagnosis.push(note(
                    Code::AnotherConvention.id(),
                    format!(
                        "the rules of EIP-712 refuse the document ({error}); the signature is right as {} hash it",
                        reading.words
                    ),
                ));
            }
            None => {
                return VerifyRow {
                    message_scheme: Some(request.scheme.to_owned()),
                    unused: request.unused.clone(),
                    ..VerifyRow::failed(of_message(error.clone(), "typed_data").into())
                };
            }
        }
    }
    if answer.second == Second::Disagrees {
        return VerifyRow::failed(VerifyError {
            code: "implementations-disagree".to_owned(),
            message: "k256 and libsecp256k1 give different answers for this signature: one of them is wrong; please \
                      report it"
                .to_owned(),
            offset: None,
            pointer: None,
        });
    }
    let verdict = match answer.verdict {
        Verdict::Verified => RowVerdict::Verified,
        Verdict::NotVerified => RowVerdict::NotVerified,
        Verdict::Recovered => RowVerdict::Recovered,
    };
    diagnosis.extend(remarks(one, &digest, &answer, &claim));
    if verdict == RowVerdict::NotVerified {
        diagnosis.extend(reasons(one, &digest, &answer, &claim, known));
    }
    let encoding = request
        .readings
        .get(answer.reading)
        .map(|reading| reading.encoding.id().to_owned());
    let checksummed = |address: &EvmAddress| address.to_checksum(None);
    let mut row = VerifyRow::new(verdict);
    row.address = request
        .address
        .as_ref()
        .map(|address| address.claimed.canonical.clone())
        .or_else(|| request.key.as_ref().map(|key| checksummed(&EvmAddress::of(key))));
    row.recovered = answer.recovered.as_ref().map(checksummed);
    if answer.recovered.is_none() {
        row.candidates = answer.candidates.iter().map(checksummed).collect();
    }
    row.encoding = if one.transaction.is_some() {
        Some("transaction".to_owned())
    } else {
        encoding
    };
    row.message_scheme = Some(request.scheme.to_owned());
    row.digest = Some(word(&digest));
    row.low_s = Some(answer.low_s);
    row.acceptable_on_chain = Some(answer.is_acceptable_on_chain());
    row.second_verification = Some(match answer.second {
        Second::Agrees => "agrees".to_owned(),
        Second::Disagrees => "disagrees".to_owned(),
        Second::NotEvaluated => format!("not evaluated: {}", cross_check::WITHOUT),
    });
    let second_hash = one
        .typed_data
        .as_ref()
        .map(|typed| &typed.second)
        .or_else(|| one.transaction.as_ref().map(|transaction| &transaction.second));
    row.second_hash = second_hash.map(|second| match second {
        SecondHash::Agrees => "agrees".to_owned(),
        SecondHash::NotEvaluated(why) => format!("not evaluated: {why}"),
    });
    row.transaction = one.transaction.as_deref().map(transaction_row);
    row.typed_data = one.typed_data.as_deref().map(|typed| TypedDataRow {
        primary_type: typed.primary_type.clone(),
        domain_separator: word(&typed.domain_separator),
        struct_hash: typed.struct_hash.as_ref().map(word),
        unsigned: typed.unsigned.clone(),
    });
    row.diagnosis = diagnosis;
    row.unused.clone_from(&request.unused);
    row
}

/// The convention by which a document that the rules refuse has this signature.
fn by_convention(
    document: &Node,
    one: &Prepared,
    claim: &Claim<'_>,
) -> Option<(eip712::Reading, Verification)> {
    if claim.is_empty() {
        return None;
    }
    eip712::readings(document).into_iter().find_map(|reading| {
        let answer = crate::signature::verify(&one.request.readings, &reading.digest, claim);
        (answer.verdict == Verdict::Verified).then_some((reading, answer))
    })
}

/// What is worth knowing beside the verdict.
fn remarks(
    one: &Prepared,
    digest: &[u8; 32],
    answer: &Verification,
    claim: &Claim<'_>,
) -> Vec<VerifyDiagnosis> {
    let mut notes = Vec::new();
    if let Some(words) = one
        .request
        .address
        .as_ref()
        .and_then(|address| address.wrong_checksum.as_ref())
    {
        notes.push(note(
            Code::WrongChecksum.id(),
            format!("the claimed address: {words}"),
        ));
    }
    if answer.refusal == Some(Refusal::ClaimsDiffer)
        && let Some(key) = claim.key
    {
        notes.push(note(
            Code::ClaimsDiffer.id(),
            format!(
                "the claimed address is not that of the claimed key, which is {}: one of both is wrong; {}",
                own_address(&one.request, key),
                signer_of_two(one, digest, claim)
            ),
        ));
    }
    if !answer.low_s {
        notes.push(note(
            "high-s",
            "s is above (n - 1) / 2: valid mathematics, and refused on chain (EIP-2); KMS returns such an s half of the \
             time: replace it by n - s and flip v",
        ));
    }
    if answer.verdict == Verdict::Recovered {
        notes.push(note(
            "nobody",
            "nobody was claimed: any signature recovers to some address, and this proves nothing until the address is \
             compared with one that was derived or published on its own",
        ));
        if answer.candidates.len() > 1 {
            let all: Vec<String> = answer
                .candidates
                .iter()
                .map(|address| address.to_checksum(None))
                .collect();
            notes.push(note(
                "several-candidates",
                format!(
                    "the signature may be of {}: {}",
                    all.join(", "),
                    if answer.recovered.is_some() {
                        "the one that is named follows if the 64 bytes are EIP-2098, the others if they are r and s"
                    } else {
                        "without v nobody can tell which; give the address or the key"
                    }
                ),
            ));
        }
    }
    if let Some(typed) = &one.typed_data {
        if !typed.unsigned.is_empty() {
            notes.push(note(
                "not-signed",
                format!(
                    "the document has members that no type names, and that are not signed: {}",
                    typed.unsigned.join(", ")
                ),
            ));
        }
        for remark in &typed.remarks {
            notes.push(note(
                "unusual-document",
                format!("{} ({})", remark.words, remark.pointer),
            ));
        }
    }
    notes
}

/// Which one of two claims the signature bears out.
fn signer_of_two(one: &Prepared, digest: &[u8; 32], claim: &Claim<'_>) -> &'static str {
    let holds = |claim: &Claim<'_>| {
        crate::signature::verify(&one.request.readings, digest, claim).verdict == Verdict::Verified
    };
    let (by_key, by_address) = (
        Claim {
            address: None,
            ..*claim
        },
        Claim { key: None, ..*claim },
    );
    if holds(&by_key) {
        "the signature is that of the claimed key"
    } else if holds(&by_address) {
        "the signature is that of the claimed address"
    } else {
        "the signature is that of neither"
    }
}

fn own_address(request: &Request, key: &PublicKey) -> String {
    let options = address::Options::new();
    let payloads = address::Payload::all_of(key);
    request.address.as_ref().map_or_else(
        || EvmAddress::of(key).to_checksum(None),
        |address| address.claimed.own_words(&payloads, &options),
    )
}

/// The mistakes that explain a signature that is not verified.
fn reasons(
    one: &Prepared,
    digest: &[u8; 32],
    answer: &Verification,
    claim: &Claim<'_>,
    known: &Known,
) -> Vec<VerifyDiagnosis> {
    let claim = if answer.refusal == Some(Refusal::ClaimsDiffer) {
        // Whose signature it is, is asked of the key.
        Claim {
            key: claim.key,
            address: None,
        }
    } else {
        *claim
    };
    let case = Case {
        readings: &one.request.readings,
        scheme: one.request.scheme,
        material: Some(material(&one.request.signed)),
        transaction: one.transaction.as_deref(),
        digest,
        claim,
    };
    diagnose::diagnose(&case, known)
        .into_iter()
        .map(|explanation| note(explanation.code.id(), explanation.message))
        .collect()
}

fn transaction_row(transaction: &transaction::Transaction) -> TransactionRow {
    TransactionRow {
        kind: transaction.kind.id().to_owned(),
        hash: word(&transaction.hash),
        chain_id: transaction.chain_id,
        nonce: transaction.nonce,
        to: transaction.to.map(|to| to.to_checksum(None)),
        value: short(&transaction.value),
        authorizations: transaction.authorizations.iter().map(authorization).collect(),
    }
}

fn authorization(tuple: &transaction::Authorization) -> AuthorizationRow {
    let (signer, low_s, error) = match &tuple.signature {
        Ok(signature) => {
            let readings = [Reading::of(*signature)];
            let answer = crate::signature::verify(&readings, &tuple.digest, &Claim::default());
            let error = answer
                .recovered
                .is_none()
                .then(|| "no key has this signature".to_owned());
            (answer.recovered, Some(answer.low_s), error)
        }
        Err(error) => (None, None, Some(error.to_string())),
    };
    AuthorizationRow {
        chain_id: number::decimal(&tuple.chain_id),
        address: tuple.address.to_checksum(None),
        nonce: tuple.nonce,
        signer: signer.map(|signer| signer.to_checksum(None)),
        low_s,
        error,
    }
}

/// A number in hexadecimal digits without leading zeros.
fn short(value: &[u8; 32]) -> String {
    let digits = hex::encode(value);
    let digits = digits.trim_start_matches('0');
    format!("0x{}", if digits.is_empty() { "0" } else { digits })
}

/// Every id of an encoding that a row may name.
pub fn encoding_ids() -> Vec<&'static str> {
    encoding::ENCODINGS
        .iter()
        .map(|encoding| encoding.id())
        .chain(["transaction"])
        .collect()
}
