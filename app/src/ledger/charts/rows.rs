//! Charts of several rows: a sort of decisions in each, all to the same measure.

use crate::ledger::list::Ledger;
use crate::ledger::search::Search;
use crate::page::Address;
use crate::ui::chart::{Bar, bars, top};
use crate::ui::time::exact;
use doorward::Timestamp;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// One sort of decisions, counted for each time.
pub(super) struct Row {
    label: String,
    /// The search that finds them.
    search: Search,
    counts: Vec<i64>,
}

/// Rows by name, which grow as decisions are counted.
#[derive(Default)]
pub(super) struct Rows(BTreeMap<String, (Search, Vec<i64>)>);

impl Rows {
    /// Counts `many` decisions named `label` in slot `number` of `slots`.
    pub(super) fn count(
        &mut self,
        label: &str,
        slots: usize,
        number: usize,
        many: i64,
        search: impl FnOnce() -> Search,
    ) {
        let (_, counts) = self.0.entry(label.to_owned()).or_insert_with(|| (search(), vec![0; slots]));
        if let Some(count) = counts.get_mut(number) {
            *count += many;
        }
    }

    /// Returns the rows in the order of `labels`. The others follow.
    pub(super) fn ordered(mut self, labels: impl Iterator<Item = String>) -> Vec<Row> {
        let row = |(label, (search, counts))| Row { label, search, counts };
        let known: Vec<Row> = labels.filter_map(|label| self.0.remove_entry(&label)).map(row).collect();
        known.into_iter().chain(self.0.into_iter().map(row)).collect()
    }

    /// Returns the rows, the largest first.
    pub(super) fn sorted(self) -> Vec<Row> {
        let rows = self.0.into_iter().map(|(label, (search, counts))| Row { label, search, counts });
        let mut rows: Vec<Row> = rows.collect();
        rows.sort_by_key(|row| -row.counts.iter().sum::<i64>());
        rows
    }
}

/// Draws the rows, or says `nothing`. `what` names the decisions, for example `refusals`.
pub(super) fn rows(
    rows: &[Row],
    begins: &[Timestamp],
    class: &'static str,
    what: &'static str,
    nothing: &'static str,
) -> AnyView {
    if rows.is_empty() {
        return view! { <p>{nothing}</p> }.into_any();
    }
    let highest = top(rows.iter().flat_map(|row| &row.counts).max().copied().unwrap_or(0));
    let drawn = rows.iter().map(|row| {
        let many: i64 = row.counts.iter().sum();
        let in_words = |(from, many): (&Timestamp, &i64)| format!("{}: {many}", exact(*from));
        let bar = |slot: (&Timestamp, &i64)| Bar { title: in_words(slot), address: None, parts: [*slot.1] };
        // The row's link is its only tab stop, so the largest value is shown while that has the focus.
        let peak = begins.iter().zip(&row.counts).max_by_key(|slot| slot.1).map(in_words);
        let each: Vec<Bar<1>> = begins.iter().zip(&row.counts).map(bar).collect();
        let label = format!("{}: {many} {what}, as bars over time", row.label);
        view! {
            <li>
                <a href=Ledger::of(row.search.clone()).href()><code>{row.label.clone()}</code></a>
                <span>{many}</span>
                {bars(label, &each, [class], highest, 32)}
                <small class="peak">{peak.map(|peak| format!("Most at {peak}"))}</small>
            </li>
        }
    });
    view! {
        <ul class="reasons">{drawn.collect_view()}</ul>
        <p class="ends"><small>{format!("A full bar is {highest}.")}</small></p>
    }
    .into_any()
}
