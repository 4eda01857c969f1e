//! Times as people read them; the exact one is on hover and focus.

use doorward::{Moment, Span};
use leptos::prelude::*;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const EXACT: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:short] [year]");
const ISO_DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MACHINE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

fn format(moment: Moment, how: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp(moment.0.div_euclid(1000))
        .ok()
        .and_then(|time| time.format(how).ok())
        .unwrap_or_default()
}

/// The moment as people write it, for example `24 Nov 2026, 14:00:00 UTC`.
#[must_use]
pub fn exact(moment: Moment) -> String {
    format(moment, EXACT)
}

/// The day, as file names have it, for example `2026-11-22`.
#[must_use]
pub fn day(moment: Moment) -> String {
    format(moment, ISO_DAY)
}

/// The moment in RFC 3339, to the millisecond.
#[must_use]
pub fn rfc3339_exact(moment: Moment) -> String {
    format!("{}.{:03}Z", rfc3339(moment).trim_end_matches('Z'), moment.0.rem_euclid(1000))
}

/// The moment in RFC 3339, to the second.
#[must_use]
pub fn rfc3339(moment: Moment) -> String {
    format(moment, MACHINE)
}

/// Reads a moment in UTC as browsers' fields and people write it: `2026-11-24T09:30`, with seconds and a `Z` or without.
#[must_use]
pub fn read_utc(text: &str) -> Option<Moment> {
    const READ: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute][optional [:[second]]][optional [Z]]");
    let read = PrimitiveDateTime::parse(&text.replace(' ', "T"), READ).ok()?;
    Some(Moment(read.assume_utc().unix_timestamp().saturating_mul(1000)))
}

/// A length of time, in its two largest units.
#[must_use]
pub fn length(span: Span) -> String {
    let seconds = span.0.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 if seconds % 3600 < 60 => format!("{} h", seconds / 3600),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long ago, in words; a date where it is more than four weeks.
#[must_use]
pub fn ago(moment: Moment, now: Moment) -> String {
    let seconds = now.since(moment).0.max(0) / 1000;
    match seconds {
        0..10 => "just now".to_owned(),
        10..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        86_400..172_800 => "yesterday".to_owned(),
        172_800..2_419_200 => format!("{} days ago", seconds / 86_400),
        _ => format(moment, DAY),
    }
}

/// A past moment, relative to `now`.
#[component]
pub fn Ago(
    /// The moment.
    at: Moment,
    /// When it is read.
    now: Moment,
) -> impl IntoView {
    view! { <time datetime=format(at, MACHINE) title=format(at, EXACT)>{ago(at, now)}</time> }
}

/// How long until a coming moment.
#[component]
pub fn Until(
    /// The moment.
    at: Moment,
    /// When it is read.
    now: Moment,
) -> impl IntoView {
    view! { <time datetime=format(at, MACHINE) title=format(at, EXACT) tabindex="0">{length(at.since(now))}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_a_person_would() {
        let now = Moment(1_795_387_571_000);
        let said = |seconds: i64| ago(Moment(now.0 - seconds * 1000), now);
        assert_eq!(said(3), "just now");
        assert_eq!(said(125), "2 min ago");
        assert_eq!(said(90_000), "yesterday");
        assert_eq!(said(90 * 86_400), "24 Aug 2026");
        assert_eq!(length(Span::minutes(462)), "7 h 42 min");
        assert_eq!(length(Span(-5)), "0 s");
    }

    #[test]
    fn a_time_is_read_as_it_is_written() {
        for text in ["2026-11-22T22:06", "2026-11-22T22:06:00", "2026-11-22T22:06:00Z", "2026-11-22 22:06"] {
            assert_eq!(read_utc(text).map(rfc3339).as_deref(), Some("2026-11-22T22:06:00Z"), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01T00:00", "2026-11-22"] {
            assert_eq!(read_utc(text), None, "{text}");
        }
    }
}
