//! Random cases, the same for the same seed.

use serde_json::{Map, Value, json};

use crate::words::{ALIAS, CALLERS, KEY, KEYS, KMS_ACTIONS, OTHER_KEY, OURS, PATTERNS, PRINCIPALS, TEXT};

/// `SplitMix64`.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, of: usize) -> usize {
        (self.next() % of as u64) as usize
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }
}

/// Whom a case is about.
struct Scene {
    caller: &'static str,
    action: String,
    resource: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    KmsWithoutKey,
    Bucket,
    Trust,
    Identity,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Resource,
    Identity,
    /// Boundaries, session policies and SCPs: mostly broad.
    Limit,
    Rcp,
    Endpoint,
}

/// Requests on one set of policies.
pub(crate) const REQUESTS: usize = 8;

/// A case without its request, and requests on it: most are about whom and what the policies speak of.
pub(crate) fn case(random: &mut Random) -> (Value, Vec<Value>) {
    let scene = scene(random);
    let mut case = json!({"policies": policies(random, &scene)});
    if random.chance(60) {
        case["key_metadata"] = metadata(random);
    }
    if random.chance(8) {
        case["context_complete"] = json!(false);
    }
    if random.chance(7) {
        const MEMBERS: &[&str] = &[
            "key_policy",
            "ram_policy",
            "identity_policies",
            "grants",
            "session_policy",
            "permission_boundaries",
            "scps",
            "rcps",
            "endpoint_policies",
            "key_metadata",
        ];
        let list: Vec<&str> = (0..=random.below(2)).map(|_| random.pick(MEMBERS)).collect();
        case["unknown"] = json!(list);
    }
    let requests = (0..REQUESTS).map(|at| request(random, &scene, at == 0)).collect();
    (case, requests)
}

fn request(random: &mut Random, scene: &Scene, as_written: bool) -> Value {
    let principal = if as_written || random.chance(60) {
        scene.caller
    } else {
        random.pick(CALLERS)
    };
    let action = if as_written || scene.kind != Kind::Key || random.chance(70) {
        scene.action.as_str()
    } else {
        random.pick(KMS_ACTIONS)
    };
    let mut request = json!({"principal": principal, "action": action, "resource": scene.resource, "context": context(random)});
    let account_known = match scene.kind {
        Kind::Bucket => random.chance(90),
        _ => random.chance(60),
    };
    if account_known && scene.resource != "*" {
        request["resource_account"] = json!(OURS);
    }
    request
}

fn policies(random: &mut Random, scene: &Scene) -> Value {
    let mut policies = Map::new();
    let has_policy = match scene.kind {
        Kind::Key => random.chance(95),
        Kind::Bucket => random.chance(70),
        Kind::Trust => true,
        Kind::KmsWithoutKey => random.chance(50),
        Kind::Identity => false,
    };
    if has_policy {
        policies.insert("key_policy".into(), policy(random, scene, Of::Resource));
    }
    if scene.kind == Kind::Key && random.chance(6) {
        policies.insert("ram_policy".into(), policy(random, scene, Of::Resource));
    }
    let mut several = |random: &mut Random, name: &str, of: usize, kind: Of| {
        let list: Vec<Value> = (0..of).map(|_| policy(random, scene, kind)).collect();
        policies.insert(name.into(), json!(list));
    };
    if !random.chance(8) {
        let of = [0, 1, 1, 1, 2][random.below(5)];
        several(random, "identity_policies", of, Of::Identity);
    }
    if random.chance(12) {
        let of = 1 + random.below(2);
        several(random, "permission_boundaries", of, Of::Limit);
    }
    if random.chance(8) {
        several(random, "endpoint_policies", 1, Of::Endpoint);
    }
    if !random.chance(if scene.kind == Kind::Key { 6 } else { 50 }) {
        let of = [0, 0, 0, 0, 1, 2][random.below(6)];
        let list: Vec<Value> = (0..of).map(|_| grant(random, scene)).collect();
        policies.insert("grants".into(), json!(list));
    }
    if random.chance(15) {
        policies.insert("session_policy".into(), policy(random, scene, Of::Limit));
    }
    for (name, of) in [("scps", Of::Limit), ("rcps", Of::Rcp)] {
        if random.chance(10) {
            let mut level =
                || -> Vec<Value> { (0..=random.below(2)).map(|_| policy(random, scene, of)).collect() };
            let levels: Vec<Vec<Value>> = if name == "scps" {
                vec![level(), level()]
            } else {
                vec![level()]
            };
            policies.insert(name.into(), json!(levels));
        }
    }
    Value::Object(policies)
}

