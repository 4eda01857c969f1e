//! Loads a backup into an empty database. The whole file is checked before the database is opened.

use crate::backup::encrypted::{BadFile, Opened, bad_file};
use crate::backup::format::{Cell, FORMAT, Head, Line, Table, read_line};
use crate::backup::tables;
use crate::backup::unlock::Unlock;
use crate::db::rows::Insert;
use crate::db::transaction::Source;
use crate::db::{self, Database, Engine, OpenError, migrations};
use crate::ledger;
use crate::sessions::deployment;
use crate::sessions::revocations::{self, By};
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use doorward::{Randomness, RevocationId};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use zstd::stream::read::Decoder;

/// How many rows wait to be inserted by one statement.
const ROWS: usize = 64;
/// Tables that have no rows before Doorward is started with a database.
const EMPTY: &str = "select (select count(*) from identities) + (select count(*) from secrets) + \
     (select count(*) from audit) + (select count(*) from vault_keys) as rows";
/// References between rows count at the end of the transaction. PostgreSQL's are made so for its
/// length.
const DEFER_ON_SQLITE: &str = "pragma defer_foreign_keys = on";
const DEFER_ON_POSTGRES: &str = "do $$ declare c record; begin \
     for c in select cast(conrelid as regclass) as t, conname from pg_constraint \
     where contype = 'f' and connamespace = cast(current_schema() as regnamespace) loop \
     execute format('alter table %s alter constraint %I deferrable initially deferred', c.t, c.conname); \
     end loop; end $$";
const CHECK_ON_POSTGRES: &str = "set constraints all immediate";
const RESET_ON_POSTGRES: &str = "do $$ declare c record; begin \
     for c in select cast(conrelid as regclass) as t, conname from pg_constraint \
     where contype = 'f' and connamespace = cast(current_schema() as regnamespace) loop \
     execute format('alter table %s alter constraint %I not deferrable', c.t, c.conname); \
     end loop; end $$";
const PATIENT: &str = "set local statement_timeout = 0";
/// Links that let people in: one that was used after the backup was made would count again.
const END_LINKS: [&str; 5] = [
    "delete from invitations",
    "delete from set_up",
    "update deliveries set state = 'void', key_id = null, wrapped_key = null, nonce = null, ciphertext = null \
     where state = 'waiting'",
    "delete from pending_import_entries",
    "delete from pending_imports",
];

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{0}; nothing was restored")]
    Bad(#[from] BadFile),
    #[error("the backup cannot be read")]
    File(#[source] io::Error),
    #[error(
        "this backup was made by another Doorward, {version} (schema {schema}): restore it with that version; nothing was restored"
    )]
    OtherSchema { version: String, schema: i64 },
    #[error("a restore needs an empty database, and Doorward was already started with this one; nothing was restored")]
    NotEmpty,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database did not take the backup; nothing was restored")]
    Unavailable,
}

impl From<Unavailable> for LoadError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        match (bad_file(&error), error.kind()) {
            (Some(bad), _) => Self::Bad(bad),
            // What is authentic and still cannot be read was written by something else.
            (None, io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => Self::Bad(BadFile::Damaged),
            (None, _) => Self::File(error),
        }
    }
}

/// What was in a backup.
pub struct Loaded {
    pub head: Head,
    pub rows: u64,
}

/// A backup that is read line by line.
struct Backup {
    lines: BufReader<Decoder<'static, BufReader<Opened<File>>>>,
    head: Head,
}

impl Backup {
    fn open(path: &Path, unlock: &Unlock) -> Result<Self, LoadError> {
        let opened = Opened::begin(File::open(path).map_err(LoadError::File)?, unlock)?;
        let mut lines = BufReader::new(Decoder::new(opened)?);
        let Some(Line::Head(head)) = read_line(&mut lines)? else { return Err(BadFile::Damaged.into()) };
        if head.format != FORMAT {
            return Err(BadFile::OtherVersion.into());
        }
        if head.schema != migrations::newest() {
            return Err(LoadError::OtherSchema { version: head.version, schema: head.schema });
        }
        Ok(Self { lines, head })
    }

    /// Returns the next table or row, or `None` after the last line, which has the number of rows.
    fn next(&mut self, rows: u64) -> Result<Option<Line>, LoadError> {
        match read_line(&mut self.lines)? {
            Some(line @ (Line::Table(_) | Line::Row(_))) => Ok(Some(line)),
            // Reading to the end checks the last chunk.
            Some(Line::End(end)) if end.rows == rows && self.lines.fill_buf()?.is_empty() => Ok(None),
            Some(Line::Head(_) | Line::End(_)) | None => Err(BadFile::Damaged.into()),
        }
    }
}

/// Reads the whole file and checks that it is authentic, complete and of a known version.
pub fn verify(path: &Path, unlock: &Unlock) -> Result<Loaded, LoadError> {
    each_row(path, unlock, |_, _| ())
}

/// Like [`verify`], and shows each row with its table.
pub fn each_row(path: &Path, unlock: &Unlock, mut each: impl FnMut(&Table, &[Cell])) -> Result<Loaded, LoadError> {
    let mut backup = Backup::open(path, unlock)?;
    let (mut rows, mut table) = (0, None::<Table>);
    while let Some(line) = backup.next(rows)? {
        match (line, &table) {
            (Line::Table(next), _) => table = Some(next),
            (Line::Row(cells), Some(table)) if cells.len() == table.columns.len() => {
                each(table, &cells);
                rows += 1;
            }
            _ => return Err(BadFile::Damaged.into()),
        }
    }
    Ok(Loaded { head: backup.head, rows })
}

