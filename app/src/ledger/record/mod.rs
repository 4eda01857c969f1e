//! The receipt of one decision: what was asked, by whom, what was decided, and why.

pub mod proof;

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::islands::CopyValue;
use crate::ledger::list::Ledger;
use crate::ledger::record::proof::RecordProof;
use crate::ledger::search::{Routine, Search};
use crate::ledger::store::{ArchivedSegment, FoundRecord, GrantBehind, Seal, Why};
use crate::ledger::{archived, policy};
use crate::page::error::PageError;
use crate::page::form::stated;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::secret::Secret;
use crate::ui::time::{Ago, exact, length, rfc3339_exact};
use crate::ui::{decision_badge, outcome_in_words};
use doorward::ledger::{AuditEntry, FIELDS, Field, Look, Shown, Value};
use doorward::{RecordId, SecretId, Timestamp};
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
    why: Why,
    reads_ledger: bool,
}

impl Page for Record {
    type Opens = policy::ReadRecord;
    type Data = Data;
    type Within = Console;
    type Actions = ();
    const ISLANDS: &'static [&'static str] = &["CopyValue"];

    fn opens(&self) -> policy::ReadRecord {
        policy::ReadRecord { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadRecord>) -> Result<Data, PageError> {
        let reads_ledger = Ledger::opens_to(permit.principal());
        Ok(match request()?.backend.record(permit).await? {
            FoundRecord::Here(record, seal, why) => {
                Data::Here(Box::new(Decided { record: *record, seal, why, reads_ledger }))
            }
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
        if field.column == "parameters" {
            return Some(parameters(&record.parameters).into_any());
        }
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

/// What was asked for, and the reason that was stated.
fn parameters(parameters: &str) -> impl IntoView + use<> {
    let (asked, why) = stated::split(parameters);
    let asked = (!asked.is_empty()).then(|| fact("Parameters", view! { <code>{asked}</code> }));
    (asked, why.map(|why| fact("Stated reason", why)))
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

fn sealed(id: RecordId, seal: Option<&Seal>) -> impl IntoView + use<> {
    let place = |place: u64, size| format!("Sealed as record {} of {size}.", place.saturating_add(1));
    let inside = match seal.cloned() {
        None => view! { <p>"Not sealed yet. That takes about a second: reload the page."</p> }.into_any(),
        Some(Seal { place: at, size, proof: None }) => view! {
            <p>{place(at, size)} " Somebody who may read the ledger can give you the proof."</p>
        }
        .into_any(),
        Some(Seal { place: at, size, proof: Some(proof) }) => view! {
            <p>
                {place(at, size)} " With the ledger's public key (" <code>"doorward ledger key"</code>
                "), this proof can be checked anywhere: " <code>"doorward ledger prove FILE --key KEY"</code>
            </p>
            <div class="actions">
                <a class="button" href=RecordProof { id }.href() download>"Download the proof"</a>
            </div>
            <details>
                <summary>"Show the proof"</summary>
                <pre class="wraps" id="revealed">{proof}</pre>
                <div class="actions">
                    <CopyValue />
                </div>
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

/// Links to what the record is about, and to the records around it.
fn links(record: &AuditEntry, reads_ledger: bool) -> impl IntoView + use<> {
    let secret = record.resource.strip_prefix("secret:").and_then(|id| SecretId::parse(id).ok());
    let secret = secret.map(|id| view! { <a class="button" href=Secret { id }.href()>"Open the secret"</a> });
    let find = |label: &'static str, search: Search| {
        let search = Search { routine: Routine::Shown, ..search };
        view! { <a class="button" href=Ledger::of(search).href()>{label}</a> }
    };
    let resource = record.resource.clone();
    let about = (reads_ledger && !resource.is_empty())
        .then(|| find("All records about this", Search { resource, ..Search::default() }));
    let action = record.action.clone();
    let same = reads_ledger.then(|| find("All records of this action", Search { action, ..Search::default() }));
    let who = record.who.as_ref().filter(|_| reads_ledger);
    let by =
        who.map(|who| find("All records of this person", Search { who: who.name.to_string(), ..Search::default() }));
    let session = who.and_then(|who| who.session);
    let session =
        session.map(|id| find("All records of this session", Search { text: id.to_string(), ..Search::default() }));
    view! { <div class="actions">{secret} {about} {same} {by} {session}</div> }
}

/// What explains the decision beyond the record itself.
fn why(record: &AuditEntry, why: &Why, now: Timestamp) -> impl IntoView + use<> {
    let grant = why.grant.as_ref().map(|grant| fact("Grant", grant_in_words(grant, record.at, now)));
    let then = record.policy.as_ref().zip(why.now.as_ref());
    let policy = then.map(|(then, present)| {
        let rows = if present.rows.is_empty() { "none".to_owned() } else { present.rows.clone() };
        let changes = present.version.saturating_sub(then.version);
        let since = match changes {
            0 => "The policy has not changed since.".to_owned(),
            _ if present.rows == then.rows => format!("{changes} later changes of the policy, none of these roles."),
            _ => format!("{changes} later changes of the policy, also of these roles."),
        };
        let version = format!("version {}. {since}", present.version);
        (fact("Roles that allow it now", rows), fact("Policy now", version))
    });
    (grant, policy)
}

fn grant_in_words(grant: &GrantBehind, then: Timestamp, now: Timestamp) -> impl IntoView + use<> {
    let by = grant.by.clone().unwrap_or_else(|| "the server's command line".to_owned());
    let until = match grant.until {
        None => ", no end".to_owned(),
        Some(until) if until <= then => format!(", until {} (had ended)", exact(until)),
        Some(until) => format!(", until {}", exact(until)),
    };
    let record = grant.record.map(|id| view! { " · " <a href=Record { id }.href()>"receipt of the grant"</a> });
    view! { {format!("given by {by} ")} <Ago at=grant.at now /> {until} {record} }
}

fn view(data: &Decided, shown: &ViewContext) -> impl IntoView + use<> {
    let record = &data.record;
    let nobody = record.who.is_none().then(|| fact("Who asked", "nobody who was signed in"));
    view! {
        <header class="page">
            <h1>"Receipt"</h1>
            {links(record, data.reads_ledger)}
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
                    {why(record, &data.why, shown.now)}
                </dl>
            </section>
            {sealed(record.id, data.seal.as_ref())}
        </div>
    }
}
