//! A signer of AWS that names no key.

use super::agents;
use crate::arn::KeyRef;
use crate::finding::{Finding, Label};
use crate::hyperlane::agent::Text;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-empty-key-id`
    AgentEmptyKeyId,
    "agent-empty-key-id",
    Hyperlane,
    Low,
    "An agent's signer of AWS has no key id or no region, or an id that KMS does not take",
    "agent_empty_key_id.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = agents::without(context) {
        return outcome;
    }
    let mut findings = Vec::new();
    let mut found = false;
    for agent in &context.bundle.agents {
        for signing in agents::signings(agent) {
            let Some(first) = signing.uses.first() else {
                continue;
            };
            let Some((id, region)) = agents::aws(first) else {
                continue;
            };
            found = true;
            let wrong = match id {
                None => Some("the signer of AWS has no id".to_owned()),
                Some(id) => match id.known() {
                    Some(text) if text.trim().is_empty() => Some("the id of the key is empty".to_owned()),
                    Some(text) if KeyRef::parse(text).is_none() => {
                        let hint = if KeyRef::parse(&format!("alias/{text}")).is_some() {
                            ": an alias begins with alias/"
                        } else {
                            ""
                        };
                        Some(format!("{} is no key id, ARN or alias{hint}", short(text)))
                    }
                    _ => match region {
                        None => Some("the signer of AWS has no region".to_owned()),
                        Some(region) => region
                            .known()
                            .is_some_and(|text| text.trim().is_empty())
                            .then(|| "the region of the key is empty".to_owned()),
                    },
                },
            };
            let Some(wrong) = wrong else { continue };
            let span = id.or(region).map_or(first.signer.span, |text: &Text| text.span);
            let label = Label {
                span: crate::rules::common::visible(context.bundle, span),
                message: format!("signs {}", signing.words()),
            };
            findings.push(
                Finding::builder(
                    meta.id,
                    meta.severity,
                    format!("agent {}", agent.name),
                    format!("{wrong}, which is to sign {}", signing.words()),
                    label,
                )
                .consequence("the agent does not start, or stops at its first signature")
                .remedy("Set the id (or alias/…) and the region of the key; best the key's ARN, which no alias can redirect.")
                .content(&format!("{wrong}\n{}", signing.words())),
            );
        }
    }
    if !found {
        return Outcome::NotApplicable("no agent is configured with a key of AWS".to_owned());
    }
    Outcome::of(findings, "each signer of AWS names a key and a region")
}
