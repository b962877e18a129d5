//! The sample signatures, as rows of the report.

use super::VerifyDiagnosis;
use super::report::{SampleVerdict, SignatureRow};
use crate::encoding::hex;
use crate::evidence::{Bundle, Key, Sample, SampleOutcome};
use crate::source::Untrusted;

/// Every sample of a key in scope, or of no key; those of keys out of scope are listed nowhere.
pub(super) fn rows(bundle: &Bundle) -> Vec<SignatureRow> {
    bundle
        .samples
        .iter()
        .filter_map(|sample| {
            let key = sample.key.and_then(|key| bundle.keys.get(key));
            if key.is_some_and(|key| key.scope.is_none()) {
                return None;
            }
            Some(row(bundle, sample, key))
        })
        .collect()
}

fn row(bundle: &Bundle, sample: &Sample, key: Option<&Key>) -> SignatureRow {
    let place = bundle.sources.place(sample.span);
    let subject = key
        .map(Key::subject)
        .or_else(|| sample.address.clone())
        .unwrap_or_else(|| format!("file {}", place.path));
    SignatureRow {
        subject,
        source: format!("{}:{}:{}", place.path, place.start.line, place.start.column),
        verdict: match &sample.outcome {
            SampleOutcome::Verified => SampleVerdict::Verified,
            SampleOutcome::NotVerified => SampleVerdict::NotVerified,
            SampleOutcome::OfAStranger => SampleVerdict::OfAStranger,
            SampleOutcome::NotEvaluated(_) => SampleVerdict::NotEvaluated,
            SampleOutcome::Broken(..) => SampleVerdict::Broken,
        },
        reason: reason(sample),
        recovered: sample.signer.map(|signer| signer.to_checksum(None)),
        encoding: sample.reading.map(|reading| reading.encoding.id().to_owned()),
        message_scheme: sample.scheme.map(str::to_owned),
        digest: sample.digest.map(|digest| format!("0x{}", hex::encode(&digest))),
        low_s: sample.signature().map(crate::signature::Signature::is_low_s),
        diagnosis: sample
            .explanations
            .iter()
            .map(|explanation| VerifyDiagnosis {
                code: explanation.code.id().to_owned(),
                message: explanation.message.clone(),
            })
            .collect(),
    }
}

/// What the verdict rests on.
fn reason(sample: &Sample) -> String {
    let over = sample
        .over
        .as_ref()
        .map_or_else(String::new, |over| format!(" over {}", Untrusted(over)));
    let scheme = sample.scheme.unwrap_or("no scheme");
    match &sample.outcome {
        SampleOutcome::Verified => {
            let second = if crate::key::cross_check::AVAILABLE {
                "k256 and libsecp256k1"
            } else {
                "k256 alone (built without cross-check)"
            };
            let high = match (
                sample.signature().is_some_and(|one| !one.is_low_s()),
                sample.of_kms,
            ) {
                (true, true) => "; its s is high, as half of those of KMS: a chain takes n - s",
                (true, false) => "; its s is high: no chain takes it as it is",
                _ => "",
            };
            format!("{scheme}{over}, by {second}{high}")
        }
        SampleOutcome::NotVerified => sample.explanations.first().map_or_else(
            || format!("{scheme}{over}; none of the known mistakes explains it"),
            |explanation| explanation.message.clone(),
        ),
        SampleOutcome::OfAStranger => {
            let signer = sample.signer.map_or_else(
                || "one of two addresses".to_owned(),
                |signer| signer.to_checksum(None),
            );
            format!("{scheme}; recovered to {signer}, which is no key and no claim here: it proves nothing")
        }
        SampleOutcome::NotEvaluated(why) => why.clone(),
        SampleOutcome::Broken(code, message) => format!("{message} ({code})"),
    }
}
