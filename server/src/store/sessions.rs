//! The tables `sessions` and `authentications`. Every write is compare-and-set: nothing brings an ended session back.

use super::{Database, Source, identities, unavailable};
use crate::lockable;
use crate::store::Lockable;
use app::store::SessionCard;
use doorward::guard::{Found, HandleHash, Unavailable};
use doorward::session::{Lifetimes, Session};
use doorward::{Assurance, AuthenticationId, IdentityId, Kind, Moment, Principal, SessionId, Span};
use sqlx::Row;
use sqlx::any::AnyRow;

const FIND: Lockable = lockable!(
    "select s.id, s.started_at, s.last_used_at, s.idle_limit, s.ends_at, s.ended_at, i.frozen_at, i.id as identity, \
     i.name, i.display_name, i.kind, a.id as authentication, a.method, a.at as authenticated_at \
     from sessions s join identities i on i.id = s.identity join authentications a on a.id = s.authentication \
     where s.handle_hash = $1",
    "for update of s for share of i"
);
const NOTE_USE: &str = "update sessions set last_used_at = $1 where id = $2 and ended_at is null and last_used_at < $1";
const END: &str =
    "update sessions set ended_at = $1, ended_because = $2, data = null where id = $3 and ended_at is null";
const END_BY_HANDLE: &str =
    "update sessions set ended_at = $1, ended_because = $2, data = null where handle_hash = $3 and ended_at is null";
const RENEW: &str = "update sessions set handle_hash = $1, authentication = $2, last_used_at = $3 \
     where id = $4 and handle_hash = $5 and ended_at is null";
const ADD: &str = "insert into sessions (id, handle_hash, identity, authentication, started_at, last_used_at, idle_limit, \
     ends_at, address, user_agent) values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)";
const ADD_AUTHENTICATION: &str =
    "insert into authentications (id, identity, method, at, address) values ($1, $2, $3, $4, $5)";
const CARD: &str = "select s.id, s.started_at, s.last_used_at, s.idle_limit, s.ends_at, s.address, s.user_agent, a.method, \
     a.at as authenticated_at from sessions s join authentications a on a.id = s.authentication where s.id = $1";

