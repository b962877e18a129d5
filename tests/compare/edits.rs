//! How often single edits of policies as operators write them stay without an answer.

use std::collections::BTreeMap;

use kms_audit::policy::compare::{Setting, Verdict, compare};
use kms_audit::policy::evaluate::KeyMetadata;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::generator::{OWN, Rng};
use super::{document, holds, word};

/// Edits that are tried.
const EDITS: u64 = 2_000;

const ROOT: &str = "arn:aws:iam::111122223333:root";
const ADMIN: &str = "arn:aws:iam::111122223333:role/KeyAdmin";
const VALIDATOR: &str = "arn:aws:iam::111122223333:role/hyperlane-validator";
const RELAYER: &str = "arn:aws:iam::111122223333:role/hyperlane-relayer";
const USER: &str = "arn:aws:iam::111122223333:user/hyperlane-validator-ethereum";
const FOREIGN: &str = "arn:aws:iam::444455556666:role/backup-signer";

/// Principals that operators name.
const NAMED: &[&str] = &[
    ROOT,
    ADMIN,
    VALIDATOR,
    RELAYER,
    USER,
    FOREIGN,
    "arn:aws:iam::444455556666:root",
];

/// The console's list for administrators.
const CONSOLE: &[&str] = &[
    "kms:Create*",
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
];

/// Actions that operators list.
const ACTIONS: &[&str] = &[
    "kms:Sign",
    "kms:GetPublicKey",
    "kms:DescribeKey",
    "kms:Verify",
    "kms:CreateGrant",
    "kms:RevokeGrant",
    "kms:ListGrants",
    "kms:PutKeyPolicy",
    "kms:GetKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:TagResource",
    "kms:UpdateAlias",
];

/// Wildcards, and actions of theirs that operators list instead.
const WILDCARDS: &[(&str, &[&str])] = &[
    ("kms:*", &["kms:Sign", "kms:GetPublicKey", "kms:PutKeyPolicy"]),
    ("kms:Get*", &["kms:GetPublicKey", "kms:GetKeyPolicy"]),
    ("kms:Describe*", &["kms:DescribeKey"]),
    ("kms:Create*", &["kms:CreateGrant", "kms:CreateAlias"]),
    ("kms:List*", &["kms:ListGrants", "kms:ListResourceTags"]),
    ("kms:Put*", &["kms:PutKeyPolicy"]),
    (
        "kms:*Key",
        &["kms:DescribeKey", "kms:GetPublicKey", "kms:DisableKey"],
    ),
];

