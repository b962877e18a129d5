//! Vectors made by others: the tables under `testdata/` (independent Python) and Wycheproof.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::BTreeMap;
use std::path::Path;

use kms_audit::address::{self, Agreement, Checksum, ClaimError, evm::Evm};
use kms_audit::address::{AddressScheme as _, Options};
use kms_audit::encoding::{der, hex};
use kms_audit::key::{CODES, PublicKey, cross_check, spki};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wycheproof::TestResult;
use wycheproof::ecdh::{TestName, TestSet};

fn table<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.as_bytes()).expect("hex").bytes
}

fn agreement() -> Agreement {
    if cross_check::AVAILABLE {
        Agreement::Agrees
    } else {
        Agreement::NotEvaluated(cross_check::WITHOUT)
    }
}

#[derive(Deserialize)]
struct Broken {
    name: String,
    hex: String,
    code: String,
    offset: usize,
    note: String,
}

#[test]
fn every_broken_key_gives_its_code_and_offset() {
    let cases: Vec<Broken> = table("spki/broken.json");
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for case in &cases {
        assert!(CODES.contains(&case.code.as_str()), "unknown code {}", case.code);
        *seen.entry(case.code.as_str()).or_insert(0) += 1;
        let found = match spki::decode(&unhex(&case.hex), spki::Options::new()) {
            Ok(key) => format!("accepted {key:?}"),
            Err(error) if (error.code(), error.offset) == (case.code.as_str(), case.offset) => {
                assert!(
                    !error.expected.is_empty() && !error.found.is_empty(),
                    "{}: {error}",
                    case.name
                );
                continue;
            }
            Err(error) => format!("{} at {}", error.code(), error.offset),
        };
        wrong.push(format!(
            "{}: expected {} at {}, {found} ({})",
            case.name, case.code, case.offset, case.note
        ));
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    // Every code occurs but the one that only a fault of this tool can cause.
    let missing: Vec<_> = CODES.iter().filter(|code| !seen.contains_key(**code)).collect();
    assert_eq!(missing, [&"internal-disagreement"]);
}

#[test]
fn no_broken_key_has_a_second_derivation() {
    for case in table::<Vec<Broken>>("spki/broken.json") {
        let second = cross_check::evm(&unhex(&case.hex), false, None);
        assert!(
            !matches!(second, cross_check::Outcome::Address(_)),
            "{}: {second:?}",
            case.name
        );
        // And whatever is in it, the dump lists it without an end of its own.
        let _ = der::dump(&unhex(&case.hex));
    }
}

#[derive(Deserialize)]
struct Good {
    name: String,
    hex: String,
    x: String,
    y: String,
    evm: String,
    fingerprint: String,
}

#[test]
fn every_good_key_gives_its_point_address_and_fingerprint() {
    let cases: Vec<Good> = table("spki/good.json");
    assert!(!cases.is_empty());
    for case in cases {
        let name = &case.name;
        let bytes = unhex(&case.hex);
        let (key, checked) = address::derive_checked_der(&Evm, &bytes, spki::Options::new(), &Options::new())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let checked = checked.expect("an address");
        assert_eq!(hex::encode(&key.xy()), format!("{}{}", case.x, case.y), "{name}");
        assert_eq!(
            (checked.address, checked.second),
            (case.evm, agreement()),
            "{name}"
        );
        assert_eq!(key.fingerprint().to_string(), case.fingerprint, "{name}");
        assert_eq!(key.spki_der().as_slice(), bytes, "{name}");
        assert_eq!(PublicKey::from_sec1(&key.compressed(), true), Ok(key), "{name}");
        assert_eq!(der::dump(&bytes).error, None, "{name}");
    }
}

#[derive(Deserialize)]
struct Addresses {
    published: Vec<Published>,
    computed: Vec<Computed>,
    wrong: Vec<WrongCase>,
}

#[derive(Deserialize)]
struct Published {
    address: String,
    scheme: String,
    chain_id: Option<u64>,
}

#[derive(Deserialize)]
struct Computed {
    address: String,
    eip55: String,
    erc1191_30: String,
    erc1191_31: String,
}

#[derive(Deserialize)]
struct WrongCase {
    address: String,
    chain_id: Option<u64>,
    note: String,
    expected: String,
}

fn options(chain_id: Option<u64>) -> Options {
    chain_id.map_or(Options::new(), |id| Options::new().with_chain_id(id))
}

#[test]
fn published_addresses_have_the_checksum_they_were_published_with() {
    for case in table::<Addresses>("addresses.json").published {
        let claim = Evm
            .parse_claim(&case.address, &options(case.chain_id))
            .unwrap_or_else(|error| {
                panic!("{} ({}, {:?}): {error}", case.address, case.scheme, case.chain_id)
            });
        assert_eq!(claim.canonical, case.address);
    }
}

#[test]
fn computed_checksums_are_the_expected_ones() {
    let cases = table::<Addresses>("addresses.json").computed;
    assert!(!cases.is_empty());
    for case in cases {
        let plain = Evm
            .parse_claim(&case.address, &Options::new())
            .expect("well formed");
        assert!(matches!(
            plain.checksum,
            Checksum::AbsentLower | Checksum::AbsentNoLetters
        ));
        for (chain_id, expected) in [
            (None, &case.eip55),
            (Some(30), &case.erc1191_30),
            (Some(31), &case.erc1191_31),
        ] {
            assert_eq!(&plain.evm().expect("evm").to_checksum(chain_id), expected);
            let claim = Evm.parse_claim(expected, &options(chain_id)).expect("right");
            assert_eq!(claim.payload, plain.payload);
        }
    }
}

#[test]
fn wrong_checksums_are_named_with_the_right_text() {
    let cases = table::<Addresses>("addresses.json").wrong;
    assert!(!cases.is_empty());
    for case in cases {
        let first = case
            .address
            .bytes()
            .zip(case.expected.bytes())
            .position(|(found, right)| found != right)
            .expect("a difference");
        assert_eq!(
            Evm.parse_claim(&case.address, &options(case.chain_id)),
            Err(ClaimError::WrongChecksum {
                expected: case.expected,
                offset: first
            }),
            "{}",
            case.note
        );
    }
}

/// The one vector that Wycheproof files under broken ASN.1 and calls *acceptable*, although its DER is right: the last
/// byte of Y is changed, which leaves a point off the curve.
const ONLY_THE_POINT_CHANGED: usize = 745;

#[test]
fn wycheproof_keys_are_accepted_where_valid_and_only_there() {
    let set = TestSet::load(TestName::EcdhSecp256k1).expect("the vectors");
    let mut counts = [0_usize; 3];
    let mut refusals: BTreeMap<&str, usize> = BTreeMap::new();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let outcome =
            address::derive_checked_der(&Evm, &test.public_key, spki::Options::new(), &Options::new());
        let index = match test.result {
            TestResult::Valid => 0,
            TestResult::Acceptable => 1,
            TestResult::Invalid => 2,
        };
        counts[index] += 1;
        match outcome {
            Ok((_, checked)) => {
                assert_eq!(
                    test.result,
                    TestResult::Valid,
                    "accepted {}: {}",
                    test.tc_id,
                    test.comment
                );
                assert_eq!(checked.expect("an address").second, agreement(), "{}", test.tc_id);
            }
            Err(error) => {
                assert_ne!(test.result, TestResult::Valid, "refused {}: {error}", test.tc_id);
                assert_ne!(error.code(), "internal-disagreement", "{}: {error}", test.tc_id);
                *refusals.entry(error.code()).or_default() += 1;
                if test.tc_id == ONLY_THE_POINT_CHANGED {
                    assert_eq!(error.code(), "not-on-curve");
                }
            }
        }
    }
    println!("refused as: {refusals:?}");
    assert_eq!(counts, [473, 230, 49], "valid, acceptable, invalid");
}
