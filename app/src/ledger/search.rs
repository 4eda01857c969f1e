//! What is searched for in the ledger, as it stands in addresses and in the records of searches.

use crate::page::Requested;
use crate::page::error::PageError;
use crate::ui::time::{self, rfc3339_shortest};
use doorward::action::Resource;
use doorward::ledger::Outcome;
use doorward::{Environment, RecordId, Timestamp};

/// The longest text of a part, in bytes.
const LONGEST: usize = 128;

/// The actions that only open a page, list, or keep an open page current. Reveals and downloads are not among them.
pub const ROUTINE_READS: &[&str] = &[
    "delivery.ask_to_add",
    "delivery.list",
    "delivery.read",
    "environment.list",
    "environment.read",
    "group.list",
    "group.read",
    "identity.ask_to_add",
    "identity.list",
    "identity.read",
    "inbox.read",
    "ledger.count",
    "ledger.follow",
    "ledger.read",
    "ledger.read_record",
    "machine.ask_to_add",
    "machine.list",
    "machine.read",
    "methods.ask_to_reset",
    "methods.read",
    "overview.read",
    "permission.list_holders",
    "role.list",
    "role.list_unused",
    "role.read",
    "route.list",
    "search.ask",
    "secret.access",
    "secret.ask_to_add",
    "secret.ask_to_copy",
    "secret.ask_to_deliver",
    "secret.ask_to_export_values",
    "secret.ask_to_import",
    "secret.consumers",
    "secret.details",
    "secret.history",
    "secret.list",
    "secret.list_canaries",
    "secret.list_rotations",
    "secret.read",
    "secret.read_canary",
    "secret.read_folder_then",
    "secret.readers",
    "secret.selected",
    "secret.uses",
    "secret.versions",
    "session.ask_to_end",
    "session.list",
    "session.list_own",
    "session.preview_revocation",
    "session.read_revocation",
    "session.read_rights",
    "session.watch",
    "settings.read",
];

/// Whether a search finds routine reads that were allowed. Refused ones are always found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Routine {
    /// The address does not say: pages leave them out, files hold them.
    #[default]
    Usual,
    /// They are found.
    Shown,
    /// They are left out.
    Hidden,
}

impl Routine {
    /// The name of the parameter.
    pub const PARAMETER: &'static str = "routine";

    /// As addresses spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::Shown => "shown",
            Self::Hidden => "hidden",
        }
    }

    /// Reads the parameter of an address.
    pub(crate) fn read(asked: &mut Requested<'_>) -> Self {
        asked.query(Self::PARAMETER, Self::Usual, |text| match text {
            "shown" => Ok(Self::Shown),
            "hidden" => Ok(Self::Hidden),
            _ => Err(PageError::invalid(Self::PARAMETER, "Routine reads are shown or hidden.")),
        })
    }

    /// Returns what a page does: it leaves them out unless its address says otherwise.
    #[must_use]
    pub fn on_a_page(self) -> Self {
        if self == Self::Usual { Self::Hidden } else { self }
    }
}

/// What records are searched for; each part that is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that all stand in the record, in whatever part of it.
    pub text: String,
    /// Who asked: the sign-in name or the display name, or a part of one.
    pub who: String,
    /// The action's name, or the beginning of a part of it.
    pub action: String,
    /// What it was about: its id, for example `secret:01jd…`, or the name that it had then, or a part of that.
    pub resource: String,
    /// The environment of that.
    pub environment: Option<Environment>,
    /// Allowed or refused.
    pub allowed: Option<bool>,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// Words of the reason, or of its code.
    pub reason: String,
    /// The reason's whole code.
    pub code: String,
    /// The way the request came in.
    pub entry: String,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Routine reads.
    pub routine: Routine,
}

/// The names of a search's parts in an address.
const PARTS: [&str; 7] = ["text", "who", "action", "resource", "reason", "code", "entry"];

impl Search {
    pub(crate) fn read(asked: &mut Requested<'_>) -> Self {
        let [text, who, action, resource, reason, code, entry] = PARTS.map(|name| {
            asked.query(name, String::new(), |text| {
                let fits = text.len() <= LONGEST && !text.chars().any(char::is_control);
                if fits { Ok(text.to_owned()) } else { Err(PageError::invalid(name, "Enter at most 128 characters.")) }
            })
        });
        let environment = asked.query("environment", None, |text| {
            let name = Environment::parse(&text.to_lowercase());
            name.map(Some).map_err(|_| PageError::invalid("environment", "No environment can have this name."))
        });
        let allowed = asked.query("decision", None, |text| match text {
            "allowed" => Ok(Some(true)),
            "refused" => Ok(Some(false)),
            _ => Err(PageError::invalid("decision", "Choose allowed or refused.")),
        });
        let outcome = asked.query("outcome", None, |text| {
            let wrong = || PageError::invalid("outcome", "Choose one of the outcomes.");
            Outcome::parse(text).map(Some).ok_or_else(wrong)
        });
        let read = |name, text: &str| time::read(text).ok_or_else(|| PageError::invalid(name, time::HOW_TO_WRITE));
        let from = asked.query("from", None, |text| read("from", text).map(Some));
        let until = asked.query("until", None, |text| match read("until", text)? {
            until if from.is_some_and(|from| until <= from) => {
                Err(PageError::invalid("until", "This is not later than “From”."))
            }
            until => Ok(Some(until)),
        });
        let (who, routine) = (who.to_lowercase(), Routine::read(asked));
        Self { text, who, action, resource, environment, allowed, outcome, reason, code, entry, from, until, routine }
    }

