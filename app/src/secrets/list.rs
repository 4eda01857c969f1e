//! The list of secrets: exactly those that the user may know of.

use crate::backend::Permit;
use crate::console::receipt::Receipt;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::export::{SecretsCsv, SecretsNdJson};
use crate::secrets::filter::{Filter, Sort};
use crate::secrets::policy;
use crate::secrets::secret::Secret;
use crate::secrets::store::{Access, Listing, PAGE_ROWS, SecretRow};
use crate::ui::time::Ago;
use doorward::{Environment, Timestamp};
use leptos::prelude::*;

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
        Ok(request()?.backend.list(permit).await?)
    }

    fn title(&self, _: &Listing) -> String {
        "Secrets".to_owned()
    }

    fn view(&self, listing: Listing, shown: &ViewContext) -> AnyView {
        view(self, &listing, shown).into_any()
    }
}

fn view(page: &Secrets, listing: &Listing, shown: &ViewContext) -> impl IntoView + use<> {
    let filter = &page.filter;
    let nothing = listing.rows.is_empty() && !filter.is_narrowed() && filter.page == 1;
    view! {
        <header class="page">
            <h1>"Secrets"</h1>
            {listing.may_export.then(|| downloads(filter))}
        </header>
        {(!nothing).then(|| filter_form(filter, &listing.environments))}
        {match (nothing, listing.rows.is_empty()) {
            (true, _) => nothing_yet().into_any(),
            (false, true) => nothing_matches(filter).into_any(),
            (false, false) => table(page, listing, shown).into_any(),
        }}
    }
}

fn filter_form(filter: &Filter, environments: &[Environment]) -> impl IntoView + use<> {
    let chosen = filter.environment.clone();
    let options = environments
        .iter()
        .map(|environment| {
            let selected = chosen.as_ref() == Some(environment);
            view! { <option selected=selected>{environment.to_string()}</option> }
        })
        .collect_view();
    let updated = filter.sort == Sort::Updated;
    view! {
        <form class="filter" role="search" method="get" action=Secrets::default().href()>
            <div class="field">
                <label for="name">"Filter by name"</label>
                <input id="name" name="name" type="search" value=filter.name.clone() maxlength="128" autocomplete="off" spellcheck="false" />
            </div>
            <div class="field">
                <label for="environment">"Environment"</label>
                <select id="environment" name="environment">
                    <option value="">"All"</option>
                    {options}
                </select>
            </div>
            <div class="field">
                <label for="sort">"Sort"</label>
                <select id="sort" name="sort">
                    <option value="name">"Name"</option>
                    <option value="updated" selected=updated>"Last updated"</option>
                </select>
            </div>
            <button>"Apply"</button>
        </form>
    }
}

fn downloads(filter: &Filter) -> impl IntoView + use<> {
    // The download contains all rows that match the filter, not just this page.
    let filter = Filter { page: 1, sort: Sort::Name, ..filter.clone() };
    view! {
        <div class="actions">
            <a class="button" href=SecretsCsv { filter: filter.clone() }.href() download>"Download CSV"</a>
            <a class="button" href=SecretsNdJson { filter }.href() download>"NDJSON"</a>
        </div>
    }
}

fn table(page: &Secrets, listing: &Listing, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = listing.rows.iter().map(|secret| row(secret, shown.now)).collect_view();
    view! {
        <table>
            <caption class="unseen">"Secrets you can see"</caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Environment"</th>
                    <th scope="col">"Owner"</th>
                    <th scope="col" class="number">"Version"</th>
                    <th scope="col">"Updated"</th>
                    <th scope="col">"Access"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {pages(page, listing)}
        <Receipt grounds=shown.grounds record=shown.record />
    }
}

fn row(secret: &SecretRow, now: Timestamp) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row">
                <a href=Secret { id: secret.id }.href()>
                    <code>{secret.name.clone()}</code>
                </a>
            </th>
            <td data-label="Environment">{secret.environment.to_string()}</td>
            <td data-label="Owner">{secret.owner.clone()}</td>
            <td class="number" data-label="Version">{secret.version}</td>
            <td data-label="Updated"><Ago at=secret.updated now /></td>
            <td data-label="Access">{access_in_words(secret.access)}</td>
        </tr>
    }
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
    let page = shown.filter.page;
    let first = i64::from(page - 1) * i64::from(PAGE_ROWS) + 1;
    let last = first - 1 + i64::try_from(listing.rows.len()).unwrap_or_default();
    let before = (page > 1).then(|| shown.turned_to(page - 1).href());
    let after = (last < listing.total).then(|| shown.turned_to(page + 1).href());
    view! {
        <nav class="pages" aria-label="Pages of secrets">
            <p>{format!("{first}–{last} of {}", listing.total)}</p>
            <div class="actions">{turn_to("Previous", "prev", before)} " " {turn_to("Next", "next", after)}</div>
        </nav>
    }
}

fn turn_to(label: &'static str, rel: &'static str, address: Option<String>) -> impl IntoView + use<> {
    match address {
        Some(address) => view! { <a class="button" rel=rel href=address data-prefetch>{label}</a> }.into_any(),
        None => view! { <a class="button" role="link" aria-disabled="true">{label}</a> }.into_any(),
    }
}

fn nothing_matches(filter: &Filter) -> impl IntoView + use<> {
    let title = if filter.name.is_empty() {
        "No secret here".to_owned()
    } else {
        format!("No secret matches “{}”", filter.name)
    };
    view! {
        <section class="empty" role="status">
            <h2>{title}</h2>
            <p>"Only names of secrets you can see are searched."</p>
            <div class="actions">
                <a class="button" href=Secrets::default().href()>"Clear the filter"</a>
            </div>
        </section>
    }
}

fn nothing_yet() -> impl IntoView {
    view! {
        <section class="empty">
            <h2>"You have no secrets yet"</h2>
            <p>"You see a secret when you own it, when it is granted to you, or when your role covers its environment."</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_stands_in_its_own_address() {
        let environment = Environment::parse("dev").ok();
        let filter = Filter { name: "a b&c".to_owned(), environment, sort: Sort::Updated, page: 3 };
        assert_eq!(Secrets { filter }.href(), "/secrets?name=a+b%26c&environment=dev&sort=updated&page=3");
        assert_eq!(Secrets::default().href(), "/secrets");
    }
}
