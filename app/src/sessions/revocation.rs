//! One revocation and its measurements: how fast it took effect.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::sessions::all::AllSessions;
use crate::sessions::own::OwnSessions;
use crate::sessions::policy;
use crate::sessions::revocations::Revocation as Data;
use crate::ui::Panel;
use crate::ui::time::Ago;
use doorward::action::Action;
use doorward::{RevocationId, Timestamp};
use leptos::prelude::*;

#[derive(Clone)]
pub struct Revocation {
    pub id: RevocationId,
}

impl Address for Revocation {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: RevocationId::parse(asked.segment("id")).unwrap_or(RevocationId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Page for Revocation {
    type Opens = policy::ReadRevocation;
    type Data = (Data, bool);
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ReadRevocation {
        policy::ReadRevocation { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    /// Also whether the list of everybody's sessions opens, which an administrator came from.
    async fn load(&self, permit: Permit<policy::ReadRevocation>) -> Result<(Data, bool), PageError> {
        let all = AllSessions::default().opens();
        let opens_all = all.decide(permit.principal(), &()).allows();
        Ok((request()?.backend.revocation(permit).await?, opens_all))
    }

    fn title(&self, _: &(Data, bool)) -> String {
        "Sessions ended".to_owned()
    }

    fn view(&self, (data, opens_all): (Data, bool), shown: &ViewContext) -> AnyView {
        view(&data, opens_all, shown).into_any()
    }
}

/// Formats the time from `from` to `at` in milliseconds.
fn after(from: Timestamp, at: Timestamp) -> String {
    let milliseconds = at.since(from).0;
    match milliseconds {
        i64::MIN..0 => format!("{} ms before", -milliseconds),
        0..10_000 => format!("{milliseconds} ms after"),
        _ => format!("{}.{} s after", milliseconds / 1000, milliseconds % 1000 / 100),
    }
}

fn fact(term: String, value: String) -> impl IntoView + use<> {
    view! {
        <div>
            <dt>{term}</dt>
            <dd>{value}</dd>
        </div>
    }
}

fn stopwatch(data: &Data) -> AnyView {
    let Some(committed) = data.committed else {
        return view! { <p>"Done. Still measuring: reload this page in a second."</p> }.into_any();
    };
    let accepted = match data.last_accepted {
        Some(at) => after(committed, at),
        None => "none".to_owned(),
    };
    let closed = match data.streams_closed {
        Some(at) => after(committed, at),
        None => "no open page was watching".to_owned(),
    };
    let emptied = match data.tabs_emptied {
        Some(at) => after(committed, at),
        None => "no tab has reported yet".to_owned(),
    };
    view! {
        <dl class="across">
            {fact("Held".to_owned(), format!("{} it was requested", after(data.at, committed)))}
            {fact("Last request accepted".to_owned(), accepted)}
            {fact(format!("Streams closed ({})", data.streams), closed)}
            {fact(format!("Tabs empty ({})", data.tabs), emptied)}
        </dl>
        <p>
            "Times count from when the end was saved. No request that began later was accepted."
        </p>
    }
    .into_any()
}

fn view(data: &Data, opens_all: bool, shown: &ViewContext) -> impl IntoView + use<> {
    let (back, title) = match opens_all {
        true => (AllSessions::default().href(), "Sessions"),
        false => (OwnSessions.href(), "Your sessions"),
    };
    let ended = match (data.committed, data.ended) {
        (None, _) => "Sessions ended".to_owned(),
        (Some(_), 1) => "1 session ended".to_owned(),
        (Some(_), ended) => format!("{ended} sessions ended"),
    };
    let stopwatch = stopwatch(data);
    view! {
        <header class="page">
            <h1>{ended}</h1>
            <a class="button" href=back>{title}</a>
            <p>"Sessions " {data.scope.clone()} ", by " {data.by.clone()} ", " <Ago at=data.at now=shown.now /></p>
        </header>
        <Panel id="stopwatch" title="Stopwatch">{stopwatch}</Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopwatch_says_before_and_after() {
        assert_eq!(after(Timestamp(1000), Timestamp(998)), "2 ms before");
        assert_eq!(after(Timestamp(1000), Timestamp(1041)), "41 ms after");
        assert_eq!(after(Timestamp(1000), Timestamp(13_340)), "12.3 s after");
    }
}
