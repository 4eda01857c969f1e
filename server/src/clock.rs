//! The only place where the system's clock and random source are read.

use doorward::{Clock, Randomness, Timestamp};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's clock, but never going back. If the system's clock is set back, time continues from
/// the last reading, so that nothing that has ended begins again.
#[derive(Debug, Default)]
pub struct SteadyClock(Mutex<Option<(Timestamp, Duration)>>);

impl SteadyClock {
    fn advance(&self, system: Timestamp, elapsed: Duration) -> Timestamp {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match *last {
            Some((moment, last_elapsed)) => {
                let passed = elapsed.saturating_sub(last_elapsed).as_millis();
                system.max(Timestamp(moment.0.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))))
            }
            None => system,
        };
        // Advance by whole milliseconds, so that fractions are not lost each time.
        let is_later = last.is_none_or(|(moment, _)| now > moment);
        if is_later {
            *last = Some((now, elapsed));
        }
        now
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        self.advance(SystemClock.now(), since_start())
    }
}

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "without randomness no handle may be made at all"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// Returns the time since the first call, for measuring durations.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a measured time decides nothing")]
pub fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If the machine's clock steps back, ours goes on at its own pace; a step forward is followed.
    #[test]
    fn a_clock_never_steps_back() {
        let clock = SteadyClock::default();
        let at = |system, elapsed| clock.advance(Timestamp(system), Duration::from_millis(elapsed)).0;
        assert_eq!(at(10_000, 0), 10_000);
        assert_eq!(at(10_500, 500), 10_500);
        assert_eq!(at(2_000, 700), 10_700, "set back, it goes on");
        assert_eq!(at(2_100, 800), 10_800);
        assert_eq!(at(60_000, 900), 60_000, "set forward, it is followed");
        assert_eq!(at(59_000, 900), 60_000);
    }
}
