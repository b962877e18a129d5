//! A multi-Region key: the same private key in several regions, each with a policy of its own.

use super::{metadata, no_metadata, not_told, teller};
use crate::arn::Arn;
use crate::evidence::{Bundle, Field, Key};
use crate::finding::{Confidence, Finding, Label};
use crate::rules::policy::policies;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `multi-region-key`
    MultiRegionKey,
    "multi-region-key",
    Key,
    Medium,
    "The key is multi-Region: every replica is the same key under a policy of its own",
    "multi_region_key.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let told: Vec<&Field<bool>> = replicas(bundle, key)
        .flat_map(|replica| metadata(bundle, replica))
        .filter_map(|metadata| metadata.multi_region.as_ref())
        .collect();
    let by_name = key.id.as_deref().is_some_and(|id| id.starts_with("mrk-"));
    let said = told.iter().find(|told| told.value);
    let span = match (said, by_name) {
        (Some(said), _) => Some(said.span),
        // The id of a multi-Region key begins with mrk-, and no other key's does.
        (None, true) => bundle.of_key(key).map(|(artefact, _)| artefact.span).next(),
        (None, false) if told.is_empty() => return not_told(bundle, key, "MultiRegion"),
        (None, false) => {
            let says = teller(bundle, key, |metadata| &metadata.multi_region).words();
            return Outcome::Pass(format!(
                "{says} says MultiRegion false: the key exists in one region alone"
            ));
        }
    };
    let Some(span) = span else {
        return no_metadata();
    };
    // One key in several regions is one finding, at the first of those that are judged.
    if let Some(first) = replicas(bundle, key).find(|replica| replica.scope.is_some())
        && !std::ptr::eq(first, key)
    {
        return Outcome::NotApplicable(format!("a replica of {}, where it is judged", first.subject()));
    }
    let label = Label {
        span,
        message: "the same key in other regions".to_owned(),
    };
    let missing = missing_replicas(bundle, key);
    let listed = match missing.len() {
        0 => String::new(),
        1 => "; the policy of one replica is not in the evidence".to_owned(),
        several => format!("; the policies of {several} replicas are not in the evidence"),
    };
    let message =
        format!("the key is multi-Region: each replica signs as well, under a policy of its own{listed}");
    let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .consequence("whoever may sign with any one replica signs as this key: the weakest policy decides")
        .remedy(
            "Give the key policy, grants and metadata of every replica (aws kms get-key-policy --region REGION for \
             each), or sign with a single-Region key: aws kms create-key --no-multi-region.",
        );
    if said.is_none() {
        finding = finding
            .confidence(Confidence::Medium)
            .note("only the key id says so (mrk-): without aws kms describe-key the replicas are not known");
    }
    for replica in &missing {
        let region = Arn::parse(&replica.value).map_or("another region", |arn| arn.region);
        finding = finding.related(
            replica.span,
            format!("its policy in {region} is not in the evidence"),
        );
    }
    Outcome::Findings(vec![finding.content(key.id.as_deref().unwrap_or_default())])
}

/// The key and its replicas in other regions, as far as they are in the evidence.
fn replicas<'b>(bundle: &'b Bundle, key: &'b Key) -> impl Iterator<Item = &'b Key> {
    let shared = key.id.as_deref().filter(|id| id.starts_with("mrk-"));
    bundle
        .keys
        .iter()
        .filter(move |other| std::ptr::eq(*other, key) || (shared.is_some() && other.id.as_deref() == shared))
}

/// The replicas and the primary that the metadata name and whose key policy is not in the evidence, each once.
fn missing_replicas<'b>(bundle: &'b Bundle, key: &'b Key) -> Vec<&'b Field<String>> {
    let mut missing: Vec<&Field<String>> = Vec::new();
    let named = replicas(bundle, key)
        .flat_map(|replica| metadata(bundle, replica))
        .flat_map(|metadata| &metadata.replicas);
    for replica in named {
        let own = key.arn.as_ref() == Some(&replica.value);
        let seen = missing.iter().any(|other| other.value == replica.value);
        let here = bundle
            .keys
            .iter()
            .any(|other| other.arn.as_ref() == Some(&replica.value) && !policies(bundle, other).is_empty());
        if !own && !seen && !here {
            missing.push(replica);
        }
    }
    missing
}
