//! Roots computed again from the message ids, along one tree.

use std::collections::BTreeMap;

use super::Entry;
use crate::hyperlane::merkle::Tree;

/// Different message ids of one index that are tried as its leaf, and signers whose own leaves are followed apart.
const MOST_LEAVES: usize = 4;
const MOST_FORKS: usize = 64;

/// The tree that most signers' leaves give, and the trees of those who have other leaves.
pub(super) struct Roots {
    common: Tree,
    /// After the last step.
    root: [u8; 32],
    forks: BTreeMap<u16, (Tree, [u8; 32])>,
    /// The index that the last step was for.
    index: u32,
    /// The first index without a leaf.
    blind: Option<u32>,
}

impl Roots {
    pub(super) fn new() -> Self {
        Self {
            common: Tree::new(),
            root: [0; 32],
            forks: BTreeMap::new(),
            index: 0,
            blind: None,
        }
    }

    /// The first index whose leaf is not known; from there on no root is.
    pub(super) fn blind_from(&self) -> Option<u32> {
        self.blind
    }

    /// Takes the records of the next index, of the signers who count.
    pub(super) fn step(&mut self, index: u32, own: &[&Entry]) {
        if self.blind.is_some() {
            return;
        }
        if own.is_empty() || self.common.count() != index {
            // A record of somebody who does not count is no reason to stop before the leaf is really missing.
            if !own.is_empty() {
                self.blind = Some(self.common.count());
            }
            return;
        }
        let Some(leaf) = self.leaf(own) else {
            self.blind = Some(index);
            return;
        };
        self.index = index;
        let before = self.common.clone();
        self.common.insert(leaf);
        self.root = self.common.root();
        for records in own.chunk_by(|one, other| one.signer == other.signer) {
            let Some(head) = records.first() else { continue };
            // Whoever says two things is no reason to follow one of them.
            let single = records.iter().all(|entry| entry.message_id == head.message_id);
            if head.has_id && single && head.message_id != leaf && self.forks.len() < MOST_FORKS {
                self.forks
                    .entry(head.signer)
                    .or_insert_with(|| (before.clone(), [0; 32]));
            }
        }
        for (signer, (tree, root)) in &mut self.forks {
            let own_leaf = own
                .iter()
                .find(|entry| entry.signer == *signer && entry.has_id)
                .map_or(leaf, |entry| entry.message_id);
            tree.insert(own_leaf);
            *root = tree.root();
        }
    }

    /// The leaf of an index: of several, the one whose root more signers have signed, then the one that more have, then the
    /// lowest.
    fn leaf(&self, own: &[&Entry]) -> Option<[u8; 32]> {
        let mut leaves: BTreeMap<[u8; 32], usize> = BTreeMap::new();
        for entry in own.iter().filter(|entry| entry.has_id) {
            let count = leaves.entry(entry.message_id).or_default();
            *count = count.saturating_add(1);
        }
        if leaves.len() < 2 {
            return leaves.into_keys().next();
        }
        let mut ranked: Vec<(usize, [u8; 32])> =
            leaves.into_iter().map(|(leaf, count)| (count, leaf)).collect();
        ranked.sort_unstable_by(|one, other| (other.0, one.1).cmp(&(one.0, other.1)));
        ranked.truncate(MOST_LEAVES);
        ranked
            .into_iter()
            .map(|(count, leaf)| {
                let mut tree = self.common.clone();
                tree.insert(leaf);
                let root = tree.root();
                let signed = own
                    .iter()
                    .filter(|entry| entry.root == root && entry.message_id == leaf)
                    .count();
                (signed, count, std::cmp::Reverse(leaf))
            })
            .max()
            .map(|(_, _, std::cmp::Reverse(leaf))| leaf)
    }

    /// Whether a record of the last step's index has the root of its signer's leaves; the right root where not; nothing
    /// where it is not known.
    pub(super) fn judge(&self, entry: &Entry) -> Option<Result<(), [u8; 32]>> {
        if self.blind.is_some() || self.common.count() == 0 || self.index != entry.index {
            return None;
        }
        let root = self.forks.get(&entry.signer).map_or(self.root, |(_, root)| *root);
        Some(if root == entry.root { Ok(()) } else { Err(root) })
    }
}
