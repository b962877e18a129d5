//! Administrators whom several keys share.

use std::collections::{BTreeMap, BTreeSet};

use super::{Held, Person, count, held, judged, more, private_key, short_name};
use crate::evidence::{Bundle, Key, same_chain_form};
use crate::finding::{Finding, Label, Severity};
use crate::policy::access::{ActionClass, Who};
use crate::rules::claimed::{Same, Set, counted, sets, some_of};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `shared-account-admins`
    SharedAccountAdmins,
    "shared-account-admins",
    Duties,
    Info,
    "Several keys have the same administrators, or are of one account: who administers them all signs with them all",
    "shared_account_admins.md",
    judge
);

/// Names that a message has.
const NAMES: usize = 3;
/// Places that a finding shows.
const PLACES: usize = 10;

/// Who administers: an account, through its root user and IAM, or somebody by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Account(String),
    Named(Person),
}

impl Party {
    fn subject(&self) -> String {
        match self {
            Self::Account(account) => format!("account {account}"),
            Self::Named(person) => person.subject(),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Account(account) => format!("account {account}"),
            Self::Named(person) => person.name(),
        }
    }
}

/// What a party administers.
#[derive(Default)]
struct Share<'b> {
    /// Each key once.
    held: Vec<Held<'b>>,
    /// The private keys.
    keys: BTreeSet<String>,
}

type Parties<'b> = BTreeMap<Party, Share<'b>>;

/// A seat of a published set that a key in scope has.
struct Seat<'b> {
    private_key: String,
    address: Same,
    /// The operator's name, as the set writes it.
    operator: Option<&'b str>,
}

/// The seats of one chain's set that keys in scope have.
struct Seats<'b> {
    set: Set<'b>,
    own: Vec<Seat<'b>>,
}

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let keys = judged(bundle);
    if keys.is_empty() {
        return Outcome::NotEvaluated("no key is in scope".to_owned());
    }
    if count(keys.iter().copied()) == 1 {
        return Outcome::NotApplicable("only one key is in scope".to_owned());
    }
    let parties = parties(bundle, &keys);
    let seats = seats(bundle);
    let mut findings = Vec::new();
    let mut said = BTreeSet::new();
    for of in &seats {
        if let Some(finding) = reached(meta, bundle, of, &parties) {
            said.insert(of.subject());
            findings.push(finding);
        }
    }
    // Somebody of whom a set's finding says it all has none of his own.
    let is_told = |share: &Share<'_>| {
        seats
            .iter()
            .any(|of| said.contains(&of.subject()) && of.has_all(share))
    };
    for (party, share) in parties
        .iter()
        .filter(|(_, share)| share.keys.len() > 1 && !is_told(share))
    {
        let independent = match party {
            // That the keys of one account share it goes without saying.
            Party::Account(_) => None,
            Party::Named(_) => independent(&seats, &said, share),
        };
        // Whose keys are all of one account is named by the account's finding.
        let of_account = |(other, all): (&Party, &Share<'_>)| {
            matches!(other, Party::Account(_)) && share.keys.is_subset(&all.keys)
        };
        if independent.is_none() && matches!(party, Party::Named(_)) && parties.iter().any(of_account) {
            continue;
        }
        findings.extend(plain(
            meta,
            bundle,
            party,
            share,
            independent.as_deref(),
            &parties,
        ));
    }
    if findings.is_empty()
        && let Some(more) = keys
            .iter()
            .find_map(|key| more(bundle, key, &[ActionClass::Administer]))
    {
        return Outcome::NotEvaluated(more);
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!(
            "no two of the {} keys in scope have an administrator in common",
            keys.len()
        ),
    )
}

