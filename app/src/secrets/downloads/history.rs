//! The history of decisions about one secret: a deferred panel on its page, and a download.

use crate::backend::Permit;
use crate::console::permit;
use crate::console::receipt::Receipt;
use crate::console::request;
use crate::ledger::list::Ledger;
use crate::ledger::record::Record;
use crate::ledger::search::{Routine, Search};
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

/// The number of records in each list of the panel.
pub const PANEL_ROWS: u32 = 8;
/// The number of records in one batch of the download.
pub const BATCH_ROWS: u32 = 500;

/// Returns the panel. It is asked for and loaded while the rest of the page is being sent.
pub async fn panel(id: SecretId) -> Result<AnyView, PageError> {
    let permit = permit(policy::ReadHistory { id, rows: PANEL_ROWS, folded: true, before: None }).await?;
    let (now, grounds, record) = (permit.principal().now, permit.grounds(), permit.record());
    let in_ledger = Ledger::opens_to(permit.principal()).then(|| records_of(id));
    let rows = request()?.backend.history(permit).await?;
    let (routine, doing): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_routine);
    let table = (!doing.is_empty()).then(|| table("What was done with this secret, the newest first", &doing, now));
    let nothing = doing.is_empty().then(|| view! { <p>"Nothing was done with this secret yet."</p> });
    let routine = (!routine.is_empty()).then(|| folded(&routine, now));
    let actions = view! {
        <div class="actions">
            {in_ledger} <a class="button" href=SecretHistoryNdJson { id }.href() download>"Download all"</a>
        </div>
    };
    let panel = view! {
        <Panel id="history" title="Recent activity" actions=Some(actions.into_any())>
            {table}
            {nothing}
            {routine}
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

/// Returns a link to every record of a secret.
fn records_of(id: SecretId) -> impl IntoView {
    let search = Search { resource: format!("secret:{id}"), routine: Routine::Shown, ..Search::default() };
    view! { <a class="button" href=Ledger::of(search).href()>"All records"</a> }
}

/// Returns the latest routine reads, which are shown when they are asked for.
fn folded(rows: &[HistoryRow], now: Timestamp) -> impl IntoView + use<> {
    let table = table("Routine reads of this secret, the newest first", rows, now);
    view! {
        <details>
            <summary>"Show routine reads"</summary>
            {table}
        </details>
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("When"),
    Column::Text("Who"),
    Column::Text("Action"),
    Column::Text("Decision"),
    Column::Text("Reason"),
];

fn table(caption: &'static str, rows: &[HistoryRow], now: Timestamp) -> impl IntoView + use<> {
    let rows = rows.iter().map(|entry| row(entry, now)).collect_view();
    view! { <Table caption columns=COLUMNS>{rows}</Table> }
}

fn row(entry: &HistoryRow, now: Timestamp) -> impl IntoView + use<> {
    let action = view! { <code>{entry.action.clone()}</code> };
    let action = if entry.has_receipt {
        view! { <a href=Record { id: entry.id }.href()>{action}</a> }.into_any()
    } else {
        action.into_any()
    };
    view! {
        <tr>
            <td data-label="When"><Ago at=entry.at now /></td>
            <th scope="row">{entry.who.clone().unwrap_or_else(|| "not signed in".to_owned())}</th>
            <td data-label="Action">{action}</td>
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
        policy::ReadHistory { id: self.id, rows: BATCH_ROWS, folded: false, before: None }
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
        let next = last.map(|before| policy::ReadHistory {
            id: self.id,
            rows: BATCH_ROWS,
            folded: false,
            before: Some(before),
        });
        Ok(Batch { bytes, next })
    }
}
