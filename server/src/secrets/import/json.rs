//! JSON (RFC 8259): one object whose members are strings, numbers and booleans.
//!
//! Values are taken as written (`1.10` stays `1.10`), and their position gives the line number.

use std::fmt;

use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::secrets::import::BadInput;
use crate::secrets::import::collected::Collected;

/// Reads the members of the object in `text` into `collected`.
pub(super) fn read(text: &str, collected: &mut Collected<'_>) -> Result<(), BadInput> {
    let mut lines = Lines { text, offset: 0, line: 1 };
    // Checked here, because serde's message would repeat the value.
    if !text.trim_start().starts_with('{') {
        return Err(collected.bad_file("the file must be one JSON object of names and values"));
    }
    let mut refusal = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let members = Members { collected, lines: &mut lines, refusal: &mut refusal };
    let result = json.deserialize_map(members).and_then(|()| json.end());
    match (refusal, result) {
        (Some(refusal), _) => Err(refusal),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(collected.bad(error.line(), broken(&error))),
    }
}

/// Returns what is wrong with the syntax. serde_json's messages for that contain no content.
fn broken(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    format!("this is not JSON: {words} (column {})", error.column())
}

struct Members<'m, 'c, 't> {
    collected: &'m mut Collected<'c>,
    lines: &'m mut Lines<'t>,
    /// Carries our own error through serde's.
    refusal: &'m mut Option<BadInput>,
}

impl<'de> Visitor<'de> for Members<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of names and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // Not a `Map`, which would hide duplicate names.
        while let Some(name) = map.next_key::<String>()? {
            // Nested values are skipped without recursion, so that depth costs no stack.
            let raw = map.next_value::<&RawValue>()?;
            let line = self.lines.of(raw.get());
            if let Err(refusal) = add(self.collected, &name, raw.get(), line) {
                *self.refusal = Some(refusal);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

fn add(collected: &mut Collected<'_>, name: &str, raw: &str, line: usize) -> Result<(), BadInput> {
    collected.claim(name, line)?;
    let nested = |kind| format!("the value of {name} is {kind}; it must be a text, a number, true or false");
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(raw) {
            Ok(value) => collected.add(name, value, line),
            Err(error) => {
                let words = error.to_string();
                let words = words.split(" at line ").next().unwrap_or_default();
                Err(collected.bad(line, format!("the value of {name} is not a JSON text: {words}")))
            }
        },
        Some(b'{') => Err(collected.bad(line, nested("an object"))),
        Some(b'[') => Err(collected.bad(line, nested("a list"))),
        Some(b'n') => {
            collected.skip(name, line);
            Ok(())
        }
        _ => collected.add(name, raw.to_owned(), line),
    }
}

/// Counts lines in one pass over the text.
struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl Lines<'_> {
    /// Returns the line on which `part` begins. `part` is a slice of the text after the previous
    /// one.
    fn of(&mut self, part: &str) -> usize {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if let Some(passed) = self.text.get(self.offset..offset) {
            self.line += passed.matches('\n').count();
            self.offset = offset;
        }
        self.line
    }
}
