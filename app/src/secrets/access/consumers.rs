//! The page about who uses a secret, and who would break if it were rotated.

use super::declared::{self, AddConsumer, RemoveConsumer};
use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::request;
use crate::ledger::record::Record;
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::policy;
use crate::secrets::secret::Secret;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{Consumers, Impact, ReadBy};
use crate::ui::time::Ago;
use crate::ui::{Column, Field, Panel, Table};
use doorward::{SecretId, TimeSpan, Timestamp};
use leptos::prelude::*;

const USUAL_DAYS: i64 = 30;
const MOST_DAYS: i64 = 3_650;

#[derive(Clone)]
pub struct SecretConsumers {
    pub id: SecretId,
    /// Whoever read the present version within these days is taken to be using it.
    pub days: i64,
}

impl SecretConsumers {
    #[must_use]
    pub const fn of(id: SecretId) -> Self {
        Self { id, days: USUAL_DAYS }
    }
}

impl Address for SecretConsumers {
    fn at(asked: &mut Requested<'_>) -> Self {
        let days = asked.query("days", USUAL_DAYS, |text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let days = text.parse().ok().filter(|days| digits && (1..=MOST_DAYS).contains(days));
            days.ok_or_else(|| PageError::invalid("days", "Enter a number of days from 1 to 3650."))
        });
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING), days }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let days = if self.days == USUAL_DAYS { String::new() } else { self.days.to_string() };
        vec![("id", self.id.to_string()), ("days", days)]
    }
}

impl Page for SecretConsumers {
    type Opens = policy::ReadConsumers;
    type Data = Consumers;
    type Within = SecretSection;
    type Actions = (AddConsumer, RemoveConsumer);

    fn opens(&self) -> policy::ReadConsumers {
        policy::ReadConsumers { id: self.id, days: self.days }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadConsumers>) -> Result<Consumers, PageError> {
        Ok(request()?.backend.consumers(permit).await?)
    }

    fn title(&self, consumers: &Consumers) -> String {
        format!("Consumers of {}", consumers.name)
    }

    fn view(&self, consumers: Consumers, shown: &ViewContext) -> AnyView {
        view(self, &consumers, shown).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        let asked = request().ok().map(|request| request.query.text("days").to_owned()).unwrap_or_default();
        let form = days_form(self, asked, shown.turn.error("days"));
        let panel =
            view! { <div class="panels"><Panel id="simulate" title="If it is rotated now">{form}</Panel></div> };
        Some(("Consumers", panel.into_any()))
    }
}

fn view(page: &SecretConsumers, consumers: &Consumers, shown: &ViewContext) -> impl IntoView + use<> {
    view! {
        <div class="panels">
            {simulated(page, consumers, shown.now)}
            {declared::panel(page, consumers, shown)}
        </div>
    }
}

/// Returns a number of accounts as text.
pub(in crate::secrets) fn accounts(count: usize) -> String {
    if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") }
}

const COLUMNS: &[Column] =
    &[Column::Text("Who"), Column::Number("Version"), Column::Text("Last read"), Column::Text("After a rotation")];

fn simulated(page: &SecretConsumers, consumers: &Consumers, now: Timestamp) -> impl IntoView + use<> {
    let since = Timestamp(now.0 - TimeSpan::hours(24 * page.days).0);
    let count = |impact| consumers.readers.iter().filter(|reader| reader.impact(since) == impact).count();
    let (breaks, old) = (count(Impact::MayBreak), count(Impact::HoldsOld));
    let said = format!(
        "{} would hold the old value. Of these, {} read it in the last {} days and may break until they read the next version.",
        accounts(breaks + old),
        breaks,
        page.days
    );
    let rows = consumers.readers.iter().map(|reader| row(reader, since, consumers.may_read_ledger, now)).collect_view();
    let table = if consumers.readers.is_empty() {
        view! { <p>"Nobody has read a value of this secret, as far as the records in the database reach."</p> }
            .into_any()
    } else {
        view! { <Table caption="Who read which version" columns=COLUMNS>{rows}</Table> }.into_any()
    };
    let cut = consumers.is_cut.then(|| view! { <p>"Only the latest 2,000 reveals were looked at."</p> });
    let inside = view! {
        <p id="impact">{said}</p>
        {days_form(page, page.days.to_string(), None)}
        {table}
        {cut}
        <p>"Nothing is changed here. " <a href=Secret { id: page.id }.href()>"Back to the value"</a></p>
    };
    view! { <Panel id="simulate" title="If it is rotated now">{inside}</Panel> }
}

fn days_form(page: &SecretConsumers, value: String, error: Option<String>) -> impl IntoView + use<> {
    view! {
        <form class="filter" method="get" action=SecretConsumers::of(page.id).href()>
            <Field
                name="days"
                label="In use if read within (days)"
                value
                maxlength=Some(4)
                required=false
                autofocus=error.is_some()
                error
            />
            <button>"Show"</button>
        </form>
    }
}

fn row(reader: &ReadBy, since: Timestamp, may_read_ledger: bool, now: Timestamp) -> impl IntoView + use<> {
    let when = view! { <Ago at=reader.at now /> };
    let when = match reader.record.filter(|_| may_read_ledger) {
        Some(id) => view! { <a href=Record { id }.href()>{when}</a> }.into_any(),
        None => when.into_any(),
    };
    let impact = match reader.impact(since) {
        Impact::MayBreak if reader.may_reveal => "May break until they read the next version",
        Impact::MayBreak => "May break, and can no longer read the secret",
        Impact::HoldsOld => "Holds the old value",
        Impact::Outdated => "Holds an older value already",
    };
    view! {
        <tr>
            <th scope="row"><code>{reader.name.clone()}</code></th>
            <td class="number" data-label="Version">{reader.version}</td>
            <td data-label="Last read">{when}</td>
            <td data-label="After a rotation">{impact}</td>
        </tr>
    }
}
