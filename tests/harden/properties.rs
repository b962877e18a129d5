//! What must hold for every policy: nothing new is allowed, signers sign, administrators administer, what was not edited
//! has its bytes, and a hardened policy is as hard as it gets.

use std::collections::BTreeSet;

use kms_audit::policy::compare::{Setting, Verdict, compare};
use kms_audit::policy::evaluate::{Caller, Context, Policies, Policy, Request, Verdict as Decided};
use kms_audit::policy::harden::RULES;
use proptest::prelude::*;

use super::*;

const PRINCIPALS: &[&str] = &[
    ROOT,
    ACCOUNT,
    ADMIN,
    SIGNER,
    "arn:aws:iam::111122223333:role/team/signer",
    "arn:aws:sts::111122223333:assumed-role/signer/one",
    "arn:aws:iam::444455556666:role/other",
    "arn:aws:iam::444455556666:root",
    "AIDAIOSFODNN7EXAMPLE",
    "*",
    "arn:aws:iam::111122223333:group/none",
];
const ACTIONS: &[&str] = &[
    "kms:Sign",
    "KMS:sign",
    "kms:S*",
    "kms:*",
    "*",
    "kms:GetPublicKey",
    "kms:Get*",
    "kms:Verify",
    "kms:DescribeKey",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "kms:ListGrants",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:Encrypt",
    "kms:ReEncrypt*",
    "kms:ListKeys",
    "kms:RetireGrant",
    "kms:ImportKeyMaterial",
    "kms:ReplicateKey",
    "kms:Sgin",
    "s3:GetObject",
];

