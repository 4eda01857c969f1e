//! The table `pending_values`. No other statement reads its values.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, unavailable};
use crate::lockable;
use crate::secrets::sql::read_kind;
use crate::secrets::values::Prepared;
use crate::vault::Sealed;
use app::secrets::store::{NO_VERSION, PendingValue, SecretKind, VersionRow};
use doorward::guard::Unavailable;
use doorward::{IdentityId, SecretId, Timestamp};

const ABOUT: &str = "select p.saved_at, i.display_name, p.reason, p.file_name, length(p.ciphertext) - 16 as bytes \
     from pending_values p left join identities i on i.id = p.saved_by where p.secret = $1";
const VALUE: Lockable = lockable!(
    "select p.saved_at, p.saved_by, p.reason, p.file_name, p.key_id, p.wrapped_key, p.nonce, p.ciphertext, s.kind, \
     s.environment from pending_values p join secrets s on s.id = p.secret where p.secret = $1",
    "for update of p"
);
const ADD: &str = "insert into pending_values (secret, saved_at, saved_by, reason, file_name, key_id, wrapped_key, nonce, \
     ciphertext) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (secret) do nothing";
const REMOVE: &str = "delete from pending_values where secret = $1 and saved_at = $2";
const NOTE_ORIGIN: &str = "update secret_versions set saved_by = $1, saved_at = $2 where secret = $3 and version = $4";

/// Returns what may be seen of the pending value.
pub async fn about(source: &mut Source, id: SecretId) -> Result<Option<PendingValue>, Unavailable> {
    let Some(row) = source.optional(db::query(ABOUT).bind(id.to_string())).await? else { return Ok(None) };
    let read = || -> Result<PendingValue, sqlx::Error> {
        Ok(PendingValue {
            saved: Timestamp(row.try_get("saved_at")?),
            by: row.try_get("display_name")?,
            reason: row.try_get("reason")?,
            file_name: row.try_get("file_name")?,
            bytes: row.try_get("bytes")?,
        })
    };
    read().map(Some).map_err(unavailable)
}

/// The pending value as a row beside versions.
pub fn as_version(pending: PendingValue) -> VersionRow {
    VersionRow {
        version: NO_VERSION,
        by: pending.by,
        at: pending.saved,
        reason: pending.reason,
        restored_from: None,
        saved: None,
        file_name: pending.file_name,
        bytes: pending.bytes,
    }
}

/// A pending value, encrypted.
pub struct Pending {
    pub saved: Timestamp,
    /// The id of who saved it.
    pub by: Option<String>,
    pub reason: String,
    pub file_name: Option<String>,
    pub sealed: Sealed,
    pub kind: SecretKind,
    pub environment: String,
}

/// Returns the pending value, encrypted, and locks it if this is a transaction.
pub async fn value(source: &mut Source, id: SecretId) -> Result<Option<Pending>, Unavailable> {
    let row = source.optional(db::query(source.text(VALUE)).bind(id.to_string())).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

fn read(row: &Row) -> Result<Pending, sqlx::Error> {
    let sealed = Sealed {
        key_id: row.try_get("key_id")?,
        wrapped_key: row.try_get("wrapped_key")?,
        nonce: row.try_get("nonce")?,
        ciphertext: row.try_get("ciphertext")?,
    };
    Ok(Pending {
        saved: Timestamp(row.try_get("saved_at")?),
        by: row.try_get("saved_by")?,
        reason: row.try_get("reason")?,
        file_name: row.try_get("file_name")?,
        sealed,
        kind: read_kind(row)?,
        environment: row.try_get("environment")?,
    })
}

/// Saves a value. Returns false if another one is pending.
pub async fn add(
    source: &mut Source,
    id: SecretId,
    (by, now, reason): (IdentityId, Timestamp, &str),
    prepared: &Prepared,
    sealed: Sealed,
) -> Result<bool, Unavailable> {
    let statement = db::query(ADD)
        .bind(id.to_string())
        .bind(now.0)
        .bind(by.to_string())
        .bind(reason.to_owned())
        .bind(prepared.about.file_name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(sealed.key_id)
        .bind(sealed.wrapped_key)
        .bind(sealed.nonce)
        .bind(sealed.ciphertext);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Removes the pending value that was saved at a time. Returns false if it is not pending any more.
pub async fn remove(source: &mut Source, id: SecretId, saved: Timestamp) -> Result<bool, Unavailable> {
    source.execute(db::query(REMOVE).bind(id.to_string()).bind(saved.0)).await.map(|rows| rows == 1)
}

/// Notes who saved the value of a version as pending, and when.
pub async fn note_origin(
    source: &mut Source,
    (id, version): (SecretId, i64),
    pending: &Pending,
) -> Result<(), Unavailable> {
    let statement =
        db::query(NOTE_ORIGIN).bind(pending.by.clone()).bind(pending.saved.0).bind(id.to_string()).bind(version);
    source.execute(statement).await.map(|_| ())
}
