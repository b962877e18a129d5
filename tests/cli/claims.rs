//! Several sources of claims beside each other.

use std::fmt::Write as _;

use super::{AS_OF, folder, json, run, text};

/// From hyperlane-monorepo, typescript/sdk/src/consts/multisigIsm.ts (August 2026): four of its sets, as JSON.
const SDK: &str = r#"{
  "base": {"threshold": 3, "validators": [
    {"address": "0xb9453d675e0fa3c178a17b4ce1ad5b1a279b3af9", "alias": "Abacus Works"},
    {"address": "0x5450447aee7b544c462c9352bef7cad049b0c2dc", "alias": "Zee Prime"},
    {"address": "0xb8cf45d7bab79c965843206d5f4d83bb866d6e86", "alias": "Substance Labs"},
    {"address": "0xe957310e17730f29862e896709cce62d24e4b773", "alias": "Luganodes"},
    {"address": "0x34a14934d7c18a21440b59dfe9bf132ce601457d", "alias": "Enigma"}]},
  "chiado": {"threshold": 2, "validators": [
    {"address": "0x06c3757a4b7a912828e523bb8a5f980ddc297356", "alias": "Abacus Works"},
    {"address": "0x0874967a145d70b799ebe9ed861ab7c93faef95a", "alias": "Abacus Works"},
    {"address": "0xd767ea1206b8295d7e1267ddd00e56d34f278db6", "alias": "Abacus Works"}]},
  "forma": {"threshold": 4, "validators": [
    {"address": "0xE74c7632aF1De54D208f1b9e18B22988dDc8C4CE", "alias": "Imperator"},
    {"address": "0x38c7a4ca1273ead2e867d096adbcdd0e2acb21d8", "alias": "Everstake"},
    {"address": "0x1734abc14f0e68cdaf64f072831f6a6c8f622c37", "alias": "DSRV"},
    {"address": "0xb6536d1b52969d6c66bb85533b9ab04d886b3401", "alias": "Engima"},
    {"address": "0x184Fc4899a8271783C962e4841BeE74F8526bC2c", "alias": "Stakecito"}]},
  "sepolia": {"threshold": 1, "validators": [
    {"address": "0x3c659e0fe8d01b80d7828b421630085777346e7c", "alias": "Abacus Works"}]},
  "arbitrumsepolia": {"threshold": 1, "validators": [
    {"address": "0x09fabfbca0b8bf042e2a1161ee5010d147b0f603", "alias": "Abacus Works"}]}
}"#;

/// From hyperlane-monorepo, typescript/infra/config/environments/testnet4/aw-validators/hyperlane.json.
const INFRA: &str = r#"{
  "sepolia": {"validators": ["0x3c659e0fe8d01b80d7828b421630085777346e7c"]},
  "arbitrumsepolia": {"validators": ["0x3c659e0fe8d01b80d7828b421630085777346e7c"]}
}"#;

const KEY: &str = r#"{
  "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
  "PublicKey": "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEiQhbW5qFhmTl5TPc7EWbtn0IBLwS0w3Guu7udzy0xYR2M1URhaHRVKQ7tjyjBy9csHxd8XVbbD7DFbMrw3zb9w==",
  "KeySpec": "ECC_SECG_P256K1",
  "KeyUsage": "SIGN_VERIFY"
}"#;

/// The address of [`KEY`].
const OWN: &str = "0x83c49fBb091927A24d83eF2CE1Ca1F76Bb13256e";

/// Another one.
const OTHER: &str = "0x273E9D7e5E587E26A800CDEF28DF5F816294f09D";

fn report(files: &[(&str, &str)]) -> (serde_json::Value, i32) {
    let folder = written(files);
    json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat())
}

fn table(files: &[(&str, &str)]) -> String {
    let folder = written(files);
    run(&[&["audit", text(folder.path()), "--width", "200"], &AS_OF[..]].concat()).stdout
}

fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (*name, content.as_bytes()))
        .collect();
    folder(&files)
}

/// Rule and severity of every finding, and its message.
fn findings(report: &serde_json::Value) -> Vec<(String, String)> {
    let word = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| {
            (
                format!("{} {}", word(&finding["severity"]), word(&finding["rule"])),
                word(&finding["message"]),
            )
        })
        .collect()
}

