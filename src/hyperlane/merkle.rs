//! The incremental merkle tree of depth 32 whose root a checkpoint signs.
//!
//! The leaf at an index is the id of the message that was dispatched there; empty leaves are 32 zero bytes. So the ids of
//! all messages from 0 on give every root again, without a chain.
//! Source: mono:rust/main/hyperlane-core/src/accumulator/incremental.rs, mono:solidity/contracts/libs/Merkle.sol.

use super::digest::keccak256;

/// Levels above the leaves.
pub const DEPTH: usize = 32;

/// A tree that takes one leaf after the other: the left branch and the number of leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// At level i, the root of the full subtree of 2^i leaves that waits for its right sister.
    branch: [[u8; 32]; DEPTH],
    /// The root of an empty subtree of 2^i leaves.
    zeroes: [[u8; 32]; DEPTH],
    count: u32,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// The tree without a leaf.
    pub fn new() -> Self {
        let mut zeroes = [[0; 32]; DEPTH];
        let mut zero = [0; 32];
        for slot in &mut zeroes {
            *slot = zero;
            zero = keccak256(&[&zero, &zero]);
        }
        Self {
            branch: [[0; 32]; DEPTH],
            zeroes,
            count: 0,
        }
    }

    /// How many leaves it has.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Adds a leaf; false where the tree is full, at 2^32 - 1 leaves.
    pub fn insert(&mut self, leaf: [u8; 32]) -> bool {
        let Some(count) = self.count.checked_add(1) else {
            return false;
        };
        self.count = count;
        let mut node = leaf;
        for (level, slot) in self.branch.iter_mut().enumerate() {
            if (count >> level) & 1 == 1 {
                *slot = node;
                break;
            }
            node = keccak256(&[slot, &node]);
        }
        true
    }

    /// The root: 32 hashes.
    pub fn root(&self) -> [u8; 32] {
        let mut node = [0; 32];
        for (level, (slot, zero)) in self.branch.iter().zip(&self.zeroes).enumerate() {
            node = if (self.count >> level) & 1 == 1 {
                keccak256(&[slot, &node])
            } else {
                keccak256(&[&node, zero])
            };
        }
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;
    use proptest::prelude::*;
    use tiny_keccak::{Hasher as _, Keccak};

    fn pair(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
        let mut hash = Keccak::v256();
        hash.update(&left);
        hash.update(&right);
        let mut out = [0; 32];
        hash.finalize(&mut out);
        out
    }

    /// The root by its definition: all levels, each padded with the empty subtree, another Keccak.
    fn slow_root(leaves: &[[u8; 32]]) -> [u8; 32] {
        let mut level = leaves.to_vec();
        let mut empty = [0; 32];
        for _ in 0..32 {
            if level.len() % 2 == 1 || level.is_empty() {
                level.push(empty);
            }
            if level.len() % 2 == 1 {
                level.push(empty);
            }
            level = level.chunks(2).map(|two| pair(two[0], two[1])).collect();
            empty = pair(empty, empty);
        }
        assert_eq!(level.len(), 1);
        level[0]
    }

    #[test]
    fn the_root_of_no_leaf_is_the_known_one() {
        assert_eq!(
            hex::encode(&Tree::new().root()),
            "27ae5ba08d7291c96c8cbddcc148bf48a6d68c7974b94356f53754ef6171d757"
        );
        assert_eq!(slow_root(&[]), Tree::new().root());
    }

    #[test]
    fn every_root_across_powers_of_two_is_that_of_the_definition() {
        let leaves: Vec<[u8; 32]> = (0..140_u8).map(|number| [number.wrapping_add(1); 32]).collect();
        let mut tree = Tree::new();
        for (index, leaf) in leaves.iter().enumerate() {
            assert!(tree.insert(*leaf));
            assert_eq!(tree.root(), slow_root(&leaves[..=index]), "index {index}");
        }
        assert_eq!(tree.count(), 140);
    }

    #[test]
    fn a_full_tree_takes_no_leaf() {
        let mut tree = Tree::new();
        tree.count = u32::MAX;
        let before = tree.clone();
        assert!(!tree.insert([1; 32]));
        assert_eq!(tree, before);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn random_trees_have_the_roots_of_the_definition(
            leaves in proptest::collection::vec(any::<[u8; 32]>(), 0..300),
        ) {
            let mut tree = Tree::new();
            for leaf in &leaves {
                tree.insert(*leaf);
            }
            prop_assert_eq!(tree.root(), slow_root(&leaves));
        }
    }
}
