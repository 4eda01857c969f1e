//! Several secrets at once: what a change would do to each, and then all of it or nothing.

mod address;
mod apply;
mod bar;
mod fields;
mod rows;

pub(super) use bar::{checkbox, form};

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::store::{Chosen, SelectedRow, Selection, What};
use crate::ui::{Empty, PageHeader, Panel};
use apply::Apply;
use bar::label;
use leptos::prelude::*;

/// The beginning of the names of checkboxes.
const CHECKED: &str = "id-";
/// The value of the address with the kind of change.
const WHAT: &str = "what";

/// The page. The ids and the change are in the address, so that it can be loaded again.
#[derive(Clone)]
pub struct SelectedSecrets {
    pub selection: Selection,
}

impl Default for SelectedSecrets {
    fn default() -> Self {
        Self { selection: Selection { ids: Vec::new(), change: Chosen::Nothing } }
    }
}

impl Address for SelectedSecrets {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { selection: address::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        address::parameters(&self.selection)
    }
}

impl Page for SelectedSecrets {
    type Opens = policy::PreviewSelected;
    /// What would become of each secret, and the address of the list to go back to.
    type Data = (Vec<SelectedRow>, String);
    type Within = Console;
    type Actions = (Apply,);

    fn opens(&self) -> policy::PreviewSelected {
        policy::PreviewSelected { selection: self.selection.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::PreviewSelected>) -> Result<Self::Data, PageError> {
        let (request, session) = (request()?, permit.principal().session);
        let rows = request.backend.preview_selected(permit).await?;
        Ok((rows, Secrets::last(&request, session).await))
    }

    fn title(&self, _: &Self::Data) -> String {
        "Selected secrets".to_owned()
    }

    fn view(&self, (rows, list): Self::Data, shown: &ViewContext) -> AnyView {
        if rows.is_empty() {
            return nothing(list).into_any();
        }
        view(self, &rows, list, shown).into_any()
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        let error = shown.turn.error("ids").or_else(|| shown.turn.error(WHAT));
        let view = view! {
            <PageHeader title="Selected secrets" intro=Some("Nothing was looked up, and nothing was changed.") />
            {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            {fields::panel(self, &shown.turn)}
        };
        Some(("Selected secrets", view.into_any()))
    }
}

fn nothing(list: String) -> impl IntoView {
    view! {
        <PageHeader title="Selected secrets" />
        <Empty title="No secret is selected">
            <p>"Select some in the list, then say what to do with them."</p>
            <div class="actions">
                <a class="button" href=list>"Back to the list"</a>
            </div>
        </Empty>
    }
}

fn view(page: &SelectedSecrets, rows: &[SelectedRow], list: String, shown: &ViewContext) -> impl IntoView + use<> {
    let title = page.selection.change.what().map_or("Selected secrets", label);
    let wrong = shown.turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> });
    let rows = rows::Judged::of(rows, &shown.turn);
    let fields = fields::panel(page, &shown.turn);
    let inside = view! {
        {rows.table()}
        {apply::form(page, &rows, &shown.turn)}
    };
    view! {
        <PageHeader title intro=Some("All of it is done, or nothing. Each secret is decided and recorded by itself.")>
            <a class="button" href=list>"Back to the list"</a>
        </PageHeader>
        {wrong}
        {choices(page)}
        <div class="panels">
            {fields}
            <Panel id="selected" title=rows.title()>{inside}</Panel>
        </div>
    }
}

/// Links to each kind of change, if none is chosen.
fn choices(page: &SelectedSecrets) -> Option<impl IntoView + use<>> {
    let link = |what: What| {
        let selection = Selection { ids: page.selection.ids.clone(), change: address::begun(what) };
        view! { <a class="button" href=SelectedSecrets { selection }.href()>{format!("{}…", label(what))}</a> }
    };
    let is_open = page.selection.change == Chosen::Nothing;
    is_open.then(|| view! { <div class="actions">{What::ALL.map(link).collect_view()}</div> })
}
