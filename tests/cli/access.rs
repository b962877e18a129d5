//! `access` and `lint`, as a user runs them.

use super::{folder, json, run, text};

/// The key policy that the console writes, and one statement more.
const CONSOLE: &str = include_str!("../../testdata/example/validator-arbitrum/key-policy.json");

const STRANGER: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "own", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
    {"Sid": "partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/partner"}, "Action": ["kms:Sign", "kms:GetPublicKey"], "Resource": "*",
     "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0a1b"}}}
  ]
}"#;

fn rows<'j>(report: &'j serde_json::Value, class: &str) -> Vec<&'j serde_json::Value> {
    let all = report["access"].as_array().expect("a list");
    all.iter().filter(|row| row["action_class"] == class).collect()
}

#[test]
fn the_example_answers_who_can_sign_and_why() {
    let (report, code) = json(&[
        "access",
        "testdata/example",
        "--action",
        "sign",
        "--format",
        "json",
    ]);
    assert_eq!(code, 0);
    assert_eq!(report["schema_version"], 1);
    let signers: Vec<(&str, &str)> = rows(&report, "sign")
        .into_iter()
        .map(|row| {
            (
                row["name"].as_str().expect("text"),
                row["decision"].as_str().expect("text"),
            )
        })
        .collect();
    for user in [
        "validator-ethereum",
        "validator-arbitrum",
        "validator-base",
        "relayer-optimism",
    ] {
        assert!(
            signers.contains(&(format!("user/hyperlane-{user}").as_str(), "allowed")),
            "{signers:?}"
        );
    }
    let by_iam = rows(&report, "sign")
        .into_iter()
        .find(|row| row["principal"] == "account 111122223333")
        .expect("whom IAM lets");
    assert_eq!(by_iam["decision"], "depends");
    assert_eq!(by_iam["ways"], serde_json::json!(["delegated"]));
    assert_eq!(
        by_iam["premises"],
        serde_json::json!(["its IAM policy allows kms:Sign"])
    );
    let via = by_iam["via"].to_string();
    assert!(via.contains("Enable IAM User Permissions"), "{via}");
}

