//! A case: policies, what else is known, and a request.

use super::row::DecisionWord;
use crate::json::{self, Limits, Member as Pair, Node, Value};
use crate::policy::Document;
use crate::policy::evaluate::{
    Caller, Context, Grant, KeyMetadata, Member, Policies, Policy, PolicyRef, Request,
};

/// Codes of [`super::SimulateError`].
pub const SIMULATE_ERROR_CODES: &[&str] = &[
    "line-too-long",
    "not-utf8",
    "not-json",
    "not-an-object",
    "duplicate-member",
    "missing-member",
    "unknown-member",
    "wrong-type",
    "not-a-policy",
    "not-an-action",
    "unknown-principal",
    "unknown-decision",
];

/// What is wrong with a case.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) offset: Option<usize>,
    pub(super) pointer: String,
}

/// A case, read.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) policies: Policies,
    pub(super) request: Request,
    pub(super) expected: Option<DecisionWord>,
    pub(super) unused: Vec<String>,
    /// True where the resource's policy was given as `resource_policy`.
    resource_policy: bool,
}

type Reading<T> = Result<T, Fault>;

fn fault<T>(code: &'static str, node: &Node, pointer: &str, message: impl Into<String>) -> Reading<T> {
    Err(Fault {
        code,
        message: message.into(),
        offset: Some(node.span.start),
        pointer: pointer.to_owned(),
    })
}

fn wrong_type<T>(node: &Node, pointer: &str, wanted: &str) -> Reading<T> {
    fault(
        "wrong-type",
        node,
        pointer,
        format!("{pointer} must be {wanted}, not {}", node.kind()),
    )
}

fn text(node: &Node, pointer: &str) -> Reading<String> {
    match node.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => wrong_type(node, pointer, "a string"),
    }
}

fn flag(node: &Node, pointer: &str) -> Reading<bool> {
    match node.as_bool() {
        Some(flag) => Ok(flag),
        None => wrong_type(node, pointer, "a Boolean"),
    }
}

fn members<'n>(node: &'n Node, pointer: &str) -> Reading<&'n [Pair]> {
    if !node.is_object() {
        return wrong_type(node, pointer, "an object");
    }
    if let Some(twice) = own_duplicate(node) {
        let message = format!("{pointer} has two members \"{twice}\"");
        return fault("duplicate-member", node, pointer, message);
    }
    Ok(node.members())
}

/// A name that the object itself has twice; what stands in a policy is the policy's.
fn own_duplicate(node: &Node) -> Option<&str> {
    let mut seen = std::collections::BTreeSet::new();
    let mut names = node.members().iter().map(|member| member.key.as_str());
    names.find(|name| !seen.insert(*name))
}

fn list<'n>(node: &'n Node, pointer: &str) -> Reading<Vec<(String, &'n Node)>> {
    if !node.is_array() {
        return wrong_type(node, pointer, "a list");
    }
    let numbered = node.items().iter().enumerate();
    Ok(numbered
        .map(|(at, item)| (format!("{pointer}/{at}"), item))
        .collect())
}

/// A policy as an object or as a string, or in the answer of the AWS CLI that has it.
fn policy(node: &Node, pointer: &str) -> Reading<Policy> {
    let limits = Limits {
        depth: 64,
        values: 200_000,
    };
    let parsed;
    let mut root = node;
    if let Some(text) = node.as_str() {
        parsed = match json::parse(text, &limits) {
            Ok(root) => root,
            Err(error) => {
                let message = format!("the policy is no JSON: {}", error.message);
                return fault("not-a-policy", node, pointer, message);
            }
        };
        root = &parsed;
    }
    if root.get("Statement").is_none() {
        for wrapper in ["Policy", "PolicyDocument", "Document"] {
            if let Some(inner) = root.get(wrapper) {
                return policy(inner, pointer);
            }
        }
        let message = "a policy is an object with a Statement, or a string with one";
        return fault("not-a-policy", node, pointer, message);
    }
    Ok(Policy::new(&Document::read(root)))
}

fn policies(node: &Node, pointer: &str) -> Reading<Vec<Policy>> {
    list(node, pointer)?
        .iter()
        .map(|(pointer, item)| policy(item, pointer))
        .collect()
}

fn levels(node: &Node, pointer: &str) -> Reading<Vec<Vec<Policy>>> {
    list(node, pointer)?
        .iter()
        .map(|(pointer, item)| policies(item, pointer))
        .collect()
}

/// Values of a condition key: scalars, or a list of them.
fn values(node: &Node, pointer: &str) -> Reading<Vec<String>> {
    let one = |node: &Node| match &node.value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(digits) => Ok(digits.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => wrong_type(node, pointer, "a string, a number, a Boolean or a list of them"),
    };
    node.one_or_many().iter().map(one).collect()
}

