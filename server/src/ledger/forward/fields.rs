//! What is forwarded of a record: every column of it, by the names that the table has.

use crate::ledger::sealer::sql::Sealed;
use app::ui::time::rfc3339_exact;
use doorward::ledger::{AuditEntry, Outcome};
use doorward::{Environment, Method};

/// A sealed record as receivers get it.
pub struct Forwarded {
    /// When it was decided, in RFC 3339; nothing where the record cannot be read.
    pub at: Option<String>,
    /// The same, in milliseconds since 1970.
    pub milliseconds: i64,
    /// The action's name.
    pub action: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// One line for people. Words of the code alone: nothing of a request.
    pub sentence: String,
    /// Its place, its id, by which a receiver knows one that comes twice, and the rest of it. What is missing is left out.
    pub fields: Vec<(&'static str, String)>,
}

impl Forwarded {
    /// What is sent of this place. A record that somebody changed so that it is none is told of all the same.
    #[must_use]
    pub fn of(sealed: &Sealed) -> Self {
        let mut fields = vec![("place", sealed.index.to_string()), ("id", sealed.record.clone())];
        let Some(entry) = &sealed.entry else {
            let sentence = "this sealed record is missing or cannot be read; run: doorward ledger verify".to_owned();
            return Self { at: None, milliseconds: 0, action: "-".to_owned(), allowed: false, sentence, fields };
        };
        fields.extend(of_entry(entry));
        let decision = decision(entry);
        Self {
            at: Some(rfc3339_exact(entry.at)),
            milliseconds: entry.at.0,
            action: entry.action.clone(),
            allowed: entry.allowed,
            sentence: format!("{} {decision}: {}", entry.action, entry.words),
            fields,
        }
    }
}

const fn decision(entry: &AuditEntry) -> &'static str {
    if entry.allowed { "allowed" } else { "refused" }
}

fn of_entry(entry: &AuditEntry) -> impl Iterator<Item = (&'static str, String)> {
    let who = entry.who.as_ref();
    [
        ("identity", who.map(|who| who.identity.to_string())),
        ("name", who.map(|who| who.name.to_string())),
        ("kind", who.map(|who| who.kind.as_str().to_owned())),
        ("session", who.and_then(|who| who.session).map(|id| id.to_string())),
        ("authentication", who.and_then(|who| who.authentication).map(|id| id.to_string())),
        ("method", who.and_then(|who| who.method).map(Method::as_str).map(ToOwned::to_owned)),
        ("action", Some(entry.action.clone())),
        ("resource", Some(entry.resource.clone())),
        ("parameters", Some(entry.parameters.clone())),
        ("decision", Some(decision(entry).to_owned())),
        ("reason_code", Some(entry.code.clone())),
        ("reason", Some(entry.words.clone())),
        ("entry", Some(entry.entry.as_str().to_owned())),
        ("address", entry.address.clone()),
        ("request", Some(entry.request.clone())),
        ("authenticated_at", who.and_then(|who| who.authenticated).map(rfc3339_exact)),
        ("policy_version", entry.policy.as_ref().map(|policy| policy.version.to_string())),
        ("policy_rows", entry.policy.as_ref().map(|policy| policy.rows.clone())),
        ("environment", entry.environment.as_ref().map(Environment::to_string)),
        ("outcome", entry.outcome.map(Outcome::as_str).map(ToOwned::to_owned)),
        ("resource_name", entry.resource_name.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
}
