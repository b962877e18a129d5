//! Vectors made by others: the tables under `testdata/` (independent Python) and Wycheproof.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::BTreeMap;
use std::path::Path;

use kms_audit::address::{self, Agreement, Checksum, ClaimError, Prefix, evm::Evm};
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
    wrong_checksums: Vec<WrongChecksum>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Published {
    address: String,
    scheme: String,
    chain_id: Option<u64>,
    prefix: Option<String>,
    public_key: Option<String>,
    payload: Option<String>,
}

#[derive(Deserialize)]
struct WrongChecksum {
    scheme: String,
    text: String,
    right: String,
    at: usize,
}

#[derive(Deserialize)]
struct Refused {
    text: String,
    reason: String,
    offset: Option<usize>,
    source: String,
}

#[derive(Deserialize)]
struct Computed {
    address: String,
    eip55: String,
    erc1191_30: String,
    erc1191_31: String,
    public_key: String,
    prefix: String,
    tron_hex: String,
    /// The addresses by scheme.
    #[serde(flatten)]
    others: BTreeMap<String, String>,
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
    let published = table::<Addresses>("addresses.json").published;
    let of_evm = published.iter().filter(|case| case.scheme.starts_with('e'));
    for case in of_evm {
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
                claimed: Box::new(
                    Evm.parse_claim(&case.expected, &options(case.chain_id))
                        .expect("right")
                ),
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

fn point(hex: &str) -> PublicKey {
    PublicKey::from_sec1(&unhex(hex), false).expect("a point")
}

fn prefixed(prefix: Option<&str>) -> Options {
    prefix.map_or(Options::new(), |prefix| {
        Options::new().with_prefix(Prefix::parse(prefix).expect("a prefix"))
    })
}

/// The key's address in every scheme that the options allow, derived twice.
fn derived(key: &PublicKey, options: &Options) -> BTreeMap<&'static str, String> {
    let (again, addresses) =
        address::derive_all_der(&key.spki_der(), spki::Options::new(), options).expect("a key");
    assert_eq!(&again, key);
    addresses
        .into_iter()
        .map(|(scheme, checked)| {
            assert_eq!(checked.second, agreement(), "{scheme}");
            (scheme, checked.address)
        })
        .collect()
}

#[test]
fn every_scheme_has_published_addresses_and_derives_them() {
    let mut seen = BTreeMap::new();
    for case in table::<Addresses>("addresses.json").published {
        if case.scheme.starts_with('e') {
            continue;
        }
        let options = prefixed(case.prefix.as_deref());
        *seen.entry(case.scheme.clone()).or_insert(0) += 1;
        // A claim carries its own prefix: it is read without one.
        let claimed = address::parse_claim(&case.address, &Options::new())
            .unwrap_or_else(|error| panic!("{}: {error}", case.address));
        assert_eq!(claimed.canonical, case.address);
        assert!(
            claimed.schemes.contains(&case.scheme.as_str()),
            "{}",
            case.address
        );
        assert!(claimed.checksum.is_present());
        if let Some(key) = case.public_key {
            let key = point(&key);
            assert_eq!(derived(&key, &options)[case.scheme.as_str()], case.address);
            assert!(claimed.is_of(&key), "{}", case.address);
        }
        if let Some(payload) = case.payload {
            assert_eq!(claimed.payload.to_vec(), unhex(&payload), "{}", case.address);
            let scheme = address::scheme(&case.scheme).expect("a scheme");
            assert_eq!(
                scheme.write(&claimed.payload, &options).as_deref(),
                Some(&*case.address)
            );
        }
    }
    for scheme in address::SCHEMES.iter().filter(|scheme| scheme.id() != "evm") {
        assert!(seen.contains_key(scheme.id()), "{}", scheme.id());
    }
}

#[test]
fn computed_addresses_of_every_scheme_are_derived_twice_and_read_back() {
    let cases = table::<Addresses>("addresses.json").computed;
    assert!(cases.len() >= 200);
    let another = point(&cases[0].public_key);
    for case in &cases {
        let key = point(&case.public_key);
        let options = prefixed(Some(&case.prefix));
        let mut expected: BTreeMap<&str, String> = case
            .others
            .iter()
            .map(|(scheme, address)| (scheme.as_str(), address.clone()))
            .collect();
        expected.insert("evm", case.eip55.clone());
        assert_eq!(derived(&key, &options), expected);
        let hex = [case.tron_hex.clone(), format!("0x{}", case.tron_hex)];
        for text in expected.values().chain(&hex) {
            let claimed = address::parse_claim(text, &Options::new()).expect(text);
            assert!(claimed.is_of(&key), "{text}");
            assert_eq!(claimed.is_of(&another), key == another, "{text}");
            let scheme = if hex.contains(text) { "tron" } else { "" };
            let known = expected
                .iter()
                .find_map(|(scheme, address)| (address == text).then_some(*scheme));
            assert!(claimed.schemes.contains(&known.unwrap_or(scheme)), "{text}");
            assert_eq!(claimed.canonical, expected[known.unwrap_or(scheme)], "{text}");
        }
        // Without a prefix there is nothing to write a Cosmos address with.
        let schemes: Vec<_> = derived(&key, &Options::new()).into_keys().collect();
        assert_eq!(schemes, ["bitcoin-p2pkh", "bitcoin-p2wpkh", "evm", "tron"]);
    }
}

#[test]
fn what_is_no_address_of_a_key_is_refused_with_its_reason_and_place() {
    let cases = table::<Addresses>("addresses.json").refused;
    assert!(cases.len() >= 40);
    let mut wrong = Vec::new();
    for case in cases {
        let found = match address::parse_claim(&case.text, &Options::new()) {
            Err(ClaimError::Malformed { offset, reason }) => {
                let name = format!("{reason:?}");
                let name = name.split([' ', '(']).next().unwrap_or_default().to_owned();
                let placed = case.offset.is_none_or(|expected| expected == offset);
                if name == case.reason && placed && reason.has_place() >= case.offset.is_some() {
                    continue;
                }
                format!("{name} at {offset}")
            }
            other => format!("{other:?}"),
        };
        wrong.push(format!(
            "{}: expected {} at {:?}, found {found} ({})",
            case.text, case.reason, case.offset, case.source
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_changed_character_is_a_wrong_checksum_and_the_right_text_is_not_offered() {
    let cases = table::<Addresses>("addresses.json").wrong_checksums;
    assert!(cases.len() >= 12);
    for case in cases {
        let right = address::parse_claim(&case.right, &Options::new()).expect("right");
        assert!(right.schemes.contains(&case.scheme.as_str()));
        let Err(error) = address::parse_claim(&case.text, &Options::new()) else {
            panic!("{}: accepted", case.text)
        };
        let ClaimError::WrongChecksum { claimed, .. } = &error else {
            panic!("{}: {error}", case.text)
        };
        assert!(claimed.schemes.contains(&case.scheme.as_str()));
        // Only a change in the checksum's own characters leaves what the text stands for.
        assert_eq!(claimed.payload == right.payload, case.at >= 33, "{}", case.text);
        assert!(!error.to_string().contains(&claimed.canonical), "{error}");
    }
}
