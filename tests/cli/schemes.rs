//! Claims in any scheme, as a user sees them judged. Keys and addresses are those of `testdata/addresses.json`, which
//! independent Python made.

use kms_audit::encoding::{base64, hex};

use super::{AS_OF, ROOT, folder, json, run, text};

/// One of the computed test keys: its addresses by scheme.
struct TestKey(serde_json::Value);

impl TestKey {
    fn of(index: usize) -> Self {
        let text = std::fs::read_to_string(format!("{ROOT}/testdata/addresses.json")).expect("there");
        let table: serde_json::Value = serde_json::from_str(&text).expect("there");
        Self(table["computed"][index].clone())
    }

    fn address(&self, scheme: &str) -> &str {
        self.0[scheme].as_str().expect("there")
    }

    /// As `aws kms get-public-key` prints it.
    fn export(&self, id: &str) -> String {
        let point = hex::decode(self.address("public_key").as_bytes())
            .expect("there")
            .bytes;
        let der = [&kms_audit::key::SPKI_PREFIX[..], &point].concat();
        serde_json::json!({
            "KeyId": format!("arn:aws:kms:eu-west-1:111122223333:key/{id}"),
            "PublicKey": base64::encode(&der), "KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY",
        })
        .to_string()
    }
}

const ONE: &str = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
const TWO: &str = "2b3c4d5e-6f7a-8b9c-0d1e-2f3a4b5c6d7e";

/// An audit of these keys and of claims: address and key id, one a row.
fn audit(keys: &[(&str, &TestKey)], claims: &[(&str, &str)]) -> serde_json::Value {
    let mut files: Vec<(String, String)> = keys
        .iter()
        .map(|(id, key)| (format!("{id}.json"), key.export(id)))
        .collect();
    let mut rows = vec!["address,role,chain,key,source".to_owned()];
    rows.extend(
        claims
            .iter()
            .map(|(address, id)| format!("{address},relayer,chain,{id},test")),
    );
    files.push(("claims.csv".to_owned(), rows.join("\n")));
    let borrowed: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_bytes()))
        .collect();
    let folder = folder(&borrowed);
    json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat()).0
}

/// Address and verdict of every claim on the first key.
fn verdicts(report: &serde_json::Value) -> Vec<(String, String)> {
    report["keys"][0]["claims"]
        .as_array()
        .expect("there")
        .iter()
        .map(|claim| {
            let word = |field: &str| claim[field].as_str().expect("there").to_owned();
            (word("address"), word("verdict"))
        })
        .collect()
}

fn findings<'r>(report: &'r serde_json::Value, rule: &str) -> Vec<&'r str> {
    report["findings"]
        .as_array()
        .expect("there")
        .iter()
        .filter(|finding| finding["rule"] == rule)
        .map(|finding| finding["message"].as_str().expect("there"))
        .collect()
}

const SCHEMES: [&str; 7] = [
    "eip55",
    "tron",
    "tron_hex",
    "cosmos",
    "cosmos-eth",
    "bitcoin-p2pkh",
    "bitcoin-p2wpkh",
];

#[test]
fn a_claim_in_any_scheme_holds_for_its_key_and_for_no_other() {
    let (one, two) = (TestKey::of(3), TestKey::of(4));
    for scheme in SCHEMES {
        let right = audit(&[(ONE, &one)], &[(one.address(scheme), ONE)]);
        assert_eq!(verdicts(&right)[0].1, "match", "{scheme}");
        let wrong = audit(&[(ONE, &one)], &[(two.address(scheme), ONE)]);
        assert_eq!(verdicts(&wrong)[0].1, "mismatch", "{scheme}");
        let found = findings(&wrong, "claim-mismatch");
        assert_eq!(found.len(), 1, "{scheme}");
        // What the key has in the claim's own scheme, and under the claim's own prefix, is said.
        assert!(found[0].contains(two.address(scheme)), "{}", found[0]);
        if !scheme.starts_with("cosmos") && scheme != "tron_hex" {
            assert!(
                found[0].contains(&format!("derived {}", one.address(scheme))),
                "{}",
                found[0]
            );
        }
    }
}

#[test]
fn a_bech32_claim_is_compared_as_both_schemes_under_its_own_prefix() {
    // Both rows have the same prefix.
    let (one, two) = (TestKey::of(3), TestKey::of(12));
    assert_eq!(one.address("prefix"), two.address("prefix"));
    let report = audit(&[(ONE, &one)], &[(two.address("cosmos"), ONE)]);
    let found = findings(&report, "claim-mismatch");
    for scheme in ["cosmos", "cosmos-eth"] {
        let own = format!("{} ({scheme})", one.address(scheme));
        assert!(found[0].contains(&own), "{}", found[0]);
    }
    let report = audit(&[(ONE, &one)], &[(one.address("cosmos-eth"), ONE)]);
    assert_eq!(
        report["keys"][0]["claims"][0]["notes"],
        serde_json::json!(["as cosmos-eth"])
    );
}

