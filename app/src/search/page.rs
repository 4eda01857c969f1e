//! The page of a search, which the palette leads to and which does without JavaScript.

use crate::backend::Permit;
use crate::console::frame::rooms;
use crate::console::{Console, request};
use crate::identities::identity::Identity;
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::search::policy;
use crate::search::store::{LONGEST, Matches, SearchText, Wanted, words};
use crate::search::{Found, FoundKind};
use crate::secrets::filter::Filter;
use crate::secrets::list::Secrets;
use crate::secrets::secret::Secret;
use crate::secrets::store::Folder;
use crate::ui::{Column, Empty, Field, PageHeader, Table, kind_in_words};
use doorward::Principal;
use leptos::prelude::*;

/// The most folders among the results.
const MOST_FOLDERS: usize = 4;

/// The page. What is searched for is in the address.
#[derive(Clone, Default)]
pub struct SearchPage {
    pub text: SearchText,
}

impl Address for SearchPage {
    fn at(asked: &mut Requested<'_>) -> Self {
        let read = |text: &str| {
            let fits = text.chars().count() <= LONGEST;
            fits.then(|| SearchText::read(text))
                .ok_or_else(|| PageError::invalid("q", "A search has at most 128 characters."))
        };
        Self { text: asked.query("q", SearchText::default(), read) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("q", self.text.as_typed().to_owned())]
    }
}

impl Page for SearchPage {
    type Opens = policy::Search;
    type Data = Results;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::Search {
        policy::Search::of(&self.text)
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::Search>) -> Result<Results, PageError> {
        results(permit, &self.text, Wanted::Page).await
    }

    fn title(&self, _: &Results) -> String {
        "Search".to_owned()
    }

    fn view(&self, results: Results, _: &ViewContext) -> AnyView {
        view(self, &results).into_any()
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        let error = shown.turn.error("q");
        Some(("Search", form(&shown.turn.typed("q"), error).into_any()))
    }
}

/// What is shown for a search.
pub struct Results {
    pub found: Vec<Found>,
    has_more: bool,
    searched_identities: bool,
    unsearched: i64,
}

impl Results {
    /// Returns what the palette shows. Its last entry says what was not searched, and leads to the page that explains it.
    pub(super) fn suggestions(self, text: &SearchText) -> Vec<Found> {
        let left_out = unsearched_in_words(self.unsearched).map(|detail| Found {
            kind: FoundKind::Page,
            title: "There may be more".to_owned(),
            detail,
            href: SearchPage { text: text.clone() }.href(),
        });
        self.found.into_iter().chain(left_out).collect()
    }
}

/// Says how many changes were not searched, if any.
fn unsearched_in_words(changes: i64) -> Option<String> {
    match changes {
        ..=0 => None,
        1 => Some("1 of the latest changes is not searched yet".to_owned()),
        more => Some(format!("{more} of the latest changes are not searched yet")),
    }
}

/// Searches, and puts what was found into the order in which it is shown.
pub(super) async fn results(
    permit: Permit<policy::Search>,
    text: &SearchText,
    wanted: Wanted,
) -> Result<Results, PageError> {
    let who = permit.principal().clone();
    let matches = request()?.backend.search(permit, text, wanted).await?;
    let typed = text.words();
    let mut found = pages(&who, &typed);
    found.extend(folders(&matches, &typed));
    found.extend(matches.secrets.iter().map(|secret| Found {
        kind: FoundKind::Secret,
        title: secret.name.clone(),
        detail: format!(
            "{}{} · {}",
            secret.environment,
            if secret.protected { " ▲ Protected" } else { "" },
            secret.owner
        ),
        href: Secret { id: secret.id }.href(),
    }));
    found.extend(matches.identities.iter().map(|identity| Found {
        kind: FoundKind::Person,
        title: identity.display_name.clone(),
        detail: format!("{} · {}", identity.name, kind_in_words(identity.kind)),
        href: Identity { id: identity.id }.href(),
    }));
    let has_more = matches.has_more_secrets || matches.has_more_identities;
    let Matches { searched_identities, unsearched, .. } = matches;
    Ok(Results { found, has_more, searched_identities, unsearched })
}