/// Loads a file that [`verify`] has checked, in one transaction with `entry`, the record of it. Ends
/// every session, so that no old cookie counts again.
pub async fn load(
    address: &str,
    path: &Path,
    unlock: &Unlock,
    entry: &AuditEntry,
    random: &dyn Randomness,
) -> Result<Loaded, LoadError> {
    let mut backup = Backup::open(path, unlock)?;
    let database = Database::open(address).await?;
    let mut source = Source::writer(&database).await?;
    if !is_empty(&mut source).await? {
        return Err(LoadError::NotEmpty);
    }
    begin(&mut source).await?;
    let here: Vec<Table> = tables::all(&mut source).await?.into_iter().map(|described| described.table).collect();
    for table in &here {
        source.execute(text(format!("delete from {}", tables::quoted(&table.table)))).await?;
    }
    let (mut rows, mut table) = (0, None::<Loading>);
    while let Some(line) = backup.next(rows)? {
        match (line, &mut table) {
            (Line::Table(next), before) => {
                if let Some(mut before) = before.take() {
                    before.insert(&mut source).await?;
                }
                // The same schema has the same columns, though perhaps in another order.
                let fits = |known: &&Table| known.table == next.table && sorted(known) == sorted(&next);
                here.iter().find(fits).ok_or(LoadError::Bad(BadFile::Damaged))?;
                if next.table == tables::LAST {
                    // What triggers wrote while the other tables were loaded.
                    source.execute(text(format!("delete from {}", tables::quoted(tables::LAST)))).await?;
                }
                *before = Some(Loading::new(next));
            }
            (Line::Row(cells), Some(table)) => {
                table.add(&mut source, cells).await?;
                rows += 1;
            }
            _ => return Err(BadFile::Damaged.into()),
        }
    }
    if let Some(mut last) = table {
        last.insert(&mut source).await?;
    }
    end_sessions(&mut source, entry, random).await?;
    finish(&mut source).await?;
    source.commit().await?;
    database.close().await;
    Ok(Loaded { head: backup.head, rows })
}

fn text(text: String) -> db::Statement {
    db::query(AssertSqlSafe(text).into_sql_str())
}

fn sorted(table: &Table) -> Vec<String> {
    let mut columns: Vec<String> = table.columns.iter().map(|(name, kind)| format!("{name} {kind:?}")).collect();
    columns.sort_unstable();
    columns
}

async fn is_empty(source: &mut Source) -> Result<bool, Unavailable> {
    let row = source.optional(db::query(EMPTY)).await?.ok_or(Unavailable)?;
    row.try_get::<i64>("rows").map(|rows| rows == 0).map_err(db::unavailable)
}

async fn begin(source: &mut Source) -> Result<(), Unavailable> {
    match source.engine() {
        Engine::Sqlite => source.optional(db::query(DEFER_ON_SQLITE)).await.map(|_| ()),
        Engine::Postgres => {
            source.execute(db::query(PATIENT)).await?;
            source.execute(db::query(DEFER_ON_POSTGRES)).await.map(|_| ())
        }
    }
}

async fn finish(source: &mut Source) -> Result<(), Unavailable> {
    if source.engine() == Engine::Postgres {
        source.execute(db::query(CHECK_ON_POSTGRES)).await?;
        source.execute(db::query(RESET_ON_POSTGRES)).await?;
    }
    Ok(())
}

async fn end_sessions(source: &mut Source, entry: &AuditEntry, random: &dyn Randomness) -> Result<(), Unavailable> {
    deployment::end_all(source).await?;
    for statement in END_LINKS {
        source.execute(db::query(statement)).await?;
    }
    let by = By { identity: None, name: "a restore from a backup".to_owned(), spare: None };
    revocations::note_release(source, &by, RevocationId::new(entry.at, random), entry.at).await?;
    ledger::sql::append_in(source, entry).await
}

/// A table whose rows are being inserted.
struct Loading {
    table: Table,
    insert: Insert,
    waiting: Vec<Vec<Cell>>,
}

impl Loading {
    fn new(table: Table) -> Self {
        let names: Vec<String> = table.columns.iter().map(|(name, _)| tables::quoted(name)).collect();
        let start = format!("insert into {} ({}) values", tables::quoted(&table.table), names.join(", "));
        Self { insert: Insert::new(&start, names.len()), table, waiting: Vec::new() }
    }

    async fn add(&mut self, source: &mut Source, cells: Vec<Cell>) -> Result<(), LoadError> {
        if cells.len() != self.table.columns.len() {
            return Err(BadFile::Damaged.into());
        }
        self.waiting.push(cells);
        if self.waiting.len() == ROWS { self.insert(source).await } else { Ok(()) }
    }

    async fn insert(&mut self, source: &mut Source) -> Result<(), LoadError> {
        let waiting = std::mem::take(&mut self.waiting);
        for (statement, part) in self.insert.parts(&waiting) {
            let mut statement = db::query(statement);
            for (cell, (_, kind)) in part.iter().flat_map(|cells| cells.iter().zip(&self.table.columns)) {
                statement = tables::bind(statement, cell.clone(), *kind).ok_or(BadFile::Damaged)?;
            }
            source.execute(statement).await?;
        }
        Ok(())
    }
}
