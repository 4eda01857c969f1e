//! The table `passkeys`.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use app::account::store::PasskeyRow;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Timestamp};

const OF: &str =
    "select credential_id, name, passkey, added_at, last_used_at from passkeys where identity = $1 order by added_at";
const OWNER: &str = "select p.passkey, i.id, i.name, i.frozen_at from passkeys p join identities i on i.id = p.identity \
     where p.credential_id = $1";
const ADD: &str = "insert into passkeys (credential_id, identity, name, passkey, added_at) values ($1, $2, $3, $4, $5) \
     on conflict (credential_id) do nothing";
/// Matches only the state that the answer was checked against: of two answers with the same
/// counter, the second fails.
const USE: &str = "update passkeys set passkey = $1, last_used_at = $2 where credential_id = $3 and identity = $4 \
     and passkey = $5";
const REMOVE: &str = "delete from passkeys where credential_id = $1 and identity = $2 returning name";
const REMOVE_ALL: &str = "delete from passkeys where identity = $1";

/// A stored passkey.
pub struct Kept {
    /// The part that pages show.
    pub row: PasskeyRow,
    /// The passkey's JSON.
    pub passkey: String,
}

/// Returns the passkeys of an identity, the oldest first.
pub async fn of(source: &mut Source, identity: IdentityId) -> Result<Vec<Kept>, Unavailable> {
    let rows = source.all(db::query(OF).bind(identity.to_string())).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &Row) -> Result<Kept, sqlx::Error> {
    let shown = PasskeyRow {
        credential_id: row.try_get("credential_id")?,
        name: row.try_get("name")?,
        added: Timestamp(row.try_get("added_at")?),
        last_used: row.try_get::<Option<i64>>("last_used_at")?.map(Timestamp),
    };
    Ok(Kept { row: shown, passkey: row.try_get("passkey")? })
}

/// The owner of a passkey.
pub struct Owner {
    pub identity: IdentityId,
    /// Their sign-in name.
    pub name: String,
    /// Whether the owner is frozen.
    pub frozen: bool,
    /// The passkey's JSON.
    pub passkey: String,
}

/// Returns the owner of the passkey with this id.
pub async fn owner(source: &mut Source, credential_id: String) -> Result<Option<Owner>, Unavailable> {
    let Some(row) = source.optional(db::query(OWNER).bind(credential_id)).await? else { return Ok(None) };
    let read = || -> Result<Owner, sqlx::Error> {
        Ok(Owner {
            identity: IdentityId::parse(row.try_get("id")?).map_err(db::broken)?,
            name: row.try_get("name")?,
            frozen: row.try_get::<Option<i64>>("frozen_at")?.is_some(),
            passkey: row.try_get("passkey")?,
        })
    };
    read().map(Some).map_err(unavailable)
}

/// A passkey to be stored.
pub struct NewRow {
    pub credential_id: String,
    pub identity: IdentityId,
    /// The name that the owner gave it.
    pub name: String,
    /// The passkey's JSON.
    pub passkey: String,
}

/// Stores a passkey. Returns false if its id exists already, for any identity.
pub async fn add(source: &mut Source, new: NewRow, now: Timestamp) -> Result<bool, Unavailable> {
    let statement = db::query(ADD)
        .bind(new.credential_id)
        .bind(new.identity.to_string())
        .bind(new.name)
        .bind(new.passkey)
        .bind(now.0);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// A successful use of a passkey.
#[derive(Clone)]
pub struct Used {
    pub identity: IdentityId,
    pub credential_id: String,
    /// The passkey's JSON before the use.
    pub before: String,
    /// The passkey's JSON after the use.
    pub after: String,
}

/// Stores a use. Returns false if the passkey was removed or used since its answer was checked.
pub async fn touch(source: &mut Source, used: Used, now: Timestamp) -> Result<bool, Unavailable> {
    let statement = db::query(USE)
        .bind(used.after)
        .bind(now.0)
        .bind(used.credential_id)
        .bind(used.identity.to_string())
        .bind(used.before);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Removes one of an identity's passkeys and returns the name that it had.
pub async fn remove(
    source: &mut Source,
    identity: IdentityId,
    credential_id: String,
) -> Result<Option<String>, Unavailable> {
    let row = source.optional(db::query(REMOVE).bind(credential_id).bind(identity.to_string())).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

/// Removes every passkey of an identity.
pub async fn remove_all(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(db::query(REMOVE_ALL).bind(identity.to_string())).await.map(|_| ())
}