/// Returns whether each word that was typed begins a word of `title`.
fn fits(title: &str, typed: &[String]) -> bool {
    let words = words(title);
    typed.iter().all(|typed| words.iter().any(|word| word.starts_with(typed.as_str())))
}

/// The pages that `who` may open; all of them if nothing was typed.
fn pages(who: &Principal, typed: &[String]) -> Vec<Found> {
    let rooms = rooms(who).into_iter().filter(|room| fits(room.title, typed));
    let page =
        |title: &str, href| Found { kind: FoundKind::Page, title: title.to_owned(), detail: String::new(), href };
    rooms.map(|room| page(room.title, room.address)).collect()
}

/// The folders of the secrets that were found, if what was typed is in the folder's own name.
fn folders(matches: &Matches, typed: &[String]) -> Vec<Found> {
    let mut found: Vec<Folder> = Vec::new();
    for secret in &matches.secrets {
        let Some((around, _)) = secret.name.rsplit_once('/') else { continue };
        let Some(folder) = Folder::parse(around) else { continue };
        let last = around.rsplit('/').next().unwrap_or_default();
        let is_named = fits(around, typed) && typed.iter().any(|typed| fits(last, std::slice::from_ref(typed)));
        if is_named && !found.contains(&folder) && found.len() < MOST_FOLDERS {
            found.push(folder);
        }
    }
    let link = |folder: Folder| Found {
        kind: FoundKind::Folder,
        title: folder.to_string(),
        detail: String::new(),
        href: Secrets { filter: Filter { folder: Some(folder), ..Filter::default() } }.href(),
    };
    found.into_iter().map(link).collect()
}

fn form(typed: &str, error: Option<String>) -> impl IntoView + use<> {
    let value = typed.to_owned();
    view! {
        <PageHeader title="Search" />
        <form class="filter" role="search" method="get" action=SearchPage::default().href()>
            <Field
                name="q"
                label="Pages, folders, secrets, people"
                kind="search"
                value
                maxlength=Some(128)
                required=false
                autofocus=true
                error
            />
            <button>"Search"</button>
        </form>
    }
}

const COLUMNS: &[Column] = &[Column::Text("Name"), Column::Text("Kind"), Column::Text("About")];

fn view(page: &SearchPage, results: &Results) -> impl IntoView + use<> {
    let rows = results.found.iter().map(row).collect_view();
    let people = if results.searched_identities { ", and names of people" } else { "" };
    let searched = format!(
        "Names, folders, tags, descriptions and owners of secrets that you can see are searched{people}. \
         A word matches if it begins with what you typed. Archived secrets are left out."
    );
    let more = results.has_more.then(|| view! { <p>"There are more results. Add a word to narrow them."</p> });
    let unsearched = unsearched_in_words(results.unsearched).map(|said| {
        view! { <p class="notice" role="status">{said} ", as after a large import. Search again in a minute to find them."</p> }
    });
    view! {
        {form(page.text.as_typed(), None)}
        {unsearched}
        {if results.found.is_empty() {
            nothing(page, searched, results.unsearched > 0).into_any()
        } else {
            view! {
                <Table caption="Results" columns=COLUMNS>{rows}</Table>
                {more}
                <p class="below"><small>{searched}</small></p>
            }
                .into_any()
        }}
    }
}

fn row(found: &Found) -> impl IntoView + use<> {
    let Found { kind, title, detail, href } = found.clone();
    view! {
        <tr>
            <th scope="row"><a href=href><bdi>{title}</bdi></a></th>
            <td data-label="Kind">{kind.in_words()}</td>
            <td data-label="About">{(!detail.is_empty()).then(|| view! { <bdi>{detail}</bdi> })}</td>
        </tr>
    }
}

fn nothing(page: &SearchPage, searched: String, yet: bool) -> impl IntoView + use<> {
    let title = format!("Nothing matches “{}”{}", page.text.as_typed(), if yet { " yet" } else { "" });
    let by_name = Filter { name: page.text.as_typed().to_owned(), ..Filter::default() };
    view! {
        <Empty title>
            <p>{searched}</p>
            <div class="actions">
                <a class="button" href=Secrets { filter: by_name }.href()>"Search inside names of secrets"</a>
            </div>
        </Empty>
    }
}
