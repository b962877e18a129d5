use k256::ecdsa::SigningKey;
use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use sha2::{Digest as _, Sha256};

use super::check::{Answer, Exported, Terms, check};
use super::ledger::Ledger;
use super::report::{CheckReport, CheckVerdict, LedgerUse, Reason};
use super::*;
use crate::key::PublicKey;
use crate::signature::Signature;
use crate::signature::encoding::{Reading, encoding, read_bytes};

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn parts() -> Parts {
    Parts {
        key: "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d".to_owned(),
        // The address of the private key 1.
        address: EvmAddress::from_digits("7e5f4552091a69125d5dfcb7b8c2659029395bdf").unwrap(),
        nonce: [0x42; 32],
        date: day("2026-11-20"),
        expires: day("2026-11-27"),
        purpose: "Key review 2026".to_owned(),
        auditor: "Example Audits Ltd".to_owned(),
    }
}

pub(crate) fn challenge() -> Challenge {
    Challenge::new(parts()).unwrap()
}

fn secret(last: u8) -> SigningKey {
    let mut bytes = [0; 32];
    bytes[31] = last;
    SigningKey::from_slice(&bytes).unwrap()
}

fn public(last: u8) -> PublicKey {
    let point = secret(last).verifying_key().to_sec1_point(false);
    PublicKey::from_sec1(point.as_bytes(), false).unwrap()
}

/// DER, as KMS returns it.
fn signed(last: u8, digest: &[u8; 32]) -> Vec<Reading> {
    let signature: k256::ecdsa::Signature = secret(last).sign_prehash(digest).unwrap();
    let (r, s) = signature.split_bytes();
    let signature = Signature::new(r.into(), s.into(), None).unwrap();
    read_bytes(&encoding("der").unwrap().write(&signature).unwrap()).unwrap()
}

fn key() -> KeyRef {
    KeyRef::parse(&parts().key).unwrap()
}

fn judge(readings: &[Reading], terms: &Terms<'_>) -> CheckReport {
    let key = key();
    let answer = Answer {
        key: Some(&key),
        algorithm: Some("ECDSA_SHA_256"),
        readings,
    };
    check(&challenge(), &answer, terms)
}

fn codes(report: &CheckReport) -> Vec<&'static str> {
    report.reasons.iter().map(|reason| reason.code.id()).collect()
}

#[test]
fn the_text_is_what_it_always_was() {
    let text = challenge().to_text();
    assert_eq!(
        text,
        "kms-audit challenge v1\n\
         \n\
         Signing this text proves who controls a key now. It is no transaction, moves no funds and allows nothing.\n\
         Sign it only if the auditor named here has asked you to, for the purpose named here.\n\
         \n\
         Purpose: Key review 2026\n\
         Auditor: Example Audits Ltd\n\
         Key: arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d\n\
         Address: 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf\n\
         Nonce: 0x4242424242424242424242424242424242424242424242424242424242424242\n\
         Date: 2026-11-20\n\
         Expires: 2026-11-27\n"
    );
    assert_eq!(parse(text.as_bytes()).unwrap(), challenge());
}

#[test]
fn the_digest_is_that_of_eip_191() {
    let text = challenge().to_text();
    let mut hasher = sha3::Keccak256::new();
    hasher.update(format!("\u{19}Ethereum Signed Message:\n{}{text}", text.len()));
    let expected: [u8; 32] = hasher.finalize().into();
    assert_eq!(challenge().digest(), expected);
}

#[test]
fn every_part_is_bound() {
    let other = |change: fn(&mut Parts)| {
        let mut parts = parts();
        change(&mut parts);
        Challenge::new(parts).unwrap().digest()
    };
    let digests = [
        challenge().digest(),
        other(|parts| parts.key = parts.key.replace("5c6d", "5c6e")),
        other(|parts| parts.key = parts.key.replace("eu-west-1", "eu-west-2")),
        other(|parts| parts.address.0[19] = 1),
        other(|parts| parts.nonce[31] = 1),
        other(|parts| parts.date = day("2026-11-21")),
        other(|parts| parts.expires = day("2026-11-28")),
        other(|parts| parts.purpose.push('!')),
        other(|parts| parts.auditor.push('!')),
    ];
    let unique: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(unique.len(), digests.len());
}