#[test]
fn the_sets_that_hyperlane_publishes_are_described_and_not_red() {
    let (report, code) = report(&[("multisigIsm.json", SDK), ("hyperlane.json", INFRA)]);
    assert_eq!(code, 0);
    let enigma = "the operators \"Enigma\" (1 seat) and \"Engima\" (1 seat) are one letter apart: probably one operator";
    let expected = [
        (
            "info operator-on-several-seats",
            "Abacus Works has 3 of 3 seats in the validator set of chiado: it reaches the threshold of 2 alone",
        ),
        ("info similar-operator-names", enigma),
        (
            "info unsound-threshold",
            "one validator's signature is enough for 2 of 5 sets in multisigIsm.json (all test networks by their names)",
        ),
        (
            "info validator-in-many-sets",
            "1 of 1 validator address in hyperlane.json validates for several chains: \
             0x3c659E0Fe8d01b80d7828b421630085777346E7c (Abacus Works) for 2",
        ),
        (
            "info validator-missing-from-set",
            "1 of 2 validators in hyperlane.json is not in the sets of multisigIsm.json; arbitrumsepolia: \
             0x3c659E0Fe8d01b80d7828b421630085777346E7c is not in the set, which has \
             0x09fAbfBca0b8Bf042e2A1161Ee5010D147b0f603 (Abacus Works)",
        ),
    ];
    let found = findings(&report);
    for (what, message) in expected {
        let hit = found
            .iter()
            .find(|(own, text)| own == what && text.eq_ignore_ascii_case(message));
        assert!(hit.is_some(), "{what}: {message}\n{found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn a_published_set_of_strangers_is_one_line_of_the_first_screen() {
    let seen = table(&[("key/public-key.json", KEY), ("multisigIsm.json", SDK)]);
    assert!(
        seen.lines().any(|line| line.trim()
            == "CLAIMS    multisigIsm.json: 15 seats in 5 published sets, none of a key here"),
        "{seen}"
    );
}

#[test]
fn a_source_whose_claims_hold_and_one_whose_do_not_are_told_apart() {
    let key = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    let claims = format!(
        "address,role,chain,key,source\n{OWN},validator,base,{key},operator\n{OTHER},validator,base,{key},notes\n"
    );
    let files = [("public-key.json", KEY), ("claims.csv", claims.as_str())];
    let seen = table(&files);
    for line in [
        "CLAIMS    claims.csv: 2 claims of the owner's, 2 of keys here: 1 holds, 1 DOES NOT HOLD",
        "  DISAGREE     claims.csv:2:1 operator says 0x83c4..256e, the key's; claims.csv:3:1 notes says 0x273E..f09D, \
         not the key's",
    ] {
        assert!(seen.lines().any(|own| own.trim_end() == line), "{line}\n{seen}");
    }
    let (report, _) = report(&files);
    let row = &report["claims"][0];
    assert!(row["path"].as_str().unwrap().ends_with("/claims.csv"), "{row}");
    let mut row = row.clone();
    row["path"] = serde_json::Value::Null;
    assert_eq!(
        row,
        serde_json::json!({
            "path": null, "kind": "owner", "named": ["notes", "operator"], "claims": 2, "sets": 0, "of_keys_here": 2,
            "hold": 1, "do_not_hold": 1
        })
    );
    // The key decides: the wrong claim is reported once, and not again as a disagreement.
    let found = findings(&report);
    assert!(
        found.iter().any(|(what, _)| what == "critical claim-mismatch"),
        "{found:#?}"
    );
    assert!(
        !found
            .iter()
            .any(|(what, _)| what.ends_with("claim-sources-disagree")),
        "{found:#?}"
    );
}

#[test]
fn sources_that_agree_are_no_disagreement() {
    let claims = format!(
        "address,role,chain,key,source\n{OWN},validator,base,,operator\n{},validator,base,,notes\n",
        &OWN[2..].to_lowercase()
    );
    let seen = table(&[("public-key.json", KEY), ("claims.csv", &claims)]);
    assert!(!seen.contains("DISAGREE"), "{seen}");
}

#[test]
fn two_addresses_that_both_have_their_key_here_are_two_keys() {
    let second = r#"{
  "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/2b3c4d5e-6f7a-8b9c-0d1e-2f3a4b5c6d7e",
  "PublicKey": "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEERpsIP3X79BXTYYBIBHyKusPJBortU7ApUY56XRcUWjhcMWU+LBbJS1fBDB9KUd1t17QjBzCtHic+DH3Y6d4hg==",
  "KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY"
}"#;
    let claims =
        format!("address,role,chain,key,source\n{OWN},validator,base,,one\n{OTHER},validator,base,,two\n");
    let (both, _) = report(&[("a.json", KEY), ("b.json", second), ("claims.csv", &claims)]);
    assert!(
        !findings(&both)
            .iter()
            .any(|(what, _)| what.ends_with("claim-sources-disagree"))
    );
    let (one, _) = report(&[("a.json", KEY), ("claims.csv", &claims)]);
    assert!(
        findings(&one)
            .iter()
            .any(|(what, _)| what == "high claim-sources-disagree")
    );
}

/// Sets of so many chains, each with the key of this evidence and one of a stranger's that is told apart by `which`.
fn many_sets(chains: usize, which: u8) -> String {
    let mut sets = String::from("{");
    for chain in 0..chains {
        let comma = if chain == 0 { "" } else { "," };
        write!(
            sets,
            "{comma}\"chain{chain}\": {{\"threshold\": 2, \"validators\": [{{\"address\": \"{OWN}\", \"alias\": \"Own\"}}, \
             {{\"address\": \"0x{chain:038x}{which:02x}\", \"alias\": \"Other\"}}]}}"
        )
        .expect("a string");
    }
    sets.push('}');
    sets
}

#[test]
fn a_key_in_many_sets_does_not_fill_pages() {
    let seen = table(&[("public-key.json", KEY), ("sets.json", &many_sets(60, 1))]);
    let claims: Vec<&str> = seen.lines().filter(|line| line.starts_with("  claim ")).collect();
    assert_eq!(claims.len(), 1, "{seen}");
    assert!(seen.contains(" and 57 more places)"), "{seen}");
    assert!(seen.lines().count() < 80, "{seen}");
}

#[test]
fn two_lists_that_differ_throughout_are_one_finding_of_a_bounded_length() {
    let (one, two) = (many_sets(3000, 1), many_sets(3000, 2));
    let (report, _) = report(&[("a.json", &one), ("b.json", &two)]);
    let differ: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "validator-sets-disagree")
        .collect();
    assert_eq!(differ.len(), 1);
    assert!(
        differ[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("b.json and a.json differ on 3000 of 3000 chains")
    );
    let notes = differ[0]["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 21);
    assert_eq!(notes[20], "and 2980 more chains");
}

#[test]
fn what_is_wrong_with_the_form_of_a_set_is_said() {
    let sets = format!(
        r#"{{"base": {{"threshold": "2", "validators": ["{OWN}", "{OTHER}"]}},
 "optimism": {{"threshold": 1, "validators": []}},
 "ink": {{"threshold": 1, "validators": ["{OWN}"]}},
 "ink": {{"threshold": 2, "validators": ["{OWN}", "{OTHER}"]}}}}"#
    );
    let (report, _) = report(&[("sets.json", &sets)]);
    let found = findings(&report);
    for part in ["the threshold must be a whole number", "the set has no validator"] {
        assert!(
            found
                .iter()
                .any(|(what, text)| what.ends_with("unreadable-value") && text.contains(part)),
            "{part}\n{found:#?}"
        );
    }
    // Of the two sets of one name the later one counts: nothing stands twice in it.
    assert!(
        found.iter().any(|(what, _)| what.ends_with("duplicate-json-key")),
        "{found:#?}"
    );
    assert!(
        !found
            .iter()
            .any(|(what, _)| what.ends_with("duplicate-validator-in-set")),
        "{found:#?}"
    );
    assert!(
        !found.iter().any(|(what, _)| what.ends_with("unsound-threshold")),
        "{found:#?}"
    );
}

