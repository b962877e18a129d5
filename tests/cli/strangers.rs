//! What is in a folder beside the samples of a key: what other algorithms sign, and digests in files of their own.

use kms_audit::signature::message::{Material, scheme};
use serde_json::{Value, json as object};

use super::{ROOT, folder, json, text};

fn audited(files: &[(&str, &[u8])]) -> Value {
    let evidence = folder(files);
    json(&[
        "audit",
        text(evidence.path()),
        "--format",
        "json",
        "--fail-on",
        "none",
    ])
    .0
}

fn rules(report: &Value) -> Vec<&str> {
    let rows = report["findings"].as_array().expect("rows");
    rows.iter().filter_map(|row| row["rule"].as_str()).collect()
}

fn verdicts(report: &Value) -> Vec<&str> {
    let rows = report["signatures"].as_array().expect("rows");
    rows.iter().filter_map(|row| row["verdict"].as_str()).collect()
}

/// A key, its address, and its signature of "a" with a high s and v.
const KEY: &str = "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE28RL2/a9zhGeLlqehoSj5mwvjynrOl3iRQAh7U1QarVzOSx1kGjcnaXt/KIRMF1Xi7ksNvvr7VsrVnw0EBuEzw==";
const ADDRESS: &str = "0x212Ce9F309FbC18403954D6986178DbbEB04B296";
const SIGNATURE: &str = "0x8208f5abf04066bad1db9d46f8bcf5a6cc11d0558ab523e7bd3c0ec08bdb782fc02c6dfddda20ddd688da64fbdcc88d76478462fca587130ca0b635c4396a9371b";

fn own_key() -> Vec<u8> {
    object!({"PublicKey": KEY, "KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY",
             "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c01"})
    .to_string()
    .into_bytes()
}

