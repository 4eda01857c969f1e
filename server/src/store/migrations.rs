//! The schema, step by step. A step that has landed is never changed.

use super::{Database, Engine, OpenError};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use std::borrow::Cow;

const STEPS: [(i64, &str, &str); 11] = [
    (1, "first", include_str!("../../migrations/0001_first.sql")),
    (2, "sharing", include_str!("../../migrations/0002_sharing.sql")),
    (3, "sessions", include_str!("../../migrations/0003_sessions.sql")),
    (4, "methods", include_str!("../../migrations/0004_methods.sql")),
    (5, "webhook", include_str!("../../migrations/0005_webhook.sql")),
    (6, "records", include_str!("../../migrations/0006_records.sql")),
    (7, "seals", include_str!("../../migrations/0007_seals.sql")),
    (8, "record_policy", include_str!("../../migrations/0008_record_policy.sql")),
    (9, "forwarding", include_str!("../../migrations/0009_forwarding.sql")),
    (11, "record_index", include_str!("../../migrations/0011_record_index.sql")),
    (13, "segments", include_str!("../../migrations/0013_segments.sql")),
];

/// What each engine keeps in its own way.
const WORDS: (i64, &str) = (12, "record_words");
const WORDS_SQLITE: &str = include_str!("../../migrations/0012_record_words_sqlite.sql");
const WORDS_POSTGRES: &str = include_str!("../../migrations/0012_record_words_postgres.sql");

/// Brings the schema up to date.
///
/// # Errors
/// Where a step fails, or the database has a step that this program does not know.
pub(super) async fn run(database: &Database) -> Result<(), OpenError> {
    if database.engine() == Engine::Postgres {
        name_binary_columns_alike(database).await.map_err(OpenError::Connect)?;
    }
    let words = match database.engine() {
        Engine::Sqlite => WORDS_SQLITE,
        Engine::Postgres => WORDS_POSTGRES,
    };
    let mut steps: Vec<_> = STEPS.into_iter().chain([(WORDS.0, WORDS.1, words)]).collect();
    steps.sort_by_key(|(version, ..)| *version);
    let migrations = steps.into_iter().map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
    });
    let migrator = Migrator { migrations: Cow::Owned(migrations.collect()), ..Migrator::DEFAULT };
    migrator.run(database.writer()).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        error => OpenError::Migrate(error),
    })
}

/// SQLite says `blob` where PostgreSQL says `bytea`: a domain lets one text serve both.
async fn name_binary_columns_alike(database: &Database) -> Result<(), sqlx::Error> {
    const DOMAIN: &str = "do $$ begin create domain blob as bytea; exception when duplicate_object then null; end $$";
    // Several processes may start at once.
    const ALONE: &str = "select pg_advisory_xact_lock(6836478)";
    let mut transaction = database.writer().begin().await?;
    sqlx::raw_sql(ALONE).execute(&mut *transaction).await?;
    sqlx::raw_sql(DOMAIN).execute(&mut *transaction).await?;
    transaction.commit().await
}