#[test]
fn what_touches_a_key_of_the_evidence_weighs_more_than_what_is_strangers() {
    let own = format!("{{\"address\": \"{OWN}\", \"alias\": \"Own\"}}");
    let other = format!("{{\"address\": \"{OTHER}\", \"alias\": \"Own\"}}");
    let third = r#"{"address": "0xb9453d675e0fa3c178a17b4ce1ad5b1a279b3af9", "alias": "Third"}"#;
    let sets = |chain: &str, threshold: u8, seats: &[&str]| {
        format!(
            "{{\"{chain}\": {{\"threshold\": {threshold}, \"validators\": [{}]}}}}",
            seats.join(",")
        )
    };
    for (sets, with_key, without) in [
        (
            sets("base", 1, &[&own]),
            "medium unsound-threshold",
            "low unsound-threshold",
        ),
        (
            sets("basesepolia", 1, &[&own]),
            "info unsound-threshold",
            "info unsound-threshold",
        ),
        (
            sets(
                "base",
                2,
                &[
                    &own,
                    third,
                    &other,
                    r#"{"address": "0x5450447aee7b544c462c9352bef7cad049b0c2dc"}"#,
                ],
            ),
            "medium unsound-threshold",
            "low unsound-threshold",
        ),
        (
            sets("base", 2, &[&own, &other, third]),
            "medium operator-on-several-seats",
            "low operator-on-several-seats",
        ),
        (
            sets("chiado", 2, &[&own, &other, third]),
            "info operator-on-several-seats",
            "info operator-on-several-seats",
        ),
    ] {
        for (files, expected) in [
            (
                vec![("public-key.json", KEY), ("sets.json", sets.as_str())],
                with_key,
            ),
            (vec![("sets.json", sets.as_str())], without),
        ] {
            let (report, _) = report(&files);
            let found = findings(&report);
            assert!(
                found.iter().any(|(what, _)| what == expected),
                "{expected}: {sets}: {found:#?}"
            );
        }
    }
}