fn scene(random: &mut Random) -> Scene {
    let caller = random.pick(CALLERS);
    let (kind, action, resource) = match random.below(100) {
        0..72 => {
            let resource = match random.below(40) {
                0 => ALIAS,
                1 => "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
                2 => "alias/validator",
                _ => KEY,
            };
            (Kind::Key, random.pick(KMS_ACTIONS), resource)
        }
        72..77 => (
            Kind::KmsWithoutKey,
            random.pick(&["kms:ListKeys", "kms:ListAliases", "kms:GenerateRandom"]),
            "*",
        ),
        77..90 => (
            Kind::Bucket,
            random.pick(&["s3:GetObject", "s3:PutObject"]),
            random.pick(&["arn:aws:s3:::b/x", "arn:aws:s3:::b/alice/x"]),
        ),
        90..95 => (
            Kind::Trust,
            "sts:AssumeRole",
            "arn:aws:iam::111122223333:role/signer",
        ),
        95..98 => (
            Kind::Identity,
            "iam:CreateUser",
            "arn:aws:iam::111122223333:user/new",
        ),
        _ => (Kind::Identity, "organizations:ListAccounts", "*"),
    };
    Scene {
        caller,
        action: action.to_owned(),
        resource: resource.to_owned(),
        kind,
    }
}

fn metadata(random: &mut Random) -> Value {
    let mut known = Map::new();
    if random.chance(90) {
        known.insert(
            "KeySpec".into(),
            json!(random.pick(&["ECC_SECG_P256K1", "ECC_SECG_P256K1", "RSA_2048"])),
        );
    }
    if random.chance(90) {
        known.insert("KeyUsage".into(), json!("SIGN_VERIFY"));
    }
    if random.chance(90) {
        known.insert(
            "Origin".into(),
            json!(random.pick(&["AWS_KMS", "AWS_KMS", "EXTERNAL"])),
        );
    }
    if random.chance(90) {
        let several = random.chance(20);
        known.insert("MultiRegion".into(), json!(several));
        if several && random.chance(80) {
            known.insert(
                "MultiRegionConfiguration".into(),
                json!({"MultiRegionKeyType": random.pick(&["PRIMARY", "REPLICA"])}),
            );
        }
    }
    if random.chance(10) {
        json!({"KeyMetadata": known})
    } else {
        Value::Object(known)
    }
}

fn context(random: &mut Random) -> Value {
    let mut context = Map::new();
    for _ in 0..random.below(5) {
        let key = &KEYS[random.below(KEYS.len())];
        if key.had.is_empty() {
            continue;
        }
        let value = if key.several || random.chance(2) {
            let values: Vec<&str> = (0..random.below(3)).map(|_| random.pick(key.had)).collect();
            json!(values)
        } else {
            json!(random.pick(key.had))
        };
        context.insert(key.name.into(), value);
    }
    Value::Object(context)
}

