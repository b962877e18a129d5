//! Policies and settings of the buckets that validators publish in: who can write, who can read, what is kept.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "helpers of tests may fail as tests do"
)]

use kms_audit::audit::{self, Audit, OutcomeKind};
use kms_audit::evidence::{Bundle, FileStatus, assemble};
use kms_audit::finding::Severity;
use kms_audit::input::{self, gather_bytes};

fn bundle(files: &[(&str, &str)]) -> Bundle {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    assemble(gathered.sources, gathered.files, gathered.artefacts)
}

fn audited(files: &[(&str, &str)]) -> (Bundle, Audit) {
    let bundle = bundle(files);
    for file in &bundle.files {
        assert_eq!(file.status, FileStatus::Used, "{}", file.path);
    }
    let day = "2026-11-20".parse().expect("a date");
    let audit = audit::audit(&bundle, &audit::Options::new(day, "test"));
    (bundle, audit)
}

/// The findings, each as `rule severity`.
fn found(audit: &Audit) -> Vec<String> {
    audit
        .report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.rule, finding.severity.word()))
        .collect()
}

fn outcome(audit: &Audit, rule: &str) -> (OutcomeKind, String) {
    let row = audit
        .report
        .outcomes
        .iter()
        .find(|row| row.rule == rule)
        .expect("the rule");
    (row.outcome, row.reason.clone())
}

fn policy(statements: &[&str]) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(", ")
    )
}