/// A hash as its column spells it.
#[must_use]
pub fn spell(hash: &HandleHash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn broken(what: impl Into<sqlx::error::BoxDynError>) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// The session behind a handle, and the principal behind the session.
///
/// # Errors
/// Where the database does not answer.
pub async fn find(source: &mut Source, handle: &HandleHash, now: Moment) -> Result<Option<Found>, Unavailable> {
    let statement = sqlx::query(source.text(FIND)).bind(spell(handle));
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let identity = IdentityId::parse(row.try_get("identity").map_err(unavailable)?);
    let identity = identity.map_err(|error| unavailable(broken(error)))?;
    let held = identities::held_by(source, identity).await?;
    found(&row, identity, held, now).map(Some).map_err(unavailable)
}

fn found(row: &AnyRow, identity: IdentityId, held: identities::Held, now: Moment) -> Result<Found, sqlx::Error> {
    let session = Session {
        id: SessionId::parse(row.try_get("id")?).map_err(broken)?,
        started: Moment(row.try_get("started_at")?),
        last_used: Moment(row.try_get("last_used_at")?),
        idle: Span(row.try_get("idle_limit")?),
        ends: Moment(row.try_get("ends_at")?),
        ended: row.try_get::<Option<i64>, _>("ended_at")?.is_some(),
        frozen: row.try_get::<Option<i64>, _>("frozen_at")?.is_some(),
    };
    let assurance = Assurance {
        authentication: AuthenticationId::parse(row.try_get("authentication")?).map_err(broken)?,
        method: row.try_get::<String, _>("method")?.into(),
        at: Moment(row.try_get("authenticated_at")?),
    };
    let principal = Principal {
        identity,
        name: row.try_get::<String, _>("name")?.into(),
        display_name: row.try_get::<String, _>("display_name")?.into(),
        kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?,
        session: session.id,
        ends: session.ends,
        assurance,
        roles: held.roles,
        holdings: held.holdings,
        now,
    };
    Ok(Found { session, principal })
}

/// Notes a use; an ended session stays as it is.
///
/// # Errors
/// Where the database does not answer.
pub async fn note_use(database: &Database, source: &mut Source, id: SessionId, now: Moment) -> Result<(), Unavailable> {
    let statement = sqlx::query(NOTE_USE).bind(now.0).bind(id.to_string());
    match source {
        Source::Reader(_) => statement.execute(database.writer()).await.map(|_| ()).map_err(unavailable),
        Source::Writer(..) => source.execute(statement).await.map(|_| ()),
    }
}

/// Ends a session. False where it had ended already.
///
/// # Errors
/// Where the database does not answer.
pub async fn end(source: &mut Source, id: SessionId, because: &'static str, now: Moment) -> Result<bool, Unavailable> {
    let statement = sqlx::query(END).bind(now.0).bind(because).bind(id.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Ends the session behind a handle, where there is one.
///
/// # Errors
/// Where the database does not answer.
pub async fn end_by_handle(
    source: &mut Source,
    handle: &HandleHash,
    because: &'static str,
    now: Moment,
) -> Result<(), Unavailable> {
    let statement = sqlx::query(END_BY_HANDLE).bind(now.0).bind(because).bind(spell(handle));
    source.execute(statement).await.map(|_| ())
}

/// A session that begins.
#[derive(Clone)]
pub struct NewSession {
    /// Its public id.
    pub id: SessionId,
    /// The hash of its handle.
    pub handle: HandleHash,
    /// Whose it is.
    pub identity: IdentityId,
    /// How it was authenticated.
    pub authentication: AuthenticationId,
    /// From which network address.
    pub address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
}

/// Begins a session.
///
/// # Errors
/// Where the database does not answer.
pub async fn add(source: &mut Source, new: NewSession, lifetimes: Lifetimes, now: Moment) -> Result<(), Unavailable> {
    let statement = sqlx::query(ADD)
        .bind(new.id.to_string())
        .bind(spell(&new.handle))
        .bind(new.identity.to_string())
        .bind(new.authentication.to_string())
        .bind(now.0)
        .bind(lifetimes.idle.0)
        .bind(now.plus(lifetimes.absolute).0)
        .bind(new.address)
        .bind(new.user_agent);
    source.execute(statement).await.map(|_| ())
}

/// Notes an act of authentication.
///
/// # Errors
/// Where the database does not answer.
pub async fn add_authentication(
    source: &mut Source,
    id: AuthenticationId,
    identity: IdentityId,
    address: Option<String>,
    now: Moment,
) -> Result<(), Unavailable> {
    let statement = sqlx::query(ADD_AUTHENTICATION)
        .bind(id.to_string())
        .bind(identity.to_string())
        .bind("password")
        .bind(now.0)
        .bind(address);
    source.execute(statement).await.map(|_| ())
}

/// Gives a session a new handle and a new authentication. False where it ended or was renewed meanwhile.
///
/// # Errors
/// Where the database does not answer.
pub async fn renew(
    source: &mut Source,
    id: SessionId,
    old: &HandleHash,
    new: &HandleHash,
    authentication: AuthenticationId,
    now: Moment,
) -> Result<bool, Unavailable> {
    let statement = sqlx::query(RENEW)
        .bind(spell(new))
        .bind(authentication.to_string())
        .bind(now.0)
        .bind(id.to_string())
        .bind(spell(old));
    source.execute(statement).await.map(|rows| rows == 1)
}

/// A session as its owner sees it, used just now.
///
/// # Errors
/// Where the database does not answer.
pub async fn card(source: &mut Source, id: SessionId, now: Moment) -> Result<Option<SessionCard>, Unavailable> {
    let row = source.optional(sqlx::query(CARD).bind(id.to_string())).await?;
    row.map(|row| read_card(&row, id, now)).transpose().map_err(unavailable)
}

fn read_card(row: &AnyRow, id: SessionId, now: Moment) -> Result<SessionCard, sqlx::Error> {
    let ends = Moment(row.try_get("ends_at")?);
    Ok(SessionCard {
        id,
        started: Moment(row.try_get("started_at")?),
        method: row.try_get("method")?,
        authenticated: Moment(row.try_get("authenticated_at")?),
        address: row.try_get("address")?,
        user_agent: row.try_get("user_agent")?,
        idle_end: now.plus(Span(row.try_get("idle_limit")?)).min(ends),
        ends,
    })
}
