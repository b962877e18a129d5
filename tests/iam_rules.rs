//! What the rules on IAM and on grants make of single policies, trust policies and lists: given these bytes, this.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

use kms_audit::audit::{self, Audit, OutcomeKind};
use kms_audit::evidence::assemble;
use kms_audit::finding::{Confidence, Finding, Severity};
use kms_audit::input::{Options, gather_bytes};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
const ACCOUNT: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;

fn audited(files: &[(&str, String)]) -> Audit {
    let own = |(name, text): &(&str, String)| ((*name).to_owned(), text.clone().into_bytes());
    let gathered =
        gather_bytes(files.iter().map(own).collect(), &Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    let day = "2026-11-20".parse().expect("a date");
    audit::audit(&bundle, &audit::Options::new(day, "test"))
}

fn of<'a>(audit: &'a Audit, rule: &str) -> Vec<&'a Finding> {
    audit
        .findings
        .iter()
        .filter(|finding| finding.rule == rule)
        .collect()
}

fn outcome(audit: &Audit, rule: &str) -> (OutcomeKind, String) {
    let row = audit
        .report
        .outcomes
        .iter()
        .find(|row| row.rule == rule)
        .expect("it ran");
    (row.outcome, row.reason.clone())
}

fn metadata() -> (&'static str, String) {
    (
        "describe-key.json",
        format!(
            r#"{{"KeyMetadata": {{"Arn": "{KEY}", "AWSAccountId": "111122223333", "KeyState": "Enabled", "KeyUsage": "SIGN_VERIFY"}}}}"#
        ),
    )
}

fn policy(statements: &[&str]) -> (&'static str, String) {
    (
        "key-policy.json",
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(", ")
        ),
    )
}

fn signs(principal: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": ["kms:Sign", "kms:GetPublicKey"], "Resource": "*"}}"#
    )
}

/// The finding on a user who signs, and has an identity policy of these statements.
fn with_rights(key_policy: &[&str], statements: &str, more: &str) -> Option<(Severity, Vec<String>)> {
    let user = format!(
        r#"{{"UserDetailList": [{{"UserName": "u", "UserId": "AIDAEXAMPLE0000000001", "Arn": "arn:aws:iam::111122223333:user/u", "GroupList": [], "AttachedManagedPolicies": [], "UserPolicyList": [{{"PolicyName": "p", "PolicyDocument": {{"Version": "2012-10-17", "Statement": [{statements}]}}}}]{more}}}], "RoleDetailList": [], "Policies": [{{"PolicyName": "b", "Arn": "arn:aws:iam::111122223333:policy/b", "DefaultVersionId": "v1", "PolicyVersionList": [{{"VersionId": "v1", "IsDefaultVersion": true, "Document": {{"Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}}}}]}}]}}"#
    );
    let own = signs("arn:aws:iam::111122223333:user/u");
    let mut statements = vec![own.as_str()];
    statements.extend(key_policy);
    let audit = audited(&[metadata(), policy(&statements), ("iam.json", user)]);
    let found = of(&audit, "user-principal-signer");
    assert_eq!(found.len(), 1, "one finding on one user");
    let other = of(&audit, "agent-user-has-permissions");
    // One of the two tells the permissions, never both.
    match other.as_slice() {
        [] => {
            assert_eq!(found[0].severity, Severity::High);
            Some((found[0].severity, found[0].consequences.clone()))
        }
        [finding] => {
            assert_eq!(found[0].severity, Severity::Low);
            assert_eq!(finding.severity, Severity::Medium);
            None
        }
        _ => panic!("{other:?}"),
    }
}

fn consequences(key_policy: &[&str], statements: &str) -> Vec<String> {
    with_rights(key_policy, statements, "")
        .map(|(_, text)| text)
        .unwrap_or_default()
}

