//! From artefacts to the joined evidence.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{Bundle, Expected, FileRecord, Gap, Key, ScopeReason};
use super::join::{join, kind_word};
use super::naming::guide_alias;
use super::{Artefact, ClaimOrigin, Data, agents, bind, bucket, conflict, iam, samples};
use crate::address::diagnose::{Hypotheses, Hypothesis, Subject};
use crate::address::{self, Payload};
use crate::source::{SourceId, SourceMap, Span};

/// Joins everything that was read.
///
/// The result does not depend on the order of `files`, but for the order of findings within one file.
pub fn assemble(sources: SourceMap, mut files: Vec<FileRecord>, mut artefacts: Vec<Artefact>) -> Bundle {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let order: BTreeMap<SourceId, usize> = files
        .iter()
        .enumerate()
        .map(|(at, file)| (file.source, at))
        .collect();
    artefacts.sort_by_key(|artefact| (order.get(&artefact.file).copied(), artefact.span.start));
    let paths: Vec<String> = artefacts
        .iter()
        .map(|artefact| {
            order
                .get(&artefact.file)
                .and_then(|at| files.get(*at))
                .map_or(String::new(), |file| file.below.clone())
        })
        .collect();
    let mut bundle = Bundle {
        sources,
        files,
        artefacts,
        ..Bundle::default()
    };
    join(&mut bundle, &paths);
    bundle.iam = (0..)
        .zip(&bundle.artefacts)
        .filter(|(_, artefact)| matches!(artefact.data, Data::Iam(_)))
        .map(|(index, _)| index)
        .collect();
    iam::assemble(&mut bundle, &paths);
    choose_public_keys(&mut bundle);
    bundle
        .keys
        .sort_by_key(|key| (key.arn.is_none(), key.id.is_none(), key.subject()));
    collect_claims(&mut bundle);
    bind::bind(&mut bundle, &paths);
    agents::assemble(&mut bundle, &paths);
    bucket::assemble(&mut bundle, &paths);
    index_addresses(&mut bundle);
    bundle.hypotheses = hypotheses(&bundle);
    samples::judge(&mut bundle);
    bundle.conflicts = conflict::find(&bundle);
    scope(&mut bundle);
    expected(&mut bundle);
    truncations(&mut bundle);
    failures(&mut bundle);
    not_told(&mut bundle);
    bundle.gaps.sort();
    bundle.gaps.dedup();
    bundle
}

/// Keys and bound claims by address, for the comparison of each claim with all others.
fn index_addresses(bundle: &mut Bundle) {
    let mut bound: BTreeSet<usize> = BTreeSet::new();
    for (index, key) in bundle.keys.iter().enumerate() {
        for payload in &key.payloads {
            bundle.by_address.entry(*payload).or_default().push(index);
        }
        bound.extend(key.claims.iter().map(|claim| claim.claim));
    }
    for index in bound {
        let payloads = bundle
            .claims
            .get(index)
            .map(|(claim, _)| address::payloads(&claim.address.value))
            .unwrap_or_default();
        for payload in payloads {
            bundle.bound_by_address.entry(payload).or_default().push(index);
        }
    }
}

/// What a claim may be by mistake: the keys, then the contracts in the order of files.
fn hypotheses(bundle: &Bundle) -> Hypotheses {
    let mut all: Vec<Hypothesis> = bundle
        .keys
        .iter()
        .filter(|key| !key.payloads.is_empty())
        .map(|key| Hypothesis {
            label: key.subject(),
            subject: Subject::Key(key.payloads.clone()),
        })
        .collect();
    let paths: BTreeMap<SourceId, &str> = bundle
        .files
        .iter()
        .map(|file| (file.source, file.below.as_str()))
        .collect();
    for artefact in &bundle.artefacts {
        if let Data::Contracts(contracts) = &artefact.data {
            let path = paths.get(&artefact.file).copied().unwrap_or_default();
            all.extend(contracts.iter().map(|contract| contract.hypothesis(path)));
        }
    }
    Hypotheses::new(all)
}

