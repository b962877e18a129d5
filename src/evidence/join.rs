//! From artefacts to keys: which artefact speaks of which key, and how that is known.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{Bundle, Gap, Join, JoinedBy, Key};
use super::naming::label;
use super::place::{Places, key_id_of};
use super::{Artefact, Data, redacted};
use crate::arn::{Arn, KeyRef};
use crate::source::SourceId;

/// The keys found so far, and the ways to find one again.
#[derive(Default)]
pub(super) struct Table {
    pub(super) keys: Vec<Key>,
    /// The artefacts that are joined to some key, and to which.
    joined: BTreeMap<usize, BTreeSet<usize>>,
    by_arn: BTreeMap<String, usize>,
    by_id: BTreeMap<String, Vec<usize>>,
    by_declaration: BTreeMap<(SourceId, String), usize>,
}

impl Table {
    fn add(&mut self, key: Key) -> usize {
        let index = self.keys.len();
        if let Some(arn) = &key.arn {
            self.by_arn.insert(arn.clone(), index);
        }
        if let Some(id) = &key.id {
            self.by_id.entry(id.clone()).or_default().push(index);
        }
        self.keys.push(key);
        index
    }

    /// The key of a reference by ARN or id, where there is exactly one.
    pub(super) fn find(&self, reference: &KeyRef) -> Option<usize> {
        match reference {
            KeyRef::Arn { arn, id, .. } => self.by_arn.get(arn).copied().or_else(|| self.bare(id)),
            KeyRef::Id(id) => match self.by_id.get(id).map(Vec::as_slice) {
                Some([only]) => Some(*only),
                _ => None,
            },
            KeyRef::Declared { name, file } => self.by_declaration.get(&(*file, name.clone())).copied(),
            KeyRef::Alias { .. } => None,
        }
    }

    /// The key of an id that a path names; of several replicas the one whose region the path names too.
    pub(super) fn find_in_path(&self, id: &str, path: &str) -> Option<usize> {
        let found = self.by_id.get(id)?;
        if let [only] = found.as_slice() {
            return Some(*only);
        }
        let mut here = found.iter().filter(|key| {
            let region = self.keys.get(**key).and_then(|key| key.region.as_deref());
            region.is_some_and(|region| {
                path.split(['/', '_', ' ', '.'])
                    .any(|part| part == region || part.starts_with(&format!("{region}-")))
            })
        });
        here.next().copied().filter(|_| here.next().is_none())
    }

    /// A key that is known by its bare id alone.
    fn bare(&self, id: &str) -> Option<usize> {
        match self.by_id.get(id).map(Vec::as_slice) {
            Some([only]) if self.keys.get(*only).is_some_and(|key| key.arn.is_none()) => Some(*only),
            _ => None,
        }
    }

    fn find_or_add(&mut self, reference: &KeyRef) -> Option<usize> {
        if let Some(found) = self.find(reference) {
            return Some(found);
        }
        match reference {
            KeyRef::Arn {
                arn,
                id,
                account,
                region,
            } => Some(self.add(Key {
                id: Some(id.clone()),
                arn: Some(arn.clone()),
                account: Some(account.clone()),
                region: Some(region.clone()),
                ..Key::default()
            })),
            // Several regions have this id: which one is meant cannot be told.
            KeyRef::Id(id) if self.by_id.contains_key(id) => None,
            KeyRef::Id(id) => Some(self.add(Key {
                id: Some(id.clone()),
                ..Key::default()
            })),
            KeyRef::Declared { name, file } => {
                let index = self.add(Key {
                    declared: Some(name.clone()),
                    ..Key::default()
                });
                self.by_declaration.insert((*file, name.clone()), index);
                Some(index)
            }
            KeyRef::Alias { .. } => None,
        }
    }

    /// The one key that an artefact is joined to.
    pub(super) fn only_key_of(&self, artefact: usize) -> Option<usize> {
        let mut keys = self.joined.get(&artefact)?.iter();
        keys.next().copied().filter(|_| keys.next().is_none())
    }

    fn join(&mut self, index: usize, artefact: usize, by: JoinedBy) {
        if let Some(key) = self.keys.get_mut(index)
            && !key.joins.iter().any(|join| join.artefact == artefact)
        {
            key.joins.push(Join { artefact, by });
            self.joined.entry(artefact).or_default().insert(index);
        }
    }
}

