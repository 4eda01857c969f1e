//! The hashes of the ledger's Merkle tree (RFC 9162, section 2.1.1): SHA-256, with a prefix byte
//! that distinguishes leaves from inner nodes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fmt;

const LEAF: [u8; 1] = [0];
const INNER: [u8; 1] = [1];

/// A SHA-256 hash in the ledger's tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; Hash::LENGTH]);

/// The text is not a hash in its canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash")]
pub struct BadHash;

impl Hash {
    /// The length of a hash in bytes.
    pub const LENGTH: usize = 32;

    /// Returns the root of a tree without leaves: the SHA-256 of nothing.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// Returns the hash of a leaf: `SHA-256(0x00 || data)`.
    #[must_use]
    pub fn of_leaf(data: &[u8]) -> Self {
        Self(Sha256::new().chain_update(LEAF).chain_update(data).finalize().into())
    }

    /// Returns the hash of an inner node: `SHA-256(0x01 || left || right)`.
    #[must_use]
    pub fn of_inner(left: Self, right: Self) -> Self {
        Self(Sha256::new().chain_update(INNER).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// Parses a hash in base 64 (RFC 4648, section 4), as [`Display`](fmt::Display), checkpoints
    /// and proofs write it.
    ///
    /// Returns an error for any other encoding or length.
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        let bytes = STANDARD.decode(text).map_err(|_| BadHash)?;
        bytes.try_into().map(Self).map_err(|_| BadHash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_spelling() {
        let text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(Hash::parse(text), Ok(Hash::of_nothing()));
        assert_eq!(Hash::of_nothing().to_string(), text);
        for other in [
            "",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            " 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==",
        ] {
            assert_eq!(Hash::parse(other), Err(BadHash), "{other:?}");
        }
    }

    #[test]
    fn a_leaf_is_never_an_inner_node() {
        let (left, right) = (Hash([1; 32]), Hash([2; 32]));
        let both = [left.0, right.0].concat();
        assert_ne!(Hash::of_leaf(&both), Hash::of_inner(left, right));
        assert_ne!(Hash::of_leaf(&[]), Hash::of_nothing());
    }
}
