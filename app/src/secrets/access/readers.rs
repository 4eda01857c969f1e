//! The page about who read a secret's present value, and who could use it at a time in the past.

use super::users;
use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::request;
use crate::ledger::record::Record;
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::policy;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{Reader, Readers};
use crate::ui::time::{Ago, exact, read_day_or_time, rfc3339_shortest};
use crate::ui::{Column, Field, Panel, Table};
use doorward::{SecretId, Timestamp};
use leptos::prelude::*;

#[derive(Clone)]
pub struct SecretReaders {
    pub id: SecretId,
    /// The time that is asked about; `None` for now.
    pub on: Option<Timestamp>,
}

impl Address for SecretReaders {
    fn at(asked: &mut Requested<'_>) -> Self {
        let on = asked.query("on", None, |text| {
            let sentence = "Enter a day or a time, for example 2026-11-24 or 2026-11-24T09:30.";
            read_day_or_time(text).map(Some).ok_or_else(|| PageError::invalid("on", sentence))
        });
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING), on }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string()), ("on", self.on.map(rfc3339_shortest).unwrap_or_default())]
    }
}

impl Page for SecretReaders {
    type Opens = policy::ReadReaders;
    type Data = Readers;
    type Within = SecretSection;
    type Actions = ();

    fn opens(&self) -> policy::ReadReaders {
        policy::ReadReaders { id: self.id, on: self.on }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadReaders>) -> Result<Readers, PageError> {
        Ok(request()?.backend.readers(permit).await?)
    }

    fn title(&self, readers: &Readers) -> String {
        format!("Readers of {}", readers.name)
    }

    fn view(&self, readers: Readers, shown: &ViewContext) -> AnyView {
        view(self, &readers, shown.now).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        let asked = request().ok().map(|request| request.query.text("on").to_owned()).unwrap_or_default();
        let form = when_form(self, asked, shown.turn.error("on"));
        Some((
            "Readers",
            view! { <div class="panels"><Panel id="when" title="Who could use it">{form}</Panel></div> }.into_any(),
        ))
    }
}

fn view(page: &SecretReaders, readers: &Readers, now: Timestamp) -> impl IntoView + use<> {
    let title = match page.on {
        Some(on) => format!("Who could use it at {}", exact(on)),
        None => "Who can use it now".to_owned(),
    };
    let unknown = page.on.zip(readers.kept_since).filter(|(on, since)| on < since).map(|(_, since)| {
        let sentence = format!(
            "Changes of roles, groups, grants and owners are kept since {}. Before that, nothing is known.",
            exact(since)
        );
        view! { <p class="notice" role="note">{sentence}</p> }
    });
    let missing = (!readers.existed).then(|| view! { <p>"The secret did not exist at that time."</p> });
    let table = readers.existed.then(|| users::table(readers.users.as_ref()));
    let form = when_form(page, page.on.map(rfc3339_shortest).unwrap_or_default(), None);
    view! {
        <div class="panels">
            {readers_panel(readers, now)}
            <Panel id="users" title=title>
                {form}
                {unknown}
                {missing}
                {table}
            </Panel>
        </div>
    }
}

fn when_form(page: &SecretReaders, value: String, error: Option<String>) -> impl IntoView + use<> {
    view! {
        <form class="filter" method="get" action=SecretReaders { id: page.id, on: None }.href()>
            <Field
                name="on"
                label="At (UTC; empty for now)"
                value
                maxlength=Some(40)
                required=false
                hint=Some("A day or a time, for example 2026-11-24 or 2026-11-24T09:30.")
                autofocus=error.is_some()
                error
            />
            <button>"Show"</button>
        </form>
    }
}

const COLUMNS: &[Column] = &[Column::Text("Who"), Column::Text("Last revealed"), Column::Text("Now")];

fn readers_panel(readers: &Readers, now: Timestamp) -> impl IntoView + use<> {
    let ghosts = readers.readers.iter().filter(|reader| !reader.may_reveal).count();
    let heading = match (readers.readers.len(), ghosts) {
        (0, _) => format!("Nobody has read version {}", readers.version),
        (1, 0) => format!("1 account has read version {}", readers.version),
        (count, 0) => format!("{count} accounts have read version {}", readers.version),
        (_, 1) => format!("1 account has read version {} and can no longer read it", readers.version),
        (_, ghosts) => format!("{ghosts} accounts have read version {} and can no longer read it", readers.version),
    };
    let rows = readers.readers.iter().map(|reader| row(reader, readers.may_read_ledger, now)).collect_view();
    let table = (!readers.readers.is_empty())
        .then(|| view! { <Table caption="Who revealed the present version" columns=COLUMNS>{rows}</Table> });
    let advice = (ghosts > 0).then(
        || view! { <p>"Whoever has read a value may have kept it. Rotate the secret to make that worthless."</p> },
    );
    let inside = view! {
        <p>"This version was made " <Ago at=readers.version_since now /> "."</p>
        {advice}
        {table}
    };
    view! { <Panel id="readers" title=heading>{inside}</Panel> }
}

fn row(reader: &Reader, may_read_ledger: bool, now: Timestamp) -> impl IntoView + use<> {
    let when = view! { <Ago at=reader.at now /> };
    let when = if may_read_ledger {
        view! { <a href=Record { id: reader.record }.href()>{when}</a> }.into_any()
    } else {
        when.into_any()
    };
    view! {
        <tr>
            <th scope="row"><code>{reader.name.clone()}</code></th>
            <td data-label="Last revealed">{when}</td>
            <td data-label="Now">{if reader.may_reveal { "Can still reveal it" } else { "Can no longer reveal it" }}</td>
        </tr>
    }
}