/// Conditions that operators write: operator, key, values, and values that each could become.
const CONDITIONS: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "StringEquals",
        "kms:MessageType",
        &["DIGEST"],
        &["RAW", "EXTERNAL_MU"],
    ),
    ("StringNotEquals", "kms:MessageType", &["DIGEST"], &["RAW"]),
    (
        "StringEquals",
        "kms:SigningAlgorithm",
        &["ECDSA_SHA_256"],
        &["ECDSA_SHA_384"],
    ),
    (
        "StringEquals",
        "kms:CallerAccount",
        &["111122223333"],
        &["444455556666"],
    ),
    (
        "StringEquals",
        "kms:ViaService",
        &["s3.eu-west-1.amazonaws.com"],
        &["s3.us-east-1.amazonaws.com"],
    ),
    (
        "StringLike",
        "kms:ViaService",
        &["s3.*.amazonaws.com"],
        &["lambda.*.amazonaws.com", "*.amazonaws.com"],
    ),
    (
        "StringEquals",
        "aws:SourceVpce",
        &["vpce-0a1b2c3d4e5f67890"],
        &["vpce-0f9e8d7c6b5a43210"],
    ),
    (
        "StringNotEquals",
        "aws:SourceVpce",
        &["vpce-0a1b2c3d4e5f67890"],
        &["vpce-0f9e8d7c6b5a43210"],
    ),
    (
        "StringNotEqualsIfExists",
        "aws:SourceVpce",
        &["vpce-0a1b2c3d4e5f67890"],
        &["vpce-0f9e8d7c6b5a43210"],
    ),
    (
        "StringEquals",
        "aws:PrincipalOrgID",
        &["o-a1b2c3d4e5"],
        &["o-f6g7h8i9j0"],
    ),
    (
        "ArnLike",
        "aws:PrincipalArn",
        &["arn:aws:iam::111122223333:role/hyperlane-*"],
        &["arn:aws:iam::111122223333:role/ops/*"],
    ),
    (
        "ArnEquals",
        "aws:PrincipalArn",
        &["arn:aws:iam::111122223333:role/hyperlane-validator"],
        &["arn:aws:iam::111122223333:role/KeyAdmin"],
    ),
    (
        "StringEquals",
        "aws:PrincipalTag/Team",
        &["bridge"],
        &["treasury", "${aws:username}"],
    ),
    (
        "IpAddress",
        "aws:SourceIp",
        &["203.0.113.0/24"],
        &["203.0.113.7", "198.51.100.0/24", "203.0.0.0/16"],
    ),
    (
        "NotIpAddress",
        "aws:SourceIp",
        &["203.0.113.0/24"],
        &["203.0.113.7", "198.51.100.0/24", "203.0.0.0/16"],
    ),
    ("Bool", "aws:MultiFactorAuthPresent", &["true"], &["false"]),
    (
        "BoolIfExists",
        "aws:MultiFactorAuthPresent",
        &["false"],
        &["true"],
    ),
    ("Bool", "aws:SecureTransport", &["false"], &["true"]),
    ("Bool", "kms:GrantIsForAWSResource", &["true"], &["false"]),
    (
        "Bool",
        "kms:BypassPolicyLockoutSafetyCheck",
        &["true"],
        &["false"],
    ),
    (
        "NumericGreaterThanEquals",
        "kms:ScheduleKeyDeletionPendingWindowInDays",
        &["30"],
        &["7", "14"],
    ),
    (
        "NumericLessThan",
        "aws:MultiFactorAuthAge",
        &["3600"],
        &["900", "86400"],
    ),
    (
        "DateLessThan",
        "aws:CurrentTime",
        &["2027-01-01T00:00:00Z"],
        &["2026-06-30T00:00:00Z"],
    ),
    (
        "ForAllValues:StringEquals",
        "kms:GrantOperations",
        &["Sign", "GetPublicKey"],
        &["CreateGrant"],
    ),
    (
        "ForAnyValue:StringEquals",
        "kms:GrantOperations",
        &["CreateGrant"],
        &["Sign"],
    ),
    ("Null", "aws:SourceVpce", &["true"], &["false"]),
    (
        "StringEquals",
        "kms:KeySpec",
        &["ECC_SECG_P256K1"],
        &["ECC_NIST_P256"],
    ),
];

fn allow(who: &[&str], actions: &[&str]) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": actions, "Resource": "*"})
}

fn with(mut statement: Value, operator: &str, key: &str, values: &[&str]) -> Value {
    statement["Condition"][operator][key] = json!(values);
    statement
}

fn deny(who: &Value, actions: &[&str]) -> Value {
    json!({"Effect": "Deny", "Principal": who, "Action": actions, "Resource": "*"})
}

