//! The list of secrets: exactly those that the user may know of.

mod empty;
mod folders;
mod form;
pub mod rotation;
pub mod selected;

use crate::backend::Permit;
use crate::console::{Console, RequestContext, request, sorted};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::add::AddSecret;
use crate::secrets::canary::list::Canaries;
use crate::secrets::filter::Filter;
use crate::secrets::import::ImportSecrets;
use crate::secrets::policy;
use crate::secrets::secret::Secret;
use crate::secrets::store::{Access, Listing, PAGE_ROWS, SecretRow, Tag, expiry_in_words};
use crate::secrets::versions::past::PastFolder;
use crate::sessions::store::Remembered;
use crate::ui::time::Ago;
use crate::ui::{Column, PageHeader, PageOf, Sorted, Table, environment_mark};
use doorward::{Environment, SessionId, Timestamp};
use leptos::prelude::*;
use rotation::RotationList;

/// The list. Its filter is in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Which secrets.
    pub filter: Filter,
}

impl Secrets {
    /// Returns the list of one environment.
    #[must_use]
    pub fn within(environment: Environment) -> Self {
        Self { filter: Filter { environment: Some(environment), ..Filter::default() } }
    }

    /// Returns the list of the secrets with a tag.
    #[must_use]
    pub fn tagged(tag: &str) -> Self {
        Self { filter: Filter { tag: Tag::parse(tag).ok(), ..Filter::default() } }
    }

    /// Returns the archived secrets.
    fn archived() -> Self {
        Self { filter: Filter { archived: true, ..Filter::default() } }
    }

    /// Remembers this list as the one to come back to from a secret. If that fails, the page is shown all the same.
    async fn remember(&self, request: &RequestContext, session: SessionId) {
        let _ = if *self == Self::default() {
            request.backend.take(session, Remembered::SecretList).await.map(|_| ())
        } else {
            request.backend.remember(session, Remembered::SecretList, &self.href()).await
        };
    }

    /// Returns the address of the list that the user saw last.
    pub(super) async fn last(request: &RequestContext, session: SessionId) -> String {
        let last = request.backend.recall(session, Remembered::SecretList).await.ok().flatten();
        last.unwrap_or_else(|| Self::default().href())
    }

    /// Returns another page of the same list.
    fn turned_to(&self, page: u32) -> Self {
        Self { filter: Filter { page, ..self.filter.clone() } }
    }
}

impl Address for Secrets {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { filter: Filter::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        self.filter.parameters()
    }
}

impl Page for Secrets {
    type Opens = policy::ListSecrets;
    type Data = Listing;
    type Within = Console;
    type Actions = ();
    const PREFETCH: bool = true;

    fn opens(&self) -> policy::ListSecrets {
        policy::ListSecrets { filter: self.filter.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListSecrets>) -> Result<Listing, PageError> {
        let (request, session) = (request()?, permit.principal().session);
        let listing = request.backend.list(permit).await?;
        if request.asked.entry.is_use() {
            self.remember(&request, session).await;
        }
        Ok(listing)
    }

    fn title(&self, _: &Listing) -> String {
        "Secrets".to_owned()
    }

    fn view(&self, listing: Listing, shown: &ViewContext) -> AnyView {
        view(self, &listing, shown).into_any()
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        Some(("Secrets", form::unreadable(&self.filter, shown).into_any()))
    }
}

fn view(page: &Secrets, listing: &Listing, shown: &ViewContext) -> impl IntoView + use<> {
    let filter = &page.filter;
    let nothing = listing.rows.is_empty() && !filter.is_narrowed() && filter.page == 1;
    let downloads = (listing.may_export || listing.may_export_values).then(|| form::downloads(filter, listing));
    let add = listing
        .may_add
        .then(|| view! { <a class="button primary" href=AddSecret::default().href()>"Add a secret…"</a> });
    let import = listing.may_add.then(|| view! { <a class="button" href=ImportSecrets {}.href()>"Import…"</a> });
    let rotation = view! { <a class="button quiet" href=RotationList::default().href()>"Rotation"</a> };
    let past = view! { <a class="button quiet" href=PastFolder::of(filter).href()>"Point in time…"</a> };
    let canaries =
        listing.may_see_canaries.then(|| view! { <a class="button quiet" href=Canaries {}.href()>"Canaries"</a> });
    view! {
        <PageHeader title=if filter.archived { "Archived secrets" } else { "Secrets" }>
            {rotation} {past} {canaries} {import} {add}
        </PageHeader>
        {folders::breadcrumb(page)}
        {(!nothing).then(|| form::filter_form(filter, listing))}
        {folders::inside(page, listing)}
        {match (nothing, listing.rows.is_empty()) {
            (true, _) => empty::nothing_yet().into_any(),
            (false, true) => empty::nothing_matches(page, listing).into_any(),
            (false, false) => table(page, listing, shown).into_any(),
        }}
        {downloads}
    }
}

/// Rows without a checkbox leave the first column out, and rows without tags the last one.
const COLUMNS: &[Column] = &[
    Column::Unseen("Select"),
    Column::Sorted("Name", "name"),
    Column::Text("Environment"),
    Column::Text("Owner"),
    Column::Number("Version"),
    Column::Sorted("Updated", "-updated"),
    Column::Text("Access"),
    Column::Text("Tags"),
];

fn columns(listing: &Listing) -> &'static [Column] {
    let first = usize::from(!listing.may_select);
    let behind = COLUMNS.len() - usize::from(listing.row_tags.is_empty());
    COLUMNS.get(first..behind).unwrap_or_default()
}

