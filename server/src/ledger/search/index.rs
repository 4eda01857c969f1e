//! The table `record_index`: of how many sealed records the words are kept.

use crate::db::transaction::{Lockable, Source};
use crate::db::unavailable;
use crate::ledger::records::{self, COLUMNS, earlier, first_at};
use crate::ledger::sealer::segments;
use crate::ledger::sealer::sql::LATEST;
use crate::lockable;
use crate::sessions;
use app::ledger::search::Search;
use app::ledger::store::RecordRow;
use doorward::RecordId;
use doorward::guard::Unavailable;
use sqlx::{AssertSqlSafe, Row, SqlSafeStr};

const HEAD: Lockable = lockable!("select indexed, last_record from record_index", "for update");
const SET_HEAD: &str = "update record_index set indexed = $1, last_record = $2 where indexed = $3";
const RECORD_AT: &str = "select record from ledger_leaves where leaf_index = $1";
const PLACE_OF: &str = "select leaf_index from ledger_leaves where record = $1";
const FIRST_FROM: &str = "select leaf_index from ledger_leaves where record >= $1 order by record limit 1";
const LAST_BEFORE: &str = "select leaf_index from ledger_leaves where record < $1 order by record desc limit 1";
/// Whether the words of a row of `audit` are kept; the number of those that are follows.
pub(crate) const KEPT: &str = "select 1 from ledger_leaves where record = id and leaf_index <";

/// How far the words are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Of so many sealed records, from the first on.
    pub indexed: i64,
    /// The last of them, where it is known.
    pub last: Option<RecordId>,
}

impl Head {
    /// Where no words are kept.
    pub const NONE: Self = Self { indexed: 0, last: None };
}

/// The head; in a transaction of PostgreSQL nobody else moves it meanwhile.
///
/// # Errors
/// Where the database does not answer.
pub async fn head(source: &mut Source) -> Result<Head, Unavailable> {
    let row = source.optional(sqlx::query(source.text(HEAD))).await?.ok_or(Unavailable)?;
    let last = row.try_get("last_record").map_err(unavailable)?;
    Ok(Head { indexed: row.try_get("indexed").map_err(unavailable)?, last: RecordId::parse(last).ok() })
}

/// Moves the head on from where it still is `from`.
///
/// # Errors
/// Where the database does not answer, or somebody else moved it.
pub async fn set_head(source: &mut Source, from: i64, to: Head) -> Result<(), Unavailable> {
    let last = to.last.map(|record| record.to_string()).unwrap_or_default();
    let statement = sqlx::query(SET_HEAD).bind(to.indexed).bind(last).bind(from);
    if source.execute(statement).await? == 1 { Ok(()) } else { Err(Unavailable) }
}

/// Whether the words are of this ledger, and not of the one that stood here before it was restored from a copy.
///
/// # Errors
/// Where the database does not answer.
pub async fn fits(source: &mut Source, head: &Head) -> Result<bool, Unavailable> {
    let last = head.indexed.saturating_sub(1);
    if let Some(row) = source.optional(sqlx::query(RECORD_AT).bind(last)).await? {
        let record: String = row.try_get("record").map_err(unavailable)?;
        return Ok(head.last.is_some_and(|last| last.as_str() == record));
    }
    // Leaves that have left the database tell nothing.
    Ok(i64::try_from(segments::end(source).await?).is_ok_and(|archived| head.indexed <= archived))
}

/// The records at the places from `from` to `end`, in order, at most `most`, each with its place.
///
/// # Errors
/// Where the database does not answer.
pub async fn next(source: &mut Source, from: i64, end: i64, most: u32) -> Result<Vec<(i64, RecordRow)>, Unavailable> {
    let text = format!(
        "select leaf_index, {COLUMNS} from ledger_leaves join audit on audit.id = ledger_leaves.record \
         where leaf_index >= $1 and leaf_index < $2 order by leaf_index limit {most}"
    );
    let rows = source.all(sqlx::query(AssertSqlSafe(text).into_sql_str()).bind(from).bind(end)).await?;
    let read = |row| Ok::<_, sqlx::Error>((sqlx::Row::try_get(row, "leaf_index")?, records::read(row)?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Between which places the kept records of a search's time stand: from the first on, before the second.
///
/// Records are sealed in the order of their ids, but for those that became durable late; none is later than [`LATEST`].
///
/// # Errors
/// Where the database does not answer.
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
    let row = source.optional(sqlx::query(statement).bind(id)).await?;
    row.map(|row| row.try_get("leaf_index")).transpose().map_err(|error| unavailable(sessions::sql::broken(error)))
}