#[test]
fn a_claim_without_a_key_binds_by_equal_address_in_any_scheme() {
    let (one, two) = (TestKey::of(5), TestKey::of(6));
    for scheme in SCHEMES {
        let report = audit(&[(ONE, &one), (TWO, &two)], &[(two.address(scheme), "")]);
        let claimed: Vec<_> = report["keys"]
            .as_array()
            .expect("there")
            .iter()
            .filter(|key| !key["claims"].as_array().expect("there").is_empty())
            .collect();
        assert_eq!(claimed.len(), 1, "{scheme}");
        assert_eq!(claimed[0]["id"], TWO, "{scheme}");
        assert_eq!(claimed[0]["claims"][0]["bound_by"], "address");
    }
}

#[test]
fn swapped_claims_are_found_in_any_scheme() {
    let (one, two) = (TestKey::of(7), TestKey::of(8));
    for scheme in SCHEMES {
        let claims = [(two.address(scheme), ONE), (one.address(scheme), TWO)];
        let report = audit(&[(ONE, &one), (TWO, &two)], &claims);
        assert_eq!(
            findings(&report, "claim-belongs-to-another-key").len(),
            2,
            "{scheme}"
        );
        assert_eq!(findings(&report, "claim-mismatch").len(), 0, "{scheme}");
    }
}

#[test]
fn the_report_has_every_scheme_and_cosmos_with_a_prefix() {
    let one = TestKey::of(1);
    let folder = folder(&[("key.json", one.export(ONE).as_bytes())]);
    let path = text(folder.path());
    let (plain, _) = json(&[&["audit", path, "--format", "json"], &AS_OF[..]].concat());
    let addresses = &plain["keys"][0]["addresses"];
    assert_eq!(
        *addresses,
        serde_json::json!({
            "evm": one.address("eip55"), "tron": one.address("tron"),
            "bitcoin-p2pkh": one.address("bitcoin-p2pkh"), "bitcoin-p2wpkh": one.address("bitcoin-p2wpkh"),
        })
    );
    let prefix = one.address("prefix");
    let arguments = ["audit", path, "--format", "json", "--prefix", prefix];
    let (report, _) = json(&[&arguments, &AS_OF[..]].concat());
    for scheme in ["cosmos", "cosmos-eth"] {
        assert_eq!(report["keys"][0]["addresses"][scheme], one.address(scheme));
    }
    assert_eq!(report["options"]["prefix"], prefix);
}

#[test]
fn what_could_be_a_private_key_is_shown_by_no_format() {
    // Any 32 bytes.
    let secret = "c7b1bd23ae6a9ff1f5b2c0ce2a9e4ed1a8ccfa7b53c4e2dd5bba0c6d2f4aa1b7";
    let one = TestKey::of(9);
    let claims = format!(
        "address,role,chain,key,source\n{secret},relayer,base,{ONE},test\n0x{secret},relayer,base,,test\n\
         \"{secret}\",relayer,\"a \"\"chain\"\"\",{ONE},test\n"
    );
    let list = serde_json::json!([{"address": secret, "role": "validator", "key": ONE}]).to_string();
    let export = one.export(ONE);
    let folder = folder(&[
        ("key.json", export.as_bytes()),
        ("claims.csv", claims.as_bytes()),
        ("claims.json", list.as_bytes()),
    ]);
    let path = text(folder.path());
    let mut shown = String::new();
    for format in kms_audit::report::FORMATS {
        let output = run(&[
            &["audit", path, "--format", format.id(), "--show", "all"],
            &AS_OF[..],
        ]
        .concat());
        shown.push_str(&output.stdout);
        shown.push_str(&output.stderr);
    }
    for arguments in [
        &["inspect", path][..],
        &["inspect", path, "--format", "json"],
        &["address", path],
        &["address", path, "--expect", secret],
        &[
            "address",
            path,
            "--expect",
            &format!("0x{secret}"),
            "--format",
            "json",
        ],
    ] {
        let output = run(arguments);
        shown.push_str(&output.stdout);
        shown.push_str(&output.stderr);
    }
    assert!(shown.contains("64 hexadecimal digits"), "its length is said");
    for part in [&secret[..12], &secret[20..32], &secret[52..]] {
        assert!(!shown.contains(part), "{part}");
    }
    let (report, _) = json(&[&["audit", path, "--format", "json"], &AS_OF[..]].concat());
    let found: Vec<_> = report["findings"]
        .as_array()
        .expect("there")
        .iter()
        .filter(|finding| finding["rule"] == "malformed-claim")
        .map(|finding| finding["severity"].as_str().expect("there"))
        .collect();
    assert_eq!(found, ["high"; 4]);
}

