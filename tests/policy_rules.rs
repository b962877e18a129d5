//! The rules on what a key policy says in vain, over policies as they are found.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kms_audit::audit::{self, Audit, OutcomeKind};
use kms_audit::evidence::{Bundle, assemble};
use kms_audit::input::{self, gather_bytes};
use kms_audit::rules::{Page, RULES};
use serde_json::{Value, json};

fn audited(files: Vec<(String, Vec<u8>)>) -> (Bundle, Audit) {
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    let day = "2026-11-20".parse().expect("a date");
    let audit = audit::audit(&bundle, &audit::Options::new(day, "test"));
    (bundle, audit)
}

fn one(name: &str, text: &str) -> (Bundle, Audit) {
    audited(vec![(name.to_owned(), text.as_bytes().to_vec())])
}

fn wild() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/policy/wild")
}

fn expected() -> Value {
    let text = std::fs::read_to_string(wild().join("expected.json")).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// The rules that `expected.json` speaks of.
fn rules() -> BTreeSet<String> {
    let list = expected()["rules"].clone();
    serde_json::from_value(list).expect("a list of ids")
}

/// Severity, rule and line of the findings of those rules, by line; in an escaped policy, its own lines.
fn found(bundle: &Bundle, audit: &Audit, rules: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<(usize, String)> = audit
        .findings
        .iter()
        .filter(|finding| rules.contains(finding.rule))
        .map(|finding| {
            let place = bundle.sources.place(finding.primary.span);
            let line = place.inner.map_or(place.start.line, |(_, inner)| inner.line);
            (
                line,
                format!("{} {} {line}", finding.severity.word(), finding.rule),
            )
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn policies_as_they_are_found_have_what_a_reviewer_would_say() {
    let (expected, rules) = (expected(), rules());
    let files = expected["files"].as_object().expect("an object");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(wild()).expect("a folder") {
        names.insert(
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.remove("expected.json");
    assert_eq!(names, files.keys().cloned().collect(), "a line for each file");
    for (name, wanted) in files {
        let text = std::fs::read_to_string(wild().join(name)).expect("a file");
        let (bundle, audit) = one(name, &text);
        assert_eq!(json!(found(&bundle, &audit, &rules)), *wanted, "{name}");
    }
}

#[test]
fn no_place_is_told_twice() {
    let rules = rules();
    let mut looked_at = 0;
    for rule in RULES {
        let page = Page::parse(rule.meta().page);
        for example in page.examples("Bad").into_iter().chain(page.examples("Good")) {
            let files = example
                .files
                .iter()
                .map(|(name, text)| (name.clone(), text.clone().into_bytes()));
            let (bundle, audit) = audited(files.collect());
            let mut seen = BTreeSet::new();
            for finding in audit
                .findings
                .iter()
                .filter(|finding| rules.contains(finding.rule))
            {
                looked_at += 1;
                let text = bundle.sources.snippet(finding.primary.span);
                assert!(
                    seen.insert((finding.subject.as_str(), finding.primary.span)),
                    "{}: {}: {} at {text:?}",
                    rule.meta().id,
                    example.title,
                    finding.rule
                );
            }
        }
    }
    assert!(looked_at > 80, "{looked_at}");
}

#[test]
fn a_place_in_an_escaped_policy_is_the_actions_own() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/agent"}, "Action": ["kms:Sign", "kms:GetPublicKeys"], "Resource": "*"}
    ]});
    let pretty = serde_json::to_string_pretty(&policy).expect("JSON");
    let export = json!({"Policy": pretty, "PolicyName": "default"}).to_string();
    let (bundle, audit) = one("key-policy.json", &export);
    let finding = audit
        .findings
        .iter()
        .find(|finding| finding.rule == "unknown-action")
        .expect("found");
    assert_eq!(
        bundle.sources.snippet(finding.primary.span),
        Some("\"kms:GetPublicKeys\"")
    );
    let outer = bundle.sources.outer(finding.primary.span);
    assert_eq!(bundle.sources.snippet(outer), Some("\\\"kms:GetPublicKeys\\\""));
    assert!(
        finding.message.contains("did you mean kms:GetPublicKey?"),
        "{}",
        finding.message
    );
    assert!(
        finding
            .remedy
            .contains("Write kms:GetPublicKey instead of kms:GetPublicKeys"),
        "{}",
        finding.remedy
    );
    assert_eq!(finding.related.len(), 1, "the statement");
}

#[test]
fn what_only_deployment_gives_is_no_finding_and_no_pass() {
    let template = r"
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  SignerArn: {Type: String}
  Actions: {Type: CommaDelimitedList}
  Endpoint: {Type: String}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeySpec: ECC_SECG_P256K1
      KeyUsage: SIGN_VERIFY
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}
            Action: kms:*
            Resource: '*'
          - Effect: Allow
            Principal: {AWS: !Ref SignerArn}
            Action: !Ref Actions
            Resource: !Sub 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/*'
            Condition:
              StringEquals: {'aws:SourceVpce': !Ref Endpoint, 'kms:CallerAccount': !Ref AWS::AccountId}
              ArnLike: {'aws:PrincipalArn': !Ref SignerArn}
          - Effect: Allow
            Principal: {AWS: !Ref SignerArn}
            Action: kms:Get*
            Resource: '*'
";
    let rules = rules();
    let (bundle, audit) = one("template.yaml", template);
    assert_eq!(found(&bundle, &audit, &rules), [""; 0]);
    let outcome = |rule: &str| {
        let row = audit.report.outcomes.iter().find(|row| row.rule == rule);
        row.map(|row| row.outcome)
    };
    for rule in [
        "unknown-action",
        "wildcard-action",
        "signer-wildcard-action",
        "no-effect-statement",
    ] {
        assert_eq!(outcome(rule), Some(OutcomeKind::NotEvaluated), "{rule}");
    }
}

#[test]
fn masked_values_are_told_as_such_and_not_as_wrong() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::XXXXXXXXXXXX:role/agent", "arn:aws:iam::<account>:root"]},
         "Action": "kms:Sign", "Resource": "arn:aws:kms:eu-west-1:XXXXXXXXXXXX:key/XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX",
         "Condition": {"StringEquals": {"kms:CallerAccount": "XXXXXXXXXXXX"}}}]}"#;
    let (bundle, audit) = one("key-policy.json", policy);
    assert_eq!(found(&bundle, &audit, &rules()), [""; 0]);
    assert!(
        audit
            .findings
            .iter()
            .any(|finding| finding.rule == "redacted-value")
    );
}

/// A policy of about so many bytes, `pretty` with white space around.
fn of_size(bytes: usize, pretty: bool) -> String {
    let statement = |filler: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Sid": filler, "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
        ]})
        .to_string()
    };
    let empty = statement("").len();
    if pretty {
        let text = statement("x");
        return text.replacen('{', &format!("{{{}", " ".repeat(bytes - text.len())), 1);
    }
    statement(&"x".repeat(bytes - empty))
}

#[test]
fn a_policy_has_32768_bytes_at_most_and_nine_tenths_of_it_are_told() {
    for (bytes, pretty, expected) in [
        (29_491, false, None),
        (29_492, false, Some("low")),
        (32_768, false, Some("low")),
        (32_769, false, Some("medium")),
        (60_000, false, Some("medium")),
        (29_491, true, None),
        (32_768, true, Some("low")),
        // Without white space it fits.
        (60_000, true, Some("low")),
    ] {
        let text = of_size(bytes, pretty);
        assert_eq!(text.len(), bytes);
        // As a file, and escaped in an export, where the file is longer.
        let export = json!({"Policy": text, "PolicyName": "default"}).to_string();
        for file in [&text, &export] {
            let (_, audit) = one("key-policy.json", file);
            let severity = audit
                .findings
                .iter()
                .find(|finding| finding.rule == "policy-too-large")
                .map(|finding| finding.severity.word());
            assert_eq!(severity, expected, "{bytes} {pretty}");
        }
    }
}

#[test]
fn the_actions_of_the_consoles_administrators_are_one_finding() {
    let policy = std::fs::read_to_string(wild().join("console-with-administrators.json")).expect("a file");
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    let metadata = json!({"KeyMetadata": {"Arn": arn, "KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_SECG_P256K1", "Origin": "AWS_KMS", "MultiRegion": false}});
    // Also with what the console adds for other keys, and where the administrator is the key's user.
    let more = policy.replace(
        "\"kms:RotateKeyOnDemand\"",
        "\"kms:RotateKeyOnDemand\", \"kms:ReplicateKey\", \"kms:UpdatePrimaryRegion\", \"kms:ImportKeyMaterial\"",
    );
    assert_ne!(more, policy);
    for policy in [&policy, &more] {
        let files = vec![
            ("describe-key.json".to_owned(), metadata.to_string().into_bytes()),
            ("key-policy.json".to_owned(), policy.clone().into_bytes()),
        ];
        let (_, audit) = audited(files);
        let said: Vec<&str> = audit.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(
            said,
            [
                "wildcard-action",
                "policy-lockout-bypass-allowed",
                "removable-grant-statement",
                "schedule-deletion-unguarded",
                "user-principal-signer",
                "broad-account-delegation",
                "message-type-not-pinned",
                "no-network-guard",
                "removable-describe-key",
                "removable-verify"
            ]
        );
        let finding = &audit.findings[0];
        assert_eq!(finding.severity.word(), "medium");
        for words in [
            "kms:CreateGrant",
            "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion",
            "kms:DisableKey",
            "kms:UpdateAlias",
            "kms:TagResource",
        ] {
            assert!(
                finding.consequences.iter().any(|text| text.contains(words)),
                "{words}"
            );
        }
        assert!(
            finding
                .notes
                .iter()
                .any(|note| note.starts_with("Of no use on this key: kms:RotateKeyOnDemand"))
        );
    }
    let same = policy.replace("role/admin", "user/alice");
    let (_, audit) = one("key-policy.json", &same);
    let said: BTreeSet<&str> = audit.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(
        said.into_iter().collect::<Vec<_>>(),
        [
            "broad-account-delegation",
            "message-type-not-pinned",
            "no-network-guard",
            "policy-lockout-bypass-allowed",
            "removable-describe-key",
            "removable-grant-statement",
            "removable-verify",
            "schedule-deletion-unguarded",
            "signer-wildcard-action",
            "user-principal-signer"
        ]
    );
}

#[test]
fn hostile_text_reaches_no_command() {
    let hostile = "\u{202e}$(reboot)`id`<b>|";
    let policy = json!({"Version": hostile, "Statement": [
        {"Sid": hostile, "Effect": "Deny", "Principal": {"AWS": [hostile, "AIDAEXAMPLEID0000001A"], hostile: hostile}, "Action": [hostile, "kms:*", "kms:Sign"], "Resource": hostile,
         "Condition": {hostile: {hostile: hostile}, "StringEquals": {"kms:CallerAccount": hostile, "aws:PrincipalOrgPaths": hostile}}},
        {"Sid": hostile, "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/agent"}, "Action": ["kms:*", "kms:Sign"]}
    ]});
    let (_, audit) = one("key-policy.json", &policy.to_string());
    assert!(audit.findings.len() >= 10, "{}", audit.findings.len());
    for finding in &audit.findings {
        let command = finding.remedy.split("aws kms").nth(1).unwrap_or_default();
        assert!(
            !command.contains("reboot"),
            "{}: {}",
            finding.rule,
            finding.remedy
        );
    }
}
