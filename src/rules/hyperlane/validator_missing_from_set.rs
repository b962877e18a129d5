//! A validator's claimed address that the chain's published set does not have.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::References;
use crate::evidence::{AgentRole, Bundle, Data, Key, guide_alias, same_chain_form};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::claimed::{Files, Same, Seat, Set, counted, is_own, made_for, sets, some_of};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `validator-missing-from-set`
    ValidatorMissingFromSet,
    "validator-missing-from-set",
    Hyperlane,
    Medium,
    "An address claimed for a chain's validator is not in the chain's published set",
    "validator_missing_from_set.md",
    judge
);

/// Chains that a finding describes.
const CHAINS: usize = 20;

/// Who says that an address is a validator's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// Claims of one file with one `source`.
    Own(usize, Option<String>),
    /// A published list without thresholds: the keys of some operator.
    List(usize),
    /// Aliases of the keys, by the guide's pattern.
    Aliases,
}

/// One address on one chain.
struct Entry<'b> {
    address: Same,
    chain: &'b str,
    span: Span,
    /// The judged key of the evidence that has the address.
    key: Option<&'b Key>,
}

/// An entry that the set does not have.
struct Missing<'e, 's, 'b> {
    entry: &'e Entry<'b>,
    set: &'s Set<'b>,
    /// The seats that the set gives to the operator of the list.
    instead: Vec<Seat<'b>>,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let sets = sets(bundle);
    let references = References::of(&sets);
    if references.is_empty() {
        return Outcome::NotEvaluated(
            "no published validator set with its threshold is in the evidence".to_owned(),
        );
    }
    let entries = entries(bundle, &sets);
    let names = operators(&sets);
    // One look at each set: a set may be asked for by many lists.
    let mut members: BTreeMap<String, (BTreeSet<Same>, Seated<'_>)> = BTreeMap::new();
    let mut compared: BTreeMap<(&Who, usize), (usize, Vec<Missing<'_, '_, '_>>)> = BTreeMap::new();
    for (who, list) in &entries {
        // Whose list it is: the names that the sets give to its addresses elsewhere.
        let own: BTreeSet<&String> = list
            .iter()
            .filter_map(|entry| names.get(&entry.address))
            .flatten()
            .collect();
        for entry in list {
            let form = same_chain_form(entry.chain);
            let Some(set) = references.get(&form) else {
                continue;
            };
            let (members, seated) = members
                .entry(form)
                .or_insert_with(|| (set.by_address().into_keys().collect(), seated(set)));
            let (count, missing) = compared.entry((who, set.artefact)).or_default();
            *count = count.saturating_add(1);
            if !members.contains(&entry.address) {
                let instead = own.iter().take(NAMES).filter_map(|name| seated.get(*name));
                missing.push(Missing {
                    entry,
                    set,
                    instead: instead.flatten().copied().collect(),
                });
            }
        }
    }
    if compared.is_empty() {
        return Outcome::NotEvaluated(
            "no address is claimed for a validator of a chain whose published set is in the evidence"
                .to_owned(),
        );
    }
    let files = Files::of(bundle);
    let all: usize = compared.values().map(|(count, _)| *count).sum();
    let mut findings = Vec::new();
    for ((who, artefact), (count, missing)) in &compared {
        let pair = (who.words(bundle, &files), files.name(bundle, *artefact));
        findings.extend(finding(meta, who, &pair, *count, missing));
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!("each of {all} addresses claimed for a chain's validator is in that chain's published set"),
    )
}

impl Who {
    /// The source in words.
    fn words(&self, bundle: &Bundle, files: &Files<'_>) -> String {
        match self {
            Self::Own(artefact, None) | Self::List(artefact) => files.name(bundle, *artefact),
            Self::Own(artefact, Some(source)) => {
                format!("{} ({})", files.name(bundle, *artefact), short(source))
            }
            Self::Aliases => "the aliases of the keys".to_owned(),
        }
    }
}

/// The addresses that somebody says are a chain's validators, without being the chain's whole set.
fn entries<'b>(bundle: &'b Bundle, sets: &[Set<'b>]) -> BTreeMap<Who, Vec<Entry<'b>>> {
    let mut entries: BTreeMap<Who, Vec<Entry<'b>>> = BTreeMap::new();
    let keys = made_for(bundle);
    let mut claimed: BTreeSet<(usize, String)> = BTreeSet::new();
    for (index, (claim, artefact)) in bundle.claims.iter().enumerate() {
        let (Some("validator"), Some(chain)) = (claim.role.as_deref(), claim.chain.as_deref()) else {
            continue;
        };
        let Some(address) = Same::of(&claim.address.value).filter(|_| is_own(claim)) else {
            continue;
        };
        if let Some(key) = keys.get(&index) {
            claimed.insert((*key, same_chain_form(chain)));
        }
        // A claim that is not its key's address is wrong by itself, and reported so.
        let refuted = keys
            .get(&index)
            .and_then(|key| bundle.keys.get(*key))
            .is_some_and(|key| key.evm().is_some() && !address.is_of(key));
        if refuted || address.is_zero() {
            continue;
        }
        let who = Who::Own(*artefact, claim.source.clone());
        entries.entry(who).or_default().push(Entry {
            address,
            chain,
            span: claim.address.span,
            key: address.key_here(bundle),
        });
    }
    for set in sets.iter().filter(|set| set.threshold.is_none()) {
        for (address, seats) in set.by_address() {
            if let Some(seat) = seats.first() {
                entries.entry(Who::List(set.artefact)).or_default().push(Entry {
                    address,
                    chain: set.chain,
                    span: seat.span(),
                    key: address.key_here(bundle),
                });
            }
        }
    }
    by_alias(bundle, &claimed, &mut entries);
    entries
}

/// Judged keys whose alias says that they are a chain's validator, where no claim says it already.
fn by_alias<'b>(
    bundle: &'b Bundle,
    claimed: &BTreeSet<(usize, String)>,
    entries: &mut BTreeMap<Who, Vec<Entry<'b>>>,
) {
    let mut places: BTreeMap<(&str, &str), Span> = BTreeMap::new();
    for artefact in &bundle.artefacts {
        let Data::Aliases(list) = &artefact.data else {
            continue;
        };
        for alias in &list.aliases {
            if let Some(id) = alias.target.as_ref().and_then(|target| target.value.id()) {
                places.entry((id, &alias.name.value)).or_insert(alias.name.span);
            }
        }
    }
    for (index, key) in bundle
        .keys
        .iter()
        .enumerate()
        .filter(|(_, key)| key.scope.is_some())
    {
        let (Some(address), Some(id)) = (Same::of_key(key), key.id.as_deref()) else {
            continue;
        };
        for alias in &key.aliases {
            let Some(guide) = guide_alias(alias).filter(|guide| guide.role == AgentRole::Validator) else {
                continue;
            };
            let chain = alias.strip_prefix("alias/hyperlane-validator-signer-");
            let (Some(chain), Some(span)) = (chain, places.get(&(id, alias.as_str()))) else {
                continue;
            };
            if !claimed.contains(&(index, same_chain_form(&guide.chain))) {
                entries.entry(Who::Aliases).or_default().push(Entry {
                    address,
                    chain,
                    span: *span,
                    key: Some(key),
                });
            }
        }
    }
}

/// Where each operator sits in a set, by the form of its name: the first few seats.
type Seated<'b> = BTreeMap<String, Vec<Seat<'b>>>;

/// Seats of one operator in one set that are kept.
const SEATS: usize = 4;

/// Names under which the owner of a list is looked for.
const NAMES: usize = 8;

fn seated<'b>(set: &Set<'b>) -> Seated<'b> {
    let mut seated = Seated::new();
    for seat in &set.seats {
        let form = seat
            .claim
            .alias
            .as_deref()
            .map(same_chain_form)
            .unwrap_or_default();
        if !form.is_empty() {
            let seats = seated.entry(form).or_default();
            if seats.len() < SEATS {
                seats.push(*seat);
            }
        }
    }
    seated
}

