//! What pages remember in a session and what grants nothing: the message for the next page, the last
//! filter of a list. It is tower-sessions' data map, stored in the column `sessions.data`.
//!
//! tower-sessions' ids have 128 bits, and its cookie carries them to the store in the clear. So
//! handle, hash and cookie are Doorward's own. The id here is the public id of the session, a ULID,
//! which has 128 bits too; a caller has it from a permit. A row is never added, and the row of an
//! ended session never changes.

use crate::db::{self, Database};
use async_trait::async_trait;
use doorward::{SessionId, Timestamp};
use std::sync::Arc;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Session, SessionStore};

/// The failure of a store or of its encoding.
pub type Failure = tower_sessions::session::Error;

const LOAD: &str = "select data, ends_at, last_used_at + idle_limit from sessions where id = $1 and ended_at is null";
const SAVE: &str = "update sessions set data = $1 where id = $2 and ended_at is null";

/// The column `sessions.data`.
#[derive(Clone, Debug)]
struct Column(Database);

impl Column {
    async fn write(&self, id: Id, data: Option<String>) -> Result<()> {
        let statement = db::query(SAVE).bind(data).bind(session_of(id).to_string());
        self.0.writer().execute(statement).await.map(|_| ()).map_err(failed)
    }
}

#[async_trait]
impl SessionStore for Column {
    /// tower-sessions asks for this if there is no live session to load. There is no row to keep the
    /// data in then, so the data is dropped.
    async fn create(&self, _: &mut Record) -> Result<()> {
        Ok(())
    }

    /// Keeps the data, if the session has not ended.
    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        self.write(record.id, (!record.data.is_empty()).then_some(data)).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let statement = db::query(LOAD).bind(session_of(*id).to_string());
        let Some(row) = self.0.readers().optional(statement).await.map_err(failed)? else { return Ok(None) };
        let data: Option<String> = row.try_get(0).map_err(failed)?;
        let data = data.map(|data| serde_json::from_str(&data)).transpose();
        let data = data.map_err(|error| Error::Decode(error.to_string()))?.unwrap_or_default();
        let (ends, idle): (i64, i64) = (row.try_get(1).map_err(failed)?, row.try_get(2).map_err(failed)?);
        Ok(Some(Record { id: *id, data, expiry_date: date(Timestamp(ends.min(idle))) }))
    }

    /// Forgets the data. The session goes on: only the guard ends it.
    async fn delete(&self, id: &Id) -> Result<()> {
        self.write(*id, None).await
    }
}

fn failed(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

fn date(at: Timestamp) -> OffsetDateTime {
    let nanoseconds = i128::from(at.0) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn id_of(session: SessionId) -> Id {
    Id(session.to_bits().cast_signed())
}

fn session_of(id: Id) -> SessionId {
    SessionId::from_bits(id.0.cast_unsigned())
}

/// Returns what a session remembers, which is loaded at first use.
#[must_use]
pub fn open(database: &Database, session: SessionId) -> Session {
    Session::new(Some(id_of(session)), Arc::new(Column(database.clone())), None)
}

/// Remembers `value` under `key`. Writes nothing if it is remembered already.
pub async fn remember(
    database: &Database,
    session: SessionId,
    key: &str,
    value: &str,
) -> std::result::Result<(), Failure> {
    let session = open(database, session);
    if session.get::<String>(key).await?.as_deref() == Some(value) {
        return Ok(());
    }
    session.insert(key, value).await?;
    session.save().await
}

/// Returns what is remembered under `key`.
pub async fn recall(
    database: &Database,
    session: SessionId,
    key: &str,
) -> std::result::Result<Option<String>, Failure> {
    open(database, session).get(key).await
}

/// Returns and removes what is remembered under `key`.
pub async fn take(database: &Database, session: SessionId, key: &str) -> std::result::Result<Option<String>, Failure> {
    let session = open(database, session);
    let value = session.remove(key).await?;
    if value.is_some() {
        session.save().await?;
    }
    Ok(value)
}
