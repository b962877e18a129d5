//! A case, as `simulate --cases` takes it.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::unknown::Answer;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    User {
        partition: String,
        account: String,
        path: String,
    },
    /// A role stands for any of its sessions.
    Role {
        partition: String,
        account: String,
        path: String,
    },
    Session {
        partition: String,
        account: String,
        role: String,
        session: String,
    },
    Federated {
        partition: String,
        account: String,
        name: String,
    },
    Root {
        partition: String,
        account: String,
    },
    Service(String),
    Anonymous,
}

impl Caller {
    pub(crate) fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::Anonymous;
        }
        if is_account(text) {
            return Self::Root {
                // Of the resource's partition; see `Case::read`.
                partition: "aws".into(),
                account: text.into(),
            };
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if parts.len() < 6 {
            return Self::Service(text.into());
        }
        let (partition, account) = (parts[1].to_owned(), parts[4].to_owned());
        let (kind, rest) = parts[5].split_once('/').unwrap_or((parts[5], ""));
        let rest = rest.to_owned();
        match (parts[2], kind) {
            ("iam", "user") => Self::User {
                partition,
                account,
                path: rest,
            },
            ("iam", "role") => Self::Role {
                partition,
                account,
                path: rest,
            },
            ("iam", "root") => Self::Root { partition, account },
            ("sts", "assumed-role") => {
                let (role, session) = rest.split_once('/').expect("a session has a role and a name");
                Self::Session {
                    partition,
                    account,
                    role: role.into(),
                    session: session.into(),
                }
            }
            ("sts", "federated-user") => Self::Federated {
                partition,
                account,
                name: rest,
            },
            _ => panic!("no caller: {text}"),
        }
    }

    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::User { account, .. }
            | Self::Role { account, .. }
            | Self::Session { account, .. }
            | Self::Federated { account, .. }
            | Self::Root { account, .. } => Some(account),
            Self::Service(_) | Self::Anonymous => None,
        }
    }

    pub(crate) fn partition(&self) -> Option<&str> {
        match self {
            Self::User { partition, .. }
            | Self::Role { partition, .. }
            | Self::Session { partition, .. }
            | Self::Federated { partition, .. }
            | Self::Root { partition, .. } => Some(partition),
            Self::Service(_) | Self::Anonymous => None,
        }
    }

    /// The ARN of the caller, or the service's name.
    pub(crate) fn arn(&self) -> String {
        match self {
            Self::User {
                partition,
                account,
                path,
            } => format!("arn:{partition}:iam::{account}:user/{path}"),
            Self::Role {
                partition,
                account,
                path,
            } => format!("arn:{partition}:iam::{account}:role/{path}"),
            Self::Session {
                partition,
                account,
                role,
                session,
            } => {
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
            }
            Self::Federated {
                partition,
                account,
                name,
            } => {
                format!("arn:{partition}:sts::{account}:federated-user/{name}")
            }
            Self::Root { partition, account } => format!("arn:{partition}:iam::{account}:root"),
            Self::Service(name) => name.clone(),
            Self::Anonymous => "*".into(),
        }
    }

    /// The name of a role, without its path.
    pub(crate) fn role_name(&self) -> Option<&str> {
        match self {
            Self::Role { path, .. } => path.rsplit('/').next(),
            Self::Session { role, .. } => Some(role),
            _ => None,
        }
    }
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A policy document.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) document: Value,
    /// For each statement, whether an object in it has a name twice: `serde_json` has kept one of the two.
    doubtful: Vec<bool>,
}

/// A statement of a policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement<'p> {
    pub(crate) elements: &'p Map<String, Value>,
    pub(crate) doubtful: bool,
    /// Version 2012-10-17, the only one with variables (IAM User Guide, "Version").
    pub(crate) variables: bool,
}

impl Policy {
    fn read(value: &Value) -> Self {
        let Some(text) = value.as_str() else {
            return Self {
                document: value.clone(),
                doubtful: Vec::new(),
            };
        };
        Self {
            document: serde_json::from_str(text).expect("JSON"),
            doubtful: crate::duplicates::of_statements(text),
        }
    }

    pub(crate) fn statements(&self) -> Vec<Statement<'_>> {
        let variables = self.document["Version"] == "2012-10-17";
        let list = many(&self.document["Statement"]).enumerate();
        list.filter_map(|(at, statement)| {
            Some(Statement {
                elements: statement.as_object()?,
                doubtful: self.doubtful.get(at) == Some(&true),
                variables,
            })
        })
        .collect()
    }
}

