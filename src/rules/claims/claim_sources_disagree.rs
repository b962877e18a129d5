//! Two sources that claim different addresses for one and the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Bundle, Claim, Key, same_chain_form};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::claimed::{Files, Same, counted, is_own, made_for, some_of};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `claim-sources-disagree`
    ClaimSourcesDisagree,
    "claim-sources-disagree",
    Claims,
    Medium,
    "Two sources claim different addresses for one key, or for one role on one chain",
    "claim_sources_disagree.md",
    judge
);

/// Differences that a finding shows.
const MOST: usize = 20;

/// What an address is claimed for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A key of the evidence.
    Key(usize),
    /// A key that is not there, by the name that the claim has for it.
    Named(String),
    /// A role on a chain.
    RoleChain(String, String),
}

/// A source: the claims of one file that name the same source, or none.
type Source<'b> = (usize, Option<&'b str>);

/// What one source claims for one thing.
#[derive(Default)]
struct Told<'b> {
    addresses: BTreeMap<Same, &'b Claim>,
}

/// Two sources' words on one thing.
struct Difference<'b> {
    what: String,
    /// The key concerned, where it is here.
    key: Option<&'b Key>,
    first: &'b Claim,
    second: &'b Claim,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let keys = made_for(bundle);
    let mut told: BTreeMap<What, Vec<(Source<'_>, Told<'_>)>> = BTreeMap::new();
    let mut places: BTreeMap<(What, Source<'_>), usize> = BTreeMap::new();
    for (index, (claim, artefact)) in bundle.claims.iter().enumerate() {
        let Some(address) = Same::of(&claim.address.value).filter(|_| is_own(claim)) else {
            continue;
        };
        let Some(what) = what(claim, keys.get(&index).copied()) else {
            continue;
        };
        let source = (*artefact, claim.source.as_deref());
        let list = told.entry(what.clone()).or_default();
        let at = *places.entry((what, source)).or_insert_with(|| {
            list.push((source, Told::default()));
            list.len().saturating_sub(1)
        });
        if let Some((_, told)) = list.get_mut(at) {
            told.addresses.entry(address).or_insert(claim);
        }
    }
    let mut settled = 0_usize;
    let mut compared = 0_usize;
    let mut pairs: BTreeMap<(Source<'_>, Source<'_>), Vec<Difference<'_>>> = BTreeMap::new();
    for (what, list) in &told {
        let [(first, reference), rest @ ..] = list.as_slice() else {
            continue;
        };
        let key = match what {
            What::Key(key) => bundle.keys.get(*key),
            _ => None,
        };
        if rest.is_empty() {
            continue;
        }
        // Where the key's own address is known, each claim is compared with that, and the wrong one is reported.
        if key.is_some_and(|key| key.evm().is_some()) {
            settled = settled.saturating_add(1);
            continue;
        }
        compared = compared.saturating_add(1);
        for (source, own) in rest {
            let both_here = |pair: &(&Claim, &Claim)| {
                [pair.0, pair.1].iter().all(|claim| {
                    Same::of(&claim.address.value).is_some_and(|same| same.key_here(bundle).is_some())
                })
            };
            // Two addresses that both have their key here are two keys, not one told wrong.
            let pair = differing(reference, own).filter(|pair| key.is_some() || !both_here(pair));
            if let Some((first_claim, second_claim)) = pair {
                pairs.entry((*first, *source)).or_default().push(Difference {
                    what: words(bundle, what),
                    key,
                    first: first_claim,
                    second: second_claim,
                });
            }
        }
    }
    if compared == 0 {
        return if settled == 0 {
            Outcome::NotEvaluated(
                "no two sources claim an address for one key, or for one role on one chain".to_owned(),
            )
        } else {
            Outcome::NotApplicable(
                "where several sources claim an address, the key itself decides: see claim-mismatch"
                    .to_owned(),
            )
        };
    }
    let files = Files::of(bundle);
    let findings = pairs
        .iter()
        .filter_map(|((first, second), differences)| {
            let name = |(artefact, source): &Source<'_>| match source {
                Some(source) => format!("{} ({})", files.name(bundle, *artefact), short(source)),
                None => files.name(bundle, *artefact),
            };
            finding(meta, bundle, &(name(first), name(second)), differences)
        })
        .collect();
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!(
            "what several sources claim an address for, {} in all, has the same address in each of them",
            counted(compared, "key or role")
        ),
    )
}

