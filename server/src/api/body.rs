//! JSON bodies: one object, whose fields are known and come once. No error repeats what was sent, because it may be a
//! secret.

use crate::api::problem::Problem;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, header};
use doorward::SecretText;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// The fields of a body.
pub struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    fields.push(pair);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

impl Fields {
    /// Reads a body of at most `limit` bytes. An empty one has no fields.
    ///
    /// # Errors
    /// If it is too large, is no JSON object, or has a field that is not `known` or comes twice.
    pub async fn read(headers: &HeaderMap, body: Body, limit: usize, known: &[&str]) -> Result<Self, Problem> {
        let bytes = to_bytes(body, limit).await.map_err(|_| Problem::TOO_LARGE)?;
        if bytes.is_empty() {
            return Ok(Self(Vec::new()));
        }
        if !is_json(headers) {
            return Err(Problem::NOT_JSON);
        }
        let fields: Self = serde_json::from_slice(&bytes).map_err(|_| Problem::BAD_JSON)?;
        for (at, (name, _)) in fields.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(Problem::invalid("", "The body has a field that is not known."));
            }
            if fields.0[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::invalid("", "The body has a field twice."));
            }
        }
        Ok(fields)
    }

    /// Takes a field out of the body. `null` counts as missing.
    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(field, _)| field == name)?;
        Some(self.0.swap_remove(at).1).filter(|value| !value.is_null())
    }

    /// Returns a text.
    pub fn text(&mut self, pointer: &'static str) -> Result<Option<String>, Problem> {
        match self.take(&pointer[1..]) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::invalid(pointer, "It has to be a text.")),
        }
    }

    /// Returns a secret text exactly as it was sent.
    pub fn secret(&mut self, pointer: &'static str) -> Result<Option<SecretText>, Problem> {
        let wrong = |_| Problem::invalid(pointer, "It has to have 1 to 65,536 bytes, none of which is NUL.");
        self.text(pointer)?.map(|text| SecretText::new(text).map_err(wrong)).transpose()
    }

    /// Returns a list of texts.
    pub fn texts(&mut self, pointer: &'static str) -> Result<Option<Vec<String>>, Problem> {
        let wrong = || Problem::invalid(pointer, "It has to be a list of at most 64 texts.");
        match self.take(&pointer[1..]) {
            None => Ok(None),
            Some(Value::Array(values)) if values.len() <= 64 => {
                let text = |value: Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
                values.into_iter().map(text).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(wrong()),
        }
    }

    /// Returns a whole number from `least` to `most`.
    pub fn number(
        &mut self,
        pointer: &'static str,
        (least, most): (i64, i64),
        message: &'static str,
    ) -> Result<Option<i64>, Problem> {
        let Some(value) = self.take(&pointer[1..]) else { return Ok(None) };
        let number = value.as_i64().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| Problem::invalid(pointer, message))
    }
}

/// Returns whether the media type is `application/json`, in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().is_some_and(|kind| kind == "application/json") && parts.all(|part| part == "charset=utf-8")
}
