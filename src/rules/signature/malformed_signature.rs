//! A sample whose signature, key or message is broken in its form.

use super::{finding, sample_rule};
use crate::evidence::{Bundle, Sample, SampleOutcome};
use crate::finding::Finding;
use crate::rules::Meta;

sample_rule!(
    /// `malformed-signature`
    MalformedSignature,
    "malformed-signature",
    Medium,
    "A sample signature is broken in its form, so that it has no verdict",
    "malformed_signature.md",
    "every sample signature is well formed",
    one
);

fn one(meta: &'static Meta, bundle: &Bundle, sample: &Sample) -> Option<Finding> {
    let SampleOutcome::Broken(code, message) = &sample.outcome else {
        return None;
    };
    let text = bundle.sources.snippet(sample.span).unwrap_or_default();
    Some(
        finding(
            meta,
            bundle,
            sample,
            format!("the sample cannot be judged: {message} ({code})"),
            "broken",
        )
        .consequence("possession of the key is not shown by it")
        .remedy("Export the signature again, unchanged, and the exact bytes that were signed.")
        .content(text),
    )
}
