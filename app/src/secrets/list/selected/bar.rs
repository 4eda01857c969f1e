//! The checkboxes of the list, and the buttons below it.

use crate::page::Address;
use crate::secrets::list::selected::{CHECKED, SelectedSecrets, WHAT};
use crate::secrets::store::{SecretRow, What};
use leptos::prelude::*;

/// The cell with the checkbox of a row.
pub(in crate::secrets::list) fn checkbox(secret: &SecretRow) -> impl IntoView + use<> {
    let label = format!("Select {}", secret.name);
    let name = format!("{CHECKED}{}", secret.id);
    view! { <td><input type="checkbox" name=name value="1" aria-label=label autocomplete="off" /></td> }
}

/// Returns the words for a change, before it is said what it is to be.
pub(super) const fn label(what: What) -> &'static str {
    match what {
        What::AddTags => "Add tags",
        What::RemoveTags => "Remove tags",
        What::Move => "Move to folder",
        What::Archive => "Archive",
        What::BringBack => "Bring back",
        What::Share => "Share with",
        What::Give => "Give to owner",
    }
}

/// Returns what can be done in a list of secrets in use, or of archived ones.
const fn offered(is_archive: bool) -> &'static [What] {
    if is_archive {
        &[What::BringBack, What::AddTags, What::RemoveTags, What::Move]
    } else {
        &[What::AddTags, What::RemoveTags, What::Move, What::Share, What::Give, What::Archive]
    }
}

/// Puts the list into a form. It only asks for the page that shows what would happen.
pub(in crate::secrets::list) fn form(is_archive: bool, table: AnyView) -> AnyView {
    let button = |what: &What| {
        let words = format!("{}…", label(*what));
        view! { <button name=WHAT value=what.as_str()>{words}</button> }
    };
    let buttons = offered(is_archive).iter().map(button).collect_view();
    view! {
        <form method="get" action=SelectedSecrets::default().href()>
            {table}
            <div class="actions" role="group" aria-label="With the selected secrets">
                <span>"With the selected:"</span>
                {buttons}
            </div>
        </form>
    }
    .into_any()
}
