//! Who may take a key over, and who is locked out of it: which rule speaks of what, and that only one does.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use kms_audit::audit::{self, Audit, OutcomeKind};
use kms_audit::evidence::assemble;
use kms_audit::finding::Severity;
use kms_audit::input::{self, gather_bytes};
use serde_json::{Value, json};

const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const ID: &str = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

/// What every policy of AWS's has, and every policy without conditions.
const OF_EVERY_POLICY: [&str; 5] = [
    "broad-account-delegation",
    "message-type-not-pinned",
    "no-network-guard",
    "policy-lockout-bypass-allowed",
    "schedule-deletion-unguarded",
];

const LOCKOUT: [&str; 5] = [
    "admin-condition-unsatisfiable",
    "administrators-deleted",
    "deny-locks-out-root",
    "no-policy-administrator",
    "only-deletable-administrators",
];

fn arn(account: &str, what: &str) -> String {
    format!("arn:aws:iam::{account}:{what}")
}

fn allow(principal: &str, actions: &[&str]) -> Value {
    let principal = if principal == "*" {
        json!("*")
    } else {
        json!({"AWS": principal})
    };
    json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"})
}

fn with(mut statement: Value, member: &str, value: Value) -> Value {
    statement[member] = value;
    statement
}

fn root() -> Value {
    allow(&arn(OWN, "root"), &["kms:*"])
}

fn metadata() -> (String, String) {
    let arn = format!("arn:aws:kms:eu-west-1:{OWN}:key/{ID}");
    let text = json!({"KeyMetadata": {"Arn": arn, "KeyId": ID, "AWSAccountId": OWN, "KeyState": "Enabled",
        "KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY", "Origin": "AWS_KMS", "MultiRegion": false}});
    ("describe-key.json".to_owned(), text.to_string())
}

fn file(name: &str, value: &Value) -> (String, String) {
    (name.to_owned(), value.to_string())
}

fn claims(signer: &str) -> (String, String) {
    let text = format!(
        "address,role,chain,key,signer\n0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5,validator,base,{ID},{signer}\n"
    );
    ("claims.csv".to_owned(), text)
}

fn audited(files: Vec<(String, String)>) -> Audit {
    let files = files
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    let day = "2026-11-20".parse().expect("a date");
    let mut options = audit::Options::new(day, "test");
    options.select = vec!["policy".to_owned()];
    audit::audit(&bundle, &options)
}

fn key(statements: &[Value], more: Vec<(String, String)>) -> Audit {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let mut files = vec![
        metadata(),
        file("key-policies.json", &json!({"PolicyNames": ["default"]})),
        file("grants.json", &json!({"Grants": []})),
        file("key-policy.json", &policy),
    ];
    files.extend(more);
    audited(files)
}

/// Severity and rule of each finding, without those that every policy of AWS's has, those on removable actions, and those on
/// what a document says in vain.
fn said(audit: &Audit) -> Vec<String> {
    audit
        .findings
        .iter()
        .filter(|finding| !OF_EVERY_POLICY.contains(&finding.rule) || finding.severity >= Severity::Medium)
        .filter(|finding| {
            let of_the_document = ["removable-", "redundant-", "dead-", "no-effect"];
            !of_the_document
                .iter()
                .any(|start| finding.rule.starts_with(start))
        })
        .map(|finding| format!("{} {}", finding.severity.word(), finding.rule))
        .collect()
}

fn outcome(audit: &Audit, rule: &str) -> (OutcomeKind, String) {
    let mut rows = audit.report.outcomes.iter();
    let row = rows.find(|row| row.rule == rule).expect("it ran");
    (row.outcome, row.reason.clone())
}