fn table(page: &Secrets, listing: &Listing, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = listing.rows.iter().map(|secret| row(secret, listing, shown.now)).collect_view();
    let sorted = heads(&page.filter);
    let table = view! { <Table caption="Secrets you can see" columns=columns(listing) sorted>{rows}</Table> };
    view! {
        {if listing.may_select { selected::form(page.filter.archived, table.into_any()) } else { table.into_any() }}
        {pages(page, listing)}
    }
}

/// The same list in another order, from its first page on.
fn heads(filter: &Filter) -> Sorted {
    let filter = filter.clone();
    sorted(filter.sort, move |sort| Secrets { filter: Filter { sort, page: 1, ..filter.clone() } })
}

fn row(secret: &SecretRow, listing: &Listing, now: Timestamp) -> impl IntoView + use<> {
    let has_tags = !listing.row_tags.is_empty();
    let expiry = secret.expires.map(|ends| view! { " " <small>{expiry_in_words(ends, now)}</small> });
    view! {
        <tr>
            {listing.may_select.then(|| selected::checkbox(secret))}
            <th scope="row">
                <a href=Secret { id: secret.id }.href()>
                    <code>{secret.name.clone()}</code>
                </a>
                {expiry}
            </th>
            <td data-label="Environment">{environment_mark(&secret.environment, secret.protected)}</td>
            <td data-label="Owner">{secret.owner.clone()}</td>
            <td class="number" data-label="Version">{secret.version}</td>
            <td data-label="Updated"><Ago at=secret.updated now /></td>
            <td data-label="Access">{access_in_words(secret.access)}</td>
            {has_tags.then(|| tags(secret, listing))}
        </tr>
    }
}

fn tags(secret: &SecretRow, listing: &Listing) -> impl IntoView + use<> {
    let tags = listing.row_tags.iter().filter(|(id, _)| *id == secret.id);
    let tags = tags.map(|(_, tag)| view! { <bdi>{tag.clone()}</bdi> " " }).collect::<Vec<_>>();
    let tags = (!tags.is_empty()).then(|| tags.collect_view());
    view! { <td data-label="Tags">{tags}</td> }
}

/// Returns the text for why a user sees a secret.
pub(super) const fn access_in_words(access: Access) -> &'static str {
    match access {
        Access::Owner => "owner",
        Access::Granted => "granted",
        Access::Role => "by role",
    }
}

fn pages(shown: &Secrets, listing: &Listing) -> impl IntoView + use<> {
    let of = PageOf { page: shown.filter.page, page_rows: PAGE_ROWS, rows: listing.rows.len(), total: listing.total };
    of.pager("Pages of secrets", &|page| shown.turned_to(page).href())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Sort;
    use crate::secrets::filter::{SecretKey, Uses};
    use crate::secrets::store::Folder;

    #[test]
    fn a_filter_stands_in_its_own_address() {
        let environment = Environment::parse("dev").ok();
        let filter = Filter {
            name: "a b&c".to_owned(),
            environment,
            folder: Folder::parse("team/service"),
            tag: Tag::parse("pci").ok(),
            owner: "vera lindqvist".to_owned(),
            uses: Some(Uses::Reveal),
            archived: true,
            sort: Sort { by: SecretKey::Updated, descending: true },
            page: 3,
        };
        let address = "/secrets?name=a+b%26c&environment=dev&folder=team%2Fservice&tag=pci&owner=vera+lindqvist&access=reveal\
             &state=archived&sort=-updated&page=3";
        assert_eq!(Secrets { filter }.href(), address);
        assert_eq!(Secrets::default().href(), "/secrets");
    }
}