type Change = fn(&mut Parts);

#[test]
fn parts_that_are_out_of_order_are_refused() {
    let cases: [(Field, Change); 18] = [
        (Field::Purpose, |parts| parts.purpose.clear()),
        (Field::Purpose, |parts| parts.purpose = " x".to_owned()),
        (Field::Purpose, |parts| parts.purpose = "x ".to_owned()),
        (Field::Purpose, |parts| parts.purpose = "x\nKey: y".to_owned()),
        (Field::Purpose, |parts| parts.purpose = "x\u{202e}y".to_owned()),
        (Field::Purpose, |parts| parts.purpose = "x\u{a0}y".to_owned()),
        (Field::Auditor, |parts| parts.auditor = "x".repeat(201)),
        (Field::Auditor, |parts| parts.auditor = "\u{1b}[31m".to_owned()),
        (Field::Key, |parts| {
            parts.key = "arn:aws:kms:eu-west-1:111122223333:alias/v".to_owned();
        }),
        (Field::Key, |parts| {
            parts.key = parts.key.replace("aws:kms", "$(id):kms");
        }),
        (Field::Key, |parts| parts.key = parts.key.replace("5c6d", "5C6D")),
        (Field::Key, |parts| {
            parts.key = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d".to_owned();
        }),
        (Field::Key, |parts| {
            parts.key = parts.key.replace("eu-west-1", "eu west");
        }),
        (Field::Address, |parts| parts.address = EvmAddress([0; 20])),
        (Field::Nonce, |parts| parts.nonce = [0; 32]),
        (Field::Expires, |parts| parts.expires = parts.date),
        (Field::Expires, |parts| parts.expires = day("2026-11-19")),
        (Field::Expires, |parts| parts.expires = day("2027-02-19")),
    ];
    for (field, change) in cases {
        let mut parts = parts();
        change(&mut parts);
        assert_eq!(
            Challenge::new(parts.clone()).map_err(|error| error.field),
            Err(field),
            "{parts:?}"
        );
    }
    let mut parts = parts();
    parts.purpose = "Pr\u{fc}fung \u{6771}\u{4eac}".to_owned();
    parts.expires = day("2027-02-18");
    let text = Challenge::new(parts).unwrap().to_text();
    assert!(parse(text.as_bytes()).is_ok());
}

