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

use kms_audit::address::EvmAddress;
use kms_audit::audit::{Line, RowVerdict, VERIFY_DIAGNOSIS_CODES, VerifyRow, verify_lines};
use kms_audit::encoding::hex;
use kms_audit::key::PublicKey;
use kms_audit::signature::diagnose::{Code, Known, Labelled};
use serde::Deserialize;
use serde_json::{Value, json};

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
    let texts: Vec<String> = requests.iter().map(|request| request.to_string()).collect();
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
            codes.dedup();
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
