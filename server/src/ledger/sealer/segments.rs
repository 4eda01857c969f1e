//! The table `ledger_segments`: which sealed records left the database, and their way out of it.

use crate::db::transaction::Source;
use crate::db::{Engine, unavailable};
use crate::sessions;
use doorward::Timestamp;
use doorward::guard::Unavailable;
use sqlx::Row;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use std::ops::Range;

const ALL: &str = "select first, last, records, bytes, sha256, from_at, until_at, archived_at, removed \
     from ledger_segments order by first";
const OF_TIME: &str = "select first, last, records, bytes, sha256, from_at, until_at, archived_at, removed \
     from ledger_segments where from_at <= $1 and until_at >= $1 order by first limit 20";
const END: &str = "select coalesce(max(last) + 1, 0) as many from ledger_segments";
const ADD: &str = "insert into ledger_segments (first, last, records, bytes, sha256, from_at, until_at, archived_at, removed) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $1) on conflict (first) do nothing";
const REMOVED: &str = "update ledger_segments set removed = $1 where first = $2 and removed = $3";
/// Records and their leaves at the places from `$1` to before `$2`.
const REMOVE: [&str; 2] = [
    "delete from audit where id in (select record from ledger_leaves where leaf_index >= $1 and leaf_index < $2)",
    "delete from ledger_leaves where leaf_index >= $1 and leaf_index < $2",
];
const REMOVE_NODES: &str = "delete from ledger_nodes where level = $1 and node_index >= $2 and node_index < $3";
const YOUNGEST: &str = "select max(at) as at from ledger_leaves join audit on id = record \
     where leaf_index >= $1 and leaf_index < $2";
const LEFT_BEHIND: &str = "select count(*) as many from ledger_leaves where leaf_index < $1";
const IN_DATABASE: &str = "select count(*) as many from audit";
const SPACE_SQLITE: &str = "select sum(page_count * page_size) as bytes, \
     (select freelist_count * page_size from pragma_freelist_count, pragma_page_size) as free \
     from (values ('main'), ('words')) as files, pragma_page_count as pages, pragma_page_size as size \
     where pages.schema = files.column1 and size.schema = files.column1";
const SPACE_POSTGRES: &str = "select cast(sum(pg_total_relation_size(cast(name as regclass))) as bigint) as bytes, \
     cast(0 as bigint) as free from (values ('audit'), ('ledger_leaves'), ('ledger_nodes'), ('record_words'), \
     ('record_counts')) as tables (name)";

/// A run of sealed records that left the database, and the file that has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Their places.
    pub places: Range<u64>,
    /// How many there are.
    pub records: u64,
    /// The size of the file.
    pub bytes: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When the earliest of them was decided.
    pub from: Timestamp,
    /// When the latest of them was decided.
    pub until: Timestamp,
    /// When the file was written; no more than a note.
    pub archived: Timestamp,
    /// The place up to which the database has them no more.
    pub removed: u64,
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn many(source: &mut Source, statement: Query<'static, sqlx::Any, AnyArguments>) -> Result<u64, Unavailable> {
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    u64::try_from(row.try_get::<i64, _>("many").map_err(unavailable)?).map_err(|_| Unavailable)
}

