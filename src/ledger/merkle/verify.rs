//! Verifies proofs using only the proof itself (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

use super::Hash;

/// Why a proof is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// The leaf, or the earlier tree, is not part of a tree of that size.
    #[error("no part of a tree of that size")]
    Outside,
    /// The proof has too many or too few hashes.
    #[error("not as many hashes as such a proof has")]
    Length,
    /// The hashes lead to another root.
    #[error("the hashes lead to another root")]
    Root,
}

/// The path from a leaf up to the root of a tree.
struct Climb {
    /// The position of the current subtree in its level.
    at: u64,
    /// The position of the last subtree of that level.
    last: u64,
}

/// The side on which the next hash of the proof is.
enum Side {
    Left,
    Right,
}

impl Climb {
    /// Moves to the parent and returns on which side the sibling is.
    fn step(&mut self) -> Result<Side, BadProof> {
        if self.last == 0 {
            return Err(BadProof::Length);
        }
        let side = if self.at % 2 == 1 || self.at == self.last { Side::Left } else { Side::Right };
        if matches!(side, Side::Left) {
            // At the right edge, skip levels in which the subtree has no sibling.
            self.up(self.at.trailing_zeros());
        }
        self.up(1);
        Ok(side)
    }

    const fn up(&mut self, levels: u32) {
        self.at >>= levels;
        self.last >>= levels;
    }

    fn arrived(&self) -> Result<(), BadProof> {
        if self.last == 0 { Ok(()) } else { Err(BadProof::Length) }
    }
}

/// Verifies that `leaf` is at `index` in the tree of `size` leaves with this root (RFC 9162,
/// section 2.1.3.2).
///
/// Returns an error if the proof does not show that.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> Result<(), BadProof> {
    if index >= size {
        return Err(BadProof::Outside);
    }
    let mut climb = Climb { at: index, last: size - 1 };
    let mut hash = leaf;
    for &sibling in proof {
        hash = match climb.step()? {
            Side::Left => Hash::of_inner(sibling, hash),
            Side::Right => Hash::of_inner(hash, sibling),
        };
    }
    climb.arrived()?;
    if hash == root { Ok(()) } else { Err(BadProof::Root) }
}

/// Verifies that the tree of `size` leaves with the root `root` begins with all leaves of the tree
/// of `earlier` leaves with the root `earlier_root` (RFC 9162, section 2.1.4.2).
///
/// Returns an error if the proof does not show that.
pub fn verify_consistency(
    (earlier, earlier_root): (u64, Hash),
    (size, root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), BadProof> {
    if earlier > size {
        return Err(BadProof::Outside);
    }
    if earlier == 0 || earlier == size {
        let expected = if earlier == 0 { Hash::of_nothing() } else { root };
        let fits = earlier_root == expected && (size > 0 || root == expected);
        return match proof {
            [] if fits => Ok(()),
            [] => Err(BadProof::Root),
            _ => Err(BadProof::Length),
        };
    }
    let mut climb = Climb { at: earlier - 1, last: size - 1 };
    // Start at the subtree that ends where the earlier tree did.
    climb.up(climb.at.trailing_ones());
    let (mut before, rest) = match proof {
        // That subtree is the whole earlier tree.
        rest if climb.at == 0 => (earlier_root, rest),
        [first, rest @ ..] => (*first, rest),
        [] => return Err(BadProof::Length),
    };
    let mut now = before;
    for &sibling in rest {
        match climb.step()? {
            Side::Left => (before, now) = (Hash::of_inner(sibling, before), Hash::of_inner(sibling, now)),
            Side::Right => now = Hash::of_inner(now, sibling),
        }
    }
    climb.arrived()?;
    if (before, now) == (earlier_root, root) { Ok(()) } else { Err(BadProof::Root) }
}
