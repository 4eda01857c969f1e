//! Times as people read them; the exact one is on hover and focus.

use crate::ui::relative_time as relative;
use doorward::{TimeSpan, Timestamp};
use leptos::prelude::*;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const EXACT: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:short] [year]");
const ISO_DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MACHINE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

fn format(moment: Timestamp, how: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp(moment.0.div_euclid(1000))
        .ok()
        .and_then(|time| time.format(how).ok())
        .unwrap_or_default()
}

/// The moment as people write it, for example `24 Nov 2026, 14:00:00 UTC`.
#[must_use]
pub fn exact(moment: Timestamp) -> String {
    format(moment, EXACT)
}

/// The day, as file names have it, for example `2026-11-22`.
#[must_use]
pub fn day(moment: Timestamp) -> String {
    format(moment, ISO_DAY)
}

/// The moment in RFC 3339, to the millisecond.
#[must_use]
pub fn rfc3339_exact(moment: Timestamp) -> String {
    format!("{}.{:03}Z", rfc3339(moment).trim_end_matches('Z'), moment.0.rem_euclid(1000))
}

/// The moment in RFC 3339, to the second.
#[must_use]
pub fn rfc3339(moment: Timestamp) -> String {
    format(moment, MACHINE)
}

/// The moment in RFC 3339, with its milliseconds if it has any: [`read`] gives the same moment back.
#[must_use]
pub fn rfc3339_shortest(moment: Timestamp) -> String {
    if moment.0.rem_euclid(1000) == 0 { rfc3339(moment) } else { rfc3339_exact(moment) }
}

/// How to write a time, for the messages that ask for one.
pub const HOW_TO_WRITE: &str = "Give a time such as 2026-11-24T09:30 (UTC), 2026-11-24T09:30:00.123Z or \
     2026-11-24T10:30:00+01:00.";

/// Reads a time as Doorward and others write it: RFC 3339 with or without fractions of a second and with any offset; the
/// same without seconds, or without an offset (UTC), as browsers' fields have it; and the form of [`exact`].
///
/// Digits after the millisecond are dropped.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = PrimitiveDateTime::parse(text, EXACT) {
        return moment(time.assume_utc());
    }
    let (day, rest) = text.split_at_checked("2026-11-24".len())?;
    let (clock, offset) = split_offset(rest.strip_prefix(['T', 't', ' '])?);
    let seconds = if clock.len() == "09:30".len() { ":00" } else { "" };
    OffsetDateTime::parse(&format!("{day}T{clock}{seconds}{offset}"), &Rfc3339).ok().and_then(moment)
}

/// Reads a time as [`read`] does, or a day, which begins at midnight UTC.
#[must_use]
pub fn read_day_or_time(text: &str) -> Option<Timestamp> {
    read(text).or_else(|| read(&format!("{}T00:00", text.trim())))
}

fn moment(time: OffsetDateTime) -> Option<Timestamp> {
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Timestamp)
}

/// Splits a time of day from its offset. A `+` that an address did not escape arrives as a space.
fn split_offset(text: &str) -> (&str, String) {
    let (clock, offset) = text.split_at(text.find(['Z', 'z', '+', '-', ' ']).unwrap_or(text.len()));
    let offset = match offset {
        "" | "z" | " UTC" => "Z".to_owned(),
        offset => offset.replacen(' ', "+", 1),
    };
    (clock, offset)
}

