//! Which key a file's place among the others points to.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::JoinedBy;
use super::join::{Table, belongs_to_one_key};
use super::naming::label;
use super::{Artefact, Data};
use crate::arn::key_id_in;

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
        // Code lies beside many things: that it declares a key says nothing about the files around it.
        let known = table
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| key.declared.is_none());
        for (index, key) in known {
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

    /// The one key that an artefact's place points to, and how. [`JoinedBy::OnlyKey`] is for the caller to grant.
    pub(super) fn find(&self, table: &Table, artefact: usize) -> Option<(usize, JoinedBy)> {
        let (path, own) = (self.path(artefact)?, self.labels.get(artefact)?.as_str());
        if let Some(id) = key_id_of(path) {
            // A key id in the name that is not in the evidence points elsewhere, not to a neighbour.
            return table
                .find_in_path(&id, path)
                .map(|key| (key, JoinedBy::KeyIdInName));
        }
        let file = path.rsplit('/').next().unwrap_or(path);
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
        // A label of its own is that of another key, even where only one key is known.
        own.is_empty()
            .then(|| only(&self.with_files))
            .flatten()
            .map(|key| (key, JoinedBy::OnlyKey))
    }
}

/// The key id that a path names: in the file's name, else in the nearest folder's.
pub(super) fn key_id_of(path: &str) -> Option<String> {
    path.rsplit('/').find_map(key_id_in).map(str::to_ascii_lowercase)
}

/// The one element of a set of one.
fn only(keys: &BTreeSet<usize>) -> Option<usize> {
    let mut keys = keys.iter();
    keys.next().copied().filter(|_| keys.next().is_none())
}