#[test]
fn one_statement_is_one_finding_with_all_that_follows_from_it() {
    let agent = arn(OWN, "role/agent");
    let administration = [
        "kms:PutKeyPolicy",
        "kms:CreateGrant",
        "kms:ScheduleKeyDeletion",
        "kms:DisableKey",
    ];
    let all: Vec<&str> = ["kms:Sign", "kms:GetPublicKey"]
        .into_iter()
        .chain(administration)
        .collect();
    for (statements, expected) in [
        (
            vec![root(), allow("*", &["kms:*"])],
            vec!["critical public-principal"],
        ),
        (
            vec![root(), allow(&arn(OTHER, "root"), &["kms:*"])],
            vec!["critical cross-account-sign"],
        ),
        (
            vec![
                root(),
                allow(&arn(OTHER, "root"), &["kms:CreateGrant", "kms:DescribeKey"]),
            ],
            vec!["critical cross-account-create-grant"],
        ),
        (
            vec![root(), allow(&agent, &all)],
            vec!["high signer-can-put-policy"],
        ),
        (
            vec![
                root(),
                allow(&agent, &["kms:Sign"]),
                allow(&agent, &["kms:PutKeyPolicy"]),
                allow(&agent, &["kms:CreateGrant", "kms:DescribeKey"]),
                allow(&agent, &["kms:DisableKey"]),
            ],
            vec![
                "high signer-can-create-grant",
                "high signer-can-delete-or-disable",
                "high signer-can-put-policy",
            ],
        ),
        (
            vec![
                root(),
                with(
                    json!({"Effect": "Allow", "Principal": "*", "Resource": "*"}),
                    "NotAction",
                    json!("kms:Get*"),
                ),
            ],
            vec!["critical public-principal"],
        ),
    ] {
        let audit = key(&statements, Vec::new());
        assert_eq!(said(&audit), expected, "{statements:?}");
    }
    let audit = key(&[root(), allow(&agent, &all)], Vec::new());
    let finding = audit
        .findings
        .iter()
        .find(|finding| finding.rule == "signer-can-put-policy")
        .expect("it");
    assert!(
        finding
            .consequences
            .iter()
            .any(|text| text.contains("kms:CreateGrant")),
        "{finding:?}"
    );
    assert!(
        finding
            .consequences
            .iter()
            .any(|text| text.contains("kms:ScheduleKeyDeletion")),
        "{finding:?}"
    );
}

#[test]
fn who_is_declared_decides_how_bad_it_is() {
    let (agent, ci) = (arn(OWN, "role/agent"), arn(OWN, "role/ci"));
    let partner = arn(OTHER, "role/partner");
    let signs = ["kms:Sign", "kms:GetPublicKey"];
    for (statements, signer, expected) in [
        (vec![root(), allow(&agent, &signs)], "role/agent", vec![]),
        (
            vec![
                root(),
                allow(&agent, &signs),
                allow(&ci, &["kms:Sign", "kms:PutKeyPolicy"]),
            ],
            "role/agent",
            vec!["high undeclared-signer"],
        ),
        (
            vec![root(), allow(&partner, &signs)],
            partner.as_str(),
            vec!["info cross-account-sign"],
        ),
        (
            vec![root(), allow(&partner, &["kms:Sign", "kms:CreateGrant"])],
            partner.as_str(),
            vec!["high signer-can-create-grant", "info cross-account-sign"],
        ),
        (
            vec![root(), allow(&arn(OTHER, "root"), &signs)],
            partner.as_str(),
            vec!["medium cross-account-account-root"],
        ),
        (
            vec![
                root(),
                allow(&partner, &signs),
                allow(&arn(OTHER, "role/more"), &signs),
            ],
            partner.as_str(),
            vec!["critical cross-account-sign"],
        ),
    ] {
        let audit = key(&statements, vec![claims(signer)]);
        assert_eq!(said(&audit), expected, "{signer}: {statements:?}");
    }
    let audit = key(&[root(), allow(&agent, &signs)], Vec::new());
    let (kind, why) = outcome(&audit, "undeclared-signer");
    assert_eq!(kind, OutcomeKind::NotEvaluated);
    assert!(
        why.contains("role/agent") && why.contains("nobody is declared"),
        "{why}"
    );
}

#[test]
fn a_condition_is_a_reason_to_say_if() {
    let agent = allow(&arn(OWN, "role/agent"), &["kms:Sign"]);
    let conditional = with(
        allow(&arn(OTHER, "role/partner"), &["kms:Sign"]),
        "Condition",
        json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
    );
    let audit = key(&[root(), agent, conditional], Vec::new());
    assert_eq!(said(&audit), ["high cross-account-sign"]);
    let finding = audit
        .findings
        .iter()
        .find(|finding| finding.rule == "cross-account-sign")
        .expect("it");
    assert!(
        finding.notes.iter().any(|note| note.contains("aws:SourceVpce")),
        "{finding:?}"
    );
}

