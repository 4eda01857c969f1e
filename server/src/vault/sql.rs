//! The table `vault_keys`: the id of the key that encrypts this database's values.

use crate::db::transaction::Source;
use crate::db::{self, Engine, unavailable};
use doorward::guard::Unavailable;

const KNOWN: &str = "select key_id from vault_keys order by key_id limit 1";
const ADD: &str = "insert into vault_keys (key_id) values ($1)";
/// PostgreSQL only: SQLite has a single writer anyway.
const ALONE: &str = "lock table vault_keys in share row exclusive mode";

/// Returns the id of the key that this database knows. Locks the table until `source` ends: if two
/// processes start for the first time at once, the second one finds the first one's key.
pub async fn known(source: &mut Source) -> Result<Option<String>, Unavailable> {
    if source.engine() == Engine::Postgres {
        source.execute(db::query(ALONE)).await?;
    }
    let row = source.optional(db::query(KNOWN)).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

/// Stores the key id of a new database, in the transaction in which [`known`] returned `None`.
pub async fn add(source: &mut Source, key: &str) -> Result<(), Unavailable> {
    source.execute(db::query(ADD).bind(key.to_owned())).await.map(|_| ())
}
