//! Flash messages: tower-sessions' data map, stored in the column `sessions.data`.
//!
//! Ids of tower-sessions have 128 bits, and its cookie carries them to the store in the clear. So
//! handle, hash and cookie are Doorward's own; only the crate's map and its store trait are used.
//! Unlike the trait requires, `save` never creates a row and never changes an ended session's.

use crate::db::Database;
use crate::sessions::handles;
use async_trait::async_trait;
use doorward::guard::HandleHash;
use sqlx::Row;
use std::sync::Arc;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Session, SessionStore};

const LOAD: &str =
    "select s.data from sessions s join handles h on h.session = s.id where h.hash = $1 and s.ended_at is null";
const SAVE: &str =
    "update sessions set data = $1 where id = (select session from handles where hash = $2) and ended_at is null";
const MESSAGE: &str = "flash";

/// The data of one session, looked up by the full hash of its handle.
#[derive(Debug)]
struct SessionData {
    database: Database,
    handle_hash: String,
}

#[async_trait]
impl SessionStore for SessionData {
    async fn create(&self, _: &mut Record) -> Result<()> {
        Err(Error::Backend("sessions begin at sign-in alone".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let kept = (!record.data.is_empty()).then_some(data);
        let statement = sqlx::query(SAVE).bind(kept).bind(self.handle_hash.clone());
        let done =
            statement.execute(self.database.writer()).await.map_err(|error| Error::Backend(error.to_string()))?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Backend("the session has ended".to_owned())) }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let statement = sqlx::query(LOAD).bind(self.handle_hash.clone());
        let row = statement
            .fetch_optional(self.database.readers())
            .await
            .map_err(|error| Error::Backend(error.to_string()))?;
        let Some(row) = row else { return Ok(None) };
        let data: Option<String> = row.try_get(0).map_err(|error| Error::Backend(error.to_string()))?;
        let data = data
            .map(|data| serde_json::from_str(&data))
            .transpose()
            .map_err(|error| Error::Decode(error.to_string()))?;
        // The session row has limits of its own. This date is never read.
        Ok(Some(Record { id: *id, data: data.unwrap_or_default(), expiry_date: OffsetDateTime::UNIX_EPOCH }))
    }

    async fn delete(&self, _: &Id) -> Result<()> {
        Err(Error::Backend("sessions end through the guard alone".to_owned()))
    }
}

/// Returns the data of the session that a handle belongs to. It is loaded at first use. `save`
/// stores it if the session has not ended.
#[must_use]
pub fn open(database: &Database, handle: &HandleHash) -> Session {
    let store = SessionData { database: database.clone(), handle_hash: handles::spell(handle) };
    // The store looks up the row by the hash. The id only says that a session exists.
    Session::new(Some(Id(0)), Arc::new(store), None)
}

/// Stores a message for the next page. An ended session stores nothing.
pub async fn put(
    database: &Database,
    handle: &HandleHash,
    message: &str,
) -> std::result::Result<(), tower_sessions::session::Error> {
    let session = open(database, handle);
    session.insert(MESSAGE, message).await?;
    session.save().await
}

/// Returns and removes the message that is waiting.
pub async fn take(
    database: &Database,
    handle: &HandleHash,
) -> std::result::Result<Option<String>, tower_sessions::session::Error> {
    let session = open(database, handle);
    let message = session.remove(MESSAGE).await?;
    if message.is_some() {
        session.save().await?;
    }
    Ok(message)
}