#[test]
fn a_changed_text_is_refused_with_its_place() {
    let good = challenge().to_text();
    let cases = [
        (String::new(), "not-a-challenge", 1, 1),
        ("hello\n".to_owned(), "not-a-challenge", 1, 1),
        (
            good.replace("challenge v1", "challenge v2"),
            "newer-version",
            1,
            22,
        ),
        (
            good.replace("challenge v1", "challenge v1 "),
            "altered-line",
            1,
            23,
        ),
        (good.replace('\n', "\r\n"), "line-end", 1, 23),
        (format!("\u{feff}{good}"), "control-character", 1, 1),
        (good.replace("funds", "fun\u{200b}ds"), "control-character", 3, 84),
        (
            good.replace("no transaction", "a transaction"),
            "altered-line",
            3,
            56,
        ),
        (good.replace("Purpose: ", "purpose: "), "missing-field", 6, 1),
        (good.replace("Nonce: ", "Date: "), "missing-field", 10, 1),
        (good.replace("Date: 2026-11-20\n", ""), "missing-field", 11, 1),
        (good.replace("2026-11-20", "20261120"), "bad-value", 11, 7),
        (good.replace("2026-11-20", "2026-11-31"), "bad-value", 11, 7),
        (good.replace("2026-11-27", "2027-11-27"), "bad-value", 12, 10),
        (good.replace("0x4242", "0xzz42"), "bad-value", 10, 8),
        (good.replace("0x4242", "0x42"), "bad-value", 10, 8),
        (good.replace("0x7E5F", "0x7e5F"), "bad-value", 9, 13),
        (
            good.replace(
                "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
                "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            ),
            "bad-value",
            9,
            10,
        ),
        (good.replace("Example Audits Ltd", "Example "), "bad-value", 7, 17),
        (good.trim_end().to_owned(), "line-end", 12, 20),
        (format!("{good}\n"), "trailing-text", 13, 1),
        (format!("{good}{good}"), "trailing-text", 13, 1),
        (format!("{good}{}", "x".repeat(MAX_BYTES)), "too-long", 1, 1),
    ];
    for (text, code, line, column) in cases {
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            (error.code, error.line, error.column),
            (code, line, column),
            "{error}\n{text:?}"
        );
        assert!(ERROR_CODES.contains(&error.code));
    }
    let mut bytes = good.clone().into_bytes();
    bytes[30] = 0xff;
    assert_eq!(parse(&bytes).unwrap_err().code, "not-utf-8");
    // No single character can be left out, doubled or replaced without a refusal or another digest.
    for at in 0..good.len() {
        for text in [
            format!("{}{}", &good[..at], &good[at + 1..]),
            format!("{}x{}", &good[..at], &good[at..]),
        ] {
            if let Ok(other) = parse(text.as_bytes()) {
                assert_ne!(other.digest(), challenge().digest());
                assert_eq!(other.to_text(), text);
            }
        }
    }
}

#[test]
fn the_right_answer_counts_from_its_first_day_to_its_last() {
    let readings = signed(1, &challenge().digest());
    for (as_of, expected) in [
        ("2026-11-19", vec!["not-yet-valid"]),
        ("2026-11-20", vec![]),
        ("2026-11-27", vec![]),
        ("2026-11-28", vec!["expired"]),
    ] {
        let report = judge(&readings, &Terms::new(day(as_of)));
        assert_eq!(codes(&report), expected, "{as_of}");
        assert_eq!(report.verdict == CheckVerdict::Verified, expected.is_empty());
    }
    let mut terms = Terms::new(day("2026-11-23"));
    terms.max_age = Some(3);
    assert_eq!(judge(&readings, &terms).verdict, CheckVerdict::Verified);
    terms.max_age = Some(2);
    assert_eq!(codes(&judge(&readings, &terms)), ["stale"]);
}

#[test]
fn the_key_itself_is_verified_where_it_is_given() {
    let readings = signed(1, &challenge().digest());
    let (own, other, name) = (public(1), public(2), key());
    let alias = KeyRef::parse("alias/v");
    for (name, key, expected) in [
        (Some(&name), &own, vec![]),
        (None, &own, vec![]),
        (alias.as_ref(), &own, vec!["public-key-of-another-key"]),
        (Some(&name), &other, vec!["public-key-differs"]),
    ] {
        let mut terms = Terms::new(day("2026-11-20"));
        terms.public_key = Some(Exported { name, key });
        assert_eq!(codes(&judge(&readings, &terms)), expected);
    }
}

