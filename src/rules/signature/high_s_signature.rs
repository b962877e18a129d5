//! A signature in a form for the chain whose s the chain refuses.

use super::{content, finding, sample_rule};
use crate::evidence::{Bundle, Sample, SampleOutcome};
use crate::finding::Finding;
use crate::rules::Meta;

sample_rule!(
    /// `high-s-signature`
    HighSSignature,
    "high-s-signature",
    Medium,
    "A signature in a form for the chain has a high s, which the chain refuses",
    "high_s_signature.md",
    "no signature in a form for the chain has a high s",
    one
);

fn one(meta: &'static Meta, bundle: &Bundle, sample: &Sample) -> Option<Finding> {
    let reading = sample.reading?;
    // DER is what KMS returns, half of it with a high s: no chain takes DER, so nothing is wrong yet.
    let is_for_chain = !sample.of_kms && reading.encoding.id() != "der" && reading.encoding.id() != "compact";
    let is_high = !reading.signature.is_low_s();
    if sample.outcome != SampleOutcome::Verified || !is_for_chain || !is_high {
        return None;
    }
    Some(
        finding(
            meta,
            bundle,
            sample,
            "the signature is the key's, and its s is above (n - 1) / 2: transactions, and contracts that use \
             OpenZeppelin's ECDSA, refuse it (EIP-2)"
                .to_owned(),
            "s is high",
        )
        .consequence("about every second signature of this signer fails on chain")
        .remedy("Replace s by n - s and flip v wherever s is above (n - 1) / 2, before the signature is used.")
        .content(&content(sample)),
    )
}
