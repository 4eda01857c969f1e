//! The table `kept_searches`: searches that somebody saved under a name.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use app::ledger::store::KeptSearch;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Timestamp};

const OF: &str = "select name, query from kept_searches where identity = $1 order by name";
const KEEP: &str = "insert into kept_searches (identity, name, query, kept_at) select $1, $2, $3, $4 \
     where (select count(*) from kept_searches where identity = $1 and name <> $2) < $5 + 0 \
     on conflict (identity, name) do update set query = excluded.query, kept_at = excluded.kept_at";
const DROP: &str = "delete from kept_searches where identity = $1 and name = $2";

/// The number of searches that one identity may save.
const MOST: i64 = 50;

/// Returns the searches of an identity, ordered by name.
pub async fn of(source: &mut Source, identity: IdentityId) -> Result<Vec<KeptSearch>, Unavailable> {
    let rows = source.all(db::query(OF).bind(identity.to_string())).await?;
    let read =
        |row: &Row| Ok::<_, sqlx::Error>(KeptSearch { name: row.try_get("name")?, query: row.try_get("query")? });
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Saves a search and replaces one of the same name. Returns `false` if the identity has too many.
pub async fn keep(
    source: &mut Source,
    identity: IdentityId,
    search: KeptSearch,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement =
        db::query(KEEP).bind(identity.to_string()).bind(search.name).bind(search.query).bind(now.0).bind(MOST);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Deletes a search.
pub async fn drop(source: &mut Source, identity: IdentityId, name: String) -> Result<(), Unavailable> {
    source.execute(db::query(DROP).bind(identity.to_string()).bind(name)).await.map(|_| ())
}