fn optional_text(node: &Node, names: &[&str], pointer: &str) -> Reading<Option<String>> {
    match node.get_any(names) {
        None => Ok(None),
        Some(value) if value.value == Value::Null => Ok(None),
        Some(value) => text(value, &format!("{pointer}/{}", names.first().unwrap_or(&""))).map(Some),
    }
}

/// A grant as `ListGrants` shows it.
fn grant(node: &Node, pointer: &str) -> Reading<Grant> {
    members(node, pointer)?;
    let get = |names: &[&str]| optional_text(node, names, pointer);
    let mut grant = Grant {
        grantee: get(&["GranteePrincipal"])?,
        grantee_service: get(&["GranteeServicePrincipal"])?,
        retiring: get(&["RetiringPrincipal"])?.or(get(&["RetiringServicePrincipal"])?),
        ..Grant::default()
    };
    if grant.grantee.is_none() && grant.grantee_service.is_none() {
        let message = "a grant has a GranteePrincipal or a GranteeServicePrincipal";
        return fault("missing-member", node, pointer, message);
    }
    let at = format!("{pointer}/Operations");
    match node.get("Operations") {
        None => return fault("missing-member", node, pointer, "a grant has Operations"),
        Some(operations) => {
            for (pointer, item) in list(operations, &at)? {
                grant.operations.push(text(item, &pointer)?);
            }
        }
    }
    if let Some(constraints) = node.get("Constraints").filter(|node| node.value != Value::Null) {
        let at = format!("{pointer}/Constraints");
        for member in members(constraints, &at)? {
            let at = format!("{at}/{}", member.key);
            let pairs = || -> Reading<Vec<(String, String)>> {
                members(&member.value, &at)?
                    .iter()
                    .map(|pair| Ok((pair.key.clone(), text(&pair.value, &at)?)))
                    .collect()
            };
            match member.key.as_str() {
                "EncryptionContextEquals" => grant.context_equals = Some(pairs()?),
                "EncryptionContextSubset" => grant.context_subset = Some(pairs()?),
                "SourceArn" => grant.source_arn = Some(text(&member.value, &at)?),
                _ => grant.other_constraint = true,
            }
        }
    }
    Ok(grant)
}

pub(super) fn metadata(node: &Node, pointer: &str) -> Reading<KeyMetadata> {
    members(node, pointer)?;
    let node = node.get("KeyMetadata").unwrap_or(node);
    let get = |names: &[&str]| optional_text(node, names, pointer);
    let config = node.get("MultiRegionConfiguration");
    Ok(KeyMetadata {
        key_spec: get(&["KeySpec", "CustomerMasterKeySpec"])?,
        key_usage: get(&["KeyUsage"])?,
        origin: get(&["Origin"])?,
        multi_region: node
            .get("MultiRegion")
            .map(|value| flag(value, &format!("{pointer}/MultiRegion")))
            .transpose()?,
        multi_region_key_type: match config {
            Some(config) => optional_text(config, &["MultiRegionKeyType"], pointer)?,
            None => None,
        },
    })
}

fn request(node: &Node) -> Reading<Request> {
    let mut context = Context::new();
    let (mut principal, mut action, mut resource, mut account) = (None, None, None, None);
    for member in members(node, "/request")? {
        let value = &member.value;
        let at = format!("/request/{}", member.key);
        match member.key.as_str() {
            "principal" => {
                let name = text(value, &at)?;
                principal = Caller::parse(&name);
                if principal.is_none() {
                    let message = "a principal is the ARN of a user, role, session, federated user or root user, \
                                   12 digits, a service (x.amazonaws.com), or * for nobody";
                    return fault("unknown-principal", value, &at, message);
                }
            }
            "action" => {
                let name = text(value, &at)?;
                let form = name.split_once(':').is_some_and(|(service, name)| {
                    let plain = |text: &str| {
                        !text.is_empty()
                            && text
                                .bytes()
                                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                    };
                    plain(service) && plain(name)
                });
                if !form {
                    let message = "an action is service:Name, without wildcards";
                    return fault("not-an-action", value, &at, message);
                }
                action = Some(name);
            }
            "resource" => resource = Some(text(value, &at)?),
            "resource_account" => {
                if value.value != Value::Null {
                    account = Some(text(value, &at)?);
                }
            }
            "context" => {
                let mut seen = std::collections::BTreeSet::new();
                for pair in members(value, &at)? {
                    if !seen.insert(pair.key.to_ascii_lowercase()) {
                        let message = format!("the condition key {} stands twice", pair.key);
                        return fault("duplicate-member", value, &at, message);
                    }
                    context.set(&pair.key, values(&pair.value, &format!("{at}/{}", pair.key))?);
                }
            }
            "context_complete" => {
                if !flag(value, &at)? {
                    context.set_incomplete();
                }
            }
            _ => {
                let message = format!("a request has no member \"{}\"", member.key);
                return fault("unknown-member", value, &at, message);
            }
        }
    }
    let missing = |name: &str| Fault {
        code: "missing-member",
        message: format!("the request has no \"{name}\""),
        offset: Some(node.span.start),
        pointer: "/request".to_owned(),
    };
    Ok(Request {
        principal: principal.ok_or_else(|| missing("principal"))?,
        action: action.ok_or_else(|| missing("action"))?,
        resource: resource.ok_or_else(|| missing("resource"))?,
        resource_account: account,
        context,
    })
}

