//! The table `ceremonies`: what a passkey's answer is checked against, kept until the answer comes, and taken away then.

use crate::db::transaction::Source;
use crate::db::unavailable;
use doorward::guard::Unavailable;
use doorward::{IdentityId, SessionId, Timestamp};
use sqlx::Row;

const ADD: &str =
    "insert into ceremonies (hash, kind, identity, session, state, ends_at) values ($1, $2, $3, $4, $5, $6)";
const TAKE: &str = "delete from ceremonies where hash = $1 returning kind, identity, session, state, ends_at";

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To confirm who one is.
    Confirm,
    /// To add a passkey.
    Add,
}

impl Purpose {
    /// As its column spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Confirm => "confirm",
            Self::Add => "add",
        }
    }
}

/// What a ceremony is for, and whose it is, in which session; nobody's where nobody is signed in yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// What for.
    pub purpose: Purpose,
    /// Whose.
    pub whose: Option<(IdentityId, SessionId)>,
}

/// Keeps a ceremony under the hash of its id.
///
/// # Errors
/// Where the database does not answer.
pub async fn add(
    source: &mut Source,
    hash: String,
    bound: Bound,
    state: String,
    ends: Timestamp,
) -> Result<(), Unavailable> {
    let statement = sqlx::query(ADD)
        .bind(hash)
        .bind(bound.purpose.as_str())
        .bind(bound.whose.map(|(identity, _)| identity.to_string()))
        .bind(bound.whose.map(|(_, session)| session.to_string()))
        .bind(state)
        .bind(ends.0);
    source.execute(statement).await.map(|_| ())
}

/// Takes a ceremony away, whatever becomes of it. Its state, where it counts still and is bound so.
///
/// # Errors
/// Where the database does not answer.
pub async fn take(
    source: &mut Source,
    hash: String,
    bound: Bound,
    now: Timestamp,
) -> Result<Option<String>, Unavailable> {
    let Some(row) = source.optional(sqlx::query(TAKE).bind(hash)).await? else { return Ok(None) };
    let read = || -> Result<Option<String>, sqlx::Error> {
        let whose = bound.whose.map(|(identity, session)| (identity.to_string(), session.to_string()));
        let found = row.try_get::<Option<String>, _>("identity")?.zip(row.try_get("session")?);
        let is_bound = row.try_get::<&str, _>("kind")? == bound.purpose.as_str() && found == whose;
        let counts = now < Timestamp(row.try_get("ends_at")?);
        Ok((is_bound && counts).then_some(row.try_get("state")?))
    };
    read().map_err(unavailable)
}
