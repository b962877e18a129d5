//! Signed transactions against vectors of eth-account and rlp (`scripts/make-transactions`), and against alloy.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "tests"
)]

use kms_audit::address::evm::EvmAddress;
use kms_audit::encoding::hex;
use kms_audit::key::PublicKey;
use kms_audit::signature::Signature;
use kms_audit::signature::message::transaction::{CODES, Kind, Note, decode, signing_payload};
use kms_audit::signature::message::{Material, SecondHash, scheme};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../testdata/transactions.json")).expect("JSON")
}

fn rows(part: &str) -> Vec<Value> {
    let rows = vectors()[part].as_array().expect("a list").clone();
    assert!(!rows.is_empty());
    rows
}

fn bytes_of(text: &str) -> Vec<u8> {
    hex::decode(text.as_bytes()).expect("digits").bytes
}

/// `hex`, or `raw`: pairs of digits and how often they repeat.
fn bytes(row: &Value) -> Vec<u8> {
    match row["hex"].as_str() {
        Some(text) => bytes_of(text),
        None => row["raw"]
            .as_array()
            .expect("parts")
            .iter()
            .flat_map(|part| {
                let times = usize::try_from(part[1].as_u64().expect("a number")).expect("small");
                bytes_of(part[0].as_str().expect("digits")).repeat(times)
            })
            .collect(),
    }
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}"))
}

/// The sender, by k256 alone; of a high s too.
fn recovered(signature: &Signature, digest: &[u8; 32]) -> String {
    let low = signature.normalised();
    let key = k256::ecdsa::VerifyingKey::recover_from_prehash(
        digest,
        &k256::ecdsa::Signature::from_slice(&low.rs()).expect("in range"),
        k256::ecdsa::RecoveryId::new(low.v().expect("v").is_odd(), false),
    )
    .expect("a key");
    let point = key.to_sec1_point(false);
    let xy: [u8; 64] = point.as_bytes()[1..].try_into().expect("uncompressed");
    EvmAddress::of(&PublicKey::from_xy(&xy).expect("on the curve")).to_string()
}

/// alloy holds fees in 128 bits: what is above is all it refuses of what is valid.
const NOT_READ_BY_ALLOY: [&str; 3] = [
    "legacy fee above 128 bits",
    "eip2930 fees of 256 bits",
    "eip1559 fees of 256 bits",
];

fn second_is_right(name: &str, second: &SecondHash) {
    let reason = match second {
        SecondHash::Agrees => "",
        SecondHash::NotEvaluated(reason) => reason,
    };
    if !cfg!(feature = "cross-check") {
        assert_eq!(reason, "built without cross-check");
    } else if NOT_READ_BY_ALLOY.contains(&name) {
        assert!(
            reason.starts_with("alloy-consensus does not read"),
            "{name}: {reason}"
        );
    } else {
        assert_eq!(reason, "", "{name}");
    }
}

