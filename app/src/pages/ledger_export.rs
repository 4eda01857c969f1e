//! The ledger as a file: the records that a search finds, batch by batch.

use super::ledger::Search;
use crate::door::{self, Permit};
use crate::model::Failure;
use crate::page::{Address, Batch, Download, FileKind, FileName, Requested};
use crate::store::RecordRow;
use crate::ui::time;
use doorward::{Environment, Moment};
use serde::Serialize;

/// What may be asked.
pub mod can {
    use super::super::ledger::Search;
    use super::super::ledger::can::ReadLedger;
    use doorward::action::{Action, Read, Resource};
    use doorward::policy::Decision;
    use doorward::{Environments, Principal, RecordId};

    /// To take records away, batch by batch.
    pub struct ExportLedger {
        /// Which.
        pub search: Search,
        /// Only those before this one.
        pub before: Option<RecordId>,
    }

    impl Action for ExportLedger {
        const NAME: &'static str = "ledger.export";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            self.search.resource(self.before)
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            self.search.within(who.holds(ReadLedger::NAME)).and(self.search.within(who.holds(Self::NAME)))
        }
    }

    /// Which records `who` may take away: those that they may read, where they may take some away.
    #[must_use]
    pub fn scope(who: &Principal) -> Environments {
        super::super::ledger::can::scope(who).and(who.holds(ExportLedger::NAME).environments())
    }
}

/// Records that are read at a time.
pub const BATCH_ROWS: u32 = 1000;

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
        }
    }
}

fn write(records: &[RecordRow], kind: FileKind, first: bool) -> Result<Vec<u8>, std::io::Error> {
    let mut bytes = Vec::new();
    match kind {
        FileKind::Csv => {
            let mut file =
                csv::WriterBuilder::new().has_headers(first).terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
            for record in records {
                // No field begins as a formula does: names, codes, addresses and normal forms alone stand here.
                file.serialize(Line::of(record))?;
            }
            file.flush()?;
        }
        FileKind::NdJson | FileKind::Events => {
            for record in records {
                serde_json::to_writer(&mut bytes, &Line::of(record))?;
                bytes.push(b'\n');
            }
        }
    }
    Ok(bytes)
}

async fn batch(permit: Permit<can::ExportLedger>, kind: FileKind) -> Result<Batch<can::ExportLedger>, Failure> {
    let (search, first) = (permit.action().search.clone(), permit.action().before.is_none());
    let records = door::visit()?.backend.export_records(permit).await?;
    let bytes = write(&records, kind, first).map_err(|_| Failure::Lost)?;
    let is_full = u32::try_from(records.len()) == Ok(BATCH_ROWS);
    let last = records.last().filter(|_| is_full).map(|record| record.id);
    Ok(Batch { bytes, next: last.map(|last| can::ExportLedger { search, before: Some(last) }) })
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
            type Opens = can::ExportLedger;

            fn opens(&self) -> can::ExportLedger {
                can::ExportLedger { search: self.search.clone(), before: None }
            }

            fn file(&self, now: Moment) -> FileName {
                FileName::new(&["ledger", &self.search.who], now, $kind)
            }

            async fn read(&self, permit: Permit<can::ExportLedger>) -> Result<Batch<can::ExportLedger>, Failure> {
                batch(permit, $kind).await
            }
        }
    };
}

export!(LedgerCsv, FileKind::Csv);
export!(LedgerNdJson, FileKind::NdJson);
