//! The record of one decision, and the list of its fields.

use super::field::{Field, Look, Part, Shown, Stored as _, Terms, Value, kind_of};
use super::{BadRecord, Channel, Outcome};
use crate::{AuthenticationId, Environment, IdentityId, Kind, Method, Principal, RecordId, SessionId, Timestamp};

/// The principal in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The identity.
    pub identity: IdentityId,
    /// Its sign-in name at that time.
    pub name: Box<str>,
    /// Its kind.
    pub kind: Kind,
    /// The session of the request.
    pub session: Option<SessionId>,
    /// The authentication that the session had.
    pub authentication: Option<AuthenticationId>,
    /// The method of that authentication.
    pub method: Option<Method>,
    /// When that authentication took place. With the method, this is the session's assurance.
    pub authenticated: Option<Timestamp>,
}

/// The policy rows that a decision was based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRows {
    /// The version of the policy rows: a counter that increases with every change to them.
    pub version: i64,
    /// The rows of the principal's roles that name the permission, for example `operator in dev`.
    pub rows: String,
}

/// One decision, as the ledger stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The record's id.
    pub id: RecordId,
    /// When it was decided.
    pub at: Timestamp,
    /// The principal, or `None` if there was no live session.
    pub who: Option<Who>,
    /// The action's name.
    pub action: String,
    /// The resource that it was about.
    pub resource: String,
    /// The normalized parameters. Never contains a secret value.
    pub parameters: String,
    /// Whether the action was allowed.
    pub allowed: bool,
    /// The reason or the grounds, as a code.
    pub code: String,
    /// The same as text.
    pub words: String,
    /// The channel of the request.
    pub entry: Channel,
    /// The client's address, if there is one.
    pub address: Option<String>,
    /// The request's id, which traces carry too.
    pub request: String,
    /// The policy rows, or `None` if the policy was not asked.
    pub policy: Option<PolicyRows>,
    /// The environment of the resource, or `None` if it belongs to none or was not looked up.
    pub environment: Option<Environment>,
    /// The outcome, or `None` in records from before outcomes were recorded.
    pub outcome: Option<Outcome>,
    /// The resource's name at that time, if it has one. `None` in records from before names were
    /// recorded.
    pub resource_name: Option<String>,
}

/// A field of the list below, with what most fields have.
macro_rules! field {
    ($name:ident) => {
        field!(Part::Record, kind_of(|it: &AuditEntry| &it.$name), $name, |it| it.$name.value(), |it| it)
    };
    (who.$name:ident) => {
        field!(
            Part::Who,
            kind_of(|it: &Who| &it.$name),
            $name,
            |it| it.who.as_ref().and_then(|who| who.$name.value()),
            |it| it.who.get_or_insert_with(Who::nobody)
        )
    };
    (policy.$name:ident) => {
        field!(
            Part::Policy,
            kind_of(|it: &PolicyRows| &it.$name),
            $name,
            |it| it.policy.as_ref().and_then(|policy| policy.$name.value()),
            |it| it.policy.get_or_insert_with(PolicyRows::none)
        )
    };
    ($part:expr, $kind:expr, $name:ident, $get:expr, |$it:ident| $owner:expr) => {
        Field {
            column: stringify!($name),
            name: stringify!($name),
            since: 1,
            part: $part,
            form: $kind.0,
            required: $kind.1,
            terms: &[],
            shown: Shown::Apart,
            get: $get,
            set: |$it, value| {
                $owner.$name = super::field::Stored::read(value)?;
                Some(())
            },
        }
    };
}

