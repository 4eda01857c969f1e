//! What is searched for in the ledger, as it stands in addresses and in the records of searches.

use crate::model::Failure;
use crate::page::Requested;
use crate::ui::time::{read_utc, rfc3339};
use doorward::action::Resource;
use doorward::{Environment, Moment, RecordId};

/// The longest text of a part, in bytes.
const LONGEST: usize = 128;

/// What records are searched for; each part that is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that all stand in the record, in whatever part of it.
    pub text: String,
    /// Who asked: the sign-in name.
    pub who: String,
    /// The action's name.
    pub action: String,
    /// What it was about, for example `secret:01jd…`.
    pub resource: String,
    /// The environment of that.
    pub environment: Option<Environment>,
    /// Allowed or refused.
    pub allowed: Option<bool>,
    /// The reason's code.
    pub reason: String,
    /// The way the request came in.
    pub entry: String,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub until: Option<Moment>,
}

/// The names of a search's parts in an address.
const PARTS: [&str; 6] = ["text", "who", "action", "resource", "reason", "entry"];

impl Search {
    pub(in crate::pages) fn read(asked: &mut Requested<'_>) -> Self {
        let [text, who, action, resource, reason, entry] = PARTS.map(|name| {
            asked.query(name, String::new(), |text| {
                let fits = text.len() <= LONGEST && !text.chars().any(char::is_control);
                if fits { Ok(text.to_owned()) } else { Err(Failure::invalid(name, "Search for less.")) }
            })
        });
        let environment = asked.query("environment", None, |text| {
            let name = Environment::parse(&text.to_lowercase());
            name.map(Some).map_err(|_| Failure::invalid("environment", "No environment has such a name."))
        });
        let allowed = asked.query("decision", None, |text| match text {
            "allowed" => Ok(Some(true)),
            "refused" => Ok(Some(false)),
            _ => Err(Failure::invalid("decision", "A decision is allowed or refused.")),
        });
        let [from, until] = ["from", "until"].map(|name| {
            asked.query(name, None, |text| {
                let wrong = || Failure::invalid(name, "Give a time in UTC, such as 2026-11-24T09:30.");
                read_utc(text).map(Some).ok_or_else(wrong)
            })
        });
        Self { text, who: who.to_lowercase(), action, resource, environment, allowed, reason, entry, from, until }
    }

    fn decision(&self) -> &'static str {
        match self.allowed {
            Some(true) => "allowed",
            Some(false) => "refused",
            None => "",
        }
    }

    pub(in crate::pages) fn parameters(&self) -> Vec<(&'static str, String)> {
        let time = |at: Option<Moment>| at.map(rfc3339).unwrap_or_default();
        vec![
            ("text", self.text.clone()),
            ("who", self.who.clone()),
            ("action", self.action.clone()),
            ("resource", self.resource.clone()),
            ("environment", self.environment.as_ref().map(Environment::to_string).unwrap_or_default()),
            ("decision", self.decision().to_owned()),
            ("reason", self.reason.clone()),
            ("entry", self.entry.clone()),
            ("from", time(self.from)),
            ("until", time(self.until)),
        ]
    }

    /// What a record says of the search itself.
    pub(in crate::pages) fn resource(&self, before: Option<RecordId>) -> Resource {
        let mut asked = self.parameters();
        asked.push(("before", before.map(|id| id.to_string()).unwrap_or_default()));
        asked.sort_unstable_by_key(|(name, _)| *name);
        let set = asked.into_iter().filter(|(_, value)| !value.is_empty());
        set.fold(Resource::none(), |resource, (name, value)| resource.with(name, value))
    }

    pub(super) fn is_narrowed(&self) -> bool {
        *self != Self::default()
    }
}
