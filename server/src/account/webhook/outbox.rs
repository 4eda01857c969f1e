//! The tables `webhook` and `webhook_outbox`: notices that the webhook has not delivered yet.
//!
//! The transaction that creates a notice also adds it here, so that no notice is lost, and none is
//! sent for something that was rolled back. Following `notices` by id instead would miss a notice
//! that is committed after one with a later id.

use crate::db::transaction::Source;
use crate::db::{self, Database, Row, Statement, unavailable};
use app::account::notices::NoticeKind;
use doorward::guard::Unavailable;
use doorward::{NoticeId, TimeSpan, Timestamp};

/// How long delivery of a notice is retried, and how long notices are still queued after the last
/// process with a webhook was seen.
pub const KEPT: TimeSpan = TimeSpan::hours(24 * 3);

const PUT: &str =
    "insert into webhook_outbox (notice, next_try_at, tries) select $1, $2, 0 from webhook where seen_at > $3";
const SEEN: &str = "update webhook set seen_at = $1 where seen_at < $1";
const DUE: &str = "select o.notice, o.next_try_at, o.tries, n.at, n.kind, n.about, i.name from webhook_outbox o \
     join notices n on n.id = o.notice join identities i on i.id = n.identity where o.next_try_at <= $1 \
     order by o.next_try_at, o.notice limit $2 + 0";
const HOW_MANY: &str = "select count(*) as many from webhook_outbox";
const CLAIM: &str = "update webhook_outbox set next_try_at = $1, tries = tries + 1 where notice = $2 and tries = $3";
const PUT_OFF: &str = "update webhook_outbox set next_try_at = $1 where notice = $2 and tries = $3";
const TAKE_OUT: &str = "delete from webhook_outbox where notice = $1";
const FORGET: &str = "delete from webhook_outbox where notice in (select o.notice from webhook_outbox o \
     join notices n on n.id = o.notice where n.at <= $1)";

/// A notice to be sent.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: NoticeId,
    /// When it was created.
    pub at: Timestamp,
    pub kind: NoticeKind,
    /// The recipient's sign-in name.
    pub identity: String,
    pub about: String,
    /// The number of earlier attempts.
    pub tries: i64,
}

/// Queues a notice if a process with a webhook was seen recently.
pub(crate) async fn put(source: &mut Source, notice: NoticeId, now: Timestamp) -> Result<(), Unavailable> {
    let statement = db::query(PUT).bind(notice.to_string()).bind(now.0).bind(now.0 - KEPT.0);
    source.execute(statement).await.map(|_| ())
}

/// Notes that a process with a webhook is running, so that notices are queued for it.
pub async fn seen(database: &Database, now: Timestamp) -> Result<(), Unavailable> {
    change(database, db::query(SEEN).bind(now.0)).await.map(|_| ())
}

/// Returns notices that are due, the longest waiting first.
pub async fn due(database: &Database, limit: i64, now: Timestamp) -> Result<Vec<Waiting>, Unavailable> {
    let rows = Source::reader(database).all(db::query(DUE).bind(now.0).bind(limit)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &Row) -> Result<Waiting, sqlx::Error> {
    Ok(Waiting {
        id: NoticeId::parse(row.try_get("notice")?).map_err(db::broken)?,
        at: Timestamp(row.try_get("at")?),
        kind: NoticeKind::parse(row.try_get("kind")?).ok_or_else(|| db::broken("no such kind of notice"))?,
        identity: row.try_get("name")?,
        about: row.try_get("about")?,
        tries: row.try_get("tries")?,
    })
}

/// Returns the number of queued notices.
pub async fn waiting(source: &mut Source) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(HOW_MANY)).await?.ok_or(Unavailable)?;
    row.try_get("many").map_err(unavailable)
}

/// Reserves a notice for this process until `until`. Returns false if another process was first.
pub async fn claim(database: &Database, waiting: &Waiting, until: Timestamp) -> Result<bool, Unavailable> {
    let statement = db::query(CLAIM).bind(until.0).bind(waiting.id.to_string()).bind(waiting.tries);
    change(database, statement).await.map(|rows| rows == 1)
}

/// Postpones a notice that this process reserved but could not deliver.
pub async fn put_off(database: &Database, waiting: &Waiting, until: Timestamp) -> Result<(), Unavailable> {
    let statement = db::query(PUT_OFF).bind(until.0).bind(waiting.id.to_string()).bind(waiting.tries + 1);
    change(database, statement).await.map(|_| ())
}

/// Removes a delivered notice.
pub async fn take_out(database: &Database, notice: NoticeId) -> Result<(), Unavailable> {
    change(database, db::query(TAKE_OUT).bind(notice.to_string())).await.map(|_| ())
}

/// Removes notices that have waited too long, and returns how many. They stay in their recipients'
/// inboxes.
pub async fn give_up(database: &Database, now: Timestamp) -> Result<u64, Unavailable> {
    change(database, db::query(FORGET).bind(now.0 - KEPT.0)).await
}

async fn change(database: &Database, statement: Statement) -> Result<u64, Unavailable> {
    database.writer().execute(statement).await.map_err(unavailable)
}
