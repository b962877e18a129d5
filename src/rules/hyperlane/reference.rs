//! The published set that others are compared with, chain by chain.
//!
//! Not every source is compared with every other: of many sources that would be a report of its own. Of each chain one
//! full set is the reference: that of the file with the most sets.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::rules::claimed::Set;

/// The reference sets, by the form of the chain's name.
pub(super) struct References<'s, 'b>(BTreeMap<String, &'s Set<'b>>);

impl<'s, 'b> References<'s, 'b> {
    /// Chooses among the sets that say their threshold: only these are whole sets.
    pub(super) fn of(sets: &'s [Set<'b>]) -> Self {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for set in sets.iter().filter(|set| set.threshold.is_some()) {
            let count = counts.entry(set.artefact).or_default();
            *count = count.saturating_add(1);
        }
        let mut full: Vec<&'s Set<'b>> = sets.iter().filter(|set| set.threshold.is_some()).collect();
        full.sort_by_key(|set| {
            let count = counts.get(&set.artefact).copied().unwrap_or_default();
            (Reverse(count), set.artefact)
        });
        let mut references = BTreeMap::new();
        for set in full {
            references.entry(set.chain_form()).or_insert(set);
        }
        Self(references)
    }

    /// The reference set of a chain.
    pub(super) fn get(&self, chain_form: &str) -> Option<&'s Set<'b>> {
        self.0.get(chain_form).copied()
    }

    /// True where no file has a whole set.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
