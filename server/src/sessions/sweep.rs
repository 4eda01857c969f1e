//! The sweep: a background task that ends sessions past their limits and deletes old rows, in small
//! batches so that nothing waits for it.

use crate::access::machines::challenge;
use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Database, Row, unavailable};
use crate::deliveries;
use crate::secrets::imports;
use crate::sessions::endings::{Cause, Ending, Endings};
use crate::sessions::sql;
use crate::webhook::outbox;
use doorward::guard::Unavailable;
use doorward::ledger::Who;
use doorward::{ClientOrigin, Clock, IdentityId, Kind, SessionId, TimeSpan, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The number of rows that one transaction deletes.
const AT_ONCE: i64 = 500;
/// The number of sessions that one transaction ends. Each gets a record.
const ENDED_AT_ONCE: i64 = 64;
/// The interval between two sweeps.
const EVERY: Duration = Duration::from_secs(60);
/// The pause between two transactions, so that other work goes first.
const REST: Duration = Duration::from_millis(20);
/// How long an ended session's row is kept. Its ledger records are kept independently.
const KEPT: TimeSpan = TimeSpan::hours(24 * 30);

/// Sessions past their limits at $1, with their identities. Includes sessions that a revocation
/// ended long ago.
macro_rules! over {
    ($condition:literal, $order:literal) => {
        Lockable {
            plain: over!($condition, $order, ""),
            locking: over!($condition, $order, " for update of s"),
        }
    };
    ($condition:literal, $order:literal, $lock:literal) => {
        concat!(
            "select s.id, s.identity, i.name, i.kind, case when o.id is null then 0 else 1 end as is_open from sessions s \
             join identities i on i.id = s.identity left join open_sessions o on o.id = s.id where s.ended_at is null and ",
            $condition,
            " order by ",
            $order,
            " limit $2 + 0",
            $lock
        )
    };
}
const EXPIRED: Lockable = over!("s.ends_at <= $1", "s.ends_at");
const IDLE: Lockable = over!("s.last_used_at + s.idle_limit <= $1", "s.last_used_at + s.idle_limit");
const FORGET_HANDLES: &str = "delete from handles where session in \
     (select id from sessions where ended_at is not null and ended_at < $1 order by ended_at, id limit $2 + 0)";
const FORGET: &str = "delete from sessions where id in \
     (select id from sessions where ended_at is not null and ended_at < $1 order by ended_at, id limit $2 + 0)";

/// Form tokens older than any session can be.
const FORGET_FORMS: &str = "delete from used_forms where hash in \
     (select hash from used_forms where used_at < $1 order by used_at limit $2 + 0)";
/// Passkey ceremonies that were not answered in time.
const FORGET_CEREMONIES: &str = "delete from ceremonies where hash in \
     (select hash from ceremonies where ends_at <= $1 order by ends_at limit $2 + 0)";

/// Sweeps until all other owners have dropped `clock`.
pub fn start(database: Database, endings: Endings, clock: &Arc<dyn Clock>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        while let Some(now) = Weak::upgrade(&clock).map(|clock| clock.now()) {
            // If this fails, the next sweep tries again. The limits hold without it.
            let _ = once(&database, &endings, now).await;
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Sweeps everything that is past its limits at `now`.
pub async fn once(database: &Database, endings: &Endings, now: Timestamp) -> Result<(), Unavailable> {
    for (statement, cause) in [(EXPIRED, Cause::Expired), (IDLE, Cause::Idle)] {
        while end_some(database, endings, statement, cause, now).await? > 0 {
            tokio::time::sleep(REST).await;
        }
    }
    while forget_up_to(database, deliveries::sql::EXPIRE, now).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    while forget_up_to(database, deliveries::sql::FORGET, Timestamp(now.0 - KEPT.0)).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    for statement in [imports::sql::FORGET_ENTRIES, imports::sql::FORGET] {
        while forget_up_to(database, statement, now).await? > 0 {
            tokio::time::sleep(REST).await;
        }
    }
    while forget_up_to(database, FORGET_CEREMONIES, now).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    while forget_up_to(database, challenge::FORGET, Timestamp(now.0 - KEPT.0)).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    while forget_up_to(database, FORGET_FORMS, Timestamp(now.0 - KEPT.0)).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    while forget_some(database, Timestamp(now.0 - KEPT.0)).await? > 0 {
        tokio::time::sleep(REST).await;
    }
    let given_up = outbox::give_up(database, now).await?;
    if given_up > 0 {
        tracing::warn!(notices = given_up, "the webhook has not taken some notices for three days; they are given up");
    }
    Ok(())
}

async fn end_some(
    database: &Database,
    endings: &Endings,
    statement: Lockable,
    cause: Cause,
    now: Timestamp,
) -> Result<usize, Unavailable> {
    let over = |source: &Source| db::query(source.text(statement)).bind(now.0).bind(ENDED_AT_ONCE);
    let mut source = Source::reader(database);
    let statement_read = over(&source);
    if source.all(statement_read).await?.is_empty() {
        return Ok(0);
    }
    // Checked again by the functions that end them: a session may have been used in the meantime.
    let mut source = Source::writer(database).await?;
    let statement_locked = over(&source);
    let rows = source.all(statement_locked).await?;
    for row in &rows {
        let (owner, session, is_open) = read(row).map_err(unavailable)?;
        if is_open {
            let ending = Ending { session, owner, cause };
            endings.end(&mut source, &ending, &endings.by_the_server(now), &ClientOrigin::default()).await?;
        } else {
            // The revocation's record already states the end of this session.
            sql::end(&mut source, session, sql::REVOKED, now).await?;
        }
    }
    source.commit().await?;
    Ok(rows.len())
}

fn read(row: &Row) -> Result<(Who, SessionId, bool), sqlx::Error> {
    let session = SessionId::parse(row.try_get("id")?).map_err(db::broken)?;
    let owner = Who {
        identity: IdentityId::parse(row.try_get("identity")?).map_err(db::broken)?,
        name: row.try_get::<String>("name")?.into(),
        kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| db::broken("no such kind"))?,
        session: Some(session),
        authentication: None,
        method: None,
        authenticated: None,
    };
    Ok((owner, session, row.try_get::<i64>("is_open")? != 0))
}

async fn forget_up_to(database: &Database, statement: &'static str, moment: Timestamp) -> Result<u64, Unavailable> {
    let statement = db::query(statement).bind(moment.0).bind(AT_ONCE);
    database.writer().execute(statement).await.map_err(unavailable)
}

async fn forget_some(database: &Database, before: Timestamp) -> Result<u64, Unavailable> {
    let mut transaction = database.begin().await?;
    let handles = db::query(FORGET_HANDLES).bind(before.0).bind(AT_ONCE).execute(&mut transaction).await;
    handles.map_err(unavailable)?;
    let sessions = db::query(FORGET).bind(before.0).bind(AT_ONCE).execute(&mut transaction).await;
    let forgotten = sessions.map_err(unavailable)?;
    transaction.commit().await.map_err(unavailable)?;
    Ok(forgotten)
}
