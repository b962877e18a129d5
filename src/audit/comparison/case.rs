//! Witnesses as rows, and as cases that `simulate` takes.

use serde_json::{Map, Value, json};

use super::ComparedPolicy;
use super::row::{ContextRow, DecisionRow, WitnessRow};
use crate::audit::{BecauseRow, DecisionWord, EffectWord, PremiseRow};
use crate::policy::compare::{Assumed, Witness};
use crate::policy::evaluate::{Decision, Grant, KeyMetadata, Policies, Request};
use crate::policy::{Effect, Kind, catalogue};

pub(super) fn witness(
    number: usize,
    witness: &Witness,
    old: &ComparedPolicy,
    new: &ComparedPolicy,
    is_key_known: bool,
) -> WitnessRow {
    let request = &witness.request;
    let case = |policy: &ComparedPolicy, decision: &Decision, which: &str| {
        json!({
            "id": format!("witness {number}, {which} policy"),
            "policies": policies(&witness.assumed, policy),
            "key_metadata": witness.assumed.key_metadata.as_ref().map(metadata),
            "request": asked(request),
            "expected": DecisionWord::from(decision.verdict).word(),
        })
    };
    let row = |policy: &ComparedPolicy, decision: &Decision| {
        decided(decision, &witness.assumed.policies(&policy.document, Kind::Key))
    };
    WitnessRow {
        principal: request.principal.text.clone(),
        action: request.action.clone(),
        resource: request.resource.clone(),
        resource_account: request.resource_account.clone(),
        context: context(request),
        assumes: assumes(&witness.assumed, request, is_key_known),
        before: row(old, &witness.before),
        after: row(new, &witness.after),
        case_before: case(old, &witness.before, "old"),
        case_after: case(new, &witness.after, "new"),
    }
}

/// A key as the catalogue writes it.
fn spelling(name: &str) -> String {
    catalogue::condition_key(name)
        .filter(|known| !known.name.contains("${"))
        .map_or_else(|| name.to_owned(), |known| known.name.to_owned())
}

fn context(request: &Request) -> Vec<ContextRow> {
    request
        .context
        .iter()
        .map(|(key, values)| ContextRow {
            key: spelling(key),
            values: values.to_vec(),
        })
        .collect()
}

fn asked(request: &Request) -> Value {
    let context: Map<String, Value> = context(request)
        .into_iter()
        .map(|row| (row.key, json!(row.values)))
        .collect();
    json!({
        "principal": request.principal.text,
        "action": request.action,
        "resource": request.resource,
        "resource_account": request.resource_account,
        "context": context,
    })
}

/// The policy as text, so that nothing of it is lost on the way.
fn policies(assumed: &Assumed, compared: &ComparedPolicy) -> Value {
    let read = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    let list = |texts: &[String]| texts.iter().map(read).collect::<Vec<Value>>();
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    add("key_policy", json!(compared.text));
    add("identity_policies", json!(list(&assumed.identity_policies)));
    add("grants", assumed.grants.iter().map(grant).collect());
    if let Some(text) = &assumed.session_policy {
        add("session_policy", read(text));
    }
    if !assumed.permission_boundaries.is_empty() {
        add(
            "permission_boundaries",
            json!(list(&assumed.permission_boundaries)),
        );
    }
    Value::Object(members)
}

fn grant(grant: &Grant) -> Value {
    let mut members = Map::new();
    let texts = [
        ("GranteePrincipal", &grant.grantee),
        ("GranteeServicePrincipal", &grant.grantee_service),
        ("RetiringPrincipal", &grant.retiring),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            members.insert(name.to_owned(), json!(text));
        }
    }
    members.insert("Operations".to_owned(), json!(grant.operations));
    Value::Object(members)
}

fn metadata(key: &KeyMetadata) -> Value {
    let mut members = Map::new();
    let texts = [
        ("KeySpec", &key.key_spec),
        ("KeyUsage", &key.key_usage),
        ("Origin", &key.origin),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            members.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(flag) = key.multi_region {
        members.insert("MultiRegion".to_owned(), json!(flag));
    }
    if let Some(kind) = &key.multi_region_key_type {
        let inner = json!({ "MultiRegionKeyType": kind });
        members.insert("MultiRegionConfiguration".to_owned(), inner);
    }
    Value::Object(members)
}

fn decided(decision: &Decision, policies: &Policies) -> DecisionRow {
    DecisionRow {
        decision: DecisionWord::from(decision.verdict),
        because: decision
            .because
            .iter()
            .map(|because| BecauseRow {
                policy: because.policy.to_string(),
                statement: because.statement,
                sid: because
                    .statement
                    .and_then(|at| policies.policy(because.policy)?.sid(at))
                    .map(str::to_owned),
                pointer: because.pointer(),
                effect: match because.effect {
                    Effect::Allow => EffectWord::Allow,
                    Effect::Deny => EffectWord::Deny,
                },
            })
            .collect(),
        premises: decision
            .premises
            .iter()
            .map(|premise| PremiseRow {
                code: premise.code.id().to_owned(),
                message: premise.message.clone(),
            })
            .collect(),
    }
}

/// The other policies in words.
fn assumes(assumed: &Assumed, request: &Request, is_key_known: bool) -> Vec<String> {
    let allows_all = |text: &String| text.contains(r#""Action":"*""#);
    let mut words = Vec::new();
    if request.principal.account().is_some() {
        words.push(match assumed.identity_policies.first() {
            None => "the caller has no identity policy".to_owned(),
            Some(text) if allows_all(text) => "an identity policy of the caller allows everything".to_owned(),
            Some(_) => "an identity policy of the caller allows everything on aliases, and nothing on keys"
                .to_owned(),
        });
    }
    match assumed.permission_boundaries.first() {
        None => {}
        Some(text) if allows_all(text) => {
            words.push("the caller has a permissions boundary that allows everything".to_owned());
        }
        Some(_) => words.push("the caller's permissions boundary does not allow it".to_owned()),
    }
    match &assumed.session_policy {
        None => {}
        Some(text) if allows_all(text) => {
            words.push("the session has a session policy that allows everything".to_owned());
        }
        Some(_) => words.push("the session's session policy does not allow it".to_owned()),
    }
    for grant in &assumed.grants {
        words.push(format!(
            "a grant gives the caller {}",
            grant.operations.join(", ")
        ));
    }
    if let Some(key) = assumed.key_metadata.as_ref().filter(|_| !is_key_known) {
        let spec = key.key_spec.as_ref().map(|spec| format!("KeySpec {spec}"));
        let usage = key.key_usage.as_ref().map(|usage| format!("KeyUsage {usage}"));
        let origin = key.origin.as_ref().map(|origin| format!("Origin {origin}"));
        let known: Vec<String> = [spec, usage, origin].into_iter().flatten().collect();
        if !known.is_empty() {
            words.push(format!("the key has {}", known.join(", ")));
        }
    }
    words
}
