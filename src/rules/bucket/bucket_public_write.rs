//! A bucket that everybody may write to.

use std::collections::BTreeSet;

use super::ask::{Asked, Public, condition_words};
use crate::evidence::Bucket;
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::claimed::some_of;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `bucket-public-write`
    BucketPublicWrite,
    "bucket-public-write",
    Bucket,
    Critical,
    "Everybody may write, delete or change who may do so in a validator's bucket",
    "bucket_public_write.md",
    judge
);

/// What changes objects.
const ON_OBJECTS: [&str; 4] = [
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObjectAcl",
];

/// What changes the bucket, or who may do what in it.
const ON_BUCKET: [&str; 7] = [
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucket",
];

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    super::each_policy(
        context,
        |bucket, asked| finding(meta, context, bucket, asked),
        "the bucket policies let nobody write without a name; what access control lists let one do is not in the evidence",
    )
}

fn finding(
    meta: &'static Meta,
    context: &Context<'_>,
    bucket: &Bucket,
    asked: &Asked<'_>,
) -> (Option<Finding>, bool) {
    let (objects, more) = asked.objects(context.bundle, bucket);
    (found(meta, context, bucket, asked, &objects), more)
}

fn found(
    meta: &'static Meta,
    context: &Context<'_>,
    bucket: &Bucket,
    asked: &Asked<'_>,
    objects: &BTreeSet<String>,
) -> Option<Finding> {
    let mut worst: Option<(Public, crate::policy::evaluate::Decision)> = None;
    let mut found: Vec<(Public, String)> = Vec::new();
    let mut ask = |action: &str, object: Option<&str>| {
        let (public, decision) = asked.public(action, object);
        if public == Public::No {
            return Public::No;
        }
        if worst.as_ref().is_none_or(|(own, _)| *own < public) {
            worst = Some((public, decision));
        }
        public
    };
    for action in ON_OBJECTS {
        let public = objects.iter().map(|object| ask(action, Some(object))).max();
        if let Some(public) = public.filter(|public| *public != Public::No) {
            found.push((public, action.to_owned()));
        }
    }
    for action in ON_BUCKET {
        let public = ask(action, None);
        if public != Public::No {
            found.push((public, action.to_owned()));
        }
    }
    let (public, decision) = worst?;
    let actions: Vec<String> = found
        .into_iter()
        .filter(|(own, _)| *own == public || (public >= Public::Chosen && *own >= Public::Chosen))
        .map(|(_, action)| action)
        .collect();
    let (span, statement, text) = asked.ground(&decision)?;
    let restricted = bucket
        .public_access(context.bundle)
        .and_then(|block| block.restrict.as_ref())
        .filter(|field| field.value);
    let is_limited = public == Public::Limited;
    let severity = if is_limited || restricted.is_some() {
        Severity::Medium
    } else {
        meta.severity
    };
    let whom = if is_limited {
        "whoever meets a condition that is no identity"
    } else {
        "everybody"
    };
    let label = Label {
        span,
        message: "lets it".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        bucket.subject(),
        format!("{whom} may {} in the bucket ({})", some_of(&actions, 4), short(&statement)),
        label,
    )
    .confidence(if is_limited { Confidence::Medium } else { Confidence::High })
    .consequence(
        "anybody can overwrite or delete the validator's checkpoints, its latest index and its announcement: relayers then \
         miss its signature, and messages wait",
    )
    .consequence(
        "what was published is no evidence any more: a checkpoint that convicts the validator can be replaced, and one that \
         is not its own put beside it",
    )
    .remedy(
        "Let the validator's own user or role alone write (Principal its ARN, s3:PutObject on the folder), and everybody only \
         read: s3:GetObject and s3:ListBucket.",
    );
    for words in asked
        .statements(&decision)
        .flat_map(|(_, statement)| condition_words(statement))
        .take(4)
    {
        finding = finding.note(if public == Public::Chosen {
            format!(
                "The condition is one that the caller meets as he likes: {}.",
                short(&words)
            )
        } else {
            format!("The condition: {}.", short(&words))
        });
    }
    if let Some(field) = restricted {
        finding = finding
            .related(field.span, "public access is restricted")
            .note(
                "RestrictPublicBuckets is on: as long as it is, only the owner's account and AWS services get in, and relayers \
                 do not either.",
            );
    }
    Some(finding.content(&text))
}
