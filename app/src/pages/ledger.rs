//! The ledger: every decision, for whoever may read all of them. To look is itself recorded.

use super::{LedgerCharts, LedgerCsv, LedgerNdJson, LedgerTail, Record};
use crate::door::{self, Permit};
use crate::form::Form;
use crate::islands::Follow;
use crate::model::Failure;
use crate::page::{Acted, Action, Address, Console, Page, Requested, Shown};
use crate::store::{KeepError, KeptSearch, RecordRow};
use crate::ui::time::{Ago, read_utc, rfc3339};
use crate::ui::{Field, Receipt, decision_badge};
use doorward::{Moment, RecordId};
use leptos::prelude::*;

/// Records on one page.
pub const PAGE_ROWS: u32 = 50;
const LONGEST: usize = 128;

/// What may be asked.
pub mod can {
    use super::Search;
    use doorward::action::{Action, Read, Resource, Write};
    use doorward::policy::Decision;
    use doorward::{Principal, RecordId};

    /// To keep a search under a name, for oneself.
    pub struct KeepSearch {
        /// The name; what was kept under it before is replaced.
        pub name: String,
        /// The search as the query of an address.
        pub query: String,
    }

    impl Action for KeepSearch {
        const NAME: &'static str = "ledger.keep_search";
        const PERMISSION: Option<&'static str> = Some(ReadLedger::NAME);
        type Facts = ();
        type Effect = Write;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            Resource::none().with("name", &self.name).with("search", &self.query)
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.holds(ReadLedger::NAME).everywhere()
        }
    }

    /// To keep a search of one's own no longer.
    pub struct DropSearch {
        /// Its name.
        pub name: String,
    }

    impl Action for DropSearch {
        const NAME: &'static str = "ledger.drop_search";
        const PERMISSION: Option<&'static str> = Some(ReadLedger::NAME);
        type Facts = ();
        type Effect = Write;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            Resource::none().with("name", &self.name)
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.holds(ReadLedger::NAME).everywhere()
        }
    }

    /// To read the records of everybody.
    pub struct ReadLedger {
        /// Which.
        pub search: Search,
        /// Only those before this one.
        pub before: Option<RecordId>,
    }

    impl Action for ReadLedger {
        const NAME: &'static str = "ledger.read";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            self.search.resource(self.before)
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.holds(Self::NAME).everywhere()
        }
    }
}

/// The longest name of a kept search.
const LONGEST_NAME: usize = 60;

/// What records are searched for; each part that is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that all stand in the record, in whatever part of it.
    pub text: String,
    /// Who asked: the sign-in name.
    pub who: String,
    /// The action's name.
    pub action: String,
    /// What it was about, for example `secret:01jd…`.
    pub resource: String,
    /// Allowed or refused.
    pub allowed: Option<bool>,
    /// The reason's code.
    pub reason: String,
    /// The way the request came in.
    pub entry: String,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub until: Option<Moment>,
}

/// The names of a search's parts in an address.
const PARTS: [&str; 6] = ["text", "who", "action", "resource", "reason", "entry"];

impl Search {
    pub(super) fn read(asked: &mut Requested<'_>) -> Self {
        let [text, who, action, resource, reason, entry] = PARTS.map(|name| {
            asked.query(name, String::new(), |text| {
                let fits = text.len() <= LONGEST && !text.chars().any(char::is_control);
                if fits { Ok(text.to_owned()) } else { Err(Failure::invalid(name, "Search for less.")) }
            })
        });
        let allowed = asked.query("decision", None, |text| match text {
            "allowed" => Ok(Some(true)),
            "refused" => Ok(Some(false)),
            _ => Err(Failure::invalid("decision", "A decision is allowed or refused.")),
        });
        let [from, until] = ["from", "until"].map(|name| {
            asked.query(name, None, |text| {
                let wrong = || Failure::invalid(name, "Give a time in UTC, such as 2026-11-24T09:30.");
                read_utc(text).map(Some).ok_or_else(wrong)
            })
        });
        Self { text, who: who.to_lowercase(), action, resource, allowed, reason, entry, from, until }
    }

