//! What the rules on single statements share: the statements of a key's policies one after the other, with what is known
//! of the key, and the frame of their findings.

use std::ops::Range;

use super::{no_policy, policies, put_in_force, statement_content, statement_span, undecided};
use crate::arn::Arn;
use crate::evidence::redacted::Masked;
use crate::evidence::{Bundle, Data, Field, Key, Place, PolicyExport, Trouble};
use crate::finding::{Builder, Finding, Label, Severity};
use crate::policy::evaluate::KeyMetadata;
use crate::policy::{Effect, Statement};
use crate::rules::common::{at_most_per_file, key_argument};
use crate::rules::{Context, Meta, Outcome};
use crate::source::Span;

/// One statement, and what is known of the key.
pub(super) struct Case<'b> {
    pub(super) meta: &'static Meta,
    pub(super) key: &'b Key,
    pub(super) policy: &'b PolicyExport,
    pub(super) statement: &'b Statement,
    pub(super) index: usize,
    pub(super) metadata: &'b KeyMetadata,
    /// Places in the document whose values are masked: nothing is known of them.
    masked: &'b [Range<usize>],
}

impl Case<'_> {
    /// The statement's `Sid`, or its number.
    pub(super) fn name(&self) -> String {
        self.statement.name(self.index)
    }

    /// `allows` or `denies`, for a sentence on what the statement says.
    pub(super) fn verb(&self) -> &'static str {
        match self.statement.effect {
            Some(Effect::Deny) => "denies",
            _ => "allows",
        }
    }

    /// True for a Deny.
    pub(super) fn denies(&self) -> bool {
        self.statement.effect == Some(Effect::Deny)
    }

    /// The partition of the key, where it is known.
    pub(super) fn partition(&self) -> Option<&str> {
        Some(Arn::parse(self.key.arn.as_deref()?)?.partition)
    }

    /// True where a part of the place is masked.
    pub(super) fn is_masked(&self, place: &Range<usize>) -> bool {
        self.masked
            .iter()
            .any(|masked| masked.start < place.end && place.start < masked.end)
    }

    /// A place of the document.
    pub(super) fn span(&self, place: &Range<usize>) -> Span {
        Span::new(self.policy.source, place.clone())
    }

    /// Starts a finding at a place of the statement.
    pub(super) fn finding(
        &self,
        severity: Severity,
        message: impl Into<String>,
        place: &Range<usize>,
        label: impl Into<String>,
    ) -> Builder {
        let primary = Label {
            span: self.span(place),
            message: label.into(),
        };
        let builder = Finding::builder(self.meta.id, severity, self.key.subject(), message, primary);
        if *place == self.statement.span {
            return builder;
        }
        builder.related(statement_span(self.policy, self.statement), "the statement")
    }

    /// A change of the policy and how it comes into force, for a remedy.
    pub(super) fn change(&self, change: &str) -> String {
        let by_hand = format!(
            ", and put the policy back: aws kms put-key-policy {} --policy-name default --policy file://key-policy.json.",
            key_argument(self.key)
        );
        put_in_force(self.policy, change, &by_hand)
    }

    /// What a finding on the statement is about: the statement, and in it this.
    pub(super) fn content(&self, what: &str) -> String {
        format!("{}\n{what}", statement_content(self.policy, self.index))
    }

    /// The severity of a statement that does nothing: an Allow that allows nothing, or a Deny that protects from nothing.
    pub(super) fn if_dead(&self) -> Severity {
        if self.denies() {
            Severity::High
        } else {
            Severity::Medium
        }
    }
}

/// Judges the statements of a key's policies, one after the other; `pass` is the sentence that proves that none is at
/// fault. A statement that only deployment gives is left out, and no finding beside it is no pass.
pub(super) fn each(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    pass: &str,
    judge: impl Fn(&Case<'_>) -> Vec<Finding>,
) -> Outcome {
    let bundle = context.bundle;
    let policies = policies(bundle, key);
    if policies.is_empty() {
        return no_policy(bundle, key);
    }
    let metadata = metadata(bundle, key);
    let mut findings = Vec::new();
    for policy in &policies {
        let masked = masked(bundle, key, policy);
        for (index, statement) in policy.document.statements.iter().enumerate() {
            findings.extend(judge(&Case {
                meta,
                key,
                policy,
                statement,
                index,
                metadata: &metadata,
                masked: &masked,
            }));
        }
    }
    if findings.is_empty()
        && let Some(outcome) = undecided(bundle, &policies)
    {
        return outcome;
    }
    Outcome::of(at_most_per_file(bundle, meta, findings), pass)
}

/// What the evidence says of the key: metadata, what stands beside the public key, and the public key itself. Where two
/// say different things, nothing.
pub(super) fn metadata(bundle: &Bundle, key: &Key) -> KeyMetadata {
    let mut spec = Said::default();
    let mut usage = Said::default();
    let mut origin = Said::default();
    let mut multi_region: Said<bool> = Said::default();
    for (artefact, _) in bundle.of_key(key) {
        match &artefact.data {
            Data::Metadata(own) => {
                spec.place(&own.key_spec);
                usage.place(&own.key_usage);
                origin.place(&own.origin);
                multi_region.field(own.multi_region.as_ref());
            }
            Data::PublicKey(own) => {
                spec.place(&own.key_spec);
                usage.place(&own.key_usage);
            }
            _ => {}
        }
    }
    if key.public_key.is_some() {
        // A key on this curve can do nothing but sign.
        spec.add("ECC_SECG_P256K1".to_owned());
        usage.add("SIGN_VERIFY".to_owned());
    }
    if let Some(id) = &key.id {
        // Ids of multi-Region keys, and no others, begin so.
        multi_region.add(id.starts_with("mrk-"));
    }
    KeyMetadata {
        key_spec: spec.one(),
        key_usage: usage.one(),
        origin: origin.one(),
        multi_region: multi_region.one(),
        multi_region_key_type: None,
    }
}

/// What several places say of one thing.
struct Said<T>(Vec<T>);

impl<T> Default for Said<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq + Clone> Said<T> {
    fn add(&mut self, value: T) {
        if !self.0.contains(&value) {
            self.0.push(value);
        }
    }

    fn field(&mut self, field: Option<&Field<T>>) {
        if let Some(field) = field {
            self.add(field.value.clone());
        }
    }

    fn one(self) -> Option<T> {
        match <[T; 1]>::try_from(self.0) {
            Ok([one]) => Some(one),
            Err(_) => None,
        }
    }
}

impl Said<String> {
    fn place(&mut self, place: &Place) {
        self.field(place.as_ref());
    }
}

/// The masked places of a policy's document.
fn masked(bundle: &Bundle, key: &Key, policy: &PolicyExport) -> Vec<Range<usize>> {
    let own = |data: &Data| matches!(data, Data::Policy(export) if std::ptr::eq(export, policy));
    let artefact = bundle.of_key(key).find(|(artefact, _)| own(&artefact.data));
    let troubles = artefact.into_iter().flat_map(|(artefact, _)| &artefact.troubles);
    troubles
        .filter_map(|trouble| match trouble {
            Trouble::Redacted { span, masked, .. }
                // A wrong number of digits can be read: it is no account's.
                if span.source == policy.source && *masked == Masked::Placeholder =>
            {
                Some(span.start..span.end)
            }
            _ => None,
        })
        .collect()
}

/// Some names in words: `a, b and 3 more`.
pub(super) fn listed<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(most)
        .map(|name| crate::rules::common::short(name.as_ref()))
        .collect();
    if names.len() > most {
        shown.push(format!("{} more", names.len().saturating_sub(most)));
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => shown.concat(),
    }
}