/// The fields of a record, in the order of its canonical bytes.
///
/// Canonical bytes, the table `audit`, files of sealed records, exports, forwarded records, search
/// terms and the record's page are all made from this list. To add a field, add it to the struct,
/// to this list with the next layout as `since`, and to the table by a migration. Never change the
/// order, the type or the layout of a field: sealed records must keep their bytes.
pub const FIELDS: &[Field] = &[
    Field { shown: Shown::Decided("Record", Look::Code), ..field!(id) },
    Field { shown: Shown::Asked("When", Look::Plain), ..field!(at) },
    Field { shown: Shown::Decided("Identity", Look::Code), ..field!(who.identity) },
    Field {
        terms: &[Terms::Exact("who"), Terms::Words],
        shown: Shown::Decided("Who asked", Look::Plain),
        ..field!(who.name)
    },
    Field { terms: &[Terms::Words], shown: Shown::Decided("Kind", Look::Spaced), ..field!(who.kind) },
    Field { terms: &[Terms::Words], shown: Shown::Decided("Session", Look::Code), ..field!(who.session) },
    Field { shown: Shown::Decided("Authentication", Look::Code), ..field!(who.authentication) },
    Field { terms: &[Terms::Words], shown: Shown::Decided("Method", Look::Code), ..field!(who.method) },
    Field {
        column: "authenticated_at",
        since: 2,
        shown: Shown::Decided("Authenticated", Look::Plain),
        ..field!(who.authenticated)
    },
    Field {
        terms: &[Terms::Parts("action"), Terms::Words],
        shown: Shown::Asked("Action", Look::Code),
        ..field!(action)
    },
    Field {
        terms: &[Terms::Parts("resource"), Terms::Words],
        shown: Shown::Asked("Resource", Look::Code),
        ..field!(resource)
    },
    Field { terms: &[Terms::Query], shown: Shown::Asked("Parameters", Look::Code), ..field!(parameters) },
    Field { column: "decision", terms: &[Terms::Exact("decision"), Terms::Words], ..field!(allowed) },
    Field {
        column: "reason_code",
        terms: &[Terms::Exact("code"), Terms::Parts("reason"), Terms::Words],
        shown: Shown::Decided("Code", Look::Code),
        ..field!(code)
    },
    Field {
        column: "reason",
        terms: &[Terms::Parts("reason"), Terms::Words],
        shown: Shown::Decided("Reason", Look::Plain),
        ..field!(words)
    },
    Field {
        terms: &[Terms::Exact("entry"), Terms::Words],
        shown: Shown::Asked("Channel", Look::Spaced),
        ..field!(entry)
    },
    Field { terms: &[Terms::Words], shown: Shown::Asked("From", Look::Code), ..field!(address) },
    Field { terms: &[Terms::Words], shown: Shown::Asked("Request", Look::Code), ..field!(request) },
    Field {
        column: "policy_version",
        name: "policy_version",
        since: 2,
        shown: Shown::Decided("Policy version", Look::Plain),
        ..field!(policy.version)
    },
    Field {
        column: "policy_rows",
        name: "policy_rows",
        since: 2,
        terms: &[Terms::Words],
        shown: Shown::Decided("Roles that allow it", Look::Plain),
        ..field!(policy.rows)
    },
    Field {
        since: 3,
        terms: &[Terms::Exact("environment"), Terms::Words],
        shown: Shown::Asked("Environment", Look::Plain),
        ..field!(environment)
    },
    Field { since: 4, terms: &[Terms::Exact("outcome")], ..field!(outcome) },
    Field {
        since: 4,
        terms: &[Terms::Parts("resource"), Terms::Words],
        shown: Shown::Asked("Name then", Look::Plain),
        ..field!(resource_name)
    },
];

impl Who {
    fn nobody() -> Self {
        Self {
            identity: IdentityId::NOTHING,
            name: "".into(),
            kind: Kind::Person,
            session: None,
            authentication: None,
            method: None,
            authenticated: None,
        }
    }
}

impl From<&Principal> for Who {
    fn from(principal: &Principal) -> Self {
        Self {
            identity: principal.identity,
            name: principal.name.clone(),
            kind: principal.kind,
            session: Some(principal.session),
            authentication: Some(principal.assurance.authentication),
            method: Some(principal.assurance.method),
            authenticated: Some(principal.assurance.at),
        }
    }
}

impl PolicyRows {
    const fn none() -> Self {
        Self { version: 0, rows: String::new() }
    }
}

impl AuditEntry {
    /// Creates the record of an action of the server itself, refused, about nothing: the rest of a
    /// struct expression that names the fields that matter.
    #[must_use]
    pub fn new(id: RecordId, at: Timestamp, action: &str) -> Self {
        Self {
            id,
            at,
            who: None,
            action: action.to_owned(),
            resource: String::new(),
            parameters: String::new(),
            allowed: false,
            code: String::new(),
            words: String::new(),
            entry: Channel::Server,
            address: None,
            request: String::new(),
            policy: None,
            environment: None,
            outcome: None,
            resource_name: None,
        }
    }

    /// Reads a record, field by field in the order of [`FIELDS`], from a function that returns a
    /// field's value or `None` if it is missing.
    ///
    /// # Errors
    /// Returns the function's error, or [`BadRecord`] if a required field is missing or a value is
    /// not valid: such a record was never written.
    pub fn read<'a, E: From<BadRecord>>(
        mut value: impl FnMut(&'static Field) -> Result<Option<Value<'a>>, E>,
    ) -> Result<Self, E> {
        let mut entry = Self::new(RecordId::NOTHING, Timestamp(0), "");
        let mut missing = Vec::new();
        for field in FIELDS {
            match value(field)? {
                Some(value) => (field.set)(&mut entry, value).ok_or(BadRecord(field.column))?,
                None if field.required => missing.push(field),
                None => {}
            }
        }
        match missing.iter().find(|field| field.part.is_in(&entry)) {
            Some(field) => Err(BadRecord(field.column).into()),
            None => Ok(entry),
        }
    }
}

#[cfg(test)]
mod tests;
