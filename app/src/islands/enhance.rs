//! Makes the page's own forms and links quicker to use. Without it they work as they are.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod confirm;
#[cfg(feature = "hydrate")]
mod forms;
#[cfg(feature = "hydrate")]
mod optimistic;
#[cfg(feature = "hydrate")]
mod pending;

/// Once a page: says that something is on its way, sends marked forms without leaving the page, and asks before typed
/// text is lost. What the forms may do is decided where they are sent to.
#[island]
pub fn Enhance() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| {
        pending::watch();
        forms::watch();
    });
    view! { <div class="pending" aria-hidden="true"></div> }
}