/// How a reference names its key.
fn manner(reference: &KeyRef) -> JoinedBy {
    match reference {
        KeyRef::Arn { .. } => JoinedBy::Arn,
        KeyRef::Id(_) => JoinedBy::KeyId,
        KeyRef::Alias { .. } => JoinedBy::Alias,
        KeyRef::Declared { .. } => JoinedBy::Declared,
    }
}

/// Every reference that an artefact makes to keys. An alias of known account and region gives its target's ARN.
fn references(artefact: &Artefact) -> Vec<KeyRef> {
    match &artefact.data {
        Data::PublicKey(export) => export.key.iter().map(|key| key.value.clone()).collect(),
        Data::Metadata(metadata) => metadata.key.iter().map(|key| key.value.clone()).collect(),
        Data::Policy(export) => export.key.iter().map(|key| key.value.clone()).collect(),
        Data::Grants(list) => list
            .grants
            .iter()
            .filter_map(|grant| Some(grant.key.as_ref()?.value.clone()))
            .chain(list.key.iter().map(|key| key.value.clone()))
            .collect(),
        Data::Aliases(list) => list
            .aliases
            .iter()
            .filter_map(|alias| {
                let target = alias.target.as_ref()?.value.clone();
                let arn = alias.arn.as_ref().and_then(|arn| Arn::parse(&arn.value));
                Some(match (&target, arn) {
                    (
                        KeyRef::Id(id),
                        Some(Arn {
                            partition,
                            service: "kms",
                            region,
                            account,
                            ..
                        }),
                    ) => {
                        let text = format!("arn:{partition}:kms:{region}:{account}:key/{id}");
                        KeyRef::parse(&text).unwrap_or(target)
                    }
                    _ => target,
                })
            })
            .collect(),
        Data::Keys(list) => list.keys.iter().map(|key| key.value.clone()).collect(),
        Data::Signature(export) => export.key.iter().map(|key| key.value.clone()).collect(),
        Data::Failed(call) => call.key.iter().map(|key| key.value.clone()).collect(),
        Data::PolicyList(list) => list.key.iter().map(|key| key.value.clone()).collect(),
        Data::Tags(tags) => tags.key.iter().map(|key| key.value.clone()).collect(),
        Data::NotTold(part) => part.key.iter().map(|key| key.value.clone()).collect(),
        Data::Challenge(challenge) => KeyRef::parse(&challenge.parts().key).into_iter().collect(),
        Data::Iam(_)
        | Data::IamPart(_)
        | Data::Claims(_)
        | Data::Contracts(_)
        | Data::Sample(_)
        | Data::Agent(_)
        | Data::Bucket(_)
        | Data::Secret(_) => Vec::new(),
    }
}

/// True for what belongs to exactly one key.
pub(super) fn belongs_to_one_key(data: &Data) -> bool {
    match data {
        Data::PublicKey(_)
        | Data::Metadata(_)
        | Data::Policy(_)
        | Data::PolicyList(_)
        | Data::Tags(_)
        | Data::Signature(_) => true,
        // An empty list names no key: it is that of the key beside it.
        Data::Grants(list) => list.grants.is_empty(),
        Data::Aliases(list) => list.aliases.is_empty(),
        Data::Keys(_)
        | Data::Iam(_)
        | Data::IamPart(_)
        | Data::Claims(_)
        | Data::Failed(_)
        | Data::NotTold(_)
        | Data::Contracts(_)
        | Data::Sample(_)
        | Data::Challenge(_)
        | Data::Agent(_)
        | Data::Bucket(_)
        | Data::Secret(_) => false,
    }
}

