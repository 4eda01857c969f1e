//! The list of secrets: exactly those that the person may know of.

use crate::door;
use crate::model::Failure;
use crate::page::{self, Loaded};
use crate::routes;
use crate::store::{Access, Listing, SecretRow};
use crate::ui::time::Ago;
use crate::ui::{Frame, Receipt};
use doorward::{Environment, Moment, Principal};
use leptos::prelude::*;
use leptos_meta::Title;

/// What may be asked.
pub mod can {
    use super::Filter;
    use doorward::Principal;
    use doorward::action::{Action, Read, Resource};
    use doorward::policy::Decision;

    /// To list the secrets that one may know of. Each row is decided besides, as if it were opened.
    pub struct ListSecrets {
        /// Which of them.
        pub filter: Filter,
    }

    impl Action for ListSecrets {
        const NAME: &'static str = "secret.list";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            let Filter { name, environment, sort, page } = &self.filter;
            let environment = environment.as_ref().map_or("", |environment| environment.as_str());
            Resource::none()
                .with("environment", environment)
                .with("name", name)
                .with("page", page.to_string())
                .with("sort", sort.as_str())
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.holds(Self::NAME).somewhere()
        }
    }
}

/// Whether the navigation leads here for this person.
#[must_use]
pub fn may_open(who: &Principal) -> bool {
    use doorward::action::Action;
    can::ListSecrets { filter: Filter::default() }.decide(who, &()).allows()
}

/// Rows on one page.
pub const PAGE_ROWS: u32 = 50;
const LAST_PAGE: u32 = 100_000;
const LONGEST_NAME: usize = 128;

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// The latest change first.
    Updated,
}

impl Sort {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Updated => "updated",
        }
    }
}

/// Which secrets are listed; the whole of it stands in the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// A part of the name; empty for all.
    pub name: String,
    /// One environment, or all.
    pub environment: Option<Environment>,
    /// The order.
    pub sort: Sort,
    /// The page, from 1.
    pub page: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self { name: String::new(), environment: None, sort: Sort::Name, page: 1 }
    }
}

impl Filter {
    fn parse<'a>(get: impl Fn(&str) -> &'a str) -> Result<Self, Failure> {
        let given = |key| Some(get(key)).filter(|text| !text.is_empty());
        let name = get("name").to_owned();
        if name.len() > LONGEST_NAME || name.contains('\0') {
            return Err(Failure::invalid("name", "A name has at most 128 characters."));
        }
        let environment = given("environment").map(Environment::parse).transpose();
        let sort = match given("sort") {
            None | Some("name") => Sort::Name,
            Some("updated") => Sort::Updated,
            Some(_) => return Err(Failure::invalid("sort", "There is no such order.")),
        };
        let page = match given("page") {
            None => Some(1),
            Some(text) if !text.bytes().all(|byte| byte.is_ascii_digit()) => None,
            Some(text) => text.parse().ok().filter(|page| (1..=LAST_PAGE).contains(page)),
        };
        Ok(Self {
            name,
            environment: environment.map_err(|error| Failure::invalid("environment", error.to_string()))?,
            sort,
            page: page.ok_or_else(|| Failure::invalid("page", "There is no such page."))?,
        })
    }

    /// The address of another page of the same list.
    fn address(&self, page: u32) -> String {
        let filter = crate::page::query(&[
            ("name", &self.name),
            ("environment", self.environment.as_ref().map_or("", |environment| environment.as_str())),
            ("sort", if self.sort == Sort::Name { "" } else { self.sort.as_str() }),
            ("page", &if page == 1 { String::new() } else { page.to_string() }),
        ]);
        format!("{}{filter}", routes::SECRETS)
    }

    const fn is_narrowed(&self) -> bool {
        !self.name.is_empty() || self.environment.is_some()
    }
}

async fn load(filter: Result<Filter, Failure>) -> Result<Loaded<(Filter, Listing)>, Failure> {
    let shown = filter.clone().unwrap_or_default();
    let permit = door::permit(can::ListSecrets { filter: shown.clone() }).await?;
    filter?;
    let frame = page::frame(&permit);
    let listing = door::visit()?.backend.list(permit).await?;
    Ok(Loaded::new(frame, (shown, listing)))
}

