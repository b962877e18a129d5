//! The condition context of a request.
//!
//! Source: IAM User Guide, "AWS global condition context keys"; KMS developer guide, "Condition keys for AWS KMS".

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::super::catalogue;
use super::outcome::PremiseCode;

/// What a request carries under one key.
#[derive(Debug, Clone)]
pub(super) enum Lookup<'a> {
    /// These values, at least one, as they were given.
    Values(&'a [String]),
    /// This value, which follows from the request.
    One(Cow<'a, str>),
    /// Nothing.
    Missing,
    /// It is not known.
    Unknown(Unknown),
}

/// What is not known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) code: PremiseCode,
    /// The key is in the request, whatever its value.
    pub(super) present: bool,
}

impl Lookup<'_> {
    /// It has a value, which is not known.
    pub(super) const fn present(code: PremiseCode) -> Self {
        Self::Unknown(Unknown { code, present: true })
    }

    /// It may have a value.
    pub(super) const fn perhaps(code: PremiseCode) -> Self {
        Self::Unknown(Unknown { code, present: false })
    }
}

/// What is known of a value that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    /// It begins with one of these, and is none that the policies spell out.
    Within {
        prefixes: Vec<String>,
        /// What stands in the prefixes for an account that is not known; nothing where the account is.
        stands_for: Option<&'static str>,
    },
    /// It is one of these.
    OneOf(&'static [&'static str]),
}

/// Condition keys and their values (IAM User Guide, "The request context").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
    /// Keys whose values are not known, though others of such requests would be.
    unknown: BTreeSet<String>,
    /// Of keys that are there and whose value is not known.
    hints: BTreeMap<String, Hint>,
    /// True where keys that are not named may be in the request as well.
    pub(super) incomplete: bool,
    /// The action, where the request carries no key of its service that is not documented for it.
    action: Option<&'static catalogue::Action>,
}

impl Context {
    /// A context without keys: what the evaluator derives is added, everything else is absent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the values of a key, whatever its letter case (IAM User Guide, "IAM JSON policy elements: Condition"). No
    /// value is the same as no key.
    pub fn set(&mut self, key: &str, values: Vec<String>) {
        self.values.insert(key.to_ascii_lowercase(), values);
    }

    /// Says that the request may carry a key, whose value is not known: it is not derived either.
    pub(in crate::policy) fn set_unknown(&mut self, key: &str) {
        self.unknown.insert(key.to_ascii_lowercase());
    }

    /// Says that the request carries a key whose value is not known, but begins with one of these and is none that a
    /// policy spells out. `stands_for`: what stands in them for an account that is not known.
    pub(in crate::policy) fn set_unknown_within(
        &mut self,
        key: &str,
        prefixes: Vec<String>,
        stands_for: Option<&'static str>,
    ) {
        self.set_unknown(key);
        let hint = Hint::Within { prefixes, stands_for };
        self.hints.insert(key.to_ascii_lowercase(), hint);
    }

    /// Says that the request carries a key whose value is one of these.
    pub(in crate::policy) fn set_one_of(&mut self, key: &str, values: &'static [&'static str]) {
        self.set_unknown(key);
        self.hints.insert(key.to_ascii_lowercase(), Hint::OneOf(values));
    }

    /// `key` in small letters.
    pub(super) fn hint(&self, key: &str) -> Option<&Hint> {
        self.hints.get(key)
    }

    /// Says that the request may carry keys that were not set.
    pub fn set_incomplete(&mut self) {
        self.incomplete = true;
    }

    /// What was set: each key in small letters, and its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.values
            .iter()
            .map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// Says which action the request is for: of the service's own keys it carries those that are documented for the
    /// action and its resources, and no other (Service Authorization Reference, "Actions table", "Resource types table").
    pub(in crate::policy) fn set_action(&mut self, action: &str) {
        self.action = catalogue::action(action);
    }

    /// True for a known key of the action's service that is of other actions only.
    pub(super) fn is_of_others(&self, key: &str) -> bool {
        let Some(action) = self.action else { return false };
        let Some(service) = catalogue::service(action.service) else {
            return false;
        };
        let own = key
            .split_once(':')
            .is_some_and(|(prefix, _)| prefix == service.prefix);
        let Some(known) = service.condition_keys.iter().find(|known| own && known.is(key)) else {
            return false;
        };
        let of_resources = service
            .resources
            .iter()
            .filter(|resource| action.is_on(resource.name))
            .flat_map(|resource| resource.condition_keys);
        !action
            .condition_keys
            .iter()
            .chain(of_resources)
            .any(|name| *name == known.name)
    }

    /// `key` in small letters.
    pub(in crate::policy) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// What was set; `key` in small letters.
    pub(super) fn given(&self, key: &str) -> Option<Lookup<'_>> {
        let Some(values) = self.values.get(key) else {
            let unknown = match self.hint(key) {
                Some(_) => Lookup::present(PremiseCode::Context),
                None => Lookup::perhaps(PremiseCode::Context),
            };
            return self.unknown.contains(key).then_some(unknown);
        };
        Some(if values.is_empty() {
            Lookup::Missing
        } else {
            Lookup::Values(values)
        })
    }
}
