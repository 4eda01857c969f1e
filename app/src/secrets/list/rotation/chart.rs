//! What falls due in which week, as bars, and the same numbers as a table.

use crate::page::Address;
use crate::secrets::filter::RotationFilter;
use crate::secrets::list::rotation::RotationList;
use crate::secrets::store::{RotationListing, RotationState};
use crate::ui::chart::{Bar, bars, top};
use crate::ui::time::day;
use doorward::Timestamp;
use leptos::prelude::*;

fn secrets(count: i64) -> String {
    if count == 1 { "1 secret".to_owned() } else { format!("{count} secrets") }
}

fn week(from: Timestamp) -> String {
    format!("Week from {}", day(from))
}

pub(super) fn view(page: &RotationList, listing: &RotationListing) -> impl IntoView + use<> {
    let filter = RotationFilter { state: Some(RotationState::Overdue), page: 1, ..page.filter.clone() };
    let overdue = RotationList { filter }.href();
    let first = Bar {
        title: format!("Overdue: {}", secrets(listing.overdue)),
        address: Some(overdue.clone()),
        parts: [listing.overdue, 0],
    };
    let weeks = listing.weeks.iter().map(|due| Bar {
        title: format!("{}: {}", week(due.from), secrets(due.secrets)),
        address: None,
        parts: [0, due.secrets],
    });
    let drawn: Vec<Bar<2>> = std::iter::once(first).chain(weeks).collect();
    let highest = top(drawn.iter().flat_map(|bar| bar.parts).max().unwrap_or(0));
    let coming: i64 = listing.weeks.iter().map(|due| due.secrets).sum();
    let label = format!("{} overdue, and {} due in the next weeks, as bars", secrets(listing.overdue), secrets(coming));
    let last = listing.weeks.last().map(|due| week(due.from));
    view! {
        <div class="plot">
            <p class="axis" aria-hidden="true"><small>{highest}</small> <small>"0"</small></p>
            {bars(label, &drawn, ["overdue", "due"], highest, 160)}
        </div>
        <p class="ends"><small>"Overdue"</small> <small>{last}</small></p>
        {table(listing, overdue)}
    }
}

fn table(listing: &RotationListing, overdue: String) -> impl IntoView + use<> {
    let rows = listing.weeks.iter().map(|due| {
        view! {
            <tr>
                <th scope="row">{week(due.from)}</th>
                <td data-label="Secrets">{due.secrets}</td>
            </tr>
        }
    });
    view! {
        <div class="scrolls" tabindex="0" role="region" aria-label="The numbers behind the bars">
            <table class="numbers">
                <caption class="unseen">"Secrets that fall due, by week"</caption>
                <thead>
                    <tr><th scope="col">"Due"</th><th scope="col">"Secrets"</th></tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row"><a href=overdue>"Overdue"</a></th>
                        <td data-label="Secrets">{listing.overdue}</td>
                    </tr>
                    {rows.collect_view()}
                </tbody>
            </table>
        </div>
    }
}
