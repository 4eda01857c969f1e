//! Session lifetimes and handle rotation, as pure functions of a session's row and the time.

use crate::{Reason, SessionId, TimeSpan, Timestamp};

/// The limits of a session. NIST SP 800-63B-4, section 2, allows at most 24 hours in total and 1
/// hour idle at AAL2, and 12 hours and 15 minutes at AAL3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// How long the session may stay unused.
    pub idle: TimeSpan,
    /// How long the session may last in total.
    pub absolute: TimeSpan,
}

impl Lifetimes {
    /// Returns the shorter of both idle limits and of both absolute limits.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { idle: self.idle.min(other.idle), absolute: self.absolute.min(other.absolute) }
    }
}

/// Why a session ended, as stored in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A request found the session past its absolute limit.
    Expired,
    /// A request found the session past its idle limit.
    Idle,
    /// The session was ended by a person, or by an act that ended all sessions of an identity.
    Revoked,
    /// A handle that had been replaced was used again.
    Replayed,
}

/// One of the handles of a session. A newer handle replaces it only when the newer one is first
/// used, so that a lost response signs nobody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    /// The handle's position in the session's sequence of handles, starting at 1.
    pub generation: i64,
    /// When the handle was created.
    pub issued: Timestamp,
    /// When a browser first presented the handle.
    pub used: Option<Timestamp>,
    /// When a newer handle was first used.
    pub retired: Option<Timestamp>,
    /// When a newer handle was first offered to the browser.
    pub offered: Option<Timestamp>,
    /// How often a newer handle was offered and not used.
    pub offers: i64,
}

impl Handle {
    /// How long requests already under way may still present a replaced handle.
    pub const GRACE: TimeSpan = TimeSpan::seconds(30);
    /// The number of unused offers in a row that open an incident. Offers are at least
    /// [`Handle::GRACE`] apart, so that many cannot be lost by accident.
    pub const IGNORED: i64 = 5;

    /// Returns whether the handle was replaced so long ago that no request can still be under way
    /// with it, which means that somebody kept a copy. Allows for [`TimeSpan::CLOCK_SKEW`] between
    /// two nodes in both directions: a request that began before the replacement may be decided
    /// after it.
    #[must_use]
    pub fn is_replayed(&self, now: Timestamp) -> bool {
        // A clock that went back further than the skew does not extend the grace period.
        self.retired.map(|retired| now.since(retired)).is_some_and(|since| {
            since > TimeSpan(Self::GRACE.0 + TimeSpan::CLOCK_SKEW.0) || since < TimeSpan(-TimeSpan::CLOCK_SKEW.0)
        })
    }

    /// Returns whether a new handle should be issued: the renewal period is over, or the handle
    /// arrived late.
    #[must_use]
    pub fn is_due(&self, every: TimeSpan, now: Timestamp) -> bool {
        self.arrived_late() || (self.retired.is_none() && now.since(self.issued) >= every)
    }

    /// Returns whether newer handles were offered for two renewal periods and never used. A copied
    /// cookie behaves like this, because its holder ignores `Set-Cookie`. Before that, offers may
    /// simply have been lost.
    #[must_use]
    pub fn is_kept_too_long(&self, every: TimeSpan, now: Timestamp) -> bool {
        self.retired.is_none() && self.offered.is_some_and(|at| now.since(at) >= TimeSpan(every.0.saturating_mul(2)))
    }

    /// Returns whether the handle was first used after it had already been replaced. Then the
    /// response that set it was overtaken by a later one, and the browser kept the older of the two
    /// handles.
    #[must_use]
    pub fn arrived_late(&self) -> bool {
        self.retired.is_some_and(|retired| self.used.is_none_or(|used| used >= retired))
    }
}

/// The part of a session's row that decides whether the session is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's public id.
    pub id: SessionId,
    /// When the session began.
    pub started: Timestamp,
    /// When the session was last used. May lag behind by [`Session::USE_NOTED_EVERY`].
    pub last_used: Timestamp,
    /// The idle limit.
    pub idle: TimeSpan,
    /// The absolute limit.
    pub ends: Timestamp,
    /// Why the session ended, or `None` while its row shows no end.
    pub ended: Option<Ended>,
    /// Whether the session's identity is frozen.
    pub frozen: bool,
    /// The handle that the request presented.
    pub handle: Handle,
}

impl Session {
    /// The minimum time between two updates of [`Session::last_used`], so that not every page view
    /// writes a row.
    pub const USE_NOTED_EVERY: TimeSpan = TimeSpan::minutes(1);

    /// Returns why the session is not live at `now`, or `None` if it is live.
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

    /// Returns the limit that the session has passed if its row does not show it yet. The caller
    /// must store it at once, so that the session stays ended even if the clock is set back.
    #[must_use]
    pub fn lapsed_now(&self, now: Timestamp) -> Option<Ended> {
        match (self.ended, self.lapse(now)) {
            (None, Some(Reason::SessionExpired)) => Some(Ended::Expired),
            (None, Some(Reason::SessionIdle)) => Some(Ended::Idle),
            _ => None,
        }
    }

    /// Returns when the session ends if it is not used any more.
    #[must_use]
    pub fn idle_end(&self) -> Timestamp {
        self.last_used.plus(self.idle).min(self.ends)
    }

    /// Returns whether a use at `now` should update [`Session::last_used`].
    #[must_use]
    pub fn use_is_worth_noting(&self, now: Timestamp) -> bool {
        // At most a tenth of the idle limit, so that the lag never decides when the session ends.
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
