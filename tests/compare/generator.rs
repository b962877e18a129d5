//! Random policies, random edits, and random requests in random worlds of other policies.

use std::sync::LazyLock;

use kms_audit::policy::ActionPattern;
use kms_audit::policy::evaluate::{Caller, Context, Grant, KeyMetadata, Member, Policies, Policy, Request};
use serde_json::{Map, Value, json};

use super::document;

pub(crate) const OWN: &str = "111122223333";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

/// Numbers from a seed (`SplitMix64`): the same on every machine.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut own = self.0;
        own = (own ^ (own >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        own = (own ^ (own >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        own ^ (own >> 31)
    }

    /// A number below `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most.max(1)).expect("small")).expect("small")
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    /// True in `percent` of all cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A few of a list, without repetition, at least one.
    pub(crate) fn some<'a>(&mut self, list: &[&'a str], most: usize) -> Vec<&'a str> {
        let mut found: Vec<&str> = Vec::new();
        for _ in 0..=self.below(most) {
            let one = self.pick(list);
            if !found.contains(&one) {
                found.push(one);
            }
        }
        found
    }
}

const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111122223333:root",
    "111122223333",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:role/validator",
    "arn:aws:iam::111122223333:role/ops/admin",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/team/bob",
    "arn:aws:iam::444455556666:role/relayer",
    "arn:aws:sts::111122223333:assumed-role/validator/i-1",
    "arn:aws:sts::111122223333:assumed-role/admin/carol",
    "arn:aws:sts::111122223333:federated-user/dave",
    "AIDAIOSFODNN7EXAMPLE",
    "*",
];

const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:root",
    "111122223333",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/team/bob",
    "arn:aws:iam::111122223333:user/eve",
    "arn:aws:iam::111122223333:role/validator",
    "arn:aws:iam::111122223333:role/ops/admin",
    "arn:aws:iam::111122223333:role/admin",
    "arn:aws:iam::111122223333:role/other",
    "arn:aws:sts::111122223333:assumed-role/validator/i-1",
    "arn:aws:sts::111122223333:assumed-role/validator/i-2",
    "arn:aws:sts::111122223333:assumed-role/admin/carol",
    "arn:aws:sts::111122223333:assumed-role/admin/dan",
    "arn:aws:sts::111122223333:assumed-role/other/s",
    "arn:aws:sts::111122223333:federated-user/dave",
    "arn:aws:sts::111122223333:federated-user/alice",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::444455556666:role/relayer",
    "arn:aws:sts::444455556666:assumed-role/relayer/s",
    "arn:aws:iam::444455556666:user/mallory",
    "arn:aws:iam::777788889999:user/nobody",
    "arn:aws:sts::777788889999:assumed-role/nobody/s",
    "lambda.amazonaws.com",
    "s3.amazonaws.com",
    "accounts.google.com",
    "*",
];

const ACTIONS: &[&str] = &[
    "kms:Sign",
    "kms:GetPublicKey",
    "kms:Verify",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:GetKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:UpdateAlias",
    "kms:RetireGrant",
    "kms:Encrypt",
    "kms:sign",
    "kms:*",
    "kms:Get*",
    "kms:S*",
    "kms:*Key*",
    "kms:Sig?",
    "kms:?reate*",
    "*",
    "s3:GetObject",
    "kms:Unheard",
];

const ASKED: &[&str] = &[
    "kms:Sign",
    "kms:GetPublicKey",
    "kms:Verify",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:GetKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:UpdateAlias",
    "kms:RetireGrant",
    "kms:Encrypt",
    "kms:TagResource",
    "kms:DisableKey",
    "kms:GetKeyRotationStatus",
    "kms:SIGN",
    "kms:GetSomethingNew",
    "kms:Unheard",
    "kms:CreateKey",
];

/// Operators that go with a key, and values: the first are what a request may carry, too.
struct Key {
    name: &'static str,
    operators: &'static [&'static str],
    values: &'static [&'static str],
    carried: &'static [&'static str],
}

const TEXT: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "Null",
];

