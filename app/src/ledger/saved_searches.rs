//! Searches that somebody keeps under a name: the forms, and the list.

use crate::backend::Permit;
use crate::console::request;
use crate::ledger::list::Ledger;
use crate::ledger::policy;
use crate::ledger::store::{KeepError, KeptSearch};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::Field;
use leptos::prelude::*;

/// The longest name, in characters.
const LONGEST_NAME: usize = 60;

/// Keeps the search of the page under a name.
pub struct Keep;

impl FormAction<Ledger> for Keep {
    const BUTTON: &'static str = "keep";
    const FIELDS: &'static [&'static str] = &["name"];
    type Asks = policy::KeepSearch;
    type Input = String;

    fn read(form: &Form) -> Result<String, PageError> {
        read_name(form.text("name"))
    }

    fn asks(page: &Ledger, name: &String) -> policy::KeepSearch {
        let query = Ledger::of(page.search.clone()).href();
        let query = query.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        policy::KeepSearch { name: name.clone(), query }
    }

    async fn run(page: &Ledger, permit: Permit<policy::KeepSearch>, _: String) -> Result<FormOutcome, PageError> {
        request()?.backend.keep_search(permit).await.map_err(|error| match error {
            KeepError::Full => PageError::invalid("name", "You keep 50 searches already; remove one first."),
            KeepError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Search saved.")))
    }
}

/// Keeps a search no longer.
pub struct Remove;

impl FormAction<Ledger> for Remove {
    const BUTTON: &'static str = "remove";
    const FIELDS: &'static [&'static str] = &["name"];
    type Asks = policy::DropSearch;
    type Input = String;

    fn read(form: &Form) -> Result<String, PageError> {
        read_name(form.text("name"))
    }

    fn asks(_: &Ledger, name: &String) -> policy::DropSearch {
        policy::DropSearch { name: name.clone() }
    }

    async fn run(page: &Ledger, permit: Permit<policy::DropSearch>, _: String) -> Result<FormOutcome, PageError> {
        request()?.backend.drop_search(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Search removed.")))
    }
}

fn read_name(text: &str) -> Result<String, PageError> {
    let name = text.trim();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    let wrong = || PageError::invalid("name", "Give it a name of at most 60 characters.");
    fits.then(|| name.to_owned()).ok_or_else(wrong)
}

pub(super) fn list(page: &Ledger, kept: &[KeptSearch]) -> impl IntoView + use<> {
    let own = page.href();
    let address = |search: &KeptSearch| format!("{}?{}", Ledger::default().href(), search.query);
    let items = kept.iter().map(|search| {
        let (name, address) = (search.name.clone(), address(search));
        let current = (address == own).then_some("page");
        view! {
            <li>
                <a class="button" href=address aria-current=current>{name.clone()}</a>
                <form method="post" action=own.clone() data-enhance>
                    <input type="hidden" name="name" value=name.clone() />
                    <button name="action" value=Remove::BUTTON aria-label=format!("Remove the saved search “{name}”")>"×"</button>
                </form>
            </li>
        }
    });
    // Also where it is empty: the place into which an answer is put.
    view! { <ul class="kept" id="kept" data-part aria-label="Saved searches">{items.collect_view()}</ul> }
}

pub(super) fn form(page: &Ledger, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Keep::BUTTON);
    let error = turn.and_then(|turn| turn.error("name"));
    view! {
        <form class="filter" id="keep" data-part method="post" action=page.href()>
            <Field
                name="name"
                label="Save search as"
                autocomplete="off"
                value=turn.map(|turn| turn.typed("name")).unwrap_or_default()
                autofocus=error.is_some()
                error=error
                hint=None
            />
            <button name="action" value=Keep::BUTTON>"Save"</button>
        </form>
    }
}
