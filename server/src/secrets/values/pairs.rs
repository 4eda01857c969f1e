//! Key-value secrets: names with a value each, stored as lines of a dotenv file that every reader understands alike.

use crate::secrets::import::{self, Entry};
use app::secrets::store::BadValue;
use doorward::SecretText;
use zeroize::Zeroizing;

fn bad(reason: String) -> BadValue {
    BadValue { field: "value", reason }
}

/// Reads the lines, and returns them as they are stored, with their number.
pub(super) fn read(text: &SecretText) -> Result<(SecretText, i64), BadValue> {
    let parsed = import::read_lines(text.expose()).map_err(|error| {
        let line = error.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        bad(format!("{line}{}", error.reason))
    })?;
    if let Some(empty) = parsed.skipped.first() {
        return Err(bad(format!("line {}: {} {}", empty.line, empty.name, empty.reason)));
    }
    if parsed.entries.is_empty() {
        return Err(bad("enter one NAME=value a line".to_owned()));
    }
    let count = i64::try_from(parsed.entries.len()).unwrap_or(i64::MAX);
    let mut lines = write(&parsed.entries);
    let text = SecretText::new(std::mem::take(&mut *lines)).map_err(|error| bad(error.to_string()))?;
    Ok((text, count))
}

/// Writes entries as the reader reads them.
fn write(entries: &[Entry]) -> Zeroizing<String> {
    // Each character takes at most two bytes more; a buffer that grows would leave copies in memory.
    let room = entries.iter().map(|entry| entry.name.len() + 2 * entry.value.size() + 4).sum();
    let mut lines = Zeroizing::new(String::with_capacity(room));
    for entry in entries {
        lines.push_str(&entry.name);
        lines.push('=');
        write_value(entry.value.text().unwrap_or_default(), &mut lines);
        lines.push('\n');
    }
    lines
}

fn write_value(value: &str, lines: &mut String) {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:@%+,-".contains(letter);
    if value.chars().all(is_plain) && !value.starts_with("-----") {
        lines.push_str(value);
    } else if !value.contains(['\'', '\r']) {
        lines.push('\'');
        lines.push_str(value);
        lines.push('\'');
    } else {
        lines.push('"');
        for letter in value.chars() {
            match letter {
                '\n' => lines.push_str("\\n"),
                '\r' => lines.push_str("\\r"),
                '\t' => lines.push_str("\\t"),
                '\\' | '"' | '$' | '`' => lines.extend(['\\', letter]),
                other => lines.push(other),
            }
        }
        lines.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::secrets::store::{GivenValue, SecretKind};
    use proptest::prelude::*;

    fn stored(text: &str) -> Result<String, String> {
        let text = SecretText::new(text.to_owned()).unwrap();
        read(&text).map(|(text, _)| text.expose().to_owned()).map_err(|bad| bad.reason)
    }

    #[test]
    fn lines_are_stored_as_every_reader_reads_them() {
        let text = "# access\nexport USER=app\nPASSWORD=\"p$s 'w\\n\"\nURL = postgres://app@db:5432/app\nKEY='a\nb'\n";
        let lines = "USER=app\nPASSWORD=\"p\\$s 'w\\n\"\nURL=postgres://app@db:5432/app\nKEY='a\nb'\n";
        assert_eq!(stored(text).as_deref(), Ok(lines));
        assert_eq!(stored(lines).as_deref(), Ok(lines));
    }

    #[test]
    fn a_bad_line_is_named_and_no_value_repeated() {
        for (text, reason) in [
            ("A=1\nA=2", "line 2: A stands already on line 1"),
            ("A=1\nB=", "line 2: B has no value"),
            ("# nothing", "enter one NAME=value a line"),
        ] {
            assert_eq!(stored(text), Err(reason.to_owned()), "{text}");
        }
        assert!(stored("hunter2").is_err_and(|reason| !reason.contains("hunter2")));
    }

    proptest! {
        #[test]
        fn stored_lines_give_the_same_pairs(values in proptest::collection::vec("[^\\x00]{1,60}", 1..6)) {
            let pairs: Vec<_> = values.iter().enumerate().map(|(at, value)| (format!("N{at}"), value.clone())).collect();
            let entry = |(name, value): &(String, String)| {
                let value = GivenValue::Text(SecretText::new(value.clone()).unwrap());
                Entry { name: name.clone(), kind: SecretKind::Text, value, line: 1 }
            };
            let lines = write(&pairs.iter().map(entry).collect::<Vec<_>>());
            let parsed = import::read_lines(&lines);
            prop_assert!(parsed.is_ok(), "{}", parsed.err().map(|bad| bad.to_string()).unwrap_or_default());
            let read: Vec<_> = parsed.unwrap().entries.iter()
                .map(|entry| (entry.name.clone(), entry.value.text().unwrap().to_owned())).collect();
            prop_assert_eq!(read, pairs);
        }
    }
}