const KEYS: &[Key] = &[
    Key {
        name: "kms:MessageType",
        operators: TEXT,
        values: &["DIGEST", "RAW", "D*", "digest", "*"],
        carried: &["DIGEST", "RAW", "EXTERNAL_MU", "Digest"],
    },
    Key {
        name: "aws:SourceVpce",
        operators: TEXT,
        values: &["vpce-1", "vpce-2", "vpce-*", "vpce-?", "VPCE-1"],
        carried: &["vpce-1", "vpce-2", "vpce-33", "VPCE-1", "x"],
    },
    Key {
        name: "kms:ViaService",
        operators: TEXT,
        values: &["s3.eu-west-1.amazonaws.com", "s3.*.amazonaws.com", "*"],
        carried: &["s3.eu-west-1.amazonaws.com", "lambda.eu-west-1.amazonaws.com"],
    },
    Key {
        name: "aws:PrincipalTag/Team",
        operators: TEXT,
        values: &[
            "ops",
            "${aws:username}",
            "${aws:PrincipalTag/Other, 'ops'}",
            "o*",
            "Ops",
        ],
        carried: &["ops", "alice", "bob", "Ops", "${aws:username}"],
    },
    Key {
        name: "aws:PrincipalArn",
        operators: &[
            "ArnEquals",
            "ArnLike",
            "ArnNotLike",
            "StringLike",
            "StringNotLike",
            "StringEquals",
            "Null",
        ],
        values: &[
            "arn:aws:iam::111122223333:role/validator",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::111122223333:role/ops/admin",
            "arn:aws:iam::111122223333:user/alice",
            "*",
        ],
        carried: &[],
    },
    Key {
        name: "kms:CallerAccount",
        operators: TEXT,
        values: &["111122223333", "444455556666", "1111*"],
        carried: &[],
    },
    Key {
        name: "aws:PrincipalOrgID",
        operators: TEXT,
        values: &["o-a1b2c3d4e5", "o-*"],
        carried: &["o-a1b2c3d4e5", "o-zzzzzzzzzz"],
    },
    Key {
        name: "kms:GrantOperations",
        operators: TEXT,
        values: &["Sign", "Verify", "S*", "CreateGrant"],
        carried: &["Sign", "Verify", "Decrypt"],
    },
    Key {
        name: "kms:ScheduleKeyDeletionPendingWindowInDays",
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
            "StringEquals",
            "Null",
        ],
        values: &["7", "30", "8", "seven", "7.5"],
        carried: &["7", "30", "8", "7.25", "x"],
    },
    Key {
        name: "aws:CurrentTime",
        operators: &[
            "DateLessThan",
            "DateGreaterThan",
            "DateEquals",
            "DateNotEquals",
            "DateGreaterThanEquals",
        ],
        values: &["2026-01-01", "2027-01-01T00:00:00Z", "1767225600"],
        carried: &[
            "2026-01-01T00:00:00Z",
            "2026-06-01T00:00:00Z",
            "2028-01-01T00:00:00Z",
        ],
    },
    Key {
        name: "aws:SourceIp",
        operators: &["IpAddress", "NotIpAddress", "Null", "StringLike"],
        values: &[
            "10.0.0.0/8",
            "10.1.0.0/16",
            "203.0.113.7",
            "2001:db8::/32",
            "10.*",
        ],
        carried: &[
            "10.1.2.3",
            "10.2.2.3",
            "203.0.113.7",
            "2001:db8::1",
            "198.51.100.7",
        ],
    },
    Key {
        name: "aws:MultiFactorAuthPresent",
        operators: &["Bool", "Null", "StringEquals"],
        values: &["true", "false"],
        carried: &["true", "false"],
    },
    Key {
        name: "kms:KeySpec",
        operators: TEXT,
        values: &["ECC_SECG_P256K1", "RSA_2048", "ECC_*"],
        carried: &[],
    },
    Key {
        name: "kms:BypassPolicyLockoutSafetyCheck",
        operators: &["Bool", "Null"],
        values: &["true", "false"],
        carried: &["true", "false"],
    },
    Key {
        name: "example:Blob",
        operators: &["BinaryEquals", "Null", "StringEquals"],
        values: &["AQI=", "AQM=", "?"],
        carried: &["AQI=", "AQM=", "AQQ="],
    },
];

