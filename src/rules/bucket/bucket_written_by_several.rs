//! A bucket, or a folder, with several writers.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Asked;
use crate::evidence::{Bucket, Bundle};
use crate::finding::{Finding, Label, Severity};
use crate::hyperlane::agent::{Program, Text};
use crate::policy::evaluate::Caller;
use crate::rules::claimed::some_of;
use crate::rules::common::{short, visible};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `bucket-written-by-several`
    BucketWrittenBySeveral,
    "bucket-written-by-several",
    Bucket,
    Low,
    "Several principals may write the same objects of a validator's bucket, or several validators share a folder",
    "bucket_written_by_several.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let shared = shared(meta, bundle);
    if shared.is_empty()
        && let Some(outcome) = super::without(context, "the policy", "get-bucket-policy")
    {
        return outcome;
    }
    let mut findings = shared;
    let mut cut = false;
    let mut seen = !findings.is_empty();
    for bucket in &bundle.buckets {
        for policy in bucket.policies(bundle) {
            seen = true;
            let asked = Asked::new(bucket, policy, context.as_of);
            let (finding, more) = finding(meta, bundle, bucket, &asked);
            cut = cut || more;
            findings.extend(finding);
        }
    }
    findings.dedup_by(|a, b| a.fingerprint == b.fingerprint);
    if !seen {
        return Outcome::NotEvaluated(
            "no policy of the bucket is in the evidence: aws s3api get-bucket-policy --bucket NAME"
                .to_owned(),
        );
    }
    if cut && findings.is_empty() {
        return Outcome::NotEvaluated(super::TOO_MANY.to_owned());
    }
    Outcome::of(
        findings,
        "the bucket policies name one writer at most for each object; whom IAM lets write is not in the evidence of the \
         bucket",
    )
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    bucket: &Bucket,
    asked: &Asked<'_>,
) -> (Option<Finding>, bool) {
    let (objects, more) = asked.objects(bundle, bucket);
    let (callers, more_callers) = asked.callers();
    (
        found(meta, bucket, asked, objects, &callers),
        more || more_callers,
    )
}

fn found(
    meta: &'static Meta,
    bucket: &Bucket,
    asked: &Asked<'_>,
    objects: BTreeSet<String>,
    callers: &BTreeMap<String, Caller>,
) -> Option<Finding> {
    let writers = |object: &String| -> Vec<(String, crate::policy::evaluate::Decision)> {
        callers
            .iter()
            .filter_map(|(name, caller)| {
                let decision = asked.named(caller, "s3:PutObject", Some(object))?;
                Some((short(name), decision))
            })
            .collect()
    };
    let (object, writers) = objects
        .into_iter()
        .map(|object| {
            let writers = writers(&object);
            (object, writers)
        })
        .max_by_key(|(object, writers)| (writers.len(), std::cmp::Reverse(object.clone())))
        .filter(|(_, writers)| writers.len() > 1)?;
    let names: Vec<String> = writers.iter().map(|(name, _)| name.clone()).collect();
    let mut grounds = writers.iter().filter_map(|(_, decision)| asked.ground(decision));
    let (span, ..) = grounds.next()?;
    let label = Label {
        span,
        message: "lets it".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        bucket.subject(),
        format!(
            "{} principals may write {}: {}",
            names.len(),
            short(&object),
            some_of(&names, 4)
        ),
        label,
    )
    .consequence(
        "each of them can overwrite what the validator published; none of them can sign in its place",
    )
    .note("An administrator who may write is an administrator of the evidence, too.")
    .remedy("Let the user or role of one validator alone write, each to a folder or a bucket of its own.");
    for (span, ..) in grounds.filter(|(own, ..)| *own != span).take(4) {
        finding = finding.related(span, "and this one");
    }
    Some(finding.content(&names.join("\n")))
}

/// Validators that agents configure with one folder of one bucket.
fn shared(meta: &'static Meta, bundle: &Bundle) -> Vec<Finding> {
    let mut by_place: BTreeMap<(String, String), Vec<(&str, &Text)>> = BTreeMap::new();
    for agent in &bundle.agents {
        if agent.agent.program != Some(Program::Validator) {
            continue;
        }
        let Some(syncer) = &agent.agent.syncer else {
            continue;
        };
        let Some(text) = &syncer.bucket else { continue };
        let Some(bucket) = text.known().filter(|bucket| !bucket.is_empty()) else {
            continue;
        };
        let folder = match &syncer.folder {
            Some(folder) => match folder.known() {
                Some(folder) => folder.trim_matches('/').to_owned(),
                None => continue,
            },
            None => String::new(),
        };
        by_place
            .entry((bucket.to_owned(), folder))
            .or_default()
            .push((&agent.name, text));
    }
    let mut findings = Vec::new();
    for ((bucket, folder), agents) in by_place {
        let [first, second, ..] = agents.as_slice() else {
            continue;
        };
        let names: Vec<String> = agents.iter().map(|(name, _)| (*name).to_owned()).collect();
        let whole = if folder.is_empty() {
            "one bucket without a folder".to_owned()
        } else {
            format!("one folder, {}", short(&folder))
        };
        let label = Label {
            span: visible(bundle, second.1.span),
            message: "the same bucket".to_owned(),
        };
        findings.push(
            Finding::builder(
                meta.id,
                Severity::Medium,
                format!("bucket {bucket}"),
                format!("{} validators publish in {whole}: {}", names.len(), some_of(&names, 4)),
                label,
            )
            .related(visible(bundle, first.1.span), "and here")
            .consequence(
                "they overwrite each other's checkpoints, latest index and announcement: relayers find the signatures of one \
                 of them at most",
            )
            .remedy("Give each validator a bucket or a folder of its own, and announce the new location.")
            .content(&format!("{folder}\n{}", names.join("\n"))),
        );
    }
    findings
}
