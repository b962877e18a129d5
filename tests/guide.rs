//! The guide's checklist, the first question and the first screen, over changed copies of the example.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "helpers of tests may fail as tests do"
)]

use std::path::Path;

use kms_audit::audit::{self, Answer, Audit, GuideStatus};
use kms_audit::evidence::{Strength, assemble};
use kms_audit::finding::{Confidence, Severity};
use kms_audit::input::{self, gather_bytes};
use kms_audit::report::{Input, Show, Style, format_by_id};

const USER: &str = "arn:aws:iam::111122223333:user/hyperlane-validator-ethereum";
const ROOT: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;
const ADDRESS: &str = "0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5";

type Files = Vec<(String, Vec<u8>)>;

fn example(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("testdata/example")
            .join(name),
    )
    .expect("a file")
}

/// The evidence of one key that follows the guide.
fn exact() -> Files {
    let folder = "validator-ethereum";
    let mut files: Files = [
        "aliases",
        "describe-key",
        "grants",
        "key-policies",
        "key-policy",
        "public-key",
        "tags",
    ]
    .iter()
    .map(|name| format!("{folder}/{name}.json"))
    .chain(["iam/account-authorization-details.json".to_owned()])
    .map(|name| (name.clone(), example(&name)))
    .collect();
    files.push((
        "claims.csv".to_owned(),
        format!("address,role,chain\n{ADDRESS},validator,ethereum\n").into_bytes(),
    ));
    files
}

fn put(files: &mut Files, name: &str, content: &str) {
    let path = if name.contains('/') || name == "claims.csv" {
        name.to_owned()
    } else {
        format!("validator-ethereum/{name}")
    };
    files.retain(|(other, _)| *other != path);
    files.push((path, content.as_bytes().to_vec()));
}

fn run(files: Files, options: &audit::Options) -> Audit {
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    audit::audit(&bundle, options)
}

fn options() -> audit::Options {
    audit::Options::new("2026-11-25".parse().expect("a date"), "test")
}

fn audited(files: Files) -> Audit {
    run(files, &options())
}

fn sign(principal: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":["kms:Sign","kms:GetPublicKey"],"Resource":"*"}}"#
    )
}

fn own() -> String {
    sign(&format!(r#"{{"AWS":"{USER}"}}"#))
}

/// The exact set-up with these statements for a policy.
fn with(statements: &[&str]) -> Audit {
    let mut files = exact();
    put(&mut files, "key-policy.json", &policy(statements));
    audited(files)
}

fn policy(statements: &[&str]) -> String {
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    );
    serde_json::json!({ "Policy": document }).to_string()
}

fn step<'a>(audit: &'a Audit, id: &str) -> (&'static str, &'a str) {
    let rows: Vec<_> = audit.report.guide.iter().filter(|row| row.step == id).collect();
    assert_eq!(rows.len(), 1, "{id}: {rows:?}");
    let row = rows[0];
    let word = match (row.status, row.better) {
        (GuideStatus::Follows, _) => "follows",
        (GuideStatus::Differs, Some(true)) => "better",
        (GuideStatus::Differs, _) => "worse",
        (GuideStatus::NotEvaluated, _) => "not evaluated",
    };
    (word, row.evidence.as_str())
}

fn assert_steps(audit: &Audit, what: &str, expected: &[(&str, &str)]) {
    for (id, word) in expected {
        let (is, evidence) = step(audit, id);
        assert_eq!(is, *word, "{what}: {id}: {evidence}");
    }
}

#[test]
fn the_exact_set_up_follows_every_step() {
    let audit = audited(exact());
    for row in &audit.report.guide {
        let expected = if row.step == "region" {
            GuideStatus::NotEvaluated
        } else {
            GuideStatus::Follows
        };
        assert_eq!(row.status, expected, "{}: {}", row.step, row.evidence);
    }
    let same = with(&[ROOT, &own()]);
    assert_eq!(audit.report.guide, same.report.guide);
}

