//! Schema migrations. A migration that has been released is never changed.

use crate::db::{Engine, OpenError};
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::borrow::Cow;
use std::time::Duration;

/// Waiting longer than this, for a migration or for another process, is logged.
const LONG: Duration = Duration::from_secs(2);

const STEPS: [(i64, &str, &str); 34] = [
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
    (14, "fewer_indexes", include_str!("../../migrations/0014_fewer_indexes.sql")),
    (16, "environments", include_str!("../../migrations/0016_environments.sql")),
    (17, "logs", include_str!("../../migrations/0017_logs.sql")),
    (18, "sessions", include_str!("../../migrations/0018_sessions.sql")),
    (19, "write_probe", include_str!("../../migrations/0019_write_probe.sql")),
    (21, "set_aside", include_str!("../../migrations/0021_set_aside.sql")),
    (22, "sign_in", include_str!("../../migrations/0022_sign_in.sql")),
    (24, "notices", include_str!("../../migrations/0024_notices.sql")),
    (25, "people", include_str!("../../migrations/0025_people.sql")),
    (30, "deliveries", include_str!("../../migrations/0030_deliveries.sql")),
    (31, "canaries", include_str!("../../migrations/0031_canaries.sql")),
    (26, "vault_keys", include_str!("../../migrations/0026_vault_keys.sql")),
    (28, "versions", include_str!("../../migrations/0028_versions.sql")),
    (29, "metadata", include_str!("../../migrations/0029_metadata.sql")),
    (32, "groups", include_str!("../../migrations/0032_groups.sql")),
    (38, "rotation", include_str!("../../migrations/0038_rotation.sql")),
    (39, "generators_and_consumers", include_str!("../../migrations/0039_generators_and_consumers.sql")),
    (40, "machines", include_str!("../../migrations/0040_machines.sql")),
    (45, "key_pairs", include_str!("../../migrations/0045_key_pairs.sql")),
    (46, "owners", include_str!("../../migrations/0046_owners.sql")),
    (34, "kinds", include_str!("../../migrations/0034_kinds.sql")),
    (47, "pending_values", include_str!("../../migrations/0047_pending_values.sql")),
    (35, "kinds_of_imports", include_str!("../../migrations/0035_kinds_of_imports.sql")),
];

/// Migrations whose SQL differs between engines: SQLite's text, then PostgreSQL's.
const OWN_STEPS: [(i64, &str, [&str; 2]); 7] = [
    (
        12,
        "record_words",
        [
            include_str!("../../migrations/0012_record_words_sqlite.sql"),
            include_str!("../../migrations/0012_record_words_postgres.sql"),
        ],
    ),
    (
        15,
        "words_apart",
        [
            include_str!("../../migrations/0015_words_apart_sqlite.sql"),
            include_str!("../../migrations/0015_words_apart_postgres.sql"),
        ],
    ),
    (
        23,
        "outcomes",
        [
            include_str!("../../migrations/0023_outcomes_sqlite.sql"),
            include_str!("../../migrations/0023_outcomes_postgres.sql"),
        ],
    ),
    (
        33,
        "policy_history",
        [
            include_str!("../../migrations/0033_policy_history_sqlite.sql"),
            include_str!("../../migrations/0033_policy_history_postgres.sql"),
        ],
    ),
    (
        36,
        "environment_rules",
        [
            include_str!("../../migrations/0036_environment_rules_sqlite.sql"),
            include_str!("../../migrations/0036_environment_rules_postgres.sql"),
        ],
    ),
    (
        43,
        "lists",
        [
            include_str!("../../migrations/0043_lists_sqlite.sql"),
            include_str!("../../migrations/0043_lists_postgres.sql"),
        ],
    ),
    (
        44,
        "search",
        [
            include_str!("../../migrations/0044_search_sqlite.sql"),
            include_str!("../../migrations/0044_search_postgres.sql"),
        ],
    ),
];

/// Brings the schema of an SQLite database up to date on a separate connection. Waits if another
/// process is doing the same.
///
/// # Errors
/// If a migration fails, or if the database has one that this program does not know.
pub(crate) async fn run_sqlite(mut connection: SqliteConnection) -> Result<(), OpenError> {
    let migrator = migrator(Engine::Sqlite);
    if !is_current(&migrator, &mut connection).await {
        noting_a_wait(migrate_sqlite(&migrator, &mut connection)).await?;
    }
    connection.close().await.map_err(OpenError::Connect)
}

/// Like [`run_sqlite`], for PostgreSQL.
///
/// # Errors
/// As [`run_sqlite`].
pub(crate) async fn run_postgres(mut connection: PgConnection) -> Result<(), OpenError> {
    let migrator = migrator(Engine::Postgres);
    if !is_current(&migrator, &mut connection).await {
        noting_a_wait(migrate_postgres(&migrator, &mut connection)).await?;
    }
    connection.close().await.map_err(OpenError::Connect)
}

