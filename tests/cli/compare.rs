//! `compare`: verdicts, exit codes, and witnesses that `simulate` decides the same way.

use serde_json::{Value, json};

use super::{folder, json, run, run_with, text};

const ETHEREUM: &str = "testdata/example/validator-ethereum/key-policy.json";
const ARBITRUM: &str = "testdata/example/validator-arbitrum/key-policy.json";
const USER: &str = "arn:aws:iam::111122223333:user/hyperlane-validator-ethereum";

fn allow(who: &str, actions: &[&str]) -> Value {
    json!({"Sid": "s", "Effect": "Allow", "Principal": {"AWS": who}, "Action": actions, "Resource": "*"})
}

fn policy(statements: &[Value]) -> Vec<u8> {
    json!({"Version": "2012-10-17", "Statement": statements})
        .to_string()
        .into_bytes()
}

/// Two policies: with the second, the user may also make grants.
fn pair() -> tempfile::TempDir {
    let root = allow("111122223333", &["kms:PutKeyPolicy"]);
    folder(&[
        ("old.json", &policy(&[root.clone(), allow(USER, &["kms:Sign"])])),
        (
            "new.json",
            &policy(&[root, allow(USER, &["kms:Sign", "kms:CreateGrant"])]),
        ),
    ])
}

fn paths(folder: &tempfile::TempDir) -> (String, String) {
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    (path("old.json"), path("new.json"))
}

#[test]
fn the_verdict_is_the_exit_code() {
    let folder = pair();
    let (old, new) = paths(&folder);
    for (one, other, verdict, code) in [
        (&old, &old, "no-new-access", 0),
        (&new, &old, "no-new-access", 0),
        (&old, &new, "new-access", 1),
    ] {
        let (report, exit) = json(&["compare", one, other, "--format", "json"]);
        assert_eq!((&report["verdict"], exit), (&json!(verdict), code));
        assert_eq!(report["schema_version"], 1);
        assert_eq!(report["account"], "111122223333");
        let witnesses = report["witnesses"].as_array().expect("a list");
        assert_eq!(witnesses.is_empty(), code == 0);
    }
    // Nobody knows who it is.
    let open = super::folder(&[
        ("old.json", &policy(&[allow(USER, &["kms:Sign"])])),
        (
            "new.json",
            &policy(&[allow(USER, &["kms:Sign"]), allow("${Admin}", &["kms:Sign"])]),
        ),
    ]);
    let (old, new) = paths(&open);
    let (report, code) = json(&[
        "compare",
        &old,
        &new,
        "--account",
        "111122223333",
        "--format",
        "json",
    ]);
    assert_eq!((&report["verdict"], code), (&json!("not-proven"), 1));
    let reason = report["reasons"][0].as_str().expect("a reason");
    assert!(reason.contains("${Admin}"), "{reason}");
}

