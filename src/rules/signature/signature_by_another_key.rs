//! A sample signature that another key of the evidence made.

use super::{content, explained, finding, sample_rule};
use crate::evidence::{Bundle, Sample};
use crate::finding::Finding;
use crate::rules::Meta;
use crate::signature::diagnose::Code;

sample_rule!(
    /// `signature-by-another-key`
    SignatureByAnotherKey,
    "signature-by-another-key",
    High,
    "A sample signature was made by another key than the one that it names",
    "signature_by_another_key.md",
    "no signature is that of another key of the evidence",
    one
);

fn one(meta: &'static Meta, bundle: &Bundle, sample: &Sample) -> Option<Finding> {
    let why = explained(sample, Code::AnotherKey)?;
    Some(
        finding(meta, bundle, sample, why.to_owned(), "made by another key")
            .consequence(
                "whoever configured the signer took one key for another: what it signs is attributed to the wrong address",
            )
            .remedy(
                "Find out which key the signer really uses (alias, configuration), then correct the configuration or the \
                 claim, and ask for a signature again.",
            )
            .content(&content(sample)),
    )
}
