//! The table `vault_keys`, and the columns that say which vault key an encrypted value needs.
//!
//! Every transaction that encrypts reads `vault_keys` first. On PostgreSQL that is a lock until the
//! transaction ends, which [`alone`] waits for.

use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, broken, unavailable};
use crate::vault::Sealed;
use doorward::guard::Unavailable;
use doorward::{IdentityId, SecretId, Timestamp};

const KNOWN: &str = "select key_id, place, rotated_at, retired_at from vault_keys order by place desc, key_id";
const USABLE: &str = "select key_id from vault_keys where retired_at is null order by place desc, key_id";
const ADD: &str = "insert into vault_keys (key_id, place, rotated_at) values ($1, $2, $3)";
const ROTATED: &str = "update vault_keys set rotated_at = $1 where key_id = $2 and rotated_at is null";
const RETIRE: &str = "update vault_keys set retired_at = $1 where key_id = $2 and retired_at is null";
/// PostgreSQL only: SQLite has a single writer anyway.
const ALONE_AT_START: &str = "lock table vault_keys in share row exclusive mode";
const ALONE: &str = "lock table vault_keys in access exclusive mode";

const USES: &str = "select key_id, count(*) as total, count(wrapped_key) as wrapped from \
     (select key_id, wrapped_key from secret_versions union all select key_id, wrapped_key from one_time_codes \
     union all select key_id, wrapped_key from deliveries where key_id is not null \
     union all select key_id, wrapped_key from pending_import_entries union all select key_id, wrapped_key from pending_values) v \
     group by key_id order by key_id";
/// A data key is wrapped again without its value.
const VERSIONS: &str = "select v.secret, v.version, s.environment, v.key_id, v.wrapped_key, v.nonce, \
     case when v.wrapped_key is null then v.ciphertext end as ciphertext \
     from secret_versions v join secrets s on s.id = v.secret \
     where (v.key_id <> $1 or v.wrapped_key is null) and (v.secret > $2 or v.secret = $2 and v.version > $3) \
     order by v.secret, v.version limit $4 + 0";
const CODES: &str = "select identity, key_id, wrapped_key, nonce, ciphertext from one_time_codes \
     where (key_id <> $1 or wrapped_key is null) and identity > $2 order by identity limit $3 + 0";
/// Only if nobody has changed the row since it was read: each encryption has another nonce.
const SET_VERSION: &str = "update secret_versions set key_id = $1, wrapped_key = $2, nonce = $3, \
     ciphertext = coalesce($4, ciphertext) where secret = $5 and version = $6 and key_id = $7 and nonce = $8";
const SET_CODES: &str = "update one_time_codes set key_id = $1, wrapped_key = $2, nonce = $3, \
     ciphertext = coalesce($4, ciphertext) where identity = $5 and key_id = $6 and nonce = $7";

/// A key that the database knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    pub id: String,
    /// The key with the highest place encrypts.
    pub place: i64,
    /// When everything was wrapped by it; null while that is under way.
    pub rotated: Option<Timestamp>,
    pub retired: Option<Timestamp>,
}

/// How many values need a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uses {
    pub key: String,
    pub values: i64,
    /// How many of them it encrypted itself, without a data key.
    pub direct: i64,
}

/// Waits for the transactions that encrypt, and lets no other begin until this one ends.
pub async fn alone(source: &mut Source) -> Result<(), Unavailable> {
    lock(source, ALONE).await
}

/// Lets no other process start until this transaction ends: if two processes start for the first
/// time at once, the second one finds the first one's key.
pub async fn alone_at_start(source: &mut Source) -> Result<(), Unavailable> {
    lock(source, ALONE_AT_START).await
}

async fn lock(source: &mut Source, lock: &'static str) -> Result<(), Unavailable> {
    if source.engine() == Engine::Postgres {
        source.execute(db::query(lock)).await?;
    }
    Ok(())
}