    fn decision(&self) -> &'static str {
        match self.allowed {
            Some(true) => "allowed",
            Some(false) => "refused",
            None => "",
        }
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let time = |at: Option<Moment>| at.map(rfc3339).unwrap_or_default();
        vec![
            ("text", self.text.clone()),
            ("who", self.who.clone()),
            ("action", self.action.clone()),
            ("resource", self.resource.clone()),
            ("decision", self.decision().to_owned()),
            ("reason", self.reason.clone()),
            ("entry", self.entry.clone()),
            ("from", time(self.from)),
            ("until", time(self.until)),
        ]
    }

    /// What a record says of the search itself.
    pub(super) fn resource(&self, before: Option<RecordId>) -> doorward::action::Resource {
        let mut asked = self.parameters();
        asked.push(("before", before.map(|id| id.to_string()).unwrap_or_default()));
        asked.sort_unstable_by_key(|(name, _)| *name);
        let set = asked.into_iter().filter(|(_, value)| !value.is_empty());
        set.fold(doorward::action::Resource::none(), |resource, (name, value)| resource.with(name, value))
    }

    fn is_narrowed(&self) -> bool {
        *self != Self::default()
    }
}

/// The page; what it shows stands in its address.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// What is searched for.
    pub search: Search,
    /// Only records before this one.
    pub before: Option<RecordId>,
    /// Whether new records are added as they are written.
    pub follow: bool,
}

impl Ledger {
    /// The newest records that `search` finds.
    #[must_use]
    pub const fn of(search: Search) -> Self {
        Self { search, before: None, follow: false }
    }
}

impl Address for Ledger {
    fn at(asked: &mut Requested<'_>) -> Self {
        let search = Search::read(asked);
        let before = asked.query("before", None, |text| {
            RecordId::parse(text).map(Some).map_err(|_| Failure::invalid("before", "There is no such record."))
        });
        let follow = asked.query("follow", false, |text| match text {
            "1" => Ok(true),
            _ => Err(Failure::invalid("follow", "To follow, say 1.")),
        });
        Self { search, before, follow: follow && before.is_none() }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.search.parameters();
        parameters.push(("before", self.before.map(|id| id.to_string()).unwrap_or_default()));
        parameters.push(("follow", if self.follow { "1".to_owned() } else { String::new() }));
        parameters
    }
}

/// What the page shows.
pub struct Found {
    /// The records of the page.
    pub rows: Vec<RecordRow>,
    /// Whether there are more.
    pub more: bool,
    /// The searches that whoever looks has kept, by name.
    pub kept: Vec<KeptSearch>,
}

impl Page for Ledger {
    type Opens = can::ReadLedger;
    type Data = Found;
    type Within = Console;
    type Actions = (Keep, Remove);
    const ISLANDS: &'static [&'static str] = &["Follow"];

    fn opens(&self) -> can::ReadLedger {
        can::ReadLedger { search: self.search.clone(), before: self.before }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<can::ReadLedger>) -> Result<Found, Failure> {
        Ok(door::visit()?.backend.records(permit).await?)
    }

    fn title(&self, _: &Found) -> String {
        "Ledger".to_owned()
    }

    fn view(&self, found: Found, shown: &Shown) -> AnyView {
        view(self, &found, shown).into_any()
    }
}

fn view(page: &Ledger, found: &Found, shown: &Shown) -> impl IntoView + use<> {
    let search = page.search.clone();
    view! {
        <header class="page">
            <h1>"Ledger"</h1>
            <div class="actions">
                {follow(page)}
                <a class="button" href=LedgerCharts::default().href()>"Over time"</a>
                <a class="button" href=LedgerCsv { search: search.clone() }.href() download>"Download CSV"</a>
                <a class="button" href=LedgerNdJson { search }.href() download>"NDJSON"</a>
            </div>
            <p>"Every decision, allowed or refused, the newest first. That you look is a record too."</p>
        </header>
        {kept(page, &found.kept)}
        {form(&page.search)}
        {page.search.is_narrowed().then(|| keep_form(page, shown))}
        <section class="panel wide" aria-label="Records">
            {table(page, &found.rows, shown)}
            {pages(page, found)}
            <Receipt grounds=shown.grounds record=shown.record />
        </section>
    }
}

/// Keeps the search of the page under a name.
pub struct Keep;

impl Action<Ledger> for Keep {
    const BUTTON: &'static str = "keep";
    const FIELDS: &'static [&'static str] = &["name"];
    type Asks = can::KeepSearch;
    type Input = String;

    fn read(form: &Form) -> Result<String, Failure> {
        read_name(form.text("name"))
    }

    fn asks(page: &Ledger, name: &String) -> can::KeepSearch {
        let query = Ledger::of(page.search.clone()).href();
        let query = query.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        can::KeepSearch { name: name.clone(), query }
    }

    async fn run(page: &Ledger, permit: Permit<can::KeepSearch>, _: String) -> Result<Acted, Failure> {
        door::visit()?.backend.keep_search(permit).await.map_err(|error| match error {
            KeepError::Full => Failure::invalid("name", "You keep 50 searches already; remove one first."),
            KeepError::Store(error) => error.into(),
        })?;
        Ok(Acted::SeeOther(page.path(), Some("The search is kept.")))
    }
}

