//! The table `deployment`: the epoch that every session belongs to.

use super::Source;
use doorward::guard::Unavailable;

/// One deployment alone raises it, however many of its processes start at once.
const RAISE: &str = "update deployment set epoch = epoch + 1, release = $1 where release < $1";

/// Ends every session of earlier releases, where `release` is higher than any before. True where it was.
///
/// # Errors
/// Where the database does not answer.
pub async fn raise(source: &mut Source, release: u32) -> Result<bool, Unavailable> {
    source.execute(sqlx::query(RAISE).bind(i64::from(release))).await.map(|rows| rows == 1)
}
