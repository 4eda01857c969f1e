//! Roots and proofs out of kept hashes. What each of them needs can be asked first, so that it is fetched at once.

use super::{Hash, Hashes, Node, complete, fold, split};
use std::ops::Range;

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// The leaf, or the earlier tree, is no part of the tree.
    #[error("no part of a tree of that size")]
    Outside,
    /// A hash that is needed is not kept.
    #[error("the hash of the subtree at level {}, index {} is missing", .0.level, .0.index)]
    Missing(Node),
}

/// The hashes that [`root`] needs.
#[must_use]
pub fn root_needs(size: u64) -> Vec<Node> {
    complete(&(0..size)).collect()
}

/// The root of the tree as it was when it had `size` leaves.
///
/// # Errors
/// Where a hash of [`root_needs`] is missing.
pub fn root(size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Hash, NoProof> {
    hash_of(&(0..size), hashes)
}

/// The hashes that [`inclusion_proof`] needs; none where the leaf is not in the tree.
#[must_use]
pub fn inclusion_needs(index: u64, size: u64) -> Vec<Node> {
    needs(&path(index, size).unwrap_or_default())
}

/// The proof that the leaf at `index` is in the tree of `size` leaves (RFC 6962, 2.1.1: `PATH(index, D[size])`), from
/// the leaf's sibling up.
///
/// # Errors
/// Where the leaf is not in the tree, or a hash of [`inclusion_needs`] is missing.
pub fn inclusion_proof(index: u64, size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Vec<Hash>, NoProof> {
    let path = path(index, size).ok_or(NoProof::Outside)?;
    path.iter().map(|range| hash_of(range, hashes)).collect()
}

/// The hashes that [`consistency_proof`] needs; none where the earlier tree is larger.
#[must_use]
pub fn consistency_needs(earlier: u64, size: u64) -> Vec<Node> {
    needs(&growth(earlier, size).unwrap_or_default())
}

/// The proof that the tree of `size` leaves only added to the one of `earlier` leaves (RFC 6962, 2.1.2:
/// `PROOF(earlier, D[size])`). It is empty where both are the same; or where the earlier one had no leaves, for then
/// there is nothing to prove.
///
/// # Errors
/// Where the earlier tree is the larger one, or a hash of [`consistency_needs`] is missing.
pub fn consistency_proof(earlier: u64, size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Vec<Hash>, NoProof> {
    let growth = growth(earlier, size).ok_or(NoProof::Outside)?;
    growth.iter().map(|range| hash_of(range, hashes)).collect()
}

fn needs(ranges: &[Range<u64>]) -> Vec<Node> {
    ranges.iter().flat_map(complete).collect()
}

/// `MTH(D[range])`.
fn hash_of(range: &Range<u64>, hashes: &(impl Hashes + ?Sized)) -> Result<Hash, NoProof> {
    let hashes = complete(range).map(|node| hashes.hash(node).ok_or(NoProof::Missing(node)));
    Ok(fold(hashes.collect::<Result<Vec<_>, _>>()?.into_iter()))
}

/// The subtrees whose hashes are `PATH(index, D[size])`.
fn path(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let mut siblings = Vec::new();
    descend(0..size, index, &mut siblings, |tree| tree.end - tree.start == 1);
    siblings.reverse();
    Some(siblings)
}

/// The subtrees whose hashes are `PROOF(earlier, D[size])`.
fn growth(earlier: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if earlier > size {
        return None;
    }
    if earlier == 0 {
        return Some(Vec::new());
    }
    let mut siblings = Vec::new();
    // Down to the subtree that ends where the earlier tree did. Whoever checks knows its hash only where it is all of
    // that tree.
    let last = descend(0..size, earlier - 1, &mut siblings, |tree| tree.end == earlier);
    if last.start > 0 {
        siblings.push(last);
    }
    siblings.reverse();
    Some(siblings)
}

/// Goes down from `tree` towards the leaf at `index` until `arrived`, and notes the subtrees that it passes by.
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