#[test]
fn the_policy_of_resource_access_manager_counts() {
    let shared =
        json!({"Version": "2012-10-17", "Statement": [allow(&arn(OTHER, "role/partner"), &["kms:Sign"])]});
    let files = vec![
        metadata(),
        file(
            "key-policies.json",
            &json!({"PolicyNames": ["default", "AWS_RAM"]}),
        ),
        file("grants.json", &json!({"Grants": []})),
        file(
            "key-policy.json",
            &json!({"Policy": json!({"Version": "2012-10-17", "Statement": [root()]}).to_string(), "PolicyName": "default"}),
        ),
        file(
            "key-policy-ram.json",
            &json!({"Policy": shared.to_string(), "PolicyName": "AWS_RAM"}),
        ),
    ];
    let audit = audited(files);
    assert_eq!(said(&audit), ["critical cross-account-sign"]);
    let finding = audit
        .findings
        .iter()
        .find(|finding| finding.rule == "cross-account-sign")
        .expect("it");
    assert!(
        finding.remedy.contains("Resource Access Manager"),
        "{}",
        finding.remedy
    );
}

#[test]
fn what_only_deployment_tells_is_not_evaluated() {
    let template = |statements: Value| {
        let text = json!({"AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {"Org": {"Type": "String"}, "Who": {"Type": "String"}},
            "Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {
                "KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY",
                "KeyPolicy": {"Version": "2012-10-17", "Statement": statements}}}}});
        audited(vec![file("template.json", &text)])
    };
    let own = json!({"Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
        "Action": "kms:*", "Resource": "*"});
    let of_organisation = json!({"Effect": "Allow", "Principal": "*", "Action": "kms:Sign", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "Org"}}}});
    let audit = template(json!([own, of_organisation]));
    // Whichever organisation it is, all of its accounts are let in.
    assert_eq!(said(&audit), ["high cross-account-sign"]);
    for rule in ["public-principal", "weak-public-condition"] {
        let (kind, why) = outcome(&audit, rule);
        assert_eq!(kind, OutcomeKind::NotEvaluated, "{rule}");
        assert!(
            why.contains("only deployment tells whom statement 2 lets in"),
            "{why}"
        );
    }
    let unknown =
        json!({"Effect": "Allow", "Principal": {"AWS": {"Ref": "Who"}}, "Action": "kms:*", "Resource": "*"});
    let audit = template(json!([unknown]));
    assert_eq!(said(&audit), [""; 0]);
    for rule in LOCKOUT {
        let (kind, why) = outcome(&audit, rule);
        assert_eq!(kind, OutcomeKind::NotEvaluated, "{rule}: {why}");
    }
    // A literal account may be the one that the template is deployed in.
    let literal = json!({"Effect": "Allow", "Principal": {"AWS": arn(OTHER, "role/r")}, "Action": "kms:Sign", "Resource": "*"});
    let audit = template(json!([own, literal]));
    assert_eq!(said(&audit), [""; 0]);
}

#[test]
fn policies_that_contradict_each_other_are_judged_by_none() {
    let policy = |statement: Value| json!({"Version": "2012-10-17", "Statement": [root(), statement]});
    let files = vec![
        metadata(),
        file("key-policy.json", &policy(allow("*", &["kms:Sign"]))),
        file(
            &format!("policy-{ID}.json"),
            &policy(allow(&arn(OWN, "role/agent"), &["kms:Sign"])),
        ),
    ];
    let audit = audited(files);
    assert_eq!(said(&audit), [""; 0]);
    for rule in [
        "public-principal",
        "no-policy-administrator",
        "schedule-deletion-unguarded",
    ] {
        let (kind, why) = outcome(&audit, rule);
        assert_eq!(kind, OutcomeKind::NotEvaluated, "{rule}");
        assert!(why.contains("contradict"), "{why}");
    }
}

#[test]
fn a_rule_passes_only_where_a_second_policy_is_known_not_to_be_there() {
    let policy = json!({"Version": "2012-10-17", "Statement": [root(), allow(&arn(OWN, "role/agent"), &["kms:Sign"])]});
    let audit = audited(vec![metadata(), file("key-policy.json", &policy)]);
    for rule in [
        "public-principal",
        "allow-notaction",
        "cross-account-sign",
        "signer-can-put-policy",
    ] {
        let (kind, why) = outcome(&audit, rule);
        assert_eq!(kind, OutcomeKind::NotEvaluated, "{rule}");
        assert!(why.contains("AWS_RAM"), "{why}");
    }
    // KMS asks the key policy alone whether somebody is locked out.
    assert_eq!(outcome(&audit, "no-policy-administrator").0, OutcomeKind::Pass);
}

