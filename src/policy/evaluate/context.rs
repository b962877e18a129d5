//! The condition context of a request.
//!
//! Source: IAM User Guide, "AWS global condition context keys"; KMS developer guide, "Condition keys for AWS KMS".

use std::collections::BTreeMap;

use super::outcome::PremiseCode;

/// What a request carries under one key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lookup<'a> {
    /// These values, at least one.
    Values(&'a [String]),
    /// Nothing.
    Missing,
    /// It is not known.
    Unknown(PremiseCode),
}

/// Condition keys and their values (IAM User Guide, "The request context").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
    unknown: BTreeMap<String, PremiseCode>,
    /// True where keys that are not named may be in the request as well.
    incomplete: bool,
    /// Partition, account and name of the caller's role, where its path, which `aws:PrincipalArn` has, is not known.
    pub(super) pathless: Option<(String, String)>,
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

    /// Adds what is known of every such request; what was set stays.
    pub(super) fn derive(&mut self, key: &str, value: impl Into<String>) {
        self.values
            .entry(key.to_ascii_lowercase())
            .or_insert_with(|| vec![value.into()]);
    }

    /// Says that the request carries a key whose value is not known, unless it was set.
    pub(super) fn derive_unknown(&mut self, key: &str, code: PremiseCode) {
        self.unknown.insert(key.to_ascii_lowercase(), code);
    }

    pub(in crate::policy) fn has(&self, key: &str) -> bool {
        self.values.contains_key(&key.to_ascii_lowercase())
    }

    /// `key` in small letters.
    pub(super) fn get(&self, key: &str) -> Lookup<'_> {
        match self.values.get(key) {
            Some(values) if values.is_empty() => Lookup::Missing,
            Some(values) => Lookup::Values(values),
            None => match self.unknown.get(key) {
                Some(code) => Lookup::Unknown(*code),
                None if self.incomplete => Lookup::Unknown(PremiseCode::Context),
                None => Lookup::Missing,
            },
        }
    }
}
