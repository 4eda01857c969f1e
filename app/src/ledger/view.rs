//! How the ledger looks: the form, the table, the pages.

use crate::islands::Follow;
use crate::ledger::charts::LedgerCharts;
use crate::ledger::export::{LedgerCsv, LedgerNdJson};
use crate::ledger::list::Ledger;
use crate::ledger::record::Record;
use crate::ledger::saved_searches;
use crate::ledger::search::{Checks, Search};
use crate::ledger::store::SearchPage;
use crate::ledger::tail::LedgerTail;
use crate::page::{Address, ViewContext};
use crate::ui::decision_badge;
use crate::ui::time::{Ago, rfc3339_shortest};
use doorward::ledger::{AuditEntry, Outcome};
use doorward::{Environment, Environments, Timestamp};
use leptos::prelude::*;

pub(super) fn view(page: &Ledger, found: &SearchPage, shown: &ViewContext) -> impl IntoView + use<> {
    // A file says in its address what its page left out.
    let search = page.search.on_a_page();
    view! {
        <header class="page">
            <h1>"Ledger"</h1>
            <div class="actions">
                {follow(page)}
                <a class="button" href=LedgerCharts::default().href()>"Over time"</a>
                <a class="button" href=LedgerCsv { search: search.clone() }.href() download>"Download CSV"</a>
                <a class="button" href=LedgerNdJson { search }.href() download>"NDJSON"</a>
            </div>
            <p>{within("Every decision", &found.scope)}", allowed or refused, the newest first. Reading the ledger is recorded too."</p>
        </header>
        {saved_searches::list(page, &found.kept)}
        {form(&page.search)}
        {page.search.is_narrowed().then(|| saved_searches::form(page, shown))}
        <section class="panel wide" aria-label="Records">
            {table(page, &found.rows, shown)}
            {left_out(page)}
            {pages(page, found)}
        </section>
    }
}

/// Says of which records something is, where it is not of all.
pub(crate) fn within(what: &str, scope: &Environments) -> String {
    let Environments::Only(environments) = scope else { return what.to_owned() };
    let names: Vec<&str> = environments.iter().map(Environment::as_str).collect();
    format!("{what} about what belongs to {}", names.join(" or "))
}

/// Leads to the page that follows, or says that it is that page.
fn follow(page: &Ledger) -> impl IntoView + use<> {
    if page.follow {
        return view! {
            <Follow />
            <noscript>"Following needs JavaScript; load the page again to see what is new."</noscript>
            <a class="button" href=Ledger::of(page.search.clone()).href()>"Stop"</a>
        }
        .into_any();
    }
    let following = Ledger { follow: true, ..Ledger::of(page.search.clone()) };
    view! { <a class="button" href=following.href()>"Follow"</a> }.into_any()
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
    let time = |at: Option<Timestamp>| at.map(rfc3339_shortest).unwrap_or_default().trim_end_matches('Z').to_owned();
    let (from, until) = (time(search.from), time(search.until));
    // A browser sends no value that is between two steps.
    let step = |at: Option<Timestamp>| if at.is_some_and(|at| at.0 % 1000 != 0) { "0.001" } else { "1" };
    let steps = (step(search.from), step(search.until));
    let allowed = search.allowed;
    let entries = ["page", "prefetch", "server_function", "stream", "command", "server"]
        .map(|entry| view! { <option value=entry selected=search.entry == entry>{entry.replace('_', " ")}</option> });
    let chosen = search.outcome;
    let outcomes = Outcome::ALL.map(|outcome| {
        view! { <option value=outcome.as_str() selected=chosen == Some(outcome)>{outcome.words()}</option> }
    });
    let outcomes = outcomes.into_iter();
    view! {
        <form class="filter ledger" role="search" method="get" action=Ledger::default().href()>
            {field("text", "Words", search.text.clone())}
            {field("who", "Who", search.who.clone())}
            {field("action", "Action", search.action.clone())}
            {field("resource", "Resource", search.resource.clone())}
            {field("environment", "Environment", search.environment.as_ref().map(Environment::to_string).unwrap_or_default())}
            {field("reason", "Reason", search.reason.clone())}
            {(!search.code.is_empty()).then(|| field("code", "Reason code", search.code.clone()))}
            <div class="field">
                <label for="decision">"Decision"</label>
                <select id="decision" name="decision">
                    <option value="">"Both"</option>
                    <option value="allowed" selected=allowed == Some(true)>"Allowed"</option>
                    <option value="refused" selected=allowed == Some(false)>"Refused"</option>
                </select>
            </div>
            <div class="field">
                <label for="outcome">"Outcome"</label>
                <select id="outcome" name="outcome">
                    <option value="">"Any"</option>
                    {outcomes.collect_view()}
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
                <input id="from" name="from" type="datetime-local" step=steps.0 value=from />
            </div>
            <div class="field">
                <label for="until">"Until (UTC)"</label>
                <input id="until" name="until" type="datetime-local" step=steps.1 value=until />
            </div>
            <label class="check">
                <input type="checkbox" name="background" value=Checks::Shown.as_str() checked=search.checks == Checks::Shown />
                "Background checks"
            </label>
            <button>"Search"</button>
            {search.is_narrowed().then(|| view! { <a class="button" href=Ledger::default().href()>"Clear"</a> })}
        </form>
    }
}