fn test(rng: &mut Rng) -> (String, &'static str, Value) {
    let key = &KEYS[rng.below(KEYS.len())];
    let operator = *rng.pick(&key.operators.iter().collect::<Vec<_>>());
    if operator == "Null" {
        let value = if rng.chance(50) { "true" } else { "false" };
        return (operator.to_owned(), key.name, json!(value));
    }
    let set = if key.name == "kms:GrantOperations" { 80 } else { 8 };
    let mut name = String::new();
    if rng.chance(set) {
        name.push_str(if rng.chance(50) {
            "ForAnyValue:"
        } else {
            "ForAllValues:"
        });
    }
    name.push_str(operator);
    if rng.chance(15) {
        name.push_str("IfExists");
    }
    if rng.chance(1) {
        name.push('s');
    }
    let values = rng.some(key.values, 3);
    (name, key.name, json!(values))
}

pub(crate) fn condition(rng: &mut Rng) -> Value {
    let mut condition = Map::new();
    for _ in 0..=rng.below(2) {
        let (operator, key, values) = test(rng);
        let inner = condition.entry(operator).or_insert_with(|| json!({}));
        inner[key] = values;
    }
    Value::Object(condition)
}

pub(crate) fn principals(rng: &mut Rng) -> Value {
    if rng.chance(8) {
        return json!({"Service": rng.some(&["lambda.amazonaws.com", "s3.amazonaws.com"], 1)});
    }
    if rng.chance(6) {
        return json!("*");
    }
    if rng.chance(2) {
        return json!({"AWS": rng.some(&["${AdminArn}", "arn:aws:iam::${AWS::AccountId}:role/x", "${AWS::AccountId}"], 1)});
    }
    json!({"AWS": rng.some(PRINCIPALS, 3)})
}

pub(crate) fn actions(rng: &mut Rng) -> Value {
    json!(rng.some(ACTIONS, 3))
}

pub(crate) fn statement(rng: &mut Rng) -> Value {
    let mut own = Map::new();
    let deny = rng.chance(30);
    own.insert("Effect".to_owned(), json!(if deny { "Deny" } else { "Allow" }));
    let not = if rng.chance(8) {
        "NotPrincipal"
    } else {
        "Principal"
    };
    own.insert(not.to_owned(), principals(rng));
    let not = if rng.chance(8) { "NotAction" } else { "Action" };
    own.insert(not.to_owned(), actions(rng));
    match rng.below(60) {
        0 => {}
        1 => {
            own.insert("Resource".to_owned(), json!(KEY));
        }
        2 => {
            own.insert(
                "Resource".to_owned(),
                json!(["arn:aws:kms:*:111122223333:key/*", "arn:aws:s3:::b"]),
            );
        }
        3 => {
            own.insert("NotResource".to_owned(), json!("arn:aws:kms:*:*:key/9*"));
        }
        _ => {
            own.insert("Resource".to_owned(), json!("*"));
        }
    }
    if rng.chance(45) {
        own.insert("Condition".to_owned(), condition(rng));
    }
    if rng.chance(1) {
        own.insert("Effcet".to_owned(), json!("Deny"));
    }
    Value::Object(own)
}

pub(crate) fn policy(rng: &mut Rng) -> Value {
    let list: Vec<Value> = (0..=rng.below(4)).map(|_| statement(rng)).collect();
    if rng.chance(4) {
        return json!({"Statement": list});
    }
    json!({"Version": "2012-10-17", "Statement": list})
}

/// A policy a few edits away.
pub(crate) fn edited(rng: &mut Rng, policy: &Value) -> Value {
    let mut own = policy.clone();
    for _ in 0..=rng.below(3) {
        edit(rng, &mut own);
    }
    own
}

