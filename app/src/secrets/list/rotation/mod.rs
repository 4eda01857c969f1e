//! The list of secrets by their due date, with a chart of what falls due in which week.

mod chart;
mod form;

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::filter::RotationFilter;
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::secret::Secret;
use crate::secrets::store::{PAGE_ROWS, RotationListing, RotationRow, RotationState, days_in_words};
use crate::ui::time::{Ago, day};
use crate::ui::{Column, Empty, PageHeader, PageOf, Panel, Table, environment_mark};
use doorward::Timestamp;
use leptos::prelude::*;

/// The list. Its filter is in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RotationList {
    pub filter: RotationFilter,
}

impl RotationList {
    /// Returns the secrets that the user owns or was granted.
    #[must_use]
    pub fn own() -> Self {
        Self { filter: RotationFilter { own: true, ..RotationFilter::default() } }
    }

    fn turned_to(&self, page: u32) -> Self {
        Self { filter: RotationFilter { page, ..self.filter.clone() } }
    }
}

impl Address for RotationList {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { filter: RotationFilter::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        self.filter.parameters()
    }
}

impl Page for RotationList {
    type Opens = policy::ListRotations;
    type Data = RotationListing;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ListRotations {
        policy::ListRotations { filter: self.filter.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListRotations>) -> Result<RotationListing, PageError> {
        Ok(request()?.backend.rotations(permit).await?)
    }

    fn title(&self, _: &RotationListing) -> String {
        "Rotation".to_owned()
    }

    fn view(&self, listing: RotationListing, shown: &ViewContext) -> AnyView {
        view(self, &listing, shown.now).into_any()
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        Some(("Rotation", form::unreadable(&self.filter, shown).into_any()))
    }
}

fn view(page: &RotationList, listing: &RotationListing, now: Timestamp) -> impl IntoView + use<> {
    let table = if listing.rows.is_empty() {
        nothing(page, listing).into_any()
    } else {
        let rows = listing.rows.iter().map(|secret| row(secret, now)).collect_view();
        let of =
            PageOf { page: page.filter.page, page_rows: PAGE_ROWS, rows: listing.rows.len(), total: listing.total };
        view! {
            <Table caption="Secrets by due date" columns=COLUMNS>{rows}</Table>
            {of.pager("Pages of secrets", &|number| page.turned_to(number).href())}
        }
        .into_any()
    };
    let has_period = listing.overdue > 0 || listing.weeks.iter().any(|week| week.secrets > 0);
    let chart = has_period.then(|| {
        let inside = chart::view(page, listing);
        view! { <Panel id="weeks" title="Due by week">{inside}</Panel> }
    });
    view! {
        <PageHeader
            title="Rotation"
            intro=Some("When secrets are due for a new value. The period is set on a secret’s page, under “Edit”.")
        >
            <a class="button" href=Secrets::default().href()>"All secrets"</a>
        </PageHeader>
        {form::filter_form(&page.filter, listing)}
        {table}
        <div class="panels">{chart}</div>
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Name"),
    Column::Text("Environment"),
    Column::Text("Owner"),
    Column::Text("Period"),
    Column::Text("Last rotated"),
    Column::Text("Due"),
];

fn row(secret: &RotationRow, now: Timestamp) -> impl IntoView + use<> {
    let period = secret.rotation.days.map_or_else(|| "none".to_owned(), days_in_words);
    view! {
        <tr>
            <th scope="row">
                <a href=Secret { id: secret.id }.href()><code>{secret.name.clone()}</code></a>
            </th>
            <td data-label="Environment">{environment_mark(&secret.environment, secret.protected)}</td>
            <td data-label="Owner"><bdi>{secret.owner.clone()}</bdi></td>
            <td data-label="Period">{period}</td>
            <td data-label="Last rotated"><Ago at=secret.rotation.rotated now /></td>
            <td data-label="Due">{due(secret, now)}</td>
        </tr>
    }
}

fn due(secret: &RotationRow, now: Timestamp) -> AnyView {
    let Some((at, words)) = secret.rotation.due().zip(secret.rotation.in_words(now)) else {
        return view! { "—" }.into_any();
    };
    let words = match secret.rotation.state(now) {
        RotationState::Overdue => view! { <span class="badge waiting">{words}</span> }.into_any(),
        _ => words.into_any(),
    };
    view! { {words} " " <small>{day(at)}</small> }.into_any()
}

fn nothing(page: &RotationList, listing: &RotationListing) -> impl IntoView + use<> {
    let (title, sentence) = match page.filter.state {
        _ if listing.total > 0 => ("There is no such page", "The list is shorter than that."),
        Some(RotationState::Overdue) => {
            ("Nothing is overdue", "Every secret that you can see here was rotated in time.")
        }
        Some(RotationState::Due) => ("Nothing is due", "No due date comes within a week."),
        Some(RotationState::Unset) => ("No secret without a period", "Every secret that you can see here has one."),
        Some(RotationState::Later) | None => (
            "No secret has a period",
            "Set one on a secret’s page, under “Edit”. Its owner is then told when it is due.",
        ),
    };
    view! {
        <Empty title>
            <p>{sentence}</p>
            <div class="actions">
                <a class="button" href=RotationList::default().href()>"Clear the filter"</a>
            </div>
        </Empty>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::store::Folder;
    use doorward::Environment;

    #[test]
    fn a_filter_of_rotations_stands_in_its_address() {
        let filter = RotationFilter {
            environment: Environment::parse("dev").ok(),
            folder: Folder::parse("team/service"),
            state: Some(RotationState::Overdue),
            own: true,
            page: 3,
        };
        let address = "/secrets/rotation?environment=dev&folder=team%2Fservice&state=overdue&whose=own&page=3";
        assert_eq!(RotationList { filter }.href(), address);
        assert_eq!(RotationList::default().href(), "/secrets/rotation");
    }
}
