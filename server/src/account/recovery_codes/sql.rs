//! The table `recovery_codes`: each person's unused codes, by hash.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use doorward::IdentityId;
use doorward::guard::Unavailable;

const ADD: &str = "insert into recovery_codes (hash, identity) values ($1, $2)";
const USE: &str = "delete from recovery_codes where hash = $1 and identity = $2";
const LEFT: &str = "select count(*) as many from recovery_codes where identity = $1";
const REMOVE: &str = "delete from recovery_codes where identity = $1";

/// Stores new codes by their hashes, in place of all earlier ones.
pub async fn replace(source: &mut Source, identity: IdentityId, hashes: Vec<String>) -> Result<(), Unavailable> {
    remove(source, identity).await?;
    for hash in hashes {
        source.execute(db::query(ADD).bind(hash).bind(identity.to_string())).await?;
    }
    Ok(())
}

/// Consumes a code. Returns false if the identity has no such code.
pub async fn use_up(source: &mut Source, identity: IdentityId, hash: String) -> Result<bool, Unavailable> {
    let statement = db::query(USE).bind(hash).bind(identity.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Returns how many codes an identity has left.
pub async fn left(source: &mut Source, identity: IdentityId) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(LEFT).bind(identity.to_string())).await?.ok_or(Unavailable)?;
    row.try_get("many").map_err(unavailable)
}

/// Removes every code of an identity.
pub async fn remove(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(db::query(REMOVE).bind(identity.to_string())).await.map(|_| ())
}
