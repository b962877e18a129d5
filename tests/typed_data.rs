//! `testdata/typed-data.json`: documents of EIP-712 as eth-account, eth-sig-util, ethers and viem hash them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::BTreeMap;
use std::path::Path;

use kms_audit::encoding::hex;
use kms_audit::json::{Limits, Node, parse};
use kms_audit::signature::message::{SecondHash, eip712};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    document: String,
    digest: Option<String>,
    domain_separator: Option<String>,
    struct_hash: Option<String>,
    code: Option<String>,
    pointer: Option<String>,
    programs: BTreeMap<String, Option<String>>,
}

fn cases() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/typed-data.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn document(case: &Case) -> Node {
    parse(&case.document, &Limits::default()).expect("JSON")
}

fn text(digest: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(digest))
}

#[test]
fn every_document_has_its_digest_or_its_error() {
    let mut wrong = Vec::new();
    for case in cases() {
        match eip712::hash(&document(&case)) {
            Ok(data) => {
                let found = Some(text(&data.digest));
                if case.digest != found {
                    wrong.push(format!(
                        "{}: {found:?}, not {:?}",
                        case.name,
                        case.digest.or(case.code)
                    ));
                    continue;
                }
                if let Some(separator) = &case.domain_separator {
                    assert_eq!(separator, &text(&data.domain_separator), "{}", case.name);
                    assert_eq!(
                        case.struct_hash,
                        data.struct_hash.as_ref().map(text),
                        "{}",
                        case.name
                    );
                }
                for reading in &data.readings {
                    assert_ne!(reading.digest, data.digest, "{}", case.name);
                }
                assert_eq!(
                    eip712::digest_of(&data.domain_separator, data.struct_hash.as_ref()),
                    data.digest
                );
            }
            Err(error) => {
                assert!(
                    eip712::CODES.contains(&error.code),
                    "{}: unknown code {error:?}",
                    case.name
                );
                let offset = error.offset.expect("a place");
                assert!(offset <= case.document.len(), "{}", case.name);
                if (Some(error.code), error.pointer.as_deref())
                    != (case.code.as_deref(), case.pointer.as_deref())
                {
                    wrong.push(format!(
                        "{}: {error:?}, not {:?} at {:?}",
                        case.name,
                        case.code.or(case.digest),
                        case.pointer
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What programs make of values that nobody means: kms-audit has no reading of these.
const NO_READING: &[(&str, &[&str])] = &[
    (
        "domain with an array",
        &["eth-sign-typed-data-v4", "ethers-v5", "viem"],
    ),
    ("refused: uint256 [1]", &["ethers-v5", "viem"]),
    ("refused: bytes \"0xzz\"", &["viem"]),
    ("refused: bytes4 \"abcd\"", &["viem"]),
    (
        "refused: address \"vitalik.eth\"",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    (
        "refused type: 'bytes0'",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    (
        "refused type: 'bytes33'",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    (
        "refused type: 'uint08'",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    ("a struct that is no object", &["eth-sign-typed-data-v3"]),
];

#[test]
fn every_reading_is_what_the_program_makes() {
    let mut wrong = Vec::new();
    for case in cases() {
        let document = document(&case);
        let strict = eip712::hash(&document).ok().map(|data| text(&data.digest));
        let readings: BTreeMap<String, String> = eip712::readings(&document)
            .into_iter()
            .map(|reading| (reading.convention.to_owned(), text(&reading.digest)))
            .collect();
        for (program, expected) in &case.programs {
            let expected = expected.as_ref().filter(|digest| strict.as_ref() != Some(digest));
            let found = readings.get(program);
            let unread = NO_READING
                .iter()
                .any(|(name, programs)| *name == case.name && programs.contains(&program.as_str()));
            if unread {
                assert!(found.is_none() && expected.is_some(), "{}: {program}", case.name);
            } else if found != expected {
                wrong.push(format!(
                    "{}: {program}: {found:?}, not {expected:?} {}",
                    case.name,
                    case.document
                        .get(case.document.find("primaryType").unwrap_or(0)..)
                        .unwrap_or("")
                ));
            }
        }
        assert!(readings.keys().all(|name| case.programs.contains_key(name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_second_hash_agrees_or_says_why_not() {
    let mut reasons = BTreeMap::new();
    let mut agreed = 0;
    for case in cases() {
        match eip712::hash(&document(&case)).map(|data| data.second) {
            Ok(SecondHash::Agrees) => agreed += 1,
            Ok(SecondHash::NotEvaluated(reason)) => {
                reasons.entry(reason).or_insert_with(Vec::new).push(case.name);
            }
            Err(error) => assert_ne!(error.code, "hash-disagreement", "{}: {error}", case.name),
        }
    }
    if cfg!(feature = "cross-check") {
        assert!(agreed >= 60, "{agreed}: {reasons:#?}");
        assert!(reasons.len() >= 3, "{reasons:#?}");
    } else {
        assert_eq!(agreed, 0);
    }
}
