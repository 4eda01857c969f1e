//! The layout shared by the pages of one secret: its metadata and the tabs between the pages.

use crate::backend::Permit;
use crate::console::Console;
use crate::console::error_page::{self, ErrorCopy, NextStep};
use crate::console::request;
use crate::page::error::PageError;
use crate::page::{Address, Layout, ViewContext};
use crate::secrets::access::SecretAccess;
use crate::secrets::canary::SecretCanary;
use crate::secrets::consumers::SecretConsumers;
use crate::secrets::details::EditSecret;
use crate::secrets::filter::Filter;
use crate::secrets::list::{Secrets, access_in_words};
use crate::secrets::policy;
use crate::secrets::readers::SecretReaders;
use crate::secrets::secret::Secret;
use crate::secrets::store::{
    About, Archived, Folder, Rotation, RotationState, SecretDetail, days_in_words, expiry_in_words,
};
use crate::secrets::versions::SecretVersions;
use crate::ui::environment_mark;
use crate::ui::time::{Ago, day, exact};
use doorward::{Reason, Refusal, RefusalKind, SecretId, Timestamp};
use leptos::prelude::*;

/// The layout around the pages of one secret.
#[derive(Clone)]
pub struct SecretSection {
    /// Which secret.
    pub id: SecretId,
}

impl Layout for SecretSection {
    type Opens = policy::ReadSecret;
    /// The secret, and the address of the list to go back to.
    type Data = (SecretDetail, String);
    type Within = Console;