#[test]
fn rights_that_lead_further_are_told_and_what_only_reads_does_not_raise() {
    let allow = |action: &str, resource: &str| {
        format!(r#"{{"Effect": "Allow", "Action": {action}, "Resource": "{resource}"}}"#)
    };
    for (statements, words) in [
        (
            allow(r#""iam:PutUserPolicy""#, "*"),
            "it may take more rights: iam:PutUserPolicy",
        ),
        (
            allow(r#""IAM:put*""#, "*"),
            "iam:PutGroupPolicy, iam:PutRolePolicy, iam:PutUserPolicy",
        ),
        (
            allow(r#""sts:AssumeRole""#, "arn:aws:iam::111122223333:role/r"),
            "it may take more rights: sts:AssumeRole",
        ),
        (
            allow(r#""kms:PutKeyPolicy""#, KEY),
            "it may do more with its key than sign and read: kms:PutKeyPolicy",
        ),
        (
            allow(r#""kms:CreateGrant""#, "arn:aws:kms:*:111122223333:key/*"),
            "kms:CreateGrant",
        ),
        (
            allow(r#""s3:PutObject""#, "*"),
            "it may do more than read: s3:PutObject",
        ),
        (
            allow(r#""ec2:RunInstances""#, "*"),
            "it may do more than read: ec2:RunInstances",
        ),
        (
            r#"{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}"#.to_owned(),
            "iam:AttachUserPolicy, iam:CreateAccessKey, 12 more",
        ),
    ] {
        let told = consequences(&[ACCOUNT], &statements).join("; ");
        assert!(told.contains(words), "{statements}: {told}");
    }
    for statements in [
        allow(r#"["kms:Sign", "kms:GetPublicKey"]"#, KEY),
        allow(r#"["s3:GetObject", "s3:List*"]"#, "*"),
        allow(r#"["ec2:DescribeInstances", "logs:GetLogEvents"]"#, "*"),
        r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#.to_owned(),
    ] {
        assert_eq!(with_rights(&[ACCOUNT], &statements, ""), None, "{statements}");
    }
}

#[test]
fn what_is_taken_away_or_leads_nowhere_is_not_told_as_a_way() {
    let escalates = |statements: &str| {
        consequences(&[ACCOUNT], statements)
            .join("; ")
            .contains("more rights")
    };
    let allow = r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}"#;
    assert!(escalates(allow));
    assert!(!escalates(&format!(
        r#"{allow}, {{"Effect": "Deny", "Action": ["iam:*", "sts:*"], "Resource": "*"}}"#
    )));
    // A Deny under a condition need not hold.
    assert!(escalates(&format!(
        r#"{allow}, {{"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "false"}}}}}}"#
    )));
    // What everybody may do to himself.
    assert!(!escalates(
        r#"{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/${aws:username}"}"#
    ));
    // A boundary that allows S3 alone.
    let bounded = with_rights(
        &[ACCOUNT],
        allow,
        r#", "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b"}"#,
    );
    let told = bounded.map(|(_, text)| text.join("; ")).unwrap_or_default();
    assert!(!told.contains("more rights"), "{told}");
    // Another key; and this key where its policy leaves nothing to IAM.
    let over = |key_policy: &[&str], resource: &str| {
        let text = format!(r#"{{"Effect": "Allow", "Action": "kms:*", "Resource": "{resource}"}}"#);
        consequences(key_policy, &text)
            .join("; ")
            .contains("with its key")
    };
    assert!(over(&[ACCOUNT], "*"));
    assert!(!over(&[ACCOUNT], &KEY.replace("1a2b3c4d", "9a2b3c4d")));
    assert!(!over(&[], "*"));
    assert!(!over(&[&ACCOUNT.replace("kms:*", "kms:Describe*")], "*"));
}

/// The finding on a role that signs, with a trust policy of these statements.
fn trust(statements: &str) -> Option<(Severity, Confidence, String)> {
    let role = format!(
        r#"{{"Role": {{"Path": "/team/", "RoleName": "r", "RoleId": "AROAEXAMPLE0000000001", "Arn": "arn:aws:iam::111122223333:role/team/r", "CreateDate": "2026-01-01", "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": [{statements}]}}}}}}"#
    );
    // A session's ARN has no path, and means the role all the same.
    let own = signs("arn:aws:sts::111122223333:assumed-role/r/i-0123456789abcdef0");
    let audit = audited(&[metadata(), policy(&[ACCOUNT, &own]), ("get-role.json", role)]);
    let found = of(&audit, "role-trust-open-to-strangers");
    assert!(found.len() < 2);
    found
        .first()
        .map(|finding| (finding.severity, finding.confidence, finding.message.clone()))
}

fn statement(principal: &str, action: &str, condition: &str) -> String {
    let condition = if condition.is_empty() {
        String::new()
    } else {
        format!(r#", "Condition": {condition}"#)
    };
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "{action}"{condition}}}"#)
}

#[test]
fn a_trust_policy_is_as_open_as_its_weakest_statement() {
    let aws = |principal: &str, condition: &str| {
        statement(
            &format!(r#"{{"AWS": "{principal}"}}"#),
            "sts:AssumeRole",
            condition,
        )
    };
    let oidc = |host: &str, condition: &str| {
        let provider = format!(r#"{{"Federated": "arn:aws:iam::111122223333:oidc-provider/{host}"}}"#);
        statement(&provider, "sts:AssumeRoleWithWebIdentity", condition)
    };
    let github = "token.actions.githubusercontent.com";
    let eks = "oidc.eks.eu-west-1.amazonaws.com/id/0123";
    let other = "arn:aws:iam::444455556666:root";
    for (statements, severity) in [
        (aws("*", ""), Some(Severity::Critical)),
        (aws("*", r#"{"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}"#), None),
        (aws("*", r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"}}"#), Some(Severity::High)),
        (aws("*", r#"{"StringLike": {"aws:PrincipalArn": "*"}}"#), Some(Severity::High)),
        (aws("*", r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#), Some(Severity::High)),
        (aws("*", r#"{"StringEquals": {"sts:ExternalId": "a"}}"#), Some(Severity::High)),
        (r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}"#.to_owned(), Some(Severity::Critical)),
        (aws(other, ""), Some(Severity::High)),
        (aws("444455556666", r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#), Some(Severity::High)),
        (aws(other, r#"{"StringEquals": {"sts:ExternalId": "a"}}"#), None),
        (aws("arn:aws:iam::444455556666:role/x", ""), Some(Severity::Medium)),
        (aws("arn:aws:iam::111122223333:role/x", ""), None),
        (aws("arn:aws:iam::111122223333:root", ""), None),
        (statement(r#"{"Service": "ec2.amazonaws.com"}"#, "sts:AssumeRole", ""), None),
        (oidc(github, ""), Some(Severity::Critical)),
        (oidc(github, &format!(r#"{{"StringEquals": {{"{github}:aud": "sts.amazonaws.com"}}}}"#)), Some(Severity::Critical)),
        (oidc(github, &format!(r#"{{"StringLike": {{"{github}:sub": "repo:*/bridge:*"}}}}"#)), Some(Severity::Critical)),
        (oidc(github, &format!(r#"{{"StringLike": {{"{github}:sub": ["repo:o/r:*", "*"]}}}}"#)), Some(Severity::Critical)),
        (oidc(github, &format!(r#"{{"StringLikeIfExists": {{"{github}:sub": "repo:o/r:*"}}}}"#)), Some(Severity::Critical)),
        (oidc(github, &format!(r#"{{"StringLike": {{"{github}:sub": "repo:o/r:*"}}}}"#)), None),
        (oidc(github, &format!(r#"{{"StringEquals": {{"{github}:repository": "o/r"}}}}"#)), None),
        (oidc(eks, ""), Some(Severity::High)),
        (oidc(eks, &format!(r#"{{"StringEquals": {{"{eks}:aud": "sts.amazonaws.com"}}}}"#)), Some(Severity::High)),
        (oidc(eks, &format!(r#"{{"StringLike": {{"{eks}:sub": "system:serviceaccount:*:*"}}}}"#)), Some(Severity::High)),
        (oidc(eks, &format!(r#"{{"StringLike": {{"{eks}:sub": "system:serviceaccount:bridge:*"}}}}"#)), None),
        (oidc("idp.example.com", ""), Some(Severity::High)),
        (oidc("idp.example.com", r#"{"StringEquals": {"idp.example.com:aud": "app"}}"#), None),
        (statement(r#"{"Federated": "cognito-identity.amazonaws.com"}"#, "sts:AssumeRoleWithWebIdentity", ""), Some(Severity::Critical)),
        (statement(r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/adfs"}"#, "sts:AssumeRoleWithSAML", ""), None),
        // Tagging a session is not becoming the role.
        (aws("*", "").replace("sts:AssumeRole", "sts:TagSession"), None),
    ] {
        assert_eq!(trust(&statements).map(|(severity, ..)| severity), severity, "{statements}");
    }
    let (severity, _, message) = trust(&format!("{}, {}", aws(other, ""), aws("*", ""))).expect("open");
    assert_eq!(severity, Severity::Critical);
    assert!(
        message.contains("everybody who has an AWS account"),
        "the worst is told: {message}"
    );
}

#[test]
fn where_a_trust_policy_denies_too_it_is_not_sure() {
    let open = statement(r#"{"AWS": "*"}"#, "sts:AssumeRole", "");
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abc"}}}"#;
    let (severity, confidence, _) = trust(&format!("{open}, {deny}")).expect("open");
    assert_eq!((severity, confidence), (Severity::Medium, Confidence::Low));
}

fn grant(id: char, grantee: &str, operations: &str) -> String {
    let id = id.to_string().repeat(64);
    format!(
        r#"{{"KeyId": "{KEY}", "GrantId": "{id}", "GranteePrincipal": "{grantee}", "RetiringPrincipal": "arn:aws:iam::111122223333:user/r", "Operations": {operations}}}"#
    )
}

#[test]
fn a_page_of_grants_is_judged_and_proves_nothing_of_the_others() {
    let reads = grant('a', "arn:aws:iam::111122223333:role/x", r#"["DescribeKey"]"#);
    let page =
        |grants: &[&str], cut: bool| format!(r#"{{"Grants": [{}], "Truncated": {cut}}}"#, grants.join(", "));
    let audit = audited(&[metadata(), ("1.json", page(&[&reads], true))]);
    let (kind, reason) = outcome(&audit, "grant-allows-sign");
    assert_eq!(kind, OutcomeKind::NotEvaluated);
    assert!(reason.contains("one page of several"), "{reason}");
    // The last page does not say that it is one.
    let other = grant('b', "arn:aws:iam::111122223333:role/y", r#"["DescribeKey"]"#);
    let audit = audited(&[
        metadata(),
        ("1.json", page(&[&reads], true)),
        ("2.json", page(&[&other], false)),
    ]);
    assert_eq!(outcome(&audit, "grant-allows-sign").0, OutcomeKind::NotEvaluated);
    // A list that has the page's grants too is the whole one.
    let audit = audited(&[
        metadata(),
        ("1.json", page(&[&reads], true)),
        ("2.json", page(&[&reads, &other], false)),
    ]);
    assert_eq!(outcome(&audit, "grant-allows-sign").0, OutcomeKind::Pass);
    let signs = grant('c', "arn:aws:iam::111122223333:role/z", r#"["Sign"]"#);
    let audit = audited(&[metadata(), ("1.json", page(&[&signs], true))]);
    assert_eq!(of(&audit, "grant-allows-sign").len(), 1);
    let audit = audited(&[metadata()]);
    assert!(
        outcome(&audit, "grant-duplicate")
            .1
            .contains("aws kms list-grants --key-id 1a2b3c4d")
    );
}

#[test]
fn one_grant_is_told_once_by_whose_account_its_grantee_is_in() {
    for (grantee, rule, severity) in [
        (
            "arn:aws:iam::111122223333:role/x",
            "grant-allows-sign",
            Severity::Medium,
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/x/s",
            "grant-allows-sign",
            Severity::Medium,
        ),
        ("events.amazonaws.com", "grant-allows-sign", Severity::Medium),
        (
            "arn:aws:iam::444455556666:role/x",
            "grant-cross-account",
            Severity::High,
        ),
        (
            "arn:aws:iam::444455556666:root",
            "grant-cross-account",
            Severity::High,
        ),
        (
            "arn:aws:iam::111122223333:root",
            "grant-to-account-root",
            Severity::Medium,
        ),
        ("AROACKCEVSQ6C2EXAMPLE", "grant-stale-grantee", Severity::Low),
    ] {
        let list = format!(r#"{{"Grants": [{}]}}"#, grant('a', grantee, r#"["Sign"]"#));
        let audit = audited(&[metadata(), ("grants.json", list)]);
        let found: Vec<(&str, Severity)> = audit
            .findings
            .iter()
            .filter(|finding| finding.rule.starts_with("grant-"))
            .map(|finding| (finding.rule, finding.severity))
            .collect();
        assert_eq!(found, [(rule, severity)], "{grantee}");
    }
}

#[test]
fn whom_the_key_policy_names_is_declared_by_it_whatever_its_path_or_session() {
    let named = signs("arn:aws:iam::111122223333:role/team/x");
    for (grantee, severity) in [
        ("arn:aws:iam::111122223333:role/team/x", Severity::Info),
        ("arn:aws:sts::111122223333:assumed-role/x/s", Severity::Info),
        ("arn:aws:iam::111122223333:role/y", Severity::Medium),
        ("arn:aws:iam::111122223333:user/x", Severity::Medium),
    ] {
        let list = format!(r#"{{"Grants": [{}]}}"#, grant('a', grantee, r#"["Sign"]"#));
        let audit = audited(&[metadata(), policy(&[ACCOUNT, &named]), ("grants.json", list)]);
        let found = of(&audit, "grant-allows-sign");
        assert_eq!(
            found.iter().map(|finding| finding.severity).collect::<Vec<_>>(),
            [severity],
            "{grantee}"
        );
    }
}

#[test]
fn an_id_that_is_no_grant_id_gets_into_no_command() {
    let list = format!(
        r#"{{"Grants": [{}]}}"#,
        grant('a', "arn:aws:iam::111122223333:role/x", r#"["Sign"]"#).replace(&"a".repeat(64), "$(reboot)")
    );
    let audit = audited(&[metadata(), ("grants.json", list)]);
    let remedy = &of(&audit, "grant-allows-sign")[0].remedy;
    assert!(
        remedy.contains("--grant-id GRANT_ID") && !remedy.contains("reboot"),
        "{remedy}"
    );
}

#[test]
fn very_many_answers_about_users_take_no_long_time() {
    let mut text = String::new();
    for index in 0..20_000 {
        let name = format!("user-{}", index % 5_000);
        text.push_str(&format!(
            "{{\"UserName\": \"{name}\", \"PolicyName\": \"p{index}\", \"PolicyDocument\": {{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"iam:*\", \"Resource\": \"*\"}}}}}}\n{{\"AttachedPolicies\": []}}\n"
        ));
    }
    let users: Vec<String> = (0..5_000)
        .map(|index| format!(r#"{{"UserName": "user-{index}", "Arn": "arn:aws:iam::111122223333:user/user-{index}", "GroupList": ["g"], "UserPolicyList": []}}"#))
        .collect();
    let export = format!(
        r#"{{"UserDetailList": [{}], "RoleDetailList": []}}"#,
        users.join(", ")
    );
    let started = std::time::Instant::now();
    let own = signs("arn:aws:iam::111122223333:user/user-7");
    audited(&[
        metadata(),
        policy(&[ACCOUNT, &own]),
        ("iam.json", export),
        ("answers.json", text),
    ]);
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}
