//! A decision in one word and one shape, and what became of it.

use doorward::ledger::Outcome;
use leptos::prelude::*;

/// Whether something was allowed, and below it what became of it, if it was allowed and not done.
pub fn decision_badge(allowed: bool, outcome: Option<Outcome>) -> impl IntoView + use<> {
    let (class, word) = if allowed { ("badge allowed", "Allowed") } else { ("badge refused", "Refused") };
    let undone = match outcome {
        Some(Outcome::Done | Outcome::Refused) => None,
        _ if !allowed => None,
        other => Some(view! { <small class="outcome">{outcome_in_words(other)}</small> }),
    };
    view! { <span class=class>{word}</span> " " {undone} }
}

/// The outcome in words, also where it was not recorded.
pub fn outcome_in_words(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("Outcome not recorded", Outcome::words)
}