/// The codes of the first claim's diagnosis.
fn codes(report: &serde_json::Value) -> Vec<&str> {
    report["keys"][0]["claims"][0]["diagnosis"]
        .as_array()
        .expect("there")
        .iter()
        .map(|row| row["code"].as_str().expect("there"))
        .collect()
}

/// One of the claims that were got wrong on purpose, by name.
fn mistake(name: &str) -> (TestKey, String) {
    let text = std::fs::read_to_string(format!("{ROOT}/testdata/address-mistakes.json")).expect("there");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&text).expect("there");
    let row = rows.into_iter().find(|row| row["name"] == name).expect(name);
    let claim = row["claim"].as_str().expect("there").to_owned();
    (TestKey(row), claim)
}

#[test]
fn a_mismatch_is_explained_in_the_finding_and_in_the_report() {
    for (name, code, says) in [
        (
            "evm: DER, Keccak-256, last",
            "hashed-der",
            "the whole DER (88 bytes) is hashed",
        ),
        (
            "evm: xy, SHA3-256, last",
            "sha3-instead-of-keccak",
            "SHA3-256 is used instead of Keccak-256",
        ),
        (
            "evm: character 8 changed",
            "one-character-changed",
            "character 8 is",
        ),
        (
            "evm: this key's HASH160",
            "other-scheme-of-this-key",
            "bitcoin-p2pkh",
        ),
    ] {
        let (key, claim) = mistake(name);
        let report = audit(&[(ONE, &key)], &[(&claim, ONE)]);
        assert_eq!(codes(&report), [code], "{name}");
        let found = findings(&report, "claim-mismatch");
        assert_eq!(found.len(), 1, "{name}: one root cause, one finding");
        assert!(found[0].contains(says), "{}", found[0]);
    }
}

#[test]
fn slips_that_the_form_or_the_checksum_shows_are_explained_too() {
    for (name, rule, verdict, code) in [
        (
            "evm: character 8 missing",
            "malformed-claim",
            "malformed",
            "character-missing",
        ),
        (
            "evm: case of a letter",
            "claim-checksum",
            "wrong-checksum",
            "wrong-checksum-case",
        ),
        (
            "tron: character 7 changed",
            "claim-checksum",
            "wrong-checksum",
            "one-character-changed",
        ),
        (
            "cosmos: characters 11 and 12 swapped",
            "claim-checksum",
            "wrong-checksum",
            "neighbours-swapped",
        ),
        (
            "bitcoin-p2wpkh: character 9 missing",
            "malformed-claim",
            "malformed",
            "character-missing",
        ),
    ] {
        let (key, claim) = mistake(name);
        let report = audit(&[(ONE, &key)], &[(&claim, ONE)]);
        assert_eq!(verdicts(&report)[0].1, verdict, "{name}");
        assert_eq!(codes(&report), [verdict, code], "{name}");
        assert_eq!(findings(&report, rule).len(), 1, "{name}");
        assert_eq!(findings(&report, "claim-mismatch").len(), 0, "{name}");
        if code != "wrong-checksum-case" {
            assert!(findings(&report, rule)[0].contains("but for a slip"), "{name}");
        }
    }
}

#[test]
fn what_nothing_explains_stays_unexplained() {
    let (key, claim) = mistake("evm: nobody's address 0");
    let report = audit(&[(ONE, &key)], &[(&claim, ONE)]);
    assert_eq!(verdicts(&report)[0].1, "mismatch");
    assert!(report["keys"][0]["claims"][0].get("diagnosis").is_none());
    assert_eq!(findings(&report, "claim-mismatch").len(), 1);
}

#[test]
fn another_keys_bytes_in_another_scheme_are_a_swap_too() {
    let (one, two) = (TestKey::of(10), TestKey::of(11));
    // The 20 bytes of the other's Bitcoin address, written as an EVM address.
    let hash =
        kms_audit::address::parse_claim(two.address("bitcoin-p2pkh"), &kms_audit::address::Options::new())
            .expect("an address")
            .payload;
    let claim = format!("0x{}", hex::encode(&hash));
    let report = audit(&[(ONE, &one), (TWO, &two)], &[(&claim, ONE)]);
    assert_eq!(codes(&report), ["other-scheme-of-another-key"]);
    assert_eq!(findings(&report, "claim-belongs-to-another-key").len(), 1);
    assert_eq!(findings(&report, "claim-mismatch").len(), 0);
}