const READ: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::acme-base", "arn:aws:s3:::acme-base/*"]}"#;
const WRITE: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/hyperlane-validator-base"}, "Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": "arn:aws:s3:::acme-base/*"}"#;

/// One more statement that lets everybody put objects, with this condition.
fn put_if(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-base/*", "Condition": {condition}}}"#
    )
}

#[test]
fn the_policy_of_hyperlanes_documentation_is_worth_an_information_only() {
    // With the Version that the console adds, and as Hyperlane's own infrastructure puts it, without.
    for text in [
        policy(&[READ, WRITE]),
        policy(&[READ, WRITE]).replace(r#""Version": "2012-10-17", "#, ""),
    ] {
        let (_, audit) = audited(&[("policy.json", &text)]);
        assert_eq!(found(&audit), ["bucket-delete-allowed info"]);
    }
}

#[test]
fn hyperlanes_terraform_module_gives_the_user_reading_too() {
    let all = WRITE
        .replace(
            r#""s3:PutObject"]"#,
            r#""s3:PutObject", "s3:GetObject", "s3:ListBucket"]"#,
        )
        .replace(
            r#""Resource": "arn:aws:s3:::acme-base/*""#,
            r#""Resource": ["arn:aws:s3:::acme-base", "arn:aws:s3:::acme-base/*"]"#,
        );
    let versioning = r#"{"Status": "Enabled"}"#;
    let (_, audit) = audited(&[
        ("policy.json", &policy(&[READ, &all])),
        ("versioning.json", versioning),
    ]);
    assert_eq!(found(&audit), ["bucket-delete-allowed info"]);
}

#[test]
fn a_bucket_that_everybody_writes_is_critical_whatever_the_policy_calls_it() {
    for statement in [
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-base/*"}"#,
        r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:Put*", "Resource": "arn:aws:s3:::acme-base/*"}"#,
        r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}, "Action": "s3:deleteobject", "Resource": "*"}"#,
        r#"{"Effect": "Allow", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "arn:aws:s3:::acme-base/*"}"#,
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::acme-base"}"#,
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-base/inbox/?.json"}"#,
        r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::acme-base/*"}"#,
        r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-base/*"}"#,
    ] {
        let (_, audit) = audited(&[("policy.json", &policy(&[READ, WRITE, statement]))]);
        assert!(
            found(&audit).contains(&"bucket-public-write critical".to_owned()),
            "{statement}: {:?}",
            found(&audit)
        );
    }
}

#[test]
fn a_condition_counts_by_who_can_meet_it() {
    for (condition, expected) in [
        // Who asks writes it himself.
        (
            r#"{"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}"#,
            "critical",
        ),
        (
            r#"{"StringLike": {"aws:Referer": "https://acme.example/*"}}"#,
            "critical",
        ),
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, "critical"),
        (r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, "critical"),
        (
            r#"{"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}"#,
            "critical",
        ),
        // Where he is, he cannot choose.
        (r#"{"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}"#, "medium"),
        // Nobody without a name meets these, nor does anybody on the internet.
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}}"#,
            "none",
        ),
        (r#"{"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#, "none"),
        (
            r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/a"}}"#,
            "none",
        ),
        (
            r#"{"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}"#,
            "none",
        ),
    ] {
        let (_, audit) = audited(&[("policy.json", &policy(&[READ, &put_if(condition)]))]);
        let own: Vec<String> = found(&audit)
            .into_iter()
            .filter(|finding| finding.starts_with("bucket-public-write"))
            .collect();
        let expected: Vec<String> = match expected {
            "none" => Vec::new(),
            level => vec![format!("bucket-public-write {level}")],
        };
        assert_eq!(own, expected, "{condition}");
    }
}

#[test]
fn a_deny_takes_public_writing_away() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:DeleteObject*", "s3:PutObjectAcl"], "Resource": "arn:aws:s3:::acme-base/*"}"#;
    let (_, audit) = audited(&[("policy.json", &policy(&[READ, &put_if("{}"), deny]))]);
    assert_eq!(outcome(&audit, "bucket-public-write").0, OutcomeKind::Pass);
}

#[test]
fn relayers_read_without_credentials_from_anywhere() {
    let missing = "bucket-public-read-missing";
    let level = |statements: &[&str]| {
        let (_, audit) = audited(&[("policy.json", &policy(statements))]);
        audit
            .report
            .findings
            .iter()
            .find(|finding| finding.rule == missing)
            .map(|finding| (finding.severity, finding.message.clone()))
    };
    assert_eq!(level(&[READ]), None);
    // Over TLS only: relayers use it.
    let tls = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-base/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#;
    assert_eq!(level(&[READ, tls]), None);
    let (severity, message) = level(&[WRITE]).expect("a finding");
    assert_eq!(severity, Severity::Medium);
    assert_eq!(
        message,
        "relayers need s3:GetObject and s3:ListBucket, and the bucket policy does not let everybody do so"
    );
    let (severity, message) = level(&[&READ.replace(r#", "s3:ListBucket""#, "")]).expect("a finding");
    assert_eq!(severity, Severity::Low);
    assert!(
        message.contains("s3:ListBucket") && !message.contains("s3:GetObject"),
        "{message}"
    );
    // The account's users are not the public.
    let (severity, _) =
        level(&[&READ.replace(r#""Principal": "*""#, r#""Principal": {"AWS": "111122223333"}"#)])
            .expect("a finding");
    assert_eq!(severity, Severity::Medium);
    // Announcements alone are not enough.
    let only = READ.replace("acme-base/*", "acme-base/announcement.json");
    assert_eq!(level(&[&only]).expect("a finding").0, Severity::Medium);
    let from = format!(
        r#"{}, "Condition": {{"IpAddress": {{"aws:SourceIp": "198.51.100.0/24"}}}}}}"#,
        READ.trim_end_matches('}')
    );
    let (severity, message) = level(&[&from]).expect("a finding");
    assert_eq!(severity, Severity::Low);
    assert!(message.contains("under a condition only"), "{message}");
}

#[test]
fn the_answers_of_s3_are_joined_by_command_path_or_alone() {
    let named = |files: &[(&str, &str)]| -> Vec<String> {
        let bundle = bundle(files);
        bundle
            .buckets
            .iter()
            .map(|bucket| format!("{}: {}", bucket.subject(), bucket.says(&bundle).count()))
            .collect()
    };
    let of = |bucket: &str| policy(&[READ]).replace("acme-base", bucket);
    let versioning = r#"{"Status": "Enabled"}"#;
    assert_eq!(
        named(&[("p.json", &of("one")), ("v.json", versioning)]),
        ["bucket one: 2"]
    );
    assert_eq!(
        named(&[
            ("p1.json", &of("acme-base")),
            ("p2.json", &of("acme-optimism")),
            ("acme-optimism-versioning.json", versioning),
        ]),
        ["bucket acme-base: 1", "bucket acme-optimism: 2"]
    );
    assert_eq!(
        named(&[
            ("base/p.json", &of("one")),
            ("optimism/p.json", &of("two")),
            ("optimism/v.json", versioning),
        ]),
        ["bucket one: 1", "bucket two: 2"]
    );
    let transcript = format!(
        "$ aws s3api get-bucket-versioning --bucket two\n{versioning}\n$ aws s3api get-public-access-block --bucket two\n{{\"PublicAccessBlockConfiguration\": {{\"BlockPublicAcls\": true, \"IgnorePublicAcls\": true, \"BlockPublicPolicy\": false, \"RestrictPublicBuckets\": false}}}}\n"
    );
    assert_eq!(
        named(&[("p1.json", &of("one")), ("log.txt", &transcript)]),
        ["bucket one: 1", "bucket two: 2"]
    );
    // Of which of two it is, nothing tells: that is a gap.
    let bundle = bundle(&[
        ("a.json", &of("one")),
        ("b.json", &of("two")),
        ("v.json", versioning),
    ]);
    assert!(
        bundle.gaps.iter().any(|gap| gap.kind == "bucket"),
        "{:?}",
        bundle.gaps
    );
}

#[test]
fn a_public_access_block_makes_a_public_policy_moot_and_relayers_blind() {
    let block = r#"{"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true}}"#;
    let (_, audit) = audited(&[
        ("policy.json", &policy(&[READ, &put_if("{}")])),
        ("public-access.json", block),
    ]);
    assert_eq!(
        found(&audit),
        [
            "bucket-public-access-blocked medium",
            "bucket-public-write medium"
        ]
    );
    // As Hyperlane's documentation has it: the two on lists on, the two on policies off.
    let open = block.replacen(
        r#""BlockPublicPolicy": true, "RestrictPublicBuckets": true"#,
        r#""BlockPublicPolicy": false, "RestrictPublicBuckets": false"#,
        1,
    );
    let (_, audit) = audited(&[("policy.json", &policy(&[READ])), ("public-access.json", &open)]);
    assert_eq!(found(&audit), Vec::<String>::new());
    assert_eq!(
        outcome(&audit, "bucket-public-access-blocked").0,
        OutcomeKind::Pass
    );
}

#[test]
fn what_is_not_given_is_not_evaluated() {
    let env = "HYP_ORIGINCHAINNAME=base\nHYP_VALIDATOR_ID=alias/v\nHYP_VALIDATOR_REGION=eu-west-1\nHYP_CHECKPOINTSYNCER_TYPE=s3\nHYP_CHECKPOINTSYNCER_BUCKET=acme-base\n";
    let (_, audit) = audited(&[("v.env", env)]);
    for rule in [
        "bucket-public-write",
        "bucket-public-read-missing",
        "bucket-versioning-off",
    ] {
        let (kind, reason) = outcome(&audit, rule);
        assert_eq!(kind, OutcomeKind::NotEvaluated, "{rule}");
        assert!(
            reason.contains("an agent is configured with the bucket acme-base"),
            "{reason}"
        );
    }
    let (_, audit) = audited(&[("policy.json", &policy(&[READ]))]);
    for rule in ["bucket-versioning-off", "bucket-public-access-blocked"] {
        assert_eq!(outcome(&audit, rule).0, OutcomeKind::NotEvaluated, "{rule}");
    }
    let (_, audit) = audited(&[("v.json", r#"{"Status": "Enabled"}"#)]);
    assert_eq!(
        outcome(&audit, "bucket-public-write").0,
        OutcomeKind::NotEvaluated
    );
}

#[test]
fn the_folder_of_the_agent_is_the_one_that_must_be_readable() {
    let env = |folder: &str| {
        format!(
            "HYP_ORIGINCHAINNAME=base\nHYP_CHECKPOINTSYNCER_TYPE=s3\nHYP_CHECKPOINTSYNCER_BUCKET=acme-base\nHYP_CHECKPOINTSYNCER_FOLDER={folder}\n"
        )
    };
    let only = policy(&[&READ.replace("acme-base/*", "acme-base/a/*")]);
    let of = |folder: &str| {
        let (_, audit) = audited(&[("policy.json", &only), ("v.env", &env(folder))]);
        found(&audit).contains(&"bucket-public-read-missing medium".to_owned())
    };
    assert!(!of("a"));
    assert!(!of("/a/"));
    assert!(of("b"));
}

#[test]
fn rules_on_key_policies_do_not_speak_of_buckets_nor_the_reverse() {
    // A key policy that everybody may use, and a bucket policy that everybody may read.
    let key = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}, {"Sid": "root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}"#;
    let (_, audit) = audited(&[("key-policy.json", key)]);
    assert!(
        found(&audit)
            .iter()
            .any(|finding| finding.starts_with("public-principal")),
        "{:?}",
        found(&audit)
    );
    assert!(!found(&audit).iter().any(|finding| finding.starts_with("bucket-")));
    let (bundle, audit) = audited(&[("policy.json", &policy(&[READ, WRITE, &put_if("{}")]))]);
    assert!(bundle.keys.is_empty());
    assert!(
        found(&audit).iter().all(|finding| finding.starts_with("bucket-")),
        "{:?}",
        found(&audit)
    );
}

#[test]
fn an_escaped_policy_has_places_of_its_own_and_a_broken_one_is_said() {
    let escaped = serde_json::json!({ "Policy": policy(&[READ, &put_if("{}")]) }).to_string();
    let (bundle, audit) = audited(&[("get-bucket-policy.json", &escaped)]);
    assert_eq!(bundle.buckets[0].subject(), "bucket acme-base");
    let finding = audit
        .report
        .findings
        .iter()
        .find(|finding| finding.rule == "bucket-public-write")
        .expect("the finding");
    let inner = finding.location.inner.as_ref().expect("a place in the document");
    assert_eq!(inner.pointer.as_deref(), Some("/Statement/1"));
}

#[test]
fn hostile_policies_end_and_say_no_more_than_they_are() {
    let many: Vec<String> = (0..400)
        .map(|index| {
            format!(
                r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::111122223333:user/u{index}"}}, "Action": "s3:*", "Resource": "arn:aws:s3:::acme-base/{}{index}*"}}"#,
                "*?".repeat(40)
            )
        })
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (_, audit) = audited(&[("policy.json", &policy(&many))]);
    assert!(!audit.report.findings.is_empty());
    for text in [
        r#"{"Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Principal": {"AWS": []}, "Resource": "arn:aws:s3:::"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": "*"}, "Resource": "arn:aws:s3:::*/"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:PutObject"], "Principal": "*", "Resource": "arn:aws:s3:::${a}/${b}"}]}"#,
    ] {
        let (_, audit) = audited(&[("policy.json", text)]);
        assert!(!audit.report.outcomes.is_empty());
    }
}

