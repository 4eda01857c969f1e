//! What is searched for in the ledger, as it stands in addresses and in the records of searches.

use crate::ledger::policy::FollowLedger;
use crate::page::Requested;
use crate::page::error::PageError;
use crate::sessions::policy::Watch;
use crate::ui::time::{self, rfc3339_shortest};
use doorward::action::{Action, Resource};
use doorward::ledger::Outcome;
use doorward::{Environment, RecordId, Timestamp};

/// The longest text of a part, in bytes.
const LONGEST: usize = 128;

/// The actions that an open page asks for by itself, again and again, while nobody does anything.
pub const BACKGROUND_CHECKS: [&str; 2] = [Watch::NAME, FollowLedger::NAME];

/// Whether a search finds background checks that were allowed. Refused ones are always found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// The address does not say: pages leave them out, files hold them.
    #[default]
    Usual,
    /// They are found.
    Shown,
    /// They are left out.
    Hidden,
}

impl Checks {
    /// As addresses spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::Shown => "shown",
            Self::Hidden => "hidden",
        }
    }

    /// Reads the parameter `background` of an address.
    pub(crate) fn read(asked: &mut Requested<'_>) -> Self {
        asked.query("background", Self::Usual, |text| match text {
            "shown" => Ok(Self::Shown),
            "hidden" => Ok(Self::Hidden),
            _ => Err(PageError::invalid("background", "Background checks are shown or hidden.")),
        })
    }

    /// What a page does: it leaves them out unless its address says otherwise.
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
    /// Background checks of open pages.
    pub checks: Checks,
}

/// The names of a search's parts in an address.
const PARTS: [&str; 7] = ["text", "who", "action", "resource", "reason", "code", "entry"];

impl Search {
    pub(crate) fn read(asked: &mut Requested<'_>) -> Self {
        let [text, who, action, resource, reason, code, entry] = PARTS.map(|name| {
            asked.query(name, String::new(), |text| {
                let fits = text.len() <= LONGEST && !text.chars().any(char::is_control);
                if fits { Ok(text.to_owned()) } else { Err(PageError::invalid(name, "Search for less.")) }
            })
        });
        let environment = asked.query("environment", None, |text| {
            let name = Environment::parse(&text.to_lowercase());
            name.map(Some).map_err(|_| PageError::invalid("environment", "No environment has such a name."))
        });
        let allowed = asked.query("decision", None, |text| match text {
            "allowed" => Ok(Some(true)),
            "refused" => Ok(Some(false)),
            _ => Err(PageError::invalid("decision", "A decision is allowed or refused.")),
        });
        let outcome = asked.query("outcome", None, |text| {
            let wrong = || PageError::invalid("outcome", "Choose one of the outcomes.");
            Outcome::parse(text).map(Some).ok_or_else(wrong)
        });
        let [from, until] = ["from", "until"].map(|name| {
            asked.query(name, None, |text| {
                time::read(text).map(Some).ok_or_else(|| PageError::invalid(name, time::HOW_TO_WRITE))
            })
        });
        let (who, checks) = (who.to_lowercase(), Checks::read(asked));
        Self { text, who, action, resource, environment, allowed, outcome, reason, code, entry, from, until, checks }
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
            ("background", self.checks.as_str().to_owned()),
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

    /// The search as a page makes it. A search for background checks by their action finds them.
    #[must_use]
    pub fn on_a_page(&self) -> Self {
        let by_action = BACKGROUND_CHECKS.iter().any(|check| self.action_names(check));
        let checks = if by_action { Checks::Shown } else { self.checks.on_a_page() };
        Self { checks, ..self.clone() }
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
