//! One revocation and its measurements: how fast it took effect.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::sessions::all::AllSessions;
use crate::sessions::end::EndSessions;
use crate::sessions::own::OwnSessions;
use crate::sessions::policy;
use crate::sessions::revocations::Revocation as Data;
use crate::ui::Panel;
use crate::ui::time::Ago;
use doorward::action::Action;
use doorward::{RevocationId, TimeSpan, Timestamp};
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
    type Data = Measured;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ReadRevocation {
        policy::ReadRevocation { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadRevocation>) -> Result<Measured, PageError> {
        let request = request()?;
        let who = permit.principal();
        let opens_all = AllSessions::default().opens().decide(who, &()).allows();
        let ends_more = policy::PreviewRevocation { scope: None }.decide(who, &()).allows();
        let data = request.backend.revocation(permit).await?;
        let is_measuring = is_measuring(&data, request.asked.now);
        if is_measuring {
            request.head.set(|head| head.reloads_after = Some(1));
        }
        Ok(Measured { data, is_measuring, opens_all, ends_more })
    }

    fn title(&self, _: &Measured) -> String {
        "Sessions ended".to_owned()
    }

    fn view(&self, measured: Measured, shown: &ViewContext) -> AnyView {
        view(&measured, shown).into_any()
    }
}

/// What the page shows.
pub struct Measured {
    data: Data,
    is_measuring: bool,
    /// Whether the user may open the list of everybody's sessions, and the page that ends several.
    opens_all: bool,
    ends_more: bool,
}

/// Every process counts its streams within a second. A tab that has vanished never reports.
const COUNTED_WITHIN: TimeSpan = TimeSpan(3_000);
const TABS_REPORT_WITHIN: TimeSpan = TimeSpan(15_000);
const WRITTEN_WITHIN: TimeSpan = TimeSpan(60_000);

/// Returns whether more numbers are expected.
fn is_measuring(data: &Data, now: Timestamp) -> bool {
    let age = now.since(data.at);
    let limit = match data.committed {
        None => WRITTEN_WITHIN,
        Some(_) if data.tabs < data.streams => TABS_REPORT_WITHIN,
        Some(_) => COUNTED_WITHIN,
    };
    age < limit
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
        return view! { <p>"Done. The times are not written down yet."</p> }.into_any();
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
        None if data.streams == 0 => "no open page was watching".to_owned(),
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

fn view(measured: &Measured, shown: &ViewContext) -> impl IntoView + use<> {
    let Measured { data, is_measuring, opens_all, ends_more } = measured;
    let all =
        opens_all.then(|| view! { <a class="button" href=AllSessions::default().href()>"Everybody’s sessions"</a> });
    let more = ends_more.then(|| view! { <a class="button" href=EndSessions::default().href()>"End several…"</a> });
    let ended = match (data.committed, data.ended) {
        (None, _) => "Sessions ended".to_owned(),
        (Some(_), 1) => "1 session ended".to_owned(),
        (Some(_), ended) => format!("{ended} sessions ended"),
    };
    let stopwatch = stopwatch(data);
    let measuring =
        is_measuring.then(|| view! { <p role="status">"Still measuring. This page refreshes by itself."</p> });
    view! {
        <header class="page">
            <h1>{ended}</h1>
            {all} {more} <a class="button" href=OwnSessions.href()>"Your sessions"</a>
            <p>
                <bdi>{data.scope.clone()}</bdi> ", by " <bdi>{data.by.clone()}</bdi> ", " <Ago at=data.at now=shown.now />
            </p>
        </header>
        <Panel id="stopwatch" title="Stopwatch">
            {stopwatch}
            {measuring}
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_refreshes_only_while_numbers_are_missing() {
        let id = RevocationId::NOTHING;
        let (by, scope) = ("Ada".to_owned(), "Sessions of vera".to_owned());
        let measured = |committed: Option<i64>, streams, tabs| Data {
            id,
            at: Timestamp(0),
            by: by.clone(),
            scope: scope.clone(),
            ended: 1,
            committed: committed.map(Timestamp),
            last_accepted: None,
            streams,
            streams_closed: None,
            tabs,
            tabs_emptied: None,
        };
        let cases = [
            (measured(None, 0, 0), 59_999, true),
            (measured(None, 0, 0), 60_000, false),
            (measured(Some(3), 0, 0), 2_999, true),
            (measured(Some(3), 1, 1), 3_000, false),
            (measured(Some(3), 2, 1), 14_999, true),
            (measured(Some(3), 2, 1), 15_000, false),
        ];
        for (data, now, expected) in cases {
            assert_eq!(is_measuring(&data, Timestamp(now)), expected, "{now}");
        }
    }

    #[test]
    fn a_stopwatch_says_before_and_after() {
        assert_eq!(after(Timestamp(1000), Timestamp(998)), "2 ms before");
        assert_eq!(after(Timestamp(1000), Timestamp(1041)), "41 ms after");
        assert_eq!(after(Timestamp(1000), Timestamp(13_340)), "12.3 s after");
    }
}
