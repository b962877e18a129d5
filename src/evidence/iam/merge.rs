//! What several files say of one entry of IAM, united.
//!
//! Two answers that differ, each of which claims to be whole, are of two times: the entry then has what either says, and
//! says that they contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use super::identity::{AccessKeyFact, Identities, Identity, Whole};
use super::{IamKind, IamPolicy, IamPrincipal, IamSays, ManagedPolicy, ReportRow, name_of};
use crate::evidence::artefact::Field;
use crate::source::Span;

/// The entry of an ARN; a new one where nothing else has it.
pub(super) fn identity<'i>(
    all: &'i mut Identities,
    (arn, kind): (&str, IamKind),
    span: Span,
) -> &'i mut Identity {
    all.by_arn.entry(arn.to_owned()).or_insert_with(|| {
        Identity::new(IamPrincipal::new(
            arn.to_owned(),
            name_of(arn).to_owned(),
            kind,
            span,
        ))
    })
}

/// Unites an entry with what is known of it; `whole` says which of its lists are all there is.
pub(super) fn entry(all: &mut Identities, new: &IamPrincipal, whole: Whole) {
    let own = identity(all, (&new.arn, new.kind_of()), new.span);
    let held = &mut own.principal;
    held.unique_id = held.unique_id.take().or_else(|| new.unique_id.clone());
    held.create_date = held.create_date.take().or_else(|| new.create_date.clone());
    held.last_used = held.last_used.take().or_else(|| new.last_used.clone());
    held.boundary = held.boundary.take().or_else(|| new.boundary.clone());
    if let Some(trust) = &new.trust {
        match &held.trust {
            None => held.trust = Some(trust.clone()),
            Some(old) if old.document.canonical() != trust.document.canonical() => {
                own.contradiction = Some(format!("the trust policies of {} differ", new.arn));
            }
            Some(_) => {}
        }
    }
    add(&mut held.tags, &new.tags, |(key, value)| {
        (key.value.clone(), value.value.clone())
    });
    add(&mut held.instance_profiles, &new.instance_profiles, String::clone);
    inline(own, &new.inline, &new.unread, whole.inline);
    attached(own, &new.attached, whole.attached);
    groups(own, &new.groups, whole.groups);
    own.boundary_told = true;
}

/// The most policies, groups or tags of one entry that are kept: many times what IAM allows (IAM User Guide, "IAM and
/// AWS STS quotas").
const MOST: usize = 1000;

/// The most access keys of one user that are kept; IAM allows two.
const MOST_KEYS: usize = 100;

/// Adds what is not there yet; false where there is more than is kept.
fn add<T: Clone, K: Ord>(held: &mut Vec<T>, new: &[T], key: impl Fn(&T) -> K) -> bool {
    if held.len() >= MOST {
        return new.is_empty();
    }
    let mut seen: BTreeSet<K> = held.iter().map(&key).collect();
    for item in new {
        if held.len() < MOST && seen.insert(key(item)) {
            held.push(item.clone());
        }
    }
    held.len() < MOST
}

/// Says that an entry has more than is kept: what is left out is not known.
fn overflow(own: &mut Identity, what: &str) {
    own.contradiction = Some(format!("{} has more {what} than IAM allows", own.principal.arn));
}

/// True where both lists are whole and not the same.
fn differ<K: Ord>(was_whole: bool, is_whole: bool, held: &BTreeSet<K>, new: &BTreeSet<K>) -> bool {
    was_whole && is_whole && held != new
}

fn values(fields: &[Field<String>]) -> BTreeSet<String> {
    fields.iter().map(|field| field.value.clone()).collect()
}

fn names(inline: &[IamPolicy], unread: &[Field<String>]) -> BTreeSet<String> {
    let read = inline.iter().map(|policy| policy.name.clone());
    read.chain(unread.iter().map(|name| name.value.clone())).collect()
}

fn contradict(own: &mut Identity, what: &str) {
    own.contradiction = Some(format!(
        "two exports differ in the {what} of {}",
        own.principal.arn
    ));
}

