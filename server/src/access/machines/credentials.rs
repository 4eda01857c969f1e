//! The table `machine_credentials`, and the sessions that came from a credential.

use crate::access::machines::credential;
use crate::access::machines::sql::time;
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use app::access::store::machines::CredentialRow;
use doorward::guard::Unavailable;
use doorward::{CredentialId, IdentityId, SessionId, Timestamp};

const CREDENTIALS: &str = "select c.id, c.label, c.verifier, b.display_name as made_by, c.made_at, c.ends_at, c.last_used_at, \
     c.revoked_at from machine_credentials c left join identities b on b.id = c.made_by where c.machine = $1 \
     order by c.id desc limit 20";
const ADD_CREDENTIAL: &str = "insert into machine_credentials (id, machine, verifier, label, made_by, made_at, ends_at) \
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (verifier) do nothing";
const SHORTEN: &str =
    "update machine_credentials set ends_at = $1 where id = $2 and ends_at > $1 and revoked_at is null";
const REVOKE: &str =
    "update machine_credentials set revoked_at = $1 where id = $2 and machine = $3 and revoked_at is null";
const REVOKE_ALL: &str = "update machine_credentials set revoked_at = $1 where machine = $2 and revoked_at is null";
/// Not of `open_sessions`, in which those of a revoked credential are no longer.
const SESSIONS_OF: &str = "select s.id from sessions s join machine_sessions m on m.session = s.id \
     where m.credential = $1 and s.ended_at is null and s.ends_at > $2 order by s.id";

/// Returns the last 20 credentials, the newest first.
pub async fn last_of(source: &mut Source, machine: IdentityId) -> Result<Vec<CredentialRow>, Unavailable> {
    let rows = source.all(db::query(CREDENTIALS).bind(machine.to_string())).await?;
    let read = |row: &Row| {
        Ok(CredentialRow {
            id: CredentialId::parse(row.try_get("id")?).map_err(broken)?,
            label: row.try_get("label")?,
            key: credential::key_of(row.try_get("verifier")?).map_err(broken)?,
            made_by: row.try_get("made_by")?,
            made: Timestamp(row.try_get("made_at")?),
            ends: Timestamp(row.try_get("ends_at")?),
            used: time(row, "last_used_at")?,
            revoked: time(row, "revoked_at")?,
        })
    };
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}

/// A credential that is made.
pub struct NewCredential {
    pub id: CredentialId,
    pub machine: IdentityId,
    /// The hash of a client secret, or a public key; see [`credential`].
    pub verifier: String,
    pub label: String,
    pub by: IdentityId,
    pub made: Timestamp,
    pub ends: Timestamp,
}

/// Adds a credential. Returns false if the same key is, or was, one already.
pub async fn add(source: &mut Source, new: NewCredential) -> Result<bool, Unavailable> {
    let statement = db::query(ADD_CREDENTIAL)
        .bind(new.id.to_string())
        .bind(new.machine.to_string())
        .bind(new.verifier)
        .bind(new.label)
        .bind(new.by.to_string())
        .bind(new.made.0)
        .bind(new.ends.0);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Lets a credential end no later than `ends`.
pub async fn shorten(source: &mut Source, id: CredentialId, ends: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(SHORTEN).bind(ends.0).bind(id.to_string())).await.map(|_| ())
}

/// Revokes a credential. Returns false if it is not one of this service account, or was revoked
/// before.
pub async fn revoke(
    source: &mut Source,
    machine: IdentityId,
    id: CredentialId,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(REVOKE).bind(now.0).bind(id.to_string()).bind(machine.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Revokes every credential of a service account.
pub async fn revoke_all(source: &mut Source, machine: IdentityId, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(REVOKE_ALL).bind(now.0).bind(machine.to_string())).await.map(|_| ())
}

/// Returns the sessions that came from a credential and have not ended.
pub async fn sessions_of(
    source: &mut Source,
    credential: CredentialId,
    now: Timestamp,
) -> Result<Vec<SessionId>, Unavailable> {
    let rows = source.all(db::query(SESSIONS_OF).bind(credential.to_string()).bind(now.0)).await?;
    let read = |row: &Row| SessionId::parse(row.try_get("id")?).map_err(broken);
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}