fn parties<'b>(bundle: &'b Bundle, keys: &[&'b Key]) -> Parties<'b> {
    let mut parties: Parties<'_> = BTreeMap::new();
    let mut add = |party: Party, held: Held<'b>| {
        let share = parties.entry(party).or_default();
        if share
            .held
            .last()
            .is_none_or(|last| !std::ptr::eq(last.key, held.key))
        {
            share.keys.insert(private_key(held.key));
            share.held.push(held);
        }
    };
    for key in keys {
        for (holder, right) in bundle.access(key).access.who_may(ActionClass::Administer) {
            if let Who::Root(account) = &holder.who {
                add(Party::Account(account.clone()), Held { key, holder, right });
            }
        }
        for (person, held) in held(bundle, key, ActionClass::Administer) {
            add(Party::Named(person), held);
        }
    }
    parties
}

/// The published sets with keys in scope, one for each chain: of several files the one that says the threshold.
fn seats(bundle: &Bundle) -> Vec<Seats<'_>> {
    let mut found: BTreeMap<String, Seats<'_>> = BTreeMap::new();
    for set in sets(bundle) {
        let own: Vec<Seat<'_>> = set
            .by_address()
            .into_iter()
            .filter_map(|(address, seats)| {
                Some(Seat {
                    private_key: private_key(address.key_here(bundle)?),
                    address,
                    operator: seats.first()?.claim.alias.as_deref(),
                })
            })
            .collect();
        let chain = set.chain_form();
        let says_more = found
            .get(&chain)
            .is_none_or(|known| known.set.threshold.is_none() && set.threshold.is_some());
        if !own.is_empty() && says_more {
            found.insert(chain, Seats { set, own });
        }
    }
    found.into_values().collect()
}

