//! The table `ceremonies`: the server's state of a passkey ceremony, stored until the answer
//! arrives.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use doorward::guard::Unavailable;
use doorward::{IdentityId, SessionId, Timestamp};

const ADD: &str =
    "insert into ceremonies (hash, kind, identity, session, state, ends_at) values ($1, $2, $3, $4, $5, $6)";
const TAKE: &str = "delete from ceremonies where hash = $1 returning kind, identity, session, state, ends_at";

/// The purpose of a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To confirm the session's user.
    Confirm,
    /// To add a passkey.
    Add,
}

impl Purpose {
    /// The value in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Confirm => "confirm",
            Self::Add => "add",
        }
    }
}

/// What a ceremony is bound to: its purpose, and the identity and session, unless nobody is signed
/// in yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// What for.
    pub purpose: Purpose,
    /// The identity and session.
    pub holder: Option<(IdentityId, SessionId)>,
}

/// Stores a ceremony under the hash of its id.
pub async fn add(
    source: &mut Source,
    hash: String,
    bound: Bound,
    state: String,
    ends: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(ADD)
        .bind(hash)
        .bind(bound.purpose.as_str())
        .bind(bound.holder.map(|(identity, _)| identity.to_string()))
        .bind(bound.holder.map(|(_, session)| session.to_string()))
        .bind(state)
        .bind(ends.0);
    source.execute(statement).await.map(|_| ())
}

/// Removes a ceremony and returns its state if it is still valid and bound to `bound`.
pub async fn take(
    source: &mut Source,
    hash: String,
    bound: Bound,
    now: Timestamp,
) -> Result<Option<String>, Unavailable> {
    let Some(row) = source.optional(db::query(TAKE).bind(hash)).await? else { return Ok(None) };
    let read = || -> Result<Option<String>, sqlx::Error> {
        let holder = bound.holder.map(|(identity, session)| (identity.to_string(), session.to_string()));
        let found = row.try_get::<Option<String>>("identity")?.zip(row.try_get("session")?);
        let is_bound = row.try_get::<&str>("kind")? == bound.purpose.as_str() && found == holder;
        let counts = now < Timestamp(row.try_get("ends_at")?);
        Ok((is_bound && counts).then_some(row.try_get("state")?))
    };
    read().map_err(unavailable)
}
