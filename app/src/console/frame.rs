//! The frame around a page: the user's name, the navigation, and when the session ends.

use crate::access::environments::list::EnvironmentList;
use crate::access::machines::MachineList;
use crate::access::overview::Overview;
use crate::access::roles::list::RoleList;
use crate::access::route_list::RouteList;
use crate::account::inbox::Inbox;
use crate::account::settings::Settings;
use crate::console::request;
use crate::deliveries::list::Deliveries;
use crate::identities::groups::list::GroupList;
use crate::identities::list::Identities;
use crate::islands::{Enhance, Palette, Watch};
use crate::ledger::list::Ledger;
use crate::page::{Address, Page};
use crate::search::page::SearchPage;
use crate::secrets::list::Secrets;
use crate::sessions::all::AllSessions;
use crate::sessions::own::{OwnSessions, STAY};
use crate::sessions::store::Remembered;
use crate::sign_in::sign_out::SignOut;
use crate::ui::method_in_words;
use crate::ui::time::{Ago, Until};
use doorward::action::Action;
use doorward::{Method, Principal, Timestamp};
use leptos::prelude::*;

/// The frame of a page. It is made from the permit that lets the page be shown, so there is none without a permit.
#[derive(Clone)]
pub struct Frame {
    name: Box<str>,
    method: Method,
    authenticated: Timestamp,
    /// The nearer limit of the session: idle or absolute.
    ends: Timestamp,
    privileges_version: i64,
    rooms: Vec<Room>,
    now: Timestamp,
}

/// An entry of the navigation.
#[derive(Clone)]
pub(crate) struct Room {
    pub address: String,
    prefetch: bool,
    pub title: &'static str,
    icon: &'static str,
    /// How much in it is new.
    new: i64,
}

impl Room {
    fn of<P: Page>(page: &P, title: &'static str, icon: &'static str) -> Self {
        Self { address: page.href(), prefetch: P::PREFETCH, title, icon, new: 0 }
    }
}

const OVERVIEW_ICON: &str = "M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3H9zM9 7.5h4.5v6H9zM2.5 10.5h4.5v3H2.5z";
const SECRETS_ICON: &str = "M7.75 11a2.75 2.75 0 1 1-5.5 0 2.75 2.75 0 0 1 5.5 0zM7 9l6.5-6.5M10.5 5l2 2";
const DELIVERIES_ICON: &str = "M2.5 5.5 8 2.5l5.5 3v5l-5.5 3-5.5-3zM2.5 5.5 8 8.5l5.5-3M8 8.5v5";
const ROUTES_ICON: &str = "M2.5 3.5h4v3h-4zM9.5 9.5h4v3h-4zM4.5 6.5v4.5h5M6.5 5h5v4.5";
const LEDGER_ICON: &str = "M3.5 2.5h9v11h-9zM6 5.5h4M6 8h4M6 10.5h2.5";
const PEOPLE_ICON: &str =
    "M10.5 5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM2.5 13.5c.4-2.8 2.6-4.25 5.5-4.25s5.1 1.45 5.5 4.25";
const SESSIONS_ICON: &str = "M8 6.75a2.25 2.25 0 1 0-4.5 0 2.25 2.25 0 0 0 4.5 0zM1.5 13.5c.3-2.3 2-3.5 4.25-3.5S9.7 11.2 10 13.5M10.5 4.6a2 2 0 1 1 1 3.9M12 10c1.5.3 2.4 1.4 2.5 3";
const GROUPS_ICON: &str = "M6.25 6.25a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0zM13.25 6.25a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0zM1.5 13v-1c0-1.25 1.25-2 3-2s3 .75 3 2v1M8.5 13v-1c0-1.25 1.25-2 3-2s3 .75 3 2v1";
const ROLES_ICON: &str = "M8 1.75 13.25 4v3.5c0 3.25-2.25 5.5-5.25 6.75C5 13 2.75 10.75 2.75 7.5V4zM5.75 8l1.5 1.5 3-3";
const ENVIRONMENTS_ICON: &str = "M8 2.5 13.5 5 8 7.5 2.5 5zM2.5 8 8 10.5 13.5 8M2.5 11 8 13.5 13.5 11";
const MACHINES_ICON: &str = "M2.5 3.5h11v4h-11zM2.5 8.5h11v4h-11zM5 5.5h.01M5 10.5h.01M8 5.5h3M8 10.5h3";
const OWN_SESSIONS_ICON: &str = "M2.5 3.5h11v7.5h-11zM6 13.5h4M8 11v2.5";
const INBOX_ICON: &str = "M2.5 9.5 4.25 3h7.5l1.75 6.5v3.5h-11zM2.5 9.5h3l1 1.75h3l1-1.75h3";
const SETTINGS_ICON: &str = "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M11.75 4.5a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0zM7.75 11.5a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0z";

