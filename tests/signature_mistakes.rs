//! Why a signature is not verified: every mistake that `scripts/testdata/signature_mistakes.py` made with independent
//! Python is named, two that fit are both named, and nothing is said where none fits.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use k256::ecdsa::{Signature, SigningKey};
use kms_audit::address::EvmAddress;
use kms_audit::audit::{Line, RowVerdict, VERIFY_DIAGNOSIS_CODES, VerifyRow, verify_lines};
use kms_audit::encoding::hex;
use kms_audit::key::PublicKey;
use kms_audit::signature::diagnose::{Code, Known, Labelled};
use serde::Deserialize;
use serde_json::{Value, json};
use sha3::Digest as _;

#[derive(Deserialize)]
struct Row {
    name: String,
    /// A line of a batch.
    request: Value,
    known: Beside,
    verdict: RowVerdict,
    /// The codes of every explanation that fits, each once, sorted.
    codes: Vec<String>,
    /// What the sentences say among other things.
    says: Vec<String>,
}

/// What the evidence holds.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Beside {
    keys: Vec<BTreeMap<String, String>>,
    addresses: Vec<BTreeMap<String, String>>,
    messages: Vec<BTreeMap<String, String>>,
    digests: Vec<BTreeMap<String, String>>,
    chain_ids: Vec<u64>,
    contracts: Vec<BTreeMap<String, String>>,
}

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/signature-mistakes.json");
        serde_json::from_str(&std::fs::read_to_string(path).expect(path)).expect(path)
    });
    &ROWS
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.as_bytes()).expect("hex").bytes
}

fn known(beside: &Beside) -> Known {
    fn all<T>(list: &[BTreeMap<String, String>], member: &str, make: fn(Vec<u8>) -> T) -> Vec<Labelled<T>> {
        let one = |row: &BTreeMap<String, String>| Labelled {
            label: row["label"].clone(),
            value: make(unhex(&row[member])),
        };
        list.iter().map(one).collect()
    }
    let address = |bytes: Vec<u8>| EvmAddress(bytes.try_into().expect("20 bytes"));
    Known {
        keys: all(&beside.keys, "public_key", |bytes| {
            PublicKey::from_sec1(&bytes, false).expect("a point")
        }),
        addresses: all(&beside.addresses, "address", address),
        messages: all(&beside.messages, "hex", |bytes| bytes),
        digests: all(&beside.digests, "hex", |bytes| {
            bytes.try_into().expect("32 bytes")
        }),
        chain_ids: beside.chain_ids.clone(),
        contracts: all(&beside.contracts, "address", address),
    }
}

fn judge(requests: &[&Value], known: &Known) -> Vec<VerifyRow> {
    let texts: Vec<String> = requests.iter().map(ToString::to_string).collect();
    let lines: Vec<Line<'_>> = (1..)
        .zip(&texts)
        .map(|(number, text)| Line {
            number,
            bytes: Some(text.as_bytes()),
        })
        .collect();
    verify_lines(&lines, known)
}

/// The codes that are reasons, as often as they are given.
fn reasons(row: &VerifyRow) -> Vec<&str> {
    let mut codes: Vec<&str> = row
        .diagnosis
        .iter()
        .map(|diagnosis| diagnosis.code.as_str())
        .filter(|code| *code != "wrong-checksum" && !VERIFY_DIAGNOSIS_CODES.contains(code))
        .collect();
    codes.sort_unstable();
    codes
}

