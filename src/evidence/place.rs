//! Which key a file's place among the others points to.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::JoinedBy;
use super::join::{Table, belongs_to_one_key};
use super::naming::label;
use super::{Artefact, Data};
use crate::arn::{KeyRef, key_id_in};

/// The places of the files of keys that are known by name or by their own bytes.
pub(super) struct Places<'a> {
    paths: &'a [String],
    labels: &'a [String],
    /// Keys by the labels of their own files.
    by_label: BTreeMap<&'a str, BTreeSet<usize>>,
    /// Keys by alias, lower case, without `alias/`.
    by_alias: BTreeMap<String, BTreeSet<usize>>,
    /// Keys that have a file of their own.
    with_files: BTreeSet<usize>,
}

impl<'a> Places<'a> {
    /// Looks at the joins made so far. `paths` and `labels` are those of the artefacts.
    pub(super) fn new(
        table: &Table,
        artefacts: &[Artefact],
        paths: &'a [String],
        labels: &'a [String],
    ) -> Self {
        let mut places = Self {
            paths,
            labels,
            by_label: BTreeMap::new(),
            by_alias: BTreeMap::new(),
            with_files: BTreeSet::new(),
        };
        for (index, key) in table.keys.iter().enumerate() {
            for alias in &key.aliases {
                let name = alias.trim_start_matches("alias/").to_lowercase();
                places.by_alias.entry(name).or_default().insert(index);
            }
            for join in key.joins.iter().filter(|join| !join.by.is_by_place()) {
                // A list of all keys is nobody's own file, even where it lists one.
                let own = artefacts.get(join.artefact).is_some_and(|artefact| {
                    belongs_to_one_key(&artefact.data)
                        || (!matches!(artefact.data, Data::Keys(_))
                            && table.only_key_of(join.artefact) == Some(index))
                });
                if let (true, Some(label)) = (own, labels.get(join.artefact)) {
                    places.by_label.entry(label).or_default().insert(index);
                    places.with_files.insert(index);
                }
            }
        }
        places
    }

    /// The path of an artefact's file.
    pub(super) fn path(&self, artefact: usize) -> Option<&'a str> {
        self.paths.get(artefact).map(String::as_str)
    }

    /// The one key that an artefact's place points to, and how.
    pub(super) fn find(&self, table: &Table, artefact: usize) -> Option<(usize, JoinedBy)> {
        let (path, own) = (self.path(artefact)?, self.labels.get(artefact)?.as_str());
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        for part in [file, folder] {
            if let Some(id) = key_id_in(part) {
                // A key id in the name that is not in the evidence points elsewhere, not to a neighbour.
                return Some((
                    table.find(&KeyRef::Id(id.to_ascii_lowercase()))?,
                    JoinedBy::KeyIdInName,
                ));
            }
        }
        if let Some(keys) = self.by_label.get(own) {
            let by = if label(file).is_empty() {
                JoinedBy::Folder
            } else {
                JoinedBy::FileName
            };
            return only(keys).map(|key| (key, by));
        }
        let last = own.rsplit('/').next().unwrap_or_default();
        if let Some(key) = self.by_alias.get(last).and_then(only) {
            return Some((key, JoinedBy::FileName));
        }
        let key = only(&self.with_files)?;
        let unlabelled = self.by_label.get("").is_some_and(|keys| keys.contains(&key));
        (own.is_empty() || unlabelled).then_some((key, JoinedBy::OnlyKey))
    }
}

/// The one element of a set of one.
fn only(keys: &BTreeSet<usize>) -> Option<usize> {
    let mut keys = keys.iter();
    keys.next().copied().filter(|_| keys.next().is_none())
}
