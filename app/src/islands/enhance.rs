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

#[cfg(feature = "hydrate")]
pub(super) use pending::listen_on;

/// Said on the window once the page has changed something and was brought up to date.
#[cfg(feature = "hydrate")]
const CHANGED: &str = "doorward:changed";

/// Said on the window once parts of the page were replaced: islands in `[data-new]` are to be hydrated.
pub const BROUGHT: &str = "doorward:brought";

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

/// Brings what developers see up to date after an island has asked something, if they see anything.
#[cfg(feature = "hydrate")]
pub(super) fn renew_xray() {
    if document().get_element_by_id(parts::XRAY).is_none() {
        return;
    }
    leptos::task::spawn_local(async {
        let here = window().location().href().unwrap_or_default();
        if let Ok(answer) = forms::ask(&here, None).await
            && let Ok(page) = forms::text(&answer).await
        {
            parts::bring(&page, &[parts::XRAY.to_owned()]);
        }
    });
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