/// Returns every key that the database knows, the current one first.
pub async fn known(source: &mut Source) -> Result<Vec<KnownKey>, Unavailable> {
    let read = |row: &Row| -> Result<KnownKey, sqlx::Error> {
        Ok(KnownKey {
            id: row.try_get("key_id")?,
            place: row.try_get("place")?,
            rotated: row.try_get::<Option<i64>>("rotated_at")?.map(Timestamp),
            retired: row.try_get::<Option<i64>>("retired_at")?.map(Timestamp),
        })
    };
    source.all(db::query(KNOWN)).await?.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the ids of the keys that may encrypt, the current one first.
pub async fn usable(source: &mut Source) -> Result<Vec<String>, Unavailable> {
    let rows = source.all(db::query(USABLE)).await?;
    rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(unavailable)
}

/// Makes a key known. `rotated` is `None` if values still have to be wrapped by it.
pub async fn add(source: &mut Source, key: &str, place: i64, rotated: Option<Timestamp>) -> Result<(), Unavailable> {
    let statement = db::query(ADD).bind(key.to_owned()).bind(place).bind(rotated.map(|at| at.0));
    source.execute(statement).await.map(|_| ())
}

/// Notes that everything is wrapped by the key. Returns false if that was noted before.
pub async fn set_rotated(source: &mut Source, key: &str, now: Timestamp) -> Result<bool, Unavailable> {
    source.execute(db::query(ROTATED).bind(now.0).bind(key.to_owned())).await.map(|rows| rows == 1)
}

/// Retires a key. Returns false if it is retired already.
pub async fn retire(source: &mut Source, key: &str, now: Timestamp) -> Result<bool, Unavailable> {
    source.execute(db::query(RETIRE).bind(now.0).bind(key.to_owned())).await.map(|rows| rows == 1)
}

/// Counts how many values need each key.
pub async fn uses(source: &mut Source) -> Result<Vec<Uses>, Unavailable> {
    let read = |row: &Row| -> Result<Uses, sqlx::Error> {
        let (values, wrapped): (i64, i64) = (row.try_get("total")?, row.try_get("wrapped")?);
        Ok(Uses { key: row.try_get("key_id")?, values, direct: values - wrapped })
    };
    source.all(db::query(USES)).await?.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// An encrypted value that another key should wrap.
pub struct Value<Of> {
    pub of: Of,
    /// Without its ciphertext if it has a data key.
    pub sealed: Sealed,
}

/// Which version of which secret.
pub struct OfVersion {
    pub secret: SecretId,
    pub version: i64,
    pub environment: String,
}

/// Returns the next values after a version that `key` does not wrap.
pub async fn versions(
    source: &mut Source,
    key: &str,
    after: (&str, i64),
    limit: i64,
) -> Result<Vec<Value<OfVersion>>, Unavailable> {
    let statement = db::query(VERSIONS).bind(key.to_owned()).bind(after.0.to_owned()).bind(after.1).bind(limit);
    let read = |row: &Row| -> Result<Value<OfVersion>, sqlx::Error> {
        let secret = SecretId::parse(row.try_get("secret")?).map_err(broken)?;
        let of = OfVersion { secret, version: row.try_get("version")?, environment: row.try_get("environment")? };
        Ok(Value { of, sealed: sealed(row)? })
    };
    source.all(statement).await?.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the next one-time secrets after an identity's that `key` does not wrap.
pub async fn codes(
    source: &mut Source,
    key: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Value<IdentityId>>, Unavailable> {
    let statement = db::query(CODES).bind(key.to_owned()).bind(after.to_owned()).bind(limit);
    let read = |row: &Row| -> Result<Value<IdentityId>, sqlx::Error> {
        Ok(Value { of: IdentityId::parse(row.try_get("identity")?).map_err(broken)?, sealed: sealed(row)? })
    };
    source.all(statement).await?.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

pub(super) fn sealed(row: &Row) -> Result<Sealed, sqlx::Error> {
    Ok(Sealed {
        key_id: row.try_get("key_id")?,
        wrapped_key: row.try_get("wrapped_key")?,
        nonce: row.try_get("nonce")?,
        ciphertext: row.try_get::<Option<Vec<u8>>>("ciphertext")?.unwrap_or_default(),
    })
}

/// Replaces what `before` says of a version by `after`. Returns false if the row has changed since.
pub async fn set_version(source: &mut Source, before: &Value<OfVersion>, after: Sealed) -> Result<bool, Unavailable> {
    let statement = set(SET_VERSION, &before.sealed, after).bind(before.of.secret.to_string()).bind(before.of.version);
    changed(source, statement, &before.sealed).await
}

/// Like [`set_version`], for one-time secrets.
pub async fn set_codes(source: &mut Source, before: &Value<IdentityId>, after: Sealed) -> Result<bool, Unavailable> {
    changed(source, set(SET_CODES, &before.sealed, after).bind(before.of.to_string()), &before.sealed).await
}

fn set(text: &'static str, before: &Sealed, after: Sealed) -> db::Statement {
    let ciphertext = before.wrapped_key.is_none().then_some(after.ciphertext);
    db::query(text).bind(after.key_id).bind(after.wrapped_key).bind(after.nonce).bind(ciphertext)
}

async fn changed(source: &mut Source, statement: db::Statement, before: &Sealed) -> Result<bool, Unavailable> {
    let statement = statement.bind(before.key_id.clone()).bind(before.nonce.clone());
    source.execute(statement).await.map(|rows| rows == 1)
}