#[test]
fn whom_iam_lets_sign_beside_the_declared_signer_is_named() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"agent","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/agent"},"Action":["kms:Sign","kms:GetPublicKey"],"Resource":"*"}]}"#;
    let role = |name: &str, policies: serde_json::Value| {
        serde_json::json!({"Path": "/", "RoleName": name, "RoleId": "AROAIOSFODNN7EXAMPLE", "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}, "RolePolicyList": policies,
            "AttachedManagedPolicies": [], "InstanceProfileList": []})
    };
    let sign = serde_json::json!([{"PolicyName": "deploy", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}}]);
    let iam = serde_json::json!({
        "UserDetailList": [{"Path": "/", "UserName": "agent", "UserId": "AIDAIOSFODNN7EXAMPLE", "Arn": "arn:aws:iam::111122223333:user/agent",
            "GroupList": [], "AttachedManagedPolicies": []}],
        "GroupDetailList": [], "Policies": [],
        "RoleDetailList": [role("ci-deploy", sign), role("idle", serde_json::json!([]))],
    });
    let metadata = serde_json::json!({"KeyMetadata": {"Arn": key, "KeyId": key.rsplit('/').next(), "KeyState": "Enabled",
        "KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY", "Origin": "AWS_KMS"}});
    let folder = folder(&[
        ("k/describe-key.json", metadata.to_string().as_bytes()),
        ("k/key-policy.json", policy.as_bytes()),
        ("k/key-policies.json", &br#"{"PolicyNames": ["default"]}"#[..]),
        ("k/grants.json", &br#"{"Grants": []}"#[..]),
        ("iam.json", iam.to_string().as_bytes()),
    ]);
    let path = text(folder.path());
    let (report, _) = json(&[
        "access",
        path,
        "--action",
        "sign",
        "--signer",
        "user/agent",
        "--format",
        "json",
    ]);
    let named: Vec<(&str, Option<bool>)> = rows(&report, "sign")
        .into_iter()
        .map(|row| (row["name"].as_str().expect("text"), row["declared"].as_bool()))
        .collect();
    assert_eq!(
        named,
        [
            ("role/ci-deploy", Some(false)),
            ("user/agent", Some(true)),
            ("root user of account 111122223333", None)
        ]
    );
    let via = rows(&report, "sign")[0]["via"].to_string();
    assert!(via.contains("IAM policy deploy, statement 1"), "{via}");
    let (audit, code) = json(&["audit", path, "--signer", "user/agent", "--format", "json"]);
    assert_eq!(code, 1);
    let answers = audit["answers"].as_array().expect("a list");
    let second = answers.iter().find(|row| row["question"] == 2).expect("there");
    assert_eq!(second["answer"], "no");
    assert!(
        second["rests_on"]
            .to_string()
            .contains("role/ci-deploy may sign, and nobody declared it")
    );
}

#[test]
fn who_is_asked_for_and_what_for_can_be_chosen() {
    let (report, _) = json(&[
        "access",
        "testdata/example",
        "--principal",
        "any principal",
        "--action",
        "kms:PutKeyPolicy",
        "--format",
        "json",
    ]);
    let access = report["access"].as_array().expect("a list");
    assert_eq!(access.len(), 4, "one a key: {access:?}");
    assert!(access.iter().all(|row| row["action_class"] == "administer"));
    let wrong = run(&["access", "testdata/example", "--action", "fly"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("sign, read-key, administer"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_stranger_under_a_condition_stands_with_it_and_the_account_is_said() {
    let folder = folder(&[("policy.json", STRANGER.as_bytes())]);
    let path = folder.path().join("policy.json");
    let output = run(&["access", text(&path)]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    for part in [
        "assumed",
        "role/partner of account 444455556666: depends, by name, if",
        "StringEquals aws:SourceVpce vpce-0a1b",
        "not known: grants are not in the evidence",
        "root user of account 111122223333",
    ] {
        let flat = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part), "{part}:\n{}", output.stdout);
    }
    let (report, _) = json(&[
        "access",
        text(&path),
        "--account",
        "444455556666",
        "--format",
        "json",
    ]);
    let partner = rows(&report, "sign")
        .into_iter()
        .find(|row| row["name"] == "role/partner")
        .expect("there");
    assert_eq!(partner["foreign"], false);
    let wrong = run(&["access", text(&path), "--account", "12"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("12 digits"), "{}", wrong.stderr);
}

#[test]
fn an_access_to_nothing_is_three() {
    let empty = folder(&[("notes.txt", &b"nothing"[..])]);
    let output = run(&["access", text(empty.path())]);
    assert_eq!(output.code, 3);
    assert!(
        output.stdout.contains("no key in the evidence"),
        "{}",
        output.stdout
    );
}

#[test]
fn lint_finds_policies_wherever_they_stand_and_names_their_lines() {
    let plan = serde_json::json!({
        "format_version": "1.2", "terraform_version": "1.9.0",
        "values": {"root_module": {"resources": [
            {"address": "aws_kms_key.v", "mode": "managed", "type": "aws_kms_key", "name": "v", "values": {
                "customer_master_key_spec": "ECC_SECG_P256K1", "key_usage": "SIGN_VERIFY", "policy": STRANGER.replace("kms:Sign", "kms:Signn")}}]}},
    });
    let folder = folder(&[
        ("infra/console.json", CONSOLE.as_bytes()),
        (
            "infra/state.json",
            serde_json::to_string_pretty(&plan).expect("JSON").as_bytes(),
        ),
        ("infra/readme.md", &b"# nothing"[..]),
    ]);
    let output = run(&["lint", text(folder.path())]);
    assert_eq!(output.code, 1, "{}", output.stdout);
    assert!(
        output.stdout.contains("removable-grant-statement"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("unknown-action"), "{}", output.stdout);
    assert!(
        output.stdout.contains("2 key policies linted"),
        "{}",
        output.stdout
    );
    let only = run(&["lint", text(folder.path()), "--select", "removable-verify"]);
    assert_eq!(only.code, 0);
    assert!(
        only.stdout.contains("removable-verify") && !only.stdout.contains("unknown-action"),
        "{}",
        only.stdout
    );
    let human = run(&["lint", text(folder.path()), "--format", "human"]);
    assert!(
        human.stdout.contains("-->") && human.stdout.contains("kms:Signn"),
        "{}",
        human.stdout
    );
    let (report, _) = json(&["lint", text(folder.path()), "--format", "json"]);
    assert!(report["findings"].as_array().is_some_and(|list| !list.is_empty()));
}

#[test]
fn lint_of_the_guides_policy_is_clean_at_medium_and_of_nothing_is_three() {
    let guide = run(&["lint", "testdata/example/validator-ethereum/key-policy.json"]);
    assert_eq!(guide.code, 0, "{}", guide.stdout);
    let nothing = folder(&[("notes.txt", &b"nothing"[..])]);
    let output = run(&["lint", text(nothing.path())]);
    assert_eq!(output.code, 3);
    assert!(
        output.stderr.contains("no key policy was found"),
        "{}",
        output.stderr
    );
}
