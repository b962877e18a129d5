//! Settings that look like a signer's, and that no agent reads.

use super::agents;
use crate::evidence::ConfiguredAgent;
use crate::finding::{Finding, Label, Severity};
use crate::hyperlane::agent::{How, Setting};
use crate::rules::claimed::some_of;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-signer-setting-ignored`
    AgentSignerSettingIgnored,
    "agent-signer-setting-ignored",
    Hyperlane,
    Medium,
    "A setting that is meant for a signer has a name that no agent reads: another key signs",
    "agent_signer_setting_ignored.md",
    judge
);

/// Settings that a message names.
const NAMES: usize = 4;
/// Places that a finding shows.
const PLACES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    if let Some(outcome) = agents::without(context) {
        return outcome;
    }
    let findings = context
        .bundle
        .agents
        .iter()
        .filter_map(|agent| finding(meta, agent))
        .collect();
    Outcome::of(
        findings,
        "no setting that looks like a signer's has a name that agents do not read",
    )
}

/// The name that agents read, in the form that it was written in.
fn right(setting: &Setting) -> Option<String> {
    let leaf = setting.path.last()?;
    let (chain, own) = match setting.path.as_slice() {
        [first, chain, _] if first == "chains" => (chain.clone(), "signer"),
        [first, .., signer, _] if first == "chains" && signer == "signer" => {
            let parts = setting.path.get(1..setting.path.len().checked_sub(2)?)?;
            (parts.concat(), "signer")
        }
        _ => return None,
    };
    Some(if setting.written.starts_with("HYP_") {
        format!(
            "HYP_CHAINS_{}_SIGNER_{}",
            chain.to_uppercase(),
            leaf.to_uppercase()
        )
    } else if setting.written.starts_with("--") {
        format!("--chains.{chain}.{own}.{leaf}")
    } else {
        format!("chains.{chain}.{own}.{leaf}")
    })
}

fn finding(meta: &'static Meta, agent: &ConfiguredAgent) -> Option<Finding> {
    let first = agent.agent.ignored.first()?;
    let names: Vec<String> = agent
        .agent
        .ignored
        .iter()
        .map(|setting| short(&setting.written))
        .collect();
    let chains: Vec<&String> = agent
        .agent
        .ignored
        .iter()
        .filter(|setting| setting.path.first().is_some_and(|part| part == "chains"))
        .filter_map(|setting| setting.path.get(1))
        .collect();
    let instead = agent.agent.uses.iter().find(|one| {
        one.how != How::Explicit
            && (chains.is_empty() || one.chain.as_ref().is_some_and(|chain| chains.contains(&chain)))
    });
    let severity = if instead.is_some() {
        meta.severity
    } else {
        Severity::Low
    };
    let plural = if names.len() == 1 { "is" } else { "are" };
    let label = Label {
        span: first.span,
        message: "not read".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        format!("agent {}", agent.name),
        format!("{} {plural} read by no agent", some_of(&names, NAMES)),
        label,
    )
    .consequence(match instead {
        Some(one) => format!(
            "the agent signs {} with {} instead, {}",
            one.words(),
            one.signer.words(),
            one.how.words()
        ),
        None => "what is meant by it does not happen, and no agent says so".to_owned(),
    })
    .remedy(match right(first) {
        Some(right) => format!("Write {right}, and the others likewise."),
        None => "Write validator.…, defaultSigner.… or chains.CHAIN.signer.…; as variables HYP_VALIDATOR_…, \
                 HYP_DEFAULTSIGNER_… or HYP_CHAINS_CHAIN_SIGNER_…, with an underscore between the parts alone."
            .to_owned(),
    });
    if instead.is_some_and(|one| matches!(one.how, How::ValidatorKey { is_sure: false })) {
        finding = finding.note(
            "So for chains of the EVM and of Tron, as most are: the configuration does not say what the chain is.",
        );
    }
    for setting in agent.agent.ignored.iter().skip(1).take(PLACES) {
        finding = finding.related(setting.span, "not read either");
    }
    Some(finding.content(&names.join("\n")))
}
