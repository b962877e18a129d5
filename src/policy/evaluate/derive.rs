//! What every request carries, whether it says so or not.
//!
//! Source: IAM User Guide, "AWS global condition context keys", "IAM policy elements: Variables and tags: Principal key
//! values"; KMS developer guide, "Condition keys for AWS KMS".

use std::borrow::Cow;

use super::caller::{Caller, CallerKind};
use super::context::{Context, Hint, Lookup};
use super::outcome::PremiseCode;
use super::{KeyMetadata, Policies, Request};
use crate::arn::Arn;

/// A request with what follows from it, looked up key by key.
#[derive(Debug)]
pub(in crate::policy) struct Known<'a> {
    context: &'a Context,
    caller: &'a Caller,
    metadata: Option<&'a KeyMetadata>,
    /// In small letters.
    service: &'a str,
    operation: &'a str,
    on_key: bool,
    resource: &'a str,
    region: Option<&'a str>,
    resource_account: Option<&'a str>,
    /// The caller's, or where that is written without one, the resource's.
    partition: &'a str,
    /// False where nothing is known but what the context says.
    derives: bool,
}

impl<'a> Known<'a> {
    pub(in crate::policy) fn new(
        policies: &'a Policies,
        request: &'a Request,
        arn: Option<&Arn<'a>>,
        service: &'a str,
        operation: &'a str,
        on_key: bool,
        resource_account: Option<&'a str>,
    ) -> Self {
        Self {
            context: &request.context,
            caller: &request.principal,
            metadata: policies.key_metadata.as_ref(),
            service,
            operation,
            on_key,
            resource: &request.resource,
            region: arn.map(|arn| arn.region).filter(|region| !region.is_empty()),
            resource_account,
            partition: partition(&request.principal, arn),
            derives: true,
        }
    }

    /// Of a request only the context is known; `nobody` stands for its caller.
    pub(in crate::policy) fn bare(context: &'a Context, nobody: &'a Caller) -> Self {
        Self {
            context,
            caller: nobody,
            metadata: None,
            service: "",
            operation: "",
            on_key: false,
            resource: "",
            region: None,
            resource_account: None,
            partition: "",
            derives: false,
        }
    }

