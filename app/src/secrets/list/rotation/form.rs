//! The form that narrows the list of rotations.

use crate::page::{Address, ViewContext};
use crate::secrets::filter::RotationFilter;
use crate::secrets::list::rotation::RotationList;
use crate::secrets::store::{RotationListing, RotationState};
use crate::ui::{Choice, Field, PageHeader, Select};
use doorward::Environment;
use leptos::prelude::*;

/// The wrong field alone, if the address cannot be read, so that what was typed stays in it.
pub(super) fn unreadable(filter: &RotationFilter, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = &shown.turn;
    let fields = [
        ("environment", "Environment"),
        ("folder", "Folder"),
        ("state", "State"),
        ("whose", "Whose"),
        ("page", "Page"),
    ];
    let wrong = fields.iter().find_map(|(name, label)| Some((*name, *label, turn.error(name)?)));
    let wrong = wrong.map(|(name, label, error)| {
        let value = turn.typed(name);
        view! { <Field name label value required=false autofocus=true error=Some(error) /> }
    });
    let all = RotationList { filter: RotationFilter { page: 1, ..filter.clone() } }.href();
    view! {
        <PageHeader title="Rotation" intro=Some("This list cannot be shown. Nothing was looked up.") />
        <form class="filter" role="search" method="get" action=RotationList::default().href()>
            {wrong}
            <button>"Apply"</button>
            <a class="button" href=all>"First page"</a>
        </form>
    }
}

pub(super) fn filter_form(filter: &RotationFilter, listing: &RotationListing) -> impl IntoView + use<> {
    let chosen = filter.environment.as_ref().map(Environment::to_string).unwrap_or_default();
    let all = std::iter::once(Choice::new("", "All"));
    let environments = all.chain(listing.environments.iter().map(|name| Choice::plain(name.as_str()))).collect();
    let states = RotationState::ALL.map(|state| Choice::new(state.as_str(), label(state)));
    let states = std::iter::once(Choice::new("", "With a period")).chain(states).collect();
    let state = filter.state.map(RotationState::as_str).unwrap_or_default();
    let whose = vec![Choice::new("", "All that I can see"), Choice::new("own", "Mine and shared with me")];
    let folder = filter.folder.as_ref().map(ToString::to_string).unwrap_or_default();
    view! {
        <form class="filter" role="search" method="get" action=RotationList::default().href()>
            <Select name="environment" label="Environment" choices=environments chosen />
            <Field
                name="folder"
                label="Folder"
                kind="search"
                value=folder
                maxlength=Some(128)
                required=false
            />
            <Select name="state" label="State" choices=states chosen=state />
            <Select name="whose" label="Whose" choices=whose chosen=if filter.own { "own" } else { "" } />
            <button>"Apply"</button>
        </form>
    }
}

const fn label(state: RotationState) -> &'static str {
    match state {
        RotationState::Overdue => "Overdue",
        RotationState::Due => "Due soon",
        RotationState::Later => "Not due yet",
        RotationState::Unset => "Without a period",
    }
}