/// Keeps a search no longer.
pub struct Remove;

impl Action<Ledger> for Remove {
    const BUTTON: &'static str = "remove";
    const FIELDS: &'static [&'static str] = &["name"];
    type Asks = can::DropSearch;
    type Input = String;

    fn read(form: &Form) -> Result<String, Failure> {
        read_name(form.text("name"))
    }

    fn asks(_: &Ledger, name: &String) -> can::DropSearch {
        can::DropSearch { name: name.clone() }
    }

    async fn run(page: &Ledger, permit: Permit<can::DropSearch>, _: String) -> Result<Acted, Failure> {
        door::visit()?.backend.drop_search(permit).await?;
        Ok(Acted::SeeOther(page.path(), Some("The search is not kept any more.")))
    }
}

fn read_name(text: &str) -> Result<String, Failure> {
    let name = text.trim();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    let wrong = || Failure::invalid("name", "Give it a name of at most 60 characters.");
    fits.then(|| name.to_owned()).ok_or_else(wrong)
}

/// Leads to the page that follows, or says that it is that page.
fn follow(page: &Ledger) -> impl IntoView + use<> {
    if page.follow {
        return view! {
            <Follow />
            <noscript>"To follow takes JavaScript; load the page again to see what is new."</noscript>
            <a class="button" href=Ledger::of(page.search.clone()).href()>"Stop"</a>
        }
        .into_any();
    }
    let following = Ledger { follow: true, ..Ledger::of(page.search.clone()) };
    view! { <a class="button" href=following.href()>"Follow"</a> }.into_any()
}

fn kept(page: &Ledger, kept: &[KeptSearch]) -> Option<impl IntoView + use<>> {
    kept.first()?;
    let own = page.href();
    let address = |search: &KeptSearch| format!("{}?{}", Ledger::default().href(), search.query);
    let items = kept.iter().map(|search| {
        let (name, address) = (search.name.clone(), address(search));
        let current = (address == own).then_some("page");
        view! {
            <li>
                <a class="button" href=address aria-current=current>{name.clone()}</a>
                <form method="post" action=own.clone() data-enhance data-removes>
                    <input type="hidden" name="name" value=name.clone() />
                    <button name="action" value=Remove::BUTTON aria-label=format!("Keep {name} no longer")>"×"</button>
                </form>
            </li>
        }
    });
    Some(view! { <ul class="kept" id="kept" data-part aria-label="Searches that you keep">{items.collect_view()}</ul> })
}

fn keep_form(page: &Ledger, shown: &Shown) -> impl IntoView + use<> {
    let turn = shown.turn.of(Keep::BUTTON);
    let error = turn.and_then(|turn| turn.error("name"));
    view! {
        <form class="filter" id="keep" data-part method="post" action=page.href()>
            <Field
                name="name"
                label="Keep this search as".to_owned()
                autocomplete="off"
                value=turn.map(|turn| turn.typed("name")).unwrap_or_default()
                autofocus=error.is_some()
                error=error
                hint=None
            />
            <button name="action" value=Keep::BUTTON>"Keep"</button>
        </form>
    }
}

fn field(name: &'static str, label: &'static str, value: String) -> impl IntoView + use<> {
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name value=value maxlength="128" autocomplete="off" autocapitalize="none" spellcheck="false" />
        </div>
    }
}

