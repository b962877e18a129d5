//! Lines of a batch that hold a checkpoint or an announcement as its file is: preimages are put together here from their
//! bytes, with another Keccak.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use k256::ecdsa::SigningKey;
use kms_audit::address::EvmAddress;
use kms_audit::audit::{Line, RowVerdict, VerifyRow, verify_lines};
use kms_audit::encoding::hex;
use kms_audit::evidence::{SampleOutcome, assemble};
use kms_audit::input::{self, gather_bytes};
use kms_audit::key::PublicKey;
use kms_audit::signature::diagnose::Known;
use serde_json::{Value, json};
use tiny_keccak::{Hasher as _, Keccak};

const DOMAIN: u32 = 8453;
const HOOK: [u8; 32] = [0x19; 32];
const ROOT: [u8; 32] = [0x5a; 32];
const MESSAGE: [u8; 32] = [0xc3; 32];

fn keccak(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Keccak::v256();
    for part in parts {
        hash.update(part);
    }
    let mut out = [0; 32];
    hash.finalize(&mut out);
    out
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).expect("a private key")
}

fn address() -> String {
    let point = key().verifying_key().to_sec1_point(false);
    let key = PublicKey::from_sec1(point.as_bytes(), false).expect("a point");
    EvmAddress::of(&key).to_checksum(None)
}

/// `signature` as the agents write it, with stripped zeros.
fn sign(hash: &[u8; 32]) -> Value {
    let digest = keccak(&[b"\x19Ethereum Signed Message:\n32", hash]);
    let (signature, id) = key().sign_prehash_recoverable(&digest);
    let (r, s) = signature.split_bytes();
    let number = |bytes: &[u8]| format!("0x{}", hex::encode(bytes).trim_start_matches('0'));
    json!({"r": number(&r), "s": number(&s), "v": 27 + u8::from(id.is_y_odd())})
}

