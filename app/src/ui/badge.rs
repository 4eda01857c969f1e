//! A decision in one word and one shape.

use leptos::prelude::*;

/// Whether something was allowed.
pub fn decision_badge(allowed: bool) -> impl IntoView + use<> {
    let (class, word) = if allowed { ("badge allowed", "Allowed") } else { ("badge refused", "Refused") };
    view! { <span class=class>{word}</span> }
}
