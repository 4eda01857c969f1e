//! The ledger's Merkle tree (RFC 9162, section 2.1; the same tree as in RFC 6962): proofs that a
//! record is in it, and that it only grew.
//!
//! A subtree of 2^level leaves that begins at a multiple of 2^level is *complete* once it has its
//! last leaf: its hash never changes after that. Only these hashes are stored (as in C2SP
//! tlog-tiles, <https://c2sp.org/tlog-tiles>). Every root and proof is computed from at most 2 × 64
//! of them.

mod frontier;
mod prove;
#[cfg(test)]
mod tests;
mod verify;

use super::hash::Hash;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

pub use frontier::{BadFrontier, Frontier};
pub use prove::{NoProof, consistency_needs, consistency_proof, inclusion_needs, inclusion_proof, root, root_needs};
pub use verify::{BadProof, verify_consistency, verify_inclusion};

/// The maximum size of a tree: what a signed 64-bit database column can count.
pub const LARGEST: u64 = i64::MAX as u64;

/// The position of a complete subtree, which has the leaves from `index × 2^level` to `(index + 1)
/// × 2^level`, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The height of the subtree's root above the leaves.
    pub level: u8,
    /// The position within that level, from the left, starting at zero.
    pub index: u64,
}

impl Node {
    /// Returns the position of a leaf.
    #[must_use]
    pub const fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }
}

/// A source of the hashes of complete subtrees.
pub trait Hashes {
    /// Returns the hash of a complete subtree, or `None` if it is not stored.
    fn hash(&self, node: Node) -> Option<Hash>;
}

impl Hashes for BTreeMap<Node, Hash> {
    fn hash(&self, node: Node) -> Option<Hash> {
        self.get(&node).copied()
    }
}

impl<S: std::hash::BuildHasher> Hashes for HashMap<Node, Hash, S> {
    fn hash(&self, node: Node) -> Option<Hash> {
        self.get(&node).copied()
    }
}

/// Returns the largest power of two below `size`, where a tree of more than one leaf splits (RFC
/// 9162, section 2.1.1).
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Returns the complete subtrees that together have the leaves of `range`, from the left. `range`
/// must be one that the tree splits into.
fn complete(range: &Range<u64>) -> impl DoubleEndedIterator<Item = Node> + use<> {
    let Range { start, end } = *range;
    let length = end - start;
    let levels = (0..64).rev().filter(move |level| length >> level & 1 == 1);
    levels.map(move |level| {
        // Larger subtrees come first.
        let before = length >> level >> 1 << level << 1;
        Node { level, index: (start + before) >> level }
    })
}

/// Returns the root over the hashes of adjacent subtrees, the smallest last.
fn fold(hashes: impl DoubleEndedIterator<Item = Hash>) -> Hash {
    hashes.rev().reduce(|right, left| Hash::of_inner(left, right)).unwrap_or_else(Hash::of_nothing)
}
