//! What AWS services can do: actions, resource types and condition keys, generated from AWS's own lists.
//!
//! Source: Service Authorization Reference, one page a service ("Actions, resources, and condition keys for AWS Key
//! Management Service" and the like), and the texts of the KMS API for use across accounts. `scripts/gen-actions` makes
//! the tables again.

mod global;
#[rustfmt::skip]
mod iam;
#[rustfmt::skip]
mod kms;
#[rustfmt::skip]
mod organizations;
#[rustfmt::skip]
mod s3;
mod signing;
#[rustfmt::skip]
mod sts;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use signing::{OnSigningKey, Power, covered, is_given_by_key_policy, on_signing_key, power};

/// How the Service Authorization Reference classes what an action does ("Actions table", column "Access level").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Lists resources.
    List,
    /// Reads what is in a resource.
    Read,
    /// Changes tags.
    Tagging,
    /// Changes a resource.
    Write,
    /// Changes who may do what.
    Permissions,
}

/// The type of a condition key (Service Authorization Reference, "Condition keys table").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyType {
    /// Text
    String,
    /// An ARN
    Arn,
    /// A decimal number
    Numeric,
    /// A point in time
    Date,
    /// `true` or `false`
    Bool,
    /// Bytes, in base64
    Binary,
    /// An IP address
    IpAddress,
}

/// One action of a service (Service Authorization Reference, "Actions table").
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    /// Prefix of the service: `kms`.
    pub service: &'static str,
    /// Name: `Sign`.
    pub name: &'static str,
    /// Access levels.
    pub access: &'static [Access],
    /// Resource types, and whether the action needs one of the type.
    pub resources: &'static [(&'static str, bool)],
    /// Condition keys of the action; those of its resource types are beside the type.
    pub condition_keys: &'static [&'static str],
    /// Further actions that the caller needs.
    pub dependent: &'static [&'static str],
    /// Whether it works on a resource of another account, where the service's own documentation says it for each
    /// operation (KMS API Reference, "Cross-account use"); nothing elsewhere.
    pub cross_account: Option<bool>,
}

impl Action {
    /// True where the action is on a resource of this type.
    pub fn is_on(&self, resource: &str) -> bool {
        self.resources.iter().any(|(name, _)| *name == resource)
    }
}

/// A type of resource (Service Authorization Reference, "Resource types table").
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// Name: `key`.
    pub name: &'static str,
    /// Form of its ARN, with `${Partition}` and the like.
    pub arn: &'static str,
    /// Condition keys that requests on such a resource carry.
    pub condition_keys: &'static [&'static str],
}

/// A condition key (Service Authorization Reference, "Condition keys table").
#[derive(Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// Name; `${…}` stands for any text.
    pub name: &'static str,
    /// Type of its values.
    pub kind: KeyType,
    /// True where a request may carry several values.
    pub multivalued: bool,
}

impl ConditionKey {
    /// True for a key that this entry speaks of, whatever the letter case (IAM User Guide, "IAM JSON policy elements:
    /// Condition").
    pub fn is(&self, key: &str) -> bool {
        match self.name.split_once("${") {
            None => self.name.eq_ignore_ascii_case(key),
            Some((head, _)) => key
                .get(..head.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(head) && key.len() > head.len()),
        }
    }
}

/// What the catalogue knows of a service.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// Prefix of its actions.
    pub prefix: &'static str,
    /// Its actions, by name.
    pub actions: &'static [Action],
    /// Its resource types, by name.
    pub resources: &'static [ResourceType],
    /// Its condition keys, by name.
    pub condition_keys: &'static [ConditionKey],
    /// What a grant can allow (KMS API Reference, `GrantListEntry`); none but for KMS.
    pub grant_operations: &'static [&'static str],
}

/// The services of the catalogue.
pub const SERVICES: &[&Service] = &[
    &iam::SERVICE,
    &kms::SERVICE,
    &organizations::SERVICE,
    &s3::SERVICE,
    &sts::SERVICE,
];

/// The service with this prefix, whatever the letter case (IAM User Guide, "IAM JSON policy elements: Action").
pub fn service(prefix: &str) -> Option<&'static Service> {
    SERVICES
        .iter()
        .find(|service| service.prefix.eq_ignore_ascii_case(prefix))
        .copied()
}

/// The action `service:Name`, whatever the letter case (IAM User Guide, "IAM JSON policy elements: Action").
pub fn action(text: &str) -> Option<&'static Action> {
    let (prefix, name) = text.split_once(':')?;
    service(prefix)?
        .actions
        .iter()
        .find(|action| action.name.eq_ignore_ascii_case(name))
}

/// The condition key of this name, of any service or of all (IAM User Guide, "AWS global condition context keys").
pub fn condition_key(key: &str) -> Option<&'static ConditionKey> {
    // Every value of every condition of a policy is asked for, by every rule.
    static BY_NAME: LazyLock<HashMap<String, &'static ConditionKey>> = LazyLock::new(|| {
        let own = SERVICES.iter().flat_map(|service| {
            let prefix = format!("{}:", service.prefix);
            let keys = service.condition_keys.iter();
            keys.filter(move |key| key.name.starts_with(&prefix))
        });
        let whole = own.chain(global::KEYS).filter(|key| !key.name.contains("${"));
        whole.map(|key| (key.name.to_ascii_lowercase(), key)).collect()
    });
    let (prefix, _) = key.split_once(':')?;
    if let Some(found) = BY_NAME.get(&key.to_ascii_lowercase()) {
        return Some(found);
    }
    let own = service(prefix)
        .map(|service| service.condition_keys)
        .unwrap_or_default();
    own.iter()
        .chain(global::KEYS)
        .find(|known| known.name.contains("${") && known.is(key))
}

/// The condition keys that are not of one service (IAM User Guide, "AWS global condition context keys").
pub fn global_keys() -> &'static [ConditionKey] {
    global::KEYS
}

#[cfg(test)]
mod tests;
