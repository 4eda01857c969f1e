//! A table of sessions: identity, method, client, remaining time.

use crate::sessions::store::SessionCard;
use crate::ui::browser;
use crate::ui::time::{Ago, Until};
use crate::ui::{kind_in_words, method_in_words};
use doorward::{SessionId, Timestamp};
use leptos::prelude::*;

/// Renders a table of sessions. `this` is marked; `end` renders the form that ends one, if the user
/// may do that.
pub fn session_table(
    caption: &'static str,
    sessions: &[SessionCard],
    this: SessionId,
    with_owners: bool,
    end: &dyn Fn(&SessionCard) -> Option<AnyView>,
    now: Timestamp,
) -> impl IntoView + use<> {
    let rows = sessions.iter().map(|session| row(session, this, with_owners, end(session), now)).collect_view();
    view! {
        <table class="two-lines">
            <caption class="unseen">{caption}</caption>
            <thead>
                <tr>
                    {with_owners.then(|| view! { <th scope="col">"Who"</th> })}
                    <th scope="col">"Browser"</th>
                    <th scope="col">"Address"</th>
                    <th scope="col">"Authenticated"</th>
                    <th scope="col">"Used"</th>
                    <th scope="col">"Ends"</th>
                    <th scope="col"><span class="unseen">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(
    session: &SessionCard,
    this: SessionId,
    with_owner: bool,
    end: Option<AnyView>,
    now: Timestamp,
) -> impl IntoView + use<> {
    let browser = browser::in_words(session.user_agent.as_deref().unwrap_or_default());
    let address = session.address.clone().unwrap_or_else(|| "unknown".to_owned());
    let is_this = session.id == this;
    let assurance = if session.method.shows_two_factors() { "two factors" } else { "one factor" };
    let owner = with_owner.then(|| {
        let kind = kind_in_words(session.kind);
        view! {
            <th scope="row">{session.who.clone()} " " <code>{session.name.clone()}</code> <small>{kind}</small></th>
        }
    });
    let browser = view! {
        {browser}
        {is_this.then(|| view! { " " <span class="badge allowed">"This session"</span> })}
        <small><code>{session.id.to_string()}</code></small>
    };
    let browser = if with_owner {
        view! { <td data-label="Browser">{browser}</td> }.into_any()
    } else {
        view! { <th scope="row">{browser}</th> }.into_any()
    };
    view! {
        <tr>
            {owner}
            {browser}
            <td data-label="Address"><code>{address}</code></td>
            <td data-label="Authenticated">
                {method_in_words(session.method)} ", " {assurance} <small><Ago at=session.authenticated now /></small>
            </td>
            <td data-label="Used">
                <Ago at=session.last_used now /> <small>"started " <Ago at=session.started now /></small>
            </td>
            <td data-label="Ends">
                "in " <Until at=session.idle_end now /> " if idle"
                <small>"in " <Until at=session.ends now /> " at the latest"</small>
            </td>
            <td class="actions">{end}</td>
        </tr>
    }
}
