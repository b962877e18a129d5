//! The engine under test, by its public interface.

use kms_audit::json::{Limits, Node, parse};
use kms_audit::policy::Document;
use kms_audit::policy::evaluate::{
    Caller, Context, Grant, KeyMetadata, Member, Policies, Policy, Request, Verdict,
};
use serde_json::Value;

/// What the command `simulate --cases` says; nothing where it does not take the case.
pub(crate) fn simulate(case: &Value) -> Option<&'static str> {
    let node = parse(&case.to_string(), &Limits::default()).expect("JSON");
    let row = kms_audit::audit::simulate_case(&node);
    row.decision.map(kms_audit::audit::DecisionWord::word)
}

/// Policies that are read once, for several requests.
pub(crate) struct Engine {
    policies: Policies,
    context_complete: bool,
}

impl Engine {
    pub(crate) fn read(case: &Value) -> Self {
        let node = parse(&case.to_string(), &Limits::default()).expect("JSON");
        let given = node.get("policies").expect("policies");
        let list = |name: &str| {
            given
                .get(name)
                .map(|node| node.items().iter().map(policy).collect::<Vec<_>>())
        };
        let levels = |name: &str| -> Vec<Vec<Policy>> {
            let levels = given.get(name).into_iter().flat_map(Node::items);
            levels
                .map(|level| level.items().iter().map(policy).collect())
                .collect()
        };
        let unknown = node.get("unknown").into_iter().flat_map(Node::items);
        let member = |node: &Node| {
            let found = Member::ALL
                .iter()
                .find(|member| Some(member.name()) == node.as_str());
            *found.expect("a member")
        };
        let policies = Policies {
            key_policy: given.get("key_policy").map(policy),
            ram_policy: given.get("ram_policy").map(policy),
            identity_policies: list("identity_policies"),
            grants: given
                .get("grants")
                .map(|node| node.items().iter().map(grant).collect()),
            session_policy: given.get("session_policy").map(policy),
            permission_boundaries: list("permission_boundaries").unwrap_or_default(),
            scps: levels("scps"),
            rcps: levels("rcps"),
            endpoint_policies: list("endpoint_policies").unwrap_or_default(),
            key_metadata: node.get("key_metadata").map(metadata),
            unknown: unknown.map(member).collect(),
        };
        let context_complete = node.get("context_complete").and_then(Node::as_bool) != Some(false);
        Self {
            policies,
            context_complete,
        }
    }

    pub(crate) fn decide(&self, request: &Value) -> &'static str {
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        let mut context = Context::new();
        if !self.context_complete {
            context.set_incomplete();
        }
        for (key, values) in request["context"].as_object().into_iter().flatten() {
            context.set(key, crate::case::many(values).map(crate::case::text).collect());
        }
        let decision = self.policies.decide(&Request {
            principal: Caller::parse(request["principal"].as_str().expect("a principal")).expect("a caller"),
            action: text("action").expect("an action"),
            resource: text("resource").expect("a resource"),
            resource_account: text("resource_account"),
            context,
        });
        match decision.verdict {
            Verdict::Allowed => "Allowed",
            Verdict::ExplicitDeny => "ExplicitDeny",
            Verdict::ImplicitDeny => "ImplicitDeny",
            Verdict::Depends => "Depends",
        }
    }
}

fn policy(node: &Node) -> Policy {
    match node.as_str() {
        Some(text) => Policy::new(&Document::read(&parse(text, &Limits::default()).expect("JSON"))),
        None => Policy::new(&Document::read(node)),
    }
}

fn texts(node: &Node) -> Vec<(String, String)> {
    let pair = |(key, value): (String, &Node)| (key, value.as_str().expect("text").to_owned());
    node.members()
        .iter()
        .map(|member| pair((member.key.clone(), &member.value)))
        .collect()
}

fn grant(node: &Node) -> Grant {
    let text = |node: &Node, name: &str| node.get(name).and_then(Node::as_str).map(str::to_owned);
    let operations = node.get("Operations").into_iter().flat_map(Node::items);
    let constraints = node.get("Constraints");
    let pairs = |name: &str| constraints.and_then(|node| node.get(name)).map(texts);
    Grant {
        grantee: text(node, "GranteePrincipal"),
        grantee_service: text(node, "GranteeServicePrincipal"),
        retiring: text(node, "RetiringPrincipal"),
        operations: operations.filter_map(Node::as_str).map(str::to_owned).collect(),
        context_equals: pairs("EncryptionContextEquals"),
        context_subset: pairs("EncryptionContextSubset"),
        source_arn: constraints.and_then(|node| text(node, "SourceArn")),
        other_constraint: false,
    }
}

fn metadata(node: &Node) -> KeyMetadata {
    let node = node.get("KeyMetadata").unwrap_or(node);
    let text = |node: &Node, name: &str| node.get(name).and_then(Node::as_str).map(str::to_owned);
    let config = node.get("MultiRegionConfiguration");
    KeyMetadata {
        key_spec: text(node, "KeySpec"),
        key_usage: text(node, "KeyUsage"),
        origin: text(node, "Origin"),
        multi_region: node.get("MultiRegion").and_then(Node::as_bool),
        multi_region_key_type: config.and_then(|node| text(node, "MultiRegionKeyType")),
    }
}