#[test]
fn signed_transactions_say_what_eth_account_signed() {
    for row in rows("signed") {
        let name = text(&row, "name");
        let raw = bytes(&row);
        let tx = decode(&raw).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(tx.kind.id(), text(&row, "kind"), "{name}");
        assert_eq!(
            tx.chain_id.map(|id| id.to_string()).as_deref(),
            row["chain_id"].as_str(),
            "{name}"
        );
        assert_eq!(tx.nonce.to_string(), text(&row, "nonce"), "{name}");
        assert_eq!(tx.gas_limit.to_string(), text(&row, "gas_limit"), "{name}");
        assert_eq!(
            tx.to.map(|to| to.to_string()).as_deref(),
            row["to"].as_str(),
            "{name}"
        );
        assert_eq!(hex::encode(&tx.value), text(&row, "value"), "{name}");
        assert_eq!(
            tx.data.len() as u64,
            row["data_length"].as_u64().expect("a number"),
            "{name}"
        );
        assert_eq!(hex::encode(&tx.data_hash), text(&row, "data_hash"), "{name}");
        assert_eq!(hex::encode(tx.signature.r()), text(&row, "r"), "{name}");
        assert_eq!(hex::encode(tx.signature.s()), text(&row, "s"), "{name}");
        assert_eq!(
            tx.signature.v().expect("v").number().to_string(),
            text(&row, "v"),
            "{name}"
        );
        assert_eq!(tx.signature.is_low_s(), row["low_s"] == true, "{name}");
        assert_eq!(hex::encode(&tx.signing_digest), text(&row, "digest"), "{name}");
        assert_eq!(hex::encode(&tx.hash), text(&row, "hash"), "{name}");
        assert_eq!(
            tx.blob_versioned_hashes.len() as u64,
            row["blobs"].as_u64().expect("a number"),
            "{name}"
        );
        assert_eq!(
            tx.sidecar.map(|sidecar| u64::from(sidecar.version)),
            row["sidecar"].as_u64(),
            "{name}"
        );
        assert_eq!(tx.has_sidecar(), row["sidecar"].is_u64());
        assert_eq!(
            recovered(&tx.signature, &tx.signing_digest),
            text(&row, "sender"),
            "{name}"
        );
        assert_eq!(
            tx.notes.contains(&Note::PriorityFeeAboveMaxFee),
            row["notes"][0] == "priority-fee-above-max-fee",
            "{name}"
        );
        for (chain, digest) in row["other_chains"].as_object().expect("an object") {
            let other = tx.signing_digest_with_chain(chain.parse().ok());
            assert_eq!(
                Some(hex::encode(&other).as_str()),
                digest.as_str(),
                "{name} on {chain}"
            );
        }
        assert_eq!(
            tx.signing_digest_with_chain(tx.chain_id),
            tx.signing_digest,
            "{name}"
        );
        assert_eq!(signing_payload(&raw), None, "{name}");
        second_is_right(name, &tx.second);
        let scheme = scheme("transaction").expect("registered");
        assert_eq!(
            scheme.digest(&Material::Transaction(&raw)).as_ref(),
            Ok(&tx.signing_digest)
        );
        assert!(scheme.digest(&Material::Bytes(&raw)).is_err());
        spans_fit(name, &raw, &tx);
        authorizations_fit(name, &row, &tx);
    }
}

fn spans_fit(name: &str, raw: &[u8], tx: &kms_audit::signature::message::transaction::Transaction) {
    let mut end = 1;
    for field in &tx.fields {
        assert!(
            field.span.start >= end && field.span.end <= raw.len(),
            "{name}: {field:?}"
        );
        end = field.span.end;
    }
    assert_eq!(end, raw.len(), "{name}");
    let to = &raw[tx.field("to").expect("to").span.clone()];
    match tx.to {
        Some(address) => assert_eq!(to[1..], address.0),
        None => assert_eq!(to, [0x80]),
    }
    let s: Vec<u8> = tx
        .signature
        .s()
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    assert!(raw[tx.field("s").expect("s").span.clone()].ends_with(&s));
}

fn authorizations_fit(name: &str, row: &Value, tx: &kms_audit::signature::message::transaction::Transaction) {
    let expected = row["authorizations"].as_array().expect("a list");
    assert_eq!(tx.authorizations.len(), expected.len(), "{name}");
    for (found, expected) in tx.authorizations.iter().zip(expected) {
        let chain_id = found
            .chain_id
            .iter()
            .fold(0_u128, |id, byte| (id << 8) | u128::from(*byte));
        assert_eq!(chain_id.to_string(), text(expected, "chain_id"));
        assert_eq!(found.address.to_string(), text(expected, "address"));
        assert_eq!(found.nonce.to_string(), text(expected, "nonce"));
        assert_eq!(hex::encode(&found.digest), text(expected, "digest"));
        match &found.signature {
            Ok(signature) => {
                assert!(expected["fault"].is_null(), "{name}");
                assert_eq!(hex::encode(signature.r()), text(expected, "r"));
                assert_eq!(hex::encode(signature.s()), text(expected, "s"));
                assert_eq!(recovered(signature, &found.digest), text(expected, "authority"));
            }
            Err(error) => {
                assert_eq!(Some(error.code()), expected["fault"].as_str(), "{name}");
                assert!(found.span.contains(&error.offset));
            }
        }
    }
}

#[test]
fn broken_transactions_are_refused_where_they_are_broken() {
    let mut seen = std::collections::BTreeSet::new();
    for row in rows("broken").into_iter().chain(rows("sidecars")) {
        let raw = bytes(&row);
        let error = decode(&raw).expect_err(text(&row, "name"));
        assert_eq!(
            (error.code, error.offset.map(|offset| offset as u64)),
            (text(&row, "code"), row["offset"].as_u64()),
            "{}: {error}\n{}",
            text(&row, "name"),
            hex::encode(&raw[..raw.len().min(400)])
        );
        assert!(CODES.contains(&error.code), "{error}");
        assert!(!error.message.is_empty() && !error.clause.is_empty());
        seen.insert(error.code);
    }
    let unseen: Vec<&&str> = CODES.iter().filter(|code| !seen.contains(**code)).collect();
    assert_eq!(unseen, [&"hash-disagreement"], "every code has a case");
}

