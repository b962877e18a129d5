//! A bucket that keeps no versions.

use crate::evidence::BucketSays;
use crate::finding::{Finding, Label};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `bucket-versioning-off`
    BucketVersioningOff,
    "bucket-versioning-off",
    Bucket,
    Low,
    "The bucket keeps no versions: what a validator overwrites is gone",
    "bucket_versioning_off.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = super::without(context, "the versioning", "get-bucket-versioning") {
        return outcome;
    }
    let bundle = context.bundle;
    let mut findings = Vec::new();
    let mut unknown = Vec::new();
    for bucket in &bundle.buckets {
        let mut told = false;
        for (says, _) in bucket.says(bundle) {
            let BucketSays::Versioning(status) = says else {
                continue;
            };
            told = true;
            if status.value == "Enabled" {
                continue;
            }
            let label = Label {
                span: status.span,
                message: "no new versions".to_owned(),
            };
            findings.push(
                Finding::builder(
                    meta.id,
                    meta.severity,
                    bucket.subject(),
                    format!("versioning of the bucket is {}", short(&status.value)),
                    label,
                )
                .consequence(
                    "a checkpoint that is written again replaces the first one: where a validator signed two roots for one \
                     index, the evidence of it is gone",
                )
                .remedy("aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled")
                .content(&status.value),
            );
        }
        if !told {
            unknown.push(bucket.subject());
        }
    }
    if findings.is_empty() && !unknown.is_empty() {
        return Outcome::NotEvaluated(format!(
            "the versioning of {} is not in the evidence: aws s3api get-bucket-versioning --bucket NAME, which prints nothing \
             for a bucket that never kept versions",
            crate::rules::claimed::some_of(&unknown, 4)
        ));
    }
    Outcome::of(findings, "S3 says that the bucket keeps versions")
}
