//! On SQLite the words of records stand in a file of their own, beside the database: what is written there keeps no decision
//! waiting, and all of it can be made again.

use crate::db::OpenError;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor};
use std::os::unix::fs::OpenOptionsExt as _;

/// What the tables there look like; those of another version are made anew.
const VERSION: i64 = 2;
const TABLES: &str = include_str!("../../migrations/words_sqlite.sql");
const DROP: &str = "drop table if exists words.record_words; drop table if exists words.record_index";

/// Finds the file, or makes it for this user alone, and says how a connection gets it, as `words`.
pub(crate) async fn attach(database: &AnyPool) -> Result<String, OpenError> {
    let file = "select file from pragma_database_list where name = 'main'";
    let file: String = sqlx::query_scalar(file).fetch_one(database).await.map_err(OpenError::Connect)?;
    let file = format!("{file}-words");
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&file);
    opened.map_err(|cause| OpenError::Words(file.clone(), cause))?;
    Ok(format!("attach database '{}' as words", file.replace('\'', "''")))
}

/// Makes the tables, where there are none as this program wants them.
pub(crate) async fn make_tables(words: &AnyPool) -> Result<(), sqlx::Error> {
    if version(words).await? == VERSION {
        return Ok(());
    }
    // Several processes may start at once.
    let mut transaction = words.begin_with("begin immediate").await?;
    if version(&mut *transaction).await? != VERSION {
        let statements = format!("{DROP}; {TABLES} pragma words.user_version = {VERSION}");
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

async fn version<'e>(words: impl Executor<'e, Database = Any>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("pragma words.user_version").fetch_one(words).await
}
