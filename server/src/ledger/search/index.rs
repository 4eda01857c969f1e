//! The table `record_index`: how many sealed records are indexed.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, unavailable};
use crate::ledger::records::{earlier, first_at};
use crate::ledger::row::{self, COLUMNS};
use crate::ledger::sealer::segments;
use crate::ledger::sealer::sql::LATEST;
use crate::lockable;
use app::ledger::search::Search;
use doorward::RecordId;
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use sqlx::{AssertSqlSafe, SqlSafeStr};

const HEAD: Lockable = lockable!("select indexed, last_record from record_index", "for update");
const SET_HEAD: &str = "update record_index set indexed = $1, last_record = $2 where indexed = $3";
const RECORD_AT: &str = "select record from ledger_leaves where leaf_index = $1";
const PLACE_OF: &str = "select leaf_index from ledger_leaves where record = $1";
const FIRST_FROM: &str = "select leaf_index from ledger_leaves where record >= $1 order by record limit 1";
const LAST_BEFORE: &str = "select leaf_index from ledger_leaves where record < $1 order by record desc limit 1";
/// A condition: the row of `audit` is indexed. The number of indexed records follows.
pub(crate) const KEPT: &str = "select 1 from ledger_leaves where record = id and leaf_index <";

/// The state of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of indexed records, from the first on.
    pub indexed: i64,
    /// The last indexed record, if it is known.
    pub last: Option<RecordId>,
}

impl Head {
    /// An empty index.
    pub const NONE: Self = Self { indexed: 0, last: None };
}

/// Reads the head. On PostgreSQL, the row stays locked until the transaction ends.
pub async fn head(source: &mut Source) -> Result<Head, Unavailable> {
    let row = source.optional(db::query(source.text(HEAD))).await?.ok_or(Unavailable)?;
    let last = row.try_get("last_record").map_err(unavailable)?;
    Ok(Head { indexed: row.try_get("indexed").map_err(unavailable)?, last: RecordId::parse(last).ok() })
}

/// Moves the head on. Returns an error if it is no longer at `from`, because another process moved
/// it.
pub async fn set_head(source: &mut Source, from: i64, to: Head) -> Result<(), Unavailable> {
    let last = to.last.map(|record| record.to_string()).unwrap_or_default();
    let statement = db::query(SET_HEAD).bind(to.indexed).bind(last).bind(from);
    if source.execute(statement).await? == 1 { Ok(()) } else { Err(Unavailable) }
}

/// Returns whether the index belongs to this ledger, and not to one that was here before a restore.
pub async fn fits(source: &mut Source, head: &Head) -> Result<bool, Unavailable> {
    let last = head.indexed.saturating_sub(1);
    if let Some(row) = source.optional(db::query(RECORD_AT).bind(last)).await? {
        let record: String = row.try_get("record").map_err(unavailable)?;
        return Ok(head.last.is_some_and(|last| last.as_str() == record));
    }
    // Archived leaves cannot be compared.
    Ok(i64::try_from(segments::end(source).await?).is_ok_and(|archived| head.indexed <= archived))
}

/// Returns the records from place `from` to before `end` with their places, at most `most`.
pub async fn next(source: &mut Source, from: i64, end: i64, most: u32) -> Result<Vec<(i64, AuditEntry)>, Unavailable> {
    let text = format!(
        "select leaf_index, {} from ledger_leaves join audit on audit.id = ledger_leaves.record \
         where leaf_index >= $1 and leaf_index < $2 order by leaf_index limit {most}",
        *COLUMNS
    );
    let rows = source.all(db::query(AssertSqlSafe(text).into_sql_str()).bind(from).bind(end)).await?;
    let read = |row: &Row| Ok::<_, sqlx::Error>((row.try_get("leaf_index")?, row::read(row)?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the range of places that a search's time can match: from the first place to before the
/// second.
///
/// Records are sealed in the order of their ids, except those that became durable late, by at most
/// [`LATEST`].
pub(crate) async fn places(
    source: &mut Source,
    search: &Search,
    before: Option<RecordId>,
    head: &Head,
) -> Result<(i64, i64), Unavailable> {
    let mut end = head.indexed;
    if let Some(before) = before {
        end = place(source, PLACE_OF, before.to_string()).await?.unwrap_or(end).min(end);
    }
    if let Some(until) = search.until {
        end = place(source, FIRST_FROM, first_at(until.plus(LATEST))).await?.unwrap_or(end).min(end);
    }
    let first = match search.from {
        Some(from) => place(source, LAST_BEFORE, first_at(earlier(from, LATEST))).await?.unwrap_or(0),
        None => 0,
    };
    Ok((first, end))
}

async fn place(source: &mut Source, statement: &'static str, id: String) -> Result<Option<i64>, Unavailable> {
    let row = source.optional(db::query(statement).bind(id)).await?;
    row.map(|row| row.try_get("leaf_index")).transpose().map_err(|error| unavailable(db::broken(error)))
}
