//! Search as you type, in a dialog that Ctrl-K opens. Without JavaScript its link leads to the page of the search.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod dialog;

/// Once a page: the dialog, which is empty until it is opened.
#[island]
pub fn Palette() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| dialog::watch());
    view! { <dialog class="palette" id="palette" aria-label="Search"></dialog> }
}
