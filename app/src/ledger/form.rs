//! The form of a search.

use crate::identities::choices::choices;
use crate::identities::store::Named;
use crate::ledger::list::{Ledger, WHEN, When};
use crate::ledger::search::{Routine, Search};
use crate::page::{Address, FormResult};
use crate::routes;
use crate::ui::{Choice, Field, Select, field_error, time};
use doorward::ledger::{Channel, Outcome};
use doorward::{Environment, Reason};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// Actions that are recorded without a question of the guard.
const OTHER_ACTIONS: [&str; 16] = [
    "backup.make",
    "backup.restore",
    "identity.add",
    "ledger.archive",
    "ledger.restart",
    "ledger.set_aside",
    "role.limit_sessions",
    "role.update",
    "secret.import",
    "session.ended",
    "session.renew",
    "session.start",
    "vault.prepare",
    "vault.retire",
    "vault.rewrap",
    "vault.rotate",
];

/// What is in the fields, and which one is wrong.
pub(super) struct Filled {
    values: Vec<(&'static str, String)>,
    error: Option<(&'static str, String)>,
}

impl Filled {
    /// The fields of a search.
    pub(super) fn of(search: &Search) -> Self {
        Self { values: search.parameters(), error: None }
    }

    /// The fields as somebody typed them into an address that cannot be read.
    pub(super) fn typed(turn: &FormResult) -> Self {
        let mut names: Vec<_> = Search::default().parameters().into_iter().map(|(name, _)| name).collect();
        names.push(WHEN);
        let error = names.iter().find_map(|name| Some((*name, turn.error(name)?)));
        Self { values: names.into_iter().map(|name| (name, turn.typed(name))).collect(), error }
    }

    fn value(&self, name: &str) -> String {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn error(&self, name: &str) -> Option<String> {
        self.error.as_ref().filter(|(wrong, _)| *wrong == name).map(|(_, message)| message.clone())
    }

    fn is_empty(&self) -> bool {
        self.values.iter().all(|(_, value)| value.is_empty())
    }
}

/// The form. `environments` and `people` are suggestions.
pub(super) fn form(filled: &Filled, environments: &[Environment], people: &[Named]) -> impl IntoView + use<> {
    let environments = environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let decisions = [Choice::new("allowed", "Allowed"), Choice::new("refused", "Refused")];
    let outcomes = Outcome::ALL.map(|outcome| Choice::new(outcome.as_str(), outcome.words()));
    let channels = Channel::ALL.map(|channel| Choice::new(channel.as_str(), channel.as_str().replace('_', " ")));
    let times = When::ALL.map(|when| Choice::new(when.as_str(), when.words()));
    let reason = !filled.value("reason").is_empty();
    let is_shown = filled.value(Routine::PARAMETER) == Routine::Shown.as_str();
    view! {
        <form class="filter ledger" role="search" method="get" action=Ledger::default().href()>
            {text(filled, "text", "Contains", Vec::new())}
            {text(filled, "who", "Who", choices(people))}
            {text(filled, "action", "Action", actions())}
            {text(filled, "resource", "Resource", Vec::new())}
            {text(filled, "environment", "Environment", environments)}
            {choice(filled, "decision", "Decision", "Any", &decisions)}
            {choice(filled, "outcome", "Outcome", "Any", &outcomes)}
            {text(filled, "code", "Reason code", reasons())}
            {reason.then(|| text(filled, "reason", "Reason", Vec::new()))}
            {choice(filled, "entry", "Channel", "Any", &channels)}
            {choice(filled, WHEN, "Time", "As given below", &times)}
            {moment(filled, "from", "From (UTC)")}
            {moment(filled, "until", "Until (UTC)")}
            <label class="check">
                <input type="checkbox" name=Routine::PARAMETER value=Routine::Shown.as_str() checked=is_shown />
                "Routine reads"
            </label>
            {field_error(Routine::PARAMETER, filled.error(Routine::PARAMETER))}
            <div class="actions">
                <button>"Search"</button>
                {(!filled.is_empty()).then(|| view! { <a class="button" href=Ledger::default().href()>"Clear"</a> })}
            </div>
        </form>
    }
}

/// Every action that a record can name.
fn actions() -> Vec<Choice> {
    let manifest = routes::manifest();
    let asked = manifest.iter().flat_map(|route| {
        let actions = route.actions.iter().map(|(_, question)| question);
        route.loaders.iter().chain(actions).map(|question| question.action)
    });
    let names: BTreeSet<_> = asked.chain(OTHER_ACTIONS).collect();
    names.into_iter().map(Choice::plain).collect()
}

fn reasons() -> Vec<Choice> {
    Reason::ALL.iter().map(|reason| Choice::new(reason.code(), reason.words())).collect()
}

fn text(filled: &Filled, name: &'static str, label: &'static str, suggestions: Vec<Choice>) -> AnyView {
    let (value, error) = (filled.value(name), filled.error(name));
    view! { <Field name label value maxlength=Some(128) required=false error suggestions /> }.into_any()
}

fn choice(filled: &Filled, name: &'static str, label: &'static str, any: &'static str, choices: &[Choice]) -> AnyView {
    let (chosen, error) = (filled.value(name), filled.error(name));
    let mut all = vec![Choice::new("", any)];
    all.extend(choices.iter().cloned());
    if !all.iter().any(|choice| choice.value == chosen) {
        // What the address says is kept, though it is no choice.
        all.push(Choice::plain(chosen.clone()));
    }
    view! { <Select name label choices=all chosen error /> }.into_any()
}

/// A field for a time. A browser's own field drops what is no time, so such a text stays in a field for text.
fn moment(filled: &Filled, name: &'static str, label: &'static str) -> AnyView {
    let (value, error) = (filled.value(name), filled.error(name));
    let at = time::read(&value);
    let kind = if at.is_some() || value.is_empty() { "datetime-local" } else { "text" };
    let step = if at.is_some_and(|at| at.0 % 1000 != 0) { "0.001" } else { "1" };
    let value = at.map(|at| time::rfc3339_shortest(at).trim_end_matches('Z').to_owned()).unwrap_or(value);
    view! { <Field name label kind value step=Some(step) required=false error /> }.into_any()
}
