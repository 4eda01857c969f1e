//! Spans of time as people write them: `30m`, `12h`, `1h30m`, `500ms`.

use std::time::Duration;

use doorward::TimeSpan;

const UNITS: [(&str, i64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads a span that is longer than nothing.
pub(crate) fn parse(text: &str) -> Result<TimeSpan, &'static str> {
    const HOW: &str = "a span of time is written like 30m, 12h, 1h30m or 500ms";
    let mut rest = text.trim();
    let mut total = 0_i64;
    while !rest.is_empty() {
        let (digits, behind) = split_where(rest, |one| !one.is_ascii_digit());
        let (unit, next) = split_where(behind, |one| one.is_ascii_digit());
        let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(HOW)?;
        let number: i64 = digits.parse().map_err(|_| HOW)?;
        let part = number.checked_mul(*milliseconds).ok_or(HOW)?;
        total = total.checked_add(part).ok_or(HOW)?;
        rest = next;
    }
    if text.trim().is_empty() {
        return Err(HOW);
    }
    if total == 0 { Err("it must be longer than zero") } else { Ok(TimeSpan(total)) }
}

/// Reads a timeout: at most ten minutes, as a longer one protects nobody.
pub(super) fn parse_timeout(text: &str) -> Result<TimeSpan, &'static str> {
    let span = parse(text)?;
    if span > TimeSpan::minutes(10) { Err("it may be at most 10m") } else { Ok(span) }
}

/// Writes a span as [`parse`] reads it.
pub(super) fn write(span: TimeSpan) -> String {
    let mut left = span.0;
    let mut text = String::new();
    for (name, milliseconds) in UNITS.iter().rev().skip(1) {
        if left >= *milliseconds {
            text.push_str(&format!("{}{name}", left / milliseconds));
            left %= milliseconds;
        }
    }
    text
}

pub(super) fn to_duration(span: TimeSpan) -> Duration {
    Duration::from_millis(span.0.unsigned_abs())
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_as_people_do() {
        for (text, milliseconds) in [("30m", 1_800_000), ("12h", 43_200_000), ("1h30m", 5_400_000), ("500ms", 500)] {
            assert_eq!(parse(text), Ok(TimeSpan(milliseconds)));
            assert_eq!(write(TimeSpan(milliseconds)), text);
        }
        assert_eq!(parse("1d"), Ok(TimeSpan::hours(24)));
        assert_eq!(write(TimeSpan::hours(24)), "24h");
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["", " ", "30", "m", "-5m", "1.5h", "30 m", "5x", "9223372036854775807d", "9999999999999999999s", "1mm"]
        {
            assert!(parse(text).is_err_and(|why| why.starts_with("a span")), "{text}");
        }
        assert_eq!(parse("0m"), Err("it must be longer than zero"));
        assert_eq!(parse_timeout("11m"), Err("it may be at most 10m"));
    }
}
