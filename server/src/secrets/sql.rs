//! The tables `secrets` and `secret_versions`.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, unavailable};
use crate::lockable;
pub use crate::secrets::details::named::{Named, named};
use crate::secrets::environments::{protection, rules};
use crate::secrets::grants::granted;
use crate::vault::Sealed;
use app::secrets::store::{SecretFacts, SecretKind};
use doorward::guard::Unavailable;
use doorward::{Environment, IdentityId, Principal, SecretId, SecretName, Timestamp};

/// The facts of one secret.
macro_rules! facts {
    () => {
        concat!(
            "select s.name, s.environment, ",
            rules!(),
            ", s.owner, s.archived_at, (select count(*) from canaries c where c.secret = s.id) as canary, case when ",
            granted!("$2", "s.id", "$3"),
            " then 1 else 0 end as granted from secrets s join environments e on e.name = s.environment where s.id = $1"
        )
    };
}

/// The row is locked as an update does, because a change of the secret follows: two transactions with a shared lock would
/// wait for each other.
const FACTS: Lockable =
    Lockable { plain: facts!(), locking: concat!(facts!(), " for no key update of s for share of e") };
/// Locks the grant before a transaction loads the facts, so that a grant revoked in the meantime
/// does not count. Grants of groups need no lock: whoever takes one away updates the identities of the members, which
/// deciding transactions have locked.
const LOCK_GRANT: Lockable = lockable!("select secret from grants where secret = $1 and identity = $2", "for share");

const CURRENT: &str = "select s.environment, s.kind, v.version, v.file_name, v.key_id, v.wrapped_key, v.nonce, v.ciphertext from secrets s \
     join secret_versions v on v.secret = s.id and v.version = coalesce($2, s.version) where s.id = $1";
const NEXT_VERSION: &str = "update secrets set version = version + 1, updated_at = $1, rotated_at = $1 where id = $2 \
     returning version, environment";
const ADD_VERSION: &str = "insert into secret_versions (secret, version, key_id, wrapped_key, nonce, ciphertext, created_at, \
     created_by) values ($1, $2, $3, $4, $5, $6, $7, $8)";
const ADD: &str = "insert into secrets (id, environment, name, owner, version, created_at, updated_at, rotated_at) \
     values ($1, $2, $3, $4, 1, $5, $5, $5) on conflict (environment, name) do nothing";
const BY_NAME: &str = "select id from secrets where environment = $1 and name = $2";
const RENAME: &str = "update secrets set name = $1, updated_at = $2 where id = $3 and not exists \
     (select 1 from secrets o where o.environment = secrets.environment and o.name = $1 and o.id <> $3)";

/// Returns the facts for decisions of `who` about a secret.
pub async fn facts(source: &mut Source, id: SecretId, who: &Principal) -> Result<Option<SecretFacts>, Unavailable> {
    if let Source::Writer(..) = source {
        let lock = db::query(source.text(LOCK_GRANT)).bind(id.to_string()).bind(who.identity.to_string());
        source.optional(lock).await?;
    }
    let statement = db::query(source.text(FACTS)).bind(id.to_string()).bind(who.identity.to_string()).bind(who.now.0);
    let row = source.optional(statement).await?;
    row.map(|row| read_facts(&row)).transpose().map_err(unavailable)
}

pub(super) fn broken(what: impl Into<sqlx::error::BoxDynError>) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// Reads the column `kind`.
pub(super) fn read_kind(row: &Row) -> Result<SecretKind, sqlx::Error> {
    SecretKind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind of secret"))
}

pub(super) fn read_facts(row: &Row) -> Result<SecretFacts, sqlx::Error> {
    Ok(SecretFacts {
        name: row.try_get("name")?,
        environment: Environment::parse(row.try_get("environment")?).map_err(broken)?,
        protection: protection(row)?,
        owner: IdentityId::parse(row.try_get("owner")?).map_err(broken)?,
        granted: row.try_get::<i64>("granted")? != 0,
        canary: row.try_get::<i64>("canary")? != 0,
        archived: row.try_get::<Option<i64>>("archived_at")?.is_some(),
    })
}

