//! The command `simulate`: its contract, line in and line out, and its exit codes.

#![allow(missing_docs, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use assert_cmd::Command;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
const POLICY: &str = "testdata/example/validator-ethereum/key-policy.json";

fn run(arguments: &[&str], input: &str) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .arg("simulate")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .write_stdin(input)
        .output()
        .expect("runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text)
}

fn case(expected: Option<&str>) -> Value {
    let mut case = json!({
        "id": 7,
        "policies": {
            "key_policy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]},
            "identity_policies": [],
            "grants": [],
        },
        "request": {"principal": "arn:aws:iam::111122223333:user/a", "action": "kms:Sign", "resource": KEY,
            "resource_account": "111122223333", "context": {}},
    });
    if let Some(expected) = expected {
        case["expected"] = json!(expected);
    }
    case
}

fn cases(list: &[String]) -> (i32, Vec<Value>) {
    let (code, text) = run(&["--cases", "-"], &format!("{}\n", list.join("\n")));
    let rows = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    (code, rows)
}

#[test]
fn a_line_in_is_a_line_out() {
    let mut by_root = case(None);
    by_root["request"]["principal"] = json!("arn:aws:iam::111122223333:root");
    let mut unknown = case(None);
    unknown["unknown"] = json!(["identity_policies", "grants"]);
    let list = [
        case(None).to_string(),
        String::new(),
        by_root.to_string(),
        unknown.to_string(),
    ];
    let (code, rows) = cases(&list);
    assert_eq!(code, 0, "without expectations every decision is success");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["decision"], "ImplicitDeny");
    assert_eq!((&rows[0]["line"], &rows[0]["id"]), (&json!(1), &json!(7)));
    assert_eq!(rows[0]["because"], json!([]));
    assert!(rows[0].get("as_expected").is_none() && rows[0].get("premises").is_none());
    assert_eq!(rows[1]["line"], 3);
    assert_eq!(
        rows[1]["because"],
        json!([{"policy": "key_policy", "statement": 0, "pointer": "/Statement/0", "effect": "Allow"}])
    );
    assert_eq!(rows[2]["decision"], "Depends");
    assert_eq!(rows[2]["premises"].as_array().map(Vec::len), Some(2));
}

#[test]
fn exit_codes_follow_expectations() {
    let good = case(Some("ImplicitDeny")).to_string();
    let bad = case(Some("Allowed")).to_string();
    let broken = "{\"policies\":{}}".to_owned();
    assert_eq!(cases(std::slice::from_ref(&good)).0, 0);
    assert_eq!(cases(&[good.clone(), broken.clone()]).0, 3);
    let (code, rows) = cases(&[broken, good, bad]);
    assert_eq!(
        code, 1,
        "what is not as expected is not hidden by what cannot be read"
    );
    assert_eq!(rows[0]["error"]["code"], "missing-member");
    assert_eq!(
        (&rows[1]["as_expected"], &rows[2]["as_expected"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn what_is_mistyped_is_refused() {
    for (pointer, value, code) in [
        ("/policies/scp", json!([]), "unknown-member"),
        ("/policies/scps", json!([{"Statement": []}]), "wrong-type"),
        ("/policies/key_policy", json!("{"), "not-a-policy"),
        ("/policies/key_policy", json!({"Rules": []}), "not-a-policy"),
        ("/request/principal", json!("alice"), "unknown-principal"),
        ("/request/action", json!("kms:*"), "not-an-action"),
        ("/request/contxt", json!({}), "unknown-member"),
        ("/request/context", json!({"a:b": {}}), "wrong-type"),
        (
            "/request/context",
            json!({"a:b": 1, "A:b": 1}),
            "duplicate-member",
        ),
        ("/unknown", json!(["scp"]), "unknown-member"),
        ("/expected", json!("allowed"), "unknown-decision"),
    ] {
        let mut one = case(None);
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        one.pointer_mut(parent).expect("it is there")[name] = value;
        let (exit, rows) = cases(&[one.to_string()]);
        assert_eq!(exit, 3, "{pointer}");
        assert_eq!(rows[0]["error"]["code"], code, "{pointer}");
        assert!(rows[0].get("decision").is_none());
    }
}

#[test]
fn one_request_is_asked_by_options() {
    let user = "arn:aws:iam::111122223333:user/hyperlane-validator-ethereum";
    let ask = ["--policy", POLICY, "--principal", user, "--action", "kms:Sign"];
    let (code, text) = run(&[&ask[..], &["--expect", "Allowed"]].concat(), "");
    assert_eq!(code, 0);
    assert!(
        text.contains("Allowed") && text.contains("\"Allow use of the key\""),
        "{text}"
    );
    let (code, text) = run(
        &[&ask[..], &["--expect", "ExplicitDeny", "--format", "json"]].concat(),
        "",
    );
    let row: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &row["as_expected"]), (1, &json!(false)));
    let other = [
        "--policy",
        POLICY,
        "--principal",
        "arn:aws:iam::111122223333:role/x",
        "--action",
        "kms:Sign",
    ];
    let (_, text) = run(&other, "");
    assert!(
        text.contains("Depends") && text.contains("identity policy") && text.contains("grant"),
        "{text}"
    );
    let (_, text) = run(
        &[&other[..], &["--no-identity-policies", "--no-grants"]].concat(),
        "",
    );
    assert!(text.contains("ImplicitDeny"), "{text}");
    assert_eq!(run(&["--policy", POLICY], "").0, 2);
    assert_eq!(run(&[&ask[..], &["--context", "x"]].concat(), "").0, 2);
    assert_eq!(
        run(
            &[
                "--policy",
                "testdata/none.json",
                "--principal",
                user,
                "--action",
                "kms:Sign"
            ],
            ""
        )
        .0,
        2
    );
}
