//! How severe a finding is follows from what the evidence shows, and nothing that AWS, its console or the guide writes is
//! severe.

#![allow(clippy::expect_used, reason = "helpers of tests may fail as tests do")]

use kms_audit::audit::{self, Audit};
use kms_audit::evidence::{Bundle, assemble};
use kms_audit::finding::Severity;
use kms_audit::input::{self, gather_bytes};
use kms_audit::rules::{Example, Page, rule_by_id};

type Files = Vec<(String, Vec<u8>)>;

fn audited(files: Files) -> (Bundle, Audit) {
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    let day = "2026-11-20".parse().expect("a date");
    let audit = audit::audit(&bundle, &audit::Options::new(day, "test"));
    (bundle, audit)
}

fn files_of(example: &Example) -> Files {
    example
        .files
        .iter()
        .map(|(name, content)| (name.clone(), content.clone().into_bytes()))
        .collect()
}

const ROOT: &str = r#"{"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
const USE: &str = r#"{"Sid": "Allow use of the key", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/hyperlane-validator-base"}, "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"], "Resource": "*"}"#;
const GRANTS: &str = r#"{"Sid": "Allow attachment of persistent resources", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/hyperlane-validator-base"}, "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}"#;

#[test]
fn severity_follows_what_the_evidence_shows() {
    for (id, title, severity) in [
        (
            "admin-and-signer-same-principal",
            "the agent of one key rewrites the policy of the other",
            "high",
        ),
        ("admin-and-signer-same-principal", "declared as both", "medium"),
        ("alias-redirect", "a deployment role moves aliases", "medium"),
        ("alias-redirect", "the key is called by the alias", "high"),
        ("pin-breaks-get-public-key", "one statement for both", "medium"),
        ("pin-breaks-get-public-key", "only DescribeKey is lost", "low"),
        ("same-key-several-chains", "a validator of two chains", "medium"),
        (
            "same-key-several-chains",
            "in published sets, once alone, and on a test network",
            "low",
        ),
        ("same-key-several-chains", "a relayer", "info"),
        (
            "same-principal-several-keys",
            "a validator's and a relayer's key",
            "medium",
        ),
        ("same-principal-several-keys", "two validators", "low"),
        (
            "same-principal-several-keys",
            "nothing says what they are for",
            "info",
        ),
        ("shared-account-admins", "they reach the threshold", "critical"),
        (
            "shared-account-admins",
            "an administrator of two operators",
            "medium",
        ),
        (
            "shared-account-admins",
            "one account, which is informational",
            "info",
        ),
        (
            "shared-account-admins",
            "one role, which is informational",
            "info",
        ),
        ("signer-shared-by-many", "five", "medium"),
        (
            "signer-shared-by-many",
            "declared, which makes it informational",
            "info",
        ),
        ("wrong-pin-value", "RAW for an EVM address", "high"),
        ("wrong-pin-value", "RAW, and nothing is claimed", "medium"),
    ] {
        let page = Page::parse(rule_by_id(id).expect("a rule").meta().page);
        let examples = page.examples("Bad");
        let example = examples.iter().find(|example| example.title == title);
        let (_, audit) = audited(files_of(example.expect("an example")));
        let said: Vec<&str> = audit
            .findings
            .iter()
            .filter(|finding| finding.rule == id)
            .map(|finding| finding.severity.word())
            .collect();
        assert_eq!(said, [severity], "{id}: {title}");
    }
}

#[test]
fn the_policies_of_aws_of_the_console_and_of_the_guide_have_nothing_at_medium_or_above() {
    let administrators = r#"{"Sid": "Allow access for Key Administrators", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"], "Resource": "*"}"#;
    let reduced = USE
        .replace("\"kms:DescribeKey\", ", "")
        .replace(", \"kms:Verify\"", "");
    for statements in [
        ROOT.to_owned(),
        format!("{ROOT}, {USE}, {GRANTS}"),
        format!("{ROOT}, {administrators}, {USE}, {GRANTS}"),
        format!("{ROOT}, {reduced}"),
        format!("{ROOT}, {administrators}, {reduced}"),
    ] {
        let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let (mut keys, mut files) = (Vec::new(), Vec::new());
        // One operator: a validator and a relayer on two chains, one account, one administrator, an alias and a user each.
        for (at, what) in [
            "validator-base",
            "validator-optimism",
            "relayer-base",
            "relayer-optimism",
        ]
        .into_iter()
        .enumerate()
        {
            let id = format!("1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6{at}");
            let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{id}");
            let alias = format!("alias/hyperlane-{}", what.replace('-', "-signer-"));
            let own = policy.replace("hyperlane-validator-base", &format!("hyperlane-{what}"));
            for (name, content) in [
                (
                    "describe-key.json",
                    format!(r#"{{"KeyMetadata": {{"Arn": "{arn}", "KeyState": "Enabled"}}}}"#),
                ),
                ("key-policy.json", own),
                ("key-policies.json", r#"{"PolicyNames": ["default"]}"#.to_owned()),
                ("grants.json", r#"{"Grants": []}"#.to_owned()),
                (
                    "aliases.json",
                    format!(r#"{{"Aliases": [{{"AliasName": "{alias}", "TargetKeyId": "{id}"}}]}}"#),
                ),
            ] {
                files.push((format!("{what}/{name}"), content.into_bytes()));
            }
            keys.push(arn);
        }
        let (_, audit) = audited(files);
        for finding in &audit.findings {
            // The patterns of the console's administrators are judged by a rule of their own.
            assert!(
                finding.severity < Severity::Medium || finding.rule == "wildcard-action",
                "{statements}: {} {}",
                finding.rule,
                finding.message
            );
        }
        for key in keys {
            assert!(audit.findings.iter().any(|finding| finding.subject == key));
        }
    }
}
