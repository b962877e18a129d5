//! Properties of the evaluator, over random policies and requests.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use kms_audit::json::{Limits, parse};
use kms_audit::policy::Document;
use kms_audit::policy::evaluate::{Caller, Context, Policies, Policy, Request, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:role/signer",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:sts::111122223333:federated-user/carol",
    "arn:aws:iam::444455556666:user/bob",
    "lambda.amazonaws.com",
    "*",
];
const PRINCIPALS: &[&str] = &[
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:role/signer",
    "arn:aws:iam::111122223333:role/team/signer",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:iam::444455556666:root",
    "AIDAIOSFODNN7EXAMPLE",
    "${Who}",
];
const ACTIONS: &[&str] = &[
    "kms:Sign",
    "KMS:SIGN",
    "kms:*",
    "*",
    "kms:S*",
    "kms:PutKeyPolicy",
    "s3:*",
    "kms:Get?ublicKey",
];
const REQUESTED: &[&str] = &[
    "kms:Sign",
    "kms:PutKeyPolicy",
    "kms:GetPublicKey",
    "kms:RetireGrant",
    "kms:UpdateAlias",
];
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

fn pick(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(list)
}

fn condition() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(Value::Null),
        1 => Just(json!({"StringEquals": {"kms:MessageType": "RAW"}})),
        1 => Just(json!({"StringNotEquals": {"kms:MessageType": "RAW"}})),
        1 => Just(json!({"Bool": {"aws:SecureTransport": "true"}})),
        1 => Just(json!({"BoolIfExists": {"aws:SecureTransport": "true"}})),
        1 => Just(json!({"StringEquals": {"kms:KeySpec": "ECC_SECG_P256K1"}})),
        1 => Just(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}})),
        1 => Just(json!({"StringLike": {"aws:username": "${aws:PrincipalTag/x, 'a'}*"}})),
        1 => Just(json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}})),
    ]
}

fn statement(principal: bool) -> impl Strategy<Value = Value> {
    (
        any::<bool>(),
        prop::collection::vec(pick(PRINCIPALS), 1..3),
        prop::bool::weighted(0.15),
        prop::collection::vec(pick(ACTIONS), 1..3),
        prop::bool::weighted(0.15),
        prop_oneof![6 => Just(json!("*")), 1 => Just(json!(KEY)), 1 => Just(Value::Null)],
        condition(),
    )
        .prop_map(
            move |(allow, principals, not_principal, actions, not_action, resource, condition)| {
                let mut own = serde_json::Map::new();
                own.insert("Effect".into(), json!(if allow { "Allow" } else { "Deny" }));
                if principal {
                    let name = if not_principal {
                        "NotPrincipal"
                    } else {
                        "Principal"
                    };
                    own.insert(name.into(), json!({"AWS": principals}));
                }
                own.insert(
                    if not_action { "NotAction" } else { "Action" }.into(),
                    json!(actions),
                );
                for (name, value) in [("Resource", resource), ("Condition", condition)] {
                    if !value.is_null() {
                        own.insert(name.into(), value);
                    }
                }
                Value::Object(own)
            },
        )
}

fn policy(statements: &[Value]) -> Policy {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Policy::new(&Document::read(&parse(&text, &Limits::default()).expect("JSON")))
}

#[derive(Debug, Clone)]
struct World {
    key: Vec<Value>,
    identity: Option<Vec<Value>>,
    boundary: Option<Vec<Value>>,
    caller: &'static str,
    action: &'static str,
    secure: Option<bool>,
    complete: bool,
}

fn world() -> impl Strategy<Value = World> {
    (
        prop::collection::vec(statement(true), 0..4),
        prop::option::of(prop::collection::vec(statement(false), 0..3)),
        prop::option::weighted(0.2, prop::collection::vec(statement(false), 0..3)),
        pick(CALLERS),
        pick(REQUESTED),
        prop::option::of(any::<bool>()),
        prop::bool::weighted(0.8),
    )
        .prop_map(
            |(key, identity, boundary, caller, action, secure, complete)| World {
                key,
                identity,
                boundary,
                caller,
                action,
                secure,
                complete,
            },
        )
}

