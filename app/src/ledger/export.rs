//! The ledger as a file: the records that a search finds, batch by batch.

use crate::backend::Permit;
use crate::console::request;
use crate::ledger::policy;
use crate::ledger::search::{Routine, Search};
use crate::ledger::store::BATCH_ROWS;
use crate::page::error::PageError;
use crate::page::{Address, Batch, Batches, Download, FileKind, FileName, Requested, csv_rows, json_lines};
use crate::ui::time::rfc3339_exact;
use doorward::Timestamp;
use doorward::ledger::{AuditEntry, FIELDS, Value};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::borrow::Cow;

/// The records as CSV.
#[derive(Clone)]
pub struct LedgerCsv {
    /// Which.
    pub search: Search,
}

/// The records as NDJSON.
#[derive(Clone)]
pub struct LedgerNdJson {
    /// Which.
    pub search: Search,
}

/// A line of NDJSON: an object with every field of a record, by the name of its column.
struct Line<'a>(&'a AuditEntry);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(Some(FIELDS.len()))?;
        for field in FIELDS {
            match field.of(self.0) {
                Some(Value::Number(number)) => line.serialize_entry(field.column, &number)?,
                value => line.serialize_entry(field.column, &value.map(|value| value.text(rfc3339_exact)))?,
            }
        }
        line.end()
    }
}

/// A row of CSV: the same values, as text.
fn row(record: &AuditEntry) -> Vec<Option<Cow<'_, str>>> {
    FIELDS.iter().map(|field| field.of(record).map(|value| value.text(rfc3339_exact))).collect()
}

fn write(records: &[AuditEntry], kind: FileKind, first: bool) -> Result<Vec<u8>, std::io::Error> {
    match kind {
        FileKind::Csv => {
            let header: Vec<_> = FIELDS.iter().map(|field| field.column).collect();
            csv_rows(first.then_some(&*header), records.iter().map(row))
        }
        FileKind::NdJson | FileKind::Proof => json_lines(records.iter().map(Line)),
    }
}

/// The file's name says whose records it holds, and whether routine reads were left out.
fn file(search: &Search, now: Timestamp, kind: FileKind) -> FileName {
    let left_out = if search.routine == Routine::Hidden { "without-routine-reads" } else { "" };
    FileName::new(&["ledger", &search.who, left_out], now, kind)
}

async fn batch(permit: Permit<policy::ExportLedger>, kind: FileKind) -> Result<Batch<policy::ExportLedger>, PageError> {
    let (search, first) = (permit.action().search.clone(), permit.action().before.is_none());
    let records = request()?.backend.export_records(permit).await?;
    let bytes = write(&records, kind, first).map_err(|_| PageError::Lost)?;
    let is_full = u32::try_from(records.len()) == Ok(BATCH_ROWS);
    let last = records.last().filter(|_| is_full).map(|record| record.id);
    Ok(Batch { bytes, next: last.map(|last| policy::ExportLedger { search, before: Some(last) }) })
}

macro_rules! export {
    ($name:ident, $kind:expr) => {
        impl Address for $name {
            fn at(asked: &mut Requested<'_>) -> Self {
                Self { search: Search::read(asked) }
            }

            fn parameters(&self) -> Vec<(&'static str, String)> {
                self.search.parameters()
            }
        }

        impl Download for $name {
            fn file(&self, now: Timestamp) -> FileName {
                file(&self.search, now, $kind)
            }
        }

        impl Batches for $name {
            type Opens = policy::ExportLedger;

            fn opens(&self) -> policy::ExportLedger {
                policy::ExportLedger { search: self.search.clone(), before: None }
            }

            async fn read(
                &self,
                permit: Permit<policy::ExportLedger>,
            ) -> Result<Batch<policy::ExportLedger>, PageError> {
                batch(permit, $kind).await
            }
        }
    };
}

export!(LedgerCsv, FileKind::Csv);
export!(LedgerNdJson, FileKind::NdJson);

#[cfg(test)]
mod tests {
    use super::*;
    use doorward::RecordId;

    fn record() -> AuditEntry {
        AuditEntry::new(RecordId::NOTHING, Timestamp(1_795_387_571_123), "secret.list")
    }

    #[test]
    fn both_files_have_the_same_fields_in_the_same_order() {
        let text = |kind| String::from_utf8(write(&[record()], kind, true).expect("a file")).expect("text");
        let (csv, json) = (text(FileKind::Csv), text(FileKind::NdJson));
        let names: Vec<_> = csv.lines().next().expect("a header").split(',').collect();
        assert_eq!(names.first().zip(names.last()), Some((&"id", &"resource_name")));
        let places: Vec<_> = names.iter().map(|name| json.find(&format!("\"{name}\":"))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{json}");
        assert!(
            json.contains(r#""at":"2026-11-22T22:46:11.123Z""#) && json.contains(r#""decision":"refused""#),
            "{json}"
        );
    }

    #[test]
    fn an_empty_table_has_its_header() {
        let text = |records: &[AuditEntry], first| {
            String::from_utf8(write(records, FileKind::Csv, first).expect("it")).expect("text")
        };
        assert_eq!(text(&[], true).lines().count(), 1);
        assert_eq!(text(&[], false), "");
        assert_eq!(text(&[record()], true).lines().count(), 2);
        assert_eq!(text(&[record()], false).lines().count(), 1);
        assert!(write(&[], FileKind::NdJson, true).expect("it").is_empty());
    }

    #[test]
    fn a_name_that_begins_like_a_formula_runs_nothing() {
        let record = AuditEntry { request: "=cmd()".to_owned(), words: "@a".to_owned(), ..record() };
        let text = String::from_utf8(write(&[record], FileKind::Csv, false).expect("it")).expect("text");
        assert!(text.contains(",'=cmd(),") && text.contains(",'@a,"), "{text}");
    }

    #[test]
    fn a_file_without_routine_reads_says_so_in_its_name() {
        let search = |routine| Search { who: "omar".to_owned(), routine, ..Search::default() };
        let name = |routine| file(&search(routine), Timestamp(1_795_387_571_000), FileKind::Csv).as_str().to_owned();
        assert_eq!(name(Routine::Usual), "ledger-omar-2026-11-22.csv");
        assert_eq!(name(Routine::Hidden), "ledger-omar-without-routine-reads-2026-11-22.csv");
    }
}
