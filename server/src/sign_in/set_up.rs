//! The table `set_up`: the code of the link that makes the first administrator.

use crate::db::transaction::Source;
use crate::db::unavailable;
use doorward::Timestamp;
use doorward::guard::Unavailable;
use sqlx::Row;

const CLEAR: &str = "delete from set_up";
const ADD: &str = "insert into set_up (code_hash, ends_at) values ($1, $2)";
const ENDS: &str = "select ends_at from set_up where code_hash = $1";
const TAKE: &str = "delete from set_up where code_hash = $1 returning ends_at";

/// Keeps the hash of a new code; an earlier one counts no more.
///
/// # Errors
/// Where the database does not answer.
pub async fn replace(source: &mut Source, code_hash: String, ends: Timestamp) -> Result<(), Unavailable> {
    source.execute(sqlx::query(CLEAR)).await?;
    source.execute(sqlx::query(ADD).bind(code_hash).bind(ends.0)).await.map(|_| ())
}

/// Whether a code counts at `now`.
///
/// # Errors
/// Where the database does not answer.
pub async fn counts(source: &mut Source, code_hash: String, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(row) = source.optional(sqlx::query(ENDS).bind(code_hash)).await? else { return Ok(false) };
    let ends: i64 = row.try_get(0).map_err(unavailable)?;
    Ok(now < Timestamp(ends))
}

/// Takes a code out. True where it was there and still counted.
///
/// # Errors
/// Where the database does not answer.
pub async fn take(source: &mut Source, code_hash: String, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(row) = source.optional(sqlx::query(TAKE).bind(code_hash)).await? else { return Ok(false) };
    let ends: i64 = row.try_get(0).map_err(unavailable)?;
    Ok(now < Timestamp(ends))
}
