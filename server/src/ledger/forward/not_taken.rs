//! Why a batch was not taken, and whether the receiver or the records are the cause.

use axum::http::StatusCode;
use doorward::guard::Unavailable;
use doorward::{TimeSpan, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// The longest pause that a receiver may ask for.
const LONGEST_RETRY_AFTER: TimeSpan = TimeSpan::minutes(15);

/// Why a batch was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("the receiver answered {0}")]
    Status(StatusCode, Option<RetryAfter>),
    /// Success, but every record was dropped (OTLP's partial success).
    #[error("the receiver has thrown every record away")]
    Rejected,
    #[error("the receiver could not be reached, or has not read to the end")]
    Unreachable,
    #[error("the receiver did not answer in time")]
    Late,
    #[error("the receiver did not close the connection, as close=required asks for")]
    NotClosed,
    #[error("the receiver answers, which no receiver of syslog does")]
    NotSyslog,
    #[error("the records could not be written down as a request")]
    Unwritten,
    #[error("the database did not answer")]
    Database,
}

impl From<Unavailable> for NotTaken {
    fn from(_: Unavailable) -> Self {
        Self::Database
    }
}

/// When to try again (RFC 9110, 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After so many seconds.
    Seconds(u32),
    /// At a time.
    At(Timestamp),
}

impl RetryAfter {
    /// Reads the header's value. `None` if it is neither a number nor a date.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return (!text.is_empty()).then(|| Self::Seconds(text.parse().unwrap_or(u32::MAX)));
        }
        let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        Some(Self::At(Timestamp(at.unix_timestamp().saturating_mul(1000))))
    }

    /// Returns the pause from `now`, at most a quarter of an hour.
    #[must_use]
    pub fn from(self, now: Timestamp) -> TimeSpan {
        let span = match self {
            Self::Seconds(seconds) => TimeSpan::seconds(i64::from(seconds)),
            Self::At(at) => at.since(now),
        };
        TimeSpan(span.0.clamp(0, LONGEST_RETRY_AFTER.0))
    }
}

/// The cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The receiver, its address or the credentials. Every record would fail, and a later try may
    /// succeed.
    Receiver,
    /// Perhaps the records: a firewall may take one for an attack, or a receiver may fail on one. A
    /// receiver that is restarting looks the same for a while.
    Perhaps,
    /// The records.
    Records,
}

impl NotTaken {
    /// Returns the cause of the failure. OTLP/HTTP allows another try after 429, 502, 503 and 504
    /// only. The other statuses that count as the receiver's here would set a whole ledger aside
    /// because of a wrong address or token.
    #[must_use]
    pub fn about(&self) -> About {
        match self {
            Self::Status(status, _) => match status.as_u16() {
                401 | 404 | 405 | 407 | 408 | 410 | 425 | 429 | 502 | 503 | 504 => About::Receiver,
                403 | 500..=599 => About::Perhaps,
                400..=499 => About::Records,
                _ => About::Receiver,
            },
            Self::Rejected => About::Records,
            _ => About::Receiver,
        }
    }

    /// Returns whether the batch was too large as a whole.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Status(StatusCode::PAYLOAD_TOO_LARGE, _))
    }

    /// Returns the pause that the receiver asks for.
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> TimeSpan {
        match self {
            Self::Status(_, Some(after)) => after.from(now),
            _ => TimeSpan(0),
        }
    }

    /// Returns whether the receiver may have lost what it took before, so that some of it is sent
    /// again.
    #[must_use]
    pub fn may_have_lost(&self) -> bool {
        let read_it_all = matches!(self, Self::NotClosed | Self::NotSyslog | Self::Database | Self::Unwritten);
        !read_it_all && self.about() == About::Receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_about_the_receiver_or_about_the_records() {
        let about = |status| NotTaken::Status(StatusCode::from_u16(status).unwrap(), None).about();
        for status in [301, 307, 401, 404, 429, 502, 503, 504] {
            assert_eq!(about(status), About::Receiver, "{status}");
        }
        for status in [400, 413, 415, 422, 431] {
            assert_eq!(about(status), About::Records, "{status}");
        }
        for status in [403, 500, 501] {
            assert_eq!(about(status), About::Perhaps, "{status}");
        }
        assert_eq!(NotTaken::Late.about(), About::Receiver);
        assert_eq!(NotTaken::Rejected.about(), About::Records);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        let now = Timestamp(1_795_512_600_000);
        let wait = |text| RetryAfter::parse(text).map(|after| after.from(now).0 / 1000);
        assert_eq!(wait("7"), Some(7));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("99999999999999999999"), Some(15 * 60));
        assert_eq!(wait("Tue, 24 Nov 2026 09:30:30 GMT"), Some(30));
        assert_eq!(wait("Tue, 24 Nov 2026 09:00:00 GMT"), Some(0), "a date that has passed");
        for text in ["", "-1", "soon", "1.5", "Tue, 24 Nov"] {
            assert_eq!(RetryAfter::parse(text), None, "{text}");
        }
    }
}