fn edit(rng: &mut Rng, policy: &mut Value) {
    if rng.chance(2) {
        policy["Version"] = json!(if rng.chance(50) {
            "2008-10-17"
        } else {
            "2012-10-17"
        });
        return;
    }
    let new = statement(rng);
    let (what, other, entry) = (rng.below(12), condition(rng), rng.below(8));
    let list = policy["Statement"].as_array_mut().expect("a list");
    let at = rng.below(list.len());
    match what {
        0 if list.len() > 1 => {
            list.remove(at);
        }
        1 => list.insert(at, new),
        2 => {
            if let Some(own) = list[at].get_mut("Action").and_then(Value::as_array_mut)
                && own.len() > 1
            {
                own.remove(entry % own.len());
            }
        }
        3 => {
            if let Some(own) = list[at].get_mut("Action").and_then(Value::as_array_mut) {
                own.push(json!(rng.pick(ACTIONS)));
            }
        }
        4 => {
            if let Some(own) = list[at]
                .pointer_mut("/Principal/AWS")
                .and_then(Value::as_array_mut)
                && own.len() > 1
            {
                own.remove(entry % own.len());
            }
        }
        5 => {
            if let Some(own) = list[at]
                .pointer_mut("/Principal/AWS")
                .and_then(Value::as_array_mut)
            {
                own.push(json!(rng.pick(PRINCIPALS)));
            }
        }
        6 => {
            if list[at].get("Principal").is_some() {
                list[at]["Principal"] = principals(rng);
            }
        }
        7 => {
            list[at]["Condition"] = other;
        }
        8 => {
            list[at].as_object_mut().expect("an object").remove("Condition");
        }
        9 | 10 => {
            // One more value, or one less.
            let Some(condition) = list[at].get_mut("Condition").and_then(Value::as_object_mut) else {
                return;
            };
            for keys in condition.values_mut() {
                for (name, values) in keys.as_object_mut().expect("keys") {
                    let Some(values) = values.as_array_mut() else {
                        continue;
                    };
                    let pool = KEYS.iter().find(|key| key.name == name).expect("a key").values;
                    if values.len() > 1 && rng.chance(50) {
                        values.pop();
                    } else {
                        values.push(json!(rng.pick(pool)));
                    }
                    return;
                }
            }
        }
        _ => {
            let Some(condition) = list[at].get_mut("Condition").and_then(Value::as_object_mut) else {
                return;
            };
            let (operator, key, values) = test(rng);
            condition.entry(operator).or_insert_with(|| json!({}))[key] = values;
        }
    }
}

/// What is known of the key.
pub(crate) fn metadata(rng: &mut Rng) -> Option<KeyMetadata> {
    rng.chance(50).then(|| KeyMetadata {
        key_spec: Some(rng.pick(&["ECC_SECG_P256K1", "RSA_2048"]).to_owned()),
        key_usage: Some("SIGN_VERIFY".to_owned()),
        origin: Some("AWS_KMS".to_owned()),
        multi_region: Some(false),
        multi_region_key_type: None,
    })
}

/// What two policies speak of: requests near to it tell more.
#[derive(Default)]
pub(crate) struct Hints {
    callers: Vec<String>,
    actions: Vec<String>,
    values: Vec<(String, String)>,
}

impl Hints {
    pub(crate) fn of(policies: &[&Value]) -> Self {
        let mut hints = Self::default();
        for statement in policies
            .iter()
            .flat_map(|policy| policy["Statement"].as_array().expect("a list"))
        {
            for name in ["Principal", "NotPrincipal"] {
                for list in statement[name].as_object().into_iter().flat_map(Map::values) {
                    for text in list.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        hints.principal(text);
                    }
                }
            }
            for name in ["Action", "NotAction"] {
                for text in statement[name]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                {
                    let pattern = ActionPattern::new(text);
                    let asked = ASKED.iter().filter(|asked| pattern.covers(asked));
                    hints.actions.extend(asked.map(|asked| (*asked).to_owned()));
                }
            }
            let operators = statement["Condition"].as_object();
            for (key, values) in operators
                .into_iter()
                .flat_map(Map::values)
                .filter_map(Value::as_object)
                .flatten()
            {
                let carried = KEYS
                    .iter()
                    .any(|known| known.name == key && !known.carried.is_empty());
                for text in values.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if carried {
                        hints.values.push((key.clone(), text.replace(['*', '?'], "x")));
                    }
                }
            }
        }
        hints
    }

    fn principal(&mut self, text: &str) {
        let name = text.rsplit('/').next().unwrap_or_default();
        let near = |caller: &&&str| {
            **caller == text || (text.contains("role/") && caller.contains(&format!("assumed-role/{name}/")))
        };
        let found = CALLERS.iter().filter(near);
        self.callers.extend(found.map(|caller| (*caller).to_owned()));
    }
}

