//! Checks for many sessions at once whether they are still live, for open tabs.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::sessions::sql;
use app::sign_in::signed_out::Why;
use doorward::guard::Unavailable;
use doorward::{SessionId, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The number of sessions in one query.
pub const AT_ONCE: usize = 64;

static OF: LazyLock<SqlStr> = LazyLock::new(|| {
    let places: Vec<String> = (1..=AT_ONCE).map(|place| format!("${place}")).collect();
    let statement = format!(
        "select s.id, s.ends_at, s.last_used_at + s.idle_limit as idle_end, s.ended_because, o.frozen_at, i.rights, \
         case when o.id is null then 0 else 1 end as is_open \
         from sessions s join identities i on i.id = s.identity left join open_sessions o on o.id = s.id where s.id in ({})",
        places.join(", ")
    );
    AssertSqlSafe(statement).into_sql_str()
});

/// What is known about a session.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    ends: Timestamp,
    idle_end: Timestamp,
    ended: Option<Why>,
    /// The identity's counter of lost privileges.
    pub privileges_version: i64,
}

impl Standing {
    /// Returns when the session will end if it is not used, and whether using it would extend that.
    ///
    /// # Errors
    /// The reason if the session has already ended.
    pub fn end(self, now: Timestamp) -> Result<(Timestamp, bool), Why> {
        match self.ended {
            Some(why) => Err(why),
            None if now >= self.ends => Err(Why::Expired),
            None if now >= self.idle_end => Err(Why::Idle),
            None => Ok((self.idle_end.min(self.ends), self.idle_end < self.ends)),
        }
    }
}

/// Returns the state of at most [`AT_ONCE`] sessions. A session that is not in the result no longer
/// exists.
pub async fn of(source: &mut Source, ids: &[SessionId]) -> Result<HashMap<SessionId, Standing>, Unavailable> {
    let asked = ids.iter().copied().chain(std::iter::repeat(SessionId::NOTHING)).take(AT_ONCE);
    let statement = asked.fold(db::query(OF.clone()), |statement, id| statement.bind(id.to_string()));
    let rows = source.all(statement).await?;
    let gone =
        Standing { ends: Timestamp(0), idle_end: Timestamp(0), ended: Some(Why::Revoked), privileges_version: 0 };
    let mut standing: HashMap<_, _> = ids.iter().map(|id| (*id, gone)).collect();
    for row in &rows {
        let (id, found) = read(row).map_err(unavailable)?;
        standing.insert(id, found);
    }
    Ok(standing)
}

fn read(row: &Row) -> Result<(SessionId, Standing), sqlx::Error> {
    let is_open = row.try_get::<i64>("is_open")? != 0 && row.try_get::<Option<i64>>("frozen_at")?.is_none();
    let ended = match row.try_get::<Option<&str>>("ended_because")? {
        _ if is_open => None,
        Some(sql::EXPIRED) => Some(Why::Expired),
        Some(sql::IDLE) => Some(Why::Idle),
        _ => Some(Why::Revoked),
    };
    let standing = Standing {
        ends: Timestamp(row.try_get("ends_at")?),
        idle_end: Timestamp(row.try_get("idle_end")?),
        ended,
        privileges_version: row.try_get("rights")?,
    };
    Ok((SessionId::parse(row.try_get("id")?).map_err(db::broken)?, standing))
}
