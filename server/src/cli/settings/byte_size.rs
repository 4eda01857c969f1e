//! Sizes in bytes as people write them: `262144`, `256KiB`, `1MiB`.

/// Below this the longest secret value, percent-encoded in a form, could not be sent.
const LEAST: usize = 256 * 1024;
const MOST: usize = 64 * 1024 * 1024;

/// Reads the limit of a request's body.
pub(super) fn parse_body_limit(text: &str) -> Result<usize, &'static str> {
    const HOW: &str = "a size is written like 262144, 256KiB or 1MiB";
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|one: char| !one.is_ascii_digit()).unwrap_or(text.len()));
    let bytes = match unit {
        "" | "B" => 1,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return Err(HOW),
    };
    let size = number.parse::<usize>().map_err(|_| HOW)?.checked_mul(bytes).ok_or(HOW)?;
    if (LEAST..=MOST).contains(&size) { Ok(size) } else { Err("it must be between 256KiB and 64MiB") }
}

/// Writes a size as [`parse_body_limit`] reads it.
pub(super) fn write(size: usize) -> String {
    match size {
        size if size.is_multiple_of(1024 * 1024) => format!("{}MiB", size / (1024 * 1024)),
        size if size.is_multiple_of(1024) => format!("{}KiB", size / 1024),
        size => size.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_as_people_do() {
        for (text, size) in [("256KiB", 262_144), ("1MiB", 1_048_576), ("300001", 300_001)] {
            assert_eq!(parse_body_limit(text), Ok(size));
            assert_eq!(write(size), text);
        }
        for text in ["", "KiB", "1kb", "-1", "1 MiB", "0", "1KiB", "65MiB", "99999999999999999999"] {
            assert!(parse_body_limit(text).is_err(), "{text}");
        }
    }
}