#[test]
fn unsigned_payloads_say_so_and_what_they_ask_for() {
    for row in rows("unsigned") {
        let name = text(&row, "name");
        let raw = bytes(&row);
        let error = decode(&raw).expect_err(name);
        assert_eq!(
            (error.code, error.offset.map(|at| at as u64)),
            ("unsigned-transaction", row["offset"].as_u64()),
            "{name}"
        );
        let payload = signing_payload(&raw).map(|digest| hex::encode(&digest));
        assert_eq!(payload.as_deref(), row["payload"].as_str(), "{name}");
    }
}

/// The example of EIP-155 itself.
#[test]
fn the_example_of_eip_155() {
    let raw = bytes_of(
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe\
         537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
    );
    let digest = "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53";
    let tx = decode(&raw).expect("accepted");
    assert_eq!((tx.kind, tx.chain_id, tx.nonce), (Kind::Eip155, Some(1), 9));
    assert_eq!(hex::encode(&tx.signing_digest), digest);
    let key = k256::ecdsa::SigningKey::from_slice(&[0x46; 32]).expect("a key");
    let point = key.verifying_key().to_sec1_point(false);
    let xy: [u8; 64] = point.as_bytes()[1..].try_into().expect("uncompressed");
    assert_eq!(
        recovered(&tx.signature, &tx.signing_digest),
        EvmAddress::of(&PublicKey::from_xy(&xy).expect("on the curve")).to_string()
    );
    let payload = bytes_of(
        "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080",
    );
    assert_eq!(
        signing_payload(&payload)
            .map(|digest| hex::encode(&digest))
            .as_deref(),
        Some(digest)
    );
}

#[test]
fn what_is_no_transaction_is_named() {
    let says = |bytes: &[u8], part: &str| {
        let error = decode(bytes).expect_err("refused");
        assert!(error.message.contains(part), "{error}");
        assert_eq!(error.offset, Some(0));
    };
    let raw = bytes_of("02c0");
    says(
        &[&[0x82], raw.as_slice()].concat(),
        "the transaction itself is the 2 bytes from offset 1 on",
    );
    says(b"\xb8\x40\x02", "this is an RLP string: a transaction is a list");
    says(b"\x7e\xc0", "OP Stack");
    says(b"\x71\xc0", "ZKsync");
    says(b"\x00\xc0", "EIP-2718 leaves 0");
    says(b"\x05\xc0", "no signed Ethereum transaction of the type 0x05");
    for text in [&b"0x02c0"[..], b"02c0\n", b"f86c09", b"0XC0"] {
        says(text, "the text of hexadecimal digits");
    }
    // One digit is a type like any other.
    says(b"f", "Arbitrum");
}

#[test]
fn no_byte_less_and_none_more() {
    for row in rows("signed") {
        let raw = bytes(&row);
        if raw.len() > 3000 {
            continue;
        }
        for end in 0..raw.len() {
            assert!(
                decode(&raw[..end]).is_err(),
                "{} cut at {end}",
                text(&row, "name")
            );
        }
        for byte in [0, 0x80, 0xc0, 0xff] {
            let longer = [raw.as_slice(), &[byte]].concat();
            assert_eq!(decode(&longer).expect_err("longer").code, "rlp-trailing-data");
        }
    }
}

#[test]
fn what_is_announced_is_not_believed() {
    // A list of lists inside each other, and one of very many empty items: neither stack nor memory follow.
    let deep = vec![0xc1; 1_000_000];
    assert!(decode(&deep).is_err());
    let mut wide = vec![0xfa, 0x0f, 0x42, 0x40];
    wide.resize(4 + 1_000_000, 0x80);
    assert_eq!(decode(&wide).expect_err("refused").code, "rlp-too-many-items");
    let huge = [&[2, 0xff], [0xff; 8].as_slice(), &[0; 100]].concat();
    assert_eq!(decode(&huge).expect_err("refused").code, "rlp-truncated");
}

#[cfg(feature = "cross-check")]
#[path = "transactions/alloy.rs"]
mod alloy;
