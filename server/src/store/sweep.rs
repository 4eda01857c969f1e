//! The sweep: writes down which sessions are over, and takes old ones away, a few at a time so that nobody waits.

use super::{Database, sessions, unavailable, webhook_outbox};
use doorward::guard::Unavailable;
use doorward::{Clock, Moment, Span};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Rows that one transaction changes.
const AT_ONCE: i64 = 500;
/// How often the sweep looks.
const EVERY: Duration = Duration::from_secs(60);
/// How long other work goes first between two transactions.
const REST: Duration = Duration::from_millis(20);
/// How long an ended session is kept, for whoever asks what became of it. Its records are the ledger's.
const KEPT: Span = Span::hours(24 * 30);

const EXPIRE: &str = "update sessions set ended_at = $1, ended_because = $2, data = null where ended_at is null and id in \
     (select id from sessions where ended_at is null and ends_at <= $1 order by ends_at limit $3 + 0)";
const IDLE_OUT: &str = "update sessions set ended_at = $1, ended_because = $2, data = null where ended_at is null and id in \
     (select id from sessions where ended_at is null and last_used_at + idle_limit <= $1 \
     order by last_used_at + idle_limit limit $3 + 0)";
const FORGET_HANDLES: &str = "delete from handles where session in \
     (select id from sessions where ended_at is not null and ended_at < $1 order by ended_at, id limit $2 + 0)";
const FORGET: &str = "delete from sessions where id in \
     (select id from sessions where ended_at is not null and ended_at < $1 order by ended_at, id limit $2 + 0)";

/// Ceremonies of passkeys that nobody answered in time.
const FORGET_CEREMONIES: &str = "delete from ceremonies where hash in \
     (select hash from ceremonies where ends_at <= $1 order by ends_at limit $2 + 0)";

/// Sweeps for as long as somebody keeps `clock`.
pub fn start(database: Database, clock: &Arc<dyn Clock>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        while let Some(now) = Weak::upgrade(&clock).map(|clock| clock.now()) {
            // What is not swept now is swept next time; a session's limits hold without it.
            let _ = once(&database, now).await;
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Sweeps everything that is over at `now`.
///
/// # Errors
/// Where the database does not answer.
pub async fn once(database: &Database, now: Moment) -> Result<(), Unavailable> {
    for (statement, because) in [(EXPIRE, sessions::EXPIRED), (IDLE_OUT, sessions::IDLE)] {
        loop {
            let some = sqlx::query(statement).bind(now.0).bind(because).bind(AT_ONCE).execute(database.writer()).await;
            if some.map_err(unavailable)?.rows_affected() == 0 {
                break;
            }
            tokio::time::sleep(REST).await;
        }
    }
    while forget_ceremonies(database, now).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    while forget_some(database, Moment(now.0 - KEPT.0)).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    let given_up = webhook_outbox::give_up(database, now).await?;
    if given_up > 0 {
        tracing::warn!(notices = given_up, "the webhook has not taken some notices for three days; they are given up");
    }
    Ok(())
}

async fn forget_ceremonies(database: &Database, now: Moment) -> Result<u64, Unavailable> {
    let some = sqlx::query(FORGET_CEREMONIES).bind(now.0).bind(AT_ONCE).execute(database.writer()).await;
    some.map(|done| done.rows_affected()).map_err(unavailable)
}

async fn forget_some(database: &Database, before: Moment) -> Result<u64, Unavailable> {
    let mut transaction = database.begin().await?;
    let handles = sqlx::query(FORGET_HANDLES).bind(before.0).bind(AT_ONCE).execute(&mut *transaction).await;
    handles.map_err(unavailable)?;
    let sessions = sqlx::query(FORGET).bind(before.0).bind(AT_ONCE).execute(&mut *transaction).await;
    let forgotten = sessions.map_err(unavailable)?.rows_affected();
    transaction.commit().await.map_err(unavailable)?;
    Ok(forgotten)
}
