//! The table `one_time_codes`: the encrypted secrets of authenticator apps, and the last step used.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, unavailable};
use crate::lockable;
use crate::vault::Sealed;
use doorward::guard::Unavailable;
use doorward::{IdentityId, SessionId, Timestamp};

/// Does not replace a confirmed secret, which must be removed first.
const START: &str = "insert into one_time_codes (identity, key_id, wrapped_key, nonce, ciphertext, started_at, \
     started_in) values ($1, $2, $3, $4, $5, $6, $7) on conflict (identity) do update set key_id = excluded.key_id, \
     wrapped_key = excluded.wrapped_key, nonce = excluded.nonce, ciphertext = excluded.ciphertext, started_at = excluded.started_at, \
     started_in = excluded.started_in where one_time_codes.confirmed_at is null";
const OF: Lockable = lockable!(
    "select key_id, wrapped_key, nonce, ciphertext, started_at, started_in, confirmed_at, last_step from one_time_codes where identity = $1",
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
    /// The encrypted secret.
    pub sealed: Sealed,
    /// When the set-up began.
    pub started: Timestamp,
    /// The session in which the set-up began. The secret is shown only there.
    pub started_in: Option<String>,
    /// When the set-up was confirmed.
    pub confirmed: Option<Timestamp>,
    /// The step of the last accepted code.
    pub last_step: Option<i64>,
}

/// Stores a new, unconfirmed secret. Returns false if codes are already on.
pub async fn start(
    source: &mut Source,
    identity: IdentityId,
    session: SessionId,
    sealed: Sealed,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(START)
        .bind(identity.to_string())
        .bind(sealed.key_id)
        .bind(sealed.wrapped_key)
        .bind(sealed.nonce)
        .bind(sealed.ciphertext)
        .bind(now.0)
        .bind(session.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Returns an identity's one-time codes, confirmed or not.
pub async fn of(source: &mut Source, identity: IdentityId) -> Result<Option<OneTimeCodes>, Unavailable> {
    let statement = db::query(source.text(OF)).bind(identity.to_string());
    let row = source.optional(statement).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

fn read(row: &Row) -> Result<OneTimeCodes, sqlx::Error> {
    Ok(OneTimeCodes {
        sealed: Sealed {
            key_id: row.try_get("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            nonce: row.try_get("nonce")?,
            ciphertext: row.try_get("ciphertext")?,
        },
        started: Timestamp(row.try_get("started_at")?),
        started_in: row.try_get("started_in")?,
        confirmed: row.try_get::<Option<i64>>("confirmed_at")?.map(Timestamp),
        last_step: row.try_get("last_step")?,
    })
}

/// Confirms the codes after the code of `step` was correct. Returns false if they are already
/// confirmed.
pub async fn confirm(
    source: &mut Source,
    identity: IdentityId,
    step: i64,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(CONFIRM).bind(now.0).bind(step).bind(identity.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Consumes a step. Returns false if this or a later step was already used.
pub async fn use_step(source: &mut Source, identity: IdentityId, step: i64) -> Result<bool, Unavailable> {
    let statement = db::query(USE_STEP).bind(step).bind(identity.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Removes an unconfirmed secret. Returns false if there was none.
pub async fn cancel(source: &mut Source, identity: IdentityId) -> Result<bool, Unavailable> {
    source.execute(db::query(CANCEL).bind(identity.to_string())).await.map(|rows| rows == 1)
}

/// Removes an identity's one-time codes, confirmed or not.
pub async fn remove_all(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(db::query(REMOVE_ALL).bind(identity.to_string())).await.map(|_| ())
}

/// Removes an identity's confirmed one-time codes. Returns false if there were none.
pub async fn remove(source: &mut Source, identity: IdentityId) -> Result<bool, Unavailable> {
    source.execute(db::query(REMOVE).bind(identity.to_string())).await.map(|rows| rows == 1)
}
