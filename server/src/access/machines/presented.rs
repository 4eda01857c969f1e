//! Statements for a credential that is presented or named, and for the session that comes from it.

use crate::access::machines::sql::time;
use crate::access::machines::{bounds, credential};
use crate::db::transaction::{Lockable, Source};
use crate::db::{self, broken, unavailable};
use crate::identities::sql::identity_id;
use crate::lockable;
use doorward::guard::Unavailable;
use doorward::{Bounds, CredentialId, IdentityId, PublicKey, SessionId, Timestamp};

macro_rules! presented {
    ($column:literal) => {
        concat!(
            "select c.id, c.machine, c.verifier, i.name, c.ends_at, c.revoked_at, i.frozen_at as disabled_at, \
             o.frozen_at as owner_disabled_at from machine_credentials c join machines k on k.identity = c.machine \
             join identities i on i.id = c.machine join identities o on o.id = k.owner where c.",
            $column,
            " = $1"
        )
    };
}
const BY_VERIFIER: &str = presented!("verifier");
const BY_ID: &str = presented!("id");
const LOCK: Lockable = lockable!("select id from machine_credentials where id = $1", "for no key update");
const USED: &str = "update machine_credentials set last_used_at = $1 where id = $2";
const LIVE_SESSIONS: &str = "select count(*) as many from open_sessions where identity = $1 and ends_at > $2";
const BIND_SESSION: &str =
    "insert into machine_sessions (session, credential, permissions, environments) values ($1, $2, $3, $4)";

const BOUNDS_OF: &str = "select permissions as only_permissions, environments as only_environments \
     from machine_sessions where session = $1";

/// A credential as it was presented, with what decides whether it counts.
pub struct Presented {
    pub credential: CredentialId,
    /// The public half, if it is a key pair.
    pub key: Option<PublicKey>,
    pub machine: IdentityId,
    /// The machine's sign-in name.
    pub name: String,
    pub ends: Timestamp,
    pub revoked: bool,
    /// Whether the machine is disabled.
    pub disabled: bool,
    /// Whether its owner is disabled.
    pub orphaned: bool,
}

/// Returns the credential whose client secret has this hash.
pub async fn of_secret(source: &mut Source, hash: &str) -> Result<Option<Presented>, Unavailable> {
    one(source, BY_VERIFIER, hash.to_owned()).await
}

/// Returns the credential that has this id.
pub async fn find(source: &mut Source, id: CredentialId) -> Result<Option<Presented>, Unavailable> {
    one(source, BY_ID, id.to_string()).await
}

async fn one(source: &mut Source, statement: &'static str, value: String) -> Result<Option<Presented>, Unavailable> {
    let Some(row) = source.optional(db::query(statement).bind(value)).await? else { return Ok(None) };
    let read = || {
        Ok::<_, sqlx::Error>(Presented {
            credential: CredentialId::parse(row.try_get("id")?).map_err(broken)?,
            key: credential::key_of(row.try_get("verifier")?).map_err(broken)?,
            machine: identity_id(&row, "machine")?,
            name: row.try_get("name")?,
            ends: Timestamp(row.try_get("ends_at")?),
            revoked: time(&row, "revoked_at")?.is_some(),
            disabled: time(&row, "disabled_at")?.is_some(),
            orphaned: time(&row, "owner_disabled_at")?.is_some(),
        })
    };
    read().map(Some).map_err(unavailable)
}

/// Locks the credential until this transaction ends, so that a revocation waits.
pub async fn lock(source: &mut Source, id: CredentialId) -> Result<(), Unavailable> {
    let statement = db::query(source.text(LOCK)).bind(id.to_string());
    source.optional(statement).await.map(|_| ())
}

/// Stores that a credential was used.
pub async fn used(source: &mut Source, id: CredentialId, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(USED).bind(now.0).bind(id.to_string())).await.map(|_| ())
}

/// Returns the number of live sessions of a service account.
pub async fn live_sessions(source: &mut Source, machine: IdentityId, now: Timestamp) -> Result<i64, Unavailable> {
    let statement = db::query(LIVE_SESSIONS).bind(machine.to_string()).bind(now.0);
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    row.try_get("many").map_err(unavailable)
}

/// Returns what narrows a session.
pub async fn bounds_of(source: &mut Source, session: SessionId) -> Result<Bounds, Unavailable> {
    let row = source.optional(db::query(BOUNDS_OF).bind(session.to_string())).await?;
    row.map_or(Ok(Bounds::NONE), |row| bounds::read(&row)).map_err(unavailable)
}

/// Stores what a session came from, and what narrows it. Without this row it does not count.
pub async fn bind_session(
    source: &mut Source,
    session: SessionId,
    credential: CredentialId,
    bounds: &Bounds,
) -> Result<(), Unavailable> {
    let (permissions, environments) = bounds::columns(bounds);
    let statement = db::query(BIND_SESSION).bind(session.to_string()).bind(credential.to_string());
    source.execute(statement.bind(permissions).bind(environments)).await.map(|_| ())
}