#[test]
fn every_mistake_made_elsewhere_is_named_and_nothing_else() {
    let rows = rows();
    let mut by_evidence: BTreeMap<&Beside, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_evidence.entry(&row.known).or_default().push(row);
    }
    let mut wrong = Vec::new();
    for (beside, rows) in by_evidence {
        let requests: Vec<&Value> = rows.iter().map(|row| &row.request).collect();
        let found = judge(&requests, &known(beside));
        assert_eq!(found.len(), rows.len());
        for (row, found) in rows.iter().zip(&found) {
            let all: String = found
                .diagnosis
                .iter()
                .map(|diagnosis| diagnosis.message.as_str())
                .collect();
            let silent: Vec<_> = row.says.iter().filter(|part| !all.contains(*part)).collect();
            let mut codes = reasons(found);
            // One cause in two words is none; two signers are.
            if row.name.starts_with("both keys") {
                codes.dedup();
            }
            if codes != row.codes || found.verdict != row.verdict || !silent.is_empty() {
                wrong.push(format!(
                    "{}: expected {:?} {:?}, found {} {:#?} {:?}, not said: {silent:?}",
                    row.name,
                    row.verdict,
                    row.codes,
                    found.verdict.word(),
                    found.diagnosis,
                    found.error,
                ));
            }
        }
    }
    let count = wrong.len();
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{count} wrong:\n{}", wrong.join("\n"));
}

#[test]
fn each_code_has_a_row_that_makes_it() {
    let seen: BTreeSet<&str> = rows()
        .iter()
        .flat_map(|row| row.codes.iter().map(String::as_str))
        .collect();
    let all: BTreeSet<&str> = Code::ALL
        .iter()
        .filter(|code| **code != Code::WrongChecksum)
        .map(|code| code.id())
        .collect();
    assert_eq!(seen, all);
}

/// A request with a signature of a key over a digest.
fn signed(digest: &[u8; 32], others: &Value) -> Value {
    let key = SigningKey::from_slice(&[7; 32]).expect("a key");
    let signature: Signature = key.sign_prehash(digest).expect("a signature");
    let mut request = json!({
        "signature": format!("0x{}", hex::encode(&signature.to_bytes())),
        "public_key": hex::encode(key.verifying_key().to_sec1_point(false).as_bytes()),
    });
    for (member, value) in others.as_object().expect("members") {
        request[member] = value.clone();
    }
    request
}

fn number(number: u32) -> [u8; 32] {
    let mut bytes = [0x5a; 32];
    bytes[28..].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn many<T>(make: impl Fn(u32) -> T) -> Vec<Labelled<T>> {
    let one = |number: u32| Labelled {
        label: format!("number {number}"),
        value: make(number),
    };
    (0..5000).map(one).collect()
}

/// Thousands of everything: what stands first is tried, what stands behind the limits is not.
#[test]
fn the_work_for_one_signature_is_bounded() {
    let keccak = |bytes: &[u8]| -> [u8; 32] { sha3::Keccak256::digest(bytes).into() };
    let message = |at: u32| number(at).repeat(8);
    let contract = |at: u32| EvmAddress(number(at)[12..].try_into().expect("20 bytes"));
    let known = Known {
        messages: many(message),
        digests: many(number),
        contracts: many(contract),
        chain_ids: (1_000_000..1_005_000).collect(),
        ..Known::default()
    };
    let validator = "0x4444444444444444444444444444444444444444";
    let start = Instant::now();
    for (at, is_tried) in [(0, true), (63, true), (64, false), (4999, false)] {
        let data = [&[0x19, 0][..], &contract(at).0, b"x"].concat();
        for (request, code) in [
            (signed(&number(at), &json!({"message": "x"})), "another-message"),
            (
                signed(
                    &keccak(&message(at)),
                    &json!({"message": "x", "scheme": "keccak"}),
                ),
                "another-message",
            ),
            (
                signed(&keccak(&data), &json!({"message": "x", "validator": validator})),
                "another-domain",
            ),
        ] {
            let row = &judge(&[&request], &known)[0];
            let expected: &[&str] = if is_tried { &[code] } else { &[] };
            assert_eq!(reasons(row), expected, "{at}: {row:?}");
            assert_eq!(row.verdict, RowVerdict::NotVerified);
        }
    }
    let long = "a\r\n".repeat(1 << 19);
    let row = &judge(
        &[&signed(&keccak(long.as_bytes()), &json!({"message": long}))],
        &known,
    )[0];
    assert_eq!(
        reasons(row),
        ["missing-prefix"],
        "a long message is hashed, its other texts are not"
    );
    // Generous: a build without optimisation, on a machine with other work.
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}
