//! SQLite's separate file for full-text search terms. Writing to it blocks no decision, and the
//! whole file can be rebuilt.

use crate::db::OpenError;
use sqlx::{AssertSqlSafe, SqliteExecutor, SqlitePool};
use std::os::unix::fs::OpenOptionsExt as _;

/// The schema version. Tables of another version are rebuilt.
const VERSION: i64 = 2;
const TABLES: &str = include_str!("../../migrations/words_sqlite.sql");
const DROP: &str = "drop table if exists words.record_words; drop table if exists words.record_index";

/// Finds or creates the file, private to this user, and returns the statement that attaches it as
/// `words`.
pub(crate) async fn attach(database: &SqlitePool) -> Result<String, OpenError> {
    let file = "select file from pragma_database_list where name = 'main'";
    let file: String = sqlx::query_scalar(file).fetch_one(database).await.map_err(OpenError::Connect)?;
    let file = format!("{file}-words");
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&file);
    opened.map_err(|cause| OpenError::Words(file.clone(), cause))?;
    Ok(format!("attach database '{}' as words", file.replace('\'', "''")))
}

/// Creates the tables unless they exist in the current version.
pub(crate) async fn make_tables(words: &SqlitePool) -> Result<(), sqlx::Error> {
    if version(words).await? == VERSION {
        return Ok(());
    }
    // Several processes may start at the same time.
    let mut transaction = words.begin_with("begin immediate").await?;
    if version(&mut *transaction).await? != VERSION {
        let statements = format!("{DROP}; {TABLES} pragma words.user_version = {VERSION}");
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

async fn version<'e>(words: impl SqliteExecutor<'e>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("pragma words.user_version").fetch_one(words).await
}
