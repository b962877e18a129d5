//! Two names of operators that are probably one.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Near, Spelling, near, spellings, traces};
use crate::finding::{Confidence, Finding, Label};
use crate::rules::claimed::{counted, some_of};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `similar-operator-names`
    SimilarOperatorNames,
    "similar-operator-names",
    Hyperlane,
    Info,
    "Two operators' names are nearly the same: probably one operator, spelled in two ways",
    "similar_operator_names.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let spellings = spellings(bundle);
    if spellings.is_empty() {
        return Outcome::NotEvaluated("no claim names the operator of its address".to_owned());
    }
    let mut order: Vec<&Spelling<'_>> = spellings.values().collect();
    order.sort_by(|a, b| b.claims.len().cmp(&a.claims.len()).then(a.text.cmp(b.text)));
    // Each name is compared with the most used one that it shares a trace with: no name with all others.
    let mut usual: BTreeMap<u64, &Spelling<'_>> = BTreeMap::new();
    let mut findings = Vec::new();
    for spelling in order {
        let traces = traces(spelling.text);
        let known: BTreeSet<&str> = traces
            .iter()
            .filter_map(|trace| usual.get(trace))
            .map(|known| known.text)
            .collect();
        let close = known
            .iter()
            .filter_map(|text| spellings.get(text))
            .filter_map(|known| Some((known, near(known.text, spelling.text)?)))
            .max_by_key(|(known, _)| known.claims.len());
        if let Some((known, how)) = close
            && !is_told(known, spelling, how)
        {
            findings.extend(finding(meta, known, spelling, how));
        }
        for trace in traces {
            usual.entry(trace).or_insert(spelling);
        }
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!(
            "no two of {} are nearly the same",
            counted(spellings.len(), "operator's name")
        ),
    )
}

/// True where the two names stand at one address: `address-under-several-names` reports that, and which is the error.
fn is_told(one: &Spelling<'_>, other: &Spelling<'_>, how: Near) -> bool {
    how == Near::OneLetter && !one.addresses.is_disjoint(&other.addresses)
}

fn finding(meta: &'static Meta, usual: &Spelling<'_>, odd: &Spelling<'_>, how: Near) -> Option<Finding> {
    let (first, at) = (usual.claims.first()?, odd.claims.first()?);
    let (name, rare) = (short(usual.text), short(odd.text));
    let what = match how {
        Near::Spelling => "differ in case, blanks or punctuation only",
        Near::OneLetter => "are one letter apart",
    };
    let chains: Vec<String> = odd
        .claims
        .iter()
        .filter_map(|claim| claim.chain.clone())
        .collect();
    let message = format!(
        "the operators \"{rare}\" ({}) and \"{name}\" ({}) {what}: probably one operator",
        counted(odd.claims.len(), "seat"),
        counted(usual.claims.len(), "seat"),
    );
    let label = Label {
        span: at.address.span,
        message: format!("of \"{rare}\""),
    };
    let remedy = if usual.claims.len() > odd.claims.len() {
        format!("If they are one, write \"{name}\" everywhere.")
    } else {
        "If they are one, write its name in one way everywhere.".to_owned()
    };
    let mut finding = Finding::builder(meta.id, meta.severity, format!("operator {rare}"), message, label)
        .confidence(Confidence::Medium)
        .related(first.address.span, format!("of \"{name}\""))
        .consequence("who counts or looks for operators by name counts one as two, and misses the keys under the other name")
        .remedy(remedy);
    if !chains.is_empty() {
        finding = finding.note(format!("\"{rare}\" stands on: {}", some_of(&chains, 10)));
    }
    Some(finding.content(&format!("{}\n{}", usual.text, odd.text)))
}
