//! What is said to change nothing changes nothing: held against the evaluator, over random policies and requests.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use kms_audit::json::{Limits, parse};
use kms_audit::policy::Document;
use kms_audit::policy::evaluate::{Caller, Context, KeyMetadata, Policies, Policy, Request, Verdict};
use kms_audit::policy::lint::{
    self, ConditionFlaw, Holds, condition_flaws, dead_actions, no_effect, redundant,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:role/signer",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:iam::444455556666:user/bob",
    "lambda.amazonaws.com",
];
const PRINCIPALS: &[&str] = &[
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:role/signer",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:iam::444455556666:user/bob",
];
const ACTIONS: &[&str] = &[
    "kms:Sign",
    "KMS:sign",
    "kms:*",
    "*",
    "kms:S*",
    "kms:Sig?",
    "kms:PutKeyPolicy",
    "kms:Put*",
    "kms:Get*",
    "kms:GetPublicKey",
    "kms:Decrypt",
    "kms:GenerateDataKey*",
    "kms:CreateKey",
    "kms:RetireGrant",
    "kms:Enable*",
    "kms:ReplicateKey",
    "kms:Sgin",
];
/// All of them work on a signing key of one Region.
const REQUESTED: &[&str] = &[
    "kms:Sign",
    "kms:PutKeyPolicy",
    "kms:GetPublicKey",
    "kms:ScheduleKeyDeletion",
    "kms:EnableKey",
];

