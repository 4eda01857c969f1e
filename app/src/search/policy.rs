//! Policy for the search.

use crate::search::store::SearchText;
use doorward::Principal;
use doorward::action::{Action, Read, Resource};
use doorward::policy::Decision;

/// Search for what one may know of. Each result is also decided separately, as if it were opened.
pub struct Search {
    /// The number of characters. The text itself is not recorded: it may be a password that was pasted by mistake.
    characters: usize,
}

impl Search {
    #[must_use]
    pub fn of(text: &SearchText) -> Self {
        Self { characters: text.as_typed().chars().count() }
    }
}

impl Action for Search {
    const NAME: &'static str = "search.ask";
    const PERMISSION: Option<&'static str> = None;
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none().with("characters", self.characters.to_string())
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}
