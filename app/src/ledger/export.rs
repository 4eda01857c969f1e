//! The ledger as a file: the records that a search finds, batch by batch.

use crate::backend::Permit;
use crate::console::request;
use crate::ledger::policy;
use crate::ledger::search::{Checks, Search};
use crate::ledger::store::{BATCH_ROWS, RecordRow};
use crate::page::error::PageError;
use crate::page::{Address, Batch, Batches, Download, FileKind, FileName, Requested, csv_rows, json_lines};
use crate::ui::time;
use doorward::ledger::Outcome;
use doorward::{Environment, Timestamp};
use serde::Serialize;

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

/// The columns of [`Line`], in their order.
const HEADER: [&str; 21] = [
    "id",
    "at",
    "name",
    "kind",
    "session",
    "method",
    "action",
    "resource",
    "parameters",
    "decision",
    "reason_code",
    "reason",
    "entry",
    "address",
    "request",
    "authenticated",
    "policy_version",
    "policy_rows",
    "environment",
    "outcome",
    "resource_name",
];

/// A line of the file.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    at: String,
    name: Option<&'a str>,
    kind: Option<&'a str>,
    session: Option<&'a str>,
    method: Option<&'a str>,
    action: &'a str,
    resource: &'a str,
    parameters: &'a str,
    decision: &'static str,
    reason_code: &'a str,
    reason: &'a str,
    entry: &'a str,
    address: Option<&'a str>,
    request: &'a str,
    authenticated: Option<String>,
    policy_version: Option<i64>,
    policy_rows: Option<&'a str>,
    environment: Option<&'a str>,
    outcome: Option<&'static str>,
    resource_name: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(record: &'a RecordRow) -> Self {
        Self {
            id: record.id.as_str(),
            at: time::rfc3339_exact(record.at),
            name: record.name.as_deref(),
            kind: record.kind.as_deref(),
            session: record.session.as_deref(),
            method: record.method.as_deref(),
            action: &record.action,
            resource: &record.resource,
            parameters: &record.parameters,
            decision: if record.allowed { "allowed" } else { "refused" },
            reason_code: &record.code,
            reason: &record.words,
            entry: &record.entry,
            address: record.address.as_deref(),
            request: &record.request,
            authenticated: record.authenticated.map(time::rfc3339_exact),
            policy_version: record.policy.as_ref().map(|policy| policy.version),
            policy_rows: record.policy.as_ref().map(|policy| policy.rows.as_str()),
            environment: record.environment.as_ref().map(Environment::as_str),
            outcome: record.outcome.map(Outcome::as_str),
            resource_name: record.resource_name.as_deref(),
        }
    }
}

fn write(records: &[RecordRow], kind: FileKind, first: bool) -> Result<Vec<u8>, std::io::Error> {
    let lines = records.iter().map(Line::of);
    match kind {
        FileKind::Csv => csv_rows(first.then_some(&HEADER[..]), lines),
        FileKind::NdJson => json_lines(lines),
    }
}

/// The file's name says whose records it holds, and whether background checks were left out.
fn file(search: &Search, now: Timestamp, kind: FileKind) -> FileName {
    let left_out = if search.checks == Checks::Hidden { "without-background-checks" } else { "" };
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

    fn record() -> RecordRow {
        RecordRow {
            id: RecordId::NOTHING,
            at: Timestamp(1_795_387_571_123),
            name: None,
            kind: None,
            session: None,
            authentication: None,
            method: None,
            action: "secret.list".to_owned(),
            resource: String::new(),
            parameters: String::new(),
            allowed: false,
            code: "no_session".to_owned(),
            words: "not signed in".to_owned(),
            entry: "page".to_owned(),
            address: None,
            request: String::new(),
            authenticated: None,
            policy: None,
            environment: None,
            outcome: None,
            resource_name: None,
        }
    }

    /// The header is a constant, so that a file without records has it too; it must stay that of the lines.
    #[test]
    fn the_header_names_the_columns_of_a_line_in_order() {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.serialize(Line::of(&record())).expect("a line");
        let text = String::from_utf8(file.into_inner().expect("bytes")).expect("a text");
        assert_eq!(text.lines().next(), Some(&*HEADER.join(",")));
    }

    #[test]
    fn an_empty_table_has_its_header() {
        let text = |records: &[RecordRow], first| {
            String::from_utf8(write(records, FileKind::Csv, first).expect("it")).expect("text")
        };
        assert_eq!(text(&[], true), format!("{}\r\n", HEADER.join(",")));
        assert_eq!(text(&[], false), "");
        assert_eq!(text(&[record()], true).lines().count(), 2);
        assert_eq!(text(&[record()], false).lines().count(), 1);
        assert!(write(&[], FileKind::NdJson, true).expect("it").is_empty());
    }

    #[test]
    fn a_name_that_begins_like_a_formula_runs_nothing() {
        let record = RecordRow { name: Some("=cmd()".to_owned()), words: "@a".to_owned(), ..record() };
        let text = String::from_utf8(write(&[record], FileKind::Csv, false).expect("it")).expect("text");
        assert!(text.contains(",'=cmd(),") && text.contains(",'@a,"), "{text}");
    }

    #[test]
    fn a_file_without_background_checks_says_so_in_its_name() {
        let search = |checks| Search { who: "omar".to_owned(), checks, ..Search::default() };
        let name = |checks| file(&search(checks), Timestamp(1_795_387_571_000), FileKind::Csv).as_str().to_owned();
        assert_eq!(name(Checks::Usual), "ledger-omar-2026-11-22.csv");
        assert_eq!(name(Checks::Hidden), "ledger-omar-without-background-checks-2026-11-22.csv");
    }
}