#[test]
fn one_rule_at_most_says_that_a_key_is_locked() {
    let admin = arn(OWN, "role/admin");
    let signer = || allow(&arn(OWN, "role/agent"), &["kms:Sign"]);
    let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*", "Condition": condition});
    let if_ = |statement: Value, condition: Value| with(statement, "Condition", condition);
    let gone = || allow("AROAIOSFODNN7EXAMPLE", &["kms:*"]);
    for (statements, expected) in [
        (vec![root()], None),
        (vec![root(), gone()], None),
        (
            vec![
                root(),
                deny(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
            ],
            None,
        ),
        (
            vec![
                root(),
                deny(json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}})),
            ],
            None,
        ),
        (
            vec![
                if_(root(), json!({"StringEquals": {"aws:PrincipalType": "Account"}})),
                signer(),
            ],
            None,
        ),
        (
            vec![if_(root(), json!({"StringEquals": {"kms:CallerAccount": OWN}}))],
            None,
        ),
        (vec![signer()], Some("high no-policy-administrator")),
        (
            vec![with(root(), "Resource", json!("arn:aws:s3:::b"))],
            Some("high no-policy-administrator"),
        ),
        (
            vec![allow(&arn(OTHER, "root"), &["kms:*"]), signer()],
            Some("high no-policy-administrator"),
        ),
        (
            vec![if_(
                root(),
                json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            )],
            Some("medium no-policy-administrator"),
        ),
        (
            vec![signer(), allow(&admin, &["kms:PutKeyPolicy"])],
            Some("medium only-deletable-administrators"),
        ),
        (vec![signer(), gone()], Some("high administrators-deleted")),
        (
            vec![signer(), gone(), allow(&admin, &["kms:Put*"])],
            Some("medium only-deletable-administrators"),
        ),
        (vec![root(), deny(json!({}))], Some("high deny-locks-out-root")),
        (
            vec![
                root(),
                allow(&admin, &["kms:PutKeyPolicy"]),
                deny(json!({"ArnNotEquals": {"aws:PrincipalArn": admin}})),
            ],
            Some("medium deny-locks-out-root"),
        ),
        (
            vec![
                signer(),
                if_(
                    allow(&admin, &["kms:*"]),
                    json!({"StringEquals": {"kms:MessageType": "DIGEST"}}),
                ),
            ],
            Some("high admin-condition-unsatisfiable"),
        ),
        (
            vec![
                signer(),
                if_(
                    allow(&admin, &["kms:*"]),
                    json!({"NumericEquals": {"aws:SecureTransport": "yes"}}),
                ),
            ],
            Some("high admin-condition-unsatisfiable"),
        ),
    ] {
        let audit = key(&statements, Vec::new());
        let found: Vec<String> = said(&audit)
            .into_iter()
            .filter(|line| LOCKOUT.iter().any(|rule| line.ends_with(rule)))
            .collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{statements:?}");
    }
}

#[test]
fn a_hostile_policy_ends_soon() {
    let people: Vec<String> = (0..800).map(|n| arn(OWN, &format!("user/u{n}"))).collect();
    let mut statements = vec![
        root(),
        json!({"Effect": "Allow", "Principal": {"AWS": people}, "Action": ["kms:Sign", "kms:PutKeyPolicy", "kms:CreateGrant",
            "kms:ScheduleKeyDeletion", "kms:TagResource"], "Resource": "*"}),
    ];
    for n in 0..120 {
        statements.push(with(
            allow("*", &["kms:*"]),
            "Condition",
            json!({"StringLike": {"aws:PrincipalTag/t": format!("*{n}*")}}),
        ));
        statements.push(json!({"Effect": "Deny", "Principal": {"AWS": arn(OWN, &format!("user/u{n}"))}, "Action": "kms:Sign", "Resource": "*"}));
    }
    let audit = key(&statements, Vec::new());
    assert!(!audit.findings.is_empty());
    let (kind, why) = outcome(&audit, "allow-notaction");
    assert_eq!(kind, OutcomeKind::NotEvaluated);
    assert!(why.contains("open statements than are looked at"), "{why}");
}
