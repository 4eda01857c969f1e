//! Queries for the live sessions that pages list.

use crate::db::order::{order_by, ordered};
use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::secrets;
use crate::sessions;
use app::page::Sort;
use app::sessions::policy::SessionKey;
use app::sessions::store::{PAGE_ROWS, SessionCard, SessionFacts};
use doorward::guard::Unavailable;
use doorward::{IdentityId, Kind, Principal, SessionId, TimeSpan, Timestamp};

/// The columns of a session card.
macro_rules! card {
    ($rest:literal) => {
        concat!(
            "select s.id, s.name, s.display_name, s.kind, s.started_at, s.last_used_at, s.idle_limit, s.ends_at, \
             s.address, s.user_agent, a.method, a.at as authenticated_at \
             from open_sessions s join authentications a on a.id = s.authentication ",
            $rest
        )
    };
}
pub(crate) use card;

/// Sessions that are live at $1.
macro_rules! counting {
    () => {
        "s.frozen_at is null and s.ends_at > $1 and s.last_used_at + s.idle_limit > $1"
    };
}
pub(crate) use counting;

const ONE: &str = card!("where s.id = $1");
const OWN: &str = concat!(card!("where "), counting!(), " and s.identity = $2 order by s.last_used_at desc, s.id");
const ALL: &str = concat!(
    card!("where "),
    counting!(),
    " and ($2 = '' or s.name like '%' || $2 || '%' escape '!' or s.address like '%' || $2 || '%' escape '!') \
     order by {order} limit $3 + 0 offset $4"
);
const COUNT: &str = concat!(
    "select count(*) as many from open_sessions s where ",
    counting!(),
    " and ($2 = '' or s.name like '%' || $2 || '%' escape '!' or s.address like '%' || $2 || '%' escape '!')"
);
const HOW_MANY: &str = concat!("select count(*) as many from open_sessions s where ", counting!());
const WHOSE: &str = "select identity from sessions where id = $1";

/// Returns one session as its owner sees it.
pub async fn one(source: &mut Source, id: SessionId, now: Timestamp) -> Result<Option<SessionCard>, Unavailable> {
    let row = source.optional(db::query(ONE).bind(id.to_string())).await?;
    let card = row.map(|row| read(&row)).transpose().map_err(unavailable)?;
    Ok(card.map(|card| SessionCard { idle_end: now.plus(card.idle).min(card.ends), last_used: now, ..card }))
}

/// Returns the number of live sessions at `now`. Reads every open session.
pub async fn how_many(source: &mut Source, now: Timestamp) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(HOW_MANY).bind(now.0)).await?.ok_or(Unavailable)?;
    row.try_get("many").map_err(unavailable)
}

/// Returns the sessions of one identity, the most recently used first.
pub async fn own(source: &mut Source, identity: IdentityId, now: Timestamp) -> Result<Vec<SessionCard>, Unavailable> {
    let rows = source.all(db::query(OWN).bind(now.0).bind(identity.to_string())).await?;
    cards(&rows)
}

/// Each page counts the open sessions, so sorting them reads no more rows than that.
fn order(sort: Sort<SessionKey>) -> String {
    let columns: &[&str] = match sort.by {
        SessionKey::Started => &["s.id"],
        SessionKey::Name => &["s.name", "s.id"],
        SessionKey::Address => &["coalesce(s.address, '')", "s.id"],
        SessionKey::Authenticated => &["a.at", "s.id"],
        SessionKey::Used => &["s.last_used_at", "s.id"],
        SessionKey::Ends => &[
            "case when s.last_used_at + s.idle_limit < s.ends_at then s.last_used_at + s.idle_limit else s.ends_at end",
            "s.id",
        ],
    };
    order_by(columns, sort.descending)
}

/// Returns a page of the sessions whose sign-in name or address contains `matching`, and their
/// total number.
pub async fn all(
    source: &mut Source,
    matching: &str,
    (sort, page): (Sort<SessionKey>, u32),
    now: Timestamp,
) -> Result<(Vec<SessionCard>, i64), Unavailable> {
    let matching = secrets::sql::literal(matching);
    let statement = ordered(ALL, &order(sort))
        .bind(now.0)
        .bind(matching.clone())
        .bind(i64::from(PAGE_ROWS))
        .bind(i64::from(page.saturating_sub(1)) * i64::from(PAGE_ROWS));
    let rows = source.all(statement).await?;
    let total = source.optional(db::query(COUNT).bind(now.0).bind(matching)).await?.ok_or(Unavailable)?;
    Ok((cards(&rows)?, total.try_get("many").map_err(unavailable)?))
}

/// Returns the facts for decisions about a session, live or not.
pub async fn facts(source: &mut Source, id: SessionId, who: &Principal) -> Result<Option<SessionFacts>, Unavailable> {
    let row = source.optional(db::query(WHOSE).bind(id.to_string())).await?;
    let read = |row: Row| {
        let identity = IdentityId::parse(row.try_get("identity")?).map_err(db::broken)?;
        Ok::<_, sqlx::Error>(SessionFacts { identity, is_own: identity == who.identity })
    };
    row.map(read).transpose().map_err(unavailable)
}

pub(crate) fn cards(rows: &[Row]) -> Result<Vec<SessionCard>, Unavailable> {
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &Row) -> Result<SessionCard, sqlx::Error> {
    let (ends, idle) = (Timestamp(row.try_get("ends_at")?), TimeSpan(row.try_get("idle_limit")?));
    let last_used = Timestamp(row.try_get("last_used_at")?);
    Ok(SessionCard {
        id: SessionId::parse(row.try_get("id")?).map_err(db::broken)?,
        who: row.try_get("display_name")?,
        name: row.try_get("name")?,
        kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| db::broken("no such kind"))?,
        started: Timestamp(row.try_get("started_at")?),
        method: sessions::sql::method(row)?,
        authenticated: Timestamp(row.try_get("authenticated_at")?),
        address: row.try_get("address")?,
        user_agent: row.try_get("user_agent")?,
        last_used,
        idle,
        idle_end: last_used.plus(idle).min(ends),
        ends,
    })
}
