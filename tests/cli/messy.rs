//! Ten messy files of one key in one archive, as a client would send it: `testdata/messy.json` says what is in them, by
//! programs that share no code with this one.

use std::path::Path;

use super::{AS_OF, json};

#[test]
fn ten_messy_files_in_one_archive_are_reported_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let text = std::fs::read_to_string(root.join("messy.json")).expect("the makers' word");
    let says: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let archive = root.join("messy.zip");
    let path = archive.to_str().expect("a path");
    let (report, code) = json(&[&["audit", path, "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, 1);
    let files: Vec<&str> = report["sources"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|source| source["status"] == "used")
        .filter_map(|source| source["path"].as_str()?.split_once("!/").map(|(_, name)| name))
        .collect();
    let expected: Vec<&str> = says["files"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    assert_eq!(files, expected, "every file is used");
    let keys = report["keys"].as_array().expect("a list");
    assert_eq!(keys.len(), 1);
    let key = &keys[0];
    assert_eq!(
        (&key["arn"], &key["fingerprint"]),
        (&says["arn"], &says["fingerprint"])
    );
    assert_eq!(key["addresses"]["evm"], says["evm"]);
    assert_eq!(key["aliases"], serde_json::json!([says["alias"]]));
    assert_eq!(key["key_spec"], says["key_spec"]);
    let verdicts: Vec<_> = key["claims"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|claim| (&claim["address"], &claim["verdict"]))
        .collect();
    let expected: Vec<_> = says["claims"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|claim| (&claim["address"], &claim["verdict"]))
        .collect();
    assert_eq!(verdicts, expected);
    // The wrong digit is named, and the secret is told by its line.
    let findings = report["findings"].as_array().expect("a list");
    let of = |rule: &str| {
        let mut found = findings.iter().filter(|row| row["rule"] == rule);
        found.next().unwrap_or_else(|| panic!("no {rule}: {report}"))
    };
    let digit = says["wrong_digit"].as_u64().expect("a number") + 2;
    let message = of("claim-mismatch")["message"].as_str().expect("text");
    assert!(message.contains(&format!("character {digit} is")), "{message}");
    let secret = of("access-key-in-evidence");
    assert_eq!(secret["location"]["line"], says["secret"]["places"][0]["line"]);
    let path = secret["location"]["path"].as_str().expect("a path");
    assert!(
        path.ends_with(says["secret"]["file"].as_str().expect("a file")),
        "{path}"
    );
    // The policy stands in two files that say the same.
    assert!(
        findings.iter().all(|row| row["rule"] != "conflicting-evidence"),
        "{report}"
    );
}
