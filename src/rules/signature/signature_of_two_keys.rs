//! One signature that is attributed to two keys.

use std::collections::BTreeMap;

use super::{finding, outcome, samples, subject};
use crate::encoding::hex;
use crate::evidence::{Bundle, Sample};
use crate::finding::Finding;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `signature-of-two-keys`
    SignatureOfTwoKeys,
    "signature-of-two-keys",
    Signature,
    High,
    "One and the same signature is attributed to two keys",
    "signature_of_two_keys.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let mut same: BTreeMap<[u8; 64], Vec<&Sample>> = BTreeMap::new();
    for sample in samples(bundle).filter(|sample| sample.key.is_some() || sample.address.is_some()) {
        if let Some(signature) = sample.signature() {
            same.entry(signature.normalised().rs()).or_default().push(sample);
        }
    }
    let findings: Vec<Finding> = same
        .iter()
        .filter_map(|(rs, samples)| shared(meta, bundle, rs, samples))
        .collect();
    outcome(context, meta, findings, "no signature is attributed to two keys")
}

fn shared(meta: &'static Meta, bundle: &Bundle, rs: &[u8; 64], samples: &[&Sample]) -> Option<Finding> {
    let (first, rest) = samples.split_first()?;
    let own = subject(bundle, first);
    let second = rest.iter().find(|other| subject(bundle, other) != own)?;
    let other = subject(bundle, second);
    Some(
        finding(
            meta,
            bundle,
            first,
            format!("the same signature is given for {own} and for {other}: it can be of one of them only"),
            "given here",
        )
        .related(second.span, "and here for another key")
        .consequence("possession of one of the two keys is claimed with a signature that was copied")
        .remedy("Ask for a signature of each key over a challenge of its own (kms-audit challenge new).")
        .content(&format!("{other}\n{}", hex::encode(rs))),
    )
}
