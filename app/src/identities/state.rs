//! An identity's state and roles, as pages show them.

use crate::identities::store::{RoleRow, State};
use crate::ui::time::{Ago, Until};
use doorward::{Kind, Timestamp, Within};
use leptos::prelude::*;

/// Whether an identity can sign in.
pub fn state_badge(kind: Kind, state: State, now: Timestamp) -> AnyView {
    match state {
        State::Active => view! { <span class="badge allowed">"Active"</span> }.into_any(),
        State::Disabled(at) => {
            view! { <span class="badge refused">"Disabled"</span> " " <small><Ago at now /></small> }.into_any()
        }
        State::Invited(ends) if now < ends => {
            view! { <span class="badge">"Invited"</span> " " <small>"for another " <Until at=ends now /></small> }
                .into_any()
        }
        State::Invited(_) => view! { <span class="badge">"Invitation expired"</span> }.into_any(),
        State::NotInvited if kind.is_machine() => view! { <span class="badge">"Uses the API"</span> }.into_any(),
        State::NotInvited => view! { <span class="badge">"Cannot sign in"</span> }.into_any(),
    }
}

/// Where a role counts.
pub fn within_in_words(within: &Within) -> String {
    match within {
        Within::Everywhere => "everywhere".to_owned(),
        Within::Only(environment) => format!("in {environment}"),
    }
}

/// The roles in one line: `operator in dev, viewer`.
pub fn roles_in_words(roles: &[RoleRow]) -> String {
    if roles.is_empty() {
        return "None".to_owned();
    }
    let one = |row: &RoleRow| match &row.within {
        Within::Everywhere => row.role.clone(),
        Within::Only(environment) => format!("{} in {environment}", row.role),
    };
    roles.iter().map(one).collect::<Vec<_>>().join(", ")
}
