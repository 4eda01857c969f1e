//! The ledger as it is written: an event stream of the records that a search finds, from when it was opened on.

use super::ledger::{Search, row};
use crate::door::{self, Permit};
use crate::model::Failure;
use crate::page::{Address, Batch, Download, FileKind, FileName, Requested};
use crate::store::RecordRow;
use doorward::{Moment, RecordId};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// What may be asked.
pub mod can {
    use super::super::ledger::Search;
    use super::super::ledger::can::ReadLedger;
    use doorward::action::{Action, Read, Resource};
    use doorward::policy::Decision;
    use doorward::{Principal, RecordId};
    use std::collections::BTreeSet;

    /// To be shown records as they are written. It is asked anew whenever there is something to show, and so often that these
    /// questions themselves are not shown.
    pub struct FollowLedger {
        /// Which.
        pub search: Search,
        /// Only those after this one.
        pub after: Option<RecordId>,
        /// The newest record of the look before.
        pub seen: Option<RecordId>,
        /// But for these, which were shown already.
        pub shown: BTreeSet<RecordId>,
    }

    impl Action for FollowLedger {
        const NAME: &'static str = "ledger.follow";
        const PERMISSION: Option<&'static str> = Some(ReadLedger::NAME);
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            self.search.resource(None)
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            self.search.within(who.holds(ReadLedger::NAME))
        }
    }
}

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
            RecordId::parse(text).map(Some).map_err(|_| Failure::invalid("after", "There is no such record."))
        });
        Self { search, after }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.search.parameters();
        parameters.push(("after", self.after.map(|id| id.to_string()).unwrap_or_default()));
        parameters
    }
}

/// New records that one look found, the newest first.
pub struct Tail {
    /// Those that were not shown yet.
    pub rows: Vec<RecordRow>,
    /// From where the next look begins: some records of the same time become readable after others.
    pub after: RecordId,
    /// The newest record that was looked at.
    pub newest: Option<RecordId>,
    /// Whether some records since the last look are not among them.
    pub skipped: bool,
}

impl Download for LedgerTail {
    type Opens = can::FollowLedger;

    fn opens(&self) -> can::FollowLedger {
        can::FollowLedger { search: self.search.clone(), after: self.after, seen: None, shown: BTreeSet::new() }
    }

    fn file(&self, now: Moment) -> FileName {
        FileName::new(&["ledger"], now, FileKind::Events)
    }

    async fn read(&self, permit: Permit<can::FollowLedger>) -> Result<Batch<can::FollowLedger>, Failure> {
        let (mut shown, now) = (permit.action().shown.clone(), permit.principal().now);
        let tail = door::visit()?.backend.tail(permit).await?;
        let skipped = tail.skipped.then(skipped);
        let rows = tail.rows.iter().map(|record| row(record, now).to_html());
        let html: String = rows.chain(skipped).collect();
        shown.extend(tail.rows.iter().map(|record| record.id));
        // What lies before the next look is not found again.
        let shown = shown.split_off(&tail.after);
        let next = can::FollowLedger { search: self.search.clone(), after: Some(tail.after), seen: tail.newest, shown };
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
