//! Two signatures with the same r: the private key can be computed from them.

use std::collections::BTreeMap;

use super::{finding, outcome, samples};
use crate::encoding::hex;
use crate::evidence::{Bundle, Sample, SampleOutcome};
use crate::finding::{Confidence, Finding, Severity};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `reused-nonce`
    ReusedNonce,
    "reused-nonce",
    Signature,
    Critical,
    "Two signatures have the same r over different digests: the private key is exposed",
    "reused_nonce.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let mut by_r: BTreeMap<[u8; 32], Vec<&Sample>> = BTreeMap::new();
    for sample in samples(bundle) {
        // A signature that is not verified may be anybody's invention; that of KMS is at least said to be the key's.
        let counts = match sample.outcome {
            SampleOutcome::Verified => true,
            // 64 bytes of nobody have two readings with one r and two s.
            SampleOutcome::OfAStranger => sample
                .reading
                .is_some_and(|reading| reading.encoding.id() != "eip2098"),
            SampleOutcome::NotVerified | SampleOutcome::NotEvaluated(_) => sample.of_kms,
            SampleOutcome::Broken(..) => false,
        };
        if let Some(signature) = sample.signature().filter(|_| counts) {
            by_r.entry(*signature.r()).or_default().push(sample);
        }
    }
    let findings: Vec<Finding> = by_r
        .values()
        .filter_map(|same| pair(same).and_then(|(first, second)| exposed(meta, bundle, first, second)))
        .collect();
    outcome(
        context,
        meta,
        findings,
        "no two signatures have the same r over different digests",
    )
}

/// Two that differ in more than the sign of s: with one nonce, s differs as soon as the digest or the key does.
fn pair<'s>(same: &[&'s Sample]) -> Option<(&'s Sample, &'s Sample)> {
    let (first, rest) = same.split_first()?;
    let low = |sample: &Sample| sample.signature().map(|signature| *signature.normalised().s());
    rest.iter()
        .find(|other| low(other) != low(first))
        .map(|second| (*first, *second))
}

/// The place of a sample, for a message.
fn place(bundle: &Bundle, sample: &Sample) -> String {
    let place = bundle.sources.place(sample.span);
    format!("{}:{}", place.path, place.start.line)
}

fn exposed(meta: &'static Meta, bundle: &Bundle, first: &Sample, second: &Sample) -> Option<Finding> {
    let r = hex::encode(first.signature()?.r());
    let is_one_key = match (first.key, second.key) {
        (Some(one), Some(other)) => one == other,
        _ => first.signer.is_some() && first.signer == second.signer,
    };
    let sure = [first, second].iter().all(|sample| {
        matches!(
            sample.outcome,
            SampleOutcome::Verified | SampleOutcome::OfAStranger
        )
    });
    let message = if is_one_key {
        format!(
            "two signatures of the key have the same r (0x{r}) and sign different digests: the nonce was used twice, and \
             whoever has both can compute the private key"
        )
    } else {
        format!(
            "two signatures of different keys have the same r (0x{r}): they share a nonce, and whoever has one of the \
             keys can compute the other"
        )
    };
    let mut built = finding(meta, bundle, first, message, "the same r");
    if !sure {
        built = built.confidence(Confidence::Medium).note(
            "what was signed is not in the evidence: that the signatures are the key's is what the export says",
        );
    }
    let mut found = built
        .related(second.span, "here again")
        .note(format!("the other signature stands at {}", place(bundle, second)))
        .consequence("everything that the key signs from now on may be forged; its funds and its seat are anybody's")
        .remedy(
            "Stop using the key now: move its funds and its role to a new key. A signer inside KMS never does this: find out \
             which program made these signatures, and where it has the private key from.",
        )
        .content(&r);
    if !is_one_key {
        found.severity = Severity::High;
    }
    Some(found)
}
