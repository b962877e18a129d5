//! Rules on sample signatures.

pub mod high_s_signature;
pub mod malformed_signature;
pub mod raw_message_type;
pub mod reused_nonce;
pub mod signature_by_another_key;
pub mod signature_not_verified;
pub mod signature_of_two_keys;
pub mod verification_disagreement;
pub mod wrong_recovery_value;

use crate::evidence::{Bundle, Key, Sample, SampleOutcome};
use crate::finding::{Builder, Finding, Label};
use crate::rules::common::at_most_per_file;
use crate::rules::{Context, Meta, Outcome};
use crate::signature::diagnose::Code;

/// The samples that are judged: those of keys in scope, and those of no key.
fn samples(bundle: &Bundle) -> impl Iterator<Item = &Sample> {
    bundle.samples.iter().filter(|sample| {
        sample
            .key
            .and_then(|key| bundle.keys.get(key))
            .is_none_or(|key| key.scope.is_some())
    })
}

/// The key that a sample is of, else the address, else the file.
fn subject(bundle: &Bundle, sample: &Sample) -> String {
    sample
        .key
        .and_then(|key| bundle.keys.get(key))
        .map(Key::subject)
        .or_else(|| {
            sample
                .address
                .as_ref()
                .map(|address| format!("address {address}"))
        })
        .unwrap_or_else(|| "a signature of nobody".to_owned())
}

/// r and s, for a finding's fingerprint.
fn content(sample: &Sample) -> String {
    sample.signature().map_or_else(String::new, |signature| {
        crate::encoding::hex::encode(&signature.rs())
    })
}

/// A finding on a sample, at its signature.
fn finding(meta: &'static Meta, bundle: &Bundle, sample: &Sample, message: String, label: &str) -> Builder {
    let label = Label {
        span: sample.span,
        message: label.to_owned(),
    };
    Finding::builder(meta.id, meta.severity, subject(bundle, sample), message, label)
}

/// The first explanation with a code.
fn explained(sample: &Sample, code: Code) -> Option<&str> {
    sample
        .explanations
        .iter()
        .find(|explanation| explanation.code == code)
        .map(|explanation| explanation.message.as_str())
}

/// What a rule says of samples: findings, a pass over those with a verdict, or that there is none.
fn outcome(context: &Context<'_>, meta: &'static Meta, findings: Vec<Finding>, proof: &str) -> Outcome {
    let bundle = context.bundle;
    if findings.is_empty() {
        let judged = samples(bundle)
            .filter(|sample| !matches!(sample.outcome, SampleOutcome::NotEvaluated(_)))
            .count();
        let all = samples(bundle).count();
        if all == 0 {
            return Outcome::NotEvaluated("the evidence has no signature of a key".to_owned());
        }
        if judged == 0 {
            return Outcome::NotEvaluated(
                "nothing tells what the signatures in the evidence signed".to_owned(),
            );
        }
        return Outcome::Pass(format!("{proof} ({judged} of {all} judged)"));
    }
    Outcome::Findings(at_most_per_file(bundle, meta, findings))
}

/// Declares a rule that looks at each sample alone: the function gives a finding, or none.
macro_rules! sample_rule {
    ($(#[$doc:meta])* $name:ident, $id:literal, $severity:ident, $title:literal, $page:literal, $proof:literal, $one:path) => {
        $crate::rules::evidence_rule!($(#[$doc])* $name, $id, Signature, $severity, $title, $page, judge);

        fn judge(meta: &'static $crate::rules::Meta, context: &$crate::rules::Context<'_>) -> $crate::rules::Outcome {
            let findings = super::samples(context.bundle)
                .filter_map(|sample| $one(meta, context.bundle, sample))
                .collect();
            super::outcome(context, meta, findings, $proof)
        }
    };
}

use sample_rule;