/// Unites inline policies: the same document counts once, another of the same name is a contradiction.
fn inline(own: &mut Identity, new: &[IamPolicy], unread: &[Field<String>], is_whole: bool) {
    let held = &mut own.principal;
    let (before, after) = (names(&held.inline, &held.unread), names(new, unread));
    let mut differs = differ(own.whole.inline, is_whole, &before, &after);
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for policy in new {
        if held.inline.len() >= MOST {
            break;
        }
        // The documents of a name are compared where a name comes again.
        let known = texts.entry(policy.name.clone()).or_insert_with(|| {
            let same = held.inline.iter().filter(|old| old.name == policy.name);
            same.map(|old| old.document.canonical()).collect()
        });
        let is_other = !known.is_empty();
        if known.insert(policy.document.canonical()) {
            differs |= is_other;
            held.inline.push(policy.clone());
        }
    }
    let fits = add(&mut held.unread, unread, |name| name.value.clone()) && held.inline.len() < MOST;
    let read: BTreeSet<&str> = held.inline.iter().map(|policy| policy.name.as_str()).collect();
    held.unread.retain(|name| !read.contains(name.value.as_str()));
    own.whole.inline |= is_whole;
    if !fits {
        overflow(own, "inline policies");
    } else if differs {
        contradict(own, "inline policies");
    }
}

fn attached(own: &mut Identity, new: &[Field<String>], is_whole: bool) {
    let differs = differ(
        own.whole.attached,
        is_whole,
        &values(&own.principal.attached),
        &values(new),
    );
    let fits = add(&mut own.principal.attached, new, |arn| arn.value.clone());
    own.whole.attached |= is_whole;
    if !fits {
        overflow(own, "attached policies");
    } else if differs {
        contradict(own, "attached policies");
    }
}

fn groups(own: &mut Identity, new: &[Field<String>], is_whole: bool) {
    let differs = differ(
        own.whole.groups,
        is_whole,
        &values(&own.principal.groups),
        &values(new),
    );
    let fits = add(&mut own.principal.groups, new, |name| name.value.clone());
    own.whole.groups |= is_whole;
    if !fits {
        overflow(own, "groups");
    } else if differs {
        contradict(own, "groups");
    }
}

/// Adds what one answer says of an entry.
pub(super) fn part(all: &mut Identities, owner: (&str, IamKind), says: &IamSays, is_whole: bool, span: Span) {
    let own = identity(all, owner, span);
    match says {
        IamSays::InlineNames(list) => {
            let known: Vec<Field<String>> = list
                .iter()
                .filter(|name| {
                    own.principal
                        .inline
                        .iter()
                        .all(|policy| policy.name != name.value)
                })
                .cloned()
                .collect();
            // Documents are given beside the list of names: a name that the list lacks is the contradiction.
            let listed = values(list);
            let beyond = is_whole
                && own
                    .principal
                    .inline
                    .iter()
                    .any(|policy| !listed.contains(&policy.name));
            let fits = add(&mut own.principal.unread, &known, |name| name.value.clone());
            own.whole.inline |= is_whole;
            if !fits {
                overflow(own, "inline policies");
            } else if beyond {
                contradict(own, "inline policies");
            }
        }
        IamSays::Inline(policy) => {
            let listed = own.principal.unread.iter().any(|name| name.value == policy.name)
                || own.principal.inline.iter().any(|held| held.name == policy.name);
            let beyond = own.whole.inline && !listed;
            inline(own, std::slice::from_ref(policy), &[], false);
            if beyond {
                contradict(own, "inline policies");
            }
        }
        IamSays::InlineUnread(name) => inline(own, &[], std::slice::from_ref(name), false),
        IamSays::Attached(list) => attached(own, list, is_whole),
        IamSays::Groups(list) => groups(own, list, is_whole),
        IamSays::InGroup(name) => groups(own, std::slice::from_ref(name), false),
        IamSays::AccessKeys(keys) => access_keys(own, keys.clone(), is_whole),
        IamSays::KeyLastUsed { id, date } => {
            let keys = own.facts.access_keys.get_or_insert_default();
            let is_full = keys.len() >= MOST_KEYS;
            let mut of_id = keys.iter_mut().filter(|key| id.is_none() || key.id == *id);
            match (of_id.next(), of_id.next()) {
                (Some(key), None) => key.last_used.clone_from(date),
                (None, _) if is_full => {}
                (None, _) => keys.push(AccessKeyFact {
                    id: id.clone(),
                    active: None,
                    created: None,
                    last_used: date.clone(),
                    span,
                }),
                // Which of them it is of cannot be told.
                (Some(_), Some(_)) => {}
            }
        }
        IamSays::MfaDevices(devices) => mfa(own, !devices.is_empty(), span),
        IamSays::ConsolePassword(at) => password(own, true, *at),
        IamSays::Principal(_) | IamSays::Managed(_) | IamSays::Version { .. } | IamSays::Report(_) => {}
    }
}