fn what(claim: &Claim, key: Option<usize>) -> Option<What> {
    if let Some(key) = key {
        return Some(What::Key(key));
    }
    if let Some(named) = &claim.key {
        return Some(What::Named(named.value.trim().to_owned()));
    }
    let (role, chain) = (claim.role.as_deref()?, claim.chain.as_deref()?);
    Some(What::RoleChain(role.trim().to_owned(), same_chain_form(chain)))
}

fn words(bundle: &Bundle, what: &What) -> String {
    match what {
        What::Key(key) => bundle.keys.get(*key).map_or_else(String::new, Key::subject),
        What::Named(name) => format!("key {}", short(name)),
        What::RoleChain(role, chain) => format!("the {} on {}", short(role), short(chain)),
    }
}

/// The first two addresses that only one of two sources has each. Where one merely has more than the other, they do not
/// contradict each other: a role on a chain may have several keys.
fn differing<'b>(one: &Told<'b>, other: &Told<'b>) -> Option<(&'b Claim, &'b Claim)> {
    let only = |one: &Told<'b>, other: &Told<'b>| {
        one.addresses
            .iter()
            .filter(|(address, _)| !other.addresses.contains_key(address))
            .map(|(_, claim)| *claim)
            .min_by_key(|claim| claim.address.span)
    };
    Some((only(one, other)?, only(other, one)?))
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    (one, other): &(String, String),
    differences: &[Difference<'_>],
) -> Option<Finding> {
    let address = |claim: &Claim| {
        Same::of(&claim.address.value).map_or_else(|| short(&claim.address.value), |same| same.to_string())
    };
    let here = |claim: &Claim| Same::of(&claim.address.value).and_then(|same| same.key_here(bundle));
    // What concerns a key of this evidence stands first.
    let concerned = |difference: &&Difference<'_>| {
        difference.key.is_some() || here(difference.first).is_some() || here(difference.second).is_some()
    };
    let first = differences
        .iter()
        .find(concerned)
        .or_else(|| differences.first())?;
    let keys: BTreeSet<String> = differences
        .iter()
        .flat_map(|difference| [difference.key, here(difference.first), here(difference.second)])
        .flatten()
        .filter(|key| key.scope.is_some())
        .map(Key::subject)
        .collect();
    let severity = if keys.is_empty() {
        meta.severity
    } else {
        Severity::High
    };
    let subject = match keys.iter().next() {
        Some(key) if keys.len() == 1 => key.clone(),
        _ => format!("claims of {one} and {other}"),
    };
    let more = match differences.len().saturating_sub(1) {
        0 => String::new(),
        more => format!("; they differ on {more} more"),
    };
    let whose = |claim: &Claim| {
        here(claim).map_or_else(String::new, |key| format!(", which is that of {}", key.subject()))
    };
    let message = format!(
        "for {} {one} says {}{}, and {other} says {}{}{more}",
        first.what,
        address(first.first),
        whose(first.first),
        address(first.second),
        whose(first.second),
    );
    let label = Label {
        span: first.second.address.span,
        message: format!("{other}, for {}", first.what),
    };
    let confidence = if first.key.is_some() {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let mut finding = Finding::builder(meta.id, severity, subject, message, label)
        .confidence(confidence)
        .related(
            first.first.address.span,
            format!("{one}, for the same"),
        )
        .consequence("one of the two is wrong or out of date: who relies on it trusts a key that is not in use, or not the owner's")
        .remedy(
            "Export the public key of the key that is in use (aws kms get-public-key --key-id KEY_ID): its address decides. \
             Then correct the other source.",
        );
    let listed: Vec<&Difference<'_>> = differences
        .iter()
        .filter(|difference| !std::ptr::eq(*difference, first))
        .collect();
    for difference in listed.iter().take(MOST) {
        finding = finding
            .note(format!(
                "for {}: {} and {}",
                difference.what,
                address(difference.first),
                address(difference.second)
            ))
            .related(
                difference.second.address.span,
                format!("{other}, for {}", difference.what),
            );
    }
    let beyond = listed.len().saturating_sub(MOST);
    if beyond > 0 {
        finding = finding.note(format!("and {beyond} more"));
    }
    if keys.len() > 1 {
        let keys: Vec<String> = keys.into_iter().collect();
        finding = finding.note(format!("keys of this evidence concerned: {}", some_of(&keys, 5)));
    }
    let content: Vec<String> = differences
        .iter()
        .map(|difference| {
            format!(
                "{} {} {}",
                difference.what,
                address(difference.first),
                address(difference.second)
            )
        })
        .collect();
    Some(finding.content(&content.join("\n")))
}
