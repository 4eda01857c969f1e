//! A line of a file of sealed records: a JSON object with the place, the leaf's hash, and every field of the record.

use doorward::Timestamp;
use doorward::ledger::{AuditEntry, BadRecord, FIELDS, Form, Value};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::fmt;

pub(super) struct Line {
    pub(super) place: u64,
    pub(super) leaf: String,
    pub(super) entry: AuditEntry,
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("place", &self.place)?;
        line.serialize_entry("leaf", &self.leaf)?;
        for field in FIELDS {
            match field.of(&self.entry) {
                Some(Value::Text(text)) => line.serialize_entry(field.name, &text)?,
                Some(Value::Number(number) | Value::Time(Timestamp(number))) => {
                    line.serialize_entry(field.name, &number)?;
                }
                Some(Value::Decision(allowed)) => line.serialize_entry(field.name, &allowed)?,
                // Files from before a field existed do not have it, so it is left out if it is missing.
                None if field.since > 1 => {}
                None => line.serialize_entry(field.name, &())?,
            }
        }
        line.end()
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
        let (mut place, mut leaf) = (None, None);
        let mut values = vec![None; FIELDS.len()];
        while let Some(name) = map.next_key::<&str>()? {
            let is_second = match name {
                "place" => place.replace(map.next_value()?).is_some(),
                "leaf" => leaf.replace(map.next_value()?).is_some(),
                _ => {
                    let known = FIELDS.iter().zip(&mut values).find(|(field, _)| field.name == name);
                    let (field, value) = known.ok_or_else(|| A::Error::unknown_field(name, &[]))?;
                    value.replace(next_value(&mut map, field.form)?).is_some()
                }
            };
            if is_second {
                return Err(A::Error::custom("a field is there twice"));
            }
        }
        let mut values = values.into_iter();
        let entry = AuditEntry::read(|_| Ok::<_, BadRecord>(values.next().flatten().flatten()));
        Ok(Line {
            place: place.ok_or_else(|| A::Error::missing_field("place"))?,
            leaf: leaf.ok_or_else(|| A::Error::missing_field("leaf"))?,
            entry: entry.map_err(A::Error::custom)?,
        })
    }
}

fn next_value<'de, A: MapAccess<'de>>(map: &mut A, form: Form) -> Result<Option<Value<'static>>, A::Error> {
    Ok(match form {
        Form::Text => map.next_value::<Option<String>>()?.map(|text| Value::Text(text.into())),
        Form::Number => map.next_value::<Option<i64>>()?.map(Value::Number),
        Form::Time => map.next_value::<Option<i64>>()?.map(|number| Value::Time(Timestamp(number))),
        Form::Decision => map.next_value::<Option<bool>>()?.map(Value::Decision),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward::RecordId;

    fn line(entry: AuditEntry) -> Line {
        Line { place: 3, leaf: "a hash".to_owned(), entry }
    }

    fn read(text: &str) -> Option<AuditEntry> {
        serde_json::from_str::<Line>(text).ok().map(|line| line.entry)
    }

    /// Archives hold such lines for years.
    #[test]
    fn the_line_of_an_old_record_stays_what_it_is() {
        let expected = r#"{"place":3,"leaf":"a hash","id":"00000000000000000000000000","at":5,"identity":null,"name":null,"kind":null,"session":null,"authentication":null,"method":null,"action":"secret.read","resource":"","parameters":"","allowed":false,"code":"","words":"","entry":"server","address":null,"request":""}"#;
        let entry = AuditEntry::new(RecordId::NOTHING, Timestamp(5), "secret.read");
        assert_eq!(serde_json::to_string(&line(entry.clone())).unwrap(), expected);
        assert_eq!(read(expected), Some(entry));
    }

    #[test]
    fn a_line_with_other_fields_is_no_record() {
        let good = serde_json::to_string(&line(AuditEntry::new(RecordId::NOTHING, Timestamp(5), "a.b"))).unwrap();
        assert!(read(&good).is_some());
        for (part, other) in [
            (r#""request":"""#, r#""requests":"""#),
            (r#""request":"""#, r#""request":"","request":"""#),
            (r#""request":"""#, r#""address":null"#),
            (r#""action":"a.b","#, ""),
            (r#""allowed":false"#, r#""allowed":"refused""#),
            (r#""name":null"#, r#""name":"half of somebody""#),
        ] {
            assert_eq!(read(&good.replace(part, other)), None, "{other}");
        }
    }
}
