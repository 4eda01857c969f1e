//! The form that says what a change is to be. It only asks for the page again.

use super::address::{FOLDER, LASTING, TAGS, TO, WITH, joined, values};
use super::bar::label;
use super::{SelectedSecrets, WHAT};
use crate::page::{Address, FormResult};
use crate::secrets::access::LASTS;
use crate::secrets::store::What;
use crate::ui::{Choice, Field, Panel, Select};
use leptos::prelude::*;

/// Renders the form. `None` for a change that needs nothing more.
pub(super) fn panel(page: &SelectedSecrets, turn: &FormResult) -> Option<AnyView> {
    let what = page.selection.change.what()?;
    let values = values(&page.selection.change);
    // What cannot be read is in the query alone.
    let typed = |field: &'static str| {
        let known = values.iter().find(|(name, _)| *name == field).map(|(_, value)| value.clone());
        known.unwrap_or_else(|| if turn.action.is_none() { turn.typed(field) } else { String::new() })
    };
    let fields = match what {
        What::Archive | What::BringBack => return None,
        What::AddTags | What::RemoveTags => tags(typed(TAGS), turn).into_any(),
        What::Move => folder(typed(FOLDER), turn).into_any(),
        What::Give => person(TO, "Sign-in name of the new owner", typed(TO), turn).into_any(),
        What::Share => {
            let lasts = if typed(WITH).is_empty() { LASTS[1].0.to_owned() } else { typed(LASTING) };
            share(typed(WITH), lasts, turn).into_any()
        }
    };
    let inside = view! {
        <form method="get" action=SelectedSecrets::default().href()>
            <input type="hidden" name=WHAT value=what.as_str() />
            <input type="hidden" name="ids" value=joined(&page.selection.ids) />
            {fields}
            <div class="actions">
                <button>"Preview"</button>
            </div>
        </form>
    };
    Some(view! { <Panel id="change" title=label(what)>{inside}</Panel> }.into_any())
}

fn tags(value: String, turn: &FormResult) -> impl IntoView + use<> {
    view! {
        <Field
            name=TAGS
            label="Tags"
            value
            maxlength=Some(900)
            hint=Some("With commas or blanks between them: letters, digits and - _ . : /.")
            error=turn.error(TAGS)
        />
    }
}

fn folder(value: String, turn: &FormResult) -> impl IntoView + use<> {
    view! {
        <Field
            name=FOLDER
            label="Folder"
            value
            maxlength=Some(128)
            hint=Some("For example team/service, or / for no folder. The last part of each name stays. Programs that use the old names must be changed.")
            error=turn.error(FOLDER)
        />
    }
}

fn person(name: &'static str, label: &'static str, value: String, turn: &FormResult) -> impl IntoView + use<> {
    view! { <Field name label value maxlength=Some(64) error=turn.error(name) /> }
}

fn share(with: String, lasts: String, turn: &FormResult) -> impl IntoView + use<> {
    let spans = LASTS.map(|(value, label, _)| Choice::new(value, label)).to_vec();
    view! {
        {person(WITH, "Sign-in name", with, turn)}
        <Select name=LASTING label="Access lasts" choices=spans chosen=lasts error=turn.error(LASTING) />
    }
}
