//! A validator's key that signs transactions too.

use super::agents;
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::hyperlane::agent::{How, KeyUse, Program, Purpose};
use crate::rules::claimed::some_of;
use crate::rules::common::visible;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-validator-key-signs-transactions`
    AgentValidatorKeySignsTransactions,
    "agent-validator-key-signs-transactions",
    Hyperlane,
    Low,
    "A validator's key signs transactions too, as configured or because nothing else is",
    "agent_validator_key_signs_transactions.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = agents::without(context) {
        return outcome;
    }
    let bundle = context.bundle;
    let mut findings = Vec::new();
    let mut owners = 0_usize;
    for agent in &bundle.agents {
        // Of a private key in the configuration another rule says what it is.
        let own = agent.agent.own_key().filter(|own| agents::aws(own).is_some());
        let Some(own) = own else { continue };
        owners = owners.saturating_add(1);
        let own_key = agent.keys.first().and_then(|key| key.found).map(|(key, _)| key);
        for other in &bundle.agents {
            for signing in agents::signings(other) {
                let transactions: Vec<&KeyUse> = signing
                    .uses
                    .iter()
                    .copied()
                    .filter(|one| one.purpose == Purpose::Transactions)
                    .collect();
                let Some(one) = transactions.first() else { continue };
                let words: Vec<String> = transactions.iter().map(|one| one.words()).collect();
                let words = some_of(&words, 4);
                let here = std::ptr::eq(agent, other);
                let is_fallback = matches!(one.how, How::ValidatorKey { .. });
                let found = signing.key.found.map(|(key, _)| key);
                let same = (here && is_fallback)
                    || one.signer.is_same(&own.signer)
                    || (found.is_some() && found == own_key);
                if !same || (!here && is_fallback) {
                    continue;
                }
                // Of a key that is here, it is said that it has two roles.
                let is_told = found.is_some() || own_key.is_some();
                let is_relayer = other.agent.program == Some(Program::Relayer);
                if !here && (is_told || !is_relayer) {
                    continue;
                }
                let severity = if here { meta.severity } else { Severity::High };
                let unsure = matches!(one.how, How::ValidatorKey { is_sure: false });
                let message = match (here, one.how) {
                    (false, _) => format!(
                        "a relayer signs {words} with {}, the key of the {}",
                        one.signer.words(),
                        agent.name
                    ),
                    (true, How::ValidatorKey { .. }) => format!(
                        "the validator's key signs its {words} too, because the chain has no signer of its own and there \
                         is no defaultSigner"
                    ),
                    (true, _) => format!("the validator's key is configured to sign its {words} too"),
                };
                let label = Label {
                    span: visible(bundle, one.signer.span),
                    message: format!("signs {words}"),
                };
                let subject = agents::subject(bundle, agent, agent.keys.first());
                let mut finding = Finding::builder(meta.id, severity, subject, message, label)
                    .confidence(if unsure { Confidence::Medium } else { Confidence::High })
                    .consequence(
                        "KMS signs any 32 bytes and cannot tell a checkpoint from a transaction: no policy can let the key \
                         do one and not the other",
                    )
                    .consequence("the address that attests must hold funds, and moves with every transaction's nonce");
                if one.signer.span != own.signer.span {
                    finding = finding.related(visible(bundle, own.signer.span), "the validator's own key");
                }
                finding = if here {
                    finding
                        .note(
                            "Hyperlane's own instructions do so: a validator's only transaction is its announcement, which \
                             anybody may send.",
                        )
                        .remedy(
                            "Configure a signer of its own for the chain (chains.CHAIN.signer.type, .id and .region), or \
                             accept the finding.",
                        )
                } else {
                    finding.remedy("Make a key of its own for the relayer, and configure it there.")
                };
                if unsure {
                    finding = finding.note(
                        "So for chains of the EVM and of Tron, as most are: the configuration does not say what the chain \
                         is.",
                    );
                }
                findings.push(finding.content(&format!("{}\n{words}", agent.name)));
            }
        }
    }
    if owners == 0 {
        return Outcome::NotApplicable("no configuration of a validator's key is in the evidence".to_owned());
    }
    Outcome::of(
        findings,
        "as configured here, the validators' keys sign no transactions",
    )
}