#[test]
fn a_signature_of_something_else_is_told_apart() {
    let challenge = challenge();
    let digest = challenge.digest();
    let again: [u8; 32] = Sha256::digest(digest).into();
    let unprefixed: [u8; 32] = sha3::Keccak256::digest(challenge.to_text()).into();
    let terms = Terms::new(day("2026-11-20"));
    for (readings, code, diagnosis) in [
        (signed(1, &again), "wrong-message-type", Some("sha256-of-digest")),
        (signed(1, &unprefixed), "signed-otherwise", Some("missing-prefix")),
        (signed(2, &digest), "altered", None),
        (signed(1, &[7; 32]), "altered", None),
    ] {
        let report = judge(&readings, &terms);
        assert_eq!(codes(&report), [code]);
        let found = report.diagnosis.first().map(|row| row.code.as_str());
        assert_eq!(found, diagnosis, "{code}");
        assert!(report.rests_on.is_empty());
    }
    let other = public(2);
    let mut terms = terms;
    terms.public_key = Some(Exported {
        name: None,
        key: &other,
    });
    assert_eq!(
        codes(&judge(&signed(2, &digest), &terms)),
        ["public-key-differs", "wrong-signer"]
    );
}

#[test]
fn all_reasons_are_given_at_once() {
    let digest = challenge().digest();
    let mut ledger = Ledger::addition(true, &challenge(), day("2026-11-21"));
    ledger = ledger.replace(
        "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
        "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
    );
    let ledger = Ledger::parse(ledger.as_bytes()).unwrap();
    let other = KeyRef::parse("1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6e").unwrap();
    let readings = signed(2, &digest);
    let terms = Terms {
        as_of: day("2026-12-24"),
        max_age: Some(1),
        expect_key: Some(&other),
        expect_address: Some(EvmAddress([1; 20])),
        public_key: None,
        ledger: Some(&ledger),
    };
    let answer = Answer {
        key: Some(&other),
        algorithm: Some("RSASSA_PSS_SHA_256"),
        readings: &readings,
    };
    let report = check(&challenge(), &answer, &terms);
    assert_eq!(
        codes(&report),
        [
            "expired",
            "stale",
            "replayed",
            "unexpected-key",
            "unexpected-address",
            "key-differs",
            "wrong-algorithm",
            "altered"
        ]
    );
    assert_eq!((report.ledger, report.exit_code()), (LedgerUse::Replayed, 1));
}

#[test]
fn a_nonce_counts_once_whatever_text_it_stands_in() {
    let ledger = Ledger::parse(Ledger::addition(true, &challenge(), day("2026-11-21")).as_bytes()).unwrap();
    let mut terms = Terms::new(day("2026-11-22"));
    terms.ledger = Some(&ledger);
    assert_eq!(
        codes(&judge(&signed(1, &challenge().digest()), &terms)),
        ["replayed"]
    );
    let mut parts = parts();
    parts.purpose = "Another".to_owned();
    let other = Challenge::new(parts).unwrap();
    let readings = signed(1, &other.digest());
    let answer = Answer {
        key: None,
        algorithm: None,
        readings: &readings,
    };
    let report = check(&other, &answer, &terms);
    assert_eq!(codes(&report), ["replayed"]);
    assert!(
        report.reasons[0]
            .message
            .contains("another challenge with the same nonce")
    );
    let empty = Ledger::default();
    terms.ledger = Some(&empty);
    let report = check(&other, &answer, &terms);
    assert_eq!(
        (report.verdict, report.ledger),
        (CheckVerdict::Verified, LedgerUse::Unchanged)
    );
    assert!(report.rests_on.iter().any(|line| line.contains("names no key")));
}

#[test]
fn a_high_s_counts_and_is_told() {
    let low = signed(1, &challenge().digest());
    let high = Reading {
        encoding: low[0].encoding,
        signature: low[0].signature.normalised().negated(),
    };
    let report = judge(&[high], &Terms::new(day("2026-11-20")));
    assert_eq!(report.verdict, CheckVerdict::Verified);
    assert!(!report.answer.unwrap().low_s);
    assert!(report.rests_on.iter().any(|line| line.contains("EIP-2")));
}

#[test]
fn codes_are_those_of_the_json() {
    for reason in Reason::ALL {
        assert_eq!(
            serde_json::to_string(&reason).unwrap(),
            format!("\"{}\"", reason.id())
        );
    }
}
