use super::{ROOT, example, folder, json, run, run_with, text};

#[test]
fn every_form_of_one_key_gives_the_expected_answer() {
    let text = std::fs::read_to_string(format!("{ROOT}/testdata/forms/expected.json")).unwrap();
    let expected: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert!(expected.len() >= 20);
    for (file, wanted) in expected {
        let (report, code) = json(&["address", &format!("testdata/forms/{file}"), "--format", "json"]);
        if let Some(keys) = wanted["keys"].as_array() {
            assert_eq!(
                (code, report["errors"].as_array().unwrap().len()),
                (0, 0),
                "{file}: {report}"
            );
            let found = report["keys"].as_array().unwrap();
            assert_eq!(found.len(), keys.len(), "{file}");
            for (found, wanted) in found.iter().zip(keys) {
                assert_eq!(found["addresses"]["evm"], wanted["evm"], "{file}");
                assert_eq!(found["fingerprint"], wanted["fingerprint"], "{file}");
                assert_eq!(found["key_spec"], "ECC_SECG_P256K1");
            }
        } else {
            assert_eq!(
                (code, report["keys"].as_array().unwrap().len()),
                (3, 0),
                "{file}: {report}"
            );
            let code = report["errors"][0]["code"].as_str().unwrap();
            let wanted = wanted["error"].as_str().unwrap();
            // A certificate is PEM of another label: its own word is in the message.
            assert!(
                code == wanted || report["errors"][0]["message"].as_str().unwrap().contains(wanted),
                "{file}: {report}"
            );
        }
    }
}

#[test]
fn a_compressed_key_only_with_permission() {
    for file in ["compressed.pem", "compressed.der"] {
        let path = format!("testdata/forms/{file}");
        assert_eq!(run(&["address", &path]).code, 3);
        let (report, code) = json(&["address", &path, "--allow-compressed", "--format", "json"]);
        let (same, _) = json(&["address", "testdata/forms/key.pem", "--format", "json"]);
        assert_eq!(code, 0, "{report}");
        assert_eq!(report["keys"][0]["addresses"], same["keys"][0]["addresses"]);
        assert_eq!(report["keys"][0]["fingerprint"], same["keys"][0]["fingerprint"]);
    }
}

#[test]
fn an_expected_address_decides_the_exit_code() {
    let key = example("validator-ethereum/public-key.json");
    for (expect, code) in [
        ("0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5", 0),
        ("0xe134dc78c2efcf6ad2a1ab1a6b643433d7a266e5", 0),
        ("e134dc78c2efcf6ad2a1ab1a6b643433d7a266e5", 0),
        ("0x1cc43514feC581818Dd0Cd99048dEAE7E1295a9c", 1),
        ("0xE134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5", 1),
        ("0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e", 2),
        ("vitalik.eth", 2),
    ] {
        let output = run_with(&["address", "-", "--expect", expect], &key, &[]);
        assert_eq!(output.code, code, "{expect}: {}{}", output.stdout, output.stderr);
    }
}

#[test]
fn the_checksum_is_that_of_the_chain() {
    let (report, _) = json(&[
        "address",
        "testdata/forms/key.pem",
        "--chain-id",
        "30",
        "--format",
        "json",
    ]);
    let (plain, _) = json(&["address", "testdata/forms/key.pem", "--format", "json"]);
    let address =
        |report: &serde_json::Value| report["keys"][0]["addresses"]["evm"].as_str().unwrap().to_owned();
    assert_ne!(address(&report), address(&plain));
    assert_eq!(address(&report).to_lowercase(), address(&plain).to_lowercase());
    // An expected address in the other chain's capitals has a wrong checksum here.
    assert_eq!(
        run(&[
            "address",
            "testdata/forms/key.pem",
            "--chain-id",
            "30",
            "--expect",
            &address(&plain)
        ])
        .code,
        1
    );
    assert_eq!(
        run(&[
            "address",
            "testdata/forms/key.pem",
            "--chain-id",
            "30",
            "--expect",
            &address(&report)
        ])
        .code,
        0
    );
}

#[test]
fn the_json_shape_is_the_promised_one() {
    let (report, _) = json(&[
        "address",
        "testdata/forms/key.pem",
        "testdata/forms/p256.pem",
        "--format",
        "json",
    ]);
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&report),
        ["schema_version", "keys", "errors"]
            .map(str::to_owned)
            .to_vec()
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    for name in [
        "source",
        "format",
        "fingerprint",
        "public_key",
        "key_spec",
        "addresses",
    ] {
        assert!(report["keys"][0].get(name).is_some(), "{name}");
    }
    assert!(
        report["keys"][0]["public_key"]
            .as_str()
            .unwrap()
            .starts_with("0x04")
    );
    assert_eq!(report["errors"][0]["code"], "wrong-curve");
    assert_eq!(report["errors"][0]["offset"], 13);
}

#[test]
fn base64_as_the_aws_cli_prints_it_as_text() {
    let key: serde_json::Value =
        serde_json::from_slice(&example("validator-ethereum/public-key.json")).unwrap();
    let line = format!("{}\n", key["PublicKey"].as_str().unwrap());
    let output = run_with(
        &[
            "address",
            "-",
            "--expect",
            "0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5",
        ],
        line.as_bytes(),
        &[],
    );
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
}

