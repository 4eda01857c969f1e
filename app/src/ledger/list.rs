//! The ledger: every decision, for whoever may read all of them. To look is itself recorded.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::ledger::saved_searches::{Keep, Remove};
use crate::ledger::search::Search;
use crate::ledger::store::SearchPage;
use crate::ledger::{policy, view};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use doorward::action::Action as _;
use doorward::{Principal, RecordId, TimeSpan, Timestamp};
use leptos::prelude::*;

/// The page; what it shows stands in its address.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// What is searched for.
    pub search: Search,
    /// Only records before this one.
    pub before: Option<RecordId>,
    /// Whether new records are added as they are written.
    pub follow: bool,
}

impl Ledger {
    /// The newest records that `search` finds.
    #[must_use]
    pub const fn of(search: Search) -> Self {
        Self { search, before: None, follow: false }
    }
}

/// The name of the parameter that chooses a [`When`].
pub(super) const WHEN: &str = "when";

/// A time that can be chosen instead of its two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Today,
    Yesterday,
    Week,
}

impl When {
    pub(super) const ALL: [Self; 3] = [Self::Today, Self::Yesterday, Self::Week];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Week => "7-days",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Yesterday => "Yesterday",
            Self::Week => "Last 7 days",
        }
    }

    /// Returns the two ends. Days are those of UTC.
    fn ends(self, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
        let today = Timestamp(now.0.div_euclid(DAY.0) * DAY.0);
        match self {
            Self::Today => (today, None),
            Self::Yesterday => (Timestamp(today.0 - DAY.0), Some(today)),
            Self::Week => (Timestamp(today.0 - 6 * DAY.0), None),
        }
    }
}

const DAY: TimeSpan = TimeSpan::hours(24);

impl Address for Ledger {
    fn at(asked: &mut Requested<'_>) -> Self {
        let when = asked.query(WHEN, None, |text| {
            let known = When::ALL.into_iter().find(|when| when.as_str() == text);
            known.map(Some).ok_or_else(|| PageError::invalid(WHEN, "Choose one of the times."))
        });
        let mut search = Search::read(asked);
        if let Some((when, request)) = when.zip(request().ok()) {
            let (from, until) = when.ends(request.asked.now);
            search = Search { from: Some(from), until, ..search };
        }
        let before = asked.query("before", None, |text| {
            RecordId::parse(text).map(Some).map_err(|_| PageError::invalid("before", "There is no such record."))
        });
        let follow = asked.query("follow", false, |text| match text {
            "1" => Ok(true),
            _ => Err(PageError::invalid("follow", "There is no such page.")),
        });
        Self { search, before, follow: follow && before.is_none() }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.search.parameters();
        parameters.push(("before", self.before.map(|id| id.to_string()).unwrap_or_default()));
        parameters.push(("follow", if self.follow { "1".to_owned() } else { String::new() }));
        parameters
    }
}

impl Ledger {
    /// Returns whether a user may read the ledger, so that links lead there.
    pub fn opens_to(who: &Principal) -> bool {
        Self::default().opens().decide(who, &()).allows()
    }
}

impl Page for Ledger {
    type Opens = policy::ReadLedger;
    type Data = SearchPage;
    type Within = Console;
    type Actions = (Keep, Remove);
    const ISLANDS: &'static [&'static str] = &["Follow"];

    fn opens(&self) -> policy::ReadLedger {
        policy::ReadLedger { search: self.search.clone(), before: self.before }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadLedger>) -> Result<SearchPage, PageError> {
        Ok(request()?.backend.records(permit).await?)
    }

    fn title(&self, _: &SearchPage) -> String {
        "Ledger".to_owned()
    }

    fn view(&self, found: SearchPage, shown: &ViewContext) -> AnyView {
        view::view(self, &found, shown).into_any()
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        Some(("Ledger", view::unreadable(shown).into_any()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::time::read;

    #[test]
    fn a_chosen_time_is_made_of_days_in_utc() {
        let now = read("2026-11-24T09:30").expect("a time");
        let ends = |when: When| when.ends(now);
        assert_eq!(Some(ends(When::Today).0), read("2026-11-24T00:00"));
        assert_eq!(ends(When::Yesterday), (read("2026-11-23T00:00").expect("a time"), read("2026-11-24T00:00")));
        assert_eq!(Some(ends(When::Week).0), read("2026-11-18T00:00"));
    }

    #[test]
    fn a_search_stands_in_its_own_address_and_in_the_record_of_it() {
        let search = Search {
            who: "omar".to_owned(),
            allowed: Some(false),
            from: read("2026-11-24T09:30"),
            ..Search::default()
        };
        let page = Ledger::of(search);
        assert_eq!(page.href(), "/access/ledger?who=omar&decision=refused&from=2026-11-24T09%3A30%3A00Z");
        let said = page.search.resource(None).parameters;
        assert_eq!(said, "decision=refused&from=2026-11-24T09:30:00Z&who=omar");
        assert_eq!(Ledger::default().href(), "/access/ledger");
    }
}