fn grant(random: &mut Random, scene: &Scene) -> Value {
    const OPERATIONS: &[&str] = &[
        "Sign",
        "Sign",
        "Verify",
        "GetPublicKey",
        "DescribeKey",
        "CreateGrant",
        "RetireGrant",
        "Decrypt",
    ];
    let mut grant = Map::new();
    if random.chance(10) {
        grant.insert("GranteeServicePrincipal".into(), json!("lambda.amazonaws.com"));
    } else {
        let grantee = if random.chance(40) && scene.caller != "*" {
            scene.caller
        } else {
            random.pick(PRINCIPALS)
        };
        grant.insert("GranteePrincipal".into(), json!(grantee));
    }
    let operations: Vec<&str> = (0..=random.below(3)).map(|_| random.pick(OPERATIONS)).collect();
    grant.insert("Operations".into(), json!(operations));
    if random.chance(20) {
        grant.insert("RetiringPrincipal".into(), json!(random.pick(PRINCIPALS)));
    }
    if random.chance(25) {
        let constraints = match random.below(5) {
            0 => json!({"EncryptionContextEquals": {"d": "1"}}),
            1 | 2 => json!({"EncryptionContextSubset": {"d": "1"}}),
            _ => json!({"SourceArn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}),
        };
        grant.insert("Constraints".into(), constraints);
    }
    Value::Object(grant)
}

fn policy(random: &mut Random, scene: &Scene, of: Of) -> Value {
    let mut document = Map::new();
    match random.below(10) {
        0 => {}
        1 => {
            document.insert("Version".into(), json!("2008-10-17"));
        }
        _ => {
            document.insert("Version".into(), json!("2012-10-17"));
        }
    }
    let limit = of != Of::Resource && of != Of::Identity;
    let count = if of == Of::Resource {
        1 + random.below(3)
    } else {
        1 + random.below(2)
    };
    let mut statements: Vec<Value> = (0..count).map(|_| statement(random, scene, of)).collect();
    if limit && random.chance(60) {
        let mut all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        if of == Of::Rcp || of == Of::Endpoint {
            all["Principal"] = json!("*");
        }
        statements.push(all);
    }
    if statements.len() == 1 && random.chance(30) {
        document.insert("Statement".into(), statements.remove(0));
    } else {
        document.insert("Statement".into(), json!(statements));
    }
    let document = Value::Object(document);
    if random.chance(10) {
        let mut text = document.to_string();
        if random.chance(10) {
            text = text.replacen(
                "\"Effect\":\"Allow\"",
                "\"Effect\":\"Deny\",\"Effect\":\"Allow\"",
                1,
            );
        }
        return json!(text);
    }
    document
}

/// One value as itself or as a list.
fn one_or_list(random: &mut Random, values: Vec<Value>) -> Value {
    if values.len() == 1 && random.chance(50) {
        return values[0].clone();
    }
    json!(values)
}

fn statement(random: &mut Random, scene: &Scene, of: Of) -> Value {
    let mut own = Map::new();
    let denies = if of == Of::Rcp {
        random.chance(70)
    } else {
        random.chance(22)
    };
    own.insert("Effect".into(), json!(if denies { "Deny" } else { "Allow" }));
    match of {
        Of::Resource => {
            let name = if random.chance(8) {
                "NotPrincipal"
            } else {
                "Principal"
            };
            own.insert(name.into(), principal(random, scene));
            if random.chance(1) {
                own.insert("NotPrincipal".into(), principal(random, scene));
            }
        }
        Of::Endpoint if random.chance(30) => {
            own.insert("Principal".into(), principal(random, scene));
        }
        Of::Rcp | Of::Endpoint => {
            own.insert("Principal".into(), json!("*"));
        }
        Of::Identity | Of::Limit => {}
    }
    if !random.chance(1) {
        let hit = if denies { 30 } else { 65 };
        let actions: Vec<Value> = (0..=random.below(2))
            .map(|_| {
                if random.chance(hit) {
                    let service = scene.action.split(':').next().unwrap_or_default();
                    json!([scene.action.clone(), format!("{service}:*"), "*".to_owned()][random.below(3)])
                } else {
                    json!(random.pick(PATTERNS))
                }
            })
            .collect();
        let name = if random.chance(7) { "NotAction" } else { "Action" };
        own.insert(name.into(), one_or_list(random, actions));
    }
    if scene.kind != Kind::Trust || of != Of::Resource {
        resource(random, scene, of, &mut own);
    }
    if random.chance(40) {
        own.insert("Condition".into(), condition(random));
    }
    if random.chance(1) {
        own.insert("Conditions".into(), json!({}));
    }
    if random.chance(5) {
        own.insert("Sid".into(), json!("Some Sid"));
    }
    Value::Object(own)
}

fn resource(random: &mut Random, scene: &Scene, of: Of, into: &mut Map<String, Value>) {
    const OF_KEYS: &[&str] = &[
        KEY,
        OTHER_KEY,
        ALIAS,
        "arn:aws:kms:*:*:key/*",
        "arn:aws:kms:eu-west-1:111122223333:*",
        "arn:aws:kms:*:111122223333:alias/*",
        "arn:aws:kms:us-east-1:*:key/*",
        "arn:aws:s3:::*",
        "arn:aws:kms",
        "arn:aws:kms:*",
        "arn:aws:kms:*:key/*",
        "arn:aws:kms:eu*3:key/*",
    ];
    const OF_BUCKETS: &[&str] = &[
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::b/x",
        "arn:aws:s3:::c/*",
        "arn:aws:s3:::b/${aws:username}/*",
        "arn:aws:s3:::b/${aws:PrincipalTag/k}/*",
        "arn:aws:s3:::b/${aws:PrincipalTag/k, 'alice'}/*",
    ];
    if random.chance(1) {
        return;
    }
    let star = match (of, scene.kind) {
        (Of::Resource, Kind::Key) => 96,
        (Of::Resource, _) => 20,
        _ => 70,
    };
    let values = if random.chance(star) {
        vec![json!("*")]
    } else {
        let list = if scene.kind == Kind::Bucket {
            OF_BUCKETS
        } else {
            OF_KEYS
        };
        (0..=random.below(2)).map(|_| json!(random.pick(list))).collect()
    };
    let name = if random.chance(4) {
        "NotResource"
    } else {
        "Resource"
    };
    into.insert(name.into(), one_or_list(random, values));
}

fn principal(random: &mut Random, scene: &Scene) -> Value {
    if random.chance(12) {
        return json!("*");
    }
    let mut names: Vec<Value> = Vec::new();
    for _ in 0..=random.below(3) {
        let own_account = scene.caller.split(':').nth(4);
        names.push(match (random.below(10), own_account) {
            (0..3, Some(_)) => json!(scene.caller),
            (3..5, Some(account)) => json!(format!("arn:aws:iam::{account}:root")),
            (5, _) if random.chance(6) => json!("${AdminArn}"),
            _ => json!(random.pick(PRINCIPALS)),
        });
    }
    let service = scene.caller.ends_with("amazonaws.com");
    let mut map = Map::new();
    map.insert("AWS".into(), one_or_list(random, names));
    if random.chance(if service { 60 } else { 5 }) {
        map.insert(
            "Service".into(),
            json!(random.pick(&["lambda.amazonaws.com", "lambda.amazonaws.com", "s3.amazonaws.com"])),
        );
    }
    if random.chance(3) {
        map.insert("Federated".into(), json!("accounts.google.com"));
    }
    if random.chance(2) && scene.kind == Kind::Key {
        map.insert("CanonicalUser".into(), json!("79a59df900b949e55d96a1e698fbaced"));
    }
    Value::Object(map)
}

fn condition(random: &mut Random) -> Value {
    let mut operators = Map::new();
    for _ in 0..=random.below(2) {
        let key = &KEYS[random.below(KEYS.len())];
        let mut operator = random.pick(key.operators).to_owned();
        let mut values: Vec<Value> = (0..=random.below(2))
            .map(|_| json!(random.pick(key.wanted)))
            .collect();
        match random.below(30) {
            0 => {
                operator = random
                    .pick(&[
                        "StringEqual",
                        "ForSomeValues:StringEquals",
                        "NullIfExists",
                        "NotBool",
                    ])
                    .to_owned()
            }
            1 => operator = random.pick(TEXT).to_owned(),
            2 => {
                operator = random
                    .pick(&[
                        "NumericEquals",
                        "NumericNotEquals",
                        "DateLessThan",
                        "Bool",
                        "IpAddress",
                        "NotIpAddress",
                        "ArnLike",
                        "ArnNotLike",
                        "BinaryEquals",
                    ])
                    .to_owned()
            }
            3 | 4 => {
                operator = random
                    .pick(&["Null", "Null", "Null", "ForAllValues:Null", "ForAnyValue:Null"])
                    .to_owned();
                values =
                    vec![[json!("true"), json!("false"), json!(true), json!(false)][random.below(4)].clone()];
            }
            _ => {}
        }
        if !operator.contains("Null") && random.chance(15) {
            operator.push_str("IfExists");
        }
        if !operator.contains(':') && random.chance(if key.several { 85 } else { 5 }) {
            operator = format!("{}:{operator}", random.pick(&["ForAllValues", "ForAnyValue"]));
        }
        if random.chance(5) {
            operator = operator.to_ascii_lowercase();
        }
        let name = if random.chance(5) {
            key.name.to_ascii_uppercase()
        } else {
            key.name.to_owned()
        };
        let pairs = operators.entry(operator).or_insert_with(|| json!({}));
        if let Some(pairs) = pairs.as_object_mut()
            && !pairs.keys().any(|known| known.eq_ignore_ascii_case(&name))
        {
            let values = one_or_list(random, values);
            pairs.insert(name, values);
        }
    }
    Value::Object(operators)
}
