//! Who can do what with a secret: everybody who knows of it, by the policy that decides.

use crate::secrets::store::SecretUser;
use crate::ui::{Column, Panel, Table};
use leptos::prelude::*;

const COLUMNS: &[Column] = &[Column::Text("Who"), Column::Text("Can"), Column::Text("Because")];

/// Renders the panel. `users` is `None` if there are too many accounts.
pub(super) fn panel(users: Option<&Vec<SecretUser>>) -> impl IntoView + use<> {
    let table = table(users);
    view! { <Panel id="users" title="Who can use it">{table}</Panel> }
}

pub(super) fn table(users: Option<&Vec<SecretUser>>) -> AnyView {
    match users {
        Some(users) => {
            let rows = users.iter().map(row).collect_view();
            if users.is_empty() {
                return view! { <p>"Nobody."</p> }.into_any();
            }
            view! { <Table caption="Who can do what with this secret" columns=COLUMNS class="two-lines">{rows}</Table> }
                .into_any()
        }
        None => view! { <p>"There are too many accounts to list here."</p> }.into_any(),
    }
}

/// What somebody may do, in a few words.
fn in_words(user: &SecretUser) -> String {
    let parts = [
        (true, "see that it exists"),
        (user.may_reveal, "reveal"),
        (user.may_rotate, "rotate"),
        (user.may_rename, "rename"),
        (user.may_share, "share"),
    ];
    parts.into_iter().filter_map(|(may, word)| may.then_some(word)).collect::<Vec<_>>().join(", ")
}

fn row(user: &SecretUser) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row"><bdi>{user.display_name.clone()}</bdi> " " <code>{user.name.clone()}</code></th>
            <td data-label="Can">{in_words(user)}</td>
            <td data-label="Because">{user.grounds.clone()} <small>{user.roles.clone()}</small></td>
        </tr>
    }
}
