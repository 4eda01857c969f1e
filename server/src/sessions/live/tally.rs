//! Counts of closed streams and emptied tabs, until they are written down.

use crate::sessions::stopwatch::TabCount;
use doorward::{RevocationId, Timestamp};
use std::collections::{HashMap, VecDeque};

/// The number of revocations that are remembered. Reports about older ones are not counted.
const REMEMBERED: usize = 1000;

/// Counts by revocation.
#[derive(Default)]
pub struct Tally {
    committed: HashMap<RevocationId, Timestamp>,
    told: HashMap<RevocationId, i64>,
    order: VecDeque<RevocationId>,
    counted: HashMap<RevocationId, TabCount>,
}

impl Tally {
    /// Stores when a revocation was durable.
    pub fn committed(&mut self, id: RevocationId, at: Timestamp) {
        self.remember(id);
        self.committed.insert(id, at);
    }

    /// Returns when a revocation was durable, if this process made it.
    pub fn commit_of(&self, id: RevocationId) -> Option<Timestamp> {
        self.committed.get(&id).copied()
    }

    /// Counts closed streams.
    pub fn closed(&mut self, id: RevocationId, streams: i64, at: Timestamp) {
        self.remember(id);
        *self.told.entry(id).or_default() += streams;
        let count = self.counted.entry(id).or_default();
        count.streams += streams;
        count.streams_closed = Some(at);
    }

    /// Counts a tab that reports being empty, if any tab was told. A browser uses one stream for
    /// all its tabs.
    pub fn emptied(&mut self, id: RevocationId, at: Timestamp) {
        if self.told.contains_key(&id) {
            let count = self.counted.entry(id).or_default();
            count.tabs += 1;
            count.tabs_emptied = Some(at);
        }
    }

    /// Returns and resets the counts since the last call.
    pub fn take(&mut self) -> HashMap<RevocationId, TabCount> {
        std::mem::take(&mut self.counted)
    }

    fn remember(&mut self, id: RevocationId) {
        if self.committed.contains_key(&id) || self.told.contains_key(&id) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.committed.remove(&oldest);
            self.told.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number(u8);

    impl doorward::Randomness for Number {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn id(at: i64) -> RevocationId {
        RevocationId::new(Timestamp(at), &Number(1))
    }

    #[test]
    fn what_nobody_was_told_of_is_not_counted() {
        let mut tally = Tally::default();
        tally.emptied(id(1), Timestamp(5));
        assert!(tally.take().is_empty());
        tally.closed(id(1), 2, Timestamp(6));
        tally.emptied(id(1), Timestamp(7));
        let counted = tally.take();
        assert_eq!((counted[&id(1)].streams, counted[&id(1)].tabs), (2, 1));
        assert!(tally.take().is_empty());
    }

    #[test]
    fn only_so_many_revocations_are_remembered() {
        let mut tally = Tally::default();
        for at in 0..2000 {
            tally.closed(id(at), 1, Timestamp(at));
            tally.committed(id(at), Timestamp(at));
        }
        assert!(tally.told.len() <= REMEMBERED && tally.committed.len() <= REMEMBERED);
        assert_eq!(tally.commit_of(id(0)), None);
    }
}
