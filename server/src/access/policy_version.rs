//! The table `policy`: how often the rows that policy reads were changed. Each record says which version decided.

use crate::db::transaction::Source;
use doorward::guard::Unavailable;

const CHANGED: &str = "update policy set version = version + 1";

/// Counts a change, within the transaction that makes it.
///
/// # Errors
/// Where the database does not answer.
pub(crate) async fn changed(source: &mut Source) -> Result<(), Unavailable> {
    source.execute(sqlx::query(CHANGED)).await.map(|_| ())
}
