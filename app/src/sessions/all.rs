//! All sessions: who is signed in, from where, and for how much longer.

use crate::account::methods::Methods;
use crate::backend::Permit;
use crate::console::{Console, request, sorted};
use crate::identities::reset_methods::ResetMethods;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, Sort, ViewContext};
use crate::sessions::end::EndSessions;
use crate::sessions::own::{EndOne, OwnSessions, end_form, ended, read_session};
use crate::sessions::policy::{self, EndSession, SessionKey};
use crate::sessions::store::{PAGE_ROWS, SessionCard, SessionListing};
use crate::sessions::table::{Shows, session_table};
use crate::ui::{Empty, Field, PageHeader, PageOf, Sorted, sort_field};
use doorward::SessionId;
use leptos::prelude::*;

#[derive(Clone)]
pub struct AllSessions {
    /// The search text.
    pub matching: String,
    pub sort: Sort<SessionKey>,
    /// The page number, starting at 1.
    pub page: u32,
}

impl Default for AllSessions {
    fn default() -> Self {
        Self { matching: String::new(), sort: Sort::default(), page: 1 }
    }
}

impl Address for AllSessions {
    fn at(asked: &mut Requested<'_>) -> Self {
        let short = |text: &str| {
            let fits = text.chars().count() <= 64 && !text.chars().any(char::is_control);
            if fits { Ok(text.to_lowercase()) } else { Err(PageError::invalid("matching", "Search for less.")) }
        };
        let number = |text: &str| {
            let page = text.parse().ok().filter(|page| (1..=20_000).contains(page));
            page.ok_or_else(|| PageError::invalid("page", "There is no such page."))
        };
        Self {
            matching: asked.query("matching", String::new(), short),
            sort: Sort::read(asked),
            page: asked.query("page", 1, number),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let page = if self.page == 1 { String::new() } else { self.page.to_string() };
        vec![("matching", self.matching.clone()), self.sort.parameter(), ("page", page)]
    }
}

/// The page's data.
pub struct Data {
    listing: SessionListing,
    shows: Shows,
    has_second_factor: bool,
}

impl Page for AllSessions {
    type Opens = policy::ListSessions;
    type Data = Data;
    type Within = Console;
    type Actions = (EndOneOfAll,);

    fn opens(&self) -> policy::ListSessions {
        policy::ListSessions { matching: self.matching.clone(), sort: self.sort, page: self.page }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListSessions>) -> Result<Data, PageError> {
        let who = permit.principal();
        let (shows, has_second_factor) = (Shows::to(who, true), who.has_second_factor);
        Ok(Data { listing: request()?.backend.all_sessions(permit).await?, shows, has_second_factor })
    }

    fn title(&self, _: &Data) -> String {
        "Sessions".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        view(self, &data, shown).into_any()
    }
}

/// Ends one of the sessions.
pub struct EndOneOfAll;

impl FormAction<AllSessions> for EndOneOfAll {
    const BUTTON: &'static str = <EndOne as FormAction<OwnSessions>>::BUTTON;
    const FIELDS: &'static [&'static str] = &["session", WHY];
    type Asks = EndSession;
    type Input = (SessionId, StatedReason);

    fn read(form: &Form) -> Result<(SessionId, StatedReason), PageError> {
        Ok((read_session(form)?, StatedReason::read(form)?))
    }

    fn asks(_: &AllSessions, (id, why): &(SessionId, StatedReason)) -> EndSession {
        EndSession { id: *id, why: why.clone() }
    }

    async fn run(
        _: &AllSessions,
        permit: Permit<EndSession>,
        (id, _): (SessionId, StatedReason),
    ) -> Result<FormOutcome, PageError> {
        let this = permit.principal().session;
        let revocation = request()?.backend.end_session(permit).await?;
        ended(revocation, this == id)
    }
}

fn view(page: &AllSessions, data: &Data, shown: &ViewContext) -> impl IntoView + use<> {
    let Data { listing, shows, has_second_factor } = data;
    let here = page.href();
    let end = |session: &SessionCard| {
        (listing.may_end && *has_second_factor)
            .then(|| end_form(here.clone(), session, &format!("of {}", session.name), true))
    };
    let nothing = listing.sessions.is_empty();
    let several =
        listing.may_end.then(|| view! { <a class="button" href=EndSessions::default().href()>"End several…"</a> });
    let reset = listing
        .may_reset
        .then(|| view! { <a class="button" href=ResetMethods::default().href()>"Remove second factors…"</a> });
    let wrong = shown.turn.error(WHY).map(|message| view! { <p class="notice" role="alert">{message}</p> });
    view! {
        {wrong}
        <PageHeader title="Sessions" intro=Some("Everybody who is signed in now: people, service accounts and agents.")>
            {several} {reset}
        </PageHeader>
        {(listing.may_end && !has_second_factor).then(|| view! {
            <p class="notice">"To end a single session of someone else, you need a second factor. " <a href=Methods.href()>"Set one up"</a></p>
        })}
        <form class="filter" role="search" method="get" action=AllSessions::default().href()>
            <Field
                name="matching"
                label="Name or address"
                kind="search"
                value=page.matching.clone()
                maxlength=Some(64)
                required=false
            />
            {sort_field(page.sort.parameter())}
            <button>"Search"</button>
        </form>
        <section class="panel wide" aria-label="Sessions">
            {session_table("Everybody's sessions", &listing.sessions, *shows, &end, Some(heads(page)), shown.now)}
            {nothing.then(|| nothing_matches(page))}
            {pages(page, listing)}
        </section>
    }
}

/// The same list in another order, from its first page on.
fn heads(page: &AllSessions) -> Sorted {
    let page = page.clone();
    sorted(page.sort, move |sort| AllSessions { sort, page: 1, ..page.clone() })
}

fn nothing_matches(page: &AllSessions) -> impl IntoView + use<> {
    let title = match page.matching.as_str() {
        "" => "No session here".to_owned(),
        matching => format!("No session matches “{matching}”"),
    };
    view! {
        <Empty title>
            <p>"The search looks at sign-in names, names and addresses of sessions that have not ended."</p>
            <div class="actions">
                <a class="button" href=AllSessions::default().href()>"Show all sessions"</a>
            </div>
        </Empty>
    }
}

fn pages(shown: &AllSessions, listing: &SessionListing) -> impl IntoView + use<> {
    let of = PageOf { page: shown.page, page_rows: PAGE_ROWS, rows: listing.sessions.len(), total: listing.total };
    of.pager("Pages of sessions", &|page| AllSessions { page, ..shown.clone() }.href())
}
