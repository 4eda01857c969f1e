//! How the ledger looks: the form, the table, the pages.

use crate::islands::Follow;
use crate::ledger::charts::LedgerCharts;
use crate::ledger::export::{LedgerCsv, LedgerNdJson};
use crate::ledger::form::{Filled, form};
use crate::ledger::list::Ledger;
use crate::ledger::record::Record;
use crate::ledger::saved_searches;
use crate::ledger::search::{Routine, Search};
use crate::ledger::store::SearchPage;
use crate::ledger::tail::LedgerTail;
use crate::page::form::stated;
use crate::page::{Address, ViewContext};
use crate::ui::decision_badge;
use crate::ui::time::Ago;
use doorward::ledger::AuditEntry;
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
                <a class="button" href=LedgerCharts::default().href()>"Charts"</a>
                <a class="button" href=LedgerCsv { search: search.clone() }.href() download>"Download CSV"</a>
                <a class="button" href=LedgerNdJson { search }.href() download>"Download NDJSON"</a>
            </div>
            <p>{within("Every decision", &found.scope)}", allowed or refused, the newest first. Looking is recorded too."</p>
        </header>
        {saved_searches::list(page, &found.kept)}
        {form(&Filled::of(&page.search), &found.environments, &found.people)}
        {page.search.is_narrowed().then(|| saved_searches::form(page, shown))}
        <section class="panel wide" aria-label="Records">
            {table(page, &found.rows, shown)}
            {left_out(page)}
            {pages(page, found)}
        </section>
    }
}

/// The page if its address cannot be read: the form alone.
pub(super) fn unreadable(shown: &ViewContext) -> impl IntoView + use<> {
    view! {
        <header class="page">
            <h1>"Ledger"</h1>
            <p role="alert">"This search cannot be made. Nothing was searched."</p>
        </header>
        {form(&Filled::typed(&shown.turn), &[], &[])}
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

fn table(page: &Ledger, rows: &[AuditEntry], shown: &ViewContext) -> impl IntoView + use<> {
    let nothing = rows.is_empty();
    let rows = rows.iter().map(|record| row(record, &page.search, shown.now)).collect_view();
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
                    <th scope="col">"Channel"</th>
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

/// Says that routine reads are left out, and links to the same search with them.
fn left_out(page: &Ledger) -> Option<impl IntoView + use<>> {
    let hidden = page.search.on_a_page().routine == Routine::Hidden;
    let search = Search { routine: Routine::Shown, ..page.search.clone() };
    let with_them = Ledger { search, ..page.clone() }.href();
    hidden.then(|| {
        view! {
            <p>
                "Routine reads that were allowed, such as opening a page, are left out, here and in files downloaded from here. "
                <a href=with_them>"Show routine reads"</a>
            </p>
        }
    })
}

/// A row of the table. What is clicked in it is added to `search`.
pub(crate) fn row(record: &AuditEntry, search: &Search, now: Timestamp) -> impl IntoView + use<> {
    let narrowed = |search: Search| Ledger::of(search).href();
    let who = record.who.as_ref().map(|who| {
        let name = who.name.to_string();
        let address = narrowed(Search { who: name.clone(), ..search.clone() });
        let label = format!("Only records of {name}");
        view! { <a href=address aria-label=label>{name}</a> }
    });
    let resource = (!record.resource.is_empty()).then(|| {
        let address = narrowed(Search { resource: record.resource.clone(), ..search.clone() });
        let name = record.resource_name.clone().unwrap_or_else(|| record.resource.clone());
        let label = format!("Only records about {name}");
        view! { <a href=address title=record.resource.clone() aria-label=label><code>{name}</code></a> }
    });
    let (asked, why) = stated::split(&record.parameters);
    view! {
        <tr>
            <th scope="row">
                <a href=Record { id: record.id }.href()><code>{record.action.clone()}</code></a>
                <small>{asked}</small>
                {why.map(|why| view! { <small>"Stated reason: " {why}</small> })}
            </th>
            <td data-label="Who">{who}</td>
            <td data-label="Resource">{resource}</td>
            <td data-label="Decision">{decision_badge(record.allowed, record.outcome)}</td>
            <td data-label="Reason">{record.words.clone()}</td>
            <td data-label="Channel">
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
