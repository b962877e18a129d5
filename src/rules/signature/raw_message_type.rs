//! A digest that KMS hashed again.

use super::{content, explained, finding, sample_rule};
use crate::evidence::{Bundle, Sample};
use crate::finding::Finding;
use crate::rules::Meta;
use crate::signature::diagnose::Code;

sample_rule!(
    /// `raw-message-type`
    RawMessageType,
    "raw-message-type",
    Medium,
    "A signature is over SHA-256 of the digest: MessageType RAW was used instead of DIGEST",
    "raw_message_type.md",
    "no signature is over SHA-256 of its digest",
    one
);

fn one(meta: &'static Meta, bundle: &Bundle, sample: &Sample) -> Option<Finding> {
    let why = explained(sample, Code::Sha256OfDigest)?;
    Some(
        finding(meta, bundle, sample, why.to_owned(), "SHA-256 of the digest was signed")
            .consequence("no contract and no agent accepts it: it verifies over another digest than theirs")
            .remedy(
                "Call Sign with MessageType DIGEST (aws kms sign --message-type DIGEST); RAW is the default, and hashes what \
                 it is given.",
            )
            .content(&content(sample)),
    )
}
