//! What the island that reveals a value finds in its page: the secret, and whether a reason is asked for.

use leptos::html::Input;
use leptos::prelude::*;

/// What the island is about. It is no prop of the island: reading props would bring a JSON reader into the browser.
#[derive(Clone)]
pub(super) struct About {
    pub(super) id: String,
    pub(super) address: String,
    /// The page that asks for a confirmation, and leads back.
    pub(super) confirm: String,
    /// Whether the environment asks for a reason.
    pub(super) asks: bool,
    /// The reason that was typed.
    pub(super) typed: String,
}

#[cfg(feature = "ssr")]
impl About {
    /// From the page around the island.
    pub(super) fn here() -> Option<Self> {
        use_context()
    }
}

#[cfg(not(feature = "ssr"))]
impl About {
    /// From the form as the server rendered it.
    pub(super) fn here() -> Option<Self> {
        let form = document().query_selector("form.reveal").ok()??;
        Some(Self {
            id: form.get_attribute("data-id")?,
            address: form.get_attribute("action")?,
            confirm: form.get_attribute("data-confirm")?,
            asks: form.has_attribute("data-asks"),
            typed: form
                .query_selector("[name=why]")
                .ok()?
                .and_then(|why| why.get_attribute("value"))
                .unwrap_or_default(),
        })
    }
}

/// The form that reveals a value. Without JavaScript it is posted to the page; with it, the value appears in place.
#[cfg(feature = "ssr")]
#[component]
pub fn Reveal(
    /// The secret's id.
    id: String,
    /// The page's address.
    address: String,
    /// The address of the page that asks for a confirmation.
    confirm: String,
    /// Whether the environment asks for a reason.
    asks: bool,
    /// The reason that was typed.
    typed: String,
) -> impl IntoView {
    provide_context(About { id, address, confirm, asks, typed });
    view! { <super::island::Reveal /> }
}

/// The field for a reason, where the environment asks for one.
pub(super) fn reason(why: NodeRef<Input>, typed: String) -> impl IntoView {
    view! {
        <div class="field">
            <label for="reveal-why">"Reason"</label>
            <input
                id="reveal-why"
                name="why"
                node_ref=why
                value=typed
                minlength="10"
                maxlength="500"
                autocomplete="off"
                required
                aria-describedby="reveal-why-hint"
            />
            <small id="reveal-why-hint">"10 to 500 characters. Kept in the record."</small>
        </div>
    }
}