#[test]
fn a_contract_of_the_registry_is_named_from_every_form() {
    let one = TestKey::of(2);
    let export = one.export(ONE);
    for (file, address, says) in [
        (
            "addresses.json",
            "0xeA87ae93Fa0019a82A727bfd3eBd1cFCa8f64f1D",
            "the contract mailbox of base",
        ),
        (
            "agent-config.json",
            "0xad34a66bf6db18e858f6b686557075568c6e031c",
            "the contract merkleTreeHook of arbitrumsepolia",
        ),
    ] {
        let registry = std::fs::read(format!("{ROOT}/testdata/registry/{file}")).expect(file);
        let claims = format!("address,role,chain,key,source\n{address},validator,base,{ONE},test\n");
        let folder = folder(&[
            ("key.json", export.as_bytes()),
            ("claims.csv", claims.as_bytes()),
            (file, &registry),
        ]);
        let path = text(folder.path());
        let (report, _) = json(&[&["audit", path, "--format", "json"], &AS_OF[..]].concat());
        assert_eq!(codes(&report), ["contract"], "{file}");
        assert!(findings(&report, "claim-mismatch")[0].contains(says), "{report}");
        let arguments = ["address", path, "--expect", address, "--format", "json"];
        let (report, code) = json(&arguments);
        assert_eq!(code, 1);
        let diagnosis = &report["keys"][0]["expected"]["diagnosis"];
        assert_eq!(diagnosis[0]["code"], "contract", "{diagnosis}");
        assert!(
            diagnosis[0]["message"].as_str().expect("there").contains(says),
            "{diagnosis}"
        );
    }
    // One chain by itself, as the registry has it in a file of its own, in JSON.
    let chain = r#"{"mailbox": "0x000000000000000000000000598facE78a4302f11E3de0bee1894Da0b2Cb71F8", "validatorAnnounce": "0x"}"#;
    let claims = format!("address,key\n0x598face78a4302f11e3de0bee1894da0b2cb71f8,{ONE}\n");
    let folder = folder(&[
        ("key.json", export.as_bytes()),
        ("claims.csv", claims.as_bytes()),
        ("chain.json", chain.as_bytes()),
    ]);
    let (report, _) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(codes(&report), ["contract"]);
}

#[test]
fn a_private_key_in_an_agents_configuration_is_said_by_place_and_never_shown() {
    let secret = "8b1c2d3e4f5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let config = format!(
        "{{\"chains\": {{\"base\": {{\"mailbox\": \"0xeA87ae93Fa0019a82A727bfd3eBd1cFCa8f64f1D\",\n\
         \"merkleTreeHook\": \"0x19dc38aeae620380430C200a6E990D5Af5480117\",\n\
         \"signer\": {{\"type\": \"hexKey\", \"key\": \"0x{secret}\"}}}}}}}}"
    );
    let folder = folder(&[("agent.json", config.as_bytes())]);
    let path = text(folder.path());
    let (report, code) = json(&[&["audit", path, "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, 1);
    assert_eq!(findings(&report, "private-key-in-evidence").len(), 1);
    for format in kms_audit::report::FORMATS {
        let output = run(&[
            &["audit", path, "--format", format.id(), "--show", "all"],
            &AS_OF[..],
        ]
        .concat());
        assert!(!output.stdout.contains(&secret[..16]), "{}", format.id());
    }
    assert!(!run(&["inspect", path]).stdout.contains(&secret[..16]));
}

#[test]
fn an_expected_address_that_is_not_the_keys_is_explained() {
    let (key, claim) = mistake("evm: compressed, Keccak-256, last");
    let export = key.export(ONE);
    let folder = folder(&[("key.json", export.as_bytes())]);
    let path = text(folder.path());
    let output = run(&["address", path, "--expect", &claim]);
    assert_eq!(output.code, 1);
    assert!(
        output.stdout.contains("perhaps") && output.stdout.contains("33 bytes of the compressed point"),
        "{}",
        output.stdout
    );
    let (report, _) = json(&["address", path, "--expect", &claim, "--format", "json"]);
    assert_eq!(
        report["keys"][0]["expected"]["diagnosis"][0]["code"],
        "hashed-compressed-point"
    );
    let (_, nobody) = mistake("evm: nobody's address 1");
    let output = run(&["address", path, "--expect", &nobody]);
    assert!(
        output.stdout.contains("none of the known mistakes explains it"),
        "{}",
        output.stdout
    );
    // Another key of the same folder.
    let other = TestKey::of(0);
    std::fs::write(folder.path().join("other.json"), other.export(TWO)).expect("written");
    let (report, _) = json(&[
        "address",
        path,
        "--expect",
        other.address("tron"),
        "--format",
        "json",
    ]);
    let of_key = |name: &str| {
        let keys = report["keys"].as_array().expect("there");
        keys.iter()
            .find(|key| key["source"].as_str().expect("there").ends_with(name))
            .expect(name)["expected"]
            .clone()
    };
    assert_eq!(of_key("other.json")["verdict"], "match");
    assert_eq!(
        of_key("key.json")["diagnosis"][0]["code"],
        "claim-belongs-to-another-key"
    );
}