fn table(page: &Ledger, rows: &[AuditEntry], shown: &ViewContext) -> impl IntoView + use<> {
    let nothing = rows.is_empty();
    let rows = rows.iter().map(|record| row(record, shown.now)).collect_view();
    // What is written after this page's own record is not in it.
    let tail = LedgerTail { search: page.search.clone(), after: Some(shown.record) };
    let follow = page.follow.then(|| tail.href());
    view! {
        <table class="two-lines">
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
        {nothing.then(|| nothing_found(&page.search))}
    }
}

/// Says what was searched for. Nobody is to take "not found by these words" for "nobody did it".
fn nothing_found(search: &Search) -> impl IntoView + use<> {
    let asked = search.in_words().into_iter().map(|part| view! { <li>{part}</li> }).collect_view();
    let by_name = (!search.resource.is_empty() && !search.resource.contains(':')).then(|| {
        view! {
            <p>
                "Records from before names were recorded are found by the secret's id alone, such as " <code>"secret:01jd…"</code>
                ". It is in the address of the secret's page."
            </p>
        }
    });
    view! {
        <p>"No record matches. Searched for:"</p>
        <ul>{asked}</ul>
        {by_name}
    }
}

/// Says that background checks are left out, and leads to the same search with them.
fn left_out(page: &Ledger) -> Option<impl IntoView + use<>> {
    let hidden = page.search.on_a_page().checks == Checks::Hidden;
    let search = Search { checks: Checks::Shown, ..page.search.clone() };
    let with_them = Ledger { search, ..page.clone() }.href();
    hidden.then(|| {
        view! {
            <p>
                "Background checks of open pages that were allowed are left out, here and in files downloaded from here. "
                <a href=with_them>"Show background checks"</a>
            </p>
        }
    })
}

pub(crate) fn row(record: &AuditEntry, now: Timestamp) -> impl IntoView + use<> {
    let by = |search: Search| Ledger::of(search).href();
    let who = record.who.as_ref().map(|who| {
        let name = who.name.to_string();
        let address = by(Search { who: name.clone(), ..Search::default() });
        view! { <a href=address>{name}</a> }
    });
    let resource = (!record.resource.is_empty()).then(|| {
        let address = by(Search { resource: record.resource.clone(), ..Search::default() });
        view! { {record.resource_name.clone()} " " <a href=address><code>{record.resource.clone()}</code></a> }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=Record { id: record.id }.href()><code>{record.action.clone()}</code></a>
                <small>{record.parameters.clone()}</small>
            </th>
            <td data-label="Who">{who}</td>
            <td data-label="Resource">{resource}</td>
            <td data-label="Decision">{decision_badge(record.allowed, record.outcome)}</td>
            <td data-label="Reason">{record.words.clone()}</td>
            <td data-label="Came in by">
                {record.entry.as_str().replace('_', " ")} <small>{record.address.clone()}</small>
            </td>
            <td data-label="When"><Ago at=record.at now /></td>
        </tr>
    }
}

fn pages(page: &Ledger, found: &SearchPage) -> impl IntoView + use<> {
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
