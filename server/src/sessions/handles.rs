//! The table `handles`: all handles that a session has had, by their hash.

use crate::db::transaction::Source;
use crate::db::{self, Database, Row};
use doorward::guard::{HandleHash, Unavailable};
use doorward::session::{Handle, Session};
use doorward::{AuthenticationId, SessionId, Timestamp};

const ADD_FIRST: &str =
    "insert into handles (hash, session, authentication, generation, issued_at) values ($1, $2, $3, 1, $4)";
/// Only the newest handle of a live session gets a successor.
const ADD_NEXT: &str = "insert into handles (hash, session, authentication, generation, issued_at) \
     select $1, h.session, h.authentication, h.generation + 1, $2 from handles h join sessions s on s.id = h.session \
     where h.hash = $3 and h.retired_at is null and s.ended_at is null on conflict (session, generation) do nothing";
/// The successor was never used, so the response that carried it was lost. A successor with another
/// authentication came from a step-up, which the holder of the older handle has not made.
const REPLACE_NEXT: &str = "update handles set hash = $1, issued_at = $2 where used_at is null and issued_at <= $3 \
     and session = (select session from handles where hash = $4 and retired_at is null) \
     and authentication = (select authentication from handles where hash = $4) \
     and generation = 1 + (select generation from handles where hash = $4)";
/// For a handle that was first used after it was replaced. Works once.
const ADD_AFTER_LATE: &str = "insert into handles (hash, session, authentication, generation, issued_at) \
     select $1, h.session, h.authentication, (select max(generation) + 1 from handles where session = h.session), $2 \
     from handles h join sessions s on s.id = h.session \
     where h.hash = $3 and h.used_at >= h.retired_at and s.ended_at is null and not exists (select 1 from handles n \
     where n.session = h.session and n.authentication = h.authentication and n.generation > h.generation \
     and n.issued_at >= h.used_at) on conflict (session, generation) do nothing";
const ADD_LAST: &str = "insert into handles (hash, session, authentication, generation, issued_at) \
     select $1, s.id, $2, (select max(generation) + 1 from handles where session = s.id), $3 from sessions s \
     where s.id = $4 and s.ended_at is null and exists \
     (select 1 from handles h where h.hash = $5 and h.session = s.id and h.retired_at is null)";
const NOTE_OFFER: &str = "update handles set offered_at = coalesce(offered_at, $1), offers = offers + 1 where hash = $2 and retired_at is null";
const NOTE_FIRST_USE: &str = "update handles set \
     used_at = case when generation = $1 and used_at is null then $2 else used_at end, \
     retired_at = case when generation < $1 and retired_at is null then $2 else retired_at end \
     where session = $3 and generation <= $1";

/// Encodes a hash for its column.
#[must_use]
pub fn spell(hash: &HandleHash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a new session's first handle.
pub async fn add_first(
    source: &mut Source,
    handle: &HandleHash,
    session: SessionId,
    authentication: AuthenticationId,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement =
        db::query(ADD_FIRST).bind(spell(handle)).bind(session.to_string()).bind(authentication.to_string()).bind(now.0);
    source.execute(statement).await.map(|_| ())
}

/// Adds a successor of `old` with the same authentication. Returns false if `old` already has one,
/// was replaced, or belongs to an ended session. A handle that arrived late, after a newer one was
/// used, gets a successor nevertheless: the browser has no other, and its next request would look
/// like a replay.
pub async fn renew(
    source: &mut Source,
    old: &HandleHash,
    new: &HandleHash,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let added = db::query(ADD_NEXT).bind(spell(new)).bind(now.0).bind(spell(old));
    let late = db::query(ADD_AFTER_LATE).bind(spell(new)).bind(now.0).bind(spell(old));
    let lost_since = now.0 - Handle::GRACE.0;
    let replaced = db::query(REPLACE_NEXT).bind(spell(new)).bind(now.0).bind(lost_since).bind(spell(old));
    for statement in [added, late, replaced] {
        if source.execute(statement).await? == 1 {
            source.execute(db::query(NOTE_OFFER).bind(now.0).bind(spell(old))).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds a handle with a new authentication. `old` keeps its own authentication until the new handle
/// is used. Returns false if the session ended, or if `old` was replaced in the meantime.
pub async fn step_up(
    source: &mut Source,
    session: SessionId,
    old: &HandleHash,
    new: &HandleHash,
    authentication: AuthenticationId,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(ADD_LAST)
        .bind(spell(new))
        .bind(authentication.to_string())
        .bind(now.0)
        .bind(session.to_string())
        .bind(spell(old));
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Stores the first use of a handle, and retires the handles before it.
pub async fn touch_first(
    database: &Database,
    source: &mut Source,
    session: &Session,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(NOTE_FIRST_USE).bind(session.handle.generation).bind(now.0).bind(session.id.to_string());
    source.execute_apart(database, statement).await.map(|_| ())
}

/// Reads a handle from a row whose columns are named as in the table.
pub(crate) fn read(row: &Row) -> Result<Handle, sqlx::Error> {
    Ok(Handle {
        generation: row.try_get("generation")?,
        issued: Timestamp(row.try_get("issued_at")?),
        used: row.try_get::<Option<i64>>("used_at")?.map(Timestamp),
        retired: row.try_get::<Option<i64>>("retired_at")?.map(Timestamp),
        offered: row.try_get::<Option<i64>>("offered_at")?.map(Timestamp),
        offers: row.try_get("offers")?,
    })
}
