//! Why a claimed address is not the key's: every mistake that `scripts/testdata/mistakes.py` made with independent Python
//! is named, two that fit are both named, and nothing is said where none fits.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kms_audit::address::diagnose::{Code, Explanation, Hypotheses, Hypothesis, Subject, diagnose};
use kms_audit::address::{self, EvmAddress, Options, Payload, Prefix};
use kms_audit::encoding::hex;
use kms_audit::key::PublicKey;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    name: String,
    public_key: String,
    claim: String,
    /// The codes of every explanation that fits, sorted.
    codes: Vec<String>,
    /// What the sentences say among other things.
    says: Vec<String>,
    keys: Vec<KnownKey>,
    contracts: Vec<KnownContract>,
}

#[derive(Deserialize)]
struct KnownKey {
    label: String,
    public_key: String,
}

#[derive(Deserialize)]
struct KnownContract {
    label: String,
    bytes: String,
}

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/address-mistakes.json");
        serde_json::from_str(&std::fs::read_to_string(path).expect(path)).expect(path)
    });
    &ROWS
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.as_bytes()).expect("hex").bytes
}

fn key(point: &str) -> PublicKey {
    PublicKey::from_sec1(&unhex(point), false).expect("a point")
}

fn known(row: &Row) -> Hypotheses {
    let keys = row.keys.iter().map(|known| Hypothesis {
        label: known.label.clone(),
        subject: Subject::Key(Payload::all_of(&key(&known.public_key)).to_vec()),
    });
    let contracts = row.contracts.iter().map(|known| Hypothesis {
        label: known.label.clone(),
        subject: Subject::Contract(unhex(&known.bytes).try_into().expect("20 bytes")),
    });
    Hypotheses::new(keys.chain(contracts).collect())
}

fn sorted(found: &[Explanation]) -> Vec<&str> {
    let mut codes: Vec<&str> = found.iter().map(|explanation| explanation.code.word()).collect();
    codes.sort_unstable();
    codes
}

