//! Makes the page's own forms and links quicker to use. Without it they work as they are.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
pub(super) mod confirm;
#[cfg(feature = "hydrate")]
mod forms;
#[cfg(feature = "hydrate")]
mod optimistic;
#[cfg(feature = "hydrate")]
mod parts;
#[cfg(feature = "hydrate")]
mod pending;
#[cfg(feature = "hydrate")]
mod times;

/// Said on the window once the page has changed something and was brought up to date.
#[cfg(feature = "hydrate")]
const CHANGED: &str = "doorward:changed";

/// Calls `act` each time that a form of this page has changed something.
#[cfg(feature = "hydrate")]
pub(super) fn when_changed(act: impl Fn() + 'static) {
    pending::listen_on(window().as_ref(), CHANGED, move |_: web_sys::Event| act());
}

/// Takes away what the last submission said at the top of the page.
#[cfg(feature = "hydrate")]
pub(super) fn clear_notices() {
    if let Some(notices) = document().get_element_by_id("notices") {
        notices.set_inner_html("");
    }
}

/// Once a page: says that something is on its way, sends marked forms without leaving the page, and asks before typed
/// text is lost. What the forms may do is decided where they are sent to.
#[island]
pub fn Enhance() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| {
        pending::watch();
        forms::watch();
        times::watch();
    });
    view! { <div class="pending" aria-hidden="true"></div> }
}