#[test]
fn what_other_algorithms_sign_is_no_finding() {
    let bytes = "5a".repeat(64);
    let long = "QUJD".repeat(86);
    let digest = format!("sha256:{}", "5a".repeat(32));
    let ed25519_spki = "MCowBQYDK2VwAyEAXVZKWVlKWVlKWVlKWVlKWVlKWVlKWVlKWVlKWVlKWVk=";
    for (what, sample) in [
        (
            "a log",
            object!({"message": "request failed", "signature": "NullPointer at Foo.java:12"}),
        ),
        (
            "a method",
            object!({"message": "x", "signature": "transfer(address,uint256)"}),
        ),
        ("a selector", object!({"message": "x", "signature": "0xa9059cbb"})),
        (
            "a petition",
            object!({"message": "I support it", "signature": "John Smith"}),
        ),
        (
            "a template",
            object!({"message": "string", "signature": "string"}),
        ),
        ("RSA", object!({"message": "order 1", "signature": long})),
        (
            "HMAC",
            object!({"message": "built", "signature": "5a".repeat(32)}),
        ),
        ("a webhook", object!({"message": "built", "signature": digest})),
        ("an image", object!({"digest": digest, "signature": "MEUCIQ=="})),
        (
            "OpenPGP",
            object!({"message": "fix", "signature": "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----"}),
        ),
        (
            "SSH",
            object!({"message": "fix", "signature": "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----"}),
        ),
        (
            "BLS",
            object!({"message": "0x12", "signature": format!("0x{}", "5a".repeat(96)), "pubkey": format!("0x{}", "5a".repeat(48))}),
        ),
        ("64 bytes", object!({"message": "x", "signature": bytes})),
        (
            "Ed25519",
            object!({"message": "x", "signature": bytes, "public_key": "5b".repeat(32)}),
        ),
        (
            "Ed25519 as SPKI",
            object!({"message": "x", "signature": bytes, "public_key": ed25519_spki}),
        ),
        (
            "EdDSA",
            object!({"message": "x", "signature": bytes, "alg": "EdDSA"}),
        ),
        (
            "Solana",
            object!({"message": "x", "signature": bytes, "address": "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"}),
        ),
        (
            "Starknet",
            object!({"message": "x", "signature": {"r": "0x12", "s": "0x34"}, "address": format!("0x{}", "5a".repeat(31))}),
        ),
        (
            "Bitcoin",
            object!({"message": "x", "signature": "H1paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=", "address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}),
        ),
        (
            "a contract's",
            object!({"message": "x", "signature": format!("0x{}", "5a".repeat(130)), "address": ADDRESS}),
        ),
        (
            "mail",
            object!({"address": "bob@example.com", "msg": "hi", "sig": "-- Bob"}),
        ),
        (
            "a transaction's hash",
            object!({"transaction": format!("0x{}", "5a".repeat(32)), "status": "ok"}),
        ),
    ] {
        let report = audited(&[
            ("key.json", &own_key()),
            ("sample.json", sample.to_string().as_bytes()),
        ]);
        assert_eq!(
            rules(&report),
            Vec::<&str>::new(),
            "{what}: {}",
            report["findings"]
        );
        assert!(!verdicts(&report).contains(&"broken"), "{what}");
    }
}

#[test]
fn a_broken_sample_of_a_named_signer_is_one() {
    for sample in [
        object!({"message": "a", "signature": &SIGNATURE[..100], "address": ADDRESS}),
        object!({"message": "a", "signature": format!("{}1d", &SIGNATURE[..130])}),
        object!({"message": "a", "signature": "", "address": ADDRESS}),
        object!({"message": "a", "signature": "zz", "scheme": "eip191"}),
        object!({"message": "a", "signature": SIGNATURE, "address": &ADDRESS[..41]}),
    ] {
        let report = audited(&[("sample.json", sample.to_string().as_bytes())]);
        assert_eq!(rules(&report), ["malformed-signature"], "{sample}");
    }
}

#[test]
fn a_list_of_samples_is_no_list_of_claims() {
    let list = object!([{"message": "a", "address": ADDRESS, "signature": SIGNATURE},
                        {"message": "b", "address": ADDRESS, "signature": SIGNATURE}]);
    let report = audited(&[
        ("key.json", &own_key()),
        ("samples.json", list.to_string().as_bytes()),
    ]);
    assert_eq!(verdicts(&report), ["verified", "not-verified"], "{report}");
    assert_eq!(report["claims"], object!([]));
}

#[test]
fn one_signature_with_and_without_v_is_no_reused_nonce() {
    let with_v = object!({"message": "a", "address": ADDRESS, "signature": SIGNATURE}).to_string();
    let without = object!({"message": "a", "signature": &SIGNATURE[..130]}).to_string();
    let files = [
        ("with.json", with_v.as_bytes()),
        ("without.json", without.as_bytes()),
    ];
    let key = own_key();
    let report = audited(&[&[("key.json", key.as_slice())], &files[..]].concat());
    assert_eq!(verdicts(&report), ["verified", "verified"]);
    assert!(!rules(&report).contains(&"reused-nonce"), "{report}");
    // Nor where nobody has the key.
    assert!(!rules(&audited(&files)).contains(&"reused-nonce"));
}

#[test]
fn a_digest_that_a_signature_is_over_is_no_private_key() {
    let frozen =
        |name: &str| std::fs::read(format!("{ROOT}/testdata/challenge/ministack/{name}")).expect("a file");
    let (key, answer, challenge) = (
        frozen("public-key.json"),
        frozen("answer-any-by-v1.json"),
        frozen("challenge.txt"),
    );
    let digest = scheme("eip191")
        .and_then(|scheme| scheme.digest(&Material::Bytes(&challenge)).ok())
        .expect("a digest");
    let hex = format!("0x{}\n", kms_audit::encoding::hex::encode(&digest));
    let base64 = kms_audit::encoding::base64::encode(&digest);
    let as_member = object!({"digest": hex.trim()}).to_string();
    let as_input = object!({"Message": base64, "MessageType": "DIGEST"}).to_string();
    for file in [
        &digest[..],
        hex.as_bytes(),
        base64.as_bytes(),
        as_member.as_bytes(),
        as_input.as_bytes(),
    ] {
        let report = audited(&[
            ("public-key.json", &key),
            ("answer.json", &answer),
            ("signed", file),
        ]);
        assert_eq!(verdicts(&report), ["verified"], "{report}");
        assert_eq!(report["signatures"][0]["message_scheme"], "digest");
        assert!(!rules(&report).contains(&"private-key-in-evidence"), "{report}");
    }
    // Beside the challenge, whose digest it is, it needs no signature.
    let report = audited(&[("challenge.txt", &challenge), ("digest.bin", &digest)]);
    assert!(!rules(&report).contains(&"private-key-in-evidence"), "{report}");
    // Alone it may still be a key, and nothing of it is shown.
    let report = audited(&[("public-key.json", &key), ("signed", &digest)]);
    assert!(rules(&report).contains(&"private-key-in-evidence"), "{report}");
    assert!(!report.to_string().contains(&hex[2..66]), "{report}");
}

#[test]
fn an_answer_of_kms_with_an_rsa_key_is_not_evaluated() {
    let answer = object!({"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c09",
                          "Signature": "QUJD".repeat(86), "SigningAlgorithm": "RSASSA_PSS_SHA_256"});
    let report = audited(&[("answer.json", answer.to_string().as_bytes())]);
    assert_eq!(verdicts(&report), ["not-evaluated"]);
    assert!(!rules(&report).contains(&"malformed-signature"), "{report}");
}
