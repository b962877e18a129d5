//! A signer that is neither a key of AWS nor a private key in the configuration.

use super::agents;
use crate::finding::{Finding, Label};
use crate::hyperlane::agent::SignerKind;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-signer-not-in-kms`
    AgentSignerNotInKms,
    "agent-signer-not-in-kms",
    Hyperlane,
    Info,
    "An agent signs with something that is no key of AWS KMS, and that this audit says nothing of",
    "agent_signer_not_in_kms.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = agents::without(context) {
        return outcome;
    }
    let mut findings = Vec::new();
    for agent in &context.bundle.agents {
        for signing in agents::signings(agent) {
            let Some(first) = signing.uses.first() else {
                continue;
            };
            let note = match &first.signer.kind {
                SignerKind::Gcp => "Who may sign with it is a matter of Google Cloud's IAM.",
                SignerKind::Node => {
                    "The node signs with an account of its own: whoever reaches its RPC port may ask it to."
                }
                SignerKind::Other(_) => "An agent that does not know the type does not start.",
                SignerKind::Aws { .. } | SignerKind::Private { .. } => continue,
            };
            let words = first.signer.words();
            let label = Label {
                span: first.signer.span,
                message: "no key of AWS KMS".to_owned(),
            };
            findings.push(
                Finding::builder(
                    meta.id,
                    meta.severity,
                    format!("agent {}", agent.name),
                    format!("the agent signs {} with {words}", signing.words()),
                    label,
                )
                .consequence("nothing in this report says who can sign in its place")
                .note(note)
                .remedy("Nothing must be done where it is meant: have that signer audited by other means.")
                .content(&format!("{words}\n{}", signing.words())),
            );
        }
    }
    Outcome::of(
        findings,
        "each signer that is configured here is a key of AWS KMS or a private key in the configuration",
    )
}
