//! `verify`: one signature and batches, their texts, JSON and exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a test fails by panicking, and is not in a hurry"
)]

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{ROOT, folder, run, run_with, text};

/// The request of the first row of testdata/signature-mistakes.json whose name begins so.
pub(super) fn request(name: &str) -> Value {
    static ROWS: LazyLock<Vec<Value>> = LazyLock::new(|| {
        let path = format!("{ROOT}/testdata/signature-mistakes.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    });
    let row = ROWS
        .iter()
        .find(|row| row["name"].as_str().unwrap().starts_with(name))
        .unwrap_or_else(|| panic!("{name}"));
    row["request"].clone()
}

pub(super) fn without(mut request: Value, members: &[&str]) -> Value {
    for member in members {
        request.as_object_mut().unwrap().remove(*member);
    }
    request
}

pub(super) fn with(mut request: Value, member: &str, value: impl Into<Value>) -> Value {
    request[member] = value.into();
    request
}

/// The options that say the same as a request.
fn options(request: &Value) -> Vec<String> {
    let mut options = vec!["verify".to_owned()];
    for (member, value) in request.as_object().unwrap() {
        options.push(format!("--{}", member.replace('_', "-")));
        options.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    options
}

pub(super) fn verify(request: &Value, more: &[&str]) -> super::Output {
    let options = options(request);
    let all: Vec<&str> = options
        .iter()
        .map(String::as_str)
        .chain(more.iter().copied())
        .collect();
    run(&all)
}

/// The row and the exit code.
fn row(request: &Value) -> (Value, i32) {
    let output = verify(request, &["--format", "json"]);
    let row = serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr));
    (row, output.code)
}

/// The codes of the reasons.
fn codes(row: &Value) -> Vec<&str> {
    let notes = kms_audit::audit::VERIFY_DIAGNOSIS_CODES;
    let all = row["diagnosis"].as_array().unwrap().iter();
    all.map(|diagnosis| diagnosis["code"].as_str().unwrap())
        .filter(|code| !notes.contains(code))
        .collect()
}

fn transaction(name: &str) -> Value {
    let text = std::fs::read_to_string(format!("{ROOT}/testdata/transactions.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let row = all["signed"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == name)
        .unwrap();
    let mut digits = "0x".to_owned();
    for part in row["raw"].as_array().unwrap() {
        let times = usize::try_from(part[1].as_u64().unwrap()).unwrap();
        digits.push_str(&part[0].as_str().unwrap().repeat(times));
    }
    json!({"transaction": digits, "address": row["sender"]})
}

/// What is judged, by name.
fn cases() -> Vec<(&'static str, Value)> {
    let der = request("right: ASCII, eip191, der");
    let checksum = |request: Value| {
        let address = request["address"].as_str().unwrap();
        let at = address.find(|c: char| c.is_ascii_uppercase()).unwrap();
        let mut wrong = address.to_owned();
        wrong.replace_range(at..=at, &address[at..=at].to_lowercase());
        with(request, "address", wrong)
    };
    let plain = request("no prefix: ASCII");
    vec![
        ("verified", der.clone()),
        ("not verified, with a reason", plain.clone()),
        ("two mistakes at once", request("no prefix, and RAW: UTF-8")),
        ("DER cut", request("DER cut: bytes 4..36")),
        ("not verified, without a reason", request("random: 0, rsv")),
        (
            "recovered",
            without(request("right: ASCII, eip191, rsv"), &["address", "public_key"]),
        ),
        ("two candidates", without(der, &["address", "public_key"])),
        ("claims differ", request("claims differ, 0")),
        (
            "wrong checksum",
            checksum(request("legacy transaction, None, 0: right")),
        ),
        ("typed data", request("typed data: right")),
        (
            "transaction with authorizations",
            transaction("eip7702 void authorizations"),
        ),
    ]
}

/// Without the second implementation the verdicts are the same, and each says that there is none.
#[cfg(not(feature = "cross-check"))]
#[test]
fn verdicts_without_the_second_implementation() {
    let words = "not evaluated: built without cross-check";
    for (name, request) in cases() {
        let (row, code) = row(&request);
        let verdict = row["verdict"].as_str().unwrap();
        let expected = match verdict {
            "verified" | "recovered" => 0,
            "not-verified" => 1,
            other => panic!("{name}: {other}"),
        };
        assert_eq!(code, expected, "{name}");
        assert_eq!(row["second_verification"], words, "{name}");
        let hashed_twice = row["transaction"].is_object() || row["typed_data"].is_object();
        assert_eq!(row["second_hash"] == words, hashed_twice, "{name}");
    }
}

#[cfg(feature = "cross-check")]
#[test]
fn verdicts_as_tables() {
    let mut all = String::new();
    for (name, request) in cases() {
        let output = verify(&request, &[]);
        all.push_str(&format!(
            "== {name}: exit {}\n{}{}\n",
            output.code, output.stdout, output.stderr
        ));
    }
    insta::assert_snapshot!(all);
}

#[cfg(feature = "cross-check")]
#[test]
fn verdicts_as_json() {
    let mut all = String::new();
    for (name, request) in cases() {
        let (row, code) = row(&request);
        all.push_str(&format!("== {name}: exit {code}\n{row:#}\n\n"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_high_s_is_verified_and_said() {
    // Every other KMS signature.
    let request = request("right: UTF-8, eip191, kms");
    let (low, code) = row(&request);
    assert_eq!((low["verdict"].as_str(), code), (Some("verified"), 0));
    for (name, low_s) in [
        ("right: ASCII, eip191, der", None),
        ("right: UTF-8, keccak, rsv", None),
        ("right: a digest", Some(true)),
    ] {
        let (row, code) = row(&super::verify::request(name));
        assert_eq!((row["verdict"].as_str(), code), (Some("verified"), 0), "{name}");
        let is_low = row["low_s"].as_bool().unwrap();
        assert_eq!(row["acceptable_on_chain"], is_low);
        let says = row["diagnosis"].to_string().contains("high-s");
        assert_eq!(says, !is_low, "{row}");
        assert!(low_s.is_none_or(|low| low == is_low));
    }
}

#[test]
fn what_cannot_be_judged_is_three_with_code_place_and_clause() {
    let good = request("right: ASCII, eip191, rs");
    let bad = |member: &str, value: &str| with(good.clone(), member, value);
    let mut all = String::new();
    for (name, request) in [
        ("odd hex", bad("signature", "0x123")),
        ("a letter in hex", bad("signature", "0x12g4")),
        ("63 bytes", bad("signature", &format!("0x{}", "11".repeat(63)))),
        (
            "an INTEGER with a zero too many",
            bad("signature", "0x300802030000010201ff"),
        ),
        ("a negative INTEGER", bad("signature", "0x3006020181020101")),
        ("bytes behind", bad("signature", "0x300602010102010100")),
        ("cut off", bad("signature", "0x300602010102")),
        (
            "r of zero",
            bad("signature", &format!("0x{}{}", "00".repeat(32), "11".repeat(32))),
        ),
        ("v of 5", bad("signature", &format!("0x{}05", "11".repeat(64)))),
        (
            "v with a chain id",
            bad("signature", &format!("0x{}25", "11".repeat(64))),
        ),
        ("an object without s", bad("signature", r#"{"r":"0x1"}"#)),
        ("no address", bad("address", "vitalik.eth")),
        (
            "a short digest",
            without(with(good.clone(), "digest", "0x1234"), &["message", "scheme"]),
        ),
        (
            "a key that is no point",
            bad("public_key", &format!("04{}", "11".repeat(64))),
        ),
        (
            "a key that is no SPKI",
            bad("public_key", &format!("3056{}", "00".repeat(87))),
        ),
        (
            "typed data that are no JSON",
            without(
                with(good.clone(), "typed_data", "{\"types\":}"),
                &["message", "scheme"],
            ),
        ),
        (
            "typed data without types",
            without(with(good.clone(), "typed_data", "{}"), &["message", "scheme"]),
        ),
        ("an unsigned transaction", json!({"transaction": "0x02c0"})),
        (
            "a signature beside a transaction",
            json!({"transaction": "0x02c0", "signature": "0x11"}),
        ),
        (
            "a scheme that fits no digest",
            without(
                with(with(good.clone(), "digest", "11".repeat(32)), "scheme", "keccak"),
                &["message"],
            ),
        ),
        (
            "nothing that was signed",
            without(good.clone(), &["message", "scheme"]),
        ),
    ] {
        let output = verify(&request, &["--format", "json"]);
        let (row, code): (Value, i32) = (serde_json::from_str(&output.stdout).expect(name), output.code);
        assert_eq!(
            (row["verdict"].as_str(), code),
            (Some("error"), 3),
            "{name}: {row}"
        );
        let error = &row["error"];
        all.push_str(&format!(
            "{name}\n  {} {} {}\n  {}\n",
            error["code"].as_str().unwrap(),
            error.get("pointer").unwrap_or(&Value::Null),
            error.get("offset").unwrap_or(&Value::Null),
            error["message"].as_str().unwrap()
        ));
        let table = verify(&request, &[]);
        assert_eq!(table.code, 3);
        assert!(
            table.stdout.contains(error["code"].as_str().unwrap()),
            "{}",
            table.stdout
        );
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_private_key_in_the_place_of_a_public_one_is_never_shown() {
    let secret = "4242424242424242deadbeef4242424242424242424242424242424242424242";
    let good = request("right: ASCII, eip191, rs");
    let pem = std::fs::read_to_string(format!("{ROOT}/testdata/forms/private-key.pem")).unwrap();
    let body: String = pem.lines().nth(1).unwrap().chars().take(20).collect();
    let folder = folder(&[("k.pem", pem.as_bytes()), ("k.hex", secret.as_bytes())]);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let base64 = "QkJCQkJCQkLerb7vQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
    for key in [
        secret.to_owned(),
        format!("0x{secret}"),
        base64.to_owned(),
        pem.clone(),
        path("k.pem"),
        path("k.hex"),
    ] {
        for format in ["table", "json"] {
            let output = verify(
                &with(good.clone(), "public_key", key.clone()),
                &["--format", format],
            );
            let all = format!("{}{}", output.stdout, output.stderr);
            assert_eq!(output.code, 3, "{all}");
            assert!(all.contains("private"), "{all}");
            for part in ["deadbeef", "QkJCQkJC", &body] {
                assert!(!all.contains(part), "{all}");
            }
        }
    }
}

#[test]
fn wrong_usage_is_two() {
    let good = request("right: ASCII, eip191, rs");
    for (request, more, words) in [
        (json!({}), &[][..], "nothing to verify"),
        (good.clone(), &["--message-hex", "00"], "cannot be used with"),
        (with(good.clone(), "scheme", "md5"), &[], "possible values"),
        (good.clone(), &["--batch", "x.jsonl"], "cannot be used with"),
        (
            with(good.clone(), "evidence", "no/such/folder"),
            &[],
            "no such file",
        ),
        (
            with(
                without(good.clone(), &["message"]),
                "message_file",
                "no/such/file",
            ),
            &[],
            "--message-file",
        ),
        (json!({"batch": "no/such/file"}), &[], "--batch"),
    ] {
        let output = verify(&request, more);
        assert_eq!(output.code, 2, "{request}: {}{}", output.stdout, output.stderr);
        assert!(output.stderr.contains(words), "{request}: {}", output.stderr);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn values_come_from_files_and_standard_input() {
    let kms = request("right: newline, eip191, kms");
    let signature = kms["signature"].to_string();
    let base64 = kms["signature"]["Signature"].as_str().unwrap();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("plain.json", signature.clone().into_bytes()),
        ("bom.json", format!("\u{feff}{signature}\r\n").into_bytes()),
        ("base64.txt", format!("{base64}\r\n").into_bytes()),
        ("bom.txt", format!("\u{feff}{base64}\n").into_bytes()),
        ("quoted.txt", format!("\"{base64}\"\n").into_bytes()),
        ("message.txt", b"signed by echo\n".to_vec()),
        ("windows.txt", b"signed by echo\r\n".to_vec()),
    ];
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    let folder = folder(&borrowed);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["plain.json", "bom.json", "base64.txt", "bom.txt", "quoted.txt"] {
        let (row, code) = row(&with(kms.clone(), "signature", path(name)));
        assert_eq!(
            (row["verdict"].as_str(), code),
            (Some("verified"), 0),
            "{name}: {row}"
        );
    }
    // The bytes of a message file count, every one of them.
    let asked = |file: &str| with(without(kms.clone(), &["message"]), "message_file", path(file));
    assert_eq!(row(&asked("message.txt")).1, 0);
    let (windows, code) = row(&asked("windows.txt"));
    assert_eq!(code, 1);
    assert_eq!(codes(&windows), ["line-ending"], "{windows}");
    // Standard input, for one of them.
    let options = options(&with(kms.clone(), "signature", "-"));
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    assert_eq!(run_with(&options, signature.as_bytes(), &[]).code, 0);
}

#[test]
fn a_key_comes_from_a_file_of_any_form() {
    use k256::ecdsa::signature::hazmat::PrehashSigner as _;
    let key = k256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let digest = [0x11; 32];
    let made: k256::ecdsa::Signature = key.sign_prehash(&digest).unwrap();
    let point: String = key
        .verifying_key()
        .to_sec1_point(false)
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let spki = format!("3056301006072a8648ce3d020106052b8104000a034200{point}");
    let der: Vec<u8> = (0..spki.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&spki[at..at + 2], 16).unwrap())
        .collect();
    let base64 = kms_audit::encoding::base64::encode(&der);
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
        &base64[..64],
        &base64[64..]
    );
    let signature: String = made.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = json!({"digest": "11".repeat(32), "signature": signature});
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("key.der", der.clone()),
        ("key.pem", pem.clone().into_bytes()),
        ("crlf.pem", pem.replace('\n', "\r\n").into_bytes()),
        ("bom.pem", format!("\u{feff}{pem}").into_bytes()),
        ("key.b64", format!("{base64}\r\n").into_bytes()),
        ("key.hex", format!("0x{spki}\n").into_bytes()),
        ("point.hex", point.clone().into_bytes()),
        (
            "get-public-key.json",
            json!({"KeyId": "x", "PublicKey": base64})
                .to_string()
                .into_bytes(),
        ),
    ];
    let borrowed: Vec<(&str, &[u8])> = forms.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    let folder = folder(&borrowed);
    for (name, _) in &forms {
        let path = folder.path().join(name);
        let (row, code) = row(&with(request.clone(), "public_key", text(&path)));
        assert_eq!(
            (row["verdict"].as_str(), code),
            (Some("verified"), 0),
            "{name}: {row}"
        );
    }
    for value in [&spki, &point, &base64, &pem] {
        assert_eq!(
            row(&with(request.clone(), "public_key", value.as_str())).1,
            0,
            "{value}"
        );
    }
}

#[test]
fn evidence_names_the_other_key() {
    let (report, _) = super::json(&[
        "address",
        "testdata/forms/cli/v2-get-public-key.json",
        "--format",
        "json",
    ]);
    let address = report["keys"][0]["addresses"]["evm"].as_str().unwrap();
    let manifest: Value = serde_json::from_str(
        &std::fs::read_to_string(format!("{ROOT}/testdata/forms/manifest.json")).unwrap(),
    )
    .unwrap();
    // The key of these files signed 00 to 1f.
    let said = manifest
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|file| file["says"].as_array().unwrap())
        .find(|said| said["kind"] == "signature")
        .unwrap();
    let digest: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    let request = json!({"signature": said["signature"], "digest": digest,
        "address": "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"});
    let (alone, code) = row(&request);
    assert_eq!(
        (
            alone["diagnosis"]
                .as_array()
                .unwrap()
                .iter()
                .any(|why| why["code"] == "another-key"),
            code
        ),
        (false, 1)
    );
    let (row, code) = row(&with(
        request,
        "evidence",
        "testdata/forms/cli/v2-get-public-key.json",
    ));
    assert_eq!(code, 1);
    let why = row["diagnosis"]
        .as_array()
        .unwrap()
        .iter()
        .find(|why| why["code"] == "another-key")
        .unwrap_or_else(|| panic!("{row}"));
    let message = why["message"].as_str().unwrap();
    assert!(
        message.contains(address) && message.contains("key/c198e57b-ff7b-4500-911d-c1c85f2ef956"),
        "{message}"
    );
}
