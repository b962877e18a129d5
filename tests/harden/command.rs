//! The command `harden`: files in and out, and its exit codes.

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

use super::*;

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run_in(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .write_stdin(input)
        .output()
        .expect("runs");
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).expect("JSON"))
}

/// A folder with the console's policy in `policy.json`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "policy.json", &pretty(&console()));
    folder
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file");
}

fn get(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect(name)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn the_policy_is_written_with_its_proof_which_simulate_confirms() {
    let folder = folder();
    let path = folder.path();
    let arguments = [
        "harden",
        "policy.json",
        "-o",
        "new.json",
        "--cases",
        "cases.jsonl",
    ];
    let ran = run_in(path, &arguments, "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        names(path),
        ["cases.jsonl", "new.json", "new.proof.json", "policy.json"]
    );
    assert_eq!(get(path, "new.json"), pretty(&tightened()));
    assert_eq!(
        get(path, "policy.json"),
        pretty(&console()),
        "the input is as it was"
    );

    let proof: Value = serde_json::from_str(&get(path, "new.proof.json")).expect("JSON");
    assert_eq!(proof["schema_version"], 1);
    assert_eq!(proof["outcome"], "changed");
    assert_eq!(proof["comparison"]["verdict"], "no-new-access");
    assert_eq!(
        proof["setting"],
        json!({"account": ACCOUNT, "account_from": "root-principal"})
    );
    assert_eq!(
        proof["signers"],
        json!([{"principal": SIGNER, "declared": false, "premises": []}])
    );
    assert_eq!(proof["administrators"], json!([ADMIN, ROOT]));
    assert_eq!(proof["policy"], json!(get(path, "new.json")));
    assert_ne!(proof["old"]["sha256"], proof["new"]["sha256"]);
    assert_eq!(proof["old"]["sha256"], proof["input"]["sha256"]);
    let edits = proof["edits"].as_array().expect("a list");
    assert_eq!(edits.len(), 3);
    for edit in edits {
        for taken in edit["taken"].as_array().expect("a list") {
            let witness = &taken["witness"];
            assert_eq!(
                (&witness["before"], &witness["after"]),
                (&json!("Allowed"), &json!("ImplicitDeny"))
            );
        }
    }

    // The proof's cases are lines of simulate, and its file of cases has the same.
    let lines: Vec<String> = proof["cases"]
        .as_array()
        .expect("a list")
        .iter()
        .map(Value::to_string)
        .collect();
    assert_eq!(lines.len(), 6);
    for input in [lines.join("\n"), get(path, "cases.jsonl")] {
        let checked = run_in(path, &["simulate", "--cases", "-"], &input);
        assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
        let expected = checked.stdout.matches("\"as_expected\":true").count();
        assert_eq!(expected, 6, "{}", checked.stdout);
    }
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let folder = folder();
    let path = folder.path();
    put(path, "there.json", "there");
    put(
        path,
        "describe.json",
        &json!({"KeyMetadata": {"KeySpec": "ECC_SECG_P256K1"}}).to_string(),
    );
    std::fs::hard_link(path.join("policy.json"), path.join("hard.json")).expect("a link");
    std::os::unix::fs::symlink("policy.json", path.join("soft.json")).expect("a link");
    std::fs::create_dir(path.join("sub")).expect("a folder");
    let before = names(path);
    for (arguments, words) in [
        (&["-o", "policy.json", "--force"][..], "over the input"),
        (&["-o", "./sub/../policy.json", "--force"], "over the input"),
        (&["-o", "hard.json", "--force"], "over the input"),
        (&["-o", "soft.json", "--force"], "over the input"),
        (
            &["-o", "new.json", "--proof", "policy.json", "--force"],
            "over the input",
        ),
        (&["-o", "new.json", "--proof", "new.json"], "over the new policy"),
        (
            &["-o", "new.json", "--cases", "sub/../new.json"],
            "over the new policy",
        ),
        (
            &[
                "--cases",
                "describe.json",
                "--metadata",
                "describe.json",
                "--force",
            ],
            "over the metadata",
        ),
        (&["-o", "there.json"], "it exists"),
        (&["--proof", "there.json"], "it exists"),
    ] {
        let ran = run_in(path, &[&["harden", "policy.json"], arguments].concat(), "");
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert_eq!(names(path), before, "{arguments:?}");
        assert_eq!(get(path, "policy.json"), pretty(&console()), "{arguments:?}");
        assert_eq!(get(path, "there.json"), "there", "{arguments:?}");
    }
    let ran = run_in(
        path,
        &["harden", "policy.json", "-o", "there.json", "--force"],
        "",
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(get(path, "there.json"), pretty(&tightened()));
    let ran = run_in(path, &["harden", "policy.json", "-o", "no/such/folder.json"], "");
    assert_eq!(ran.code, 6, "{}", ran.stderr);
}

#[test]
fn the_answer_of_the_cli_becomes_a_bare_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = pretty(&console()).replace('\n', "\r\n");
    let answer = json!({"Policy": inner, "PolicyName": "default"}).to_string();
    for (argument, name, input) in [
        ("-", "standard input", answer.as_str()),
        ("answer.json", "answer.json", ""),
    ] {
        put(folder.path(), "answer.json", &answer);
        let arguments = ["harden", argument, "--format", "json"];
        let ran = run_in(folder.path(), &arguments, input);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(report["input"]["name"], name);
        assert_eq!(report["input"]["format"], "aws-get-key-policy");
        assert_ne!(report["input"]["sha256"], report["old"]["sha256"]);
        assert_eq!(
            report["policy"],
            json!(pretty(&tightened()).replace('\n', "\r\n")),
            "the document's own line ends"
        );
    }
    let ran = run_in(
        folder.path(),
        &["harden", "answer.json", "--format", "policy"],
        "",
    );
    assert_eq!(ran.stdout, pretty(&tightened()).replace('\n', "\r\n"));
    let ran = run_in(folder.path(), &["harden", "answer.json"], "");
    let removed = |line: &str| line.starts_with('-') && line.contains("kms:DescribeKey");
    assert!(ran.stdout.lines().any(removed), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\r'));
}

#[test]
fn the_account_comes_from_what_says_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let foreign = allow(
        "b",
        "arn:aws:iam::444455556666:root",
        &["kms:Sign", "kms:GetPublicKey"],
    );
    put(path, "policy.json", &pretty(&policy(&[account(), foreign])));
    let key = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d");
    put(
        path,
        "describe.json",
        &json!({"KeyMetadata": {"Arn": key, "KeyUsage": "SIGN_VERIFY"}}).to_string(),
    );
    let json = |arguments: &[&str]| {
        let ran = run_in(
            path,
            &[&["harden", "policy.json", "--format", "json"], arguments].concat(),
            "",
        );
        (ran.code, ran.stdout, ran.stderr)
    };
    let (code, _, stderr) = json(&[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("--account"), "{stderr}");
    for (arguments, source) in [
        (&["--account", ACCOUNT][..], "option"),
        (&["--metadata", "describe.json"], "metadata"),
    ] {
        let (code, stdout, stderr) = json(arguments);
        assert_eq!(code, 0, "{stderr}");
        let report: Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(report["setting"]["account_from"], source);
    }
    let (code, _, stderr) = json(&["--account", "444455556666", "--metadata", "describe.json"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("--account says") && stderr.contains("--metadata says"),
        "{stderr}"
    );
    assert_eq!(json(&["--account", "12"]).0, 2);
    assert_eq!(json(&["--metadata", "policy.json"]).0, 2);
}

#[test]
fn exit_codes_say_what_came_of_it() {
    let folder = folder();
    let path = folder.path();
    put(path, "locked.json", &pretty(&policy(&[signing(&["kms:Sign"])])));
    put(path, "tight.json", &pretty(&tightened()));
    put(
        path,
        "role.json",
        &json!({"Statement": [{"Effect": "Allow", "Action": "kms:Sign", "Resource": "*"}]}).to_string(),
    );
    put(path, "cut.json", "{\"Version\": \"2012-10-17\", \"Statement\": [");
    put(
        path,
        "ram.json",
        &json!({"Policy": console().to_string(), "PolicyName": "AWS_RAM"}).to_string(),
    );
    let declared = ["--signer", "arn:aws:iam::111122223333:role/nobody"];
    for (arguments, code, words) in [
        (&["policy.json"][..], 0, "3 edits, all safe"),
        (&["tight.json"], 0, "nothing to take away"),
        (&["policy.json", "--unsafe"], 0, "for a person to confirm"),
        (&["locked.json"], 1, "the key is locked"),
        (&["locked.json", "--format", "json"], 1, "\"refused\""),
        (&["locked.json", "--signer", "x"], 2, "no ARN"),
        (&["role.json"], 3, "role.json"),
        (&["cut.json"], 3, "cut.json"),
        (&["ram.json"], 3, "AWS_RAM"),
        (&["no-such.json"], 2, "no-such.json"),
        (&["."], 2, "folder"),
    ] {
        let ran = run_in(path, &[&["harden"], arguments].concat(), "");
        assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        let all = all.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains(words), "{arguments:?}: {all}");
    }
    let pinned = policy(&[
        allow("a", ADMIN, &["kms:PutKeyPolicy"]),
        signing(&["kms:Sign", "kms:GetPublicKey"]),
    ]);
    put(path, "pinned.json", &pretty(&pinned));
    let ran = run_in(path, &[&["harden", "pinned.json"], &declared[..]].concat(), "");
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    // What is refused writes nothing.
    let before = names(path);
    let ran = run_in(path, &["harden", "locked.json", "-o", "new.json"], "");
    assert_eq!((ran.code, names(path)), (1, before));
}

#[test]
fn what_is_offered_and_what_is_left_is_explained() {
    let folder = folder();
    let text = |arguments: &[&str]| {
        run_in(
            folder.path(),
            &[&["harden", "policy.json"], arguments].concat(),
            "",
        )
        .stdout
    };
    let plain = text(&[]);
    for words in [
        "MORE, WITH AN OPTION",
        "broad-account-delegation  (--unsafe)",
        "message-type-not-pinned  (--evm-only)",
        "policy-lockout-bypass-allowed  (--guards)",
        "look into yours",
        "aws kms put-key-policy --key-id KEY_ID --policy-name default --policy file://NEW",
    ] {
        let shown = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(&wanted), "{words}\n{plain}");
    }
    assert!(plain.lines().all(|line| line.chars().count() <= 100), "{plain}");
    let all = text(&["--unsafe"]);
    assert!(!all.contains("MORE, WITH AN OPTION"), "{all}");
}