/// Every segment, in the order of places.
///
/// # Errors
/// Where the database does not answer.
pub async fn all(source: &mut Source) -> Result<Vec<Segment>, Unavailable> {
    let rows = source.all(sqlx::query(ALL)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Those that have records of this moment; of very many, the first.
///
/// # Errors
/// Where the database does not answer.
pub async fn of_time(source: &mut Source, at: Timestamp) -> Result<Vec<Segment>, Unavailable> {
    let rows = source.all(sqlx::query(OF_TIME).bind(at.0)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &AnyRow) -> Result<Segment, sqlx::Error> {
    let number = |column| u64::try_from(row.try_get::<i64, _>(column)?).map_err(sessions::sql::broken);
    Ok(Segment {
        places: number("first")?..number("last")?.saturating_add(1),
        records: number("records")?,
        bytes: number("bytes")?,
        sha256: row.try_get("sha256")?,
        from: Timestamp(row.try_get("from_at")?),
        until: Timestamp(row.try_get("until_at")?),
        archived: Timestamp(row.try_get("archived_at")?),
        removed: number("removed")?,
    })
}

/// The first place that is in no segment.
///
/// # Errors
/// Where the database does not answer.
pub async fn end(source: &mut Source) -> Result<u64, Unavailable> {
    many(source, sqlx::query(END)).await
}

/// When the youngest of the records at these places was decided; nothing where there is none.
///
/// # Errors
/// Where the database does not answer.
pub async fn youngest(source: &mut Source, places: Range<u64>) -> Result<Option<Timestamp>, Unavailable> {
    let statement = sqlx::query(YOUNGEST).bind(number(places.start)).bind(number(places.end));
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    Ok(row.try_get::<Option<i64>, _>("at").map_err(unavailable)?.map(Timestamp))
}

/// Notes a segment whose file is there. False where another process did.
///
/// # Errors
/// Where the database does not answer.
pub async fn add(source: &mut Source, segment: &Segment) -> Result<bool, Unavailable> {
    let statement = sqlx::query(ADD)
        .bind(number(segment.places.start))
        .bind(number(segment.places.end.saturating_sub(1)))
        .bind(number(segment.records))
        .bind(number(segment.bytes))
        .bind(segment.sha256.clone())
        .bind(segment.from.0)
        .bind(segment.until.0)
        .bind(segment.archived.0);
    Ok(source.execute(statement).await? == 1)
}

/// Takes the records at the places from `segment.removed` to before `to` out of the database, with all that is kept of them
/// but their counts and the hashes of subtrees of 2^level leaves and more; their words go before. False where another process does.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove(source: &mut Source, segment: &Segment, to: u64, level: u8) -> Result<bool, Unavailable> {
    let (first, from) = (number(segment.places.start), segment.removed);
    let moved = sqlx::query(REMOVED).bind(number(to)).bind(first).bind(number(from));
    if source.execute(moved).await? != 1 {
        return Ok(false);
    }
    for statement in REMOVE {
        source.execute(sqlx::query(statement).bind(number(from)).bind(number(to))).await?;
    }
    // A subtree goes with its last leaf.
    let ends = |level: u8| from >> level..to >> level;
    for (level, nodes) in (0..level).map(|level| (level, ends(level))).filter(|(_, nodes)| !nodes.is_empty()) {
        let statement = sqlx::query(REMOVE_NODES).bind(i64::from(level));
        source.execute(statement.bind(number(nodes.start)).bind(number(nodes.end))).await?;
    }
    Ok(true)
}

/// How many places before `end` are there, where none should be.
///
/// # Errors
/// Where the database does not answer.
pub async fn left_behind(source: &mut Source, end: u64) -> Result<u64, Unavailable> {
    many(source, sqlx::query(LEFT_BEHIND).bind(number(end))).await
}

/// What the ledger takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Records in the database.
    pub records: u64,
    /// Of SQLite the whole file and that of the words, of PostgreSQL the ledger's tables with their indexes; in bytes.
    pub bytes: u64,
    /// How many bytes of its file SQLite has free for what comes next.
    pub free: u64,
    /// Files in the archive.
    pub segments: u64,
    /// Records in them.
    pub archived_records: u64,
    /// Their bytes.
    pub archived_bytes: u64,
}

/// What the ledger takes, in the database and in the archive.
///
/// # Errors
/// Where the database does not answer.
pub async fn space(source: &mut Source) -> Result<Space, Unavailable> {
    let text = match source.engine() {
        Engine::Sqlite => SPACE_SQLITE,
        Engine::Postgres => SPACE_POSTGRES,
    };
    let row = source.optional(sqlx::query(text)).await?.ok_or(Unavailable)?;
    let number = |column| {
        let number: i64 = row.try_get(column).map_err(unavailable)?;
        u64::try_from(number).map_err(|_| Unavailable)
    };
    let segments = all(source).await?;
    Ok(Space {
        records: many(source, sqlx::query(IN_DATABASE)).await?,
        bytes: number("bytes")?,
        free: number("free")?,
        segments: segments.len() as u64,
        archived_records: segments.iter().map(|segment| segment.records).sum(),
        archived_bytes: segments.iter().map(|segment| segment.bytes).sum(),
    })
}
