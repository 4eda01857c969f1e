//! The table `passkeys`.

use super::Source;
use doorward::IdentityId;
use doorward::guard::Unavailable;

const REMOVE_ALL: &str = "delete from passkeys where identity = $1";

/// Removes every passkey of an identity.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove_all(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(sqlx::query(REMOVE_ALL).bind(identity.to_string())).await.map(|_| ())
}
