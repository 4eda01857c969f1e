//! The message for the next page: tower-sessions' data map over the column `sessions.data`.
//!
//! The crate's own ids have 128 bits and its own cookie carries them in the clear to the store, so handle, hash and
//! cookie are Doorward's; of tower-sessions we use the map, and its store trait in a stricter form: `save` never makes a
//! row and never touches an ended one.

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

/// The data of one session, found by the whole hash of its handle.
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
        // The row has limits of its own; this date is never read.
        Ok(Some(Record { id: *id, data: data.unwrap_or_default(), expiry_date: OffsetDateTime::UNIX_EPOCH }))
    }

    async fn delete(&self, _: &Id) -> Result<()> {
        Err(Error::Backend("sessions end through the guard alone".to_owned()))
    }
}

/// The data of the session behind a handle; it is read at first use, and kept by `save` where the session has not ended.
#[must_use]
pub fn open(database: &Database, handle: &HandleHash) -> Session {
    let store = SessionData { database: database.clone(), handle_hash: handles::spell(handle) };
    // The store finds the row by the hash it holds; the id only says that there is one.
    Session::new(Some(Id(0)), Arc::new(store), None)
}

/// Keeps a message for the next page. An ended session keeps none.
pub async fn put(
    database: &Database,
    handle: &HandleHash,
    message: &str,
) -> std::result::Result<(), tower_sessions::session::Error> {
    let session = open(database, handle);
    session.insert(MESSAGE, message).await?;
    session.save().await
}

/// Takes the message that waits.
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
