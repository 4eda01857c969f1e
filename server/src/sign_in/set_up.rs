//! The table `set_up`: the code in the link that creates the first administrator.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use doorward::Timestamp;
use doorward::guard::Unavailable;

const CLEAR: &str = "delete from set_up";
const ADD: &str = "insert into set_up (code_hash, ends_at) values ($1, $2)";
const ENDS: &str = "select ends_at from set_up where code_hash = $1";
const TAKE: &str = "delete from set_up where code_hash = $1 returning ends_at";

/// Stores the hash of a new code, which replaces earlier ones.
pub async fn replace(source: &mut Source, code_hash: String, ends: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(CLEAR)).await?;
    source.execute(db::query(ADD).bind(code_hash).bind(ends.0)).await.map(|_| ())
}

/// Returns whether a code is valid at `now`.
pub async fn counts(source: &mut Source, code_hash: String, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(row) = source.optional(db::query(ENDS).bind(code_hash)).await? else { return Ok(false) };
    let ends: i64 = row.try_get(0).map_err(unavailable)?;
    Ok(now < Timestamp(ends))
}

/// Consumes a code. Returns whether it was valid.
pub async fn take(source: &mut Source, code_hash: String, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(row) = source.optional(db::query(TAKE).bind(code_hash)).await? else { return Ok(false) };
    let ends: i64 = row.try_get(0).map_err(unavailable)?;
    Ok(now < Timestamp(ends))
}
