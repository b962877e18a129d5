//! Two verifications of one signature that do not give the same answer.

use super::{content, finding, sample_rule};
use crate::evidence::{Bundle, Sample};
use crate::finding::Finding;
use crate::rules::Meta;

sample_rule!(
    /// `verification-disagreement`
    VerificationDisagreement,
    "verification-disagreement",
    Critical,
    "The two verifications of a signature do not agree",
    "verification_disagreement.md",
    "k256 and libsecp256k1 give the same answers",
    one
);

fn one(meta: &'static Meta, bundle: &Bundle, sample: &Sample) -> Option<Finding> {
    sample.disagreement.then(|| {
        finding(
            meta,
            bundle,
            sample,
            "k256 and libsecp256k1 give different answers for this signature: one of them is wrong".to_owned(),
            "two answers",
        )
        .consequence("no verdict of this report on a signature may be relied on until it is known which one is wrong")
        .remedy("Please report it, with the signature, the digest and the key, and verify the signature by a third program.")
        .content(&content(sample))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Sample;
    use crate::source::{SourceMap, Span};

    #[test]
    fn a_disagreement_is_critical_and_agreement_is_silent() {
        let mut sources = SourceMap::new();
        let file = sources.add_file("sample.json", b"0x".to_vec());
        let bundle = Bundle {
            sources,
            ..Bundle::default()
        };
        let meta = crate::rules::rule_by_id("verification-disagreement")
            .unwrap()
            .meta();
        let mut sample = Sample::new(0, Span::new(file, 0..2));
        assert_eq!(one(meta, &bundle, &sample), None);
        sample.disagreement = true;
        let found = one(meta, &bundle, &sample).unwrap();
        assert_eq!(found.severity, crate::finding::Severity::Critical);
    }
}