/// Unites two lists of a user's access keys: the one with more active keys is kept, as a report may be some hours old.
fn access_keys(own: &mut Identity, mut new: Vec<AccessKeyFact>, is_whole: bool) {
    new.truncate(MOST_KEYS);
    own.facts.access_keys_whole |= is_whole;
    let active = |keys: &[AccessKeyFact]| keys.iter().filter(|key| key.active != Some(false)).count();
    let (mut kept, other) = match own.facts.access_keys.take() {
        None => (new, Vec::new()),
        // Of two equal ones that with the ids.
        Some(old) if (active(&old), ids(&old)) >= (active(&new), ids(&new)) => (old, new),
        Some(old) => (new, old),
    };
    for key in &mut kept {
        if key.last_used.is_none() {
            let same = other.iter().find(|one| is_same(one, key));
            key.last_used = same.and_then(|one| one.last_used.clone());
        }
    }
    own.facts.access_keys = Some(kept);
}

fn ids(keys: &[AccessKeyFact]) -> usize {
    keys.iter().filter(|key| key.id.is_some()).count()
}

/// True for two entries of one key: by id, else by the second in which it was made.
fn is_same(one: &AccessKeyFact, other: &AccessKeyFact) -> bool {
    if let (Some(one), Some(other)) = (&one.id, &other.id) {
        return one == other;
    }
    let second = |key: &AccessKeyFact| {
        let text = key.created.as_ref()?.value.clone();
        text.get(..19).map(str::to_owned)
    };
    second(one).is_some_and(|at| second(other) == Some(at))
}

fn mfa(own: &mut Identity, has: bool, span: Span) {
    if own.facts.mfa.as_ref().is_none_or(|held| held.value && !has) {
        own.facts.mfa = Some(Field { value: has, span });
    }
}

/// Says whether a user has a password for the console.
pub(super) fn password(own: &mut Identity, has: bool, span: Span) {
    if own
        .facts
        .console_password
        .as_ref()
        .is_none_or(|held| !held.value && has)
    {
        own.facts.console_password = Some(Field { value: has, span });
    }
}

/// Adds a managed policy, or what is new of a known one.
pub(super) fn managed(all: &mut Identities, new: &ManagedPolicy) {
    let held = all
        .managed
        .entry(new.arn.clone())
        .or_insert_with(|| ManagedPolicy {
            policy: None,
            ..new.clone()
        });
    if held.default_version.is_none() {
        held.default_version.clone_from(&new.default_version);
    }
    if let Some(policy) = &new.policy {
        document(held, policy);
    }
}

/// Adds one version of a managed policy, which counts where it is the one in force.
pub(super) fn version(
    all: &mut Identities,
    arn: &str,
    policy: &IamPolicy,
    version: Option<&Field<String>>,
    is_default: bool,
) {
    let held = all
        .managed
        .entry(arn.to_owned())
        .or_insert_with(|| ManagedPolicy {
            arn: arn.to_owned(),
            name: name_of(arn).to_owned(),
            default_version: None,
            policy: None,
            disputed: false,
            span: policy.span,
        });
    if !is_default {
        return;
    }
    if held.default_version.is_none() {
        held.default_version = version.cloned();
    }
    let own = IamPolicy {
        name: held.name.clone(),
        arn: Some(arn.to_owned()),
        ..policy.clone()
    };
    document(held, &own);
}

/// Of two documents that differ neither is known to be in force.
fn document(held: &mut ManagedPolicy, policy: &IamPolicy) {
    match &held.policy {
        None => held.policy = Some(policy.clone()),
        Some(old) if old.document.canonical() != policy.document.canonical() => {
            held.disputed = true;
        }
        Some(_) => {}
    }
}

/// Adds a row of the credential report.
pub(super) fn row(all: &mut Identities, row: &ReportRow) {
    let arn = row.arn.value.as_str();
    let Some(account) = crate::arn::Arn::parse(arn).map(|arn| arn.account.to_owned()) else {
        return;
    };
    let is_user = IamKind::of_arn(arn) == Some(IamKind::User);
    let users = all.reported.entry(account).or_default();
    if is_user {
        users.insert(arn.to_owned());
    } else if row.user != "<root_account>" {
        return;
    }
    let own = identity(all, (arn, IamKind::User), row.span);
    access_keys(own, row.access_keys.clone(), true);
    if let Some(has) = row.mfa {
        mfa(own, has, row.span);
    }
    if let Some(has) = row.password {
        password(own, has, row.span);
    }
    if own.facts.password_last_used.is_none() {
        own.facts.password_last_used.clone_from(&row.password_last_used);
    }
}
