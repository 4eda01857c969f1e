//! The table `ledger_segments`: archived records, and how far each segment was removed.

use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, Statement, unavailable};
use doorward::Timestamp;
use doorward::guard::Unavailable;
use std::ops::Range;

const ALL: &str = "select first, last, records, bytes, sha256, from_at, until_at, archived_at, removed \
     from ledger_segments order by first";
const OF_TIME: &str = "select first, last, records, bytes, sha256, from_at, until_at, archived_at, removed \
     from ledger_segments where from_at <= $1 and until_at >= $1 order by first limit 20";
const END: &str = "select coalesce(max(last) + 1, 0) as many from ledger_segments";
const ADD: &str = "insert into ledger_segments (first, last, records, bytes, sha256, from_at, until_at, archived_at, removed) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $1) on conflict (first) do nothing";
const REMOVED: &str = "update ledger_segments set removed = $1 where first = $2 and removed = $3";
/// Deletes the records and leaves from place `$1` to before `$2`.
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

/// A run of archived records and its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Their places.
    pub places: Range<u64>,
    /// The number of records.
    pub records: u64,
    /// The size of the file.
    pub bytes: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When the earliest of them was decided.
    pub from: Timestamp,
    /// When the latest of them was decided.
    pub until: Timestamp,
    /// When the file was written. For information only.
    pub archived: Timestamp,
    /// The first place that is still in the database.
    pub removed: u64,
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn many(source: &mut Source, statement: Statement) -> Result<u64, Unavailable> {
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    u64::try_from(row.try_get::<i64>("many").map_err(unavailable)?).map_err(|_| Unavailable)
}

/// Returns every segment, ordered by place.
pub async fn all(source: &mut Source) -> Result<Vec<Segment>, Unavailable> {
    let rows = source.all(db::query(ALL)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the segments that may hold a record of this time, at most 20.
pub async fn of_time(source: &mut Source, at: Timestamp) -> Result<Vec<Segment>, Unavailable> {
    let rows = source.all(db::query(OF_TIME).bind(at.0)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &Row) -> Result<Segment, sqlx::Error> {
    let number = |column| u64::try_from(row.try_get::<i64>(column)?).map_err(db::broken);
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

/// Returns the first place that is in no segment.
pub async fn end(source: &mut Source) -> Result<u64, Unavailable> {
    many(source, db::query(END)).await
}

/// Returns when the youngest record at these places was decided, or `None` if there is none.
pub async fn youngest(source: &mut Source, places: Range<u64>) -> Result<Option<Timestamp>, Unavailable> {
    let statement = db::query(YOUNGEST).bind(number(places.start)).bind(number(places.end));
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    Ok(row.try_get::<Option<i64>>("at").map_err(unavailable)?.map(Timestamp))
}

/// Adds a segment whose file exists. Returns `false` if another process did.
pub async fn add(source: &mut Source, segment: &Segment) -> Result<bool, Unavailable> {
    let statement = db::query(ADD)
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

/// Deletes the records from `segment.removed` to before `to`. Their counts stay, and so do the
/// hashes of subtrees of 2^level leaves and more. Their search terms must be deleted first. Returns
/// `false` if another process is ahead.
pub async fn remove(source: &mut Source, segment: &Segment, to: u64, level: u8) -> Result<bool, Unavailable> {
    let (first, from) = (number(segment.places.start), segment.removed);
    let moved = db::query(REMOVED).bind(number(to)).bind(first).bind(number(from));
    if source.execute(moved).await? != 1 {
        return Ok(false);
    }
    for statement in REMOVE {
        source.execute(db::query(statement).bind(number(from)).bind(number(to))).await?;
    }
    // A subtree is deleted with its last leaf.
    let ends = |level: u8| from >> level..to >> level;
    for (level, nodes) in (0..level).map(|level| (level, ends(level))).filter(|(_, nodes)| !nodes.is_empty()) {
        let statement = db::query(REMOVE_NODES).bind(i64::from(level));
        source.execute(statement.bind(number(nodes.start)).bind(number(nodes.end))).await?;
    }
    Ok(true)
}

/// Returns the number of places before `end` that are still in the database.
pub async fn left_behind(source: &mut Source, end: u64) -> Result<u64, Unavailable> {
    many(source, db::query(LEFT_BEHIND).bind(number(end))).await
}

/// The space that the ledger takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Records in the database.
    pub records: u64,
    /// Bytes. On SQLite, the database file and the file of search terms; on PostgreSQL, the
    /// ledger's tables with their indexes.
    pub bytes: u64,
    /// Bytes of SQLite's file that are free.
    pub free: u64,
    /// Files in the archive.
    pub segments: u64,
    /// Records in them.
    pub archived_records: u64,
    /// Their bytes.
    pub archived_bytes: u64,
}

/// Returns the space that the ledger takes in the database and in the archive.
pub async fn space(source: &mut Source) -> Result<Space, Unavailable> {
    let text = match source.engine() {
        Engine::Sqlite => SPACE_SQLITE,
        Engine::Postgres => SPACE_POSTGRES,
    };
    let row = source.optional(db::query(text)).await?.ok_or(Unavailable)?;
    let number = |column| {
        let number: i64 = row.try_get(column).map_err(unavailable)?;
        u64::try_from(number).map_err(|_| Unavailable)
    };
    let segments = all(source).await?;
    Ok(Space {
        records: many(source, db::query(IN_DATABASE)).await?,
        bytes: number("bytes")?,
        free: number("free")?,
        segments: segments.len() as u64,
        archived_records: segments.iter().map(|segment| segment.records).sum(),
        archived_bytes: segments.iter().map(|segment| segment.bytes).sum(),
    })
}