impl<'b> Seats<'b> {
    /// The seats whose keys a party administers; replicas have one.
    fn of(&self, share: &Share<'_>) -> Vec<&Seat<'b>> {
        self.own
            .iter()
            .filter(|seat| share.keys.contains(&seat.private_key))
            .collect()
    }

    /// True where all keys of a party have seats here, as many as the threshold.
    fn has_all(&self, share: &Share<'_>) -> bool {
        let all = self.of(share).len();
        all == share.keys.len() && self.is_enough(all)
    }

    fn is_enough(&self, seats: usize) -> bool {
        let seats = u64::try_from(seats).unwrap_or(u64::MAX);
        self.set
            .threshold
            .is_some_and(|threshold| threshold > 1 && seats >= threshold)
    }

    fn subject(&self) -> String {
        format!("validator set of {}", self.set.chain)
    }
}

/// A set whose threshold those who administer its keys reach alone. A threshold of one needs no sharing.
fn reached(meta: &'static Meta, bundle: &Bundle, of: &Seats<'_>, parties: &Parties<'_>) -> Option<Finding> {
    let threshold = of.set.threshold?;
    let reaching: Vec<(&Party, Vec<&Seat<'_>>, &Share<'_>)> = parties
        .iter()
        .map(|(party, share)| (party, of.of(share), share))
        .filter(|(_, seats, _)| of.is_enough(seats.len()))
        .collect();
    let (_, seats, _) = reaching.iter().max_by_key(|(_, seats, _)| seats.len())?;
    let names: Vec<String> = reaching.iter().map(|(party, ..)| party.words()).collect();
    let severity = if of.set.is_test() {
        Severity::Info
    } else {
        Severity::Critical
    };
    let label = Label {
        span: of.set.place,
        message: format!("the threshold is {threshold}"),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        of.subject(),
        format!(
            "the keys of {} of {} in the validator set of {}, whose threshold is {threshold}, are administered by {}",
            seats.len(),
            counted(of.set.seats.len(), "seat"),
            of.set.chain,
            some_of(&names, NAMES)
        ),
        label,
    )
    .consequence(format!(
        "whoever acts as the administrator lets himself sign with {} of the keys, and forges any message from {}",
        seats.len(),
        of.set.chain
    ))
    .remedy(
        "Spread the seats over accounts and administrators of several parties, so that none of them has as many as the \
         threshold; or raise the threshold above what one of them has.",
    );
    let mut seen = BTreeSet::new();
    for held in reaching.iter().flat_map(|(.., share)| &share.held).take(PLACES) {
        if let Some((span, words)) = held.place(bundle).filter(|(span, _)| seen.insert(*span)) {
            finding = finding.related(span, format!("{}: {words}", short_name(held.key)));
        }
    }
    let addresses: Vec<String> = of.own.iter().map(|seat| seat.address.to_string()).collect();
    Some(finding.content(&format!(
        "{}\n{threshold}\n{}\n{}",
        of.set.chain,
        addresses.join("\n"),
        names.join("\n")
    )))
}

/// Why the keys should not have an administrator in common: they are of several operators, or hold seats of one set.
fn independent(seats: &[Seats<'_>], said: &BTreeSet<String>, share: &Share<'_>) -> Option<String> {
    let mut operators: BTreeMap<String, &str> = BTreeMap::new();
    for of in seats.iter().filter(|of| !said.contains(&of.subject())) {
        let own = of.of(share);
        for name in own.iter().filter_map(|seat| seat.operator) {
            let form = same_chain_form(name);
            if !form.is_empty() {
                operators.entry(form).or_insert(name);
            }
        }
        if own.len() > 1 && !of.set.is_test() {
            return Some(format!(
                "{} in the validator set of {}",
                counted(own.len(), "seat"),
                of.set.chain
            ));
        }
    }
    (operators.len() > 1).then(|| {
        let names: Vec<String> = operators.values().map(|name| short(name)).collect();
        format!("keys of {} operators: {}", names.len(), some_of(&names, NAMES))
    })
}

fn plain(
    meta: &'static Meta,
    bundle: &Bundle,
    party: &Party,
    share: &Share<'_>,
    independent: Option<&str>,
    parties: &Parties<'_>,
) -> Option<Finding> {
    let list = &share.held;
    let places: Vec<(Span, String)> = list
        .iter()
        .filter_map(|held| {
            let (span, words) = held.place(bundle)?;
            Some((span, format!("{}: {words}", short_name(held.key))))
        })
        .collect();
    let (span, _) = places.first()?;
    let mut names: Vec<String> = list.iter().map(|held| short_name(held.key)).collect();
    names.sort();
    let verb = match party {
        Party::Account(_) => "the root user and the IAM administrators of",
        Party::Named(_) => "",
    };
    let message = format!(
        "{} keys are administered by {}: {}",
        list.len(),
        format!("{verb} {}", party.words()).trim(),
        some_of(&names, NAMES)
    );
    let severity = if independent.is_some() {
        Severity::Medium
    } else {
        meta.severity
    };
    let label = Label {
        span: *span,
        message: "lets rewrite the key policy".to_owned(),
    };
    let mut finding = Finding::builder(meta.id, severity, party.subject(), message, label)
        .consequence("who administers them all lets himself sign with them all, one after the other");
    finding = match independent {
        Some(why) => finding
            .consequence(format!("it counts as several parties and is one: {why}"))
            .remedy("Give the keys of each party administrators of their own, best in accounts of their own."),
        None => finding.remedy(
            "Nothing must be done where the keys are of one operator. Keys of several parties belong into accounts of their \
             own.",
        ),
    };
    if matches!(party, Party::Account(_)) {
        let also: Vec<String> = parties
            .iter()
            .filter(|(other, all)| matches!(other, Party::Named(_)) && all.keys.is_subset(&share.keys))
            .map(|(other, all)| format!("{} ({})", other.words(), counted(all.keys.len(), "key")))
            .collect();
        if !also.is_empty() {
            finding = finding.note(format!(
                "By name they are administered by: {}",
                some_of(&also, PLACES)
            ));
        }
    }
    for (place, words) in places.iter().skip(1).take(PLACES) {
        finding = finding.related(*place, words.as_str());
    }
    let mut content: Vec<String> = list.iter().map(|held| held.key.subject()).collect();
    content.sort();
    Some(finding.content(&content.join("\n")))
}
