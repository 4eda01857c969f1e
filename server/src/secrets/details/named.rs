//! The name of a secret, for notices.

use crate::db::transaction::Source;
use crate::db::{self, broken, unavailable};
use doorward::guard::Unavailable;
use doorward::{IdentityId, SecretId};

const NAMED: &str = "select name, environment, owner from secrets where id = $1";

/// A secret as notices name it.
pub struct Named {
    pub name: String,
    pub environment: String,
    pub owner: IdentityId,
}

impl Named {
    /// Returns the name and the environment, for example `billing/api-key (dev)`.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{} ({})", self.name, self.environment)
    }
}

/// Returns a secret's name, environment and owner.
pub async fn named(source: &mut Source, id: SecretId) -> Result<Option<Named>, Unavailable> {
    let Some(row) = source.optional(db::query(NAMED).bind(id.to_string())).await? else { return Ok(None) };
    let read = || -> Result<Named, sqlx::Error> {
        let owner = IdentityId::parse(row.try_get("owner")?).map_err(broken)?;
        Ok(Named { name: row.try_get("name")?, environment: row.try_get("environment")?, owner })
    };
    read().map(Some).map_err(unavailable)
}