/// A key has a public key only where all its exports agree.
fn choose_public_keys(bundle: &mut Bundle) {
    for key in &mut bundle.keys {
        let mut good = key
            .joins
            .iter()
            .filter_map(|join| match &bundle.artefacts.get(join.artefact)?.data {
                Data::PublicKey(export) => export.result.as_ref().ok(),
                _ => None,
            });
        let first = good.next().copied();
        let agree = good.all(|other| Some(other) == first.as_ref());
        key.public_key = first.filter(|_| agree);
        key.payloads = key
            .public_key
            .as_ref()
            .map_or_else(Vec::new, |public| Payload::all_of(public).to_vec());
    }
}

fn collect_claims(bundle: &mut Bundle) {
    let mut claims = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        if let Data::Claims(list) = &artefact.data {
            claims.extend(list.iter().cloned().map(|claim| (claim, index)));
        }
    }
    bundle.claims = claims;
}

/// True where the evidence holds something of the key itself, beside a row in a list.
fn has_own_evidence(bundle: &Bundle, key: &Key) -> bool {
    bundle.of_key(key).any(|(artefact, _)| {
        matches!(
            artefact.data,
            Data::PublicKey(_) | Data::Metadata(_) | Data::Policy(_) | Data::Signature(_)
        )
    })
}

fn scope(bundle: &mut Bundle) {
    let declared = bundle
        .claims
        .iter()
        .any(|(claim, _)| claim.origin != ClaimOrigin::PublishedSet)
        || bundle
            .keys
            .iter()
            .any(|key| !key.claims.is_empty() || !key.agents.is_empty());
    let own: Vec<bool> = bundle
        .keys
        .iter()
        .map(|key| has_own_evidence(bundle, key))
        .collect();
    let named: BTreeSet<SourceId> = bundle
        .files
        .iter()
        .filter(|file| file.named)
        .map(|file| file.source)
        .collect();
    let singly: Vec<bool> = bundle
        .keys
        .iter()
        .map(|key| {
            bundle.of_key(key).any(|(artefact, _)| {
                matches!(artefact.data, Data::PublicKey(_) | Data::Metadata(_))
                    && named.contains(&artefact.file)
            })
        })
        .collect();
    let only = own.iter().filter(|own| **own).count() == 1;
    for (index, key) in bundle.keys.iter_mut().enumerate() {
        let own = own.get(index).copied().unwrap_or_default();
        key.scope = if !key.claims.is_empty() {
            Some(ScopeReason::Claimed)
        } else if !key.agents.is_empty() {
            Some(ScopeReason::Configured)
        } else if own && (only || singly.get(index).copied().unwrap_or_default()) {
            Some(ScopeReason::GivenSingly)
        } else if own && !declared {
            Some(ScopeReason::NothingDeclared)
        } else {
            None
        };
    }
    set_aside(bundle);
    if bundle.keys.iter().all(|key| key.scope.is_none()) {
        for (key, own) in bundle.keys.iter_mut().zip(own) {
            key.scope = own.then_some(ScopeReason::NothingBound);
        }
    }
}

/// Code declares every key of a system, most of which encrypt: beside keys that sign they are listed, not judged.
/// One that has the alias of a signer, or an address claimed for it, is judged whatever it is.
fn set_aside(bundle: &mut Bundle) {
    let aside: Vec<bool> = bundle
        .keys
        .iter()
        .map(|key| {
            !matches!(key.scope, Some(ScopeReason::Claimed | ScopeReason::Configured))
                && is_for_encryption(bundle, key)
        })
        .collect();
    let signs = bundle
        .keys
        .iter()
        .zip(&aside)
        .any(|(key, aside)| key.scope.is_some() && !aside);
    for (key, aside) in bundle.keys.iter_mut().zip(aside) {
        if signs && aside {
            key.scope = None;
        }
    }
}

impl Bundle {
    /// Judges the keys that have a policy, whatever else is known of them, but for those that code makes for encryption.
    pub fn scope_to_policies(&mut self) {
        let judged: Vec<bool> = self
            .keys
            .iter()
            .map(|key| {
                let has_policy = self.of_key(key).any(
                    |(artefact, _)| matches!(&artefact.data, Data::Policy(export) if export.is_key_policy),
                );
                has_policy && !is_for_encryption(self, key)
            })
            .collect();
        for (key, judged) in self.keys.iter_mut().zip(judged) {
            key.scope = judged.then_some(ScopeReason::GivenSingly);
        }
    }
}