#[test]
fn whoever_else_may_sign_is_counted() {
    for principal in [
        r#"{"AWS":"arn:aws:iam::999988887777:root"}"#,
        r#"{"AWS":"999988887777"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:role/other"}"#,
        r#"{"AWS":"arn:aws:iam::999988887777:user/other"}"#,
        r#"{"Service":"ec2.amazonaws.com"}"#,
        r#"{"Federated":"cognito-identity.amazonaws.com"}"#,
        r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
        r#"{"AWS":"AIDAIOSFODNN7EXAMPLE"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:group/odd"}"#,
        r#"{"AWS":"*"}"#,
        r#""*""#,
    ] {
        let audit = with(&[ROOT, &own(), &sign(principal)]);
        assert_steps(
            &audit,
            principal,
            &[("user", "worse"), ("usage-permission", "worse")],
        );
    }
    let not_principal = format!(
        r#"{{"Effect":"Allow","NotPrincipal":{{"AWS":"{USER}"}},"Action":"kms:Sign","Resource":"*"}}"#
    );
    let audit = with(&[ROOT, &own(), &not_principal]);
    assert_steps(
        &audit,
        "NotPrincipal",
        &[("user", "worse"), ("usage-permission", "worse")],
    );
}

#[test]
fn not_action_lets_everything_else() {
    let role = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},"NotAction":"kms:Encrypt","Resource":"*"}"#;
    let audit = with(&[ROOT, &own(), role]);
    assert_steps(
        &audit,
        "NotAction",
        &[
            ("user", "worse"),
            ("usage-permission", "worse"),
            ("administrator", "worse"),
            ("reduce-use-statement", "worse"),
        ],
    );
}

#[test]
fn whoever_administers_is_named() {
    let everyone = r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#;
    let (word, evidence) = {
        let audit = with(&[ROOT, &own(), everyone]);
        let (word, evidence) = step(&audit, "administrator");
        (word, evidence.to_owned())
    };
    assert_eq!(word, "worse");
    assert!(evidence.contains("everyone"), "{evidence}");
    for (principal, action, expected) in [
        (
            r#"{"AWS":"arn:aws:iam::111122223333:role/a"}"#,
            "kms:ScheduleKeyDeletion",
            "better",
        ),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:role/a"}"#,
            "kms:CreateGrant",
            "better",
        ),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:role/a"}"#,
            "kms:Re*",
            "better",
        ),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:role/a"}"#,
            "kms:TagResource",
            "follows",
        ),
        (
            r#"{"AWS":"arn:aws:iam::999988887777:root"}"#,
            "kms:DisableKey",
            "worse",
        ),
        (
            r#"{"AWS":"arn:aws:iam::999988887777:role/a"}"#,
            "kms:PutKeyPolicy",
            "worse",
        ),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:user/hyperlane-validator-ethereum"}"#,
            "kms:CreateGrant",
            "worse",
        ),
    ] {
        let admin =
            format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"*"}}"#);
        let audit = with(&[ROOT, &own(), &admin]);
        assert_steps(
            &audit,
            &admin,
            &[("administrator", expected), ("user", "follows")],
        );
    }
}

#[test]
fn the_consoles_grant_statement_is_no_administrator_while_its_condition_stands() {
    let statement = |condition: &str| {
        format!(
            r#"{{"Sid":"Allow attachment of persistent resources","Effect":"Allow","Principal":{{"AWS":"{USER}"}},"Action":["kms:CreateGrant","kms:ListGrants","kms:RevokeGrant"],"Resource":"*"{condition}}}"#
        )
    };
    let bound = with(&[
        ROOT,
        &own(),
        &statement(r#","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}"#),
    ]);
    assert_steps(
        &bound,
        "bound",
        &[("administrator", "follows"), ("reduce-grant-statement", "worse")],
    );
    let free = with(&[ROOT, &own(), &statement("")]);
    assert_steps(
        &free,
        "free",
        &[("administrator", "worse"), ("reduce-grant-statement", "worse")],
    );
}

#[test]
fn a_deny_and_a_condition_are_not_evaluated() {
    let deny =
        format!(r#"{{"Effect":"Deny","Principal":{{"AWS":"{USER}"}},"Action":"kms:Sign","Resource":"*"}}"#);
    let audit = with(&[ROOT, &own(), &deny]);
    assert_steps(
        &audit,
        "Deny",
        &[("user", "not evaluated"), ("usage-permission", "not evaluated")],
    );
    assert!(step(&audit, "user").1.contains("denies kms:Sign"));
    let conditional = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{USER}"}},"Action":["kms:Sign","kms:GetPublicKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}}}}"#
    );
    let audit = with(&[ROOT, &conditional]);
    assert_steps(
        &audit,
        "Condition",
        &[
            ("user", "not evaluated"),
            ("usage-permission", "not evaluated"),
            ("reduce-use-statement", "not evaluated"),
        ],
    );
    assert!(step(&audit, "usage-permission").1.contains("Condition"));
    let elsewhere = own().replace(
        r#""Resource":"*""#,
        r#""Resource":"arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000""#,
    );
    assert_steps(
        &with(&[ROOT, &elsewhere]),
        "Resource",
        &[("usage-permission", "not evaluated")],
    );
}

