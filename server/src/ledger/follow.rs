//! Following the ledger: the records of the last moments, looked at again and again.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use crate::ledger::records::{AT_ONCE, Asked, Conditions, earlier, first_id_at};
use crate::ledger::search::query::{self, Wanted};
use crate::ledger::search::terms;
use app::ledger::policy::FollowLedger;
use app::ledger::search::Search;
use doorward::action::Action as _;
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use doorward::{Environments, RecordId, TimeSpan, Timestamp};

/// How far back one look goes. Longer than a decision waits until it is durable, and than a
/// follower pauses between two looks.
const LATELY: TimeSpan = TimeSpan::minutes(1);
const NEWEST: &str = "select id from audit where action <> $1 order by id desc limit 1";

/// What one look found.
pub struct Look {
    /// The records, the newest first.
    pub rows: Vec<AuditEntry>,
    /// Where the next look begins.
    pub from: RecordId,
    /// The newest record that was looked at, or where this look began if there was none.
    pub newest: Option<RecordId>,
    /// Whether records since the last look were left out, because there were too many or the last
    /// look is too long ago.
    pub skipped: bool,
}

/// Returns the records of the last minute within `scope` that match a search, or those after
/// `after` if that is later. Records about following are left out, because each look writes one.
/// `seen` is the newest record of the look before.
pub async fn tail(
    source: &mut Source,
    search: &Search,
    scope: &Environments,
    (after, seen): (Option<RecordId>, Option<RecordId>),
    now: Timestamp,
) -> Result<Look, Unavailable> {
    let lately = first_id_at(earlier(now, LATELY));
    let from = after.map_or(lately, |after| after.max(lately));
    let people = query::people(source, &search.who).await?;
    let Some(wanted) = Wanted::of_search(search, &people) else {
        return Ok(Look { rows: Vec::new(), from, newest: seen.or(Some(from)), skipped: false });
    };
    let asked = Asked { search, people: &people, wanted, scope };
    let mut conditions = Conditions::of(&asked, None);
    conditions.add("id > ", from.as_str());
    conditions.add("action <> ", FollowLedger::NAME);
    let rows = conditions.rows("audit", "id desc", source, AT_ONCE).await?;
    // An earlier look covered everything up to its own time, which was `LATELY` after its beginning.
    let covered = |after: RecordId| if seen.is_some() { after.made().plus(LATELY) } else { after.made() };
    let missed = after.is_some_and(|after| covered(after) < lately.made());
    let is_full = rows.len() >= AT_ONCE as usize;
    let gap = rows.last().is_some_and(|oldest| is_full && seen.is_none_or(|seen| oldest.id > seen));
    let newest = rows.first().map(|row| row.id).or(seen).or(Some(from));
    let rows = rows.into_iter().filter(|row| asked.wanted.fits(&terms::of_record(row))).collect();
    Ok(Look { rows, from, newest, skipped: missed || gap })
}

/// Returns the newest record that a follower could be shown, to see whether there is a new one.
pub async fn newest_id(source: &mut Source) -> Result<Option<String>, Unavailable> {
    let row = source.optional(db::query(NEWEST).bind(FollowLedger::NAME)).await?;
    row.map(|row| row.try_get("id")).transpose().map_err(unavailable)
}
