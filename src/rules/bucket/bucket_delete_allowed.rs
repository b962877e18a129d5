//! Who may delete what a validator published.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Asked;
use crate::evidence::Bucket;
use crate::finding::{Finding, Label, Severity};
use crate::policy::evaluate::Caller;
use crate::rules::claimed::some_of;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `bucket-delete-allowed`
    BucketDeleteAllowed,
    "bucket-delete-allowed",
    Bucket,
    Info,
    "The bucket policy lets somebody delete what the validator published, which no agent does",
    "bucket_delete_allowed.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    super::each_policy(
        context,
        |bucket, asked| finding(meta, context, bucket, asked),
        "the bucket policies let nobody whom they name delete objects; what IAM lets one do is another question",
    )
}

fn finding(
    meta: &'static Meta,
    context: &Context<'_>,
    bucket: &Bucket,
    asked: &Asked<'_>,
) -> (Option<Finding>, bool) {
    let (objects, more) = asked.objects(context.bundle, bucket);
    let (callers, more_callers) = asked.callers();
    let found = found(meta, bucket, asked, &objects, &callers);
    (found, more || more_callers)
}

fn found(
    meta: &'static Meta,
    bucket: &Bucket,
    asked: &Asked<'_>,
    objects: &BTreeSet<String>,
    callers: &BTreeMap<String, Caller>,
) -> Option<Finding> {
    let mut who = Vec::new();
    let mut versions = false;
    let mut first = None;
    for (name, caller) in callers {
        let of = |action: &str| {
            objects
                .iter()
                .find_map(|object| asked.named(caller, action, Some(object)))
        };
        let plain = of("s3:DeleteObject");
        let of_version = of("s3:DeleteObjectVersion");
        versions = versions || of_version.is_some();
        if let Some(decision) = of_version.or(plain) {
            who.push(short(name));
            first = first.or_else(|| asked.ground(&decision));
        }
    }
    let (span, statement, text) = first?;
    let label = Label {
        span,
        message: "lets it".to_owned(),
    };
    let (severity, what) = if versions {
        (Severity::Low, "delete objects and their versions")
    } else {
        (meta.severity, "delete objects")
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        bucket.subject(),
        format!("{} may {what} ({})", some_of(&who, 4), short(&statement)),
        label,
    )
    .consequence(
        "whoever has the agent's credentials removes checkpoints that relayers need, or one that shows what the validator \
         signed",
    )
    .note("Hyperlane's own instructions allow s3:DeleteObject; the agent only puts objects.")
    .remedy("Take s3:DeleteObject from the statement, and keep versions of the objects.");
    if versions {
        finding =
            finding.consequence("deleted versions cannot be brought back: what was overwritten is gone too");
    }
    Some(finding.content(&text))
}
