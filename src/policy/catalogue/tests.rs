//! The generated tables against the facts of `testdata/policy/kms_actions.json`, which were gathered separately.

use super::*;
use std::collections::BTreeSet;

fn facts() -> serde_json::Value {
    let text = include_str!("../../../testdata/policy/kms_actions.json");
    serde_json::from_str(text).unwrap()
}

fn set(value: &serde_json::Value) -> BTreeSet<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap())
        .collect()
}

#[test]
fn the_actions_of_kms_are_those_that_were_counted() {
    let facts = facts();
    let list = facts["actions"].as_array().unwrap();
    let kms = service("KMS").unwrap();
    assert_eq!(kms.actions.len(), list.len());
    assert_eq!(kms.actions.len(), 58);
    for fact in list {
        let name = fact["action"].as_str().unwrap();
        let found = action(name).unwrap();
        let resources: BTreeSet<&str> = found.resources.iter().map(|(name, _)| *name).collect();
        assert_eq!(resources, set(&fact["resource_types"]), "{name}");
        assert_eq!(
            Some(found.is_on("key")),
            fact["key_policy_relevant"].as_bool(),
            "{name}"
        );
        assert_eq!(
            found.cross_account,
            fact["cross_account_use"].as_bool(),
            "{name}: across accounts"
        );
        assert_eq!(
            Some(kms.grant_operations.contains(&found.name)),
            fact["grantable"].as_bool(),
            "{name}: grantable"
        );
        let ours: BTreeSet<&str> = found.condition_keys.iter().copied().collect();
        let theirs = set(&fact["condition_keys"]);
        // The facts write one line for the 57 keys of attestation.
        let held = |key: &&&str| match key.strip_suffix('*') {
            Some(head) => ours.iter().any(|own| own.starts_with(head)),
            None => ours.contains(**key),
        };
        let missing: Vec<&&str> = theirs.iter().filter(|key| !held(key)).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        let level = fact["access_level"].as_str().unwrap();
        assert_eq!(level.split(", ").count(), found.access.len(), "{name}");
    }
}

#[test]
fn the_condition_keys_of_kms_have_their_types() {
    let facts = facts();
    for fact in facts["condition_keys"].as_array().unwrap() {
        let name = fact["key"].as_str().unwrap();
        let name = match name.split_once('{') {
            Some((head, _)) if name.starts_with("kms:RecipientAttestation") => format!("{head}PCR0"),
            _ => name
                .replace("${TagKey}", "team")
                .replace("${EncryptionContextKey}", "k"),
        };
        let found = condition_key(&name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(Some(found.multivalued), fact["multivalued"].as_bool(), "{name}");
        assert!(found.is(&name.to_ascii_uppercase()));
    }
    let key = service("kms")
        .unwrap()
        .resources
        .iter()
        .find(|kind| kind.name == "key")
        .unwrap();
    let ours: BTreeSet<&str> = key.condition_keys.iter().copied().collect();
    assert_eq!(ours, set(&facts["key_resource_condition_keys"]));
}

#[test]
fn tables_are_in_order_and_name_what_they_have() {
    for service in SERVICES {
        assert!(
            service.actions.is_sorted_by_key(|action| action.name),
            "{}",
            service.prefix
        );
        for action in service.actions {
            assert_eq!(action.service, service.prefix);
            for (kind, _) in action.resources {
                assert!(
                    service.resources.iter().any(|known| known.name == *kind),
                    "{kind}"
                );
            }
        }
    }
    assert!(action("s3:getobject").is_some_and(|action| action.access == [Access::Read]));
    assert!(action("kms:Sgin").is_none() && action("Sign").is_none());
    assert!(
        condition_key("aws:PrincipalTag/").is_none(),
        "the name of the tag is missing"
    );
    assert!(condition_key("AWS:principalTAG/team").is_some());
    assert!(condition_key("kms:SigningAlgoritm").is_none());
}

#[test]
fn what_signing_keys_can_do_is_what_was_gathered() {
    let text = include_str!("../../../testdata/policy/signing_actions.json");
    let facts: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    assert_eq!(facts.len(), service("kms").unwrap().actions.len());
    for fact in &facts {
        let name = fact["action"].as_str().unwrap();
        let found = action(name).unwrap();
        let given = fact["given_by_key_policy"].as_bool().unwrap();
        assert_eq!(is_given_by_key_policy(found), given, "{name}");
        let why = fact["why"].as_str().unwrap_or_default();
        let what = on_signing_key(found);
        let expected = match &fact["works"] {
            serde_json::Value::Bool(true) => what == OnSigningKey::Works,
            serde_json::Value::Bool(false) if !found.is_on("key") => what == OnSigningKey::NoKey,
            serde_json::Value::Bool(false) => matches!(what, OnSigningKey::OtherKeys(_)),
            _ if why.contains("EXTERNAL") => what == OnSigningKey::Imported,
            _ if why.contains("MultiRegion") => what == OnSigningKey::MultiRegion,
            // It answers, with no.
            _ => what == OnSigningKey::Works && name == "kms:GetKeyRotationStatus",
        };
        assert!(expected, "{name}: {what:?} {why}");
        let power = power(found);
        let expected = match fact["risk"].as_str() {
            Some("takeover") => power == Power::TakeOver,
            Some("destruction") => power == Power::Destroy,
            Some("availability") => power == Power::Stop,
            Some("recovery") => power == Power::Recover,
            Some("metadata") => power == Power::Describe,
            Some(text) if text.starts_with("abac") => power == Power::Redirect,
            Some(text) if text.starts_with("read") => power == Power::Read,
            Some("use") => power == Power::Sign,
            Some(_) => power == Power::Read && name == "kms:Verify",
            None => power == Power::Read,
        };
        assert!(expected, "{name}: {power:?}");
    }
}

#[test]
fn a_pattern_covers_what_it_covers_today() {
    let names = |pattern: &str| -> Vec<&str> { covered(pattern).iter().map(|action| action.name).collect() };
    assert_eq!(names("KMS:sign"), ["Sign"]);
    assert_eq!(names("kms:ReEncrypt*"), ["ReEncryptFrom", "ReEncryptTo"]);
    assert_eq!(
        names("kms:S*"),
        ["ScheduleKeyDeletion", "Sign", "SynchronizeMultiRegionKey"]
    );
    assert_eq!(names("kms:*").len(), 58);
    assert_eq!(names("*").len(), 58);
    for pattern in ["k*:Sign", "*:*", "s3:*", "kms:Sgin", "s3:GetObject", "Sign", ""] {
        assert_eq!(names(pattern), [""; 0], "{pattern}");
    }
}
