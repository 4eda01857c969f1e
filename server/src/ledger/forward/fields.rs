//! The forwarded form of a record: every field that it has, by the name of its column.

use crate::ledger::sealer::sql::Sealed;
use app::ui::time::rfc3339_exact;
use doorward::ledger::{FIELDS, Value};

pub struct Forwarded {
    /// When it was decided, in RFC 3339, or `None` if the record cannot be read.
    pub at: Option<String>,
    /// The same, in milliseconds since 1970.
    pub milliseconds: i64,
    /// The action's name.
    pub action: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// One line for people, without any text of the request.
    pub sentence: String,
    /// The place, the id, by which a receiver recognizes duplicates, and the other fields that are
    /// not empty.
    pub fields: Vec<(&'static str, String)>,
}

impl Forwarded {
    /// Returns what is sent for this place, even if somebody changed the record so that it cannot
    /// be read.
    #[must_use]
    pub fn of(sealed: &Sealed) -> Self {
        let mut fields = vec![("place", sealed.index.to_string()), ("id", sealed.record.clone())];
        let Some(entry) = &sealed.entry else {
            let sentence = "this sealed record is missing or cannot be read; run: doorward ledger verify".to_owned();
            return Self { at: None, milliseconds: 0, action: "-".to_owned(), allowed: false, sentence, fields };
        };
        // The id is there already, and the time has a place of its own.
        let others = FIELDS.iter().filter(|field| !["id", "at"].contains(&field.column));
        for field in others {
            let value = field.of(entry).map(|value| value.text(rfc3339_exact)).unwrap_or_default();
            if !value.is_empty() {
                fields.push((field.column, value.into_owned()));
            }
        }
        let decision = Value::decision(entry.allowed);
        Self {
            at: Some(rfc3339_exact(entry.at)),
            milliseconds: entry.at.0,
            action: entry.action.clone(),
            allowed: entry.allowed,
            sentence: format!("{} {decision}: {}", entry.action, entry.words),
            fields,
        }
    }
}
