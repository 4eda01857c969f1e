//! How long a session lives, and which of its handles count: pure functions of its row and the time.

use crate::{Reason, SessionId, TimeSpan, Timestamp};

/// The limits of a session (NIST SP 800-63B-4, 5.2: at AAL2 at most 24 hours in all and 1 hour idle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// How long it may lie unused.
    pub idle: TimeSpan,
    /// How long it may last in all.
    pub absolute: TimeSpan,
}

impl Lifetimes {
    /// The shorter of each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { idle: self.idle.min(other.idle), absolute: self.absolute.min(other.absolute) }
    }
}

/// Why a session's row says that it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was seen after its absolute limit, and stays ended whatever the clock says later.
    Expired,
    /// It was seen after its idle limit, likewise.
    Idle,
    /// Somebody ended it, or all that began before some point.
    Revoked,
    /// A handle came back that had been replaced.
    Replayed,
}

/// One of the handles that a session has had. A newer one replaces it once that is used, so that an answer that never
/// arrived signs nobody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    /// Its place among the session's handles.
    pub generation: i64,
    /// When it was made.
    pub issued: Timestamp,
    /// When it first came back from a browser.
    pub used: Option<Timestamp>,
    /// When a newer one was used.
    pub retired: Option<Timestamp>,
    /// When a newer one was first offered in its place.
    pub offered: Option<Timestamp>,
    /// How often one was offered and not taken.
    pub offers: i64,
}

impl Handle {
    /// How long requests that were under way may still carry a replaced handle.
    pub const GRACE: TimeSpan = TimeSpan::seconds(30);
    /// How many offers in a row are no accident: each is at least [`Handle::GRACE`] after the one before.
    pub const IGNORED: i64 = 5;

    /// Whether it was replaced, and nothing can be under way with it any more: somebody has kept a copy. Clocks of two nodes
    /// may differ by [`TimeSpan::CLOCK_SKEW`], and a request that began before the handle was replaced may be decided after that.
    #[must_use]
    pub fn is_replayed(&self, now: Timestamp) -> bool {
        // A clock that went back further than that opens no new grace.
        self.retired.map(|at| now.since(at)).is_some_and(|since| {
            since > TimeSpan(Self::GRACE.0 + TimeSpan::CLOCK_SKEW.0) || since < TimeSpan(-TimeSpan::CLOCK_SKEW.0)
        })
    }

    /// Whether it should be replaced by a new one: its period is over, or its own answer arrived late.
    #[must_use]
    pub fn is_due(&self, every: TimeSpan, now: Timestamp) -> bool {
        self.arrived_late() || (self.retired.is_none() && now.since(self.issued) >= every)
    }

    /// Whether newer ones were offered in its place for two periods and never taken, as by whoever has copied a cookie and keeps
    /// none. Until then lost answers are no harm.
    #[must_use]
    pub fn is_kept_too_long(&self, every: TimeSpan, now: Timestamp) -> bool {
        self.retired.is_none() && self.offered.is_some_and(|at| now.since(at) >= TimeSpan(every.0.saturating_mul(2)))
    }

    /// Whether it first came back when it was replaced already: the answer that carried it was slower than a later one, and
    /// the browser kept the older handle of the two.
    #[must_use]
    pub fn arrived_late(&self) -> bool {
        self.retired.is_some_and(|retired| self.used.is_none_or(|used| used >= retired))
    }
}

/// A session's row, as far as its life depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its public id.
    pub id: SessionId,
    /// When it began.
    pub started: Timestamp,
    /// When it was last used; it may lag behind by [`Session::USE_NOTED_EVERY`].
    pub last_used: Timestamp,
    /// How long it may lie unused.
    pub idle: TimeSpan,
    /// When it ends at the latest.
    pub ends: Timestamp,
    /// Why it is over, where it is.
    pub ended: Option<Ended>,
    /// Whether its identity is frozen.
    pub frozen: bool,
    /// The handle that was presented.
    pub handle: Handle,
}

impl Session {
    /// A use is noted at most this often, so that reading pages does not mean writing rows.
    pub const USE_NOTED_EVERY: TimeSpan = TimeSpan::minutes(1);

    /// Why this session does not count at `now`; nothing where it does.
    #[must_use]
    pub fn lapse(&self, now: Timestamp) -> Option<Reason> {
        match self.ended {
            Some(Ended::Revoked | Ended::Replayed) => Some(Reason::SessionEnded),
            Some(Ended::Expired) => Some(Reason::SessionExpired),
            Some(Ended::Idle) => Some(Reason::SessionIdle),
            None if self.frozen => Some(Reason::IdentityFrozen),
            None if now >= self.ends => Some(Reason::SessionExpired),
            None if now >= self.idle_end() => Some(Reason::SessionIdle),
            None => None,
        }
    }

    /// How it has ended by a limit that its row does not say yet. It is written down at once, so that a clock that
    /// steps back brings it to life at no time.
    #[must_use]
    pub fn lapsed_now(&self, now: Timestamp) -> Option<Ended> {
        match (self.ended, self.lapse(now)) {
            (None, Some(Reason::SessionExpired)) => Some(Ended::Expired),
            (None, Some(Reason::SessionIdle)) => Some(Ended::Idle),
            _ => None,
        }
    }

    /// When it ends if it is not used any more.
    #[must_use]
    pub fn idle_end(&self) -> Timestamp {
        self.last_used.plus(self.idle).min(self.ends)
    }