/// The page.
pub fn page() -> impl IntoView {
    let filter = door::visit().and_then(|visit| Filter::parse(|key| visit.query.text(key)));
    page::shown(load(filter), |(filter, listing), frame| view(&filter, &listing, frame).into_any())
}

fn view(filter: &Filter, listing: &Listing, frame: &Frame) -> impl IntoView + use<> {
    let nothing = listing.rows.is_empty() && !filter.is_narrowed() && filter.page == 1;
    view! {
        <Title text="Secrets · Doorward" />
        <header class="page">
            <h1>"Secrets"</h1>
        </header>
        {(!nothing).then(|| filter_form(filter, &listing.environments))}
        {match (nothing, listing.rows.is_empty()) {
            (true, _) => nothing_yet().into_any(),
            (false, true) => nothing_matches(filter).into_any(),
            (false, false) => table(filter, listing, frame).into_any(),
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
        <form class="filter" role="search" method="get" action=routes::SECRETS>
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

fn table(filter: &Filter, listing: &Listing, frame: &Frame) -> impl IntoView + use<> {
    let rows = listing.rows.iter().map(|secret| row(secret, frame.now)).collect_view();
    view! {
        <table>
            <caption class="unseen">"Secrets that you may know of"</caption>
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
        {pages(filter, listing)}
        <Receipt grounds=frame.grounds record=frame.record />
    }
}

fn row(secret: &SecretRow, now: Moment) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row">
                <a href=routes::secret(secret.id)>
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

/// Why a person sees a secret, in words.
pub(super) const fn access_in_words(access: Access) -> &'static str {
    match access {
        Access::Owner => "owner",
        Access::Granted => "granted",
        Access::Role => "by role",
    }
}

fn pages(filter: &Filter, listing: &Listing) -> impl IntoView + use<> {
    let first = i64::from(filter.page - 1) * i64::from(PAGE_ROWS) + 1;
    let last = first - 1 + i64::try_from(listing.rows.len()).unwrap_or_default();
    let before = (filter.page > 1).then(|| filter.address(filter.page - 1));
    let after = (last < listing.total).then(|| filter.address(filter.page + 1));
    view! {
        <nav class="pages" aria-label="Pages of secrets">
            <p>{format!("{first}–{last} of {}", listing.total)}</p>
            <div class="actions">{turn_to("Previous", "prev", before)} " " {turn_to("Next", "next", after)}</div>
        </nav>
    }
}

fn turn_to(label: &'static str, rel: &'static str, address: Option<String>) -> impl IntoView + use<> {
    match address {
        Some(address) => view! { <a class="button" rel=rel href=address>{label}</a> }.into_any(),
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
            <p>"Only names are searched, and only those of secrets that you may know of."</p>
            <div class="actions">
                <a class="button" href=routes::SECRETS>"Clear the filter"</a>
            </div>
        </section>
    }
}

fn nothing_yet() -> impl IntoView {
    view! {
        <section class="empty">
            <h2>"No secrets are yours to see yet"</h2>
            <p>"You see a secret when you own it, when it is granted to you, or when your role covers its environment."</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Filter, Failure> {
        Filter::parse(|key| pairs.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| value))
    }

    #[test]
    fn a_filter_survives_its_own_address() {
        let filter = parse(&[("name", "a b&c"), ("environment", "dev"), ("sort", "updated")]);
        let filter = filter.unwrap_or_default();
        assert_eq!(filter.address(3), "/secrets?name=a+b%26c&environment=dev&sort=updated&page=3");
        assert_eq!(Filter::default().address(1), "/secrets");
    }

    #[test]
    fn what_no_list_has_is_not_a_filter() {
        for bad in [
            ("page", "0"),
            ("page", "-1"),
            ("page", "+1"),
            ("page", "x"),
            ("sort", "owner"),
            ("environment", "Dev;drop"),
        ] {
            assert!(parse(&[bad]).is_err(), "{bad:?}");
        }
    }
}
