//! The canonical encoding of a record: hashing these bytes commits to the whole record.

use super::{AuditEntry, FIELDS, Field, Form, Part, Value};
use crate::Timestamp;

/// The layout that has the environment without the byte that says whether it is there.
const ENVIRONMENT_ALONE: u8 = 3;

impl AuditEntry {
    /// Returns the record as bytes: the same on every machine, and different for any other record.
    ///
    /// - The first byte is the layout: the highest [`since`](Field::since) of the fields that are
    ///   there. A new field therefore leaves the bytes of older records as they are.
    /// - The [fields](FIELDS) follow in their order, without those that are newer than the layout.
    /// - `who` and `policy` begin with a byte: `01` if the part is there, and `00` if it is missing
    ///   with all its fields.
    /// - An optional field is the byte `00` if it is missing, or `01` and then its value, so
    ///   missing and empty differ. In layout 3, the environment is always there and has no such
    ///   byte.
    /// - A text is its length in bytes (8 bytes, big-endian), then its UTF-8 bytes, never
    ///   normalized. A number is 8 bytes, big-endian, two's complement. A time is a number:
    ///   milliseconds since 1970. A decision is the byte `01` if allowed, `00` if refused.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let layout = self.layout();
        let mut bytes = vec![layout];
        let mut part = Part::Record;
        for field in FIELDS.iter().filter(|field| field.since <= layout) {
            let is_there = field.part.is_in(self);
            if std::mem::replace(&mut part, field.part) != part && part != Part::Record {
                bytes.push(u8::from(is_there));
            }
            if is_there {
                write(&mut bytes, field.of(self), has_flag(field, layout));
            }
        }
        bytes
    }

    /// Reads a record back from its canonical bytes. Returns `None` if they are not those of a
    /// record.
    #[must_use]
    pub fn from_canonical_bytes(bytes: &[u8]) -> Option<Self> {
        let (&layout, rest) = bytes.split_first()?;
        let mut reader = Reader(rest);
        let (mut part, mut is_there) = (Part::Record, true);
        let entry = Self::read(|field| {
            if field.since > layout {
                return Ok(None);
            }
            if std::mem::replace(&mut part, field.part) != part {
                is_there = part == Part::Record || reader.flag()?;
            }
            if !is_there || (has_flag(field, layout) && !reader.flag()?) {
                return Ok(None);
            }
            reader.value(field.form).map(Some)
        });
        // Nothing may follow, and there is only one encoding.
        entry.ok().filter(|entry: &Self| entry.canonical_bytes() == bytes)
    }

    fn layout(&self) -> u8 {
        let there = FIELDS.iter().filter(|field| field.of(self).is_some());
        there.map(|field| field.since).max().unwrap_or_default()
    }
}

const fn has_flag(field: &Field, layout: u8) -> bool {
    let is_alone = field.since == ENVIRONMENT_ALONE && layout == ENVIRONMENT_ALONE;
    !field.required && !is_alone
}

fn write(bytes: &mut Vec<u8>, value: Option<Value<'_>>, flag: bool) {
    if flag {
        bytes.push(u8::from(value.is_some()));
    }
    match value {
        None => {}
        Some(Value::Text(text)) => {
            // No platform has lengths of more than 64 bits.
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        Some(Value::Number(number) | Value::Time(Timestamp(number))) => bytes.extend(number.to_be_bytes()),
        Some(Value::Decision(allowed)) => bytes.push(u8::from(allowed)),
    }
}

/// The bytes are not those of a record.
struct BadBytes;

impl From<super::BadRecord> for BadBytes {
    fn from(_: super::BadRecord) -> Self {
        Self
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], BadBytes> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(BadBytes)?;
        self.0 = rest;
        Ok(taken)
    }

    fn eight(&mut self) -> Result<[u8; 8], BadBytes> {
        self.take(8)?.try_into().map_err(|_| BadBytes)
    }

    fn flag(&mut self) -> Result<bool, BadBytes> {
        match self.take(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(BadBytes),
        }
    }

    fn text(&mut self) -> Result<&'a str, BadBytes> {
        let length = usize::try_from(u64::from_be_bytes(self.eight()?)).map_err(|_| BadBytes)?;
        str::from_utf8(self.take(length)?).map_err(|_| BadBytes)
    }

    fn value(&mut self, form: Form) -> Result<Value<'a>, BadBytes> {
        Ok(match form {
            Form::Text => Value::Text(self.text()?.into()),
            Form::Number => Value::Number(i64::from_be_bytes(self.eight()?)),
            Form::Time => Value::Time(Timestamp(i64::from_be_bytes(self.eight()?))),
            Form::Decision => Value::Decision(self.flag()?),
        })
    }
}

#[cfg(test)]
pub(super) mod tests;
