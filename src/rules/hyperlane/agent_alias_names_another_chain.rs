//! An agent that calls its key by an alias of another role or chain.

use super::agents;
use crate::evidence::{AgentRole, same_chain_form};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::hyperlane::agent::{Program, Purpose, Text};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-alias-names-another-chain`
    AgentAliasNamesAnotherChain,
    "agent-alias-names-another-chain",
    Hyperlane,
    Medium,
    "An agent is configured with a key whose alias names another role or chain",
    "agent_alias_names_another_chain.md",
    judge
);

/// How an alias differs from what its agent uses it for.
enum Differs {
    Role,
    Chain,
    /// It has the suffix that a rotation leaves.
    Rotation,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = agents::without(context) {
        return outcome;
    }
    let mut findings = Vec::new();
    let mut compared = 0_usize;
    for agent in &context.bundle.agents {
        for signing in agents::signings(agent) {
            let Some(first) = signing.uses.first() else {
                continue;
            };
            let Some((name, said)) = agents::aws(first)
                .and_then(|(id, _)| id.and_then(Text::known))
                .and_then(agents::said)
            else {
                continue;
            };
            compared = compared.saturating_add(1);
            let role = match (first.purpose, agent.agent.program) {
                (Purpose::Checkpoints, _) => Some(AgentRole::Validator),
                (Purpose::Transactions, Some(Program::Relayer)) => Some(AgentRole::Relayer),
                // A validator's transactions may be those of any key.
                (Purpose::Transactions, _) => None,
            };
            let chains: Vec<&String> = signing.uses.iter().filter_map(|one| one.chain.as_ref()).collect();
            let is_any = |named: &str| {
                chains
                    .iter()
                    .any(|chain| same_chain_form(chain) == same_chain_form(named))
            };
            let differs = if role.is_some_and(|role| role != said.role) {
                Some(Differs::Role)
            } else {
                match &said.chain {
                    Some(named) if !chains.is_empty() && !is_any(named) => {
                        let kept = named.strip_suffix("-old").or_else(|| named.strip_suffix("-new"));
                        Some(if kept.is_some_and(is_any) {
                            Differs::Rotation
                        } else {
                            Differs::Chain
                        })
                    }
                    _ => None,
                }
            };
            let Some(differs) = differs else { continue };
            let severity = match (&differs, first.purpose) {
                (Differs::Rotation, _) => Severity::Info,
                // One key may pay on several chains.
                (Differs::Chain, Purpose::Transactions) => Severity::Low,
                _ => meta.severity,
            };
            let of = match &said.chain {
                Some(chain) => format!("a {} on {}", said.role.word(), short(chain)),
                None => format!("a {}", said.role.word()),
            };
            let message = match differs {
                Differs::Rotation => format!(
                    "{} is left over from a key rotation, and the agent signs {} with it",
                    short(&name),
                    signing.words()
                ),
                _ => format!(
                    "the agent signs {} with {}, which by its name is the key of {of}",
                    signing.words(),
                    short(&name)
                ),
            };
            let label = Label {
                span: first.signer.span,
                message: "the alias".to_owned(),
            };
            let subject = agents::subject(context.bundle, agent, Some(signing.key));
            findings.push(
                Finding::builder(meta.id, severity, subject, message, label)
                    .confidence(Confidence::Medium)
                    .consequence(if matches!(differs, Differs::Rotation) {
                        "the agent signs with the key of before or after the rotation, whichever the alias points to"
                    } else {
                        "either the agent signs with a key that is meant for something else, or the name misleads whoever \
                         moves, guards or deletes the key"
                    })
                    .note(format!("The agent: {}.", agent.name))
                    .remedy(
                        "Find out which key is meant (aws kms describe-key --key-id ALIAS), then correct the \
                         configuration or give the key an alias that names its use (aws kms create-alias).",
                    )
                    .content(&format!("{}\n{name}\n{}", agent.name, signing.words())),
            );
        }
    }
    if findings.is_empty() && compared == 0 {
        return Outcome::NotApplicable("no agent calls its key by an alias that names a role".to_owned());
    }
    Outcome::of(
        findings,
        "the aliases that agents are configured with name their own role and chain",
    )
}
