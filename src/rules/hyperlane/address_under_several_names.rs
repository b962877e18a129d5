//! One validator address under the names of several operators.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Near, near};
use crate::evidence::{Claim, Key, same_chain_form};
use crate::finding::{Finding, Label};
use crate::rules::claimed::{Same, some_of};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `address-under-several-names`
    AddressUnderSeveralNames,
    "address-under-several-names",
    Hyperlane,
    Low,
    "One validator address stands under the names of several operators",
    "address_under_several_names.md",
    judge
);

/// Names of one address that are looked at.
const NAMES: usize = 16;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let mut by_address: BTreeMap<Same, BTreeMap<&str, Vec<&Claim>>> = BTreeMap::new();
    let mut seated: BTreeSet<(usize, &str, Same)> = BTreeSet::new();
    for (claim, artefact) in &bundle.claims {
        let (Some(alias), Some(address)) = (claim.alias.as_deref(), Same::of(&claim.address.value)) else {
            continue;
        };
        // A seat of nobody is nobody's under any name.
        if address.is_zero() || same_chain_form(alias).is_empty() {
            continue;
        }
        // Twice in one set is another fault: `duplicate-validator-in-set` shows both names.
        let chain = claim.set.as_ref().map(|set| set.chain.as_str());
        if chain.is_some_and(|chain| !seated.insert((*artefact, chain, address))) {
            continue;
        }
        by_address
            .entry(address)
            .or_default()
            .entry(alias)
            .or_default()
            .push(claim);
    }
    if by_address.is_empty() {
        return Outcome::NotEvaluated("no claim names the operator of its address".to_owned());
    }
    let all = by_address.len();
    let mut findings = Vec::new();
    for (address, names) in by_address {
        // Names that differ in case and blanks only are one here; `similar-operator-names` reports the spelling.
        let forms: BTreeSet<String> = names.keys().map(|name| same_chain_form(name)).collect();
        if forms.len() > 1 {
            let subject = address
                .key_here(bundle)
                .map_or_else(|| format!("validator {address}"), Key::subject);
            findings.extend(finding(meta, address, subject, &names));
        }
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!("each of {all} addresses with an operator's name has one name in all sources"),
    )
}

fn finding(
    meta: &'static Meta,
    address: Same,
    subject: String,
    names: &BTreeMap<&str, Vec<&Claim>>,
) -> Option<Finding> {
    // The most used name first: a typing error is rarer than what was meant.
    let mut order: Vec<(&str, &Vec<&Claim>)> = names.iter().map(|(name, claims)| (*name, claims)).collect();
    order.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(b.0)));
    order.truncate(NAMES);
    let (usual, first) = order.first()?;
    let rest = order.get(1..).unwrap_or_default();
    let (_, odd) = rest.first()?;
    let quoted: Vec<String> = order
        .iter()
        .map(|(name, _)| format!("\"{}\"", short(name)))
        .collect();
    let typo = rest
        .iter()
        .find(|(name, _)| near(usual, name) == Some(Near::OneLetter));
    let probably = typo.map_or_else(String::new, |(name, _)| {
        format!(
            ": \"{}\" is probably a typing error of \"{}\"",
            short(name),
            short(usual)
        )
    });
    let message = format!(
        "{address} stands under {} names, {}{probably}",
        names.len(),
        some_of(&quoted, 4)
    );
    let label = Label {
        span: odd.first()?.address.span,
        message: format!("here of {}", rest.first().map(|(name, _)| short(name))?),
    };
    let mut finding = Finding::builder(meta.id, meta.severity, subject, message, label)
        .related(first.first()?.address.span, format!("here of {}", short(usual)))
        .consequence(
            "who answers for the key is not clear; who counts operators counts one key as several parties",
        )
        .remedy("Ask the operators which of them has the key, and correct the other entry.");
    for (name, claims) in rest.iter().skip(1) {
        if let Some(claim) = claims.first() {
            finding = finding.related(claim.address.span, format!("here of {}", short(name)));
        }
    }
    let mut content: Vec<&str> = names.keys().copied().collect();
    content.sort_unstable();
    Some(finding.content(&format!("{address}\n{}", content.join("\n"))))
}
