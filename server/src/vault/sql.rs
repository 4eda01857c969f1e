//! The table `vault_keys`: the key under which this database's values are sealed.

use crate::db::transaction::Source;
use crate::db::{Engine, unavailable};
use doorward::guard::Unavailable;
use sqlx::Row;

const KNOWN: &str = "select key_id from vault_keys order by key_id limit 1";
const ADD: &str = "insert into vault_keys (key_id) values ($1)";
/// SQLite's writer is alone anyway.
const ALONE: &str = "lock table vault_keys in share row exclusive mode";

/// The id of the key that this database knows. Until `source` ends, no other process can add one: of two first starts the
/// second finds the first one's key.
///
/// # Errors
/// If the database does not answer.
pub async fn known(source: &mut Source) -> Result<Option<String>, Unavailable> {
    if source.engine() == Engine::Postgres {
        source.execute(sqlx::query(ALONE)).await?;
    }
    let row = source.optional(sqlx::query(KNOWN)).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

/// Keeps the id of a new database's key, in the transaction in which [`known`] found none.
///
/// # Errors
/// If the database does not answer.
pub async fn add(source: &mut Source, key: &str) -> Result<(), Unavailable> {
    source.execute(sqlx::query(ADD).bind(key.to_owned())).await.map(|_| ())
}
