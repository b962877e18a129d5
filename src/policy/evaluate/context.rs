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
    unknown: BTreeMap<String, PremiseCode>,
    /// Of keys that are there and whose value is not known.
    hints: BTreeMap<String, Hint>,
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

    /// Says that the request may carry a key, whose value is not known: it is not derived either.
    pub(in crate::policy) fn set_unknown(&mut self, key: &str) {
        self.unknown
            .insert(key.to_ascii_lowercase(), PremiseCode::Context);
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

    /// Adds what is known of every such request; what was set stays.
    pub(super) fn derive(&mut self, key: &str, value: impl Into<String>) {
        let key = key.to_ascii_lowercase();
        if !self.unknown.contains_key(&key) {
            self.values.entry(key).or_insert_with(|| vec![value.into()]);
        }
    }

    /// Says that the request carries a key whose value is not known, unless it was set.
    pub(super) fn derive_unknown(&mut self, key: &str, code: PremiseCode) {
        self.unknown.insert(key.to_ascii_lowercase(), code);
    }

    pub(super) fn has(&self, key: &str) -> bool {
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
