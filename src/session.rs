//! How long a session lives: pure functions of its row and the time.

use crate::{Moment, Reason, SessionId, Span};

/// The limits of a session (NIST SP 800-63B-4, 5.2: at AAL2 at most 24 hours in all and 1 hour idle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// How long it may lie unused.
    pub idle: Span,
    /// How long it may last in all.
    pub absolute: Span,
}

/// A session's row, as far as its life depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its public id.
    pub id: SessionId,
    /// When it began.
    pub started: Moment,
    /// When it was last used; it may lag behind by [`Session::USE_NOTED_EVERY`].
    pub last_used: Moment,
    /// How long it may lie unused.
    pub idle: Span,
    /// When it ends at the latest.
    pub ends: Moment,
    /// Whether somebody ended it.
    pub ended: bool,
    /// Whether its identity is frozen.
    pub frozen: bool,
}

impl Session {
    /// A use is noted at most this often, so that reading pages does not mean writing rows.
    pub const USE_NOTED_EVERY: Span = Span::minutes(1);

    /// Why this session does not count at `now`; nothing where it does.
    #[must_use]
    pub fn lapse(&self, now: Moment) -> Option<Reason> {
        if self.ended {
            Some(Reason::SessionEnded)
        } else if self.frozen {
            Some(Reason::IdentityFrozen)
        } else if now >= self.ends {
            Some(Reason::SessionExpired)
        } else if now >= self.idle_end() {
            Some(Reason::SessionIdle)
        } else {
            None
        }
    }

    /// When it ends if it is not used any more.
    #[must_use]
    pub fn idle_end(&self) -> Moment {
        self.last_used.plus(self.idle).min(self.ends)
    }

    /// Whether a use at `now` should be noted.
    #[must_use]
    pub fn use_is_worth_noting(&self, now: Moment) -> bool {
        // A tenth of a short idle limit, so that the lag never decides when the session ends.
        let every = Self::USE_NOTED_EVERY.min(Span(self.idle.0 / 10));
        now.since(self.last_used) >= every
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            id: SessionId::NOTHING,
            started: Moment(0),
            last_used: Moment(0),
            idle: Span::hours(1),
            ends: Moment(0).plus(Span::hours(12)),
            ended: false,
            frozen: false,
        }
    }

    #[test]
    fn a_session_counts_until_its_idle_limit_and_not_a_millisecond_longer() {
        let end = Moment(0).plus(Span::hours(1));
        assert_eq!(session().lapse(Moment(end.0 - 1)), None);
        assert_eq!(session().lapse(end), Some(Reason::SessionIdle));
    }

    #[test]
    fn use_does_not_carry_a_session_past_its_absolute_limit() {
        let end = Moment(0).plus(Span::hours(12));
        let busy = Session { last_used: Moment(end.0 - 1), ..session() };
        assert_eq!(busy.lapse(Moment(end.0 - 1)), None);
        assert_eq!(busy.lapse(end), Some(Reason::SessionExpired));
        assert_eq!(busy.idle_end(), end);
    }

    #[test]
    fn an_ended_session_and_a_frozen_identity_count_at_no_time() {
        assert_eq!(Session { ended: true, ..session() }.lapse(Moment(1)), Some(Reason::SessionEnded));
        assert_eq!(Session { frozen: true, ..session() }.lapse(Moment(1)), Some(Reason::IdentityFrozen));
    }

    #[test]
    fn uses_are_noted_once_a_minute_and_oftener_where_the_idle_limit_is_short() {
        assert!(!session().use_is_worth_noting(Moment(59_999)));
        assert!(session().use_is_worth_noting(Moment(60_000)));
        let short = Session { idle: Span::seconds(60), ..session() };
        assert!(short.use_is_worth_noting(Moment(6_000)));
    }
}
