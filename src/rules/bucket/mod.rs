//! Rules on the S3 bucket in which a validator publishes what it signs.

pub mod bucket_delete_allowed;
pub mod bucket_public_access_blocked;
pub mod bucket_public_read_missing;
pub mod bucket_public_write;
pub mod bucket_versioning_off;
pub mod bucket_written_by_several;

mod ask;

use std::collections::BTreeSet;

use self::ask::Asked;
use crate::evidence::{Bucket, Bundle};
use crate::finding::Finding;
use crate::hyperlane::agent::Text;
use crate::rules::{Context, Outcome};

/// Why nothing is said of a policy that is too large to be asked about everything.
const TOO_MANY: &str = "the bucket policy names more principals and objects than are looked at";

/// The answer where no bucket is in the evidence.
fn without(context: &Context<'_>, what: &str, command: &str) -> Option<Outcome> {
    let bundle = context.bundle;
    if !bundle.buckets.is_empty() {
        return None;
    }
    Some(if context.hyperlane || bundle.artefacts.is_empty() {
        let configured: BTreeSet<&str> = bundle
            .agents
            .iter()
            .filter_map(|agent| agent.agent.syncer.as_ref()?.bucket.as_ref()?.known())
            .collect();
        let named = match configured.first() {
            Some(name) => format!(
                " (an agent is configured with the bucket {})",
                crate::rules::common::short(name)
            ),
            None => String::new(),
        };
        Outcome::NotEvaluated(format!(
            "{what} of the bucket of checkpoints is not in the evidence{named}: aws s3api {command} --bucket NAME"
        ))
    } else {
        Outcome::NotApplicable("no bucket of a validator is in the evidence".to_owned())
    })
}

/// The findings of each policy of each bucket; `pass` says what holds where there is none. `judge` also says whether it
/// looked at less than all.
fn each_policy(
    context: &Context<'_>,
    judge: impl Fn(&Bucket, &Asked<'_>) -> (Option<Finding>, bool),
    pass: &str,
) -> Outcome {
    if let Some(outcome) = without(context, "the policy", "get-bucket-policy") {
        return outcome;
    }
    let mut findings = Vec::new();
    let mut cut = false;
    let mut seen = false;
    for bucket in &context.bundle.buckets {
        for policy in bucket.policies(context.bundle) {
            seen = true;
            let asked = Asked::new(bucket, policy, context.as_of);
            let (finding, more) = judge(bucket, &asked);
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
        return Outcome::NotEvaluated(TOO_MANY.to_owned());
    }
    Outcome::of(findings, pass)
}

/// The folders in a bucket that agents are configured with, each with its slash.
fn folders(bundle: &Bundle, bucket: &Bucket) -> BTreeSet<String> {
    bundle
        .agents
        .iter()
        .filter_map(|agent| agent.agent.syncer.as_ref())
        .filter(|syncer| {
            let own = syncer.bucket.as_ref().and_then(Text::known);
            own.is_some() && own == bucket.name.as_deref()
        })
        .map(|syncer| match syncer.folder.as_ref().and_then(Text::known) {
            Some(folder) if !folder.trim_matches('/').is_empty() => format!("{}/", folder.trim_matches('/')),
            _ => String::new(),
        })
        .collect()
}
