//! Words with a shape: a decision and what became of it, and a protected environment.

use doorward::Environment;
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

/// An environment's name, marked if its rules protect it, so that nobody takes production for staging.
pub fn environment_mark(environment: &Environment, protected: bool) -> impl IntoView + use<> {
    view! { {environment.to_string()} {protected_mark(protected)} }
}

/// The mark alone, for behind a link.
pub fn protected_mark(protected: bool) -> Option<impl IntoView + use<>> {
    protected.then(|| view! { " " <span class="badge"><span aria-hidden="true">"▲"</span>"Protected"</span> })
}

/// The outcome in words, also where it was not recorded.
pub fn outcome_in_words(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("Outcome not recorded", Outcome::words)
}
