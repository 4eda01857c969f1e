//! A folder at a point in time: what has changed since, and a button that restores it.

mod restore;
mod table;

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::stated::WHY;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::filter::Filter;
use crate::secrets::list::Secrets;
use crate::secrets::policy::{FolderThen, ReadFolderThen};
use crate::secrets::store::{Folder, FolderPast};
use crate::ui::time::{exact, read_day_or_time, rfc3339_shortest};
use crate::ui::{Choice, Field, PageHeader, Panel, Select};
use doorward::{Environment, TimeSpan, Timestamp};
use leptos::prelude::*;
use restore::RestoreAll;

/// The page. Which folder and when is in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastFolder {
    pub environment: Option<Environment>,
    /// `None` for the whole environment.
    pub folder: Option<Folder>,
    pub at: Option<Timestamp>,
}

impl PastFolder {
    /// The form for the folder that a list shows.
    #[must_use]
    pub fn of(filter: &Filter) -> Self {
        Self { environment: filter.environment.clone(), folder: filter.folder.clone(), at: None }
    }

    fn then(&self) -> Option<FolderThen> {
        let (environment, at) = (self.environment.clone()?, self.at?);
        Some(FolderThen { environment, folder: self.folder.clone(), at })
    }
}

fn read_environment(text: &str) -> Result<Environment, PageError> {
    Environment::parse(text).map_err(|_| PageError::invalid("environment", "Choose an environment."))
}

fn read_folder(text: &str) -> Result<Folder, PageError> {
    Folder::parse(text).ok_or_else(|| PageError::invalid("folder", "Enter a folder, such as team/service."))
}

fn read_at(text: &str) -> Result<Timestamp, PageError> {
    let sentence = "Enter a day or a time, for example 2026-11-24 or 2026-11-24T09:30.";
    read_day_or_time(text).ok_or_else(|| PageError::invalid("at", sentence))
}

impl Address for PastFolder {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self {
            environment: asked.query("environment", None, |text| read_environment(text).map(Some)),
            folder: asked.query("folder", None, |text| read_folder(text).map(Some)),
            at: asked.query("at", None, |text| read_at(text).map(Some)),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("environment", self.environment.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("folder", self.folder.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("at", self.at.map(rfc3339_shortest).unwrap_or_default()),
        ]
    }
}

impl Page for PastFolder {
    type Opens = ReadFolderThen;
    type Data = FolderPast;
    type Within = Console;
    type Actions = (RestoreAll,);

    fn opens(&self) -> ReadFolderThen {
        ReadFolderThen { then: self.then() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<ReadFolderThen>) -> Result<FolderPast, PageError> {
        Ok(request()?.backend.folder_then(permit).await?)
    }

    fn title(&self, _: &FolderPast) -> String {
        TITLE.to_owned()
    }

    fn view(&self, past: FolderPast, shown: &ViewContext) -> AnyView {
        view(self, &past, shown).into_any()
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        Some((TITLE, unreadable(self, shown).into_any()))
    }
}

const TITLE: &str = "Point in time";
const INTRO: &str = "What the secrets of a folder were at a time, and what has changed since. No value is shown.";

fn view(page: &PastFolder, past: &FolderPast, shown: &ViewContext) -> impl IntoView + use<> {
    let list = Secrets {
        filter: Filter { environment: page.environment.clone(), folder: page.folder.clone(), ..Filter::default() },
    };
    let wrong = shown.turn.of(restore::BUTTON);
    let wrong =
        wrong.and_then(|turn| ["", "environment", "folder", "at", WHY].into_iter().find_map(|name| turn.error(name)));
    let wrong = wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> });
    let preview = page.then().map(|then| table::panel(page, &then, past, shown));
    let form = form(page, &past.environments, shown.now);
    view! {
        <PageHeader title=TITLE intro=Some(INTRO)>
            <a class="button" href=list.href()>"Secrets"</a>
        </PageHeader>
        {wrong}
        <div class="panels">
            <Panel id="when" title="Folder and time">{form}</Panel>
            {preview}
        </div>
    }
}

/// Times that people ask for, as links.
const AGO: &[(&str, TimeSpan)] = &[
    ("An hour ago", TimeSpan::hours(1)),
    ("A day ago", TimeSpan::hours(24)),
    ("A week ago", TimeSpan::hours(24 * 7)),
    ("30 days ago", TimeSpan::hours(24 * 30)),
];

fn form(page: &PastFolder, environments: &[Environment], now: Timestamp) -> impl IntoView + use<> {
    let choices: Vec<_> = environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let chosen = page.environment.as_ref().map(ToString::to_string).unwrap_or_default();
    let folder = page.folder.as_ref().map(ToString::to_string).unwrap_or_default();
    let at = page.at.map(rfc3339_shortest).unwrap_or_default();
    let links = page.environment.is_some().then(|| {
        let link = |(name, ago): &(&'static str, TimeSpan)| {
            let at = Some(Timestamp(now.0.saturating_sub(ago.0)));
            let address = PastFolder { at, ..page.clone() }.href();
            view! { <li><a href=address>{*name}</a></li> }
        };
        let links = AGO.iter().map(link).collect_view();
        view! { <nav aria-label="Times"><ul class="inline">{links}</ul></nav> }
    });
    view! {
        <form class="filter" method="get" action=PastFolder::default().href()>
            <Select name="environment" label="Environment" choices chosen />
            <Field
                name="folder"
                label="Folder"
                value=folder
                maxlength=Some(128)
                required=false
                hint=Some("For example team/service. Empty for the whole environment.")
            />
            <Field
                name="at"
                label="At (UTC)"
                value=at
                maxlength=Some(40)
                hint=Some("A day or a time, for example 2026-11-24 or 2026-11-24T09:30.")
            />
            <button>"Show"</button>
        </form>
        {links}
    }
}

/// The wrong field alone, if the address cannot be read, so that what was typed stays in it.
fn unreadable(page: &PastFolder, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = &shown.turn;
    let fields = [("environment", "Environment"), ("folder", "Folder"), ("at", "At (UTC)")];
    let wrong = fields.iter().find_map(|(name, label)| Some((*name, *label, turn.error(name)?)));
    let is_wrong = |name: &str| wrong.as_ref().is_some_and(|(wrong, ..)| *wrong == name);
    let kept = page.parameters().into_iter().filter(|(name, value)| !is_wrong(name) && !value.is_empty());
    let kept = kept.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view();
    let wrong = wrong.clone().map(|(name, label, error)| {
        let value = turn.typed(name);
        view! { <Field name label value required=false autofocus=true error=Some(error) /> }
    });
    view! {
        <PageHeader title=TITLE intro=Some("Nothing was looked up.") />
        <form class="filter" method="get" action=PastFolder::default().href()>
            {wrong}
            {kept}
            <button>"Show"</button>
        </form>
    }
}

/// Names a folder for a sentence.
fn in_words(then: &FolderThen) -> String {
    let at = exact(then.at);
    match &then.folder {
        Some(folder) => format!("{folder} ({}) at {at}", then.environment),
        None => format!("{} at {at}", then.environment),
    }
}
