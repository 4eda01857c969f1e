//! The folders of the list: the way to the one that is shown, and those inside it.

use crate::page::Address;
use crate::secrets::filter::Filter;
use crate::secrets::list::Secrets;
use crate::secrets::store::{COUNTED, Folder, FolderCount, Listing};
use leptos::prelude::*;

/// The same list in another folder, from its first page on.
fn of(page: &Secrets, folder: Option<Folder>) -> String {
    Secrets { filter: Filter { folder, page: 1, ..page.filter.clone() } }.href()
}

/// Renders links to the folders around the one that is shown.
pub(super) fn breadcrumb(page: &Secrets) -> Option<impl IntoView + use<>> {
    let folder = page.filter.folder.as_ref()?;
    let parts = folder.path().into_iter().map(|(name, whole)| {
        let current = (whole == *folder).then_some("page");
        view! { <li><a href=of(page, Some(whole)) aria-current=current><code>{name.to_owned()}</code></a></li> }
    });
    Some(view! {
        <div class="page">
            <nav aria-label="Breadcrumb">
                <ol>
                    <li><a href=of(page, None)>"All folders"</a></li>
                    {parts.collect_view()}
                </ol>
            </nav>
        </div>
    })
}

/// Renders links to the folders inside, with the number of secrets in each.
pub(super) fn inside(page: &Secrets, listing: &Listing) -> Option<impl IntoView + use<>> {
    let count = page.filter.folder.as_ref().map_or(0, |folder| folder.as_str().len() + 1);
    let link = |FolderCount { folder, secrets }: &FolderCount| {
        let name = folder.as_str().get(count..).unwrap_or_default().to_owned();
        let secrets = if *secrets > COUNTED { format!("over {COUNTED}") } else { secrets.to_string() };
        view! { <li><a href=of(page, Some(folder.clone())) data-prefetch><code>{name}</code></a> " " <small>{secrets}</small></li> }
    };
    let links: Vec<_> = listing.folders.iter().map(link).collect();
    let more = listing.has_more_folders.then(|| view! { <li>"and more: filter by name"</li> });
    (!links.is_empty()).then(|| {
        view! {
            <nav aria-label="Folders">
                <ul class="inline">{links} {more}</ul>
            </nav>
        }
    })
}
