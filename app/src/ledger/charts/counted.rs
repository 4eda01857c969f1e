//! Decisions counted for charts: by time, reason, environment and way of signing in.

use crate::ledger::charts::rows::{Row, Rows};
use crate::ledger::period::Period;
use crate::ledger::search::Search;
use crate::ledger::store::{Counts, DecisionCount};
use crate::secrets::policy::RevealSecret;
use doorward::action::Action as _;
use doorward::ledger::Outcome;
use doorward::{Environment, TimeSpan, Timestamp};
use std::collections::BTreeMap;

/// One bar's time, and what was decided in it.
pub(super) struct Slot {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) allowed: i64,
    /// How many of those that were allowed are known not to have been done.
    pub(super) undone: i64,
    pub(super) refused: BTreeMap<String, i64>,
}

impl Slot {
    fn add(&mut self, one: &DecisionCount) {
        if one.allowed {
            self.allowed += one.many;
            if !matches!(one.outcome, None | Some(Outcome::Done)) {
                self.undone += one.many;
            }
        } else {
            *self.refused.entry(one.code.clone()).or_default() += one.many;
        }
    }

    pub(super) fn refused(&self) -> i64 {
        self.refused.values().sum()
    }
}

/// The counts as bars.
pub(super) struct Charted {
    pub(super) slots: Vec<Slot>,
    /// The reasons for refusals, the most frequent first.
    pub(super) reasons: Vec<(String, i64)>,
    pub(super) refusals: Vec<Row>,
    /// Values that were revealed, by environment.
    pub(super) reveals: Vec<Row>,
    /// Sessions that began, by the way of signing in.
    pub(super) sign_ins: Vec<Row>,
}

impl Charted {
    pub(super) fn of(over: Period, counts: &Counts, now: Timestamp) -> Self {
        let (begins, (count, length)) = (over.begins(now), over.bars());
        let slot = |number| Slot {
            from: begins.plus(TimeSpan(number * length.0)),
            until: begins.plus(TimeSpan((number + 1) * length.0)),
            allowed: 0,
            undone: 0,
            refused: BTreeMap::new(),
        };
        let mut slots: Vec<Slot> = (0..count).map(slot).collect();
        let mut reasons = BTreeMap::new();
        let (mut refusals, mut reveals, mut sign_ins) = (Rows::default(), Rows::default(), Rows::default());
        for one in &counts.counts {
            let number = usize::try_from(one.from.since(begins).0.div_euclid(length.0)).ok();
            let Some(number) = number.filter(|number| *number < slots.len()) else { continue };
            let (slots_count, many) = (slots.len(), one.many);
            slots[number].add(one);
            let find = |action: &str| Search { action: action.to_owned(), allowed: Some(true), ..Search::default() };
            if !one.allowed {
                *reasons.entry(one.code.clone()).or_default() += many;
                let search = || Search { code: one.code.clone(), ..Search::default() };
                refusals.count(&one.code, slots_count, number, many, search);
            } else if one.action == RevealSecret::NAME {
                let search = || Search { environment: Environment::parse(&one.environment).ok(), ..find(&one.action) };
                reveals.count(&one.environment, slots_count, number, many, search);
            } else if one.action == SIGN_IN {
                let search = || Search { code: one.code.clone(), ..find(&one.action) };
                sign_ins.count(&one.code, slots_count, number, many, search);
            }
        }
        let mut reasons: Vec<(String, i64)> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, many)| -many);
        let reveals = reveals.ordered(counts.environments.iter().map(ToString::to_string));
        let (refusals, sign_ins) = (refusals.sorted(), sign_ins.sorted());
        Self { slots, reasons, refusals, reveals, sign_ins }
    }
}

/// The action that begins a session.
const SIGN_IN: &str = "session.start";

#[cfg(test)]
mod tests {
    use super::*;
    use doorward::Environments;

    #[test]
    fn each_count_stands_in_the_bar_of_its_time_and_none_outside() {
        let now = Timestamp(1_795_387_571_000);
        let begins = Period::Week.begins(now);
        let one = |from: Timestamp, allowed, code: &str, many| DecisionCount {
            from,
            action: RevealSecret::NAME.to_owned(),
            environment: "dev".to_owned(),
            allowed,
            outcome: Some(Outcome::of_decision(allowed)),
            code: code.to_owned(),
            many,
        };
        let counts = [
            one(begins.plus(TimeSpan::hours(-1)), true, "role", 100),
            one(begins, true, "role", 1),
            DecisionCount { outcome: Some(Outcome::Invalid), ..one(begins, true, "role", 3) },
            DecisionCount { outcome: None, ..one(begins, true, "role", 5) },
            one(begins.plus(TimeSpan::hours(5)), false, "hidden", 2),
            one(begins.plus(TimeSpan::hours(6)), false, "no_session", 3),
            one(begins.plus(TimeSpan::hours(6)), false, "hidden", 2),
        ];
        let counts = Counts { counts: counts.to_vec(), environments: Vec::new(), scope: Environments::Everywhere };
        let charted = Charted::of(Period::Week, &counts, now);
        let seen = charted.slots.iter().take(3).map(|slot| (slot.allowed, slot.undone, slot.refused()));
        assert_eq!(seen.collect::<Vec<_>>(), [(9, 3, 2), (0, 0, 5), (0, 0, 0)]);
        assert_eq!(charted.reasons, [("hidden".to_owned(), 4), ("no_session".to_owned(), 3)]);
        let last = charted.slots.last().expect("a bar");
        assert!(last.from.0 <= now.0 && now.0 < last.until.0, "the last bar holds this moment");
    }
}
