//! The table `policy`: a counter of changes to the rows that policy reads. Each record states the
//! version that decided.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use doorward::guard::Unavailable;

const CHANGED: &str = "update policy set version = version + 1";

const CURRENT: &str = "select version from policy";

/// Returns the present version.
pub(crate) async fn current(source: &mut Source) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(CURRENT)).await?.ok_or(Unavailable)?;
    row.try_get("version").map_err(unavailable)
}

/// Counts a change, within the transaction that makes it.
pub(crate) async fn changed(source: &mut Source) -> Result<(), Unavailable> {
    source.execute(db::query(CHANGED)).await.map(|_| ())
}