/// The rooms that `who` may open.
pub(crate) fn rooms(who: &Principal) -> Vec<Room> {
    [
        Some(Room::of(&Overview::default(), "Overview", OVERVIEW_ICON)),
        opens(who, &Secrets::default()).then(|| Room::of(&Secrets::default(), "Secrets", SECRETS_ICON)),
        Some(Room::of(&Deliveries::default(), "Deliveries", DELIVERIES_ICON)),
        opens(who, &Identities::default()).then(|| Room::of(&Identities::default(), "People", PEOPLE_ICON)),
        opens(who, &GroupList::default()).then(|| Room::of(&GroupList::default(), "Groups", GROUPS_ICON)),
        Some(Room::of(&MachineList::default(), "Machines", MACHINES_ICON)),
        opens(who, &RoleList::default()).then(|| Room::of(&RoleList::default(), "Roles", ROLES_ICON)),
        opens(who, &EnvironmentList).then(|| Room::of(&EnvironmentList, "Environments", ENVIRONMENTS_ICON)),
        opens(who, &AllSessions::default()).then(|| Room::of(&AllSessions::default(), "Sessions", SESSIONS_ICON)),
        opens(who, &Ledger::default()).then(|| Room::of(&Ledger::default(), "Ledger", LEDGER_ICON)),
        opens(who, &RouteList).then(|| Room::of(&RouteList, "Routes", ROUTES_ICON)),
        Some(Room::of(&OwnSessions, "Your sessions", OWN_SESSIONS_ICON)),
        Some(Room { new: who.unread, ..Room::of(&Inbox, "Inbox", INBOX_ICON) }),
        Some(Room::of(&Settings, "Settings", SETTINGS_ICON)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns whether a page without a resource opens for `who`, by the policy of the page itself. It is recorded only when
/// they go there.
fn opens<P: Page>(who: &Principal, page: &P) -> bool
where
    P::Opens: Action<Facts = ()>,
{
    page.opens().decide(who, &()).allows()
}

impl Frame {
    /// The frame for `who`: it shows only the rooms that they may open.
    #[must_use]
    pub fn of(who: &Principal) -> Self {
        Self {
            name: who.display_name.clone(),
            method: who.assurance.method,
            authenticated: who.assurance.at,
            ends: who.idle_ends,
            privileges_version: who.privileges_version,
            rooms: rooms(who),
            now: who.now,
        }
    }
}

fn brand() -> impl IntoView {
    view! {
        <a class="brand" href=Overview::default().href()>
            <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M3.5 14V3.25c0-.7.55-1.25 1.25-1.25h6.5c.7 0 1.25.55 1.25 1.25V14M1.5 14h13" />
                <path d="M6 4.5 9.75 5.5V14H6z" fill="currentColor" />
            </svg>
            "Doorward"
        </a>
    }
}

fn skip_link() -> impl IntoView {
    view! { <a class="skip" href="#main">"Skip to content"</a> }
}

/// A page inside the console, with the message that waited for it.
pub async fn console(frame: Frame, page: AnyView) -> AnyView {
    let notice = waiting_message().await;
    let here = request().ok().and_then(|request| request.address);
    let here = here.as_ref().map_or("", |path| path.as_str());
    view! {
        {skip_link()}
        <div class="console" data-now=frame.now.0>
            {top_bar(&frame)}
            {navigation(&frame.rooms, here)}
            <main id="main" tabindex="-1">
                {ending(here, frame.privileges_version)}
                <div id="notices" data-part>
                    {notice.map(|message| {
                        view! { <p class="notice" role="status" tabindex="-1" autofocus>{message}</p> }
                    })}
                </div>
                {page}
            </main>
            {foot()}
            <Enhance />
            <Palette />
            <Watch />
        </div>
    }
    .into_any()
}

/// The warning shortly before the session ends. It is part of every page, hidden until the event stream announces the end.
fn ending(here: &str, privileges_version: i64) -> impl IntoView + use<> {
    view! {
        <div class="notice ending" data-ending data-rights=privileges_version role="alert" hidden>
            <p>"This session ends in less than 2 minutes. What you have typed and not sent would be lost."</p>
            <form method="post" action=OwnSessions.href()>
                <input type="hidden" name="next" value=here.to_owned() />
                <button name="action" value=STAY>"Stay signed in"</button>
            </form>
        </div>
    }
}

/// A page outside of the console.
pub fn plain(page: AnyView) -> impl IntoView {
    view! {
        {skip_link()}
        <div class="plain">
            <header>{brand()}</header>
            <main id="main" tabindex="-1">{page}</main>
            <footer>"Everything done here is recorded."</footer>
        </div>
    }
}

fn foot() -> impl IntoView {
    view! { <footer>{concat!("Doorward ", env!("CARGO_PKG_VERSION"), " · Everything done here is recorded.")}</footer> }
}

async fn waiting_message() -> Option<String> {
    let request = request().ok().filter(|request| request.flash_waits && request.posted.is_none())?;
    let session = request.began.get()?.session;
    if request.head.reloads() {
        // What is shown for a second has not been read.
        return request.backend.recall(session, Remembered::Message).await.ok().flatten();
    }
    let message = request.backend.take(session, Remembered::Message).await.ok().flatten();
    request.head.set(|head| head.flash_waits = Some(false));
    message
}

fn top_bar(frame: &Frame) -> impl IntoView + use<> {
    let (name, now) = (frame.name.clone(), frame.now);
    view! {
        <header class="top">
            <button class="quiet menu" type="button" popovertarget="menu">
                <svg viewBox="0 0 16 16" aria-hidden="true">
                    <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />
                </svg>
                "Menu"
            </button>
            {brand()}
            {search_link()}
            <ul class="standing" aria-label="You">
                <li>
                    <span class="unseen">"Signed in as "</span>
                    <a href=Settings.href()>{name.into_string()}</a>
                </li>
                <li>
                    "Confirmed " <Ago at=frame.authenticated now />
                    <span class="unseen">", by " {method_in_words(frame.method).to_lowercase()}</span>
                </li>
                <li>
                    "Session ends in " <Until at=frame.ends now /> <span class="unseen">", unless it is used"</span>
                </li>
            </ul>
            <form method="post" action=SignOut.href()>
                <button class="quiet">"Sign out"</button>
            </form>
        </header>
    }
}

/// Leads to the search; with JavaScript it opens the dialog.
fn search_link() -> impl IntoView {
    view! {
        <a class="button search" href=SearchPage::default().href() data-palette aria-keyshortcuts="Control+K">
            <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0zM10.5 10.5l3 3" />
            </svg>
            "Search"
            <kbd aria-hidden="true">"Ctrl K"</kbd>
        </a>
    }
}

/// Returns whether an address is the entry's, or below it.
fn stands_in(here: &str, room: &str) -> bool {
    let path = here.split('?').next().unwrap_or_default();
    path == room
        || (room != Overview::default().href() && path.strip_prefix(room).is_some_and(|rest| rest.starts_with('/')))
}

fn navigation(rooms: &[Room], here: &str) -> impl IntoView + use<> {
    let entries = rooms
        .iter()
        .map(|room| {
            let current = stands_in(here, &room.address);
            let Room { address, prefetch, title, icon, new } = room.clone();
            let new = (new > 0)
                .then(|| view! { " " <span class="badge waiting">{new}<span class="unseen">" new"</span></span> });
            view! {
                <li>
                    <a href=address aria-current=current.then_some("page") data-prefetch=prefetch.then_some("")>
                        <svg viewBox="0 0 16 16" aria-hidden="true">
                            <path d=icon />
                        </svg>
                        {title}
                        {new}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="side" id="menu" popover aria-label="Main">
            <ul>{entries}</ul>
        </nav>
    }
}