impl Case {
    /// Reads a case. What is not known in policies or request is refused: a mistyped `scps` would let too much through.
    pub(super) fn read(node: &Node) -> Reading<Self> {
        if !node.is_object() {
            return fault("not-an-object", node, "", "a case is an object");
        }
        let mut own = Policies::default();
        let mut asked = None;
        let mut expected = None;
        let mut unused = Vec::new();
        let mut complete = true;
        let mut resource_policy = false;
        let mut given = false;
        for member in members(node, "")? {
            let value = &member.value;
            let at = format!("/{}", member.key);
            match member.key.as_str() {
                "id" => {}
                "policies" => {
                    given = true;
                    resource_policy = read_policies(value, &mut own)?;
                }
                "key_metadata" | "expected" if value.value == Value::Null => {}
                "key_metadata" => own.key_metadata = Some(metadata(value, &at)?),
                "unknown" => {
                    for (at, item) in list(value, &at)? {
                        let name = text(item, &at)?;
                        let known = Member::ALL.iter().find(|member| member.name() == name);
                        let Some(member) = known else {
                            let message = format!("\"{name}\" is no member that can be unknown");
                            return fault("unknown-member", item, &at, message);
                        };
                        own.unknown.insert(*member);
                    }
                }
                "request" => asked = Some(request(value)?),
                "context_complete" => complete = flag(value, &at)?,
                "expected" => {
                    expected = DecisionWord::parse(&text(value, &at)?);
                    if expected.is_none() {
                        let message = "expected is Allowed, ExplicitDeny, ImplicitDeny or Depends";
                        return fault("unknown-decision", value, &at, message);
                    }
                }
                other => unused.push(other.to_owned()),
            }
        }
        let Some(mut asked) = asked else {
            return fault("missing-member", node, "", "the case has no \"request\"");
        };
        if !given {
            return fault("missing-member", node, "", "the case has no \"policies\"");
        }
        if !complete {
            asked.context.set_incomplete();
        }
        Ok(Self {
            policies: own,
            request: asked,
            expected,
            unused,
            resource_policy,
        })
    }

    /// The member of the case that a policy is.
    pub(super) fn name_of(&self, policy: PolicyRef) -> String {
        if policy == PolicyRef::Key && self.resource_policy {
            return "resource_policy".to_owned();
        }
        policy.to_string()
    }
}

/// Fills in the policies; true where the resource's is called `resource_policy`.
fn read_policies(node: &Node, own: &mut Policies) -> Reading<bool> {
    let mut resource_policy = false;
    for member in members(node, "/policies")? {
        let value = &member.value;
        let at = format!("/policies/{}", member.key);
        if value.value == Value::Null {
            // As if it were not there.
            continue;
        }
        match member.key.as_str() {
            "key_policy" | "resource_policy" => {
                if own.key_policy.is_some() {
                    let message = "key_policy and resource_policy are two names of one member";
                    return fault("duplicate-member", value, &at, message);
                }
                resource_policy = member.key == "resource_policy";
                own.key_policy = Some(policy(value, &at)?);
            }
            "ram_policy" => own.ram_policy = Some(policy(value, &at)?),
            "identity_policies" => own.identity_policies = Some(policies(value, &at)?),
            "grants" => {
                let value = value.get("Grants").unwrap_or(value);
                let grants = list(value, &at)?;
                let grants: Reading<Vec<Grant>> = grants.iter().map(|(at, item)| grant(item, at)).collect();
                own.grants = Some(grants?);
            }
            "session_policy" => own.session_policy = Some(policy(value, &at)?),
            "permission_boundaries" => own.permission_boundaries = policies(value, &at)?,
            "scps" => own.scps = levels(value, &at)?,
            "rcps" => own.rcps = levels(value, &at)?,
            "endpoint_policies" => own.endpoint_policies = policies(value, &at)?,
            _ => {
                let message = format!("policies have no member \"{}\"", member.key);
                return fault("unknown-member", value, &at, message);
            }
        }
    }
    Ok(resource_policy)
}
