//! Whose the service accounts are.

use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use doorward::IdentityId;
use doorward::guard::Unavailable;

const NAMES_OF: &str =
    "select i.name from machines m join identities i on i.id = m.identity where m.owner = $1 order by i.name";
const OF: &str =
    "select i.id, i.name from machines m join identities i on i.id = m.identity where m.owner = $1 order by i.id";

/// Returns the sign-in names of the service accounts that `owner` owns.
pub async fn names_of(source: &mut Source, owner: IdentityId) -> Result<Vec<Box<str>>, Unavailable> {
    let rows = source.all(db::query(NAMES_OF).bind(owner.to_string())).await?;
    let read = |row: &Row| row.try_get::<String>("name").map(Into::into);
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}

/// Returns the service accounts that `owner` owns, with their sign-in names.
pub async fn of(source: &mut Source, owner: IdentityId) -> Result<Vec<(IdentityId, String)>, Unavailable> {
    let rows = source.all(db::query(OF).bind(owner.to_string())).await?;
    let read = |row: &Row| Ok((IdentityId::parse(row.try_get("id")?).map_err(broken)?, row.try_get("name")?));
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}
