//! Sample signatures in the evidence, as an audit judges them.

use serde_json::Value;

use super::{ROOT, folder, json, run, text};

/// The challenge of the folders was made on this day, and was open for a week.
const DAY: [&str; 2] = ["--as-of", "2026-11-21"];

fn frozen(name: &str) -> Vec<u8> {
    std::fs::read(format!("{ROOT}/testdata/challenge/{name}")).expect("a file")
}

fn audited(files: &[(&str, &[u8])], more: &[&str]) -> Value {
    let evidence = folder(files);
    let arguments = [&["audit", text(evidence.path()), "--format", "json"], more].concat();
    json(&arguments).0
}

/// Question 5 of the only key: answer, strength, and what it rests on.
fn control(report: &Value) -> (String, String, String) {
    let row = report["answers"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["question"] == 5)
        .expect("the question");
    (
        row["answer"].as_str().expect("a word").to_owned(),
        row["strength"].as_str().expect("a word").to_owned(),
        row["rests_on"][0].as_str().expect("a sentence").to_owned(),
    )
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["rule"].as_str())
        .collect()
}

#[test]
fn an_answer_to_the_auditors_own_challenge_shows_control() {
    let (key, answer) = (
        frozen("ministack/public-key.json"),
        frozen("ministack/answer-any-by-v1.json"),
    );
    let own = format!("{ROOT}/testdata/challenge/ministack/challenge.txt");
    let files: [(&str, &[u8]); 2] = [("public-key.json", &key), ("answer.json", &answer)];
    let report = audited(&files, &[&DAY[..], &["--challenge", &own]].concat());
    assert_eq!(control(&report).0, "yes");
    assert_eq!(control(&report).1, "computed");
    assert_eq!(report["signatures"][0]["verdict"], "verified");
    assert_eq!(report["signatures"][0]["message_scheme"], "eip191");
    // A later audit knows that the key was controlled then, not that it is.
    let late = audited(&files, &["--challenge", &own, "--as-of", "2027-11-21"]);
    assert_eq!(control(&late).0, "unknown");
    assert!(control(&late).2.contains("not today"), "{}", control(&late).2);
    // Before it was made nobody can have answered it.
    let early = audited(&files, &["--challenge", &own, "--as-of", "2026-11-01"]);
    assert_eq!(control(&early).0, "unknown");
}

#[test]
fn a_challenge_that_lay_in_the_evidence_may_be_anybodys() {
    let (key, answer) = (
        frozen("ministack/public-key.json"),
        frozen("ministack/answer-any-by-v1.json"),
    );
    let challenge = frozen("ministack/challenge.txt");
    let report = audited(
        &[
            ("public-key.json", &key),
            ("answer.json", &answer),
            ("challenge.txt", &challenge),
        ],
        &DAY,
    );
    assert_eq!(report["signatures"][0]["verdict"], "verified");
    assert_eq!(control(&report).0, "unknown");
    assert!(
        control(&report)
            .2
            .contains("nothing shows that the auditor made it")
    );
    // Without it nothing tells what was signed.
    let report = audited(&[("public-key.json", &key), ("answer.json", &answer)], &DAY);
    assert_eq!(report["signatures"][0]["verdict"], "not-evaluated");
    assert!(control(&report).2.contains("possession not shown"));
    assert_eq!(rules(&report), Vec::<&str>::new());
    // Without a signature it is not shown either.
    let report = audited(&[("public-key.json", &key)], &DAY);
    assert_eq!(
        control(&report).2,
        "possession not shown: no signature in the evidence"
    );
}

#[test]
fn an_emulator_that_hashes_the_digest_again_is_named() {
    let (key, answer) = (
        frozen("moto/public-key.json"),
        frozen("moto/answer-any-by-v1.json"),
    );
    let own = format!("{ROOT}/testdata/challenge/moto/challenge.txt");
    let report = audited(
        &[("public-key.json", &key), ("answer.json", &answer)],
        &[&DAY[..], &["--challenge", &own]].concat(),
    );
    assert_eq!(rules(&report), ["raw-message-type"]);
    assert_eq!(report["signatures"][0]["verdict"], "not-verified");
    assert_eq!(
        report["signatures"][0]["diagnosis"][0]["code"],
        "sha256-of-digest"
    );
    assert_eq!(control(&report).0, "unknown");
}

#[test]
fn an_altered_challenge_is_no_challenge_of_the_auditors() {
    let evidence = folder(&[("public-key.json", &frozen("ministack/public-key.json"))]);
    let altered = String::from_utf8(frozen("ministack/challenge.txt"))
        .expect("text")
        .replace("Purpose: ", "Purpose:  ");
    let other = folder(&[("challenge.txt", altered.as_bytes())]);
    let file = other.path().join("challenge.txt");
    let output = run(&["audit", text(evidence.path()), "--challenge", text(&file)]);
    assert_eq!(output.code, 2, "{}", output.stdout);
    assert!(
        output.stderr.contains("--challenge") && output.stderr.contains("unchanged"),
        "{}",
        output.stderr
    );
    // In the evidence it is a broken file, and the rest is judged.
    let (report, code) = json(&[
        "audit",
        text(other.path()),
        text(evidence.path()),
        "--format",
        "json",
    ]);
    assert_eq!(code, 1, "a broken file is a finding");
    assert!(
        report.to_string().contains("the challenge was altered"),
        "{report}"
    );
}

/// Two samples of the keys a and b of the rules' examples, one for each line.
fn lines() -> String {
    let page = std::fs::read_to_string(format!("{ROOT}/src/rules/signature/signature_of_two_keys.md"))
        .expect("a page");
    let mut lines = String::new();
    for block in page.split("```json ").skip(1) {
        let body = block.split("\n```").next().expect("a block");
        let (name, object) = body.split_once('\n').expect("a name");
        if name.contains("sample") {
            let object: Value = serde_json::from_str(object).expect("an object");
            lines.push_str(&object.to_string());
            lines.push('\n');
        }
    }
    lines
}

#[test]
fn samples_of_many_lines_are_each_judged_at_their_place() {
    let samples = lines();
    assert_eq!(samples.lines().count(), 4);
    let report = audited(&[("samples.jsonl", samples.as_bytes())], &[]);
    let rows = report["signatures"].as_array().expect("rows");
    assert_eq!(rows.len(), 4, "{report}");
    let at: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["source"].as_str()?.rsplit("samples.jsonl:").next())
        .map(|place| place.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(at, ["1", "2", "3", "4"]);
    let verdicts: Vec<&str> = rows.iter().filter_map(|row| row["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["verified", "not-verified", "verified", "verified"]);
    assert!(rules(&report).contains(&"signature-of-two-keys"), "{report}");
}

#[test]
fn a_signed_transaction_is_shown_with_its_sender() {
    // EIP-155's own example.
    let transaction = "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a0\
                       28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b38\
                       00ccf555c9f3dc64214b297fb1966a3b6d83\n";
    let report = audited(&[("tx.hex", transaction.as_bytes())], &[]);
    let row = &report["signatures"][0];
    assert_eq!(row["verdict"], "of-a-stranger");
    assert_eq!(row["recovered"], "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
    assert_eq!(row["message_scheme"], "transaction");
    assert_eq!(rules(&report), Vec::<&str>::new());
    let claims = "address,role\n0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F,relayer\n";
    let report = audited(
        &[
            ("tx.hex", transaction.as_bytes()),
            ("claims.csv", claims.as_bytes()),
        ],
        &[],
    );
    assert_eq!(report["signatures"][0]["verdict"], "verified", "{report}");
    assert_eq!(
        report["signatures"][0]["subject"],
        "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
    );
}