#[test]
fn every_mistake_made_elsewhere_is_named_and_nothing_else() {
    let rows = rows();
    assert!(rows.len() >= 600, "{} rows", rows.len());
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in rows {
        let found = diagnose(&row.claim, &key(&row.public_key), &known(row), &Options::new());
        seen.extend(row.codes.iter().cloned());
        let all: String = found
            .iter()
            .map(|explanation| explanation.message.as_str())
            .collect();
        let silent: Vec<_> = row.says.iter().filter(|part| !all.contains(*part)).collect();
        if sorted(&found) != row.codes || !silent.is_empty() {
            wrong.push(format!(
                "{}: {}: expected {:?}, found {found:?}, not said: {silent:?}",
                row.name, row.claim, row.codes
            ));
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all: BTreeSet<String> = Code::ALL.iter().map(|code| code.word().to_owned()).collect();
    assert_eq!(seen, all, "each code has a row that makes it");
}

#[test]
fn where_none_fits_nothing_is_said_and_where_two_fit_both_are() {
    let rows = rows();
    let count = |codes: usize| rows.iter().filter(|row| row.codes.len() == codes).count();
    assert!(count(0) >= 100 && count(2) >= 4, "{} {}", count(0), count(2));
}

#[test]
fn the_order_of_hypotheses_does_not_change_what_fits() {
    for row in rows()
        .iter()
        .filter(|row| row.keys.len() + row.contracts.len() > 1)
    {
        let codes = |known: &Hypotheses| {
            let found = diagnose(&row.claim, &key(&row.public_key), known, &Options::new());
            found
                .iter()
                .map(|explanation| explanation.code)
                .collect::<Vec<_>>()
        };
        let mut backwards: Vec<Hypothesis> = Vec::new();
        for known in row.keys.iter().rev() {
            backwards.push(Hypothesis {
                label: known.label.clone(),
                subject: Subject::Key(Payload::all_of(&key(&known.public_key)).to_vec()),
            });
        }
        for known in row.contracts.iter().rev() {
            let bytes = unhex(&known.bytes).try_into().expect("20 bytes");
            backwards.insert(
                0,
                Hypothesis {
                    label: known.label.clone(),
                    subject: Subject::Contract(bytes),
                },
            );
        }
        assert_eq!(
            codes(&known(row)),
            codes(&Hypotheses::new(backwards)),
            "{}",
            row.name
        );
    }
}

/// A key of the rows, and its address in a scheme.
fn addresses() -> impl Strategy<Value = (PublicKey, &'static str, String)> {
    let points: BTreeSet<String> = rows().iter().map(|row| row.public_key.clone()).collect();
    let points: Vec<String> = points.into_iter().collect();
    let schemes: Vec<&'static str> = address::SCHEMES.iter().map(|scheme| scheme.id()).collect();
    (prop::sample::select(points), prop::sample::select(schemes)).prop_map(|(point, scheme)| {
        let key = key(&point);
        let options = Options::new().with_prefix(Prefix::parse("osmo").expect("a prefix"));
        let address = address::scheme(scheme)
            .and_then(|scheme| scheme.derive(&key, &options))
            .expect("an address");
        (key, scheme, address)
    })
}

/// What an address is written with: another character of it is a slip, and no other form of address.
fn alphabet(scheme: &str) -> &'static str {
    match scheme {
        "evm" => "0123456789abcdef",
        "tron" | "bitcoin-p2pkh" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        _ => "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
    }
}

proptest! {
    #[test]
    fn any_changed_character_is_named_with_its_place(
        (key, scheme, right) in addresses(),
        at in 0..100_usize,
        to in 0..58_usize,
    ) {
        // Where the data begin: a changed prefix is another form of address.
        let start = match scheme { "evm" => 2, "bitcoin-p2wpkh" => 3, "cosmos" | "cosmos-eth" => 5, _ => 1 };
        let right = if scheme == "evm" { right.to_lowercase() } else { right };
        let at = start + at % (right.len() - start);
        let letters = alphabet(scheme).as_bytes();
        let to = char::from(letters[to % letters.len()]);
        let from = right.chars().nth(at).expect("inside");
        prop_assume!(to != from);
        let mut text = right.clone();
        text.replace_range(at..=at, &to.to_string());
        let found = diagnose(&text, &key, &Hypotheses::default(), &Options::new());
        let expected = format!("character {} is {to:?} instead of {from:?}", at + 1);
        prop_assert_eq!(sorted(&found), vec!["one-character-changed"], "{:?}", text);
        let message = found[0].message.to_lowercase();
        prop_assert!(message.contains(&expected.to_lowercase()), "{}", message);
    }

    #[test]
    fn a_claim_of_nobody_is_not_explained(
        (key, scheme, _) in addresses(),
        bytes in any::<[u8; 20]>(),
        others in prop::collection::vec(any::<[u8; 20]>(), 0..20),
    ) {
        let options = Options::new().with_prefix(Prefix::parse("osmo").expect("a prefix"));
        let scheme = address::scheme(scheme).expect("a scheme");
        let claim = scheme.write(&bytes, &options).expect("an address");
        let known = others
            .iter()
            .map(|bytes| Hypothesis { label: EvmAddress(*bytes).to_string(), subject: Subject::Contract(*bytes) })
            .collect();
        prop_assert_eq!(diagnose(&claim, &key, &Hypotheses::new(known), &options), Vec::new());
    }

    #[test]
    fn any_text_is_read_without_a_panic_and_told_apart(text in "\\PC{0,80}|[0-9a-zA-Z]{20,70}|0x[0-9a-fA-F]{38,42}") {
        let key = key(&rows()[0].public_key);
        diagnose(&text, &key, &Hypotheses::default(), &Options::new());
        match address::parse_claim(&text, &Options::new()) {
            Ok(claimed) => {
                let again = address::parse_claim(&claimed.canonical, &Options::new()).expect("canonical");
                prop_assert_eq!(again.payload, claimed.payload);
                prop_assert_eq!(&again.canonical, &claimed.canonical);
            }
            Err(address::ClaimError::Malformed { offset, .. }) => prop_assert!(offset <= text.len()),
            Err(address::ClaimError::WrongChecksum { claimed, offset }) => {
                prop_assert!(offset < text.len());
                prop_assert!(address::parse_claim(&claimed.canonical, &Options::new()).is_ok());
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
