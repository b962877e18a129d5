//! One key on several chains.

use super::uses::{self, Use};
use crate::evidence::{Bundle, Key, same_chain_form};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::claimed::{counted, is_test_network, sets, some_of};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `same-key-several-chains`
    SameKeySeveralChains,
    "same-key-several-chains",
    Duties,
    Medium,
    "One key signs on several chains: its loss or compromise counts on all of them",
    "same_key_several_chains.md",
    judge
);

/// Chains that a message names.
const NAMES: usize = 6;
/// Chains that a note lists.
const LISTED: usize = 60;
/// Places that a finding shows.
const PLACES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let uses = uses::of_key(bundle, key);
    if uses.list.iter().all(|used| used.chain.is_none()) {
        return Outcome::NotEvaluated(
            "neither a claim, nor an agent's configuration, nor an alias of the guide's pattern says on which chain the key is \
             used"
                .to_owned(),
        );
    }
    let findings = uses
        .chains()
        .into_iter()
        .filter(|(_, of)| of.len() > 1)
        .filter_map(|(role, of)| finding(meta, bundle, key, role, &of, uses.by_alias))
        .collect();
    Outcome::of(findings, "in each role the key is said to be used on one chain")
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    key: &Key,
    role: &str,
    of: &[&Use],
    by_alias: bool,
) -> Option<Finding> {
    let first = of.first()?;
    let chains: Vec<String> = of.iter().filter_map(|used| used.chain.clone()).collect();
    let validates = role == "validator";
    let test = chains.iter().filter(|chain| is_test_network(chain)).count();
    let severity = match (validates, chains.len().saturating_sub(test)) {
        // On other chains than the one that it was meant for a transaction does nothing.
        (false, _) | (true, 0) => Severity::Info,
        (true, 1) => Severity::Low,
        (true, _) => meta.severity,
    };
    let what = match role {
        "validator" => "validates for".to_owned(),
        "" => "is used on".to_owned(),
        role => format!("is {} on", crate::rules::common::short(role)),
    };
    let label = Label {
        span: first.span,
        message: format!("one of {}", counted(chains.len(), "chain")),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        key.subject(),
        format!(
            "one key {what} {}: {}",
            counted(chains.len(), "chain"),
            some_of(&chains, NAMES)
        ),
        label,
    )
    .confidence(if by_alias {
        Confidence::Medium
    } else {
        Confidence::High
    });
    if validates {
        finding = finding
            .consequence(format!(
                "who gets hold of the key signs for {} at once; without it as many sets lose a signature at once",
                counted(chains.len(), "chain")
            ))
            .note("Hyperlane allows it: a checkpoint names its chain's domain, so that it is good on no other.")
            .remedy("Make a key for each chain, as the guide's naming does, or accept the finding.");
        let alone = alone(bundle, key);
        if !alone.is_empty() {
            finding = finding.consequence(format!(
                "its signature alone is enough on {}: {}",
                counted(alone.len(), "chain"),
                some_of(&alone, NAMES)
            ));
        }
    } else {
        finding = finding
            .note("The chain's id is part of what a transaction's signature covers, so that it is good on no other chain.")
            .remedy("Nothing must be done. Where it is not meant, make a key for each chain, as the guide's naming does.");
    }
    if test > 0 && test < chains.len() {
        finding = finding.note(format!(
            "{} of them by its name, the others not: a key of a test environment is usually guarded less",
            if test == 1 {
                "one is a test network".to_owned()
            } else {
                format!("{test} are test networks")
            }
        ));
    }
    if chains.len() > NAMES {
        finding = finding.note(format!("the chains: {}", some_of(&chains, LISTED)));
    }
    for used in of.iter().skip(1).take(PLACES) {
        finding = finding.related(used.span, used.words());
    }
    Some(finding.content(&format!("{role}\n{}", chains.join("\n"))))
}

/// The chains whose published set asks for one signature and has the key as a member.
fn alone(bundle: &Bundle, key: &Key) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for set in sets(bundle) {
        let own = set.seats.iter().any(|seat| {
            seat.address
                .is_some_and(|address| !address.is_zero() && address.is_of(key))
        });
        let seen = found
            .iter()
            .any(|chain| same_chain_form(chain) == set.chain_form());
        if own && set.threshold == Some(1) && !seen {
            found.push(set.chain.to_owned());
        }
    }
    found
}
