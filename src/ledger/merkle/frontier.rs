//! The right edge of the tree, which is all that appending a leaf and computing the root need.

use super::{Hash, Hashes, LARGEST, NoProof, Node, complete, fold};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

const SIZE: usize = size_of::<u64>();

/// A tree of which only the complete subtrees at its right edge are kept: one for each set bit of
/// its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// From the left, which means from the largest to the smallest.
    edge: Vec<Hash>,
}

/// The bytes or the text are not an encoded frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the frontier of a tree")]
pub struct BadFrontier;

impl Frontier {
    /// Returns a tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, edge: Vec::new() }
    }

    /// Computes the frontier of a tree of `size` leaves from stored hashes, so that the frontier
    /// itself need not be stored.
    ///
    /// # Errors
    /// If a hash of [`root_needs`](super::root_needs) is missing.
    pub fn of(size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Self, NoProof> {
        let edge = complete(&(0..size)).map(|node| hashes.hash(node).ok_or(NoProof::Missing(node)));
        Ok(Self { size, edge: edge.collect::<Result<_, _>>()? })
    }

    /// Returns the number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(self.edge.iter().copied())
    }

    /// Appends a leaf and returns the subtrees that it completes, the leaf itself first. Store all
    /// of them: later proofs need every one.
    pub fn append(&mut self, leaf: Hash) -> Vec<(Node, Hash)> {
        self.put(Node::leaf(self.size), leaf)
    }

    /// Appends a complete subtree of 2^level leaves by its hash, if its leaves are kept elsewhere.
    ///
    /// # Errors
    /// If no such subtree can begin at the current size, or if the tree would be larger than
    /// [`LARGEST`].
    pub fn append_subtree(&mut self, level: u8, hash: Hash) -> Result<(), BadFrontier> {
        let leaves = 1_u64.checked_shl(level.into()).filter(|leaves| *leaves <= LARGEST).ok_or(BadFrontier)?;
        if !self.size.is_multiple_of(leaves) || self.size > LARGEST - leaves {
            return Err(BadFrontier);
        }
        self.put(Node { level, index: self.size >> level }, hash);
        Ok(())
    }

    fn put(&mut self, mut node: Node, mut hash: Hash) -> Vec<(Node, Hash)> {
        self.size += 1 << node.level;
        let mut completed = vec![(node, hash)];
        while node.index % 2 == 1
            && let Some(left) = self.edge.pop()
        {
            hash = Hash::of_inner(left, hash);
            node = Node { level: node.level + 1, index: node.index / 2 };
            completed.push((node, hash));
        }
        self.edge.push(hash);
        completed
    }

    /// Returns the frontier as bytes: its size (8 bytes, big-endian), then the hashes from the
    /// left.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let hashes = self.edge.iter().flat_map(|hash| hash.0);
        self.size.to_be_bytes().into_iter().chain(hashes).collect()
    }

    /// Parses what [`Frontier::to_bytes`] returned.
    ///
    /// # Errors
    /// If the number of hashes does not match the size, or if the size is above [`LARGEST`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFrontier> {
        let (size, rest) = bytes.split_first_chunk::<SIZE>().ok_or(BadFrontier)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, rest) = rest.as_chunks::<{ Hash::LENGTH }>();
        let fits = size <= LARGEST && size.count_ones() as usize == hashes.len() && rest.is_empty();
        fits.then(|| Self { size, edge: hashes.iter().copied().map(Hash).collect() }).ok_or(BadFrontier)
    }

    /// Parses a frontier as [`Display`](fmt::Display) formats it: its bytes in base 64.
    ///
    /// Returns an error for any other text.
    pub fn parse(text: &str) -> Result<Self, BadFrontier> {
        Self::from_bytes(&STANDARD.decode(text).map_err(|_| BadFrontier)?)
    }
}

impl fmt::Display for Frontier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&STANDARD.encode(self.to_bytes()))
    }
}
