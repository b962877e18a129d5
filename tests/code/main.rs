//! Keys in code: Terraform's and OpenTofu's states and plans, CloudFormation templates, alone and beside AWS's exports.
//!
//! The shapes are those of Terraform's "JSON Output Format", of state version 4 and of CloudFormation's template
//! reference; every value is made up.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "helpers of tests may fail as tests do"
)]

mod cloudformation;
mod terraform;

use kms_audit::arn::KeyRef;
use kms_audit::audit::{self, Answer, Audit, GuideStatus, OutcomeKind};
use kms_audit::evidence::{Bundle, Data, FileStatus, assemble};
use kms_audit::finding::Confidence;
use kms_audit::input::{self, gather_bytes};
use serde_json::{Value as Json, json};

const ACCOUNT: &str = "111122223333";
const ID: &str = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
const ALIAS: &str = "alias/hyperlane-validator-signer-base";

fn arn() -> String {
    format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/{ID}")
}

/// A policy that delegates to the account and lets one user sign, with `actions` for him.
fn policy(actions: &[&str]) -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
         "Action": "kms:*", "Resource": "*"},
        {"Sid": "Allow use of the key", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/v")},
         "Action": actions, "Resource": "*"},
    ]})
}

const REDUCED: [&str; 2] = ["kms:GetPublicKey", "kms:Sign"];
const CONSOLE: [&str; 4] = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"];

fn bundle(files: &[(&str, &str)]) -> Bundle {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    let gathered = gather_bytes(files.collect(), &input::Options::default()).expect("within the limits");
    assemble(gathered.sources, gathered.files, gathered.artefacts)
}

fn audited(bundle: &Bundle) -> Audit {
    let options = audit::Options::new("2026-11-25".parse().expect("a date"), "test");
    audit::audit(bundle, &options)
}

fn subjects(bundle: &Bundle) -> Vec<String> {
    bundle
        .keys
        .iter()
        .map(kms_audit::evidence::Key::subject)
        .collect()
}

/// What a rule says of a subject.
fn outcome(audit: &Audit, rule: &str, subject: &str) -> (OutcomeKind, String) {
    let row = audit
        .report
        .outcomes
        .iter()
        .find(|row| row.rule == rule && row.subject == subject)
        .unwrap_or_else(|| panic!("{rule} says nothing of {subject}: {:?}", audit.report.outcomes));
    (row.outcome, row.reason.clone())
}

fn step(audit: &Audit, step: &str, subject: &str) -> (GuideStatus, String) {
    let row = audit
        .report
        .guide
        .iter()
        .find(|row| row.step == step && row.subject == subject);
    let row = row.unwrap_or_else(|| panic!("no step {step} of {subject}"));
    (row.status, row.evidence.clone())
}

/// The text at the place of a finding, read back from the file.
fn at(audit: &Audit, rule: &str, text: &str) -> String {
    let finding = audit
        .report
        .findings
        .iter()
        .find(|row| row.rule == rule)
        .expect("a finding");
    let place = &finding.location;
    assert_eq!(place.line, place.end_line, "on one line");
    let line = text.lines().nth(place.line - 1).expect("a line");
    line.chars()
        .skip(place.column - 1)
        .take(place.end_column - place.column)
        .collect()
}

#[test]
fn strange_shapes_are_no_panic_and_come_to_an_end() {
    let many = 20_000;
    let resources: Vec<Json> = (0..many).map(|n| json!({"address": format!("aws_kms_alias.a[{n}]"), "type": "aws_kms_alias", "name": "this", "index": n, "values": {"name": format!("alias/{n}")}})).collect();
    let references: Vec<String> = (0..many).map(|n| format!("module.m.o{n}")).collect();
    let wide = terraform::plan(
        &[],
        json!([{"resources": resources}]),
        json!({"resources": [{"type": "aws_kms_alias", "name": "this", "expressions": {"target_key_id": {"references": references}}}]}),
    );
    let long = json!({"version": 4, "serial": 1, "resources": [{"type": "aws_kms_key", "name": "n".repeat(100_000), "instances": vec![json!({"attributes": {"policy": "{"}}); 10_000]}]}).to_string();
    let aliases: serde_json::Map<String, Json> = (0..many)
        .map(|n| (format!("R{n}"), json!({"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/a", "TargetKeyId": {"Ref": format!("R{}", n + 1)}}})))
        .collect();
    let template = json!({"Resources": aliases}).to_string();
    let substituted = json!({"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Fn::Sub": ["${A}".repeat(100_000), {"A": "x".repeat(100_000)}]}}}}}).to_string();
    for text in [wide.as_str(), &long, &template, &substituted] {
        let bundle = bundle(&[("a.json", text)]);
        audited(&bundle);
    }
    // What is not linear does not come to an end here.
    for text in [
        r#"{"version":4,"serial":1,"resources":[null,1,{"type":"aws_kms_key"},{"type":"aws_kms_key","name":"a","instances":[null,{},{"attributes":[]},{"attributes":{}}]}]}"#,
        r#"{"format_version":"1","values":{"root_module":[],"outputs":{"a":1,"b":{"value":"-----BEGIN PUBLIC KEY-----"}}}}"#,
        r#"{"format_version":"1","planned_values":1,"resource_changes":[{"address":1,"change":[]}],"configuration":{"root_module":{"module_calls":{"a":1},"resources":[1]}},"prior_state":[]}"#,
        r#"{"Resources":{"A":{"Type":"AWS::KMS::Key","Properties":[]},"B":{"Type":"AWS::KMS::Key","Properties":{"KeyPolicy":{"Statement":{"Fn::If":[]}},"Tags":{"a":1},"Enabled":[],"KeySpec":{}}},"C":{"Type":"AWS::KMS::Alias"},"Fn::ForEach::x":[]}}"#,
        r#"{"Resources":{"A":{"Type":"AWS::KMS::Key","Properties":{"Fn::Transform":{"Name":"x"}}}}}"#,
        r#"{"TemplateBody":"{\"TemplateBody\":\"{\\\"TemplateBody\\\":\\\"\\\"}\"}"}"#,
    ] {
        let bundle = bundle(&[("a.json", text)]);
        audited(&bundle);
    }
}
