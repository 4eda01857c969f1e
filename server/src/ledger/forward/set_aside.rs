//! The table `forwarding_set_aside`: sealed records that the receiver refused permanently.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use doorward::Timestamp;
use doorward::guard::Unavailable;
use std::collections::BTreeSet;
use std::ops::Range;

const ADD: &str = "insert into forwarding_set_aside (place, records, refused, at, why) values ($1, $2, $3, $4, $5) \
     on conflict (place) do nothing";
const PLACES: &str = "select place from forwarding_set_aside where place >= $1 and place < $2 and records = 1";
const REFUSED: &str = "select cast(coalesce(sum(refused), 0) as bigint) as refused from forwarding_set_aside";

/// Records that were sent together, with the number that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Their places in the sealed order.
    pub places: Range<u64>,
    /// The number of refused records.
    pub refused: u64,
    /// The receiver's reason.
    pub why: String,
}

/// Adds refused records, once.
pub async fn add(source: &mut Source, set_aside: &SetAside, now: Timestamp) -> Result<(), Unavailable> {
    let records = set_aside.places.end.saturating_sub(set_aside.places.start);
    let statement = db::query(ADD)
        .bind(number(set_aside.places.start)?)
        .bind(number(records)?)
        .bind(number(set_aside.refused)?)
        .bind(now.0)
        .bind(set_aside.why.clone());
    source.execute(statement).await.map(|_| ())
}

/// Returns the places in this range whose record was set aside alone.
pub async fn places(source: &mut Source, range: &Range<u64>) -> Result<BTreeSet<u64>, Unavailable> {
    let statement = db::query(PLACES).bind(number(range.start)?).bind(number(range.end)?);
    let rows = source.all(statement).await?;
    let place = |row: &Row| row.try_get::<i64>("place").map_err(unavailable);
    rows.iter().map(|row| u64::try_from(place(row)?).map_err(|_| Unavailable)).collect()
}

/// Returns the total number of refused records.
pub async fn refused(source: &mut Source) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(REFUSED)).await?.ok_or(Unavailable)?;
    row.try_get("refused").map_err(unavailable)
}

fn number(number: u64) -> Result<i64, Unavailable> {
    i64::try_from(number).map_err(|_| Unavailable)
}