/// Policies as AWS and its guides, and operators, write them.
fn bases() -> Vec<Value> {
    let root = || allow(&[ROOT], &["kms:*"]);
    let safe = || {
        allow(
            &[ROOT],
            &["kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:DescribeKey"],
        )
    };
    let grants = || {
        with(
            allow(&[USER], &["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]),
            "Bool",
            "kms:GrantIsForAWSResource",
            &["true"],
        )
    };
    let everybody = json!("*");
    let digest = || {
        with(
            deny(&everybody, &["kms:Sign"]),
            "StringNotEquals",
            "kms:MessageType",
            &["DIGEST"],
        )
    };
    let policy = |list: Vec<Value>| json!({"Version": "2012-10-17", "Statement": list});
    vec![
        policy(vec![root()]),
        policy(vec![
            root(),
            allow(&[ADMIN], CONSOLE),
            allow(
                &[USER],
                &["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"],
            ),
            grants(),
        ]),
        policy(vec![root(), allow(&[USER], &["kms:GetPublicKey", "kms:Sign"])]),
        policy(vec![
            safe(),
            allow(&[VALIDATOR], &["kms:GetPublicKey", "kms:Sign"]),
            digest(),
        ]),
        policy(vec![
            safe(),
            with(
                allow(&[VALIDATOR, RELAYER], &["kms:Sign"]),
                "StringEquals",
                "aws:SourceVpce",
                &["vpce-0a1b2c3d4e5f67890"],
            ),
            allow(&[VALIDATOR, RELAYER], &["kms:GetPublicKey", "kms:DescribeKey"]),
        ]),
        policy(vec![
            root(),
            with(
                deny(&everybody, &["kms:ScheduleKeyDeletion", "kms:DisableKey"]),
                "BoolIfExists",
                "aws:MultiFactorAuthPresent",
                &["false"],
            ),
            with(
                deny(&everybody, &["kms:PutKeyPolicy"]),
                "Bool",
                "kms:BypassPolicyLockoutSafetyCheck",
                &["true"],
            ),
            allow(&[VALIDATOR], &["kms:GetPublicKey", "kms:Sign"]),
        ]),
        policy(vec![
            root(),
            with(
                json!({"Effect": "Allow", "Principal": "*", "Action": ["kms:Sign", "kms:GetPublicKey"], "Resource": "*"}),
                "StringEquals",
                "aws:PrincipalOrgID",
                &["o-a1b2c3d4e5"],
            ),
        ]),
        policy(vec![
            root(),
            allow(&[FOREIGN], &["kms:Sign", "kms:GetPublicKey", "kms:DescribeKey"]),
            with(
                json!({"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["kms:Sign"], "Resource": "*"}),
                "StringEquals",
                "aws:SourceAccount",
                &["111122223333"],
            ),
        ]),
        policy(vec![
            safe(),
            with(
                allow(&[ADMIN], &["kms:ScheduleKeyDeletion"]),
                "NumericGreaterThanEquals",
                "kms:ScheduleKeyDeletionPendingWindowInDays",
                &["30"],
            ),
            allow(
                &[ADMIN],
                &[
                    "kms:Get*",
                    "kms:List*",
                    "kms:Describe*",
                    "kms:TagResource",
                    "kms:UpdateAlias",
                ],
            ),
            with(
                allow(&[ROOT], &["kms:Sign"]),
                "ArnLike",
                "aws:PrincipalArn",
                &["arn:aws:iam::111122223333:role/hyperlane-*"],
            ),
            with(
                deny(&everybody, &["kms:Sign"]),
                "NotIpAddress",
                "aws:SourceIp",
                &["203.0.113.0/24"],
            ),
        ]),
        policy(vec![
            root(),
            with(
                allow(&[ADMIN], &["kms:CreateGrant"]),
                "ForAllValues:StringEquals",
                "kms:GrantOperations",
                &["Sign", "GetPublicKey"],
            ),
            with(
                allow(&[VALIDATOR], &["kms:Sign"]),
                "StringEquals",
                "kms:MessageType",
                &["DIGEST"],
            ),
            deny(&json!({"AWS": [RELAYER]}), &["kms:*"]),
        ]),
    ]
}

fn condition(rng: &mut Rng, statement: &mut Value) {
    let (operator, key, values, others) = CONDITIONS[rng.below(CONDITIONS.len())];
    let values = if rng.chance(70) {
        values.to_vec()
    } else {
        vec![rng.pick(others)]
    };
    statement["Condition"][operator][key] = json!(values);
}

/// One edit of a statement or of the list; its name, or nothing where it cannot be made here.
fn edit(rng: &mut Rng, list: &mut Vec<Value>) -> Option<&'static str> {
    let at = rng.below(list.len());
    let what = rng.below(13);
    match what {
        0 => {
            (list.len() > 1).then(|| list.remove(at))?;
            Some("statement removed")
        }
        1 => {
            let mut own = allow(&rng.some(NAMED, 2), &rng.some(ACTIONS, 3));
            if rng.chance(50) {
                condition(rng, &mut own);
            }
            list.insert(at, own);
            Some("statement added")
        }
        2 => {
            let who = if rng.chance(60) {
                json!("*")
            } else {
                json!({"AWS": rng.some(NAMED, 2)})
            };
            let mut own = deny(&who, &rng.some(ACTIONS, 3));
            if rng.chance(70) {
                condition(rng, &mut own);
            }
            list.push(own);
            Some("Deny added")
        }
        3 | 4 => {
            let actions = list[at]["Action"].as_array_mut()?;
            if what == 3 {
                (actions.len() > 1).then_some(())?;
                let entry = rng.below(actions.len());
                actions.remove(entry);
                return Some("action removed");
            }
            actions.push(json!(rng.pick(ACTIONS)));
            Some("action added")
        }
        5 => {
            let actions = list[at]["Action"].as_array_mut()?;
            let (place, listed) = actions.iter().enumerate().find_map(|(place, action)| {
                let (_, listed) = WILDCARDS.iter().find(|(pattern, _)| action == pattern)?;
                Some((place, listed))
            })?;
            actions.splice(place..=place, listed.iter().map(|action| json!(action)));
            Some("wildcard to list")
        }
        6 => {
            let actions = list[at]["Action"].as_array_mut()?;
            let (pattern, listed) = WILDCARDS[rng.below(WILDCARDS.len())];
            let before = actions.len();
            actions.retain(|action| !listed.iter().any(|own| action == own));
            (actions.len() < before).then_some(())?;
            actions.push(json!(pattern));
            Some("list to wildcard")
        }
        7 | 8 => {
            if list[at]["Principal"] == json!("*") {
                list[at]["Principal"] = json!({"AWS": [rng.pick(NAMED)]});
                return Some("principal narrowed");
            }
            let who = list[at].pointer_mut("/Principal/AWS")?.as_array_mut()?;
            if what == 7 {
                if who.len() > 1 {
                    who.pop();
                } else if who[0] == ROOT {
                    who[0] = json!(VALIDATOR);
                } else {
                    return None;
                }
                return Some("principal narrowed");
            }
            match rng.below(3) {
                0 => list[at]["Principal"] = json!("*"),
                1 => who.push(json!(rng.pick(NAMED))),
                _ => who[0] = json!(ROOT),
            }
            Some("principal widened")
        }
        9 => {
            condition(rng, &mut list[at]);
            Some("condition added")
        }
        10 => {
            list[at].as_object_mut()?.remove("Condition")?;
            Some("condition removed")
        }
        _ => {
            let condition = list[at].get_mut("Condition")?.as_object_mut()?;
            let (operator, keys) = condition.iter_mut().next()?;
            let (key, values) = keys.as_object_mut()?.iter_mut().next()?;
            let (_, _, _, others) = CONDITIONS
                .iter()
                .find(|(of, own, ..)| of == operator && own == key)?;
            let values = values.as_array_mut()?;
            match rng.below(3) {
                0 => *values = vec![json!(rng.pick(others))],
                1 => values.push(json!(rng.pick(others))),
                _ => {
                    (values.len() > 1).then(|| values.pop())?;
                }
            }
            Some("value changed")
        }
    }
}

fn edited(seed: u64, bases: &[Value]) -> (&'static str, Value, Value) {
    let mut rng = Rng::new(seed);
    loop {
        let old = bases[rng.below(bases.len())].clone();
        let mut new = old.clone();
        let list = new["Statement"].as_array_mut().expect("a list");
        if let Some(name) = edit(&mut rng, list)
            && new != old
        {
            // As many edits forwards as back.
            return if rng.chance(50) {
                (name, old, new)
            } else {
                (name, new, old)
            };
        }
    }
}

#[test]
fn at_most_one_edit_in_twenty_stays_without_an_answer() {
    let bases = bases();
    let setting = Setting {
        account: Some(OWN.to_owned()),
        key_metadata: Some(KeyMetadata {
            key_spec: Some("ECC_SECG_P256K1".to_owned()),
            key_usage: Some("SIGN_VERIFY".to_owned()),
            origin: Some("AWS_KMS".to_owned()),
            multi_region: Some(false),
            multi_region_key_type: None,
        }),
        ..Setting::default()
    };
    let found: Vec<(&str, Verdict, String)> = (0..EDITS)
        .into_par_iter()
        .map(|seed| {
            let (name, old, new) = edited(seed, &bases);
            let (before, after) = (document(&old), document(&new));
            let found = compare(&before, &after, &setting);
            holds(&found, &before, &after, &setting);
            (
                name,
                found.verdict,
                format!("{name}\n  {old}\n  {new}\n  {:#?}", found.reasons),
            )
        })
        .collect();
    let mut table: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (name, verdict, _) in &found {
        *table.entry(name).or_default().entry(word(*verdict)).or_default() += 1;
    }
    let open: Vec<&String> = found
        .iter()
        .filter(|(_, verdict, _)| *verdict == Verdict::NotProven)
        .map(|(_, _, text)| text)
        .collect();
    println!("{} of {EDITS} not proven: {table:#?}", open.len());
    if std::env::var_os("KMS_AUDIT_SHOW").is_some() {
        for text in &open {
            println!("{text}");
        }
    }
    assert!(
        open.len() * 20 <= found.len(),
        "{} of {EDITS}: {table:#?}",
        open.len()
    );
}