/// Joins every artefact to its keys, and fills [`Bundle::keys`] (unsorted) and the gaps of what could not be joined.
///
/// `paths` holds, for each artefact, the path below what was given on the command line.
pub(super) fn join(bundle: &mut Bundle, paths: &[String]) {
    let mut table = Table::default();
    let artefacts = std::mem::take(&mut bundle.artefacts);
    // Whole names first, so that a bare id never makes a second key; the order of files must not matter.
    for pass in [JoinedBy::Arn, JoinedBy::KeyId, JoinedBy::Declared] {
        for (index, artefact) in artefacts.iter().enumerate() {
            for reference in references(artefact)
                .iter()
                .filter(|reference| manner(reference) == pass)
            {
                if let Some(key) = table.find_or_add(reference) {
                    table.join(key, index, pass);
                    // What code alone declares is known by its file.
                    if let Some(key) = table.keys.get_mut(key).filter(|key| key.declared.is_some()) {
                        key.file = paths.get(index).cloned();
                    }
                }
            }
        }
    }
    // An id in a path makes a key too, where nothing else names it: the files of one folder are often named so.
    for (index, artefact) in artefacts.iter().enumerate() {
        let id = paths.get(index).and_then(|path| key_id_of(path));
        let Some(id) = id.filter(|id| !table.by_id.contains_key(id)) else {
            continue;
        };
        if belongs_to_one_key(&artefact.data) && !table.joined.contains_key(&index) {
            table.add(Key {
                id: Some(id),
                ..Key::default()
            });
        }
    }
    name_aliases(&mut table, &artefacts);
    join_by_alias(&mut table, &artefacts);
    let labels: Vec<String> = paths.iter().map(|path| label(path)).collect();
    let named = Places::new(&table, &artefacts, paths, &labels);
    join_public_keys(&mut table, &artefacts, &named);
    if table.keys.iter().all(|key| key.declared.is_some()) {
        policies_alone(&mut table, &artefacts, paths);
    }
    let all = Places::new(&table, &artefacts, paths, &labels);
    let unjoined = join_by_place(&mut table, &artefacts, &all);
    for index in unjoined {
        if let (Some(artefact), Some(path)) = (artefacts.get(index), paths.get(index)) {
            bundle.gaps.push(Gap {
                kind: kind_word(&artefact.data).to_owned(),
                message: format!(
                    "{path} names no key, and its place among the files does not tell which one it is of"
                ),
                span: Some(artefact.span),
                key: None,
            });
        }
    }
    bundle.artefacts = artefacts;
    bundle.keys = table.keys;
    for key in &mut bundle.keys {
        key.joins.sort_by_key(|join| (join.artefact, join.by));
    }
}

/// The kind of evidence, as `--require` and the gaps name it.
pub fn kind_word(data: &Data) -> &'static str {
    match data {
        Data::PublicKey(_) => "public-key",
        Data::Metadata(_) => "metadata",
        Data::Policy(_) => "policy",
        Data::PolicyList(_) => "policy-names",
        Data::Grants(_) => "grants",
        Data::Aliases(_) => "aliases",
        Data::Tags(_) => "tags",
        Data::Keys(_) => "keys",
        Data::Signature(_) | Data::Sample(_) => "signature",
        Data::Challenge(_) => "challenge",
        Data::Iam(_) | Data::IamPart(_) => "iam",
        Data::Claims(_) => "claim",
        Data::Failed(_) => "error",
        Data::NotTold(part) => part.kind,
        Data::Contracts(_) => "contracts",
        Data::Agent(_) => "agent-configuration",
        Data::Bucket(_) => "bucket",
        Data::Secret(_) => "secret",
    }
}

fn name_aliases(table: &mut Table, artefacts: &[Artefact]) {
    for artefact in artefacts {
        let Data::Aliases(list) = &artefact.data else {
            continue;
        };
        let targets = references(artefact);
        for (alias, target) in list
            .aliases
            .iter()
            .filter(|alias| alias.target.is_some())
            .zip(&targets)
        {
            if let Some(key) = table.find(target).and_then(|index| table.keys.get_mut(index))
                && !key.aliases.contains(&alias.name.value)
                && !redacted::is_masked(&alias.name.value)
            {
                key.aliases.push(alias.name.value.clone());
                key.aliases.sort();
            }
        }
    }
}

/// The one key that has the alias of a reference.
pub(super) fn key_of_alias(keys: &[Key], reference: &KeyRef) -> Option<usize> {
    let KeyRef::Alias { name, scope } = reference else {
        return None;
    };
    let mut found = keys.iter().enumerate().filter(|(_, key)| {
        // What code is to make may have the alias of what is there: the alias means what is there.
        key.declared.is_none()
            && key.aliases.contains(name)
            && scope.as_ref().is_none_or(|(account, region)| {
                key.account.as_ref().is_none_or(|own| own == account)
                    && key.region.as_ref().is_none_or(|own| own == region)
            })
    });
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}

