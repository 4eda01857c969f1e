//! The list of people, service accounts and agents.

use crate::access::machines::machine::Machine;
use crate::access::policy::machines;
use crate::backend::Permit;
use crate::console::{Console, request, sorted};
use crate::identities::add::AddIdentity;
use crate::identities::identity::Identity;
use crate::identities::policy::{self, IdentityKey};
use crate::identities::state::{roles_in_words, state_badge};
use crate::identities::store::{IdentityListing, IdentityRow, PAGE_ROWS};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, Sort, ViewContext};
use crate::ui::time::Ago;
use crate::ui::{Column, Empty, Field, PageHeader, PageOf, Sorted, Table, kind_in_words, sort_field};
use doorward::{Kind, Timestamp};
use leptos::prelude::*;

#[derive(Clone)]
pub struct Identities {
    /// The search text.
    pub matching: String,
    pub sort: Sort<IdentityKey>,
    /// The page number, starting at 1.
    pub page: u32,
}

impl Default for Identities {
    fn default() -> Self {
        Self { matching: String::new(), sort: Sort::default(), page: 1 }
    }
}

impl Address for Identities {
    fn at(asked: &mut Requested<'_>) -> Self {
        let short = |text: &str| {
            let fits = text.chars().count() <= 64 && !text.chars().any(char::is_control);
            if fits { Ok(text.to_lowercase()) } else { Err(PageError::invalid("matching", "Search for less.")) }
        };
        let number = |text: &str| {
            let page = text.parse().ok().filter(|page| (1..=20_000).contains(page));
            page.ok_or_else(|| PageError::invalid("page", "There is no such page."))
        };
        Self {
            matching: asked.query("matching", String::new(), short),
            sort: Sort::read(asked),
            page: asked.query("page", 1, number),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let page = if self.page == 1 { String::new() } else { self.page.to_string() };
        vec![("matching", self.matching.clone()), self.sort.parameter(), ("page", page)]
    }
}

impl Page for Identities {
    type Opens = policy::ListIdentities;
    /// The list, and whether the user may open the pages of machines.
    type Data = (IdentityListing, bool);
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ListIdentities {
        policy::ListIdentities { matching: self.matching.clone(), sort: self.sort, page: self.page }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListIdentities>) -> Result<(IdentityListing, bool), PageError> {
        let opens_machines = permit.principal().holds(machines::LIST).everywhere().allows();
        Ok((request()?.backend.identities(permit).await?, opens_machines))
    }

    fn title(&self, _: &(IdentityListing, bool)) -> String {
        "People".to_owned()
    }

    fn view(&self, (listing, opens_machines): (IdentityListing, bool), shown: &ViewContext) -> AnyView {
        view(self, &listing, opens_machines, shown.now).into_any()
    }
}

const COLUMNS: &[Column] = &[
    Column::Sorted("Name", "name"),
    Column::Text("State"),
    Column::Text("Roles"),
    Column::Text("Second factor"),
    Column::Sorted("Last sign-in", "-signed-in"),
    Column::Number("Sessions"),
];

fn view(page: &Identities, listing: &IdentityListing, opens_machines: bool, now: Timestamp) -> impl IntoView + use<> {
    let rows = listing.rows.iter().map(|identity| row(identity, opens_machines, now)).collect_view();
    let nothing = listing.rows.is_empty();
    let add = listing.may_add.then(|| view! { <a class="button primary" href=AddIdentity.href()>"Add a person…"</a> });
    view! {
        <PageHeader title="People" intro=Some("Everybody who has an account, with what they may do.")>{add}</PageHeader>
        <form class="filter" role="search" method="get" action=Identities::default().href()>
            <Field
                name="matching"
                label="Name or sign-in name"
                kind="search"
                value=page.matching.clone()
                maxlength=Some(64)
                required=false
            />
            {sort_field(page.sort.parameter())}
            <button>"Search"</button>
        </form>
        <section class="panel wide" aria-label="People">
            <Table caption="People, service accounts and agents" columns=COLUMNS class="two-lines" sorted=heads(page)>{rows}</Table>
            {nothing.then(|| nothing_matches(page))}
            {pages(page, listing)}
        </section>
    }
}

/// The same list in another order, from its first page on.
fn heads(page: &Identities) -> Sorted {
    let page = page.clone();
    sorted(page.sort, move |sort| Identities { sort, page: 1, ..page.clone() })
}

fn row(identity: &IdentityRow, opens_machines: bool, now: Timestamp) -> impl IntoView + use<> {
    let here = Identity { id: identity.id }.href();
    let machine = Machine { id: identity.id }.href();
    let kind = match identity.kind {
        Kind::Person => None,
        Kind::ServiceAccount if opens_machines => {
            Some(view! { <small>"Service account, " <a href=machine>"owner and credentials"</a></small> }.into_any())
        }
        other => Some(view! { <small>{kind_in_words(other)}</small> }.into_any()),
    };
    let second_factor = match (identity.kind.is_machine(), identity.second_factor) {
        (true, _) => "Not needed",
        (false, true) => "Yes",
        (false, false) => "No",
    };
    let signed_in = match identity.signed_in {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=here><bdi>{identity.display_name.clone()}</bdi></a>
                <small><code>{identity.name.clone()}</code></small>
                {kind}
            </th>
            <td data-label="State">{state_badge(identity.kind, identity.state, now)}</td>
            <td data-label="Roles">{roles_in_words(&identity.roles)}</td>
            <td data-label="Second factor">{second_factor}</td>
            <td data-label="Last sign-in">{signed_in}</td>
            <td data-label="Sessions" class="number">{identity.sessions}</td>
        </tr>
    }
}

fn nothing_matches(page: &Identities) -> impl IntoView + use<> {
    let title = match page.matching.as_str() {
        "" => "Nobody on this page".to_owned(),
        matching => format!("Nobody matches “{matching}”"),
    };
    view! {
        <Empty title>
            <p>"The search looks at display names and sign-in names."</p>
            <div class="actions">
                <a class="button" href=Identities::default().href()>"Show everybody"</a>
            </div>
        </Empty>
    }
}

fn pages(shown: &Identities, listing: &IdentityListing) -> impl IntoView + use<> {
    let of = PageOf { page: shown.page, page_rows: PAGE_ROWS, rows: listing.rows.len(), total: listing.total };
    of.pager("Pages of people", &|page| Identities { page, ..shown.clone() }.href())
}
