//! States and plans of Terraform and OpenTofu.

use super::*;

fn resource(kind: &str, name: &str, values: Json) -> Json {
    json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
           "provider_name": "registry.opentofu.org/hashicorp/aws", "schema_version": 0, "values": values,
           "sensitive_values": {}})
}

fn key_values() -> Json {
    json!({"bypass_policy_lockout_safety_check": false, "custom_key_store_id": "", "customer_master_key_spec": "ECC_SECG_P256K1",
           "deletion_window_in_days": 30, "description": "validator", "enable_key_rotation": false, "is_enabled": true,
           "key_usage": "SIGN_VERIFY", "multi_region": false, "tags": null, "xks_key_id": ""})
}

/// A key that is there.
fn made(policy: &Json) -> Json {
    let mut values = key_values();
    values["arn"] = arn().into();
    values["id"] = ID.into();
    values["key_id"] = ID.into();
    values["policy"] = policy.to_string().into();
    values
}

fn shown(resources: &[Json]) -> String {
    let root = json!({"resources": resources});
    json!({"format_version": "1.0", "terraform_version": "1.8.0", "values": {"root_module": root}})
        .to_string()
}

/// A plan. Of each resource: what of it is known only after apply.
pub(super) fn plan(resources: &[(Json, Json)], modules: Json, configuration: Json) -> String {
    let planned: Vec<&Json> = resources.iter().map(|(resource, _)| resource).collect();
    let mut root = json!({"resources": planned});
    let mut changes: Vec<Json> = resources
        .iter()
        .map(|(resource, unknown)| json!({"address": resource["address"], "change": {"actions": ["create"], "before": null, "after": resource["values"], "after_unknown": unknown}}))
        .collect();
    for module in modules.as_array().into_iter().flatten() {
        for resource in module["resources"].as_array().expect("resources") {
            changes.push(json!({"address": resource["address"], "change": {"actions": ["create"], "before": null, "after_unknown": {"arn": true, "id": true}}}));
        }
    }
    root["child_modules"] = modules;
    json!({"format_version": "1.2", "terraform_version": "1.9.8", "planned_values": {"root_module": root},
           "resource_changes": changes, "configuration": {"root_module": configuration}})
    .to_string()
}

fn refers(kind: &str, argument: &str, references: &[&str]) -> Json {
    json!({"address": format!("{kind}.this"), "mode": "managed", "type": kind, "name": "this",
           "expressions": {argument: {"references": references}}})
}

const LATER: fn() -> Json = || json!({"arn": true, "id": true, "key_id": true});

#[test]
fn the_policy_of_a_key_is_that_of_its_key_policy_resource() {
    let old = made(&policy(&CONSOLE));
    let new = json!({"id": ID, "key_id": ID, "policy": policy(&REDUCED).to_string()});
    let text = shown(&[
        resource("aws_kms_key", "v", old),
        resource("aws_kms_key_policy", "v", new),
    ]);
    let bundle = bundle(&[("state.json", &text)]);
    assert_eq!(subjects(&bundle), [arn()]);
    let audit = audited(&bundle);
    assert_eq!(outcome(&audit, "removable-verify", &arn()).0, OutcomeKind::Pass);
    assert!(bundle.conflicts.is_empty(), "{:?}", bundle.conflicts);
}

#[test]
fn a_policy_that_is_known_only_after_apply_is_never_judged() {
    let mut unknown = LATER();
    unknown["policy"] = true.into();
    let text = plan(
        &[(resource("aws_kms_key", "v", key_values()), unknown)],
        json!([]),
        json!({}),
    );
    let bundle = bundle(&[("plan.json", &text)]);
    let subject = "aws_kms_key.v of plan.json";
    assert_eq!(subjects(&bundle), [subject]);
    let audit = audited(&bundle);
    for rule in [
        "removable-verify",
        "removable-describe-key",
        "removable-grant-statement",
    ] {
        let (kind, why) = outcome(&audit, rule, subject);
        assert_eq!(kind, OutcomeKind::NotEvaluated);
        assert!(
            why.ends_with("the policy of aws_kms_key.v is known only after apply"),
            "{why}"
        );
    }
    let gap = audit
        .report
        .gaps
        .iter()
        .find(|gap| gap.subject.as_deref() == Some(subject) && gap.kind == "policy");
    assert!(
        gap.is_some_and(|gap| gap.message.contains("known only after apply")),
        "{:?}",
        audit.report.gaps
    );
    assert!(audit.report.gaps.iter().any(|gap| gap.kind == "deployment"));
    let first = audit
        .report
        .answers
        .iter()
        .find(|row| row.question == 1)
        .expect("an answer");
    assert_eq!(first.answer, Answer::Unknown);
    assert!(
        first.rests_on.iter().any(|why| why.contains("no public key yet")),
        "{first:?}"
    );
}