fn word(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn checkpoint(index: u32) -> Value {
    let domain = keccak(&[&DOMAIN.to_be_bytes(), &HOOK, b"HYPERLANE"]);
    let hash = keccak(&[&domain, &ROOT, &index.to_be_bytes(), &MESSAGE]);
    json!({"value": {"checkpoint": {"merkle_tree_hook_address": word(&HOOK), "mailbox_domain": DOMAIN, "root": word(&ROOT), "index": index},
        "message_id": word(&MESSAGE)}, "signature": sign(&hash)})
}

fn announcement(location: &str) -> Value {
    let domain = keccak(&[&DOMAIN.to_be_bytes(), &HOOK, b"HYPERLANE_ANNOUNCEMENT"]);
    let hash = keccak(&[&domain, location.as_bytes()]);
    json!({"value": {"validator": address(), "mailbox_address": word(&HOOK), "mailbox_domain": DOMAIN, "storage_location": location},
        "signature": sign(&hash)})
}

fn row(line: &Value) -> VerifyRow {
    let text = line.to_string();
    let lines = [Line {
        number: 1,
        bytes: Some(text.as_bytes()),
    }];
    verify_lines(&lines, &Known::default()).remove(0)
}

fn code(row: &VerifyRow) -> (&str, Option<&str>) {
    let error = row.error.as_ref().expect("an error");
    (&error.code, error.pointer.as_deref())
}

#[test]
fn a_checkpoint_is_held_against_an_address() {
    let found = row(&json!({"id": "a", "checkpoint": checkpoint(255), "address": address()}));
    assert_eq!(found.verdict, RowVerdict::Verified);
    assert_eq!(found.id, Some(json!("a")));
    assert_eq!(found.message_scheme.as_deref(), Some("eip191"));
    // Of nobody it is recovered, which proves nothing.
    let found = row(&json!({"checkpoint": checkpoint(255)}));
    assert_eq!(found.verdict, RowVerdict::Recovered);
    assert_eq!(found.recovered.as_deref(), Some(address().as_str()));
    let other = "0x00000000000000000000000000000000000000aa";
    let found = row(&json!({"checkpoint": checkpoint(255), "address": other}));
    assert_eq!(found.verdict, RowVerdict::NotVerified);
}

#[test]
fn whatever_of_it_is_changed_it_is_not_verified() {
    for (pointer, new) in [
        ("/checkpoint/value/checkpoint/root", json!(word(&MESSAGE))),
        ("/checkpoint/value/checkpoint/index", json!(256)),
        ("/checkpoint/value/checkpoint/mailbox_domain", json!(1)),
        (
            "/checkpoint/value/checkpoint/merkle_tree_hook_address",
            json!(word(&ROOT)),
        ),
        ("/checkpoint/value/message_id", json!(word(&ROOT))),
    ] {
        let mut line = json!({"checkpoint": checkpoint(255), "address": address()});
        *line.pointer_mut(pointer).expect("a member") = new;
        assert_eq!(row(&line).verdict, RowVerdict::NotVerified, "{pointer}");
    }
}

#[test]
fn an_announcement_is_held_against_a_key() {
    let point = key().verifying_key().to_sec1_point(false);
    let location = "s3://hyperlane-validator-base/eu-west-1";
    let found = row(&json!({"announcement": announcement(location), "public_key": word(point.as_bytes())}));
    assert_eq!(found.verdict, RowVerdict::Verified);
    let mut line = json!({"announcement": announcement(location), "address": address()});
    line["announcement"]["value"]["storage_location"] = json!("s3://another/eu-west-1");
    assert_eq!(row(&line).verdict, RowVerdict::NotVerified);
}

#[test]
fn what_cannot_be_judged_says_why_and_where() {
    let mut cut = checkpoint(1);
    cut["value"]["checkpoint"]
        .as_object_mut()
        .expect("an object")
        .remove("root");
    let mut zero = checkpoint(1);
    zero["signature"]["r"] = json!("0x0");
    for (line, expected, pointer) in [
        (
            json!({"checkpoint": checkpoint(1), "digest": word(&ROOT)}),
            "two-messages",
            "/digest",
        ),
        (
            json!({"checkpoint": checkpoint(1), "signature": "0x00"}),
            "two-messages",
            "/signature",
        ),
        (
            json!({"checkpoint": checkpoint(1), "announcement": announcement("file://a")}),
            "two-messages",
            "/announcement",
        ),
        (
            json!({"checkpoint": announcement("file://a")}),
            "wrong-type",
            "/checkpoint",
        ),
        (
            json!({"announcement": checkpoint(1)}),
            "wrong-type",
            "/announcement",
        ),
        (json!({"checkpoint": cut}), "missing-member", "/checkpoint"),
        (json!({"checkpoint": "text"}), "not-recognised", "/checkpoint"),
        (
            json!({"checkpoint": zero}),
            "out-of-range",
            "/checkpoint/signature",
        ),
    ] {
        let found = row(&line);
        let (code, at) = code(&found);
        assert_eq!(code, expected, "{line}");
        assert!(at.is_some_and(|at| at.starts_with(pointer)), "{line}: {at:?}");
    }
}

/// What the evidence says of its sample signatures.
fn outcomes(files: &[(&str, &Value)]) -> Vec<SampleOutcome> {
    let files = files
        .iter()
        .map(|(name, content)| ((*name).to_owned(), content.to_string().into_bytes()))
        .collect();
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    bundle
        .samples
        .iter()
        .map(|sample| sample.outcome.clone())
        .collect()
}

#[test]
fn an_announcement_in_the_evidence_is_verified_against_the_validator_that_it_names() {
    let good = announcement("s3://hyperlane-validator-base/eu-west-1");
    assert_eq!(
        outcomes(&[("announcement.json", &good)]),
        [SampleOutcome::Verified]
    );
    let mut bad = good.clone();
    bad["value"]["validator"] = json!("0x00000000000000000000000000000000000000aa");
    assert_eq!(
        outcomes(&[("announcement.json", &bad)]),
        [SampleOutcome::NotVerified]
    );
    let mut broken = good;
    broken["signature"]["s"] = json!("0x0");
    let found = outcomes(&[("announcement.json", &broken)]);
    assert!(
        matches!(found[..], [SampleOutcome::Broken("out-of-range", _)]),
        "{found:?}"
    );
}

#[test]
fn a_line_with_a_file_is_a_sample_of_the_evidence() {
    let line = json!({"checkpoint": checkpoint(3), "address": address()});
    assert_eq!(outcomes(&[("samples.json", &line)]), [SampleOutcome::Verified]);
}