/// True for a key that only code knows, and knows to be for something else than signing.
fn is_for_encryption(bundle: &Bundle, key: &Key) -> bool {
    let mut told = false;
    for (artefact, _) in bundle.of_key(key) {
        match &artefact.data {
            Data::Metadata(metadata) => {
                let usage = metadata.key_usage.as_ref().map(|usage| usage.value.as_str());
                if !metadata.teller.is_code() || usage.is_none_or(|usage| usage == "SIGN_VERIFY") {
                    return false;
                }
                told = true;
            }
            Data::PublicKey(_) | Data::Signature(_) => return false,
            _ => {}
        }
    }
    told && key.aliases.iter().all(|alias| guide_alias(alias).is_none())
}

fn expected(bundle: &mut Bundle) {
    let key_of: BTreeMap<usize, usize> = bundle
        .keys
        .iter()
        .enumerate()
        .rev()
        .flat_map(|(index, key)| key.claims.iter().map(move |bound| (bound.claim, index)))
        .collect();
    bundle.expected = bundle
        .claims
        .iter()
        .enumerate()
        .filter(|(_, (claim, _))| claim.origin != ClaimOrigin::PublishedSet)
        .map(|(index, _)| Expected {
            claim: index,
            key: key_of.get(&index).copied(),
        })
        .collect();
}

/// Calls that AWS refused: what is missing, and why.
fn failures(bundle: &mut Bundle) {
    let mut gaps = Vec::new();
    let only = only_keys(bundle);
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        let Data::Failed(call) = &artefact.data else {
            continue;
        };
        if call.without_password().is_some() {
            continue;
        }
        let path = bundle.sources.get(bundle.sources.file_of(artefact.file)).name();
        gaps.push(Gap {
            kind: call.kind().to_owned(),
            message: format!(
                "{path}: {}, so that its output is not in the evidence",
                call.words()
            ),
            span: Some(call.code.span),
            key: only.get(&index).copied().flatten(),
        });
    }
    bundle.gaps.extend(gaps);
}

/// What files say that they do not know, and code, which says what is to be.
fn not_told(bundle: &mut Bundle) {
    let mut gaps = Vec::new();
    let key_of = bundle.keys_of_artefacts();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        let path = || {
            let source = bundle.sources.file_of(artefact.file);
            bundle.sources.get(source).name().to_owned()
        };
        if let Data::NotTold(part) = &artefact.data {
            let key = key_of.get(&index).copied();
            gaps.push(Gap {
                kind: part.kind.to_owned(),
                message: format!("{}: {}", path(), part.message),
                span: Some(artefact.span),
                key,
            });
        }
        if artefact.intent {
            gaps.push(Gap {
                kind: "deployment".to_owned(),
                message: format!(
                    "{} ({}) says what is to be, which need not be what is in force: give the exports of the keys too",
                    path(),
                    artefact.format
                ),
                span: None,
                key: None,
            });
        }
    }
    bundle.gaps.extend(gaps);
}

/// The one key that each artefact is joined to, where it is one.
fn only_keys(bundle: &Bundle) -> BTreeMap<usize, Option<usize>> {
    let mut only: BTreeMap<usize, Option<usize>> = BTreeMap::new();
    for (index, key) in bundle.keys.iter().enumerate() {
        for join in &key.joins {
            only.entry(join.artefact)
                .and_modify(|key| *key = None)
                .or_insert(Some(index));
        }
    }
    only
}

/// Exports that say of themselves that there is more.
fn truncations(bundle: &mut Bundle) {
    let mut gaps = Vec::new();
    let only = only_keys(bundle);
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        let span: Option<Span> = match &artefact.data {
            Data::Grants(list) => list.truncated,
            Data::Aliases(list) => list.truncated,
            Data::PolicyList(list) => list.truncated,
            Data::Tags(list) => list.truncated,
            Data::Keys(list) => list.truncated,
            Data::Iam(details) => details.truncated,
            Data::IamPart(part) => part.truncated,
            _ => None,
        };
        let Some(span) = span else { continue };
        let path = bundle.sources.get(bundle.sources.file_of(artefact.file)).name();
        let key = only.get(&index).copied().flatten();
        gaps.push(Gap {
            kind: kind_word(&artefact.data).to_owned(),
            message: format!("{path} is one page of several: the next pages are missing"),
            span: Some(span),
            key,
        });
    }
    bundle.gaps.extend(gaps);
}