/// One value or a list of them.
pub(crate) fn many(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        Value::Null => [].iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

/// Text of a string, a number or a Boolean.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a case gives beside the request.
pub(crate) struct Given {
    pub(crate) key_policy: Option<Policy>,
    pub(crate) ram_policy: Option<Policy>,
    pub(crate) identity_policies: Option<Vec<Policy>>,
    pub(crate) grants: Option<Vec<Value>>,
    pub(crate) session_policy: Option<Policy>,
    pub(crate) permission_boundaries: Vec<Policy>,
    pub(crate) scps: Vec<Vec<Policy>>,
    pub(crate) rcps: Vec<Vec<Policy>>,
    pub(crate) endpoint_policies: Vec<Policy>,
    pub(crate) key_metadata: Option<Value>,
    unknown: Vec<String>,
    mentions: OnceCell<Vec<String>>,
}

pub(crate) struct Case {
    given: Rc<Given>,
    pub(crate) caller: Caller,
    /// In lower case.
    pub(crate) service: String,
    /// Without the service, as it is written.
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) resource_account: Option<String>,
    /// Keys as they are written.
    pub(crate) context: Vec<(String, Vec<String>)>,
    pub(crate) context_complete: bool,
    /// What unknown keys may have, found once.
    pub(crate) answers: RefCell<BTreeMap<String, Rc<Vec<Answer>>>>,
}

impl Deref for Case {
    type Target = Given;

    fn deref(&self) -> &Given {
        &self.given
    }
}

impl Case {
    pub(crate) fn read(case: &Value) -> Self {
        let complete = case["context_complete"] != false;
        Self::of(&Rc::new(Given::read(case)), &case["request"], complete)
    }

    /// A request beside others on the same policies.
    pub(crate) fn of(given: &Rc<Given>, request: &Value, context_complete: bool) -> Self {
        let (service, action) = request["action"]
            .as_str()
            .and_then(|name| name.split_once(':'))
            .expect("an action");
        let resource = request["resource"].as_str().expect("a resource");
        let mut caller = Caller::parse(request["principal"].as_str().expect("a principal"));
        if let (Caller::Root { partition, .. }, Some(of_resource)) = (&mut caller, resource.split(':').nth(1))
            && request["principal"].as_str().is_some_and(is_account)
        {
            of_resource.clone_into(partition);
        }
        let mut context = Vec::new();
        for (key, values) in request["context"].as_object().into_iter().flatten() {
            context.push((key.clone(), many(values).map(text).collect()));
        }
        Self {
            given: given.clone(),
            caller,
            service: service.to_ascii_lowercase(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: request["resource_account"].as_str().map(str::to_owned),
            context,
            context_complete: context_complete && request["context_complete"] != false,
            answers: RefCell::default(),
        }
    }
}

impl Given {
    pub(crate) fn read(case: &Value) -> Self {
        let policies = &case["policies"];
        let member = |name: &str| policies.get(name).filter(|value| !value.is_null());
        let one = |name: &str| member(name).map(Policy::read);
        let list = |value: &Value| many(value).map(Policy::read).collect::<Vec<_>>();
        let levels = |value: &Value| many(value).map(list).collect::<Vec<_>>();
        Self {
            key_policy: one("key_policy").or(one("resource_policy")),
            ram_policy: one("ram_policy"),
            identity_policies: member("identity_policies").map(list),
            grants: member("grants").map(|grants| many(grants).cloned().collect()),
            session_policy: one("session_policy"),
            permission_boundaries: list(&policies["permission_boundaries"]),
            scps: levels(&policies["scps"]),
            rcps: levels(&policies["rcps"]),
            endpoint_policies: list(&policies["endpoint_policies"]),
            key_metadata: case.get("key_metadata").filter(|value| !value.is_null()).cloned(),
            unknown: many(&case["unknown"]).map(text).collect(),
            mentions: OnceCell::new(),
        }
    }

    pub(crate) fn lacks(&self, member: &str) -> bool {
        self.unknown.iter().any(|name| name == member)
    }

    /// Every policy of the case.
    pub(crate) fn policies(&self) -> Vec<&Policy> {
        let mut all: Vec<&Policy> = Vec::new();
        all.extend(&self.key_policy);
        all.extend(&self.ram_policy);
        all.extend(self.identity_policies.iter().flatten());
        all.extend(&self.session_policy);
        all.extend(&self.permission_boundaries);
        all.extend(self.scps.iter().flatten());
        all.extend(self.rcps.iter().flatten());
        all.extend(&self.endpoint_policies);
        all
    }

    /// Every string that stands anywhere in a policy or a grant, once.
    pub(crate) fn mentions(&self) -> &[String] {
        self.mentions.get_or_init(|| {
            let mut all = Vec::new();
            for policy in self.policies() {
                strings_of(&policy.document, &mut all);
            }
            let grants = self.grants.iter().flatten();
            grants.for_each(|grant| strings_of(grant, &mut all));
            all.sort();
            all.dedup();
            all
        })
    }
}

pub(crate) fn strings_of(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings_of(item, into)),
        Value::Object(map) => map.values().for_each(|item| strings_of(item, into)),
        _ => {}
    }
}
