//! The panel below a page.

use super::{Seen, Xray, source};
use crate::ledger::record::Record;
use crate::page::{Address, Asker};
use doorward::ledger::Channel;
use leptos::prelude::*;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

const STATEMENTS: &str =
    "Not counted as statements: begin, commit, and what the ledger's queue writes for several requests at once.";

const COLUMNS: [&str; 6] = ["Question", "Needs", "Facts read", "Answer", "Record", "Cost"];

impl Xray {
    /// The panel of a document of `bytes` bytes. It ends the document, so deferred parts are in it.
    #[must_use]
    pub fn panel(&self, bytes: usize) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let request = seen.first().map(|seen| seen.request.as_str());
        let keep = seen.first().is_some_and(|seen| seen.channel == Channel::ServerFunction);
        let before = self.session.get().map(|session| self.log.before(*session, request, keep)).unwrap_or_default();
        let now = (self.meter.now)();
        let read = seen.iter().filter(|seen| !is_deferred(seen)).filter_map(|seen| seen.read.get());
        let read = read.map(|(_, over)| *over).max();
        let deferred = seen.iter().filter(|seen| is_deferred(seen)).count();
        let deferred = if deferred == 0 { String::new() } else { format!(", {}", counted(deferred, "deferred part")) };
        let route = seen.iter().find_map(|seen| seen.route).map(|route| view! { <code>{route}</code> " · " });
        let summary = format!(
            "{}, {bytes} bytes, {}",
            counted(seen.len(), "question") + &deferred,
            milliseconds(now.saturating_sub(self.began)),
        );
        let rest = read.map(|read| {
            format!("Rendered and sent within {} after the last loader. ", milliseconds(now.saturating_sub(read)))
        });
        let earlier = (!before.is_empty()).then(|| {
            view! {
                <tbody>
                    {group("Asked by other requests of this session since the page before")}
                    {before.iter().map(|seen| row(seen, seen.route)).collect_view()}
                </tbody>
            }
        });
        let heads = COLUMNS.map(|name| view! { <th scope="col">{name}</th> }).collect_view();
        let panel = view! {
            <aside class="xray" id="xray" data-part aria-label="X-ray">
                <details open>
                    <summary>"X-ray: " {route} {summary}</summary>
                    <table>
                        <thead><tr>{heads}</tr></thead>
                        {earlier}
                        <tbody>
                            {(!before.is_empty()).then(|| group("Asked for this page"))}
                            {seen.iter().map(|seen| row(seen, None)).collect_view()}
                        </tbody>
                    </table>
                    <p>
                        {rest}
                        {STATEMENTS}
                    </p>
                </details>
            </aside>
        };
        panel.to_html()
    }
}

fn group(title: &'static str) -> impl IntoView {
    view! { <tr><th scope="rowgroup" colspan=COLUMNS.len().to_string()>{title}</th></tr> }
}

/// Whether it was asked after the head of its page was sent.
fn is_deferred(seen: &Seen) -> bool {
    seen.continues && matches!(seen.asker, Asker::Line(_))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What asked, and at which address if that is not the page's: `loader Secret::load`.
fn asker(seen: &Seen, route: Option<&str>) -> String {
    let kind = match (seen.asker, seen.channel) {
        (Asker::Loader(_), _) => "loader",
        (Asker::FormAction(_), _) => "form action",
        (Asker::Batch(_), _) => "download or stream",
        (Asker::Line(_), Channel::ServerFunction) => "server function",
        (Asker::Line(_), Channel::Stream) if seen.continues => "deferred part",
        (Asker::Line(_), Channel::Stream) => "stream",
        (Asker::Line(_), _) => "code",
    };
    let (name, at) = source::of(seen.asker);
    let name = if name.is_empty() { name } else { format!(" {name}") };
    let at = at.map(|at| format!(" · {at}")).unwrap_or_default();
    let times = seen.times.load(Ordering::Relaxed);
    let times = if times > 1 { format!(" · asked {times} times") } else { String::new() };
    let route = route.map(|route| format!(" of {route}")).unwrap_or_default();
    format!("{kind}{name}{route}{at}{times}")
}

fn row(seen: &Seen, route: Option<&str>) -> impl IntoView + use<> {
    let class = if seen.allowed { "badge allowed" } else { "badge refused" };
    let kind = match (seen.further, seen.changes) {
        (true, _) => "in the transaction of the question above",
        (_, true) => "carries the transaction",
        _ => "reads",
    };
    let (words, code) = seen.because.clone();
    let permit = format!("Permit<{}>", source::short(seen.question));
    let permit = match source::call(seen.question) {
        Some(call) => format!("{permit} → {call}"),
        None => permit,
    };
    let module = seen.question.rsplit_once("::").map_or("", |(module, _)| module);
    let facts = if seen.facts == "()" { "none" } else { source::short(seen.facts) };
    let roles = (!seen.roles.is_empty()).then(|| format!("by {}", seen.roles));
    let record = seen.record.map(|id| view! { <a href=Record { id }.href()><code>{id.to_string()}</code></a> });
    view! {
        <tr>
            <th scope="row">
                <code>{permit}</code>
                <small>{asker(seen, route)}</small>
                <small>{format!("{} · {kind} · {module}", seen.action)}</small>
            </th>
            <td data-label="Needs">{seen.permission.unwrap_or("a session")} " · " {seen.assurance}</td>
            <td data-label="Facts read"><code>{facts}</code></td>
            <td data-label="Answer">
                <span class=class>{if seen.allowed { "allowed" } else { "refused" }}</span>
                " "
                {words}
                " "
                <code>{code}</code>
                " "
                <small>{roles}</small>
            </td>
            <td data-label="Record" class="record">{record}</td>
            <td data-label="Cost">{cost(seen)}</td>
        </tr>
    }
}

/// Statements and times. The record of a change becomes durable with the change.
fn cost(seen: &Seen) -> AnyView {
    if seen.further {
        return "In the cost above".into_any();
    }
    let read = seen.read.get().map(|(cost, _)| *cost);
    let used = read.unwrap_or_default();
    let statements = seen.decided.counted.statements + used.counted.statements;
    let statements = counted(usize::try_from(statements).unwrap_or(usize::MAX), "statement");
    let recorded = seen.decided.counted.recording + used.counted.recording;
    let verb = if seen.changes { "change" } else { "read" };
    let mut times = format!("decide {}, record {}", milliseconds(seen.decided.otherwise()), milliseconds(recorded));
    if let Some(read) = read {
        times += &format!(", {verb} {}", milliseconds(read.otherwise()));
    }
    view! {
        {statements}
        <small>{times}</small>
    }
    .into_any()
}

fn milliseconds(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1000.0)
}
