//! Computes roots and proofs from stored hashes. The hashes needed can be listed first, to load
//! them at once.

use super::{Hash, Hashes, Node, complete, fold, split};
use std::ops::Range;

/// Why a root or proof cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// The leaf, or the earlier tree, is not part of the tree.
    #[error("no part of a tree of that size")]
    Outside,
    /// A required hash is not stored.
    #[error("the hash of the subtree at level {}, index {} is missing", .0.level, .0.index)]
    Missing(Node),
}

/// Returns the positions of the hashes that [`root`] needs.
#[must_use]
pub fn root_needs(size: u64) -> Vec<Node> {
    complete(&(0..size)).collect()
}

/// Returns the root of the tree when it had `size` leaves.
///
/// # Errors
/// If a hash of [`root_needs`] is missing.
pub fn root(size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Hash, NoProof> {
    hash_of(&(0..size), hashes)
}

/// Returns the positions of the hashes that [`inclusion_proof`] needs; empty if the leaf is not in
/// the tree.
#[must_use]
pub fn inclusion_needs(index: u64, size: u64) -> Vec<Node> {
    needs(&path(index, size).unwrap_or_default())
}

/// Returns the proof that the leaf at `index` is in the tree of `size` leaves, from the leaf's
/// sibling up (RFC 9162, section 2.1.3.1: `PATH(index, D[size])`).
///
/// # Errors
/// If the leaf is not in the tree, or if a hash of [`inclusion_needs`] is missing.
pub fn inclusion_proof(index: u64, size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Vec<Hash>, NoProof> {
    let path = path(index, size).ok_or(NoProof::Outside)?;
    path.iter().map(|range| hash_of(range, hashes)).collect()
}

/// Returns the positions of the hashes that [`consistency_proof`] needs; empty if the earlier tree
/// is larger.
#[must_use]
pub fn consistency_needs(earlier: u64, size: u64) -> Vec<Node> {
    needs(&growth(earlier, size).unwrap_or_default())
}

/// Returns the proof that the tree of `earlier` leaves is a prefix of the tree of `size` leaves
/// (RFC 9162, section 2.1.4.1: `PROOF(earlier, D[size])`). Empty if both have the same size, or if
/// the earlier tree has no leaves, because then there is nothing to prove.
///
/// # Errors
/// If the earlier tree is larger, or if a hash of [`consistency_needs`] is missing.
pub fn consistency_proof(earlier: u64, size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Vec<Hash>, NoProof> {
    let growth = growth(earlier, size).ok_or(NoProof::Outside)?;
    growth.iter().map(|range| hash_of(range, hashes)).collect()
}

fn needs(ranges: &[Range<u64>]) -> Vec<Node> {
    ranges.iter().flat_map(complete).collect()
}

/// Computes `MTH(D[range])`.
fn hash_of(range: &Range<u64>, hashes: &(impl Hashes + ?Sized)) -> Result<Hash, NoProof> {
    let hashes = complete(range).map(|node| hashes.hash(node).ok_or(NoProof::Missing(node)));
    Ok(fold(hashes.collect::<Result<Vec<_>, _>>()?.into_iter()))
}

/// Returns the subtrees whose hashes are `PATH(index, D[size])`.
fn path(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let mut siblings = Vec::new();
    descend(0..size, index, &mut siblings, |tree| tree.end - tree.start == 1);
    siblings.reverse();
    Some(siblings)
}

/// Returns the subtrees whose hashes are `PROOF(earlier, D[size])`.
fn growth(earlier: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if earlier > size {
        return None;
    }
    if earlier == 0 {
        return Some(Vec::new());
    }
    let mut siblings = Vec::new();
    // Descend to the subtree that ends where the earlier tree did. The verifier knows that
    // subtree's hash only if it is the whole earlier tree.
    let last = descend(0..size, earlier - 1, &mut siblings, |tree| tree.end == earlier);
    if last.start > 0 {
        siblings.push(last);
    }
    siblings.reverse();
    Some(siblings)
}

/// Descends from `tree` towards the leaf at `index` until `arrived` returns true, and collects the
/// siblings on the way.
fn descend(
    mut tree: Range<u64>,
    index: u64,
    passed: &mut Vec<Range<u64>>,
    arrived: impl Fn(&Range<u64>) -> bool,
) -> Range<u64> {
    while !arrived(&tree) {
        let middle = tree.start + split(tree.end - tree.start);
        let (left, right) = (tree.start..middle, middle..tree.end);
        let (towards, sibling) = if index < middle { (left, right) } else { (right, left) };
        passed.push(sibling);
        tree = towards;
    }
    tree
}
