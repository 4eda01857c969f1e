//! JSON (RFC 8259): one object whose members are strings, numbers and booleans, as such or inside what
//! `bao kv get -format=json` and `vault kv get -format=json` print (both versions of KV); or a list of
//! objects with `key` and `value`, as Infisical exports it.
//!
//! Values are taken as written (`1.10` stays `1.10`), and their position gives the line number.

use std::fmt;

use app::secrets::store::{GivenValue, SecretFileName, SecretKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::{SecretBytes, SecretText};
use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::secrets::import::BadInput;
use crate::secrets::import::collected::Collected;

/// Reads the members of the object in `text` into `collected`.
pub(super) fn read(text: &str, collected: &mut Collected<'_>) -> Result<(), BadInput> {
    let mut lines = Lines { text, offset: 0, line: 1 };
    if text.trim_start().starts_with('[') {
        return read_list(text, &mut lines, collected);
    }
    if let Some(values) = inside_a_response(text) {
        return read_object(values, &mut lines, collected);
    }
    read_object(text, &mut lines, collected)
}

/// What KV answers with. A file of names and values cannot have an object as a value.
#[derive(serde::Deserialize)]
struct Response<'t> {
    #[serde(borrow)]
    data: &'t RawValue,
}

/// KV version 2 has metadata beside the values.
#[derive(serde::Deserialize)]
struct WithMetadata<'t> {
    #[serde(borrow)]
    data: &'t RawValue,
    #[serde(borrow)]
    metadata: &'t RawValue,
}

/// Returns the object of names and values inside a response of KV, as a slice of the text.
fn inside_a_response(text: &str) -> Option<&str> {
    let is_object = |part: &str| part.trim_start().starts_with('{');
    let Response { data } = serde_json::from_str(text).ok()?;
    let data = Some(data.get()).filter(|data| is_object(data))?;
    let inner = serde_json::from_str::<WithMetadata<'_>>(data).ok();
    let inner = inner.filter(|inner| is_object(inner.data.get()) && is_object(inner.metadata.get()));
    Some(inner.map_or(data, |inner| inner.data.get()))
}

/// An entry of a list. Its other members are descriptions.
#[derive(serde::Deserialize)]
struct Listed<'t> {
    #[serde(borrow)]
    key: &'t RawValue,
    #[serde(borrow)]
    value: &'t RawValue,
}

fn read_list(text: &str, lines: &mut Lines<'_>, collected: &mut Collected<'_>) -> Result<(), BadInput> {
    let listed: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| collected.bad(error.line(), broken(&error)))?;
    for raw in listed {
        let line = lines.of(raw.get());
        let entry = serde_json::from_str::<Listed<'_>>(raw.get()).ok();
        let named = entry.and_then(|entry| Some((serde_json::from_str::<String>(entry.key.get()).ok()?, entry.value)));
        let Some((name, value)) = named else {
            return Err(collected.bad(line, "each entry of the list must be an object with a key and a value"));
        };
        add(collected, &name, value.get(), line)?;
    }
    Ok(())
}

fn read_object(text: &str, lines: &mut Lines<'_>, collected: &mut Collected<'_>) -> Result<(), BadInput> {
    // Checked here, because serde's message would repeat the value.
    if !text.trim_start().starts_with('{') {
        return Err(collected.bad_file("the file must be one JSON object of names and values"));
    }
    let mut refusal = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let members = Members { collected, lines, refusal: &mut refusal };
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
    if let Some(typed) = Typed::read(raw) {
        let (kind, value) =
            typed.value().map_err(|reason| collected.bad(line, format!("the value of {name}: {reason}")))?;
        collected.add_of_kind(name, kind, value, line);
        return Ok(());
    }
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

/// A value as an export of values writes it, if it is no text.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    kind: String,
    value: Option<Zeroizing<String>>,
    file_name: Option<String>,
    base64: Option<Zeroizing<String>>,
}

impl Typed {
    fn read(raw: &str) -> Option<Self> {
        raw.starts_with('{').then(|| serde_json::from_str(raw).ok()).flatten()
    }

    /// Returns the kind and the value, or what is wrong with them.
    fn value(self) -> Result<(SecretKind, GivenValue), String> {
        let kind = SecretKind::parse(&self.kind).ok_or("there is no such kind of secret")?;
        let value = match (kind, self.value, self.file_name, self.base64) {
            (SecretKind::File, None, Some(name), Some(base64)) => {
                let name = SecretFileName::parse(&name).map_err(|error| error.to_string())?;
                let bytes = STANDARD.decode(base64.as_bytes()).map_err(|_| "the file is not base64")?;
                GivenValue::File(name, SecretBytes::new(bytes).map_err(|error| error.to_string())?)
            }
            (SecretKind::File, ..) => return Err("a file has file_name and base64".to_owned()),
            (_, Some(mut text), None, None) => {
                let text = SecretText::new(std::mem::take(&mut *text));
                GivenValue::Text(text.map_err(|error| error.to_string())?)
            }
            _ => return Err("it has a kind and a value".to_owned()),
        };
        Ok((kind, value))
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