/// Conditions, those among them that the linter complains of. Each holds one operator with one key.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("Bool", "aws:SecureTransport", r#""true""#),
    ("BoolIfExists", "aws:SecureTransport", r#""false""#),
    ("Bool", "aws:SecureTransport", r#""no""#),
    ("StringEquals", "aws:SourceVpce", r#""vpce-1""#),
    ("StringEquals", "aws:SourceVpce", r#"["vpce-1","vpce-2"]"#),
    ("StringNotEquals", "aws:SourceVpce", r#""vpce-1""#),
    ("StringLike", "aws:SourceVpce", r#""vpce-?""#),
    ("StringEquals", "aws:SourceVpce", r#""vpce-*""#),
    ("StringNotEquals", "aws:SourceVpce", r#""vpce-*""#),
    ("StringEqualsIfExists", "aws:SourceVpce", r#""vpce-*""#),
    ("Null", "aws:SourceVpce", r#""true""#),
    ("Null", "aws:SourceVpce", r#""false""#),
    ("ForAnyValue:StringNotEquals", "aws:SourceVpce", r#""vpce-1""#),
    ("ForAllValues:StringEquals", "aws:SourceVpce", r#""vpce-1""#),
    ("IpAddress", "aws:SourceIp", r#""10.0.0.0/8""#),
    ("NotIpAddress", "aws:SourceIp", r#""10.0.0.0/8""#),
    ("IpAddress", "aws:SourceIp", r#"["10.0.0.0/8","203.0.113.0/24"]"#),
    ("IpAddress", "aws:SourceIp", r#""office""#),
    ("StringEquals", "kms:CallerAccount", r#""111122223333""#),
    ("StringEquals", "kms:CallerAccount", r#""444455556666""#),
    ("StringNotEquals", "kms:CallerAccount", r#""111122223333""#),
    ("StringEquals", "kms:CallerAccount", r#""11112222333""#),
    ("StringNotEquals", "kms:CallerAccount", "11112222333"),
    ("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*:role/*""#),
    (
        "ArnNotLike",
        "aws:PrincipalArn",
        r#""arn:aws:iam::*:role/signer""#,
    ),
    (
        "ArnLike",
        "aws:PrincipalArn",
        r#""arn:aws:sts::111122223333:assumed-role/signer/*""#,
    ),
    ("StringNotEquals", "aws:PrincipalArn", r#""arn:aws:iam::*:root""#),
    ("NumericEquals", "aws:PrincipalArn", r#""7""#),
    ("StringEquals", "kms:MessageType", r#""DIGEST""#),
    ("StringNotEquals", "kms:MessageType", r#""DIGEST""#),
    ("StringEquals", "kms:MesageType", r#""DIGEST""#),
    ("StringNotEquals", "kms:MesageType", r#""DIGEST""#),
    ("Null", "kms:MesageType", r#""true""#),
    ("StringEqualsIfExists", "kms:RecipientAttestation:PCR0", r#""aa""#),
    ("StringEquals", "kms:RecipientAttestation:PCR0", r#""aa""#),
    ("StringEquals", "aws:PrincipalOrgPaths", r#""o-1/r-1""#),
    (
        "ForAnyValue:StringEquals",
        "aws:PrincipalOrgPaths",
        r#""o-1/r-1""#,
    ),
    ("StringEquals", "kms:KeySpec", r#""ECC_SECG_P256K1""#),
    ("StringNotEquals", "kms:KeySpec", r#""ECC_SECG_P256K1""#),
    ("Bool", "kms:MultiRegion", r#""true""#),
    ("StringEqual", "aws:SourceVpce", r#""vpce-1""#),
];

fn pick(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(list)
}

fn condition() -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::sample::select(CONDITIONS), 0..3).prop_map(|list| {
        let mut own = json!({});
        for (operator, key, value) in list {
            own[operator][key] = serde_json::from_str(value).expect("JSON");
        }
        own
    })
}

fn statement() -> impl Strategy<Value = Value> {
    (
        prop::bool::weighted(0.7),
        prop::collection::vec(pick(PRINCIPALS), 1..3),
        prop::bool::weighted(0.05),
        prop::collection::vec(pick(ACTIONS), 1..4),
        prop::bool::weighted(0.05),
        prop_oneof![8 => Just(json!("*")), 1 => Just(json!(KEY))],
        condition(),
    )
        .prop_map(
            |(allow, principals, not_principal, actions, not_action, resource, condition)| {
                let mut own = json!({"Effect": if allow { "Allow" } else { "Deny" }, "Resource": resource});
                let who = if not_principal {
                    "NotPrincipal"
                } else {
                    "Principal"
                };
                own[who] = json!({"AWS": principals});
                own[if not_action { "NotAction" } else { "Action" }] = json!(actions);
                if condition != json!({}) {
                    own["Condition"] = condition;
                }
                own
            },
        )
}

fn document(statements: &[Value]) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Document::read(&parse(&text, &Limits::default()).expect("JSON"))
}

fn metadata() -> KeyMetadata {
    KeyMetadata {
        key_spec: Some("ECC_SECG_P256K1".to_owned()),
        key_usage: Some("SIGN_VERIFY".to_owned()),
        origin: Some("AWS_KMS".to_owned()),
        multi_region: Some(false),
        multi_region_key_type: None,
    }
}

/// A request, and what is known beside the key policy.
#[derive(Debug, Clone)]
struct Asked {
    caller: &'static str,
    action: &'static str,
    context: Vec<(&'static str, &'static str)>,
    identity: Option<bool>,
    boundary: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    let maybe = |key: &'static str, values: &'static [&'static str]| {
        prop::option::of(pick(values)).prop_map(move |value| value.map(|value| (key, value)))
    };
    let context = (
        maybe("aws:SecureTransport", &["true", "false"]),
        maybe("aws:SourceVpce", &["vpce-1", "vpce-2", "vpce-33"]),
        // Requests over the internet, and none from a private network.
        maybe("aws:SourceIp", &["203.0.113.7", "198.51.100.1"]),
        maybe("kms:MessageType", &["DIGEST", "RAW"]),
    );
    (
        pick(CALLERS),
        pick(REQUESTED),
        context,
        prop::option::of(any::<bool>()),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(caller, action, (a, b, c, d), identity, boundary)| Asked {
            caller,
            action,
            // A message has a type where something is signed.
            context: [a, b, c, d.filter(|_| action == "kms:Sign")]
                .into_iter()
                .flatten()
                .collect(),
            identity,
            boundary,
        })
}

impl Asked {
    fn decide(&self, statements: &[Value]) -> Verdict {
        let mut context = Context::new();
        for (key, value) in &self.context {
            context.set(key, vec![(*value).to_owned()]);
        }
        let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        let all: &[Value] = all.as_array().expect("a list");
        let identity = self.identity.map(|given| if given { all } else { &[] });
        let sign = json!([{"Effect": "Allow", "Action": "kms:Sign", "Resource": "*"}]);
        let sign: &[Value] = sign.as_array().expect("a list");
        let policies = Policies {
            key_policy: Some(Policy::new(&document(statements))),
            identity_policies: identity.map(|list| vec![Policy::new(&document(list))]),
            permission_boundaries: self
                .boundary
                .then(|| Policy::new(&document(sign)))
                .into_iter()
                .collect(),
            grants: Some(Vec::new()),
            key_metadata: Some(metadata()),
            ..Policies::default()
        };
        let request = Request {
            principal: Caller::parse(self.caller).expect("a caller"),
            action: self.action.to_owned(),
            resource: KEY.to_owned(),
            resource_account: None,
            context,
        };
        policies.decide(&request).verdict
    }
}

/// How much a verdict lets through.
fn height(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::ExplicitDeny | Verdict::ImplicitDeny => 0,
        Verdict::Depends => 1,
        Verdict::Allowed => 2,
    }
}

/// The statements without some entries of their actions, and without the statements that have none left.
fn without(statements: &[Value], gone: &[usize], entries: &[(usize, usize)]) -> Vec<Value> {
    let mut left = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        if gone.contains(&index) {
            continue;
        }
        let mut own = statement.clone();
        if let Some(Value::Array(list)) = own.get_mut("Action") {
            let mut at = 0;
            list.retain(|_| {
                at += 1;
                !entries.contains(&(index, at - 1))
            });
            if list.is_empty() {
                continue;
            }
        }
        left.push(own);
    }
    left
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn without_what_is_redundant_a_policy_says_the_same(
        statements in prop::collection::vec(statement(), 1..5),
        asked in prop::collection::vec(asked(), 6),
    ) {
        let found = redundant(&document(&statements));
        prop_assert!(!found.cut);
        let gone: Vec<usize> = found.statements.iter().map(|(index, _)| *index).collect();
        let entries: Vec<(usize, usize)> = found.actions.iter().map(|entry| (entry.statement, entry.action)).collect();
        let after = without(&statements, &gone, &entries);
        for asked in &asked {
            prop_assert_eq!(asked.decide(&after), asked.decide(&statements), "{:?}: {:?} {:?}", asked, gone, entries);
        }
    }

    #[test]
    fn without_dead_actions_nobody_loses_anything(
        statements in prop::collection::vec(statement(), 1..4),
        asked in prop::collection::vec(asked(), 6),
    ) {
        let document = document(&statements);
        let mut entries = Vec::new();
        for (index, statement) in document.statements.iter().enumerate() {
            entries.extend(dead_actions(statement, &metadata()).into_iter().map(|(entry, _)| (index, entry)));
        }
        let after = without(&statements, &[], &entries);
        for asked in &asked {
            prop_assert_eq!(asked.decide(&after), asked.decide(&statements), "{:?}: {:?}", asked, entries);
        }
    }

    #[test]
    fn a_statement_without_effect_can_go(
        statements in prop::collection::vec(statement(), 1..4),
        asked in prop::collection::vec(asked(), 6),
    ) {
        let document = document(&statements);
        for index in 0..statements.len() {
            let Some(why) = no_effect(&document, index, &metadata()) else { continue };
            let after = without(&statements, &[index], &[]);
            for asked in &asked {
                // Who a service is, and for whom it calls, is not known to the evaluator, whatever the condition.
                if asked.caller.ends_with(".amazonaws.com") && statements[index].get("Condition").is_some() {
                    continue;
                }
                let (before, after) = (asked.decide(&statements), asked.decide(&after));
                prop_assert_eq!(height(after), height(before), "{:?}: {:?} {:?}", asked, why, statements[index]);
            }
        }
    }

    /// A condition that never holds makes its statement idle; one that always holds is as if it were not there.
    #[test]
    fn a_condition_does_what_its_flaw_says(
        statements in prop::collection::vec(statement(), 1..4),
        asked in prop::collection::vec(asked(), 6),
    ) {
        let document = document(&statements);
        for (index, statement) in document.statements.iter().enumerate() {
            for flaw in condition_flaws(&document, statement, &metadata()) {
                let after = match flaw.holds {
                    Holds::Never => without(&statements, &[index], &[]),
                    Holds::Always => {
                        let mut after = statements.clone();
                        let operator = after[index]["Condition"][&flaw.operator].as_object_mut().expect("an object");
                        operator.remove(&flaw.key).expect("the key");
                        after
                    }
                    _ => continue,
                };
                // Not told of requests for other actions, which a wildcard brings with it.
                let of_actions = matches!(flaw.flaw, ConditionFlaw::NotForActions(_, false));
                prop_assert!(!of_actions || flaw.holds == Holds::Narrower);
                for asked in &asked {
                    // Whom a condition names by ARN, a permissions boundary limits otherwise than whom it does not.
                    if asked.boundary && flaw.key == "aws:PrincipalArn" {
                        continue;
                    }
                    // Who a service is, and for whom it calls, is not known to the evaluator, whatever the value.
                    let of_caller = flaw.key == "kms:CallerAccount" || flaw.key.starts_with("aws:Principal");
                    if asked.caller.ends_with(".amazonaws.com") && of_caller {
                        continue;
                    }
                    let (before, after) = (asked.decide(&statements), asked.decide(&after));
                    prop_assert_eq!(height(after), height(before), "{:?}: {:?} {:?}", asked, flaw, statements[index]);
                }
            }
        }
    }
}

/// Names, lists and products that would cost a naive reader for ever.
#[test]
fn hostile_documents_are_looked_at_soon() {
    let long = "a".repeat(200_000);
    let stars = "*a".repeat(20_000);
    let many =
        |text: &str, count: usize| -> Vec<String> { (0..count).map(|at| format!("{text}{at}")).collect() };
    let documents = [
        json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": [long, stars]}, "Action": [format!("kms:{long}"), format!("kms:{stars}"), long], "Resource": [long, stars], "Condition": {long.clone(): {long.clone(): long}, "StringLike": {long.clone(): stars}}}}),
        json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": many("arn:aws:iam::111122223333:user/", 3_000)}, "Action": many("kms:A*", 3_000), "Resource": many("arn:", 3_000)}}),
        json!({"Statement": (0..3_000).map(|at| json!({"Sid": "x", "Effect": "Deny", "Principal": {"AWS": format!("arn:aws:iam::111122223333:user/{at}")}, "Action": ["kms:*", "kms:Sign"], "Resource": "*"})).collect::<Vec<_>>()}),
        json!({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:SourceVpce": many("vpce-", 5_000)}, "StringNotEquals": {"aws:SourceVpce": many("vpce-", 5_000)},
            "StringLike": {"aws:SourceVpce": many("*-", 5_000)}}}}),
    ];
    for root in documents {
        let text = root.to_string();
        let document = Document::read(&parse(&text, &Limits::default()).expect("JSON"));
        let begun = Instant::now();
        let _ = redundant(&document);
        for (index, statement) in document.statements.iter().enumerate() {
            let _ = dead_actions(statement, &metadata());
            let _ = condition_flaws(&document, statement, &metadata());
            let _ = no_effect(&document, index, &metadata());
            let _ = lint::principal_flaws(&document, index, None);
            let _ = lint::resource_flaw(&document, index, Some(KEY));
            let _ = lint::wildcards(statement, &metadata());
            let _ = lint::console_statement(statement);
            for (action, _) in &statement.actions {
                let _ = lint::unknown_action(action);
            }
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{} {:?}",
            &text[..80],
            begun.elapsed()
        );
    }
}
