//! A public access block that keeps relayers out.

use crate::finding::{Finding, Label, Severity};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `bucket-public-access-blocked`
    BucketPublicAccessBlocked,
    "bucket-public-access-blocked",
    Bucket,
    Medium,
    "The bucket's public access block keeps relayers from reading it, whatever its policy says",
    "bucket_public_access_blocked.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = super::without(context, "the public access block", "get-public-access-block") {
        return outcome;
    }
    let bundle = context.bundle;
    let mut findings = Vec::new();
    let mut unknown = Vec::new();
    for bucket in &bundle.buckets {
        let Some(block) = bucket.public_access(bundle) else {
            unknown.push(bucket.subject());
            continue;
        };
        let on = |field: &Option<crate::evidence::Field<bool>>| {
            field.as_ref().filter(|field| field.value).map(|field| field.span)
        };
        let (severity, name, span) = match (on(&block.restrict), on(&block.block_policy)) {
            (Some(span), _) => (meta.severity, "RestrictPublicBuckets", span),
            (None, Some(span)) => (Severity::Info, "BlockPublicPolicy", span),
            (None, None) => continue,
        };
        let label = Label {
            span,
            message: "on".to_owned(),
        };
        let is_restricted = name == "RestrictPublicBuckets";
        let message = if is_restricted {
            "RestrictPublicBuckets is on: a policy that lets everybody read lets in only the owner's account and AWS services"
        } else {
            "BlockPublicPolicy is on: a policy that lets everybody read cannot be put again, once it is changed or removed"
        };
        findings.push(
            Finding::builder(meta.id, severity, bucket.subject(), message, label)
                .consequence(if is_restricted {
                    "relayers, which read without credentials, get 403 for every object: they miss this validator's signatures"
                } else {
                    "the next one who edits the policy is refused, or takes public reading away to be let"
                })
                .remedy(
                    "Turn BlockPublicPolicy and RestrictPublicBuckets off for this bucket (aws s3api put-public-access-block); \
                     leave BlockPublicAcls and IgnorePublicAcls on. Keep nothing else in it.",
                )
                .content(name),
        );
    }
    if findings.is_empty() && !unknown.is_empty() {
        return Outcome::NotEvaluated(format!(
            "the public access block of {} is not in the evidence: aws s3api get-public-access-block --bucket NAME",
            crate::rules::claimed::some_of(&unknown, 4)
        ));
    }
    Outcome::of(
        findings,
        "the bucket's own public access block lets a policy let everybody read; that of the account is not in the evidence",
    )
}
