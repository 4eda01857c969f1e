//! The ledger as it is written: an event stream of the records that a search finds, from when it was opened on.

use crate::backend::Permit;
use crate::console::request;
use crate::ledger::policy;
use crate::ledger::search::Search;
use crate::ledger::view::row;
use crate::page::error::PageError;
use crate::page::{Address, Batch, Batches, Requested, Stream};
use doorward::RecordId;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The stream.
#[derive(Clone)]
pub struct LedgerTail {
    /// What is searched for.
    pub search: Search,
    /// Only records after this one; without it, from now on.
    pub after: Option<RecordId>,
}

impl Address for LedgerTail {
    fn at(asked: &mut Requested<'_>) -> Self {
        let search = Search::read(asked);
        let after = asked.query("after", None, |text| {
            RecordId::parse(text).map(Some).map_err(|_| PageError::invalid("after", "There is no such record."))
        });
        Self { search, after }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.search.parameters();
        parameters.push(("after", self.after.map(|id| id.to_string()).unwrap_or_default()));
        parameters
    }
}

impl Stream for LedgerTail {}

impl Batches for LedgerTail {
    type Opens = policy::FollowLedger;

    fn opens(&self) -> policy::FollowLedger {
        policy::FollowLedger { search: self.search.clone(), after: self.after, seen: None, shown: BTreeSet::new() }
    }

    async fn read(&self, permit: Permit<policy::FollowLedger>) -> Result<Batch<policy::FollowLedger>, PageError> {
        let (mut shown, now) = (permit.action().shown.clone(), permit.principal().now);
        let tail = request()?.backend.tail(permit).await?;
        let skipped = tail.skipped.then(skipped);
        let rows = tail.rows.iter().map(|record| row(record, &self.search, now).to_html());
        let html: String = rows.chain(skipped).collect();
        shown.extend(tail.rows.iter().map(|record| record.id));
        // What lies before the next look is not found again.
        let shown = shown.split_off(&tail.after);
        let next =
            policy::FollowLedger { search: self.search.clone(), after: Some(tail.after), seen: tail.newest, shown };
        Ok(Batch { bytes: event(&html), next: Some(next) })
    }
}

/// The row below what is shown, in the place of records that are not.
fn skipped() -> String {
    let row = view! {
        <tr>
            <td colspan="7">"More records were written here than one look shows. Load the page again to see all of them."</td>
        </tr>
    };
    row.to_html()
}

/// As an event stream has it (HTML Living Standard, server-sent events). Without rows it is a comment, which opens the stream.
fn event(html: &str) -> Vec<u8> {
    if html.is_empty() {
        return b":\n\n".to_vec();
    }
    let lines: String = html.lines().map(|line| format!("data: {line}\n")).collect();
    format!("event: records\n{lines}\n").into_bytes()
}
