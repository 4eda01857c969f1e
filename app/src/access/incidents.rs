//! Incidents on the overview: open and earlier ones.

use crate::access::overview::{Acknowledge, Close, Overview};
use crate::access::store::{IncidentKind, IncidentRow, OverviewData};
use crate::page::{Address, FormAction, ViewContext};
use crate::ui::time::Ago;
use crate::ui::{Column, Panel, Table, browser};
use doorward::Timestamp;
use leptos::prelude::*;

/// Returns the panel, or `None` if there never was an incident.
pub(super) fn incidents(overview: &OverviewData, shown: &ViewContext) -> Option<AnyView> {
    let (open, earlier) = (&overview.incidents, &overview.earlier_incidents);
    if open.is_empty() && earlier.is_empty() {
        return None;
    }
    let heading = if overview.sees_all_incidents { "Incidents" } else { "Incidents about you" };
    let waiting = (!open.is_empty()).then(|| {
        table(
            "Open incidents, the newest first",
            open,
            &|incident| form(incident, overview.may_close_incidents),
            shown.now,
        )
    });
    let before = (!earlier.is_empty()).then(|| {
        let rows =
            table("Earlier incidents, the newest first", earlier, &|incident| state(incident, shown.now), shown.now);
        view! {
            <details>
                <summary>"Earlier incidents"</summary>
                {rows}
            </details>
        }
    });
    let inside = view! {
            {waiting}
            {before}
    };
    let view = view! {
        <Panel id="incidents" title=heading>{inside}</Panel>
    };
    Some(view.into_any())
}

fn table(
    caption: &'static str,
    incidents: &[IncidentRow],
    last: &dyn Fn(&IncidentRow) -> AnyView,
    now: Timestamp,
) -> AnyView {
    let rows = incidents.iter().map(|incident| row(incident, last(incident), now)).collect_view();
    view! { <Table caption columns=COLUMNS class="two-lines">{rows}</Table> }.into_any()
}

const COLUMNS: &[Column] = &[
    Column::Text("What"),
    Column::Text("Whose session"),
    Column::Text("Used from"),
    Column::Text("When"),
    Column::Text("State"),
];

const fn in_words(kind: IncidentKind) -> &'static str {
    match kind {
        IncidentKind::Replay => "A copied cookie was used; the session was ended",
        IncidentKind::RenewalsIgnored => "A browser keeps an old cookie, as a copy would; it has to confirm",
        IncidentKind::Canary => "A canary was revealed; the session was ended",
        IncidentKind::DeliveryRetried => {
            "Somebody tried to open again what can be opened once, in a delivery from them"
        }
        IncidentKind::Fork => {
            "The database holds another history of the ledger than the one that was signed; nothing is signed"
        }
    }
}

fn row(incident: &IncidentRow, last: AnyView, now: Timestamp) -> impl IntoView + use<> {
    let from = incident.address.clone().unwrap_or_else(|| "an unknown address".to_owned());
    let user_agent = incident.user_agent.clone().unwrap_or_default();
    let with = browser::in_words(&user_agent);
    let (whose, used) = match incident.kind {
        // This incident is not about a session.
        IncidentKind::Fork => ("none".to_owned(), "nowhere".into_any()),
        IncidentKind::Replay | IncidentKind::RenewalsIgnored | IncidentKind::DeliveryRetried | IncidentKind::Canary => {
            (incident.who.clone(), view! { <code>{from}</code> ", " <span title=user_agent>{with}</span> }.into_any())
        }
    };
    view! {
        <tr>
            <th scope="row">{in_words(incident.kind)} <small><code>{incident.session.clone()}</code></small></th>
            <td data-label="Whose session">{whose}</td>
            <td data-label="Used from">{used}</td>
            <td data-label="When"><Ago at=incident.at now /></td>
            <td class="actions" data-label="State">{last}</td>
        </tr>
    }
}

fn form(incident: &IncidentRow, may_close: bool) -> AnyView {
    let (button, label, said) = match (incident.is_own, may_close) {
        (true, _) => (Acknowledge::BUTTON, "Mark as seen", "Mark as seen: the incident"),
        (false, true) => (Close::BUTTON, "Close", "Close the incident"),
        (false, false) => return "Open".into_any(),
    };
    let said = format!("{said} {}", incident.id);
    view! {
        <form method="post" action=Overview::default().href()>
            <input type="hidden" name="incident" value=incident.id.to_string() />
            <button name="action" value=button aria-label=said>{label}</button>
        </form>
    }
    .into_any()
}

fn state(incident: &IncidentRow, now: Timestamp) -> AnyView {
    match (&incident.closed, incident.acknowledged) {
        (Some(closed), _) => view! { "Closed by " {closed.by.clone()} ", " <Ago at=closed.at now /> }.into_any(),
        (None, Some(at)) => view! { "Open; seen by you " <Ago at now /> }.into_any(),
        (None, None) => "Open".into_any(),
    }
}
