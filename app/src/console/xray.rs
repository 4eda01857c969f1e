//! What developers see below each page if the server runs with `DOORWARD_XRAY=1`: every question that was asked for it,
//! in the order of the answers.

use crate::backend::Permit;
use crate::ledger::record::Record;
use crate::page::Address;
use doorward::action::{Action, Effect};
use doorward::guard::RefusedByPolicy;
use doorward::{RecordId, Refusal, RefusalKind};
use leptos::prelude::*;
use std::any::type_name;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The placeholder of the panel in the document.
pub const PLACE: &str = "<template data-xray></template>";

/// The questions of one request.
#[derive(Clone)]
pub struct Xray {
    seen: Arc<Mutex<Vec<Seen>>>,
    clock: fn() -> Duration,
}

/// A question and its answer.
struct Seen {
    action: &'static str,
    /// The type of the question, with its module.
    question: &'static str,
    /// The facts that were read for it.
    facts: &'static str,
    changes: bool,
    permission: Option<&'static str>,
    assurance: &'static str,
    allowed: bool,
    /// The grounds or the reason, and its code.
    because: (String, String),
    /// The rows of the user's roles that name the permission.
    roles: String,
    record: Option<RecordId>,
    took: Duration,
}

impl Xray {
    /// Nothing seen yet; `clock` says how long ago something long ago was.
    #[must_use]
    pub fn new(clock: fn() -> Duration) -> Self {
        Self { seen: Arc::default(), clock }
    }

    /// The time on its clock.
    #[must_use]
    pub fn now(&self) -> Duration {
        (self.clock)()
    }

    /// Notes the answer to a question that was asked at `began`. `by_policy` says more of a refusal by the policy.
    pub fn note<A: Action>(
        &self,
        outcome: &Result<Permit<A>, Refusal>,
        by_policy: Option<&RefusedByPolicy>,
        began: Duration,
    ) {
        let rows = |who: &doorward::Principal| A::PERMISSION.map(|permission| who.rows_for(permission));
        let (because, roles, record) = match outcome {
            Ok(permit) => {
                let grounds = permit.grounds();
                ((grounds.words(), grounds.code()), rows(permit.principal()), Some(permit.record()))
            }
            Err(refusal) => {
                let because = match by_policy {
                    Some(refused) => (refused.reason.words().to_owned(), refused.reason.code().to_owned()),
                    None => (before_policy(refusal.answer).to_owned(), String::new()),
                };
                (because, by_policy.and_then(|refused| rows(&refused.principal)), refusal.record)
            }
        };
        let seen = Seen {
            action: A::NAME,
            question: type_name::<A>(),
            facts: type_name::<A::Facts>(),
            changes: A::Effect::CHANGES,
            permission: A::PERMISSION,
            assurance: A::ASSURANCE.words(),
            allowed: outcome.is_ok(),
            because,
            roles: roles.unwrap_or_default(),
            record,
            took: self.now().saturating_sub(began),
        };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    /// The panel of a document of `bytes` bytes that took `took` to make, with `deferred` parts to come.
    #[must_use]
    pub fn panel(&self, bytes: usize, deferred: usize, took: Duration) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = seen.iter().map(row).collect_view();
        let rest = took.saturating_sub(seen.iter().map(|seen| seen.took).sum());
        let panel = view! {
            <details class="xray" open>
                <summary>
                    {format!(
                        "X-ray: {}, {bytes} bytes, {}",
                        counted(seen.len(), "question"),
                        milliseconds(took),
                    )}
                </summary>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Question"</th>
                            <th scope="col">"Needs"</th>
                            <th scope="col">"Facts read"</th>
                            <th scope="col">"Answer"</th>
                            <th scope="col">"Record"</th>
                            <th scope="col" class="number">"Decided and recorded in"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <p>
                    {format!("Reading and rendering took {} more. ", milliseconds(rest))}
                    {(deferred > 0)
                        .then(|| format!("{} asked after this line was sent.", counted(deferred, "deferred part")))}
                </p>
            </details>
        };
        panel.to_html()
    }
}

/// Why a question was refused before the policy was asked.
const fn before_policy(answer: RefusalKind) -> &'static str {
    match answer {
        RefusalKind::SignIn => "no live session",
        RefusalKind::Confirm => "the session must be confirmed first",
        RefusalKind::Unavailable => "nothing could be decided or recorded",
        RefusalKind::Forbidden | RefusalKind::NotFound => "refused",
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The last part of a type's path.
fn short(path: &'static str) -> &'static str {
    path.rsplit("::").next().unwrap_or(path)
}

fn row(seen: &Seen) -> impl IntoView + use<> {
    let class = if seen.allowed { "badge allowed" } else { "badge refused" };
    let kind = if seen.changes { "carries the transaction" } else { "reads" };
    let (words, code) = seen.because.clone();
    let module = seen.question.rsplit_once("::").map_or("", |(module, _)| module);
    let facts = if seen.facts == "()" { "none" } else { short(seen.facts) };
    let roles = (!seen.roles.is_empty()).then(|| format!("by {}", seen.roles));
    let record = seen.record.map(|id| view! { <a href=Record { id }.href()><code>{id.to_string()}</code></a> });
    view! {
        <tr>
            <th scope="row">
                <code>{format!("Permit<{}>", short(seen.question))}</code>
                <small>{format!(" {} · {kind} · {module}", seen.action)}</small>
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
            <td data-label="Record">{record}</td>
            <td data-label="Decided and recorded in" class="number">{milliseconds(seen.took)}</td>
        </tr>
    }
}

fn milliseconds(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1000.0)
}