async fn noting_a_wait(migrated: impl Future<Output = Result<(), OpenError>>) -> Result<(), OpenError> {
    tokio::pin!(migrated);
    match tokio::time::timeout(LONG, &mut migrated).await {
        Ok(done) => done,
        Err(_) => {
            tracing::info!("migrating the schema, or waiting for another process that is doing so");
            migrated.await
        }
    }
}

fn migrator(engine: Engine) -> Migrator {
    Migrator { migrations: Cow::Owned(steps(engine)), ..Migrator::DEFAULT }
}

/// Returns whether exactly the known migrations are applied. In that case nothing is written and no
/// lock is taken.
async fn is_current(migrator: &Migrator, connection: &mut impl Migrate) -> bool {
    let Ok(applied) = connection.list_applied_migrations(&migrator.table_name).await else { return false };
    let steps = || migrator.iter().map(|step| (step.version, &step.checksum));
    let is_done = applied.len() == steps().count()
        && applied.iter().zip(steps()).all(|(done, (version, sum))| done.version == version && done.checksum == *sum);
    is_done && matches!(connection.dirty_version(&migrator.table_name).await, Ok(None))
}

/// The driver's migration lock does nothing on SQLite. This transaction takes its place, and sees
/// migrations that another process has applied.
async fn migrate_sqlite(migrator: &Migrator, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut alone = connection.begin_with("begin immediate").await.map_err(OpenError::Connect)?;
    migrator.run_direct(None, &mut *alone, false).await.map_err(not_migrated)?;
    alone.commit().await.map_err(|error| not_migrated(MigrateError::Execute(error)))
}

async fn migrate_postgres(migrator: &Migrator, connection: &mut PgConnection) -> Result<(), OpenError> {
    name_binary_columns_alike(connection).await.map_err(OpenError::Connect)?;
    migrator.run_direct(None, connection, false).await.map_err(not_migrated)
}

/// Returns the version of the newest migration.
pub(crate) fn newest() -> i64 {
    STEPS.iter().map(|(version, ..)| *version).chain(OWN_STEPS.iter().map(|(version, ..)| *version)).max().unwrap_or(0)
}

fn not_migrated(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        error => OpenError::Migrate(error),
    }
}

/// Returns the migrations of this engine, in order.
fn steps(engine: Engine) -> Vec<Migration> {
    let own = OWN_STEPS.map(|(version, name, [sqlite, postgres])| match engine {
        Engine::Sqlite => (version, name, sqlite),
        Engine::Postgres => (version, name, postgres),
    });
    let mut steps: Vec<_> = STEPS.into_iter().chain(own).collect();
    steps.sort_by_key(|(version, ..)| *version);
    let migrations = steps.into_iter().map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
    });
    migrations.collect()
}

/// SQLite has `blob` and PostgreSQL has `bytea`. A domain named `blob` lets one migration text
/// serve both.
async fn name_binary_columns_alike(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    const DOMAIN: &str = "do $$ begin create domain blob as bytea; exception when duplicate_object then null; end $$";
    // Several processes may start at the same time.
    const ALONE: &str = "select pg_advisory_xact_lock(6836478)";
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(ALONE).execute(&mut *transaction).await?;
    sqlx::raw_sql(DOMAIN).execute(&mut *transaction).await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Database;
    use crate::db::transaction::Source;
    use crate::ledger::counts;
    use crate::ledger::search::index::{self, Head};
    use app::ledger::search::Routine;
    use doorward::{Environments, Timestamp};
    use sqlx::SqlitePool;

    const SEALED_BEFORE: &str = "insert into audit (id, at, action, resource, parameters, decision, reason_code, reason, \
         entry, request) select '0' || value, value, 'secret.list', '', '', 'allowed', 'role', 'a role', 'page', '' \
         from (select 1 as value union all select 2 union all select 3600003); \
         insert into ledger_leaves (leaf_index, record) values (0, '01'), (1, '02'), (2, '03600003'); \
         update ledger_head set size = 3; update record_index set indexed = 1; \
         insert into record_counts (hour, action, entry, decision, reason_code, many) \
         values (0, 'secret.list', 'page', 'allowed', 'role', 1)";

    #[tokio::test]
    async fn records_sealed_before_the_word_index_are_indexed_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}?mode=rwc", folder.path().join("it's a database").display());
        let pool = SqlitePool::connect(&address).await.expect("it opens");
        let before = steps(Engine::Sqlite).into_iter().filter(|step| step.version < 14).collect();
        let migrator = Migrator { migrations: Cow::Owned(before), ..Migrator::DEFAULT };
        migrator.run(&pool).await.expect("the schema of before");
        sqlx::raw_sql(SEALED_BEFORE).execute(&pool).await.expect("records of before");
        pool.close().await;
        let database = Database::open(&address).await.expect("it opens");
        let mut source = Source::reader(&database);
        let counts = counts::since(&mut source, &Environments::Everywhere, Routine::Shown, Timestamp(0))
            .await
            .expect("they are counted");
        let mut counts: Vec<_> = counts.into_iter().map(|count| (count.from, count.many)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [(Timestamp(0), 2), (Timestamp(3_600_000), 1)]);
        assert_eq!(index::head(&mut source).await, Ok(Head::NONE));
    }
}