/// The operators' names of each address, in all sets.
fn operators(sets: &[Set<'_>]) -> BTreeMap<Same, BTreeSet<String>> {
    let mut names: BTreeMap<Same, BTreeSet<String>> = BTreeMap::new();
    for seat in sets.iter().flat_map(|set| &set.seats) {
        if let (Some(address), Some(alias)) = (seat.address, &seat.claim.alias) {
            names.entry(address).or_default().insert(same_chain_form(alias));
        }
    }
    names
}

impl Missing<'_, '_, '_> {
    /// In words: chain, claimed address, and the operator's address in the set.
    fn words(&self) -> String {
        let instead: Vec<String> = self.instead.iter().map(Seat::named).collect();
        let there = if instead.is_empty() {
            "is not in the set".to_owned()
        } else {
            format!("is not in the set, which has {}", some_of(&instead, 3))
        };
        format!("{}: {} {there}", self.set.chain, self.entry.address)
    }
}

fn finding(
    meta: &'static Meta,
    who: &Who,
    (source, reference): &(String, String),
    count: usize,
    missing: &[Missing<'_, '_, '_>],
) -> Option<Finding> {
    // What concerns a key of this evidence stands first, then where the operator has another address in the set.
    let first = missing
        .iter()
        .find(|missing| missing.entry.key.is_some())
        .or_else(|| missing.iter().find(|missing| !missing.instead.is_empty()))
        .or_else(|| missing.first())?;
    let keys: BTreeSet<String> = missing
        .iter()
        .filter_map(|missing| missing.entry.key)
        .map(Key::subject)
        .collect();
    let severity = if keys.is_empty() && matches!(who, Who::List(_)) {
        Severity::Info
    } else {
        meta.severity
    };
    let subject = match keys.iter().next() {
        Some(key) if keys.len() == 1 => key.clone(),
        _ => format!("validators of {source}"),
    };
    let message = format!(
        "{} of {} in {source} {} not in the sets of {reference}; {}",
        missing.len(),
        counted(count, "validator"),
        if missing.len() == 1 { "is" } else { "are" },
        first.words()
    );
    let label = Label {
        span: first.entry.span,
        message: format!("no validator of {} in {reference}", first.set.chain),
    };
    let there = first
        .instead
        .first()
        .map_or((first.set.place, "the set".to_owned()), |seat| {
            (seat.span(), format!("the set has {}", seat.named()))
        });
    let mut finding = Finding::builder(meta.id, severity, subject, message, label)
        .confidence(Confidence::Medium)
        .related(there.0, there.1)
        .consequence("signatures of an address that the set does not have count for nothing")
        .note(
            "A key that was rotated, a list that is out of date, a set of another purpose (an application's own) and a \
             wrong address look alike here.",
        )
        .remedy(
            "Ask the operator which address is in use, and the destination chain's contract (validatorsAndThreshold) \
             which it has; then correct the list that is wrong.",
        );
    for missing in missing.iter().take(CHAINS) {
        finding = finding.note(missing.words());
    }
    let more = missing.len().saturating_sub(CHAINS);
    if more > 0 {
        finding = finding.note(format!("and {more} more"));
    }
    let content: Vec<String> = missing.iter().map(Missing::words).collect();
    Some(finding.content(&content.join("\n")))
}
