//! What developers see below each page if the server runs with `DOORWARD_XRAY=1`: every question that was asked for it,
//! with its answer, record and time.

use crate::backend::Permit;
use doorward::action::{Action, Effect};
use doorward::{RecordId, Refusal};
use leptos::prelude::*;
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

struct Seen {
    action: &'static str,
    changes: bool,
    answer: String,
    allowed: bool,
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

    /// Notes how a question was answered that was asked at `began`.
    pub fn note<A: Action>(&self, outcome: &Result<Permit<A>, Refusal>, began: Duration) {
        let (answer, record) = match outcome {
            Ok(permit) => (permit.grounds().words(), Some(permit.record())),
            Err(refusal) => (format!("refused: {:?}", refusal.answer), refusal.record),
        };
        let took = self.now().saturating_sub(began);
        let seen =
            Seen { action: A::NAME, changes: A::Effect::CHANGES, answer, allowed: outcome.is_ok(), record, took };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    /// The panel of a document of `bytes` bytes that took `took` to make.
    #[must_use]
    pub fn panel(&self, bytes: usize, took: Duration) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = seen.iter().map(row).collect_view();
        let rest = took.saturating_sub(seen.iter().map(|seen| seen.took).sum());
        let panel = view! {
            <details class="xray" open>
                <summary>
                    {format!("X-ray: {} questions, {} bytes, {}", seen.len(), bytes, milliseconds(took))}
                </summary>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Asked"</th>
                            <th scope="col">"Permit"</th>
                            <th scope="col">"Answer"</th>
                            <th scope="col">"Record"</th>
                            <th scope="col" class="number">"Decided in"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <p>{format!("Reading and rendering took {} more.", milliseconds(rest))}</p>
            </details>
        };
        panel.to_html()
    }
}

fn row(seen: &Seen) -> impl IntoView + use<> {
    let class = if seen.allowed { "badge allowed" } else { "badge refused" };
    view! {
        <tr>
            <th scope="row"><code>{seen.action}</code></th>
            <td data-label="Permit">{if seen.changes { "to change, one transaction" } else { "to read" }}</td>
            <td data-label="Answer"><span class=class>{seen.answer.clone()}</span></td>
            <td data-label="Record"><code>{seen.record.map(|record| record.to_string())}</code></td>
            <td data-label="Decided in" class="number">{milliseconds(seen.took)}</td>
        </tr>
    }
}

fn milliseconds(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1000.0)
}
