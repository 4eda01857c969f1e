//! The ledger: every decision, for whoever may read all of them. To look is itself recorded.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::ledger::saved_searches::{Keep, Remove};
use crate::ledger::search::Search;
use crate::ledger::store::SearchPage;
use crate::ledger::{policy, view};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use doorward::RecordId;
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

impl Address for Ledger {
    fn at(asked: &mut Requested<'_>) -> Self {
        let search = Search::read(asked);
        let before = asked.query("before", None, |text| {
            RecordId::parse(text).map(Some).map_err(|_| PageError::invalid("before", "There is no such record."))
        });
        let follow = asked.query("follow", false, |text| match text {
            "1" => Ok(true),
            _ => Err(PageError::invalid("follow", "To follow, say 1.")),
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::time::read;

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