    /// What the request has of a key, given in small letters.
    pub(super) fn get(&self, key: &str) -> Lookup<'_> {
        if let Some(given) = self.context.given(key) {
            return given;
        }
        let found = match key.split_once(':') {
            _ if !self.derives => None,
            Some(("aws", name)) => self.of_principal(name).or_else(|| self.of_request(name)),
            Some(("kms", name)) if self.service == "kms" => self.of_kms(name),
            _ => None,
        };
        found.unwrap_or(if self.context.incomplete && !self.context.is_of_others(key) {
            Lookup::perhaps(PremiseCode::Context)
        } else {
            Lookup::Missing
        })
    }

    /// The key is known, and not a symmetric one.
    pub(super) fn is_asymmetric(&self) -> bool {
        let spec = self.metadata.and_then(|key| key.key_spec.as_deref());
        spec.is_some_and(|spec| spec != "SYMMETRIC_DEFAULT")
    }

    /// What is known of a value that is not known; `key` in small letters.
    pub(super) fn hint(&self, key: &str) -> Option<&Hint> {
        self.context.hint(key)
    }

    /// The beginning of the ARNs of roles, and the name of the caller's, where its path, which `aws:PrincipalArn` has, is
    /// not known.
    pub(super) fn pathless(&self) -> Option<(String, &str)> {
        let hidden = self.caller.kind == CallerKind::Session && !self.context.has("aws:principalarn");
        hidden.then(|| (self.roles(), self.caller.role.as_str()))
    }

    fn roles(&self) -> String {
        format!("arn:{}:iam::{}:role/", self.partition, self.caller.account)
    }

    fn of_principal(&self, name: &str) -> Option<Lookup<'_>> {
        let kind = self.caller.kind;
        let account = self.caller.account();
        let text = self.caller.text.as_str();
        let unknown = || Lookup::present(PremiseCode::Context);
        Some(match name {
            "principalarn" => match kind {
                CallerKind::Anonymous => Lookup::Missing,
                CallerKind::Service | CallerKind::Provider => Lookup::perhaps(PremiseCode::Context),
                CallerKind::Session => owned(self.roles() + &self.caller.role),
                CallerKind::Root => owned(format!(
                    "arn:{}:iam::{}:root",
                    self.partition, self.caller.account
                )),
                CallerKind::User | CallerKind::Role | CallerKind::FederatedUser => one(text),
            },
            // "For anonymous requests, the request context returns anonymous."
            "principalaccount" => match (account, kind) {
                (Some(account), _) => one(account),
                (None, CallerKind::Anonymous) => one("anonymous"),
                (None, _) => unknown(),
            },
            "principaltype" => match kind {
                CallerKind::Root => one("Account"),
                CallerKind::User => one("User"),
                CallerKind::FederatedUser => one("FederatedUser"),
                CallerKind::Role | CallerKind::Session => one("AssumedRole"),
                CallerKind::Anonymous => one("Anonymous"),
                CallerKind::Service | CallerKind::Provider => unknown(),
            },
            "username" => match kind {
                CallerKind::User => one(text.rsplit('/').next().unwrap_or_default()),
                _ => Lookup::Missing,
            },
            // Of users and roles it is an id that their ARNs do not show.
            "userid" => match (kind, account) {
                (CallerKind::Root, Some(account)) => one(account),
                (CallerKind::FederatedUser, Some(account)) => {
                    let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
                    owned(format!("{account}:{name}"))
                }
                (CallerKind::Anonymous, _) => one("anonymous"),
                _ => unknown(),
            },
            "principalisawsservice" => match kind {
                CallerKind::Anonymous => Lookup::Missing,
                CallerKind::Service => one("true"),
                _ => one("false"),
            },
            "principalservicename" if kind == CallerKind::Service => one(text),
            "principalservicenameslist" if kind == CallerKind::Service => unknown(),
            "principalservicename" | "principalservicenameslist" => Lookup::Missing,
            _ => return None,
        })
    }

    fn of_request(&self, name: &str) -> Option<Lookup<'_>> {
        Some(match name {
            "viaawsservice" if self.context.has("aws:calledvia") || self.context.has("kms:viaservice") => {
                one("true")
            }
            "viaawsservice" => self.default("false"),
            "resourceaccount" => match self.resource_account {
                Some(account) => one(account),
                None => Lookup::perhaps(PremiseCode::ResourceAccount),
            },
            "requestedregion" => match self.region {
                Some(region) => one(region),
                // "IAM calls are always made to the us-east-1 Region."
                None if self.service == "iam" && self.resource.starts_with("arn:aws:") => one("us-east-1"),
                None => Lookup::present(PremiseCode::Context),
            },
            _ => return None,
        })
    }

    /// A parameter's default, unless the request may have set it.
    fn default(&self, value: &'static str) -> Lookup<'_> {
        if self.context.incomplete {
            Lookup::present(PremiseCode::Context)
        } else {
            one(value)
        }
    }

    /// What a request to KMS carries of its key and its parameters' defaults.
    fn of_kms(&self, name: &str) -> Option<Lookup<'_>> {
        match (name, self.operation) {
            ("calleraccount", _) => {
                return Some(match self.caller.account() {
                    Some(account) => one(account),
                    None => Lookup::perhaps(PremiseCode::Context),
                });
            }
            ("messagetype", "Sign" | "Verify") => return Some(self.default("RAW")),
            // A required parameter, of which some curves leave no choice.
            ("signingalgorithm", "Sign" | "Verify") => {
                let spec = self.metadata.and_then(|key| key.key_spec.as_deref());
                return Some(match spec {
                    Some("ECC_SECG_P256K1" | "ECC_NIST_P256") => one("ECDSA_SHA_256"),
                    Some("ECC_NIST_P384") => one("ECDSA_SHA_384"),
                    Some("ECC_NIST_P521") => one("ECDSA_SHA_512"),
                    Some(_) => Lookup::present(PremiseCode::Context),
                    None => Lookup::present(PremiseCode::KeyMetadata),
                });
            }
            ("policyname", "PutKeyPolicy" | "GetKeyPolicy") => return Some(self.default("default")),
            // Not documented: whether the key is there when the parameter is not given.
            ("bypasspolicylockoutsafetycheck", "PutKeyPolicy" | "CreateKey") => {
                return Some(Lookup::perhaps(PremiseCode::Context));
            }
            _ => {}
        }
        if self.on_key { self.of_key(name) } else { None }
    }

    fn of_key(&self, name: &str) -> Option<Lookup<'_>> {
        let of = |value: fn(&KeyMetadata) -> Option<&String>| match self.metadata.and_then(value) {
            Some(value) => one(value),
            None => Lookup::present(PremiseCode::KeyMetadata),
        };
        Some(match name {
            "requestalias" if !is_alias_action(self.operation) => {
                let name = self.resource.splitn(6, ':').last().unwrap_or_default();
                return name.starts_with("alias/").then(|| one(name));
            }
            "keyspec" | "customermasterkeyspec" => of(|key| key.key_spec.as_ref()),
            "keyusage" | "customermasterkeyusage" => of(|key| key.key_usage.as_ref()),
            "keyorigin" => of(|key| key.origin.as_ref()),
            "multiregion" => match self.metadata.and_then(|key| key.multi_region) {
                Some(true) => one("true"),
                Some(false) => one("false"),
                None => Lookup::present(PremiseCode::KeyMetadata),
            },
            "multiregionkeytype" => {
                let kind = self.metadata.and_then(|key| key.multi_region_key_type.as_deref());
                match (kind, self.metadata.and_then(|key| key.multi_region)) {
                    (Some(kind), _) => one(kind),
                    // A single-Region key has none.
                    (None, Some(false)) => Lookup::Missing,
                    (None, Some(true)) => Lookup::present(PremiseCode::KeyMetadata),
                    (None, None) => Lookup::perhaps(PremiseCode::KeyMetadata),
                }
            }
            _ => return None,
        })
    }
}

fn one(value: &str) -> Lookup<'_> {
    Lookup::One(Cow::Borrowed(value))
}

fn owned<'a>(value: String) -> Lookup<'a> {
    Lookup::One(Cow::Owned(value))
}

/// The partition of a caller; an account written as its digits is of the resource's.
pub(in crate::policy) fn partition<'a>(caller: &'a Caller, arn: Option<&Arn<'a>>) -> &'a str {
    match caller.partition.as_str() {
        "" => arn.map_or("aws", |arn| arn.partition),
        own => own,
    }
}

pub(in crate::policy) fn is_alias_action(operation: &str) -> bool {
    ["CreateAlias", "DeleteAlias", "UpdateAlias"].contains(&operation)
}