/// The answers of a server with S3's API, by both versions of the AWS CLI: `scripts/make-buckets` makes them.
#[test]
fn the_answers_of_the_aws_cli_are_read_in_every_form() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/bucket");
    let file = |name: &str| std::fs::read_to_string(root.join(name)).expect("a file");
    let name = "bucket hyperlane-validator-signatures-acme-base";
    for files in [
        [
            "outputs/get-bucket-policy.json",
            "outputs/get-bucket-versioning.json",
            "outputs/get-public-access-block.json",
            "outputs/get-bucket-policy-status.json",
        ],
        [
            "outputs-v2/get-bucket-policy.json",
            "outputs-v2/get-bucket-versioning.json",
            "outputs-v2/get-public-access-block.json",
            "outputs-v2/get-bucket-policy-status.json",
        ],
        [
            "outputs-v2/get-bucket-policy.yaml",
            "outputs/get-bucket-versioning.json",
            "outputs/get-public-access-block.json",
            "outputs/get-bucket-policy-status.json",
        ],
        [
            "policy.json",
            "outputs/get-bucket-versioning.json",
            "outputs/get-public-access-block.json",
            "outputs/get-bucket-policy-status.json",
        ],
    ] {
        let texts: Vec<String> = files.iter().map(|name| file(name)).collect();
        let given: Vec<(&str, &str)> = files
            .iter()
            .copied()
            .zip(texts.iter().map(String::as_str))
            .collect();
        let (bundle, audit) = audited(&given);
        assert_eq!(bundle.buckets.len(), 1, "{files:?}");
        assert_eq!(bundle.buckets[0].subject(), name);
        assert_eq!(bundle.buckets[0].says(&bundle).count(), 4);
        assert_eq!(found(&audit), ["bucket-delete-allowed info"], "{files:?}");
    }
    let (bundle, audit) = audited(&[("log.txt", &file("transcript/log.txt"))]);
    assert_eq!(bundle.buckets[0].subject(), name);
    assert_eq!(bundle.buckets[0].says(&bundle).count(), 4);
    assert_eq!(found(&audit), ["bucket-delete-allowed info"]);
}
