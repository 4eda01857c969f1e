//! The table `one_time_codes`: what authenticator apps share with this server, sealed, and the last step that counted.

use crate::db::transaction::{Lockable, Source};
use crate::db::unavailable;
use crate::lockable;
use crate::vault::Sealed;
use doorward::guard::Unavailable;
use doorward::{IdentityId, SessionId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

/// One that was confirmed stays: it must be removed first.
const START: &str = "insert into one_time_codes (identity, key_id, nonce, ciphertext, started_at, started_in) \
     values ($1, $2, $3, $4, $5, $6) on conflict (identity) do update set key_id = excluded.key_id, \
     nonce = excluded.nonce, ciphertext = excluded.ciphertext, started_at = excluded.started_at, \
     started_in = excluded.started_in where one_time_codes.confirmed_at is null";
const OF: Lockable = lockable!(
    "select key_id, nonce, ciphertext, started_at, started_in, confirmed_at, last_step from one_time_codes where identity = $1",
    "for update"
);
const CONFIRM: &str =
    "update one_time_codes set confirmed_at = $1, last_step = $2 where identity = $3 and confirmed_at is null";
const USE_STEP: &str = "update one_time_codes set last_step = $1 where identity = $2 and confirmed_at is not null \
     and (last_step is null or last_step < $1)";
const REMOVE: &str = "delete from one_time_codes where identity = $1 and confirmed_at is not null";
const CANCEL: &str = "delete from one_time_codes where identity = $1 and confirmed_at is null";
const REMOVE_ALL: &str = "delete from one_time_codes where identity = $1";

/// An identity's one-time codes.
pub struct OneTimeCodes {
    /// The secret.
    pub sealed: Sealed,
    /// When setting them up began.
    pub started: Timestamp,
    /// In which session: the secret is shown there alone.
    pub started_in: Option<String>,
    /// Since when they count.
    pub confirmed: Option<Timestamp>,
    /// The step of the last code that counted.
    pub last_step: Option<i64>,
}

/// Keeps a new secret, which confirms nothing yet. False where codes are on already.
///
/// # Errors
/// Where the database does not answer.
pub async fn start(
    source: &mut Source,
    identity: IdentityId,
    session: SessionId,
    sealed: Sealed,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = sqlx::query(START)
        .bind(identity.to_string())
        .bind(sealed.key_id)
        .bind(sealed.nonce)
        .bind(sealed.ciphertext)
        .bind(now.0)
        .bind(session.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// An identity's one-time codes, where setting them up has begun.
///
/// # Errors
/// Where the database does not answer.
pub async fn of(source: &mut Source, identity: IdentityId) -> Result<Option<OneTimeCodes>, Unavailable> {
    let statement = sqlx::query(source.text(OF)).bind(identity.to_string());
    let row = source.optional(statement).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

fn read(row: &AnyRow) -> Result<OneTimeCodes, sqlx::Error> {
    Ok(OneTimeCodes {
        sealed: Sealed {
            key_id: row.try_get("key_id")?,
            nonce: row.try_get("nonce")?,
            ciphertext: row.try_get("ciphertext")?,
        },
        started: Timestamp(row.try_get("started_at")?),
        started_in: row.try_get("started_in")?,
        confirmed: row.try_get::<Option<i64>, _>("confirmed_at")?.map(Timestamp),
        last_step: row.try_get("last_step")?,
    })
}

/// Lets the codes count from now on, after the code of `step` was right. False where they do already.
///
/// # Errors
/// Where the database does not answer.
pub async fn confirm(
    source: &mut Source,
    identity: IdentityId,
    step: i64,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = sqlx::query(CONFIRM).bind(now.0).bind(step).bind(identity.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Uses a step up. False where it, or a later one, has counted.
///
/// # Errors
/// Where the database does not answer.
pub async fn use_step(source: &mut Source, identity: IdentityId, step: i64) -> Result<bool, Unavailable> {
    let statement = sqlx::query(USE_STEP).bind(step).bind(identity.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Gives up a secret that confirms nothing yet. False if there was none.
///
/// # Errors
/// Where the database does not answer.
pub async fn cancel(source: &mut Source, identity: IdentityId) -> Result<bool, Unavailable> {
    source.execute(sqlx::query(CANCEL).bind(identity.to_string())).await.map(|rows| rows == 1)
}

/// Removes an identity's one-time codes, and a secret that confirms nothing yet.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove_all(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(sqlx::query(REMOVE_ALL).bind(identity.to_string())).await.map(|_| ())
}

/// Removes an identity's one-time codes that count. False where there were none.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove(source: &mut Source, identity: IdentityId) -> Result<bool, Unavailable> {
    source.execute(sqlx::query(REMOVE).bind(identity.to_string())).await.map(|rows| rows == 1)
}