#[test]
fn nothing_to_derive_is_never_a_success() {
    let folder = folder(&[
        ("policy.json", &example("validator-ethereum/key-policy.json")),
        (".DS_Store", b"\0\0\0\x01Bud1"),
    ]);
    assert_eq!(run(&["address", text(folder.path())]).code, 3);
    let (report, code) = json(&[
        "address",
        text(&folder.path().join("policy.json")),
        "--format",
        "json",
    ]);
    assert_eq!((code, &report["errors"][0]["code"]), (3, &"no-public-key".into()));
    assert_eq!(run_with(&["address", "-"], b"", &[]).code, 3);
}

#[test]
fn a_key_of_another_kind_never_has_the_expected_address() {
    let expect = ["--expect", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"];
    for file in ["p256.pem", "ed25519.pem", "rsa2048.pem"] {
        let path = format!("testdata/forms/{file}");
        assert_eq!(run(&["address", &path]).code, 3, "{file}");
        assert_eq!(run(&["address", &path, expect[0], expect[1]]).code, 1, "{file}");
    }
    assert_eq!(
        run(&["address", "testdata/forms/explicit.pem", expect[0], expect[1]]).code,
        3,
        "a broken one is broken"
    );
}

/// The first of the computed test keys, as hexadecimal SPKI, and its row.
fn computed() -> (String, serde_json::Value) {
    let text = std::fs::read_to_string(format!("{ROOT}/testdata/addresses.json")).expect("there");
    let table: serde_json::Value = serde_json::from_str(&text).expect("there");
    let row = table["computed"][0].clone();
    let prefix = kms_audit::encoding::hex::encode(&kms_audit::key::SPKI_PREFIX);
    (
        format!("{prefix}{}\n", row["public_key"].as_str().expect("there")),
        row,
    )
}

#[test]
fn an_expected_address_may_be_of_any_scheme() {
    let (key, row) = computed();
    let (_, code) = json(&["address", "testdata/forms/key.pem", "--format", "json"]);
    assert_eq!(code, 0);
    for scheme in [
        "eip55",
        "tron",
        "tron_hex",
        "cosmos",
        "cosmos-eth",
        "bitcoin-p2pkh",
        "bitcoin-p2wpkh",
    ] {
        let expect = row[scheme].as_str().unwrap();
        let output = run_with(&["address", "-", "--expect", expect], key.as_bytes(), &[]);
        assert_eq!(output.code, 0, "{scheme}: {}{}", output.stdout, output.stderr);
        let other = run(&["address", "testdata/forms/key.pem", "--expect", expect]);
        assert_eq!(other.code, 1, "{scheme}: {}{}", other.stdout, other.stderr);
    }
    for (bad, reason) in [
        ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "test network"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "bech32m"),
        ("0x1234…abcd", "shortened"),
        ("TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxM0", "base58"),
    ] {
        let output = run_with(&["address", "-", "--expect", bad], key.as_bytes(), &[]);
        assert_eq!(output.code, 2, "{bad}");
        assert!(output.stderr.contains(reason), "{}", output.stderr);
    }
}

#[test]
fn cosmos_addresses_need_a_prefix_and_a_bad_one_is_a_usage_error() {
    let (key, row) = computed();
    let prefix = row["prefix"].as_str().unwrap();
    let arguments = ["address", "-", "--prefix", prefix, "--format", "json"];
    let output = run_with(&arguments, key.as_bytes(), &[]);
    let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let expected: Vec<_> = [
        "evm",
        "tron",
        "cosmos",
        "cosmos-eth",
        "bitcoin-p2pkh",
        "bitcoin-p2wpkh",
    ]
    .into_iter()
    .map(|scheme| {
        (
            scheme,
            row[if scheme == "evm" { "eip55" } else { scheme }].clone(),
        )
    })
    .collect();
    let found = &report["keys"][0]["addresses"];
    assert_eq!(found.as_object().unwrap().len(), expected.len());
    for (scheme, address) in &expected {
        assert_eq!(&found[scheme], address, "{scheme}");
    }
    for (bad, reason) in [
        ("", "empty"),
        ("Cosmos", "capital"),
        ("cos mos", "visible ASCII"),
        ("bc", "Bitcoin"),
        (&"x".repeat(84), "83 characters"),
    ] {
        for command in ["address", "audit"] {
            let output = run_with(&[command, "-", &format!("--prefix={bad}")], key.as_bytes(), &[]);
            assert_eq!(output.code, 2, "{command} {bad}: {}", output.stdout);
            assert!(output.stderr.contains(reason), "{}", output.stderr);
        }
    }
}

#[test]
fn the_table_shows_one_scheme_a_line_with_ethereum_first() {
    let (key, row) = computed();
    let prefix = row["prefix"].as_str().unwrap();
    let output = run_with(&["address", "-", "--prefix", prefix], key.as_bytes(), &[]);
    let lines: Vec<Vec<&str>> = output
        .stdout
        .lines()
        .skip(1)
        .take(6)
        .map(|line| line.split_whitespace().collect())
        .collect();
    let expected: Vec<Vec<&str>> = [
        "evm",
        "tron",
        "cosmos",
        "cosmos-eth",
        "bitcoin-p2pkh",
        "bitcoin-p2wpkh",
    ]
    .into_iter()
    .map(|scheme| {
        let column = if scheme == "evm" { "eip55" } else { scheme };
        vec![scheme, row[column].as_str().unwrap()]
    })
    .collect();
    assert_eq!(lines, expected, "{}", output.stdout);
}