fn join_by_alias(table: &mut Table, artefacts: &[Artefact]) {
    for (index, artefact) in artefacts.iter().enumerate() {
        for reference in references(artefact) {
            if let Some(key) = key_of_alias(&table.keys, &reference) {
                table.join(key, index, JoinedBy::Alias);
            }
        }
    }
}

/// Public keys that name no key: the same bytes as a named one, the place of a named one, or a key of their own.
fn join_public_keys(table: &mut Table, artefacts: &[Artefact], places: &Places<'_>) {
    let mut by_fingerprint: BTreeMap<[u8; 32], usize> = BTreeMap::new();
    for (index, key) in table.keys.iter().enumerate() {
        for join in &key.joins {
            if let Some(print) = artefacts.get(join.artefact).and_then(fingerprint) {
                by_fingerprint.entry(print).or_insert(index);
            }
        }
    }
    let mut in_file: BTreeMap<SourceId, usize> = BTreeMap::new();
    for artefact in artefacts {
        if matches!(artefact.data, Data::PublicKey(_)) {
            let count = in_file.entry(artefact.file).or_default();
            *count = count.saturating_add(1);
        }
    }
    for (index, artefact) in artefacts.iter().enumerate() {
        let Data::PublicKey(export) = &artefact.data else {
            continue;
        };
        if table.joined.contains_key(&index) {
            continue;
        }
        let own = fingerprint(artefact);
        if let Some(key) = own.and_then(|own| by_fingerprint.get(&own)) {
            table.join(*key, index, JoinedBy::Fingerprint);
            continue;
        }
        // Several keys in one file: its place can be that of one of them only.
        let alone = in_file.get(&artefact.file) == Some(&1);
        let place = if alone { places.find(table, index) } else { None };
        match place {
            Some((key, by)) if by != JoinedBy::OnlyKey => table.join(key, index, by),
            _ => {
                let key = table.add(Key {
                    public_key: export.result.as_ref().ok().copied(),
                    file: places.path(index).map(str::to_owned),
                    ..Key::default()
                });
                table.join(key, index, JoinedBy::Fingerprint);
                if let Some(own) = own {
                    by_fingerprint.insert(own, key);
                }
            }
        }
    }
}

/// SHA-256 of the public key that an artefact is.
fn fingerprint(artefact: &Artefact) -> Option<[u8; 32]> {
    match &artefact.data {
        Data::PublicKey(export) => Some(*export.result.as_ref().ok()?.fingerprint().as_bytes()),
        _ => None,
    }
}

/// Where nothing but code names a key, each key policy is that of a key of its own: policies that are kept in a repository.
fn policies_alone(table: &mut Table, artefacts: &[Artefact], paths: &[String]) {
    for (index, artefact) in artefacts.iter().enumerate() {
        if matches!(&artefact.data, Data::Policy(export) if export.is_key_policy)
            && !table.joined.contains_key(&index)
        {
            let key = table.add(Key {
                file: paths.get(index).cloned(),
                ..Key::default()
            });
            table.join(key, index, JoinedBy::Fingerprint);
        }
    }
}

/// Joins what names no key by its place; returns what could not be joined.
fn join_by_place(table: &mut Table, artefacts: &[Artefact], places: &Places<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut unjoined = Vec::new();
    for (index, artefact) in artefacts.iter().enumerate() {
        if table.joined.contains_key(&index) || !belongs_to_one_key(&artefact.data) {
            continue;
        }
        match places.find(table, index) {
            Some(place) => found.push((index, place)),
            None => unjoined.push(index),
        }
    }
    // Two policies that only the lack of other keys would give to one key are more likely those of two.
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, (_, by)) in &found {
        if let (JoinedBy::OnlyKey, Some(artefact)) = (by, artefacts.get(*index)) {
            let count = kinds.entry(kind_word(&artefact.data)).or_default();
            *count = count.saturating_add(1);
        }
    }
    for (index, (key, by)) in found {
        let alone = artefacts
            .get(index)
            .is_some_and(|artefact| kinds.get(kind_word(&artefact.data)) == Some(&1));
        if by == JoinedBy::OnlyKey && !alone {
            unjoined.push(index);
        } else {
            table.join(key, index, by);
        }
    }
    unjoined.sort_unstable();
    unjoined
}
