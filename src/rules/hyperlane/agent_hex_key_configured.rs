//! A private key in an agent's configuration.

use super::agents;
use crate::finding::{Finding, Label, Severity};
use crate::hyperlane::agent::{Purpose, SignerKind};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-hex-key-configured`
    AgentHexKeyConfigured,
    "agent-hex-key-configured",
    Hyperlane,
    Medium,
    "An agent signs with a private key in its configuration, and not with a key of KMS",
    "agent_hex_key_configured.md",
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
            let subject = format!("agent {}", agent.name);
            if let SignerKind::Private { form, key } = &first.signer.kind {
                let label = Label {
                    span: key.unwrap_or(first.signer.span),
                    message: "a private key".to_owned(),
                };
                let mut finding = Finding::builder(
                    meta.id,
                    meta.severity,
                    subject,
                    format!(
                        "the agent signs {} with a private key in its configuration ({form}), not with a key of KMS",
                        signing.words()
                    ),
                    label,
                )
                .consequence(if first.purpose == Purpose::Checkpoints {
                    "whoever reads the configuration, its backups or the process's environment can forge the validator's \
                     checkpoints, from anywhere and without a trace"
                } else {
                    "whoever reads the configuration, its backups or the process's environment can spend what the address \
                     holds, from anywhere and without a trace"
                })
                .note("The value is not read, kept or shown.")
                .remedy(
                    "Make a key in KMS (ECC_SECG_P256K1, SIGN_VERIFY) and configure type aws with its id and region; then \
                     retire the address of the private key.",
                );
                if let Some(beside) = first.signer.aws_beside {
                    finding =
                        finding.related(beside, "not used: without a type, a key wins over id and region");
                }
                findings.push(finding.content(&format!("{form}\n{}", signing.words())));
            } else if let Some(key) = first.signer.key_beside {
                let label = Label {
                    span: key,
                    message: "a private key that is not used".to_owned(),
                };
                findings.push(
                    Finding::builder(
                        meta.id,
                        Severity::Low,
                        subject,
                        format!(
                            "a private key stands beside {}, with which the agent signs {}",
                            first.signer.words(),
                            signing.words()
                        ),
                        label,
                    )
                    .related(first.signer.span, "the signer that counts")
                    .consequence(
                        "where the type is lost on the way, the agent signs with the private key instead",
                    )
                    .remedy(
                        "Remove the key from the configuration, and retire its address if it was ever used.",
                    )
                    .content(&format!("beside\n{}", signing.words())),
                );
            }
        }
    }
    Outcome::of(
        findings,
        "no signer that is configured here is a private key in the configuration itself",
    )
}