#[test]
fn a_signer_of_another_account_and_a_deleted_one_are_said_to_be_so() {
    let foreign = with(&[ROOT, &sign(r#"{"AWS":"arn:aws:iam::999988887777:user/x"}"#)]);
    assert_steps(
        &foreign,
        "foreign",
        &[("user", "worse"), ("usage-permission", "worse")],
    );
    assert!(step(&foreign, "user").1.contains("of account 999988887777"));
    let deleted = with(&[ROOT, &sign(r#"{"AWS":"AIDAIOSFODNN7EXAMPLE"}"#)]);
    assert_steps(
        &deleted,
        "deleted",
        &[("user", "worse"), ("usage-permission", "worse")],
    );
    assert!(step(&deleted, "user").1.contains("deleted"));
}

fn grants(grantee: &str, operations: &str) -> String {
    format!(
        r#"{{"Grants":[{{"KeyId":"arn:aws:kms:us-east-1:111122223333:key/49f9c126-501a-45d8-bb1e-507ce68bb597","GrantId":"abc123","GranteePrincipal":"{grantee}","IssuingAccount":"arn:aws:iam::111122223333:root","Operations":[{operations}]}}]}}"#
    )
}

#[test]
fn grants_count_and_missing_ones_are_said() {
    let mut files = exact();
    let other = "arn:aws:iam::111122223333:role/other";
    put(&mut files, "grants.json", &grants(other, r#""Sign""#));
    let audit = audited(files.clone());
    assert_steps(
        &audit,
        "another's grant",
        &[("user", "worse"), ("usage-permission", "worse")],
    );
    assert!(step(&audit, "usage-permission").1.contains("(by a grant)"));
    put(&mut files, "grants.json", &grants(USER, r#""Sign""#));
    assert_steps(
        &audited(files.clone()),
        "its own grant",
        &[("usage-permission", "follows")],
    );
    put(&mut files, "grants.json", &grants(other, r#""DescribeKey""#));
    assert_steps(
        &audited(files.clone()),
        "no Sign",
        &[("usage-permission", "follows")],
    );
    put(&mut files, "grants.json", &grants(other, r#""CreateGrant""#));
    assert_steps(
        &audited(files.clone()),
        "CreateGrant",
        &[("administrator", "worse")],
    );
    files.retain(|(name, _)| !name.ends_with("grants.json"));
    let audit = audited(files.clone());
    let (word, evidence) = step(&audit, "usage-permission");
    assert_eq!(word, "follows");
    assert!(evidence.contains("by the key policy alone"), "{evidence}");
    put(
        &mut files,
        "grants.json",
        r#"{"Grants":[],"Truncated":true,"NextMarker":"abc"}"#,
    );
    let audit = audited(files);
    assert!(
        step(&audit, "usage-permission")
            .1
            .contains("by the key policy alone")
    );
}

#[test]
fn a_truncated_iam_export_proves_no_user_without_permissions() {
    let mut files = exact();
    let name = "iam/account-authorization-details.json";
    let whole = String::from_utf8(example(name)).expect("text");
    let cut = whole.replacen('{', r#"{"IsTruncated": true, "Marker": "abc", "#, 1);
    put(&mut files, name, &cut);
    assert_steps(&audited(files), "truncated", &[("user", "not evaluated")]);
}

fn first_answer(audit: &Audit) -> &audit::AnswerRow {
    audit
        .report
        .answers
        .iter()
        .find(|row| row.question == 1)
        .expect("an answer")
}

#[test]
fn the_address_step_is_the_first_answer() {
    let wrong = "0x1cc43514feC581818Dd0Cd99048dEAE7E1295a9c";
    // The digits of another address under a wrong checksum.
    let wrong_case = "0x1Cc43514feC581818Dd0Cd99048dEAE7E1295a9c";
    let own_case = "0xE134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5";
    for (claims, answer, word) in [
        (vec![ADDRESS], Answer::Yes, "follows"),
        (vec![wrong], Answer::No, "worse"),
        (vec![wrong_case], Answer::No, "worse"),
        (vec![own_case], Answer::Unknown, "not evaluated"),
        (vec![ADDRESS, wrong], Answer::No, "worse"),
        (vec![ADDRESS, wrong_case], Answer::No, "worse"),
        (vec![ADDRESS, own_case], Answer::Unknown, "not evaluated"),
        (vec![ADDRESS, "0x1234"], Answer::Unknown, "not evaluated"),
        (vec!["0x1234", wrong], Answer::No, "worse"),
    ] {
        let mut files = exact();
        let rows: Vec<String> = claims
            .iter()
            .map(|claim| format!("{claim},validator,ethereum,49f9c126-501a-45d8-bb1e-507ce68bb597"))
            .collect();
        let rows = rows.join("\n");
        put(
            &mut files,
            "claims.csv",
            &format!("address,role,chain,key\n{rows}"),
        );
        let audit = audited(files);
        assert_eq!(first_answer(&audit).answer, answer, "{claims:?}");
        assert_steps(&audit, &format!("{claims:?}"), &[("address", word)]);
    }
}

#[test]
fn bindings_read_well() {
    for row in ["", ",key 49f9c126-501a-45d8-bb1e-507ce68bb597"] {
        let mut files = exact();
        let head = if row.is_empty() {
            "address,role,chain"
        } else {
            "address,role,chain,key"
        };
        put(
            &mut files,
            "claims.csv",
            &format!(
                "{head}\n{ADDRESS},validator,ethereum{}\n",
                row.replace("key ", "")
            ),
        );
        let audit = audited(files);
        let rests_on = first_answer(&audit).rests_on.join("; ");
        assert!(rests_on.contains("(bound: "), "{rests_on}");
        assert!(!rests_on.contains("because it"), "{rests_on}");
    }
}

#[test]
fn a_public_key_joined_by_its_place_is_said_to_be_so() {
    let mut files = exact();
    let export: serde_json::Value =
        serde_json::from_slice(&example("validator-ethereum/public-key.json")).expect("JSON");
    let bare = export["PublicKey"].as_str().expect("base64").to_owned();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
        &bare[..64],
        &bare[64..]
    );
    files.retain(|(name, _)| !name.ends_with("public-key.json"));
    put(&mut files, "public-key.pem", &pem);
    let audit = audited(files.clone());
    let row = first_answer(&audit);
    assert_eq!(row.answer, Answer::Yes, "{row:?}");
    assert_eq!(row.strength, Strength::ClientFile);
    assert!(
        row.rests_on
            .iter()
            .any(|text| text.contains("says that this public key is that of")),
        "{row:?}"
    );
    // Named by another export as well.
    put(&mut files, "public-key.json", &export.to_string());
    let audit = audited(files);
    let row = first_answer(&audit);
    assert_eq!(row.strength, Strength::Computed, "{row:?}");
    assert!(!row.rests_on.iter().any(|text| text.contains("only ")), "{row:?}");
}

#[test]
fn contradictory_exports_decide_nothing_whatever_their_names() {
    let describe = String::from_utf8(example("validator-ethereum/describe-key.json")).expect("text");
    let changed = describe
        .replace("\"Enabled\",", "\"Disabled\",")
        .replace("\"AWS_KMS\"", "\"EXTERNAL\"")
        .replace("\"SIGN_VERIFY\"", "\"KEY_AGREEMENT\"");
    assert_ne!(describe, changed);
    for name in ["a-describe-key.json", "z-describe-key.json"] {
        let mut files = exact();
        put(&mut files, name, &changed);
        let audit = audited(files);
        assert_steps(
            &audit,
            name,
            &[
                ("key", "not evaluated"),
                ("usage", "not evaluated"),
                ("spec", "follows"),
            ],
        );
        assert!(step(&audit, "key").1.contains("contradict each other"));
        let key = &audit.report.keys[0];
        assert_eq!(
            key.activity.as_deref(),
            Some("Disabled / Enabled (contradictory)")
        );
        assert_eq!(key.origin.as_deref(), Some("AWS_KMS / EXTERNAL (contradictory)"));
        assert_eq!(key.key_spec.as_deref(), Some("ECC_SECG_P256K1"));
    }
    for name in [
        "a/key-policy-49f9c126-501a-45d8-bb1e-507ce68bb597.json",
        "z/key-policy-49f9c126-501a-45d8-bb1e-507ce68bb597.json",
    ] {
        let mut files = exact();
        let text = policy(&[ROOT, &own(), &sign(r#""*""#)]);
        put(&mut files, name, &text);
        let audit = audited(files);
        for id in [
            "user",
            "administrator",
            "usage-permission",
            "reduce-use-statement",
            "reduce-grant-statement",
        ] {
            let (word, evidence) = step(&audit, id);
            assert_eq!(word, "not evaluated", "{name}: {id}: {evidence}");
            assert!(evidence.contains("contradict each other"), "{evidence}");
        }
    }
}

fn screen(files: Files, options: &audit::Options) -> String {
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    let audit = audit::audit(&bundle, options);
    let input = Input {
        audit: &audit,
        bundle: &bundle,
        show: Show::Findings,
    };
    let style = Style {
        width: 200,
        ..Style::default()
    };
    format_by_id("table").expect("a format").render(&input, style)
}

#[test]
fn hidden_findings_count_for_the_result() {
    let mut files = exact();
    put(
        &mut files,
        "claims.csv",
        "address,role,chain\n0x1cc43514feC581818Dd0Cd99048dEAE7E1295a9c,validator,ethereum\n",
    );
    let all = run(files.clone(), &options());
    assert!(
        all.report
            .summary
            .result
            .starts_with("findings at or above medium")
    );
    let mut strict = options();
    strict.min_severity = Severity::Critical;
    strict.min_confidence = Confidence::High;
    strict.ignore = vec!["policy".to_owned()];
    strict.fail_on = vec![audit::FailOn::Level(Severity::Info)];
    put(
        &mut files,
        "claims.csv",
        &format!(
            "address,role,chain\n{},validator,ethereum\n",
            ADDRESS
                .to_ascii_uppercase()
                .replace("0X", "0x")
                .replacen('E', "e", 1)
        ),
    );
    let hidden = run(files.clone(), &strict);
    assert!(hidden.report.findings.is_empty(), "{:?}", hidden.report.findings);
    assert!(hidden.report.summary.hidden > 0);
    assert!(
        hidden
            .report
            .summary
            .result
            .starts_with("findings at or above info"),
        "{}",
        hidden.report.summary.result
    );
    let text = screen(files, &strict);
    assert!(
        text.contains("left out by --min-severity/--min-confidence"),
        "{text}"
    );
    assert!(!text.contains("No findings."), "{text}");
    for option in ["ignore: policy", "min-severity: critical", "min-confidence: high"] {
        assert!(text.contains(option), "{option}: {text}");
    }
    let plain = screen(exact(), &options());
    assert!(
        !plain.contains("min-severity") && !plain.contains("ignore:"),
        "{plain}"
    );
}

#[test]
fn without_a_key_in_scope_nothing_was_judged() {
    let files = vec![(
        "claims.csv".to_owned(),
        format!("address\n{ADDRESS}\n").into_bytes(),
    )];
    let text = screen(files, &options());
    assert!(text.contains("nothing was judged: no key is in scope"), "{text}");
    // Neither role nor chain: no hole in the line.
    assert!(text.contains("a key here, 0xe134"), "{text}");
}

#[test]
fn broken_files_beyond_the_third_are_counted() {
    let mut files = exact();
    for number in 0..5 {
        put(
            &mut files,
            &format!("broken/{number}-public-key.json"),
            "{\"PublicKey\": ",
        );
    }
    let text = screen(files, &options());
    assert!(text.contains("and 2 more"), "{text}");
}