    fn opens(&self) -> policy::ReadSecret {
        policy::ReadSecret { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadSecret>) -> Result<(SecretDetail, String), PageError> {
        let (request, session) = (request()?, permit.principal().session);
        let secret = request.backend.secret(permit).await?;
        Ok((secret, Secrets::last(&request, session).await))
    }

    fn view(&self, (detail, list): (SecretDetail, String), shown: &ViewContext, page: AnyView) -> AnyView {
        view(&detail, list, shown, page).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

const FORBIDDEN: &str = "You can see that it exists, but this needs a permission or a grant that you do not have.";
const ARCHIVED: &str = "It is archived. Somebody who looks after it can bring it back.";

/// Returns whether the request was refused because the secret is archived.
fn is_archived() -> bool {
    let refused = request().ok().and_then(|request| request.refused.get().map(|refused| refused.reason));
    refused == Some(Reason::Archived)
}

/// Returns the error page's text for refusals about a secret.
pub(crate) fn refusal_of_a_secret(failure: &PageError) -> ErrorCopy {
    match failure {
        PageError::Refused(Refusal { answer: RefusalKind::NotFound, .. }) => ErrorCopy {
            title: "Not found",
            sentence: "It does not exist, or you do not have access to it.",
            way: NextStep::Secrets,
        },
        PageError::Refused(Refusal { answer: RefusalKind::Forbidden, .. }) => ErrorCopy {
            title: "You do not have permission to do this",
            sentence: if is_archived() { ARCHIVED } else { FORBIDDEN },
            way: NextStep::Secrets,
        },
        failure => error_page::words(failure),
    }
}

fn view(detail: &SecretDetail, list: String, shown: &ViewContext, page: AnyView) -> impl IntoView + use<> {
    let row = &detail.row;
    let near = Secrets::within(row.environment.clone()).href();
    let now = shown.now;
    let expiry = row.expires.map(|ends| {
        view! { <div><dt>"Certificate"</dt><dd>{expiry_in_words(ends, now)}</dd></div> }
    });
    view! {
        <header class="page">
            <nav aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=list data-prefetch>"Secrets"</a>
                    </li>
                    <li>
                        <a href=near data-prefetch>{row.environment.to_string()}</a>
                    </li>
                    {folders(detail)}
                </ol>
            </nav>
            <h1 id="secret-name" data-part>
                <code>{row.name.clone()}</code>
            </h1>
        </header>
        <dl class="across" id="secret-facts" data-part>
            <div><dt>"Environment"</dt><dd>{environment_mark(&row.environment, row.protected)}</dd></div>
            <div><dt>"Kind"</dt><dd>{row.kind.label()}</dd></div>
            <div><dt>"Owner"</dt><dd>{row.owner.clone()}</dd></div>
            <div><dt>"Version"</dt><dd>{row.version}</dd></div>
            <div><dt>"Updated"</dt><dd><Ago at=row.updated now /></dd></div>
            {expiry}
            <div><dt>"Created"</dt><dd><Ago at=detail.created now /></dd></div>
            <div><dt>"Your access"</dt><dd>{access_in_words(row.access)}</dd></div>
            {rotation(detail.rotation, now)}
        </dl>
        {said(&detail.about)}
        {tabs(detail)}
        {page}
    }
}

/// Renders the period, the last rotation and the due date, if there is a period.
fn rotation(rotation: Rotation, now: Timestamp) -> Option<impl IntoView + use<>> {
    let (period, due) = rotation.days.map(days_in_words).zip(rotation.due())?;
    let words = rotation.in_words(now);
    let words = match rotation.state(now) {
        RotationState::Overdue => view! { <span class="badge waiting">{words}</span> }.into_any(),
        _ => words.into_any(),
    };
    Some(view! {
        <div><dt>"Rotation"</dt><dd>{format!("every {period}")}</dd></div>
        <div><dt>"Last rotated"</dt><dd><Ago at=rotation.rotated now /></dd></div>
        <div><dt>"Due"</dt><dd>{words} " " <small>{day(due)}</small></dd></div>
    })
}

/// Returns links to the folders that the secret is in.
fn folders(detail: &SecretDetail) -> impl IntoView + use<> {
    let row = &detail.row;
    let folder = row.name.rsplit_once('/').and_then(|(folder, _)| Folder::parse(folder));
    let parts = folder.iter().flat_map(Folder::path);
    let link = |(name, whole): (&str, Folder)| {
        let filter = Filter { environment: Some(row.environment.clone()), folder: Some(whole), ..Filter::default() };
        view! { <li><a href=Secrets { filter }.href() data-prefetch>{name.to_owned()}</a></li> }
    };
    parts.map(link).collect_view()
}

/// Returns links to the secret's pages that this user may open.
fn tabs(detail: &SecretDetail) -> impl IntoView + use<> {
    let id = detail.row.id;
    let here = request().ok().and_then(|request| request.address);
    let here = here.as_ref().map_or("", |path| path.as_str()).split('?').next().unwrap_or_default().to_owned();
    let tab = move |href: String, title: &'static str| {
        let current = (here == href).then_some("page");
        view! { <li><a href=href aria-current=current>{title}</a></li> }
    };
    let canary = detail.may_mark_canary.then(|| tab(SecretCanary { id }.href(), "Canary"));
    let edit = detail.may_edit.then(|| tab(EditSecret { id }.href(), "Edit"));
    let access = detail.may_see_access.then(|| tab(SecretAccess { id }.href(), "Access"));
    let readers = detail.may_see_access.then(|| tab(SecretReaders { id, on: None }.href(), "Readers"));
    let consumers = detail.may_see_access.then(|| tab(SecretConsumers::of(id).href(), "Consumers"));
    view! {
        <nav class="tabs" aria-label="This secret">
            <ul>
                {tab(Secret { id }.href(), "Value")}
                {tab(SecretVersions::of(id).href(), "Versions")}
                {access}
                {readers}
                {consumers}
                {edit}
                {canary}
            </ul>
        </nav>
    }
}

/// Renders what is said about the secret: its tags, its description line by line, and that it is archived.
fn said(about: &About) -> impl IntoView + use<> {
    let tags = about
        .tags
        .iter()
        .map(|tag| view! { <li><a href=Secrets::tagged(tag).href()><bdi>{tag.clone()}</bdi></a></li> });
    let tags =
        (!about.tags.is_empty()).then(|| view! { <ul class="inline" aria-label="Tags">{tags.collect_view()}</ul> });
    let lines = about.description.lines().map(|line| view! { <bdi>{line.to_owned()}</bdi> <br /> });
    let description = (!about.description.is_empty()).then(|| view! { <p>{lines.collect_view()}</p> });
    view! {
        {about.archived.as_ref().map(archived)}
        <div id="secret-about" data-part>{description} {tags}</div>
    }
}

fn archived(archived: &Archived) -> impl IntoView + use<> {
    let by = archived.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let when = format!("Archived{by} on {}. It cannot be revealed, rotated or shared.", exact(archived.at));
    let deleted = archived.deletes.map(|at| format!(" It is deleted for good on {}.", exact(at)));
    view! { <p class="notice" role="status"><bdi>{when}</bdi> {deleted}</p> }
}