pub(crate) fn request(rng: &mut Rng, hints: &Hints, known: Option<&KeyMetadata>) -> Request {
    let one = |rng: &mut Rng, near: &[String], all: &[&str]| {
        if !near.is_empty() && rng.chance(60) {
            near[rng.below(near.len())].clone()
        } else {
            rng.pick(all).to_owned()
        }
    };
    let principal = Caller::parse(&one(rng, &hints.callers, CALLERS)).expect("a caller");
    let action = one(rng, &hints.actions, ASKED);
    let mut context = Context::new();
    for key in KEYS {
        if key.carried.is_empty() || rng.chance(65) {
            continue;
        }
        let most = if key.name == "kms:GrantOperations" { 3 } else { 1 };
        let values = rng.some(key.carried, most);
        context.set(key.name, values.into_iter().map(str::to_owned).collect());
    }
    for (key, value) in &hints.values {
        if rng.chance(35) {
            context.set(key, vec![value.clone()]);
        }
    }
    // The path of a session's role shows in this key alone.
    if principal.text.ends_with("assumed-role/admin/carol") && rng.chance(50) {
        context.set(
            "aws:PrincipalArn",
            vec!["arn:aws:iam::111122223333:role/ops/admin".to_owned()],
        );
    }
    if known.is_none() && rng.chance(30) {
        context.set(
            "kms:KeySpec",
            vec![rng.pick(&["ECC_SECG_P256K1", "RSA_2048"]).to_owned()],
        );
    }
    Request {
        principal,
        action,
        resource: rng
            .pick(&["*", KEY, KEY, "arn:aws:kms:eu-west-1:111122223333:alias/v"])
            .to_owned(),
        resource_account: Some(OWN.to_owned()),
        context,
    }
}

fn ready(value: &Value) -> Policy {
    Policy::new(&document(value))
}

fn own_policy(rng: &mut Rng) -> Policy {
    static EVERYTHING: LazyLock<Policy> = LazyLock::new(|| {
        ready(
            &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
        )
    });
    static NOTHING: LazyLock<Policy> = LazyLock::new(|| {
        ready(&json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
    });
    match rng.below(8) {
        0 | 1 => NOTHING.clone(),
        2 => {
            let mut own = statement(rng);
            let members = own.as_object_mut().expect("an object");
            members.remove("Principal");
            members.remove("NotPrincipal");
            ready(&json!({"Version": "2012-10-17", "Statement": [own]}))
        }
        _ => EVERYTHING.clone(),
    }
}

/// Other policies beside the compared one.
pub(crate) fn world(rng: &mut Rng, request: &Request, known: Option<&KeyMetadata>) -> Policies {
    let mut world = Policies {
        key_metadata: known.cloned(),
        ..Policies::default()
    };
    if known.is_none() && rng.chance(40) {
        world.key_metadata = metadata(rng);
    }
    world.identity_policies = match rng.below(5) {
        0 => None,
        1 => Some(Vec::new()),
        _ => Some((0..=rng.below(2)).map(|_| own_policy(rng)).collect()),
    };
    world.grants = match rng.below(4) {
        0 => None,
        1 | 2 => Some(Vec::new()),
        _ => Some(vec![Grant {
            grantee: Some(if rng.chance(70) {
                request.principal.text.clone()
            } else {
                "arn:aws:iam::111122223333:role/validator".to_owned()
            }),
            operations: vec!["Sign".to_owned(), rng.pick(&["Verify", "CreateGrant"]).to_owned()],
            ..Grant::default()
        }]),
    };
    if rng.chance(30) {
        world.session_policy = Some(own_policy(rng));
    }
    if rng.chance(30) {
        world.permission_boundaries = vec![own_policy(rng)];
    }
    if rng.chance(10) {
        world.scps = vec![vec![own_policy(rng)]];
    }
    if rng.chance(12) {
        world
            .unknown
            .insert(*rng.pick(&Member::ALL.iter().collect::<Vec<_>>()));
        world.unknown.remove(&Member::KeyPolicy);
    }
    world
}