    /// Whether a use at `now` should be noted.
    #[must_use]
    pub fn use_is_worth_noting(&self, now: Timestamp) -> bool {
        // A tenth of a short idle limit, so that the lag never decides when the session ends.
        let every = Self::USE_NOTED_EVERY.min(TimeSpan(self.idle.0 / 10));
        now.since(self.last_used) >= every
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: Handle = Handle {
        generation: 1,
        issued: Timestamp(0),
        used: Some(Timestamp(0)),
        retired: None,
        offered: None,
        offers: 0,
    };

    fn session() -> Session {
        Session {
            id: SessionId::NOTHING,
            started: Timestamp(0),
            last_used: Timestamp(0),
            idle: TimeSpan::hours(1),
            ends: Timestamp(0).plus(TimeSpan::hours(12)),
            ended: None,
            frozen: false,
            handle: HANDLE,
        }
    }

    /// A millisecond later it does not.
    #[test]
    fn a_session_counts_exactly_until_its_idle_limit() {
        let end = Timestamp(0).plus(TimeSpan::hours(1));
        assert_eq!(session().lapse(Timestamp(end.0 - 1)), None);
        assert_eq!(session().lapse(end), Some(Reason::SessionIdle));
    }

    #[test]
    fn use_does_not_carry_a_session_past_its_absolute_limit() {
        let end = Timestamp(0).plus(TimeSpan::hours(12));
        let busy = Session { last_used: Timestamp(end.0 - 1), ..session() };
        assert_eq!(busy.lapse(Timestamp(end.0 - 1)), None);
        assert_eq!(busy.lapse(end), Some(Reason::SessionExpired));
        assert_eq!(busy.idle_end(), end);
    }

    #[test]
    fn an_ended_session_and_a_frozen_identity_count_at_no_time() {
        let ended = Some(Ended::Revoked);
        assert_eq!(Session { ended, ..session() }.lapse(Timestamp(1)), Some(Reason::SessionEnded));
        assert_eq!(Session { frozen: true, ..session() }.lapse(Timestamp(1)), Some(Reason::IdentityFrozen));
    }

    /// Otherwise a use is noted once a minute.
    #[test]
    fn uses_are_noted_oftener_if_the_idle_limit_is_short() {
        assert!(!session().use_is_worth_noting(Timestamp(59_999)));
        assert!(session().use_is_worth_noting(Timestamp(60_000)));
        let short = Session { idle: TimeSpan::seconds(60), ..session() };
        assert!(short.use_is_worth_noting(Timestamp(6_000)));
    }

    #[test]
    fn a_passed_limit_stays_passed_when_the_clock_steps_back() {
        let end = Timestamp(0).plus(TimeSpan::hours(1));
        assert_eq!(session().lapsed_now(end), Some(Ended::Idle));
        let noted = Session { ended: Some(Ended::Idle), ..session() };
        assert_eq!(noted.lapse(Timestamp(0)), Some(Reason::SessionIdle));
        assert_eq!(noted.lapsed_now(end), None, "it is written once");
        assert_eq!(session().lapsed_now(Timestamp(0).plus(TimeSpan::hours(12))), Some(Ended::Expired));
    }

    #[test]
    fn a_replaced_handle_has_a_short_grace_and_is_a_copy_after_it() {
        let retired = Handle { retired: Some(Timestamp(60_000)), ..HANDLE };
        assert!(!retired.is_replayed(Timestamp(60_000)) && !retired.is_replayed(Timestamp(90_000)));
        assert!(!Handle { retired: None, ..retired }.is_replayed(Timestamp(i64::MAX)));
    }

    /// G47.
    #[test]
    fn a_clock_five_seconds_off_makes_no_replay() {
        let retired = Handle { retired: Some(Timestamp(60_000)), ..HANDLE };
        assert!(!retired.is_replayed(Timestamp(59_999)), "a request that began before the handle was replaced");
        assert!(!retired.is_replayed(Timestamp(55_000)) && retired.is_replayed(Timestamp(54_999)));
        assert!(!retired.is_replayed(Timestamp(95_000)) && retired.is_replayed(Timestamp(95_001)));
    }

    #[test]
    fn only_a_late_handle_is_followed_after_it_was_replaced() {
        let at = |used| Handle { used, retired: Some(Timestamp(1_000)), ..HANDLE };
        let is_due = |handle: Handle| handle.is_due(TimeSpan::minutes(15), Timestamp(2_000));
        assert!(is_due(at(None)) && is_due(at(Some(Timestamp(1_500)))));
        assert!(!is_due(at(Some(Timestamp(999)))), "a copy of a handle that was in use gains nothing");
    }

    #[test]
    fn a_handle_is_kept_too_long_two_periods_after_the_first_offer() {
        let every = TimeSpan::minutes(15);
        let offered = Handle { offered: Some(Timestamp(1_000)), ..HANDLE };
        assert!(
            !offered.is_kept_too_long(every, Timestamp(1_800_999))
                && offered.is_kept_too_long(every, Timestamp(1_801_000))
        );
        assert!(!HANDLE.is_kept_too_long(every, Timestamp(i64::MAX)), "nothing was offered");
        assert!(!Handle { retired: Some(Timestamp(1)), ..offered }.is_kept_too_long(every, Timestamp(1_801_000)));
    }

    #[test]
    fn a_handle_is_due_after_its_period_and_a_replaced_one_never() {
        let every = TimeSpan::minutes(15);
        assert!(!HANDLE.is_due(every, Timestamp(899_999)) && HANDLE.is_due(every, Timestamp(900_000)));
        assert!(!Handle { retired: Some(Timestamp(1)), ..HANDLE }.is_due(every, Timestamp(900_000)));
    }
}