#[test]
fn a_witness_is_shown_in_words() {
    let folder = pair();
    let (old, new) = paths(&folder);
    let output = run(&["compare", &old, &new, "--width", "100"]);
    assert_eq!(output.code, 1, "{}", output.stderr);
    let expected = format!(
        "\
WITNESS 1     kms:CreateGrant by {USER}
  where       the caller has no identity policy
  before      ImplicitDeny: nothing allows it
  after       Allowed, by key_policy/Statement/1 \"s\"
"
    );
    assert!(output.stdout.contains(&expected), "{}", output.stdout);
    assert!(output.stdout.starts_with("VERDICT       new-access: "));
    assert!(
        output
            .stdout
            .contains("assumed       the key is taken for one of account 111122223333")
    );
    assert!(output.stdout.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn witnesses_are_cases_of_simulate() {
    // Without an account, with a condition, a Deny that binds grants, and a fault that JSON libraries would lose.
    let deny = r#"{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{"NumericLessThan":{"a:b":1.50}}}"#;
    let twice = r#"{"Effect":"Allow","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/x"},"Action":"kms:Verify","Resource":"*"}"#;
    let list = |parts: &[&str]| format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, parts.join(","));
    let user = allow(USER, &["kms:*"]).to_string();
    let everybody = r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/Team":"ops*"}}}"#;
    for (old, new) in [
        (list(&[&user, deny, twice]), list(&[&user, twice])),
        (list(&[&user, twice]), list(&[&user, twice, everybody])),
        (list(&[everybody, deny]), list(&[everybody])),
    ] {
        let folder = folder(&[("old.json", old.as_bytes()), ("new.json", new.as_bytes())]);
        let (old, new) = paths(&folder);
        let (report, code) = json(&["compare", &old, &new, "--format", "json"]);
        assert_eq!(code, 1);
        let witnesses = report["witnesses"].as_array().expect("a list");
        assert!(!witnesses.is_empty(), "{report}");
        let cases: Vec<String> = witnesses
            .iter()
            .flat_map(|witness| {
                [
                    witness["case_before"].to_string(),
                    witness["case_after"].to_string(),
                ]
            })
            .collect();
        let output = run_with(
            &["simulate", "--cases", "-"],
            format!("{}\n", cases.join("\n")).as_bytes(),
            &[],
        );
        assert_eq!(output.code, 0, "{}", output.stdout);
        let rows: Vec<Value> = output
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(rows.len(), 2 * witnesses.len());
        for (row, witness) in rows.iter().zip(
            witnesses
                .iter()
                .flat_map(|witness| [&witness["before"], &witness["after"]]),
        ) {
            assert_eq!(row["as_expected"], true, "{row}");
            assert_eq!(row["decision"], witness["decision"]);
            assert_eq!(row["because"], witness["because"]);
        }
        assert_eq!(rows[1]["decision"], "Allowed");
    }
}

#[test]
fn either_side_may_come_from_standard_input_or_from_the_cli() {
    let policy = super::example("validator-ethereum/key-policy.json");
    let output = run_with(&["compare", "-", ARBITRUM], &policy, &[]);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stdout.contains("old           standard input"));
    assert!(output.stdout.contains("hyperlane-validator-arbitrum"));
    let output = run_with(&["compare", ETHEREUM, "-"], &policy, &[]);
    assert_eq!(output.code, 0, "{}", output.stdout);
}

#[test]
fn the_key_is_known_where_its_metadata_is_given() {
    let mut pinned = allow(USER, &["kms:Sign"]);
    pinned["Condition"]["StringEquals"]["kms:KeySpec"] = json!("ECC_SECG_P256K1");
    let folder = folder(&[
        ("old.json", &policy(&[pinned])),
        ("new.json", &policy(&[allow(USER, &["kms:Sign"])])),
    ]);
    let (old, new) = paths(&folder);
    let without = ["compare", &old, &new, "--account", "111122223333"];
    assert_eq!(run(&without).code, 1);
    let metadata = "testdata/example/validator-ethereum/describe-key.json";
    let output = run(&[&without[..], &["--metadata", metadata]].concat());
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = pair();
    let (old, new) = paths(&folder);
    for (arguments, code, words) in [
        (&["compare", "-", "-"][..], 2, "both standard input"),
        (&["compare", &old], 2, "NEW"),
        (&["compare", &old, "no/such/file"], 2, "no/such/file"),
        (&["compare", &old, &new, "--account", "12"], 2, "12 digits"),
        (
            &["compare", "testdata/example", &new],
            2,
            "it holds 4 key policies",
        ),
        (
            &["compare", "testdata/example/claims.csv", &new],
            3,
            "no key policy",
        ),
        (
            &["compare", "testdata/forms/broken/cut-policy.json", &new],
            3,
            "cut-policy.json",
        ),
        (&["compare", &old, &new, "--metadata", &old], 3, "describe-key"),
    ] {
        let output = run(arguments);
        assert_eq!(
            output.code, code,
            "{arguments:?}: {}{}",
            output.stdout, output.stderr
        );
        assert!(output.stderr.contains(words), "{arguments:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{arguments:?}");
    }
}

#[test]
fn hostile_text_does_nothing() {
    let hostile = "x\u{1b}[2J\u{202e}\u{200b}\r\n`|<script>";
    let mut own = allow(
        &format!("arn:aws:iam::111122223333:user/{hostile}"),
        &["kms:Sign"],
    );
    own["Sid"] = json!(hostile);
    own["Condition"]["StringEquals"][format!("aws:PrincipalTag/{hostile}")] = json!(hostile);
    let folder = folder(&[
        ("old.json", &policy(&[allow(USER, &["kms:Sign"])])),
        ("new.json", &policy(&[own])),
    ]);
    let (old, new) = paths(&folder);
    for (one, other) in [(&old, &new), (&new, &old)] {
        let output = run(&["compare", one, other]);
        assert_eq!(output.code, 1);
        let shown = output.stdout.replace('\n', "");
        assert!(
            !shown
                .chars()
                .any(|char| char.is_control() || kms_audit::source::is_deceptive(char)),
            "{shown:?}"
        );
    }
}
