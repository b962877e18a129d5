//! Configurations that give one chain two domains.

use std::collections::BTreeMap;

use crate::evidence::Data;
use crate::finding::{Finding, Label, Severity};
use crate::hyperlane::agent::{Setting, Value};
use crate::rules::common::{file_name, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-domain-mismatch`
    AgentDomainMismatch,
    "agent-domain-mismatch",
    Hyperlane,
    Medium,
    "Agents' configurations disagree on the domain of a chain, or take its chain id for it",
    "agent_domain_mismatch.md",
    judge
);

/// What the files say of a chain: its domain, and its chain id.
#[derive(Default)]
struct Said<'b> {
    domains: Vec<&'b Setting>,
    chain_ids: Vec<&'b Setting>,
}

fn number(setting: &Setting) -> Option<u64> {
    match &setting.value {
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let mut chains: BTreeMap<&str, Said<'_>> = BTreeMap::new();
    for artefact in &bundle.artefacts {
        let Data::Agent(export) = &artefact.data else {
            continue;
        };
        for setting in export.sources.iter().flat_map(|source| &source.settings) {
            let [first, chain, leaf] = setting.path.as_slice() else {
                continue;
            };
            if first != "chains" {
                continue;
            }
            let said = chains.entry(chain).or_default();
            match leaf.as_str() {
                "domainid" => said.domains.push(setting),
                "chainid" => said.chain_ids.push(setting),
                _ => {}
            }
        }
    }
    chains.retain(|_, said| !said.domains.is_empty() || !said.chain_ids.is_empty());
    if chains.is_empty() {
        return if context.hyperlane || bundle.artefacts.is_empty() {
            Outcome::NotEvaluated(
                "no configuration of an agent that gives a chain its domain is in the evidence".to_owned(),
            )
        } else {
            Outcome::NotApplicable("no agent of Hyperlane is in the evidence".to_owned())
        };
    }
    let mut findings = Vec::new();
    for (chain, said) in &chains {
        let first = said
            .domains
            .iter()
            .find_map(|setting| Some((*setting, number(setting)?)));
        let Some((first, domain)) = first else {
            if let Some(id) = said.chain_ids.first().filter(|_| said.domains.is_empty()) {
                findings.push(taken(meta, context, chain, id));
            }
            continue;
        };
        let other = said
            .domains
            .iter()
            .find_map(|setting| Some((*setting, number(setting).filter(|other| *other != domain)?)));
        let Some((other, value)) = other else { continue };
        let is_chain_id = |domain: u64| {
            said.chain_ids
                .iter()
                .any(|setting| number(setting) == Some(domain))
        };
        let label = Label {
            span: other.span,
            message: "another domain".to_owned(),
        };
        let mut finding = Finding::builder(
            meta.id,
            meta.severity,
            format!("chain {}", short(chain)),
            format!("{} has the domain {domain} in one configuration and {value} in another", short(chain)),
            label,
        )
        .related(first.span, format!("domain {domain}"))
        .consequence(
            "a checkpoint or announcement that names the wrong domain is good for another chain, or for none: the \
             validator's signatures count nowhere, or where they must not",
        )
        .remedy(
            "Take the domain of the chain's metadata in hyperlane-registry (domainId), in every configuration. It is not \
             always the chain id.",
        );
        if let Some(wrong) = [value, domain].into_iter().find(|domain| is_chain_id(*domain)) {
            finding = finding.note(format!(
                "{wrong} is the chain's id: of some chains the domain is another number, and the two are confused easily."
            ));
        }
        findings.push(finding.content(&format!("{chain}\n{domain}\n{value}")));
    }
    Outcome::of(findings, "the configurations give each chain one domain")
}

/// A chain without a domain: the agent takes the chain id (hyperlane-monorepo, `parse_domain`).
fn taken(meta: &'static Meta, context: &Context<'_>, chain: &str, id: &Setting) -> Finding {
    let label = Label {
        span: id.span,
        message: "taken as the domain".to_owned(),
    };
    Finding::builder(
        meta.id,
        Severity::Low,
        format!("chain {}", short(chain)),
        format!(
            "{} has a chain id and no domain in {}: agents take the chain id for the domain",
            short(chain),
            file_name(context.bundle, id.span.source)
        ),
        label,
    )
    .consequence("of a chain whose domain is another number, what the validator signs counts nowhere")
    .remedy(
        "Write the domain of the chain's metadata in hyperlane-registry (domainId) into the configuration.",
    )
    .content(chain)
}
