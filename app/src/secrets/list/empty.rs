//! What stands in the place of a list without rows.

use crate::page::Address;
use crate::secrets::filter::Filter;
use crate::secrets::list::Secrets;
use crate::secrets::store::{Listing, PAGE_ROWS};
use crate::ui::Empty;
use leptos::prelude::*;

pub(super) fn nothing_matches(page: &Secrets, listing: &Listing) -> AnyView {
    if listing.total > 0 {
        return past_the_end(page, listing).into_any();
    }
    if page.filter == (Filter { archived: true, ..Filter::default() }) {
        return nothing_archived().into_any();
    }
    let name = &page.filter.name;
    let title = if name.is_empty() { "No secret here".to_owned() } else { format!("No secret matches “{name}”") };
    // The name aside.
    let is_narrowed = Filter { name: String::new(), ..page.filter.clone() }.is_narrowed();
    let said = if is_narrowed {
        "None of the secrets that you can see fits this filter."
    } else {
        "Only names of secrets you can see are searched."
    };
    view! {
        <Empty title>
            <p>{said}</p>
            <div class="actions">
                <a class="button" href=Secrets::default().href()>"Clear the filter"</a>
            </div>
        </Empty>
    }
    .into_any()
}

fn past_the_end(page: &Secrets, listing: &Listing) -> impl IntoView + use<> {
    let last = u32::try_from((listing.total - 1) / i64::from(PAGE_ROWS) + 1).unwrap_or(1);
    let last_page = page.turned_to(last).href();
    let count = if last == 1 { "There is 1 page.".to_owned() } else { format!("There are {last} pages.") };
    view! {
        <Empty title=format!("There is no page {}", page.filter.page)>
            <p>{count}</p>
            <div class="actions">
                <a class="button" href=last_page>"Go to the last page"</a>
            </div>
        </Empty>
    }
}

fn nothing_archived() -> impl IntoView {
    view! {
        <Empty title="No archived secrets">
            <p>"A secret that is archived is listed here until somebody brings it back or deletes it."</p>
            <div class="actions">
                <a class="button" href=Secrets::default().href()>"Secrets in use"</a>
            </div>
        </Empty>
    }
}

pub(super) fn nothing_yet() -> impl IntoView {
    view! {
        <Empty title="You have no secrets yet">
            <p>"You see a secret when you own it, when it is granted to you, or when your role covers its environment."</p>
            <div class="actions">
                <a class="button" href=Secrets::archived().href()>"Archived secrets"</a>
            </div>
        </Empty>
    }
}
