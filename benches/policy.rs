//! Key policies: parsed with places, decided on, linted with every rule; `serde_json`'s parse of the same text as reference.
//!
//! Times drift on shared machines, so the ratio is taken from alternating rounds in this one process and printed.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark prints its figures"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use kms_audit::audit::{self, Options};
use kms_audit::evidence::assemble;
use kms_audit::input::{self, gather_bytes};
use kms_audit::policy::Document;
use kms_audit::policy::evaluate::{Caller, Context, KeyMetadata, Policies, Policy, Request, Verdict};
use kms_audit::rules::{Group, RULES};

const ROUNDS: usize = 11;
const ACCOUNT: &str = "111122223333";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
const USER: &str = "arn:aws:iam::111122223333:user/hyperlane-validator-base";

/// What the console writes for a key with an administrator and a user.
fn typical() -> String {
    format!(
        r#"{{
  "Version": "2012-10-17",
  "Id": "key-consolepolicy-3",
  "Statement": [
    {{"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "kms:*", "Resource": "*"}},
    {{"Sid": "Allow access for Key Administrators", "Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:role/admin"}},
      "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*",
        "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"], "Resource": "*"}},
    {{"Sid": "Allow use of the key", "Effect": "Allow", "Principal": {{"AWS": "{USER}"}},
      "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"], "Resource": "*"}},
    {{"Sid": "Allow attachment of persistent resources", "Effect": "Allow", "Principal": {{"AWS": "{USER}"}},
      "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*", "Condition": {{"Bool": {{"kms:GrantIsForAWSResource": "true"}}}}}}
  ]
}}"#
    )
}

/// As much as the API takes: agents with conditions of their own, as many as there is room for.
fn largest() -> String {
    let mut statements = vec![format!(
        r#"{{"Sid":"Root","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":"kms:*","Resource":"*"}}"#
    )];
    let mut length = 60;
    for number in 0.. {
        let statement = format!(
            r#"{{"Sid":"Agent{number}","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:role/agent-{number}"}},"Action":["kms:GetPublicKey","kms:Sign"],"Resource":"*","Condition":{{"StringEquals":{{"kms:MessageType":"DIGEST","kms:SigningAlgorithm":"ECDSA_SHA_256"}},"IpAddress":{{"aws:SourceIp":"203.0.113.{}"}}}}}}"#,
            number % 256
        );
        length += statement.len() + 1;
        if length > 32_000 {
            break;
        }
        statements.push(statement);
    }
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn metadata() -> KeyMetadata {
    KeyMetadata {
        key_spec: Some("ECC_SECG_P256K1".to_owned()),
        key_usage: Some("SIGN_VERIFY".to_owned()),
        origin: Some("AWS_KMS".to_owned()),
        multi_region: Some(false),
        ..KeyMetadata::default()
    }
}

fn request(principal: &str) -> Request {
    let mut context = Context::new();
    context.set("kms:MessageType", vec!["DIGEST".to_owned()]);
    context.set("kms:SigningAlgorithm", vec!["ECDSA_SHA_256".to_owned()]);
    context.set("aws:SourceIp", vec!["203.0.113.9".to_owned()]);
    Request {
        principal: Caller::parse(principal).expect("an ARN"),
        action: "kms:Sign".to_owned(),
        resource: KEY.to_owned(),
        resource_account: Some(ACCOUNT.to_owned()),
        context,
    }
}

fn policies(text: &str) -> Policies {
    Policies {
        key_policy: Some(Policy::new(&Document::parse(text).expect("JSON"))),
        key_metadata: Some(metadata()),
        identity_policies: Some(Vec::new()),
        grants: Some(Vec::new()),
        ..Policies::default()
    }
}

/// From bytes to findings, as `kms-audit lint` does it.
fn lint(text: &str) -> usize {
    let files = vec![("key-policy.json".to_owned(), text.as_bytes().to_vec())];
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let mut bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    bundle.account = Some(ACCOUNT.to_owned());
    bundle.scope_to_policies();
    let mut options = Options::new("2026-11-20".parse().expect("a date"), "bench");
    options.hyperlane = Some(false);
    options.select = RULES
        .iter()
        .map(|rule| rule.meta())
        .filter(|meta| meta.group == Group::Policy)
        .map(|meta| meta.id.to_owned())
        .collect();
    audit::audit(&bundle, &options).findings.len()
}

/// The median time of one call, of two things done in turns.
fn in_turns(count: u32, mut one: impl FnMut(), mut other: impl FnMut()) -> (Duration, Duration) {
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        (0..count).for_each(|_| one());
        times.0.push(started.elapsed() / count);
        let started = Instant::now();
        (0..count).for_each(|_| other());
        times.1.push(started.elapsed() / count);
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times.into_iter().nth(ROUNDS / 2).expect("some rounds")
    };
    (median(times.0), median(times.1))
}

fn tell(what: &str, (own, reference): (Duration, Duration)) {
    let ratio = own.as_nanos() as f64 / reference.as_nanos().max(1) as f64;
    println!("{what}: {own:?}, {ratio:.2} times serde_json's parse ({reference:?})");
}

fn policy(criterion: &mut Criterion) {
    let (small, large) = (typical(), largest());
    println!(
        "a typical policy of {} bytes, one of {}",
        small.len(),
        large.len()
    );
    let plain = |text: &str| {
        black_box(serde_json::from_str::<serde_json::Value>(black_box(text)).expect("JSON"));
    };
    let parse = |text: &str| {
        black_box(Document::parse(black_box(text)).expect("JSON"));
    };
    tell(
        "typical, parsed with places",
        in_turns(200, || parse(&small), || plain(&small)),
    );
    tell(
        "largest, parsed with places",
        in_turns(20, || parse(&large), || plain(&large)),
    );
    let (ready, asked) = (policies(&small), request(USER));
    assert_eq!(ready.decide(&asked).verdict, Verdict::Allowed, "the user signs");
    let decide = || {
        black_box(black_box(&ready).decide(black_box(&asked)));
    };
    tell("typical, one decision", in_turns(2_000, decide, || plain(&small)));
    let (all, last) = (
        policies(&large),
        request("arn:aws:iam::111122223333:role/agent-9"),
    );
    assert_eq!(all.decide(&last).verdict, Verdict::Allowed, "the role signs");
    let decide_large = || {
        black_box(black_box(&all).decide(black_box(&last)));
    };
    tell(
        "largest, one decision",
        in_turns(200, decide_large, || plain(&large)),
    );
    let linted = |text: &str| {
        black_box(lint(black_box(text)));
    };
    tell(
        "typical, from bytes to findings",
        in_turns(10, || linted(&small), || plain(&small)),
    );
    tell(
        "largest, from bytes to findings",
        in_turns(2, || linted(&large), || plain(&large)),
    );

    let mut group = criterion.benchmark_group("policy");
    group.sample_size(20);
    group.bench_function("parse typical", |bencher| bencher.iter(|| parse(&small)));
    group.bench_function("decide typical", |bencher| bencher.iter(decide));
    group.bench_function("parse and lint 32 KB", |bencher| bencher.iter(|| linted(&large)));
    group.finish();
}

criterion_group!(benches, policy);
criterion_main!(benches);
