//! The receipt of one decision: what was asked, by whom, what was decided, and why.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::ledger::list::Ledger;
use crate::ledger::search::Search;
use crate::ledger::store::{ArchivedSegment, FoundRecord, Seal};
use crate::ledger::{archived, policy};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::ui::time::{Ago, length, rfc3339_exact};
use crate::ui::{decision_badge, outcome_in_words};
use doorward::action::Action as _;
use doorward::ledger::{AuditEntry, FIELDS, Field, Look, Shown, Value};
use doorward::{RecordId, Timestamp};
use leptos::prelude::*;

/// The page.
#[derive(Clone)]
pub struct Record {
    /// Which.
    pub id: RecordId,
}

impl Address for Record {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: RecordId::parse(asked.segment("id")).unwrap_or(RecordId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

/// What the page shows.
pub enum Data {
    /// The receipt.
    Here(Box<Decided>),
    /// Where it may be.
    Archived(Vec<ArchivedSegment>),
}

/// A receipt.
pub struct Decided {
    record: AuditEntry,
    seal: Option<Seal>,
    reads_ledger: bool,
}

impl Page for Record {
    type Opens = policy::ReadRecord;
    type Data = Data;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ReadRecord {
        policy::ReadRecord { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadRecord>) -> Result<Data, PageError> {
        let reads_ledger = Ledger::default().opens().decide(permit.principal(), &()).allows();
        Ok(match request()?.backend.record(permit).await? {
            FoundRecord::Here(record, seal) => Data::Here(Box::new(Decided { record: *record, seal, reads_ledger })),
            FoundRecord::Archived(segments) => Data::Archived(segments),
        })
    }

    fn title(&self, _: &Data) -> String {
        "Receipt".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        match data {
            Data::Here(data) => view(&data, shown).into_any(),
            Data::Archived(segments) => archived::view(self.id, &segments).into_any(),
        }
    }
}

pub(super) fn fact(term: &'static str, value: impl IntoView) -> impl IntoView {
    view! {
        <dt>{term}</dt>
        <dd>{value}</dd>
    }
}

/// The fields of a record that belong to a panel, with their labels.
fn facts(
    record: &AuditEntry,
    panel: fn(Shown) -> Option<(&'static str, Look)>,
    now: Timestamp,
) -> impl IntoView + use<> {
    let shown = |field: &Field| {
        let (label, look) = panel(field.shown)?;
        let value = field.of(record)?;
        if let Value::Time(at) = value {
            return Some(fact(label, time(at, record.at, now)).into_any());
        }
        let text = value.text(rfc3339_exact);
        let text = if look == Look::Spaced { text.replace('_', " ") } else { text.into_owned() };
        let is_code = look == Look::Code;
        let value = if is_code { view! { <code>{text.clone()}</code> }.into_any() } else { text.clone().into_any() };
        (!text.is_empty()).then(|| fact(label, value).into_any())
    };
    FIELDS.iter().filter_map(shown).collect_view()
}

/// The time of the record, or one before it.
fn time(at: Timestamp, record: Timestamp, now: Timestamp) -> AnyView {
    if at == record {
        view! { <Ago at now /> " · " <code>{rfc3339_exact(at)}</code> }.into_any()
    } else {
        format!("{} earlier", length(record.since(at))).into_any()
    }
}

const fn asked(shown: Shown) -> Option<(&'static str, Look)> {
    if let Shown::Asked(label, look) = shown { Some((label, look)) } else { None }
}

const fn decided(shown: Shown) -> Option<(&'static str, Look)> {
    if let Shown::Decided(label, look) = shown { Some((label, look)) } else { None }
}

fn sealed(seal: Option<&Seal>) -> impl IntoView + use<> {
    let inside = match seal.cloned() {
        None => view! { <p>"Not sealed yet. That happens within a second: load this page again."</p> }.into_any(),
        Some(Seal { place, size, proof: None }) => view! {
            <p>
                {format!("It stands at place {place} of {size} sealed records.")}
                " Somebody who may read the ledger can give you the proof."
            </p>
        }
        .into_any(),
        Some(Seal { place, size, proof: Some(proof) }) => view! {
            <p>
                {format!("It stands at place {place} of {size} sealed records.")}
                " This text proves it to anyone who has the ledger's public key ("<code>"doorward ledger key"</code>"), without this console."
            </p>
            <details>
                <summary>"Proof of inclusion"</summary>
                <pre tabindex="0">{proof}</pre>
            </details>
        }
        .into_any(),
    };
    view! {
        <section class="panel wide" aria-labelledby="sealed">
            <header>
                <h2 id="sealed">"Seal"</h2>
            </header>
            {inside}
        </section>
    }
}

fn view(data: &Decided, shown: &ViewContext) -> impl IntoView + use<> {
    let record = &data.record;
    let around = Search { resource: record.resource.clone(), ..Search::default() };
    let around = (data.reads_ledger && !record.resource.is_empty())
        .then(|| view! { <a class="button" href=Ledger::of(around).href()>"All records about this"</a> });
    let nobody = record.who.is_none().then(|| fact("Who asked", "nobody who was signed in"));
    view! {
        <header class="page">
            <h1>"Receipt"</h1>
            {around}
            <p>"One decision, recorded before it was answered."</p>
        </header>
        <div class="panels">
            <section class="panel" aria-labelledby="asked">
                <header>
                    <h2 id="asked">"What was asked"</h2>
                </header>
                <dl>{facts(record, asked, shown.now)}</dl>
            </section>
            <section class="panel" aria-labelledby="decided">
                <header>
                    <h2 id="decided">"What was decided"</h2>
                    {decision_badge(record.allowed, record.outcome)}
                </header>
                <dl>
                    {fact("Outcome", outcome_in_words(record.outcome))}
                    {nobody}
                    {facts(record, decided, shown.now)}
                </dl>
            </section>
            {sealed(data.seal.as_ref())}
        </div>
    }
}
