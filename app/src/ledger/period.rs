//! The times that charts of the ledger show.

use doorward::{TimeSpan, Timestamp};

/// A time up to now, in bars of one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// A day, an hour a bar.
    #[default]
    Day,
    /// A week, six hours a bar.
    Week,
    /// Thirty days, a day a bar.
    Month,
}

impl Period {
    pub(super) const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }

    pub(super) const fn bars(self) -> (i64, TimeSpan) {
        match self {
            Self::Day => (24, TimeSpan::hours(1)),
            Self::Week => (28, TimeSpan::hours(6)),
            Self::Month => (30, TimeSpan::hours(24)),
        }
    }

    /// When its first bar begins, where its last one holds `now`. Bars begin at whole hours, of which the length is a multiple.
    #[must_use]
    pub const fn begins(self, now: Timestamp) -> Timestamp {
        let (count, length) = self.bars();
        Timestamp((now.0.div_euclid(length.0) + 1 - count) * length.0)
    }
}
