//! A bucket that relayers cannot read.

use super::ask::{Asked, Public, published};
use crate::evidence::Bucket;
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::claimed::some_of;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `bucket-public-read-missing`
    BucketPublicReadMissing,
    "bucket-public-read-missing",
    Bucket,
    Medium,
    "Relayers cannot read what the validator publishes, or cannot tell that an object is missing",
    "bucket_public_read_missing.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = super::without(context, "the policy", "get-bucket-policy") {
        return outcome;
    }
    let mut findings = Vec::new();
    let mut seen = false;
    for bucket in &context.bundle.buckets {
        for policy in bucket.policies(context.bundle) {
            seen = true;
            let asked = Asked::new(bucket, policy, context.as_of);
            findings.extend(finding(meta, context, bucket, &asked));
        }
    }
    findings.dedup_by(|a, b| a.fingerprint == b.fingerprint);
    if !seen {
        return Outcome::NotEvaluated(
            "no policy of the bucket is in the evidence: aws s3api get-bucket-policy --bucket NAME"
                .to_owned(),
        );
    }
    Outcome::of(
        findings,
        "the bucket policies let everybody read what validators publish, and list the bucket",
    )
}

fn finding(
    meta: &'static Meta,
    context: &Context<'_>,
    bucket: &Bucket,
    asked: &Asked<'_>,
) -> Option<Finding> {
    let configured = super::folders(context.bundle, bucket);
    // Where no agent says which folder is its own, one that can be read is enough.
    let is_known = !configured.is_empty();
    let folders = if is_known { configured } else { asked.folders() };
    let read_of = |folder: &str| {
        let all = published(folder).map(|object| asked.public("s3:GetObject", Some(&object)).0);
        all.min().unwrap_or(Public::No)
    };
    let reads: Vec<(String, Public)> = folders
        .iter()
        .map(|folder| (folder.clone(), read_of(folder)))
        .collect();
    let read = if is_known {
        reads.iter().map(|(_, read)| *read).min()
    } else {
        reads.iter().map(|(_, read)| *read).max()
    }
    .unwrap_or(Public::No);
    let list = asked.public("s3:ListBucket", None).0;
    // A relayer asks plainly: it chooses no header that a condition may want.
    let lacks = |public: Public| public != Public::Yes;
    let mut missing = Vec::new();
    if lacks(read) {
        missing.push("s3:GetObject".to_owned());
    }
    if lacks(list) {
        missing.push("s3:ListBucket".to_owned());
    }
    if missing.is_empty() {
        return None;
    }
    let is_limited = |public: Public| matches!(public, Public::Limited | Public::Chosen);
    let severity = match (read, list) {
        (Public::No, _) => meta.severity,
        _ => Severity::Low,
    };
    let unsure = (lacks(read) && is_limited(read)) || (lacks(list) && !lacks(read));
    let label = Label {
        span: asked.whole(),
        message: "the policy".to_owned(),
    };
    let of = if is_known && lacks(read) {
        let names: Vec<String> = reads
            .iter()
            .filter(|(_, read)| lacks(*read))
            .map(|(folder, _)| {
                if folder.is_empty() {
                    "the bucket's root".to_owned()
                } else {
                    folder.clone()
                }
            })
            .collect();
        format!(" (of {})", some_of(&names, 4))
    } else {
        String::new()
    };
    let how = if is_limited(read) || (!lacks(read) && is_limited(list)) {
        "lets everybody do so under a condition only"
    } else {
        "does not let everybody do so"
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        bucket.subject(),
        format!("relayers need {}{of}, and the bucket policy {how}", missing.join(" and ")),
        label,
    )
    .confidence(if unsure { Confidence::Medium } else { Confidence::High })
    .remedy(
        "Let everybody read: a statement with Effect Allow, Principal \"*\", Action s3:GetObject and s3:ListBucket, Resource \
         the bucket and the bucket with /*.",
    )
    .note("Access control lists, which may let the public read as well, are not in the evidence.");
    if lacks(read) {
        finding = finding.consequence(
            "relayers read checkpoints and announcements without credentials: they miss this validator's signatures, and \
             where its set needs them, messages wait",
        );
    }
    if lacks(list) {
        finding = finding.consequence(
            "S3 answers 403 and not NoSuchKey for an object that is not there: agents take that for an error, and a validator \
             asks again before it writes a new checkpoint",
        );
    }
    Some(finding.content(&format!("{}\n{:?}\n{:?}", missing.join("\n"), read, list)))
}
