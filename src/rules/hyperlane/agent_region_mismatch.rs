//! An agent that looks for its key in another region than it is in.

use super::agents;
use crate::arn::KeyRef;
use crate::evidence::{ConfiguredAgent, Key};
use crate::finding::{Confidence, Finding, Label};
use crate::hyperlane::agent::Text;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-region-mismatch`
    AgentRegionMismatch,
    "agent-region-mismatch",
    Hyperlane,
    Medium,
    "An agent is configured with another region than its key is in",
    "agent_region_mismatch.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = agents::without(context) {
        return outcome;
    }
    let bundle = context.bundle;
    let mut findings = Vec::new();
    let mut compared = false;
    let mut missing = false;
    for agent in &bundle.agents {
        for signing in agents::signings(agent) {
            let Some(first) = signing.uses.first() else {
                continue;
            };
            let Some((Some(id), Some(region))) = agents::aws(first) else {
                continue;
            };
            let (Some(text), Some(configured)) = (id.known(), region.known()) else {
                missing = true;
                continue;
            };
            let named = match KeyRef::parse(text) {
                Some(
                    KeyRef::Arn { region, .. }
                    | KeyRef::Alias {
                        scope: Some((_, region)),
                        ..
                    },
                ) => Some(region),
                _ => None,
            };
            let elsewhere: Vec<&Key> = signing
                .key
                .elsewhere
                .iter()
                .filter_map(|key| bundle.keys.get(*key))
                .collect();
            let known = signing
                .key
                .found
                .and_then(|(key, _)| bundle.keys.get(key)?.region.as_ref());
            let (other, confidence) = match (&named, elsewhere.first()) {
                (Some(own), _) => (own.clone(), Confidence::High),
                (None, Some(key)) if signing.key.found.is_none() => {
                    let is_id = !text.starts_with("alias/");
                    let sure = if is_id {
                        Confidence::High
                    } else {
                        Confidence::Medium
                    };
                    (key.region.clone().unwrap_or_default(), sure)
                }
                _ => {
                    compared = compared || known.is_some();
                    missing = missing || known.is_none();
                    continue;
                }
            };
            compared = true;
            if other == configured || configured.is_empty() {
                continue;
            }
            let mismatch = Mismatch {
                id,
                region,
                other: &other,
                is_by_name: named.is_none() && text.starts_with("alias/"),
                confidence,
            };
            findings.push(finding(meta, agent, &signing, &mismatch));
        }
    }
    findings.dedup_by(|a, b| a.fingerprint == b.fingerprint);
    if findings.is_empty() && !compared {
        return if missing {
            Outcome::NotEvaluated(
                "the regions of the keys that agents are configured with are not in the evidence (aws kms describe-key)"
                    .to_owned(),
            )
        } else {
            Outcome::NotApplicable("no agent is configured with a key of AWS and a region".to_owned())
        };
    }
    Outcome::of(
        findings,
        "agents are configured with the regions that their keys are in, as far as these are known",
    )
}

/// The region that is configured for a key, and the one that it is in.
struct Mismatch<'b> {
    id: &'b Text,
    region: &'b Text,
    other: &'b str,
    /// True for an alias alone, which another key of the configured region may have.
    is_by_name: bool,
    confidence: Confidence,
}

fn finding(
    meta: &'static Meta,
    agent: &ConfiguredAgent,
    signing: &agents::Signing<'_>,
    mismatch: &Mismatch<'_>,
) -> Finding {
    let Mismatch {
        id, region, other, ..
    } = mismatch;
    let label = Label {
        span: region.span,
        message: "the configured region".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        format!("agent {}", agent.name),
        format!(
            "the agent signs {} with {}, and is configured with the region {} while the key is in {}",
            signing.words(),
            short(&id.shown),
            short(&region.shown),
            short(other)
        ),
        label,
    )
    .confidence(mismatch.confidence)
    .related(id.span, "the key")
    .consequence(if mismatch.is_by_name {
        "the agent finds no key and does not start, or finds another key that has the alias in that region and signs with that"
    } else {
        "KMS looks for the key in the configured region and does not find it: the agent does not start"
    })
    .remedy("Configure the region that the key is in.");
    if mismatch.confidence == Confidence::Medium {
        finding = finding.note(
            "The aliases of the configured region are not in the evidence, or have none of this name: give aws kms \
             list-aliases --region REGION.",
        );
    }
    finding.content(&format!("{}\n{}\n{other}", id.shown, region.shown))
}
