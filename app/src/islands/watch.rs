//! Waits for the end of the session, and empties the page when it comes.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod browser;

/// Once a page. The tabs of a browser share one stream: the tab that has the lock listens for all of them.
#[island]
pub fn Watch() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| browser::watch());
    view! { <span hidden data-watch></span> }
}
