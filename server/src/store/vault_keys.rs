//! The table `vault_keys`: the key under which this database's values are sealed.

use super::{Source, unavailable};
use doorward::guard::Unavailable;
use sqlx::Row;

const KNOWN: &str = "select key_id from vault_keys";
const ADD: &str = "insert into vault_keys (key_id) values ($1)";

/// The id of the key that this database knows.
///
/// # Errors
/// Where the database does not answer.
pub async fn known(source: &mut Source) -> Result<Option<String>, Unavailable> {
    let row = source.optional(sqlx::query(KNOWN)).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

/// The id of the key that this database knows; `offered` becomes it where there is none yet.
///
/// # Errors
/// Where the database does not answer.
pub async fn known_or(source: &mut Source, offered: &str) -> Result<String, Unavailable> {
    if let Some(known) = known(source).await? {
        return Ok(known);
    }
    source.execute(sqlx::query(ADD).bind(offered.to_owned())).await?;
    Ok(offered.to_owned())
}