    fn decision(&self) -> &'static str {
        match self.allowed {
            Some(true) => "allowed",
            Some(false) => "refused",
            None => "",
        }
    }

    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let time = |at: Option<Timestamp>| at.map(rfc3339_shortest).unwrap_or_default();
        vec![
            ("text", self.text.clone()),
            ("who", self.who.clone()),
            ("action", self.action.clone()),
            ("resource", self.resource.clone()),
            ("environment", self.environment.as_ref().map(Environment::to_string).unwrap_or_default()),
            ("decision", self.decision().to_owned()),
            ("outcome", self.outcome.map(Outcome::as_str).unwrap_or_default().to_owned()),
            ("reason", self.reason.clone()),
            ("code", self.code.clone()),
            ("entry", self.entry.clone()),
            ("from", time(self.from)),
            ("until", time(self.until)),
            (Routine::PARAMETER, self.routine.as_str().to_owned()),
        ]
    }

    /// What a record says of the search itself.
    pub(crate) fn resource(&self, before: Option<RecordId>) -> Resource {
        let mut asked = self.parameters();
        asked.push(("before", before.map(|id| id.to_string()).unwrap_or_default()));
        asked.sort_unstable_by_key(|(name, _)| *name);
        let set = asked.into_iter().filter(|(_, value)| !value.is_empty());
        set.fold(Resource::none(), |resource, (name, value)| resource.with(name, value))
    }

    /// Returns the search as a page makes it. A search for routine reads by their action finds them.
    #[must_use]
    pub fn on_a_page(&self) -> Self {
        let by_action = ROUTINE_READS.iter().any(|action| self.action_names(action));
        let routine = if by_action { Routine::Shown } else { self.routine.on_a_page() };
        Self { routine, ..self.clone() }
    }

    /// Whether the search is for this action by its name, or by the beginning of the last part of that.
    fn action_names(&self, action: &str) -> bool {
        let typed = self.action.trim();
        let in_full = typed.contains('.') && action.starts_with(typed);
        let last = action.rsplit('.').next().is_some_and(|last| last.starts_with(typed));
        !typed.is_empty() && (in_full || last)
    }

    /// What was searched for, in words: a result that is empty says so.
    pub(super) fn in_words(&self) -> Vec<String> {
        let quoted = |what: &str, text: &str| (!text.is_empty()).then(|| format!("{what} “{text}”"));
        let decision =
            self.allowed.map(|allowed| format!("the decision {}", if allowed { "allowed" } else { "refused" }));
        [
            quoted("all the words", &self.text),
            quoted("somebody whose sign-in name or display name contains", &self.who),
            quoted("an action with a part that begins with", &self.action),
            quoted("a resource whose id, or name at that time, has a part that begins with", &self.resource),
            self.environment.as_ref().map(|environment| format!("the environment {environment}")),
            decision,
            self.outcome.map(|outcome| format!("the outcome “{}”", outcome.words())),
            quoted("the words of the reason", &self.reason),
            quoted("the reason code", &self.code),
            quoted("the channel", &self.entry),
            self.from.map(|from| format!("from {} on", rfc3339_shortest(from))),
            self.until.map(|until| format!("before {}", rfc3339_shortest(until))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn is_narrowed(&self) -> bool {
        *self != Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::policy::machines::ReadOwnRights;
    use crate::ledger::policy::FollowLedger;
    use crate::secrets::policy::ReadHistory;
    use crate::sessions::policy::Watch;
    use doorward::action::Action as _;
    use std::collections::BTreeSet;

    /// A new page adds its question here, or says in this test that opening it is more than a routine read.
    #[test]
    fn opening_any_page_is_a_routine_read() {
        let manifest = crate::routes::manifest();
        let pages = manifest.iter().filter(|route| route.kind == "page").flat_map(|route| &route.loaders);
        let opens = pages.filter(|question| !question.changes).map(|question| question.action);
        // What no page asks: streams, a deferred part, and a machine that looks at its own rights.
        let more = [Watch::NAME, FollowLedger::NAME, ReadHistory::NAME, ReadOwnRights::NAME];
        let known: BTreeSet<_> = ROUTINE_READS.iter().copied().collect();
        let expected: BTreeSet<_> = opens.chain(more).filter(|action| *action != "session.confirm").collect();
        assert_eq!(known, expected);
    }

    #[test]
    fn a_search_by_the_action_of_a_routine_read_finds_it() {
        let on_a_page = |action: &str| Search { action: action.to_owned(), ..Search::default() }.on_a_page().routine;
        assert_eq!(on_a_page("secret.read"), Routine::Shown);
        assert_eq!(on_a_page("watch"), Routine::Shown);
        for doing in ["", "secret.reveal", "reveal", "secret"] {
            assert_eq!(on_a_page(doing), Routine::Hidden, "{doing}");
        }
    }
}
