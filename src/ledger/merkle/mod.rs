//! The ledger's tree (RFC 6962, 2.1, and RFC 9162, 2.1): that a record is in it, and that it was only added to.
//!
//! A subtree of 2^level leaves that begins at a multiple of 2^level is *complete*: its hash never changes once its last
//! leaf is there. These hashes are all that is kept (as tiles do, <https://c2sp.org/tlog-tiles>), and every root and
//! proof is made of at most 2 × 64 of them.

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

/// The largest tree: what a signed 64-bit column of a database can count.
pub const LARGEST: u64 = i64::MAX as u64;

/// The place of a complete subtree: it has the leaves from `index × 2^level` up to `(index + 1) × 2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// How far above the leaves its root is.
    pub level: u8,
    /// Which one of that level it is, from the left and from zero.
    pub index: u64,
}

impl Node {
    /// The place of a leaf.
    #[must_use]
    pub const fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }
}

/// Where the hashes of complete subtrees come from.
pub trait Hashes {
    /// The hash of this complete subtree; none where it is not kept.
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

/// The largest power of two below `size`, where a tree of more than one leaf divides (RFC 6962, 2.1).
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The complete subtrees that together have the leaves of `range`, from the left; `range` is as the tree divides.
fn complete(range: &Range<u64>) -> impl DoubleEndedIterator<Item = Node> + use<> {
    let Range { start, end } = *range;
    let length = end - start;
    let levels = (0..64).rev().filter(move |level| length >> level & 1 == 1);
    levels.map(move |level| {
        // What is larger lies before it.
        let before = length >> level >> 1 << level << 1;
        Node { level, index: (start + before) >> level }
    })
}

/// The root over hashes of neighbouring subtrees, the smallest last.
fn fold(hashes: impl DoubleEndedIterator<Item = Hash>) -> Hash {
    hashes.rev().reduce(|right, left| Hash::of_inner(left, right)).unwrap_or_else(Hash::of_nothing)
}