impl World {
    fn decide(&self) -> Verdict {
        let mut context = Context::new();
        if let Some(secure) = self.secure {
            context.set("aws:SecureTransport", vec![secure.to_string()]);
        }
        if !self.complete {
            context.set_incomplete();
        }
        let policies = Policies {
            key_policy: Some(policy(&self.key)),
            identity_policies: self.identity.as_ref().map(|list| vec![policy(list)]),
            permission_boundaries: self.boundary.iter().map(|list| policy(list)).collect(),
            grants: Some(Vec::new()),
            ..Policies::default()
        };
        let request = Request {
            principal: Caller::parse(self.caller).expect("a caller"),
            action: self.action.to_owned(),
            resource: KEY.to_owned(),
            resource_account: None,
            context,
        };
        let decision = policies.decide(&request);
        assert_eq!(
            decision.verdict == Verdict::Depends,
            !decision.premises.is_empty()
        );
        if decision.verdict == Verdict::Allowed || decision.verdict == Verdict::ExplicitDeny {
            assert!(!decision.because.is_empty(), "somebody decided");
        }
        decision.verdict
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

fn effect(mut statement: Value, effect: &str) -> Value {
    statement["Effect"] = json!(effect);
    statement
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_deny_more_never_allows_more(world in world(), more in statement(true), of_identity in statement(false)) {
        let before = world.decide();
        let mut after = world.clone();
        after.key.push(effect(more, "Deny"));
        prop_assert!(height(after.decide()) <= height(before));
        let mut after = world.clone();
        if let Some(list) = &mut after.identity {
            list.push(effect(of_identity, "Deny"));
        }
        prop_assert!(height(after.decide()) <= height(before));
    }

    #[test]
    fn an_allow_more_never_takes_away(world in world(), more in statement(true), of_identity in statement(false)) {
        let before = world.decide();
        let mut after = world.clone();
        after.key.push(effect(more, "Allow"));
        prop_assert!(height(after.decide()) >= height(before));
        let mut after = world.clone();
        if let Some(list) = &mut after.identity {
            list.push(effect(of_identity, "Allow"));
        }
        prop_assert!(height(after.decide()) >= height(before));
    }

    #[test]
    fn order_lists_and_letter_case_of_actions_change_nothing(world in world(), turn in 0..4_usize) {
        let before = world.decide();
        let mut after = world.clone();
        let by = turn.min(after.key.len());
        after.key.rotate_left(by);
        for statement in &mut after.key {
            for name in ["Action", "NotAction"] {
                if let Some(Value::Array(actions)) = statement.get_mut(name) {
                    for action in actions.iter_mut() {
                        *action = json!(action.as_str().expect("text").to_ascii_uppercase());
                    }
                    actions.reverse();
                    if let [one] = actions.as_slice() {
                        let one = one.clone();
                        statement[name] = one;
                    }
                }
            }
        }
        prop_assert_eq!(after.decide(), before);
    }

    /// More knowledge may settle what depended; it never turns a sure answer round.
    #[test]
    fn what_is_sure_stays_so_when_more_is_known(world in world(), secure in any::<bool>()) {
        let world = World { secure: None, complete: false, ..world };
        let before = world.decide();
        let mut after = world.clone();
        after.secure = Some(secure);
        let known = after.decide();
        after.complete = true;
        after.secure = None;
        let complete = after.decide();
        if before != Verdict::Depends {
            prop_assert_eq!(height(known), height(before));
            prop_assert_eq!(height(complete), height(before));
        }
    }
}

/// Wildcards, variables and depth that would cost a naive reader for ever.
#[test]
fn hostile_documents_are_decided_soon() {
    let stars = "*a".repeat(8_000);
    let deep = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    let documents = [
        json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": format!("kms:{stars}"), "Resource": stars}}).to_string(),
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringLike": {"x:y": vec![stars.clone(); 8]}, "ArnLike": {"x:y": format!("a:b:c:d:e:{stars}")}}}})
        .to_string(),
        format!(r#"{{"Statement":{{"Effect":"Allow","Principal":"*","Action":{deep},"Resource":"*"}}}}"#),
        json!({"Statement": (0..5_000).map(|at| json!({"Effect": "Deny", "Principal": {"AWS": format!("arn:aws:iam::111122223333:user/{at}")}, "Action": "*", "Resource": "*"})).collect::<Vec<_>>()}).to_string(),
    ];
    for text in documents {
        let begun = Instant::now();
        let key = Policy::new(&Document::read(&parse(&text, &Limits::default()).expect("JSON")));
        let mut context = Context::new();
        context.set("x:y", vec![format!("a:b:c:d:e:{}", "b".repeat(2_000))]);
        let request = Request {
            principal: Caller::parse(CALLERS[0]).expect("a caller"),
            action: format!("kms:{}", "b".repeat(1_000)),
            resource: KEY.to_owned(),
            resource_account: None,
            context,
        };
        let policies = Policies {
            key_policy: Some(key),
            ..Policies::default()
        };
        let _ = policies.decide(&request);
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", &text[..80]);
    }
}
