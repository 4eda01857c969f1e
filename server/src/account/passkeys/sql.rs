//! The table `passkeys`.

use crate::db::transaction::Source;
use crate::db::unavailable;
use crate::sessions;
use app::account::store::PasskeyRow;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

const OF: &str =
    "select credential_id, name, passkey, added_at, last_used_at from passkeys where identity = $1 order by added_at";
const OWNER: &str = "select p.passkey, i.id, i.name, i.frozen_at from passkeys p join identities i on i.id = p.identity \
     where p.credential_id = $1";
const ADD: &str = "insert into passkeys (credential_id, identity, name, passkey, added_at) values ($1, $2, $3, $4, $5) \
     on conflict (credential_id) do nothing";
/// Only as it was when its answer was checked: of two answers with one count, the second does not count.
const USE: &str = "update passkeys set passkey = $1, last_used_at = $2 where credential_id = $3 and identity = $4 \
     and passkey = $5";
const REMOVE: &str = "delete from passkeys where credential_id = $1 and identity = $2 returning name";
const REMOVE_ALL: &str = "delete from passkeys where identity = $1";

/// A passkey as it is kept.
pub struct Kept {
    /// What pages show of it.
    pub row: PasskeyRow,
    /// Its JSON.
    pub passkey: String,
}

/// The passkeys of an identity, the oldest first.
///
/// # Errors
/// Where the database does not answer.
pub async fn of(source: &mut Source, identity: IdentityId) -> Result<Vec<Kept>, Unavailable> {
    let rows = source.all(sqlx::query(OF).bind(identity.to_string())).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &AnyRow) -> Result<Kept, sqlx::Error> {
    let shown = PasskeyRow {
        credential_id: row.try_get("credential_id")?,
        name: row.try_get("name")?,
        added: Timestamp(row.try_get("added_at")?),
        last_used: row.try_get::<Option<i64>, _>("last_used_at")?.map(Timestamp),
    };
    Ok(Kept { row: shown, passkey: row.try_get("passkey")? })
}

/// Whose a passkey is.
pub struct Owner {
    /// Who.
    pub identity: IdentityId,
    /// Their sign-in name.
    pub name: String,
    /// Whether they are frozen.
    pub frozen: bool,
    /// The passkey's JSON.
    pub passkey: String,
}

/// The owner of the passkey with this id.
///
/// # Errors
/// Where the database does not answer.
pub async fn owner(source: &mut Source, credential_id: String) -> Result<Option<Owner>, Unavailable> {
    let Some(row) = source.optional(sqlx::query(OWNER).bind(credential_id)).await? else { return Ok(None) };
    let read = || -> Result<Owner, sqlx::Error> {
        Ok(Owner {
            identity: IdentityId::parse(row.try_get("id")?).map_err(sessions::sql::broken)?,
            name: row.try_get("name")?,
            frozen: row.try_get::<Option<i64>, _>("frozen_at")?.is_some(),
            passkey: row.try_get("passkey")?,
        })
    };
    read().map(Some).map_err(unavailable)
}

/// A passkey to be kept.
pub struct NewRow {
    /// Its id.
    pub credential_id: String,
    /// Whose.
    pub identity: IdentityId,
    /// What they call it.
    pub name: String,
    /// Its JSON.
    pub passkey: String,
}

/// Keeps a passkey. False where its id is known, whoever's it is.
///
/// # Errors
/// Where the database does not answer.
pub async fn add(source: &mut Source, new: NewRow, now: Timestamp) -> Result<bool, Unavailable> {
    let statement = sqlx::query(ADD)
        .bind(new.credential_id)
        .bind(new.identity.to_string())
        .bind(new.name)
        .bind(new.passkey)
        .bind(now.0);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// A passkey that was used rightly.
#[derive(Clone)]
pub struct Used {
    /// Whose.
    pub identity: IdentityId,
    /// Its id.
    pub credential_id: String,
    /// Its JSON before.
    pub before: String,
    /// Its JSON from now on.
    pub after: String,
}

/// Notes a use. False where the passkey was removed, or used otherwise, since its answer was checked.
///
/// # Errors
/// Where the database does not answer.
pub async fn touch(source: &mut Source, used: Used, now: Timestamp) -> Result<bool, Unavailable> {
    let statement = sqlx::query(USE)
        .bind(used.after)
        .bind(now.0)
        .bind(used.credential_id)
        .bind(used.identity.to_string())
        .bind(used.before);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Removes one of an identity's passkeys, and says what it was called.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove(
    source: &mut Source,
    identity: IdentityId,
    credential_id: String,
) -> Result<Option<String>, Unavailable> {
    let row = source.optional(sqlx::query(REMOVE).bind(credential_id).bind(identity.to_string())).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

/// Removes every passkey of an identity.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove_all(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(sqlx::query(REMOVE_ALL).bind(identity.to_string())).await.map(|_| ())
}
