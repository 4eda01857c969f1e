//! The tables `record_index` and `record_counts`: how far the words and the counts of sealed records are kept.

use super::records::{self, COLUMNS, earlier, first_at};
use super::seals::LATEST;
use super::{Lockable, Source, record_words, sessions, unavailable};
use crate::lockable;
use app::pages::ledger::Search;
use app::store::{DecisionCount, RecordRow};
use doorward::guard::Unavailable;
use doorward::{Moment, RecordId, Span};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row, SqlSafeStr};
use std::collections::HashMap;

const HEAD: Lockable = lockable!("select indexed, caught_up_at from record_index", "for update");
const SET_HEAD: &str = "update record_index set indexed = $1, caught_up_at = $2 where indexed = $3";
const COUNT: &str = "insert into record_counts (hour, action, entry, decision, reason_code, many) \
     values ($1, $2, $3, $4, $5, $6) on conflict (hour, action, entry, decision, reason_code) \
     do update set many = record_counts.many + excluded.many";
const COUNTS: &str = "select hour, decision, reason_code, cast(sum(many) as bigint) as total from record_counts \
     where hour >= $1 group by hour, decision, reason_code";
const PLACE_OF: &str = "select leaf_index from ledger_leaves where record = $1";
const FIRST_FROM: &str =
    "select leaf_index from audit join ledger_leaves on record = id where id >= $1 order by id limit 1";
const LAST_BEFORE: &str =
    "select leaf_index from audit join ledger_leaves on record = id where id < $1 order by id desc limit 1";
/// Whether the words of a row of `audit` are kept; the number of those that are follows.
pub(super) const KEPT: &str = "select 1 from ledger_leaves where record = id and leaf_index <";

/// How far the words are kept.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Of so many sealed records, from the first on.
    pub indexed: i64,
    /// When there were no more.
    pub caught_up: Moment,
}

/// The head; in a transaction of PostgreSQL nobody else moves it meanwhile.
///
/// # Errors
/// Where the database does not answer.
pub async fn head(source: &mut Source) -> Result<Head, Unavailable> {
    let row = source.optional(sqlx::query(source.text(HEAD))).await?.ok_or(Unavailable)?;
    let read = || Ok(Head { indexed: row.try_get("indexed")?, caught_up: Moment(row.try_get("caught_up_at")?) });
    read().map_err(unavailable)
}

/// Moves the head on from where it still is `from`.
///
/// # Errors
/// Where the database does not answer, or somebody else moved it.
pub async fn set_head(source: &mut Source, from: i64, to: Head) -> Result<(), Unavailable> {
    let statement = sqlx::query(SET_HEAD).bind(to.indexed).bind(to.caught_up.0).bind(from);
    if source.execute(statement).await? == 1 { Ok(()) } else { Err(Unavailable) }
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

/// Keeps the words and the counts of some records.
///
/// # Errors
/// Where the database does not answer.
pub async fn keep(source: &mut Source, records: &[(i64, RecordRow)]) -> Result<(), Unavailable> {
    let mut counts = HashMap::new();
    for (place, record) in records {
        record_words::add(source, *place, &record_words::of_record(record)).await?;
        let hour = record.at.0.div_euclid(Span::hours(1).0);
        let sort = (hour, &record.action, &record.entry, record.allowed, &record.code);
        *counts.entry(sort).or_insert(0_i64) += 1;
    }
    for ((hour, action, entry, allowed, code), many) in counts {
        let statement = sqlx::query(COUNT)
            .bind(hour)
            .bind(action.clone())
            .bind(entry.clone())
            .bind(if allowed { "allowed" } else { "refused" })
            .bind(code.clone())
            .bind(many);
        source.execute(statement).await?;
    }
    Ok(())
}

/// How many decisions of each sort there were in each hour from `from` on.
///
/// # Errors
/// Where the database does not answer.
pub async fn counts(source: &mut Source, from: Moment) -> Result<Vec<DecisionCount>, Unavailable> {
    let rows = source.all(sqlx::query(COUNTS).bind(from.0.div_euclid(Span::hours(1).0))).await?;
    let read = |row: &AnyRow| {
        Ok::<_, sqlx::Error>(DecisionCount {
            from: Moment(row.try_get::<i64, _>("hour")?.saturating_mul(Span::hours(1).0)),
            allowed: row.try_get::<&str, _>("decision")? == "allowed",
            code: row.try_get("reason_code")?,
            many: row.try_get("total")?,
        })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Between which places the kept records of a search's time stand: from the first on, before the second.
///
/// Records are sealed in the order of their ids, but for those that became durable late; none is later than [`LATEST`].
///
/// # Errors
/// Where the database does not answer.
pub(super) async fn places(
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
    row.map(|row| row.try_get("leaf_index")).transpose().map_err(|error| unavailable(sessions::broken(error)))
}
