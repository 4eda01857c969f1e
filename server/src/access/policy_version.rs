//! The table `policy`: a counter of changes to the rows that policy reads. Each record states the
//! version that decided.

use crate::db;
use crate::db::transaction::Source;
use doorward::guard::Unavailable;

const CHANGED: &str = "update policy set version = version + 1";

/// Counts a change, within the transaction that makes it.
pub(crate) async fn changed(source: &mut Source) -> Result<(), Unavailable> {
    source.execute(db::query(CHANGED)).await.map(|_| ())
}
