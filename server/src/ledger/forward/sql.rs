//! The table `forwarding`: how far records were forwarded, and by which process.

use crate::db::transaction::Source;
use crate::db::{self, Database, Statement, unavailable};
use crate::ledger::sealer;
use doorward::Timestamp;
use doorward::guard::Unavailable;

const NEXT: &str = "select next_index from forwarding";
const EVER: &str = "select count(*) as many from forwarding where held_by <> ''";
const HOLD: &str = "update forwarding set held_by = $1, held_until = $2 where held_by = $1 or held_until <= $3";
const ADVANCE: &str = "update forwarding set next_index = $1, held_until = $2 where next_index = $3 and held_by = $4";

/// Returns the first place that no receiver has taken yet.
pub async fn next(source: &mut Source) -> Result<u64, Unavailable> {
    let row = source.optional(db::query(NEXT)).await?.ok_or(Unavailable)?;
    let next: i64 = row.try_get("next_index").map_err(unavailable)?;
    u64::try_from(next).map_err(|_| Unavailable)
}

/// Returns whether any process ever forwarded.
pub async fn ever(source: &mut Source) -> Result<bool, Unavailable> {
    let row = source.optional(db::query(EVER)).await?.ok_or(Unavailable)?;
    Ok(row.try_get::<i64>("many").map_err(unavailable)? > 0)
}

/// Returns the number of sealed records that wait to be forwarded, or `None` if forwarding was
/// never on.
pub async fn backlog(source: &mut Source) -> Result<u64, Unavailable> {
    if !ever(source).await? {
        return Ok(0);
    }
    Ok(sealer::sql::head(source).await?.size.saturating_sub(next(source).await?))
}

/// Takes or extends the lease of the process `holder` until `until`. Returns `false` if another
/// process has it.
pub async fn hold(database: &Database, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool, Unavailable> {
    change(database, db::query(HOLD).bind(holder.to_owned()).bind(until.0).bind(now.0)).await
}

/// A step of the cursor: the places from `from` to before `to` are done.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The process that forwards.
    pub holder: &'a str,
    pub from: u64,
    pub to: u64,
    /// The end of the lease.
    pub until: Timestamp,
}

impl Step<'_> {
    fn statement(self) -> Result<Statement, Unavailable> {
        let number = |place| i64::try_from(place).map_err(|_| Unavailable);
        let statement = db::query(ADVANCE).bind(number(self.to)?).bind(self.until.0);
        Ok(statement.bind(number(self.from)?).bind(self.holder.to_owned()))
    }
}

/// Moves the cursor. Returns `false` if another process took over.
pub async fn advance(database: &Database, step: Step<'_>) -> Result<bool, Unavailable> {
    change(database, step.statement()?).await
}

/// Like [`advance`], inside a transaction.
pub async fn advance_in(source: &mut Source, step: Step<'_>) -> Result<bool, Unavailable> {
    Ok(source.execute(step.statement()?).await? == 1)
}

async fn change(database: &Database, statement: Statement) -> Result<bool, Unavailable> {
    database.writer().execute(statement).await.map(|rows| rows == 1).map_err(unavailable)
}