/// Escapes wildcards in `text` for use in a `like` pattern.
pub(crate) fn literal(text: &str) -> String {
    text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// A value of a secret, encrypted.
pub struct Current {
    /// The environment, which is part of the encryption's binding.
    pub environment: String,
    /// The version, which is part of the binding too.
    pub version: i64,
    pub kind: SecretKind,
    /// The name of a file.
    pub file_name: Option<String>,
    pub sealed: Sealed,
}

/// Returns a secret's current value, encrypted.
pub async fn current(source: &mut Source, id: SecretId) -> Result<Option<Current>, Unavailable> {
    value(source, id, None).await
}

/// Returns the value of one version, encrypted.
pub async fn version(source: &mut Source, id: SecretId, version: i64) -> Result<Option<Current>, Unavailable> {
    value(source, id, Some(version)).await
}

async fn value(source: &mut Source, id: SecretId, version: Option<i64>) -> Result<Option<Current>, Unavailable> {
    let statement = db::query(CURRENT).bind(id.to_string()).bind(version);
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let read = || -> Result<Current, sqlx::Error> {
        let sealed = Sealed {
            key_id: row.try_get("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            nonce: row.try_get("nonce")?,
            ciphertext: row.try_get("ciphertext")?,
        };
        Ok(Current {
            environment: row.try_get("environment")?,
            version: row.try_get("version")?,
            kind: read_kind(&row)?,
            file_name: row.try_get("file_name")?,
            sealed,
        })
    };
    read().map(Some).map_err(unavailable)
}

/// Increases a secret's version. Returns the new version and the environment, or `None` if the
/// secret no longer exists.
pub async fn next_version(
    source: &mut Source,
    id: SecretId,
    now: Timestamp,
) -> Result<Option<(i64, String)>, Unavailable> {
    let row = source.optional(db::query(NEXT_VERSION).bind(now.0).bind(id.to_string())).await?;
    let read = |row: Row| Ok((row.try_get("version")?, row.try_get("environment")?));
    row.map(read).transpose().map_err(unavailable)
}

/// Adds the encrypted value of a version.
pub async fn add_version(
    source: &mut Source,
    id: SecretId,
    version: i64,
    sealed: Sealed,
    by: Option<IdentityId>,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(ADD_VERSION)
        .bind(id.to_string())
        .bind(version)
        .bind(sealed.key_id)
        .bind(sealed.wrapped_key)
        .bind(sealed.nonce)
        .bind(sealed.ciphertext)
        .bind(now.0)
        .bind(by.map(|by| by.to_string()));
    source.execute(statement).await.map(|_| ())
}

/// Adds a secret at version 1, without a value yet.
pub async fn add(
    source: &mut Source,
    id: SecretId,
    environment: &Environment,
    name: &str,
    owner: IdentityId,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(ADD)
        .bind(id.to_string())
        .bind(environment.to_string())
        .bind(name.to_owned())
        .bind(owner.to_string())
        .bind(now.0);
    Ok(source.execute(statement).await? != 0)
}

/// Returns the secret with this name.
pub async fn by_name(
    source: &mut Source,
    environment: &Environment,
    name: &str,
) -> Result<Option<SecretId>, Unavailable> {
    let statement = db::query(BY_NAME).bind(environment.to_string()).bind(name.to_owned());
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let id = row.try_get(0).and_then(|text| SecretId::parse(text).map_err(broken));
    id.map(Some).map_err(unavailable)
}

/// Renames a secret. Returns false if another secret of its environment has the name.
pub async fn rename(source: &mut Source, id: SecretId, to: &SecretName, now: Timestamp) -> Result<bool, Unavailable> {
    let statement = db::query(RENAME).bind(to.to_string()).bind(now.0).bind(id.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

#[cfg(test)]
mod tests {
    use crate::secrets::sql::literal;

    #[test]
    fn a_filter_is_a_text_and_not_a_pattern() {
        assert_eq!(literal(""), "");
        assert_eq!(literal("A_b%!"), "a!_b!%!!");
    }
}
