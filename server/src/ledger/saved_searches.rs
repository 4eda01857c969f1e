//! The table `kept_searches`: searches of the ledger that somebody keeps under a name.

use crate::db::transaction::Source;
use crate::db::unavailable;
use app::ledger::store::KeptSearch;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

const OF: &str = "select name, query from kept_searches where identity = $1 order by name";
const KEEP: &str = "insert into kept_searches (identity, name, query, kept_at) select $1, $2, $3, $4 \
     where (select count(*) from kept_searches where identity = $1 and name <> $2) < $5 + 0 \
     on conflict (identity, name) do update set query = excluded.query, kept_at = excluded.kept_at";
const DROP: &str = "delete from kept_searches where identity = $1 and name = $2";

/// How many searches one identity may keep.
const MOST: i64 = 50;

/// The searches that an identity keeps, by name.
///
/// # Errors
/// Where the database does not answer.
pub async fn of(source: &mut Source, identity: IdentityId) -> Result<Vec<KeptSearch>, Unavailable> {
    let rows = source.all(sqlx::query(OF).bind(identity.to_string())).await?;
    let read =
        |row: &AnyRow| Ok::<_, sqlx::Error>(KeptSearch { name: row.try_get("name")?, query: row.try_get("query")? });
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Keeps a search in place of the one of that name. False where there are as many as one may keep.
///
/// # Errors
/// Where the database does not answer.
pub async fn keep(
    source: &mut Source,
    identity: IdentityId,
    search: KeptSearch,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement =
        sqlx::query(KEEP).bind(identity.to_string()).bind(search.name).bind(search.query).bind(now.0).bind(MOST);
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Keeps a search no longer.
///
/// # Errors
/// Where the database does not answer.
pub async fn drop(source: &mut Source, identity: IdentityId, name: String) -> Result<(), Unavailable> {
    source.execute(sqlx::query(DROP).bind(identity.to_string()).bind(name)).await.map(|_| ())
}
