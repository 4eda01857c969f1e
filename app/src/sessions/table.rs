//! A table of sessions: identity, method, client, remaining time.

use crate::ledger::list::Ledger;
use crate::ledger::search::{Routine, Search};
use crate::page::Address;
use crate::sessions::store::SessionCard;
use crate::ui::browser;
use crate::ui::time::{Ago, Until};
use crate::ui::{Column, Sorted, Table, kind_in_words, method_in_words};
use doorward::{Principal, SessionId, Timestamp};
use leptos::prelude::*;

/// What a table of sessions shows beside them.
#[derive(Clone, Copy)]
pub struct Shows {
    /// The session that is marked: the user's own.
    pub this: SessionId,
    pub owners: bool,
    /// Links to the records of each session, if the user may read them.
    pub records: bool,
}

impl Shows {
    /// What a user sees.
    pub fn to(who: &Principal, owners: bool) -> Self {
        Self { this: who.session, owners, records: Ledger::opens_to(who) }
    }
}

const COLUMNS: &[Column] = &[
    Column::Sorted("Who", "name"),
    Column::Text("Browser"),
    Column::Sorted("Address", "address"),
    Column::Sorted("Authenticated", "-authenticated"),
    Column::Sorted("Used", "-used"),
    Column::Sorted("Ends", "ends"),
    Column::Unseen("Actions"),
];

/// Renders a table of sessions. `end` renders the form that ends one, if the user may do that.
pub fn session_table(
    caption: &'static str,
    sessions: &[SessionCard],
    shows: Shows,
    end: &dyn Fn(&SessionCard) -> Option<AnyView>,
    sorted: Option<Sorted>,
    now: Timestamp,
) -> impl IntoView + use<> {
    let rows = sessions.iter().map(|session| row(session, shows, end(session), now)).collect_view();
    let columns = if shows.owners { COLUMNS } else { COLUMNS.get(1..).unwrap_or_default() };
    view! { <Table caption columns class="two-lines" sorted>{rows}</Table> }
}

/// The session's id, as a link to its records.
fn id(session: &SessionCard, links: bool) -> AnyView {
    let id = session.id.to_string();
    if !links {
        return view! { <code>{id}</code> }.into_any();
    }
    let search = Search { text: id.clone(), routine: Routine::Shown, ..Search::default() };
    let label = format!("Records of the session {id}");
    view! { <a href=Ledger::of(search).href() aria-label=label><code>{id}</code></a> }.into_any()
}

fn row(session: &SessionCard, shows: Shows, end: Option<AnyView>, now: Timestamp) -> impl IntoView + use<> {
    let browser = browser::in_words(session.user_agent.as_deref().unwrap_or_default());
    let address = session.address.clone().unwrap_or_else(|| "unknown".to_owned());
    let is_this = session.id == shows.this;
    let assurance = if session.method.shows_two_factors() { "two factors" } else { "one factor" };
    let owner = shows.owners.then(|| {
        let kind = kind_in_words(session.kind);
        view! {
            <th scope="row">{session.who.clone()} " " <code>{session.name.clone()}</code> <small>{kind}</small></th>
        }
    });
    let browser = view! {
        {browser}
        {is_this.then(|| view! { " " <span class="badge allowed">"This session"</span> })}
        <small>{id(session, shows.records)}</small>
    };
    let browser = if shows.owners {
        view! { <td data-label="Browser">{browser}</td> }.into_any()
    } else {
        view! { <th scope="row">{browser}</th> }.into_any()
    };
    view! {
        <tr>
            {owner}
            {browser}
            <td data-label="Address"><code>{address}</code></td>
            <td data-label="Authenticated">
                {method_in_words(session.method)} ", " {assurance} <small><Ago at=session.authenticated now /></small>
            </td>
            <td data-label="Used">
                <Ago at=session.last_used now /> <small>"started " <Ago at=session.started now /></small>
            </td>
            <td data-label="Ends">
                "in " <Until at=session.idle_end now /> " if idle"
                <small>"in " <Until at=session.ends now /> " at the latest"</small>
            </td>
            <td class="actions">{end}</td>
        </tr>
    }
}
