//! Compares the growing tree with the checkpoints that were signed for it.

use crate::ledger::sealer::verify::{Tampering, VerifyError, level};
use doorward::ledger::merkle::Frontier;
use doorward::ledger::{Checkpoint, Hash};
use std::collections::BTreeMap;
use std::ops::Range;

/// Compares the roots of a growing tree with the checkpoints that were signed for them.
pub(crate) struct Roots {
    frontier: Frontier,
    signed: BTreeMap<u64, Vec<Hash>>,
}

impl Roots {
    /// Begins with an empty tree and these checkpoints.
    pub(crate) fn new(signed: Vec<Checkpoint>) -> Result<Self, Tampering> {
        let mut roots = Self { frontier: Frontier::new(), signed: BTreeMap::new() };
        for checkpoint in signed {
            roots.expect(checkpoint);
        }
        roots.compare().map(|()| roots)
    }

    /// Adds a checkpoint that is still to come.
    pub(crate) fn expect(&mut self, signed: Checkpoint) {
        self.signed.entry(signed.size).or_default().push(signed.root);
    }

    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Adds a leaf. Returns an error if a checkpoint of the new size has another root.
    pub(crate) fn append(&mut self, leaf: Hash) -> Result<(), Tampering> {
        self.frontier.append(leaf);
        self.compare()
    }

    /// Adds a segment by its hash alone.
    pub(crate) fn append_segment(&mut self, places: &Range<u64>, hash: Hash) -> Result<(), VerifyError> {
        if let Some((size, _)) = self.signed.range(places.start + 1..places.end).next() {
            return Err(VerifyError::NeedsArchive(*size));
        }
        let level = level(places).ok_or(Tampering::Segments(places.start))?;
        self.frontier.append_subtree(level, hash).map_err(|_| Tampering::Segments(places.start))?;
        Ok(self.compare()?)
    }

    fn compare(&self) -> Result<(), Tampering> {
        let size = self.frontier.size();
        let Some(signed) = self.signed.get(&size) else { return Ok(()) };
        let root = self.frontier.root();
        if signed.iter().all(|signed| *signed == root) { Ok(()) } else { Err(Tampering::OtherRecords(size)) }
    }

    /// Returns the size of the tree, or an error if a checkpoint was signed for more records.
    pub(crate) fn finish(self) -> Result<u64, Tampering> {
        let there = self.frontier.size();
        match self.signed.last_key_value() {
            Some((signed, _)) if *signed > there => Err(Tampering::Truncated { signed: *signed, there }),
            _ => Ok(there),
        }
    }
}
