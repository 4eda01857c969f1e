//! The history of decisions about one secret: a deferred panel on its page, and a download.

use crate::backend::Permit;
use crate::console::permit;
use crate::console::receipt::Receipt;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::{Address, Batch, Batches, Download, FileKind, FileName, Requested};
use crate::secrets::policy;
use crate::secrets::store::HistoryRow;
use crate::ui::time::{self, Ago};
use crate::ui::{Column, Panel, Table, decision_badge};
use doorward::ledger::Outcome;
use doorward::{SecretId, Timestamp};
use leptos::prelude::*;
use serde::Serialize;

/// The number of records in the panel.
pub const PANEL_ROWS: u32 = 8;
/// The number of records in one batch of the download.
pub const BATCH_ROWS: u32 = 500;

/// Returns the panel. It is asked for and loaded while the rest of the page is being sent.
pub async fn panel(id: SecretId) -> Result<AnyView, PageError> {
    let permit = permit(policy::ReadHistory { id, rows: PANEL_ROWS, before: None }).await?;
    let (now, grounds, record) = (permit.principal().now, permit.grounds(), permit.record());
    let rows = request()?.backend.history(permit).await?;
    let table = table(&rows, now);
    let download = view! { <a class="button" href=SecretHistoryNdJson { id }.href() download>"Download all"</a> };
    let panel = view! {
        <Panel id="history" title="Recent activity" actions=Some(download.into_any())>
            {table}
            <Receipt grounds record />
        </Panel>
    };
    Ok(panel.into_any())
}

/// Returns the placeholder, which is as high as the panel will be.
pub fn skeleton() -> AnyView {
    let lines = (0..PANEL_ROWS).map(|_| view! { <i></i> }).collect_view();
    view! { <section class="panel wide">{lines}</section> }.into_any()
}

const COLUMNS: &[Column] = &[
    Column::Text("When"),
    Column::Text("Who"),
    Column::Text("Action"),
    Column::Text("Decision"),
    Column::Text("Reason"),
];

fn table(rows: &[HistoryRow], now: Timestamp) -> impl IntoView + use<> {
    let rows = rows.iter().map(|entry| row(entry, now)).collect_view();
    view! { <Table caption="Recent activity on this secret, the newest first" columns=COLUMNS>{rows}</Table> }
}

fn row(entry: &HistoryRow, now: Timestamp) -> impl IntoView + use<> {
    view! {
        <tr>
            <td data-label="When"><Ago at=entry.at now /></td>
            <th scope="row">{entry.who.clone().unwrap_or_else(|| "not signed in".to_owned())}</th>
            <td data-label="Action"><code>{entry.action.clone()}</code></td>
            <td data-label="Decision">{decision_badge(entry.allowed, entry.outcome)}</td>
            <td data-label="Reason">{entry.words.clone()}</td>
        </tr>
    }
}

/// All decisions about one secret as NDJSON, the newest first.
#[derive(Clone)]
pub struct SecretHistoryNdJson {
    /// Which secret.
    pub id: SecretId,
}

impl Address for SecretHistoryNdJson {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

#[derive(Serialize)]
struct Line<'a> {
    record: &'a str,
    at: String,
    who: Option<&'a str>,
    action: &'a str,
    decision: &'static str,
    outcome: Option<&'static str>,
    reason: &'a str,
}

impl Download for SecretHistoryNdJson {
    fn file(&self, now: Timestamp) -> FileName {
        FileName::new(&["history", self.id.as_str()], now, FileKind::NdJson)
    }
}

impl Batches for SecretHistoryNdJson {
    type Opens = policy::ReadHistory;

    fn opens(&self) -> policy::ReadHistory {
        policy::ReadHistory { id: self.id, rows: BATCH_ROWS, before: None }
    }

    async fn read(&self, permit: Permit<policy::ReadHistory>) -> Result<Batch<policy::ReadHistory>, PageError> {
        let rows = request()?.backend.history(permit).await?;
        let mut bytes = Vec::new();
        for row in &rows {
            let line = Line {
                record: row.id.as_str(),
                at: time::rfc3339(row.at),
                who: row.who.as_deref(),
                action: &row.action,
                decision: if row.allowed { "allowed" } else { "refused" },
                outcome: row.outcome.map(Outcome::as_str),
                reason: &row.words,
            };
            serde_json::to_writer(&mut bytes, &line).map_err(|_| PageError::Lost)?;
            bytes.push(b'\n');
        }
        let is_full = u32::try_from(rows.len()) == Ok(BATCH_ROWS);
        let last = rows.last().filter(|_| is_full).map(|row| row.id);
        let next = last.map(|before| policy::ReadHistory { id: self.id, rows: BATCH_ROWS, before: Some(before) });
        Ok(Batch { bytes, next })
    }
}
