//! A sample signature that is not the claimed key's, for no known reason or for one that has no rule of its own.

use super::{content, finding, sample_rule};
use crate::evidence::{Bundle, Sample, SampleOutcome};
use crate::finding::Finding;
use crate::rules::Meta;
use crate::signature::diagnose::Code;

sample_rule!(
    /// `signature-not-verified`
    SignatureNotVerified,
    "signature-not-verified",
    Medium,
    "A sample signature is not that of the key or address that it names",
    "signature_not_verified.md",
    "every sample signature that can be judged is that of its key, or another rule says why not",
    one
);

/// Mistakes that have rules of their own.
const ELSEWHERE: [Code; 3] = [Code::AnotherKey, Code::Sha256OfDigest, Code::WrongV];

fn one(meta: &'static Meta, bundle: &Bundle, sample: &Sample) -> Option<Finding> {
    let is_elsewhere = sample
        .explanations
        .iter()
        .any(|explanation| ELSEWHERE.contains(&explanation.code));
    if sample.outcome != SampleOutcome::NotVerified || is_elsewhere {
        return None;
    }
    let scheme = sample.scheme.unwrap_or("its scheme");
    let why = match sample.explanations.first() {
        Some(explanation) => explanation.message.clone(),
        None => match sample.signer {
            Some(signer) => format!(
                "it is that of {}, and none of the known mistakes explains it",
                signer.to_checksum(None)
            ),
            None => "none of the known mistakes explains it".to_owned(),
        },
    };
    let mut built = finding(
        meta,
        bundle,
        sample,
        format!("the signature does not verify over what it is said to sign ({scheme}): {why}"),
        "not verified",
    )
    .consequence("possession of the key is not shown by it")
    .remedy(
        "Ask for the signature again, with the exact bytes that were signed and the exact command; or correct what the \
         sample says of message, scheme and signer.",
    );
    for explanation in sample.explanations.iter().skip(1) {
        built = built.note(format!("or: {}", explanation.message));
    }
    Some(built.content(&content(sample)))
}