fn condition() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => Just(Value::Null),
        1 => Just(json!({"StringEquals": {"kms:MessageType": "DIGEST"}})),
        1 => Just(json!({"StringNotEquals": {"kms:MessageType": "DIGEST"}})),
        1 => Just(json!({"StringEquals": {"kms:MessageType": "RAW"}})),
        1 => Just(json!({"Bool": {"kms:GrantIsForAWSResource": "true"}})),
        1 => Just(json!({"StringEquals": {"kms:KeySpec": "ECC_SECG_P256K1"}})),
        1 => Just(json!({"StringEquals": {"kms:KeyOrigin": "EXTERNAL", "aws:PrincipalOrgID": "o-1"}})),
        1 => Just(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        1 => Just(json!({"StringEquals": {"kms:CallerAccount": ACCOUNT}})),
        1 => Just(json!({"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}})),
    ]
}

/// A list, or its one entry alone.
fn listed(names: &[&'static str], alone: bool) -> Value {
    match names {
        [one] if alone => json!(one),
        names => json!(names),
    }
}

fn statement() -> impl Strategy<Value = Value> {
    let names =
        |list: &'static [&'static str], most| prop::collection::vec(prop::sample::select(list), 1..most);
    (
        prop::sample::select(&["Allow", "Allow", "Allow", "Allow", "Deny"][..]),
        (names(PRINCIPALS, 4), any::<bool>(), prop::bool::weighted(0.05)),
        (names(ACTIONS, 6), any::<bool>(), prop::bool::weighted(0.08)),
        condition(),
        prop::sample::select(&["a", "a", "b", "Allow use of the key", ""][..]),
        prop::bool::weighted(0.97),
    )
        .prop_map(
            |(effect, (who, who_alone, not_who), (what, what_alone, not_what), condition, sid, resource)| {
                let mut made = json!({"Effect": effect});
                if !sid.is_empty() {
                    made["Sid"] = json!(sid);
                }
                made[if not_who { "NotPrincipal" } else { "Principal" }] =
                    json!({"AWS": listed(&who, who_alone)});
                made[if not_what { "NotAction" } else { "Action" }] = listed(&what, what_alone);
                if resource {
                    made["Resource"] = json!("*");
                }
                if !condition.is_null() {
                    made["Condition"] = condition;
                }
                made
            },
        )
}

fn policies() -> impl Strategy<Value = Value> {
    (
        prop::bool::weighted(0.85),
        prop::collection::vec(statement(), 0..5),
    )
        .prop_map(|(root, mut statements)| {
            if root || statements.is_empty() {
                statements.insert(0, account());
            }
            policy(&statements)
        })
}

fn options() -> impl Strategy<Value = Options> {
    (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(unsafe_edits, guards, evm_only, known, declared)| Options {
            account: Some(ACCOUNT.to_owned()),
            metadata: known.then(of_kms),
            signers: if declared {
                vec![SIGNER.to_owned()]
            } else {
                Vec::new()
            },
            unsafe_edits,
            guards,
            evm_only,
        })
}

/// What one policy alone decides, for a request of which nothing else is known.
fn decided(text: &str, who: &str, action: &str, context: &[(&str, &str)], known: bool) -> Decided {
    let mut own = Context::new();
    for (key, value) in context {
        own.set(key, vec![(*value).to_owned()]);
    }
    let policies = Policies {
        key_policy: Some(Policy::new(&Document::parse(text).expect("JSON"))),
        identity_policies: Some(Vec::new()),
        grants: Some(Vec::new()),
        key_metadata: known.then(of_kms),
        ..Policies::default()
    };
    policies
        .decide(&Request {
            principal: Caller::parse(who).expect("a caller"),
            action: action.to_owned(),
            resource: "*".to_owned(),
            resource_account: Some(ACCOUNT.to_owned()),
            context: own,
        })
        .verdict
}

/// The bytes of each statement.
fn statements(text: &str) -> Vec<String> {
    let document = Document::parse(text).expect("JSON");
    let spans = document.statements.iter().map(|statement| statement.span.clone());
    spans.map(|span| text[span].to_owned()).collect()
}

fn holds(policy: &Value, options: &Options) -> Result<(), TestCaseError> {
    let text = policy.to_string();
    let found = match run(&text, options) {
        Ok(found) => found,
        Err(refusal) => {
            prop_assert_ne!(refusal.code(), "not-proven", "{} {:?}", text, options);
            return Ok(());
        }
    };
    let new = &found.text;
    let document = |text: &str| Document::parse(text).expect("JSON");

    // Nothing new is allowed.
    let setting = Setting {
        account: Some(ACCOUNT.to_owned()),
        key_metadata: options.metadata.clone(),
        ..Setting::default()
    };
    let comparison = compare(&document(&text), &document(new), &setting);
    prop_assert_eq!(comparison.verdict, Verdict::NoNewAccess, "{}\n{}", text, new);

    // Signers sign, and somebody puts key policies.
    let known = options.metadata.is_some();
    let digest = [("kms:MessageType", "DIGEST")];
    let org = [
        ("kms:MessageType", "DIGEST"),
        ("aws:PrincipalOrgID", "o-1"),
        ("aws:MultiFactorAuthPresent", "true"),
    ];
    for signer in &found.signers {
        for context in [&digest[..], &org] {
            for action in ["kms:Sign", "kms:GetPublicKey"] {
                let before = decided(&text, &signer.principal, action, context, known);
                let after = decided(new, &signer.principal, action, context, known);
                prop_assert!(
                    before != Decided::Allowed || after == Decided::Allowed,
                    "{} {action}\n{text}\n{new}",
                    signer.principal
                );
            }
        }
    }
    let administrators = |text: &str| -> BTreeSet<&str> {
        let all = [ROOT, ADMIN, SIGNER].into_iter();
        all.filter(|who| {
            decided(
                text,
                who,
                "kms:PutKeyPolicy",
                &[("kms:BypassPolicyLockoutSafetyCheck", "false")],
                known,
            ) == Decided::Allowed
        })
        .collect()
    };
    let (before, after) = (administrators(&text), administrators(new));
    prop_assert!(before.is_empty() || !after.is_empty(), "{text}\n{new}");
    prop_assert!(!before.contains(ROOT) || after.contains(ROOT), "{text}\n{new}");
    if !options.unsafe_edits {
        prop_assert_eq!(before, after);
    }

    // What was not edited has its bytes.
    let edited: BTreeSet<&str> = found
        .edits
        .iter()
        .filter_map(|edit| edit.pointer.as_deref())
        .collect();
    let old = statements(&text);
    let kept = old.iter().enumerate().filter(|(at, _)| {
        let listed = format!("/Statement/{at}");
        !edited.contains(listed.as_str()) && !edited.contains("/Statement")
    });
    let mut rest = statements(new).into_iter();
    for (_, statement) in kept {
        prop_assert!(rest.any(|own| own == *statement), "{statement}\n{new}");
    }

    for edit in found.edits.iter().chain(&found.offered) {
        prop_assert!(RULES.contains(&edit.rule), "{}", edit.rule);
    }
    for one in &found.left_out {
        prop_assert!(RULES.contains(&one.rule), "{}", one.rule);
    }

    // Witnesses are what they say.
    for taken in found.edits.iter().flat_map(|edit| &edit.taken) {
        prop_assert_eq!(taken.witness.is_none(), taken.unseen.is_some());
        if let Some(witness) = &taken.witness {
            let asked = &witness.asked;
            let context: Vec<(&str, &str)> = asked
                .context
                .iter()
                .map(|(key, values)| (key.as_str(), values[0].as_str()))
                .collect();
            let who = asked.request.principal.text.as_str();
            prop_assert_eq!(
                decided(&text, who, &asked.request.action, &context, known),
                Decided::Allowed
            );
            let after = decided(new, who, &asked.request.action, &context, known);
            prop_assert!(matches!(after, Decided::ImplicitDeny | Decided::ExplicitDeny));
        }
    }

    // As hard as it gets: a second time changes nothing.
    let again = run(new, options);
    let again = again.map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{text}\n{new}")))?;
    prop_assert_eq!(&again.text, new, "{}\n{:?}", text, made(&again));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_hardened_policy_keeps_its_promises(policy in policies(), options in options()) {
        holds(&policy, &options)?;
    }
}
