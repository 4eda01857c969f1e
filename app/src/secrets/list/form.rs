//! The form that narrows the list, and the links to its files.

use crate::page::{Address, Sort, ViewContext};
use crate::secrets::export::{SecretsCsv, SecretsNdJson};
use crate::secrets::filter::{ARCHIVED, Filter, IN_USE, Uses};
use crate::secrets::list::Secrets;
use crate::secrets::store::Listing;
use crate::secrets::values::ExportSecretValues;
use crate::ui::{Choice, Field, PageHeader, Select, sort_field};
use doorward::Environment;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The form alone, if the address cannot be read.
pub(super) fn unreadable(filter: &Filter, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = &shown.turn;
    let typed = [
        ("name", "Name"),
        ("environment", "Environment"),
        ("folder", "Folder"),
        ("tag", "Tag"),
        ("owner", "Owner"),
        ("access", "Your access"),
        ("state", "State"),
        ("sort", "Sort"),
        ("page", "Page"),
    ];
    let wrong = typed.iter().find_map(|(name, label)| Some((*name, *label, turn.error(name)?)));
    // The field is one for text, so that what was typed stays in it and can be corrected.
    let wrong = wrong.map(|(name, label, error)| {
        let value = turn.typed(name);
        view! { <Field name label value required=false autofocus=true error=Some(error) /> }
    });
    let others = typed.iter().filter(|(name, _)| turn.error(name).is_none() && !turn.typed(name).is_empty());
    let others =
        others.map(|(name, _)| view! { <input type="hidden" name=*name value=turn.typed(name) /> }).collect_view();
    let all = Secrets { filter: Filter { page: 1, ..filter.clone() } }.href();
    view! {
        <PageHeader title="Secrets" intro=Some("This list cannot be shown. Nothing was looked up.") />
        <form class="filter" role="search" method="get" action=Secrets::default().href()>
            {wrong}
            {others}
            <button>"Apply"</button>
            <a class="button" href=all>"First page"</a>
        </form>
    }
}

pub(super) fn filter_form(filter: &Filter, listing: &Listing) -> impl IntoView + use<> {
    let chosen = filter.environment.as_ref().map(Environment::to_string).unwrap_or_default();
    let all = std::iter::once(Choice::new("", "All"));
    let environments =
        all.chain(listing.environments.iter().map(|environment| Choice::plain(environment.as_str()))).collect();
    let owners: BTreeSet<_> = listing.rows.iter().map(|row| row.owner.clone()).collect();
    let owners = owners.into_iter().map(Choice::plain).collect();
    let any = std::iter::once(Choice::new("", "Any"));
    let uses = any.chain(Uses::ALL.map(|(value, label, _)| Choice::new(value, label))).collect();
    let states = vec![Choice::new(IN_USE, "In use"), Choice::new(ARCHIVED, "Archived")];
    let state = if filter.archived { ARCHIVED } else { IN_USE };
    let tag = filter.tag.as_ref().map(ToString::to_string).unwrap_or_default();
    let tags = listing.tags.iter().map(|tag| Choice::plain(tag.clone())).collect();
    let folder = filter.folder.as_ref().map(ToString::to_string);
    view! {
        <form class="filter" role="search" method="get" action=Secrets::default().href()>
            {folder.map(|folder| view! { <input type="hidden" name="folder" value=folder /> })}
            <Field
                name="name"
                label="Filter by name"
                kind="search"
                value=filter.name.clone()
                maxlength=Some(128)
                required=false
            />
            <Select name="environment" label="Environment" choices=environments chosen />
            <Field
                name="tag"
                label="Tag"
                kind="search"
                value=tag
                maxlength=Some(40)
                required=false
                suggestions=tags
            />
            <Field
                name="owner"
                label="Owner"
                kind="search"
                value=filter.owner.clone()
                maxlength=Some(128)
                required=false
                suggestions=owners
            />
            <Select
                name="access"
                label="Your access"
                choices=uses
                chosen=filter.uses.map(Uses::as_str).unwrap_or_default()
            />
            <Select name="state" label="State" choices=states chosen=state />
            {sort_field(filter.sort.parameter())}
            <button>"Apply"</button>
        </form>
    }
}

pub(super) fn downloads(filter: &Filter, listing: &Listing) -> impl IntoView + use<> {
    // The download contains all rows that match the filter, not just this page.
    let filter = Filter { page: 1, sort: Sort::default(), ..filter.clone() };
    let list = listing.may_export.then(|| {
        view! {
            <a class="button" href=SecretsCsv { filter: filter.clone() }.href() download>"Download CSV"</a>
            <a class="button" href=SecretsNdJson { filter }.href() download>"Download NDJSON"</a>
        }
    });
    let values = listing
        .may_export_values
        .then(|| view! { <a class="button" href=ExportSecretValues {}.href()>"Export values…"</a> });
    view! { <div class="actions below">{list} {values}</div> }
}
