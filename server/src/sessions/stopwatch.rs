//! Measures how fast revocations take effect: when each was durable, the last request allowed
//! before, and when the last tab was empty.

use crate::db::transaction::Source;
use crate::db::{self, Database, Row, unavailable};
use crate::ledger::records;
use app::sessions::scope::ScopeKind;
use doorward::guard::Unavailable;
use doorward::{IdentityId, RevocationId, Timestamp};

const SINCE: &str =
    "select id, number, scope, subject, identity, committed_at from revocations where number > $1 order by number";
const NEWEST: &str = "select number from revocation_count";
const MEASURE: &str = "update revocations set committed_at = $1, last_accepted_at = $2, ended = ended + $4 \
     where id = $3 and committed_at is null";
/// Counts the sessions that one increase of an epoch ended. $2 is the name of an identity or of a
/// role.
const OUTDATED_ALL: &str = "select count(*) as many from sessions s join identities i on i.id = s.identity \
     cross join deployment d where s.ended_at is null and i.frozen_at is null and s.ends_at > $1 \
     and s.last_used_at + s.idle_limit > $1 and s.identity_epoch = i.epoch and s.deployment_epoch = d.epoch - 1 and $2 = ''";
const OUTDATED_OF: &str = "select count(*) as many from sessions s join identities i on i.id = s.identity \
     cross join deployment d where s.ended_at is null and i.frozen_at is null and s.ends_at > $1 \
     and s.last_used_at + s.idle_limit > $1 and s.identity_epoch = i.epoch - 1 and s.deployment_epoch = d.epoch \
     and i.name = $2";
const OUTDATED_ROLE: &str = "select count(*) as many from sessions s join identities i on i.id = s.identity \
     cross join deployment d where s.ended_at is null and i.frozen_at is null and s.ends_at > $1 \
     and s.last_used_at + s.idle_limit > $1 and s.identity_epoch = i.epoch - 1 and s.deployment_epoch = d.epoch \
     and i.id in (select identity from held_roles where role = $2 and (ends_at is null or ends_at > $1))";
const TABS: &str = "update revocations set streams = streams + $1, streams_closed_at = coalesce($2, streams_closed_at), \
     tabs = tabs + $3, tabs_emptied_at = coalesce($4, tabs_emptied_at) where id = $5";
/// The last allowed request of an ended session, for one identity or for all.
const LAST_ACCEPTED_OF: &str = "select max(at) as at from audit where identity = $1 and decision = 'allowed' \
     and session is not null and not exists (select 1 from open_sessions o where o.id = audit.session) and id <= $2";
const LAST_ACCEPTED: &str = "select at from audit where decision = 'allowed' and session is not null \
     and not exists (select 1 from open_sessions o where o.id = audit.session) and id <= $1 order by id desc limit 1";

/// A revocation that processes must tell their tabs about.
pub struct News {
    pub id: RevocationId,
    /// Its position in the order of revocations.
    pub number: i64,
    /// The identity, if the sessions are one identity's.
    pub identity: Option<IdentityId>,
    /// How the sessions were chosen.
    pub scope: ScopeKind,
    /// The value of that scope.
    pub subject: String,
    /// Whether the measurement exists already, or is not needed.
    pub is_measured: bool,
}

/// Returns the revocations after `number`.
pub async fn since(source: &mut Source, number: i64) -> Result<Vec<News>, Unavailable> {
    let rows = source.all(db::query(SINCE).bind(number)).await?;
    rows.iter().map(read_news).collect::<Result<_, _>>().map_err(unavailable)
}

fn read_news(row: &Row) -> Result<News, sqlx::Error> {
    let identity: Option<String> = row.try_get("identity")?;
    Ok(News {
        id: RevocationId::parse(row.try_get("id")?).map_err(db::broken)?,
        number: row.try_get("number")?,
        identity: identity.and_then(|text| IdentityId::parse(&text).ok()),
        scope: ScopeKind::parse(row.try_get("scope")?).ok_or_else(|| db::broken("no such scope"))?,
        subject: row.try_get("subject")?,
        is_measured: row.try_get::<Option<i64>>("committed_at")?.is_some(),
    })
}

/// Returns the number of the newest revocation.
pub async fn newest(source: &mut Source) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(NEWEST)).await?.ok_or(Unavailable)?;
    row.try_get("number").map_err(unavailable)
}

/// Stores when a revocation was durable, and when the last request allowed before it began.
pub async fn measure(database: &Database, news: &News, committed: Timestamp) -> Result<(), Unavailable> {
    // Slow queries run first and on a reader, so that nobody waits for the write.
    let mut reader = Source::reader(database);
    // Includes requests that began before the revocation and are recorded only now, but not later
    // ones of new sessions.
    let until = format!("{}z", &records::first_at(committed)[..10]);
    let statement = match news.identity {
        Some(identity) => db::query(LAST_ACCEPTED_OF).bind(identity.to_string()).bind(until),
        None => db::query(LAST_ACCEPTED).bind(until),
    };
    let row = reader.optional(statement).await?;
    let last: Option<i64> = row.map(|row| row.try_get("at")).transpose().map_err(unavailable)?.flatten();
    let outdated = outdated(&mut reader, news, committed).await?;
    drop(reader);
    let mut source = Source::writer(database).await?;
    let statement = db::query(MEASURE).bind(committed.0).bind(last).bind(news.id.to_string()).bind(outdated);
    source.execute(statement).await?;
    source.commit().await
}

/// Returns how many sessions an epoch ended, or 0 if the rows themselves were ended and counted.
async fn outdated(source: &mut Source, news: &News, committed: Timestamp) -> Result<i64, Unavailable> {
    let statement = match news.scope {
        ScopeKind::Everything => OUTDATED_ALL,
        ScopeKind::Identity => OUTDATED_OF,
        ScopeKind::Role => OUTDATED_ROLE,
        ScopeKind::Session | ScopeKind::Method | ScopeKind::Network | ScopeKind::Before => return Ok(0),
    };
    let row = source.optional(db::query(statement).bind(committed.0).bind(news.subject.clone())).await?;
    row.ok_or(Unavailable)?.try_get("many").map_err(unavailable)
}

/// The streams and tabs counted for a revocation.
#[derive(Clone, Copy, Debug, Default)]
pub struct TabCount {
    /// The number of streams that were closed.
    pub streams: i64,
    /// When the last stream was closed.
    pub streams_closed: Option<Timestamp>,
    /// The number of tabs that reported being empty.
    pub tabs: i64,
    /// When the last tab reported.
    pub tabs_emptied: Option<Timestamp>,
}

/// Adds to the counts of a revocation.
pub async fn add_tabs(source: &mut Source, id: RevocationId, count: TabCount) -> Result<(), Unavailable> {
    let statement = db::query(TABS)
        .bind(count.streams)
        .bind(count.streams_closed.map(|at| at.0))
        .bind(count.tabs)
        .bind(count.tabs_emptied.map(|at| at.0))
        .bind(id.to_string());
    source.execute(statement).await.map(|_| ())
}