/// A length of time, in its two largest units.
#[must_use]
pub fn length(span: TimeSpan) -> String {
    let seconds = span.0.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 if seconds % 3600 < 60 => format!("{} h", seconds / 3600),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How much time is left, in its two largest units. The last unit is rounded up: of an hour that was just given, an hour is
/// left.
#[must_use]
pub fn remaining(span: TimeSpan) -> String {
    relative::remaining(span.0)
}

/// How long ago, in words; a date if it is more than four weeks.
#[must_use]
pub fn ago(moment: Timestamp, now: Timestamp) -> String {
    relative::ago(now.since(moment).0).unwrap_or_else(|| format(moment, DAY))
}

/// A past moment, relative to `now`.
#[component]
pub fn Ago(
    /// The moment.
    at: Timestamp,
    /// When it is read.
    now: Timestamp,
) -> impl IntoView {
    view! { <time datetime=format(at, MACHINE) title=format(at, EXACT) data-moves="ago">{ago(at, now)}</time> }
}

/// How long until a coming moment.
#[component]
pub fn Until(
    /// The moment.
    at: Timestamp,
    /// When it is read.
    now: Timestamp,
) -> impl IntoView {
    let left = remaining(at.since(now));
    view! { <time datetime=format(at, MACHINE) title=format(at, EXACT) data-moves="until">{left}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_said_as_a_person_would() {
        let now = Timestamp(1_795_387_571_000);
        let said = |seconds: i64| ago(Timestamp(now.0 - seconds * 1000), now);
        assert_eq!(said(3), "just now");
        assert_eq!(said(125), "2 min ago");
        assert_eq!(said(90_000), "yesterday");
        assert_eq!(said(90 * 86_400), "24 Aug 2026");
        assert_eq!(length(TimeSpan::minutes(462)), "7 h 42 min");
        assert_eq!(length(TimeSpan(-5)), "0 s");
    }

    #[test]
    fn what_is_left_is_not_rounded_against_the_reader() {
        let left = |seconds: i64| remaining(TimeSpan(seconds * 1000 - 7));
        assert_eq!(left(60), "1 min");
        assert_eq!(left(59), "59 s");
        assert_eq!(left(3600), "1 h");
        assert_eq!(left(8 * 3600), "8 h");
        assert_eq!(left(86_400), "1 day");
        assert_eq!(left(7 * 86_400), "7 days");
        assert_eq!(left(6 * 86_400 + 3 * 3600), "6 days 3 h");
        assert_eq!(left(3601), "1 h 1 min");
        assert_eq!(remaining(TimeSpan(-5)), "0 s");
    }

    #[test]
    fn a_time_is_read_as_it_is_written() {
        for text in [
            "2026-11-22T22:06",
            "2026-11-22T22:06:00",
            "2026-11-22T22:06:00Z",
            "2026-11-22 22:06",
            "2026-11-22t22:06:00.000z",
            "2026-11-22T22:06:00+00:00",
            "2026-11-22T22:06:00-00:00",
            "2026-11-22T23:06+01:00",
            "2026-11-22T23:06:00 01:00",
            "2026-11-22T16:36:00.0000-05:30",
            "2026-11-23T04:06:00+06:00",
            "2026-11-22 22:06:00 UTC",
            " 22 Nov 2026, 22:06:00 UTC ",
        ] {
            assert_eq!(read(text).map(rfc3339_exact).as_deref(), Some("2026-11-22T22:06:00.000Z"), "{text}");
        }
        for (text, milliseconds) in [(".1Z", 100), (".123", 123), (".123456789+00:00", 123), (".0009Z", 0)] {
            let read = read(&format!("2026-11-22T22:06:00{text}")).map(|moment| moment.0.rem_euclid(1000));
            assert_eq!(read, Some(milliseconds), "{text}");
        }
        assert_eq!(read("1969-12-31T23:59:59.999Z"), Some(Timestamp(-1)));
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00",
            "2026-11-22",
            "2026-11-22T",
            "2026-11-22T22",
            "2026-11-22T22:06:",
            "2026-11-22T22:06:00.",
            "2026-11-22T22:06:00.1234 CET",
            "2026-11-22T22:06:00+0100",
            "2026-11-22T25:06:00Z",
            "2026-11-22T22:06:00ZZ",
            "2026-11-2222:06:00",
            "1795387560000",
            "été-11-22T22:06",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read_day_or_time("2026-11-22"), read("2026-11-22T00:00:00Z"));
        assert_eq!(read_day_or_time("2026-11-22T01:00+01:00"), read("2026-11-22T00:00:00Z"));
        assert_eq!(read_day_or_time("2026-11-22T"), None);
    }

    proptest! {
        #[test]
        fn every_time_that_is_printed_is_read_back(at in -62_167_219_200_000_i64..253_402_300_800_000) {
            let at = Timestamp(at);
            let second = Timestamp(at.0.div_euclid(1000) * 1000);
            prop_assert_eq!(read(&rfc3339_exact(at)), Some(at));
            prop_assert_eq!(read(&rfc3339_shortest(at)), Some(at));
            prop_assert_eq!(read(&rfc3339(at)), Some(second));
            prop_assert_eq!(read(&exact(at)), Some(second));
            prop_assert_eq!(read_day_or_time(&day(at)).map(day), Some(day(at)));
        }

        #[test]
        fn any_offset_of_a_time_gives_the_same_moment(
            at in -62_000_000_000_000_i64..253_000_000_000_000,
            minutes in -23 * 60_i64..23 * 60,
        ) {
            let local = rfc3339_exact(Timestamp(at + minutes * 60_000));
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
            let text = format!("{}{sign}{hours:02}:{rest:02}", local.trim_end_matches('Z'));
            prop_assert_eq!(read(&text), Some(Timestamp(at)));
        }

        #[test]
        fn no_text_makes_the_reader_of_times_panic(text in any::<String>()) {
            let _ = (read(&text), read_day_or_time(&text));
        }
    }
}
