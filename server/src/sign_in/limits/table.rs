//! A bounded table of allowances in use.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use doorward::{TimeSpan, Timestamp};

use crate::sign_in::limits::Allowance;

/// For each key, when its allowance is full again. A key that is missing has a full allowance.
pub(crate) struct Table<Key> {
    allowance: Allowance,
    capacity: usize,
    whole_at: HashMap<Key, Timestamp>,
    /// The same entries, the earliest first.
    order: BTreeSet<(Timestamp, Key)>,
}

impl<Key: Copy + Eq + Hash + Ord> Table<Key> {
    pub(crate) fn new(allowance: Allowance, capacity: usize) -> Self {
        let allowance =
            Allowance { tries: allowance.tries.max(1), one_back_every: TimeSpan(allowance.one_back_every.0.max(1)) };
        Self { allowance, capacity: capacity.max(1), whole_at: HashMap::new(), order: BTreeSet::new() }
    }

    /// Returns how long until `key` may try again; zero or negative if it may now.
    pub(crate) fn wait(&self, key: &Key, now: Timestamp) -> TimeSpan {
        let one = self.allowance.one_back_every;
        TimeSpan(self.used(key, now).0.saturating_add(one.0).saturating_sub(self.whole().0))
    }

    /// Takes one try from the allowance of `key`.
    pub(crate) fn count(&mut self, key: Key, now: Timestamp) {
        let used = self.used(&key, now);
        self.forget(&key);
        self.forget_those_whole_by(now);
        let whole_at = now.plus(used).plus(self.allowance.one_back_every);
        self.whole_at.insert(key, whole_at);
        self.order.insert((whole_at, key));
        if self.order.len() > self.capacity
            && let Some((_, soonest)) = self.order.pop_first()
        {
            self.whole_at.remove(&soonest);
        }
    }

    /// Gives one try back to `key`.
    pub(crate) fn give_one_back(&mut self, key: &Key, now: Timestamp) {
        let left = self.used(key, now).0.saturating_sub(self.allowance.one_back_every.0);
        self.forget(key);
        if left > 0 {
            let whole_at = now.plus(TimeSpan(left));
            self.whole_at.insert(*key, whole_at);
            self.order.insert((whole_at, *key));
        }
    }

    /// Gives `key` its full allowance back.
    pub(crate) fn forget(&mut self, key: &Key) {
        if let Some(whole_at) = self.whole_at.remove(key) {
            self.order.remove(&(whole_at, *key));
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.whole_at.len(), self.order.len());
        self.order.len()
    }

    /// Returns the used part of an allowance, as the time in which it refills.
    fn used(&self, key: &Key, now: Timestamp) -> TimeSpan {
        let left = self.whole_at.get(key).map_or(0, |whole_at| whole_at.since(now).0);
        // Cap the wait at a full allowance, in case the clock went back.
        TimeSpan(left.clamp(0, self.whole().0))
    }

    /// The time in which an empty allowance refills completely.
    fn whole(&self) -> TimeSpan {
        TimeSpan(self.allowance.one_back_every.0.saturating_mul(i64::from(self.allowance.tries)))
    }

    fn forget_those_whole_by(&mut self, now: Timestamp) {
        while let Some(&(whole_at, key)) = self.order.first()
            && whole_at <= now
        {
            self.order.pop_first();
            self.whole_at.remove(&key);
        }
    }
}