#[test]
fn a_policy_that_is_not_set_or_not_shown_is_said_so() {
    for (value, words) in [
        (json!(null), "what AWS has is not known"),
        (json!("(sensitive value)"), "is not shown"),
    ] {
        let mut values = made(&json!({}));
        values["policy"] = value;
        let text = shown(&[resource("aws_kms_key", "v", values)]);
        let audit = audited(&bundle(&[("state.json", &text)]));
        let (kind, why) = outcome(&audit, "removable-verify", &arn());
        assert_eq!(kind, OutcomeKind::NotEvaluated);
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn two_plans_of_one_name_are_two_keys_and_their_parts_stay_together() {
    let mut values = key_values();
    values["policy"] = policy(&CONSOLE).to_string().into();
    let text = plan(
        &[
            (resource("aws_kms_key", "this", values), LATER()),
            (resource("aws_kms_alias", "this", json!({"name": ALIAS})), LATER()),
        ],
        json!([]),
        json!({"resources": [refers("aws_kms_alias", "target_key_id", &["aws_kms_key.this.key_id", "aws_kms_key.this"])]}),
    );
    let bundle = bundle(&[("a/plan.json", &text), ("b/plan.json", &text)]);
    assert_eq!(
        subjects(&bundle),
        [
            "aws_kms_key.this of a/plan.json",
            "aws_kms_key.this of b/plan.json"
        ]
    );
    for key in &bundle.keys {
        assert_eq!(key.aliases, [ALIAS]);
        assert_eq!(key.joins.len(), 3, "metadata, policy and alias");
    }
    let audit = audited(&bundle);
    assert_eq!(at(&audit, "removable-verify", &text), "\\\"kms:Verify\\\"");
    let finding = audit
        .report
        .findings
        .iter()
        .find(|row| row.rule == "removable-verify")
        .expect("a finding");
    assert!(finding.remedy.contains("in the code"), "{}", finding.remedy);
    assert_eq!(
        finding.location.pointer.as_deref(),
        Some("/planned_values/root_module/resources/0/values/policy")
    );
    let inner = finding.location.inner.as_ref().expect("a place in the policy");
    assert_eq!(inner.pointer.as_deref(), Some("/Statement/1/Action/3"));
}

/// The alias's target in a plan, by what its argument refers to.
fn target(modules: Json, configuration: Json) -> Vec<Option<String>> {
    let text = plan(&[], modules, configuration);
    let bundle = bundle(&[("plan.json", &text)]);
    assert_eq!(bundle.files[0].status, FileStatus::Used);
    bundle
        .artefacts
        .iter()
        .filter_map(|artefact| match &artefact.data {
            Data::Aliases(list) => Some(list.aliases[0].target.as_ref().map(|key| key.value.to_string())),
            _ => None,
        })
        .collect()
}

fn member(module: &str, kind: &str, index: &Json, values: Json) -> Json {
    let suffix = if index.is_null() {
        String::new()
    } else {
        format!("[{index}]")
    };
    let mut resource = resource(kind, "this", values);
    resource["address"] = format!(
        "{module}{}{kind}.this{suffix}",
        if module.is_empty() { "" } else { "." }
    )
    .into();
    if !index.is_null() {
        resource["index"] = index.clone();
    }
    resource
}

#[test]
fn a_reference_leads_to_its_key_through_instances_and_modules_or_nowhere() {
    let alias = || json!({"name": ALIAS});
    let none = Json::Null;
    let keys = |module: &str, own: &[Json]| -> Vec<Json> {
        own.iter()
            .map(|index| member(module, "aws_kms_key", index, key_values()))
            .collect()
    };
    // One key beside it, whatever else the expression could have meant.
    let refer = |references: &[&str]| refers("aws_kms_alias", "target_key_id", references);
    let in_module = |resources: Vec<Json>, config: Json| {
        target(
            json!([{"address": "module.kms", "resources": resources}]),
            json!({"module_calls": {"kms": {"expressions": {}, "module": {"resources": [config]}}}}),
        )
    };
    let mut all = keys("module.kms", &[json!(0)]);
    all.push(member("module.kms", "aws_kms_alias", &none, alias()));
    let tried = [
        "aws_kms_key.this[0].key_id",
        "aws_kms_key.this[0]",
        "aws_kms_key.this",
        "aws_kms_external_key.this[0].id",
        "aws_kms_external_key.this",
    ];
    assert_eq!(
        in_module(all.clone(), refer(&tried)),
        [Some("module.kms.aws_kms_key.this[0]".to_owned())]
    );
    assert_eq!(
        in_module(all, refer(&["aws_kms_key.other.id", "local.x"])),
        [None]
    );

    // for_each: each alias has the key of its own index.
    let mut all = keys("module.kms", &[json!("a.b"), json!("c\"]")]);
    for index in [json!("a.b"), json!("c\"]")] {
        all.push(member("module.kms", "aws_kms_alias", &index, alias()));
    }
    assert_eq!(
        in_module(all, refer(&["aws_kms_key.this", "each.key"])),
        [
            Some("module.kms.aws_kms_key.this[\"a.b\"]".to_owned()),
            Some("module.kms.aws_kms_key.this[\"c\\\"]\"]".to_owned())
        ]
    );
    // Several keys, and nothing that says which.
    let mut all = keys("module.kms", &[json!(0), json!(1)]);
    all.push(member("module.kms", "aws_kms_alias", &none, alias()));
    assert_eq!(in_module(all, refer(&["aws_kms_key.this"])), [None]);

    // Out of the module through its variable, and into another through its output.
    let resources = keys("module.keys[\"x\"]", std::slice::from_ref(&none));
    let found = target(
        json!([
            {"address": "module.keys[\"x\"]", "resources": resources},
            {"address": "module.names", "resources": [member("module.names", "aws_kms_alias", &none, alias())]},
        ]),
        json!({"module_calls": {
            "keys": {"expressions": {}, "module": {"outputs": {"id": {"expression": {"references": ["aws_kms_key.this.key_id", "aws_kms_key.this"]}}}}},
            "names": {
                "expressions": {"key": {"references": ["module.keys[\"x\"].id", "module.keys[\"x\"]", "module.keys"]}},
                "module": {"resources": [refer(&["var.key"])], "variables": {"key": {}}},
            },
        }}),
    );
    assert_eq!(found, [Some("module.keys[\"x\"].aws_kms_key.this".to_owned())]);

    // A circle ends.
    let circle = json!({"references": ["var.key", "module.kms.id"]});
    let found = target(
        json!([{"address": "module.kms", "resources": [member("module.kms", "aws_kms_alias", &none, alias())]}]),
        json!({"module_calls": {"kms": {"expressions": {"key": circle}, "module": {
            "resources": [refer(&["var.key"])], "outputs": {"id": {"expression": {"references": ["var.key"]}}}}}}}),
    );
    assert_eq!(found, [None]);
}

#[test]
fn a_state_joins_the_exports_of_its_key_and_may_contradict_them() {
    let export = |policy: &Json| {
        json!({"Policy": serde_json::to_string_pretty(policy).expect("JSON"), "PolicyName": "default"})
            .to_string()
    };
    let describe = json!({"KeyMetadata": {"KeyId": ID, "Arn": arn(), "KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "MultiRegion": false}}).to_string();
    let in_state = |name: &str, state: &str, exported: &Json| {
        let exported = export(exported);
        let bundle = bundle(&[
            (name, state),
            ("key/describe-key.json", &describe),
            ("key/key-policy.json", &exported),
        ]);
        assert_eq!(subjects(&bundle), [arn()], "{:?}", bundle.gaps);
        let audit = audited(&bundle);
        (
            outcome(&audit, "conflicting-evidence", &arn()).0,
            outcome(&audit, "removable-verify", &arn()).0,
        )
    };
    let state = |policy: &Json| shown(&[resource("aws_kms_key", "v", made(policy))]);
    // The same, in another order and with the list of one as a text.
    let mut same = policy(&REDUCED);
    same["Statement"].as_array_mut().expect("a list").reverse();
    same["Statement"][1]["Action"] = json!(["kms:*"]);
    let passes = (OutcomeKind::Pass, OutcomeKind::Pass);
    assert_eq!(in_state("infra.json", &state(&policy(&REDUCED)), &same), passes);
    let differs = (OutcomeKind::Findings, OutcomeKind::Findings);
    assert_eq!(in_state("infra.json", &state(&policy(&CONSOLE)), &same), differs);
    // What a plan is to change is no contradiction, but it is judged.
    let planned = plan(
        &[(resource("aws_kms_key", "v", made(&policy(&CONSOLE))), json!({}))],
        json!([]),
        json!({}),
    );
    assert_eq!(
        in_state("plan.json", &planned, &same),
        (OutcomeKind::NotEvaluated, OutcomeKind::Findings)
    );
}

#[test]
fn a_claim_means_the_key_that_is_there_before_one_that_is_planned() {
    let mut values = key_values();
    values["policy"] = policy(&REDUCED).to_string().into();
    let planned = plan(
        &[
            (resource("aws_kms_key", "this", values), LATER()),
            (resource("aws_kms_alias", "this", json!({"name": ALIAS})), LATER()),
        ],
        json!([]),
        json!({"resources": [refers("aws_kms_alias", "target_key_id", &["aws_kms_key.this"])]}),
    );
    let claims = "address,role,chain\n0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5,validator,base\n";
    let aliases = json!({"Aliases": [{"AliasName": ALIAS, "AliasArn": format!("arn:aws:kms:eu-west-1:{ACCOUNT}:{ALIAS}"), "TargetKeyId": ID}]}).to_string();
    let alone = bundle(&[("plan.json", &planned), ("claims.csv", claims)]);
    assert_eq!(alone.keys.len(), 1);
    assert_eq!(
        alone.keys[0].claims.len(),
        1,
        "the only key of that role and chain"
    );
    let both = bundle(&[
        ("plan.json", &planned),
        ("claims.csv", claims),
        ("aliases.json", &aliases),
    ]);
    let claimed: Vec<String> = both
        .keys
        .iter()
        .filter(|key| !key.claims.is_empty())
        .map(kms_audit::evidence::Key::subject)
        .collect();
    assert_eq!(claimed, [arn()]);
}

#[test]
fn keys_for_encryption_are_listed_beside_signers_and_judged_alone() {
    let mut other = made(&policy(&REDUCED));
    other["arn"] = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/99999999-5e6f-7a8b-9c0d-1e2f3a4b5c6d").into();
    other["customer_master_key_spec"] = "SYMMETRIC_DEFAULT".into();
    other["key_usage"] = "ENCRYPT_DECRYPT".into();
    let signer = resource("aws_kms_key", "v", made(&policy(&REDUCED)));
    let text = shown(&[signer, resource("aws_kms_key", "s3", other.clone())]);
    let both = bundle(&[("state.json", &text)]);
    let judged: Vec<String> = both
        .keys
        .iter()
        .filter(|key| key.scope.is_some())
        .map(kms_audit::evidence::Key::subject)
        .collect();
    assert_eq!((both.keys.len(), judged), (2, vec![arn()]));
    let text = shown(&[resource("aws_kms_key", "s3", other)]);
    let alone = audited(&bundle(&[("state.json", &text)]));
    assert!(
        alone
            .report
            .findings
            .iter()
            .any(|row| row.rule == "wrong-key-spec")
    );
}

#[test]
fn every_kind_of_key_in_a_state_file_is_read() {
    let instance =
        |values: Json| json!([{"schema_version": 0, "attributes": values, "sensitive_attributes": []}]);
    let managed = |kind: &str, name: &str, values: Json| json!({"mode": "managed", "type": kind, "name": name, "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": instance(values)});
    let mrk = "mrk-1234abcd12ab34cd56ef1234567890ab";
    let in_region = |region: &str| format!("arn:aws:kms:{region}:{ACCOUNT}:key/{mrk}");
    let external = json!({"arn": arn(), "id": ID, "enabled": false, "expiration_model": "KEY_MATERIAL_EXPIRES", "key_material_base64": "c2VjcmV0", "key_state": "Disabled", "key_usage": "SIGN_VERIFY", "key_spec": "ECC_SECG_P256K1", "multi_region": false, "policy": policy(&REDUCED).to_string(), "valid_to": "2027-01-01T00:00:00Z"});
    let replica = json!({"arn": in_region("us-east-1"), "key_id": mrk, "key_spec": "ECC_SECG_P256K1", "key_usage": "SIGN_VERIFY", "enabled": true, "primary_key_arn": in_region("eu-west-1"), "policy": policy(&REDUCED).to_string()});
    let primary = json!({"arn": in_region("eu-west-1"), "key_id": mrk, "customer_master_key_spec": "ECC_SECG_P256K1", "key_usage": "SIGN_VERIFY", "is_enabled": true, "multi_region": true, "policy": "{}"});
    let own =
        json!({"id": mrk, "key_id": mrk, "region": "eu-west-1", "policy": policy(&CONSOLE).to_string()});
    let data = json!({"mode": "data", "type": "aws_kms_key", "name": "d", "instances": instance(json!({"arn": arn(), "aws_account_id": ACCOUNT, "id": ID, "key_id": ALIAS, "key_state": "Disabled", "origin": "EXTERNAL", "key_manager": "CUSTOMER", "customer_master_key_spec": "ECC_SECG_P256K1", "creation_date": "2026-11-02T10:11:12Z", "multi_region_configuration": []}))});
    let alias = json!({"mode": "data", "type": "aws_kms_alias", "name": "a", "instances": instance(json!({"arn": format!("arn:aws:kms:eu-west-1:{ACCOUNT}:{ALIAS}"), "id": "x", "name": ALIAS, "target_key_arn": arn(), "target_key_id": ID}))});
    let text = json!({"version": 4, "terraform_version": "1.8.0", "serial": 3, "lineage": "x", "outputs": {}, "resources": [
        managed("aws_kms_external_key", "e", external), managed("aws_kms_key", "p", primary), managed("aws_kms_replica_key", "r", replica),
        managed("aws_kms_key_policy", "p", own), data, alias, managed("aws_s3_bucket", "b", json!({"arn": "arn:aws:s3:::b", "policy": "{}"})),
    ]}).to_string();
    let bundle = bundle(&[("terraform.tfstate", &text)]);
    assert_eq!(bundle.files[0].status, FileStatus::Used);
    assert_eq!(
        subjects(&bundle),
        [arn(), in_region("eu-west-1"), in_region("us-east-1")]
    );
    assert_eq!(bundle.keys[0].aliases, [ALIAS]);
    let audit = audited(&bundle);
    assert_eq!(
        outcome(&audit, "imported-key-material", &arn()).0,
        OutcomeKind::Findings
    );
    assert_eq!(outcome(&audit, "key-not-usable", &arn()).0, OutcomeKind::Findings);
    assert_eq!(
        outcome(&audit, "multi-region-key", &in_region("eu-west-1")).0,
        OutcomeKind::Findings
    );
    // The policy resource names the region; the replica's own policy is another one.
    assert_eq!(
        outcome(&audit, "removable-verify", &in_region("eu-west-1")).0,
        OutcomeKind::Findings
    );
    assert_eq!(
        outcome(&audit, "removable-verify", &in_region("us-east-1")).0,
        OutcomeKind::Pass
    );
    assert_eq!(
        outcome(&audit, "replica-policy-differs", &in_region("eu-west-1")).0,
        OutcomeKind::Findings
    );
    let report = serde_json::to_string(&audit.report).expect("JSON");
    assert!(!report.contains("c2VjcmV0"), "key material is never shown");
}

#[test]
fn a_grant_in_code_is_read_and_is_not_all_grants() {
    let grant = json!({"grant_id": "g", "grantee_principal": format!("arn:aws:iam::{ACCOUNT}:role/x"), "key_id": arn(), "operations": ["Sign"], "constraints": []});
    let alias = json!({"arn": format!("arn:aws:kms:eu-west-1:{ACCOUNT}:{ALIAS}"), "name": ALIAS, "target_key_id": ID});
    let key = resource("aws_kms_key", "v", made(&policy(&REDUCED)));
    let text = shown(&[
        key,
        resource("aws_kms_grant", "g", grant),
        resource("aws_kms_alias", "a", alias),
    ]);
    let audit = audited(&bundle(&[("state.json", &text)]));
    let gap = audit
        .report
        .gaps
        .iter()
        .find(|gap| gap.kind == "grants")
        .expect("a gap");
    assert!(gap.message.contains("missing for 1 of 1"), "{gap:?}");
    let (status, evidence) = step(&audit, "usage-permission", &arn());
    assert_eq!(status, GuideStatus::Differs);
    assert!(evidence.contains("by a grant"), "{evidence}");
}

#[test]
fn a_plan_without_its_planned_values_has_them_in_its_changes() {
    let after = made(&policy(&CONSOLE));
    let text = json!({"format_version": "1.2", "resource_changes": [
        {"address": "module.a.aws_kms_key.v[0]", "module_address": "module.a", "mode": "managed", "type": "aws_kms_key", "name": "v", "index": 0,
         "change": {"actions": ["update"], "before": made(&policy(&REDUCED)), "after": after, "after_unknown": {}}},
        {"address": "aws_kms_key.gone", "mode": "managed", "type": "aws_kms_key", "name": "gone",
         "change": {"actions": ["delete"], "before": made(&policy(&REDUCED)), "after": null, "after_unknown": {}}},
    ]})
    .to_string();
    let bundle = bundle(&[("plan.json", &text)]);
    assert_eq!(subjects(&bundle), [arn()]);
    assert_eq!(
        outcome(&audited(&bundle), "removable-verify", &arn()).0,
        OutcomeKind::Findings
    );
}