fn form(search: &Search) -> impl IntoView + use<> {
    // As a browser's own field for a time has it; it is read as UTC.
    let time = |at: Option<Moment>| at.map(rfc3339).unwrap_or_default().trim_end_matches('Z').to_owned();
    let (from, until) = (time(search.from), time(search.until));
    let allowed = search.allowed;
    let entries = ["page", "prefetch", "server_function", "stream", "command"]
        .map(|entry| view! { <option value=entry selected=search.entry == entry>{entry.replace('_', " ")}</option> });
    view! {
        <form class="filter ledger" role="search" method="get" action=Ledger::default().href()>
            {field("text", "Words", search.text.clone())}
            {field("who", "Who", search.who.clone())}
            {field("action", "Action", search.action.clone())}
            {field("resource", "Resource", search.resource.clone())}
            {field("reason", "Reason, as a code", search.reason.clone())}
            <div class="field">
                <label for="decision">"Decision"</label>
                <select id="decision" name="decision">
                    <option value="">"Both"</option>
                    <option value="allowed" selected=allowed == Some(true)>"Allowed"</option>
                    <option value="refused" selected=allowed == Some(false)>"Refused"</option>
                </select>
            </div>
            <div class="field">
                <label for="entry">"Came in by"</label>
                <select id="entry" name="entry">
                    <option value="">"Any way"</option>
                    {entries.collect_view()}
                </select>
            </div>
            <div class="field">
                <label for="from">"From (UTC)"</label>
                <input id="from" name="from" type="datetime-local" step="1" value=from />
            </div>
            <div class="field">
                <label for="until">"Until (UTC)"</label>
                <input id="until" name="until" type="datetime-local" step="1" value=until />
            </div>
            <button>"Search"</button>
            {search.is_narrowed().then(|| view! { <a class="button" href=Ledger::default().href()>"Clear"</a> })}
        </form>
    }
}

fn table(page: &Ledger, rows: &[RecordRow], shown: &Shown) -> impl IntoView + use<> {
    let nothing = rows.is_empty();
    let rows = rows.iter().map(|record| row(record, shown.now)).collect_view();
    // What is written after this page's own record is not in it.
    let tail = LedgerTail { search: page.search.clone(), after: Some(shown.record) };
    let follow = page.follow.then(|| tail.href());
    view! {
        <table class="sessions">
            <caption class="unseen">"Records that match, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Action"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col">"Resource"</th>
                    <th scope="col">"Decision"</th>
                    <th scope="col">"Reason"</th>
                    <th scope="col">"Came in by"</th>
                    <th scope="col">"When"</th>
                </tr>
            </thead>
            <tbody data-follow=follow>{rows}</tbody>
        </table>
        {nothing.then(|| view! { <p>"No record matches."</p> })}
    }
}

pub(super) fn row(record: &RecordRow, now: Moment) -> impl IntoView + use<> {
    let by = |search: Search| Ledger::of(search).href();
    let who = record.name.clone().map(|name| {
        let address = by(Search { who: name.clone(), ..Search::default() });
        view! { <a href=address>{name}</a> }
    });
    let resource = (!record.resource.is_empty()).then(|| {
        let address = by(Search { resource: record.resource.clone(), ..Search::default() });
        view! { <a href=address><code>{record.resource.clone()}</code></a> }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=Record { id: record.id }.href()><code>{record.action.clone()}</code></a>
                <small>{record.parameters.clone()}</small>
            </th>
            <td data-label="Who">{who}</td>
            <td data-label="Resource">{resource}</td>
            <td data-label="Decision">{decision_badge(record.allowed)}</td>
            <td data-label="Reason">{record.words.clone()}</td>
            <td data-label="Came in by">
                {record.entry.replace('_', " ")} <small>{record.address.clone()}</small>
            </td>
            <td data-label="When"><Ago at=record.at now /></td>
        </tr>
    }
}

fn pages(page: &Ledger, found: &Found) -> impl IntoView + use<> {
    let older = found.rows.last().filter(|_| found.more).map(|last| {
        let older = Ledger { before: Some(last.id), ..Ledger::of(page.search.clone()) };
        view! { <a class="button" rel="next" href=older.href()>"Older"</a> }
    });
    let newest = page.before.map(|_| {
        let newest = Ledger::of(page.search.clone());
        view! { <a class="button" rel="first" href=newest.href()>"Newest"</a> }
    });
    view! {
        <nav class="pages" aria-label="Pages of records">
            <p>{format!("{} records on this page", found.rows.len())}</p>
            <div class="actions">{newest} " " {older}</div>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_stands_in_its_own_address_and_in_the_record_of_it() {
        let search = Search {
            who: "omar".to_owned(),
            allowed: Some(false),
            from: read_utc("2026-11-24T09:30"),
            ..Search::default()
        };
        let page = Ledger::of(search);
        assert_eq!(page.href(), "/access/ledger?who=omar&decision=refused&from=2026-11-24T09%3A30%3A00Z");
        let said = page.search.resource(None).parameters;
        assert_eq!(said, "decision=refused&from=2026-11-24T09:30:00Z&who=omar");
        assert_eq!(Ledger::default().href(), "/access/ledger");
    }
}
