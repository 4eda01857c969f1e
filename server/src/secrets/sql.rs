//! The tables `secrets`, `secret_versions` and `environments`.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, unavailable};
use crate::identities::held;
use crate::lockable;
use crate::secrets::grants::granted;
pub use crate::secrets::named::{Named, named};
use crate::vault::Sealed;
use app::secrets::filter::{After, Filter, Sort};
use app::secrets::policy::INVENTORY;
use app::secrets::store::{Access, BATCH_ROWS, EnvironmentFacts, PAGE_ROWS, SecretFacts, SecretRow};
use doorward::guard::Unavailable;
use doorward::{Environment, IdentityId, Principal, SecretId, SecretName, Timestamp};

/// The facts of one secret.
macro_rules! facts {
    () => {
        concat!(
            "select s.name, s.environment, e.protected, s.owner, case when ",
            granted!("$2", "s.id", "$3"),
            " then 1 else 0 end as granted from secrets s join environments e on e.name = s.environment where s.id = $1"
        )
    };
}

const FACTS: Lockable = Lockable { plain: facts!(), locking: concat!(facts!(), " for share of s, e") };
/// Locks the grant before a transaction loads the facts, so that a grant revoked in the meantime
/// does not count. Grants of groups need no lock: whoever takes one away updates the identities of the members, which
/// deciding transactions have locked.
const LOCK_GRANT: Lockable = lockable!("select secret from grants where secret = $1 and identity = $2", "for share");

/// A row, with the facts for decisions about it.
macro_rules! row {
    ($from:literal) => {
        concat!(
            "select s.id, s.name, s.environment, e.protected, s.owner, o.display_name as owner_name, s.version, \
             s.created_at, s.updated_at, case when ",
            granted!("$1", "s.id", "$2"),
            " then 1 else 0 end as granted from ",
            $from,
            " join environments e on e.name = s.environment join identities o on o.id = s.owner "
        )
    };
}

/// The environments in which a role of $1 holds a permission at $2.
macro_rules! environments_where {
    ($permission:literal) => {
        concat!(
            "(select n.name from environments n join (",
            held::rows!("$1", "$2"),
            ") h on h.permission = '",
            $permission,
            "' and h.environment in ('*', n.name))"
        )
    };
}

/// The candidates of a list: every secret that the row-by-row decision could allow. A property test
/// keeps the two consistent. The casts are there because SQLite inspects values bound to a bare
/// `like $4` or `limit $5` and would compile the statement again each time.
macro_rules! candidates {
    () => {
        concat!(
            "where s.environment in ",
            environments_where!("secret.read"),
            " and (s.owner = $1 or ",
            granted!("$1", "s.id", "$2"),
            " or s.environment in ",
            environments_where!("secret.inventory"),
            ") and ($3 = '' or s.environment = $3) and ($4 = '' or lower(s.name) like '%' || $4 || '%' escape '!') "
        )
    };
}

/// The statements of a list.
struct Lists {
    by_name: &'static str,
    by_update: &'static str,
    after: &'static str,
    count: &'static str,
}

macro_rules! lists {
    ($from:literal) => {
        Lists {
            by_name: concat!(row!($from), candidates!(), "order by s.name, s.id limit $5 + 0 offset $6"),
            by_update: concat!(row!($from), candidates!(), "order by s.updated_at desc, s.id limit $5 + 0 offset $6"),
            after: concat!(
                row!($from),
                candidates!(),
                "and (s.name, s.id) > ($5, $6) order by s.name, s.id limit $7 + 0"
            ),
            count: concat!("select count(*) as many from ", $from, " ", candidates!()),
        }
    };
}

/// For users who oversee an environment: every secret is a candidate.
const OVERSEEN: Lists = lists!("secrets s");
/// For everybody else: only secrets they own or were granted, found by index. Their list costs as
/// much as it is long, however large the vault is.
const OWN: Lists = lists!(
    "(select id from secrets where owner = $1 union select secret from grants where identity = $1 union \
     select g.secret from group_members n join group_grants g on g.group_id = n.group_id where n.identity = $1) m \
     join secrets s on s.id = m.id"
);

fn lists(who: &Principal) -> &'static Lists {
    if who.holds(INVENTORY).somewhere().allows() { &OVERSEEN } else { &OWN }
}

const ONE: &str = concat!(row!("secrets s"), "where s.id = $3");
const ENVIRONMENT: &str = "select protected from environments where name = $1";
const ENVIRONMENTS: &str = "select name from environments order by name";
const CURRENT: &str = "select s.environment, v.version, v.key_id, v.wrapped_key, v.nonce, v.ciphertext from secrets s \
     join secret_versions v on v.secret = s.id and v.version = s.version where s.id = $1";
const NEXT_VERSION: &str =
    "update secrets set version = version + 1, updated_at = $1 where id = $2 returning version, environment";
const ADD_VERSION: &str = "insert into secret_versions (secret, version, key_id, wrapped_key, nonce, ciphertext, created_at, \
     created_by) values ($1, $2, $3, $4, $5, $6, $7, $8)";
const ADD: &str = "insert into secrets (id, environment, name, owner, version, created_at, updated_at) \
     values ($1, $2, $3, $4, 1, $5, $5) on conflict (environment, name) do nothing";
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

fn broken(what: impl Into<sqlx::error::BoxDynError>) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

fn read_facts(row: &Row) -> Result<SecretFacts, sqlx::Error> {
    Ok(SecretFacts {
        name: row.try_get("name")?,
        environment: Environment::parse(row.try_get("environment")?).map_err(broken)?,
        protected: row.try_get::<i64>("protected")? != 0,
        owner: IdentityId::parse(row.try_get("owner")?).map_err(broken)?,
        granted: row.try_get::<i64>("granted")? != 0,
    })
}

/// A row with the facts for its decision, which has not been made yet.
pub struct Candidate {
    /// What decides.
    pub facts: SecretFacts,
    /// What is shown if the row is allowed. The code that decides fills in `access`.
    pub row: SecretRow,
    /// When the secret was created.
    pub created: Timestamp,
}

fn read_candidate(row: &Row) -> Result<Candidate, sqlx::Error> {
    let facts = read_facts(row)?;
    let shown = SecretRow {
        id: SecretId::parse(row.try_get("id")?).map_err(broken)?,
        name: row.try_get("name")?,
        environment: facts.environment.clone(),
        owner: row.try_get("owner_name")?,
        version: row.try_get("version")?,
        updated: Timestamp(row.try_get("updated_at")?),
        access: Access::Role,
    };
    Ok(Candidate { facts, row: shown, created: Timestamp(row.try_get("created_at")?) })
}

/// Returns one page of the candidates that `filter` selects for `who`, and how many there are on
/// all pages.
pub async fn candidates(
    source: &mut Source,
    filter: &Filter,
    who: &Principal,
) -> Result<(Vec<Candidate>, i64), Unavailable> {
    let statement = match filter.sort {
        Sort::Name => lists(who).by_name,
        Sort::Updated => lists(who).by_update,
    };
    let environment = filter.environment.as_ref().map(ToString::to_string).unwrap_or_default();
    let before = i64::from(PAGE_ROWS) * i64::from(filter.page - 1);
    let statement = db::query(statement)
        .bind(who.identity.to_string())
        .bind(who.now.0)
        .bind(environment.clone())
        .bind(literal(&filter.name))
        // One more than is shown: only if that row exists, the rest must be counted.
        .bind(i64::from(PAGE_ROWS) + 1)
        .bind(before);
    let mut rows = source.all(statement).await?;
    let shown = rows.len().min(PAGE_ROWS as usize);
    let total = match rows.len() {
        0 => 0,
        fetched if fetched > shown => count(source, environment, literal(&filter.name), who).await?,
        _ => before + i64::try_from(shown).unwrap_or_default(),
    };
    rows.truncate(shown);
    let rows = rows.iter().map(read_candidate).collect::<Result<_, _>>().map_err(unavailable)?;
    Ok((rows, total))
}

/// Returns the candidates that `filter` selects for `who`, by name, after `after`; at most
/// [`BATCH_ROWS`].
pub async fn candidates_after(
    source: &mut Source,
    filter: &Filter,
    after: &After,
    who: &Principal,
) -> Result<Vec<Candidate>, Unavailable> {
    let environment = filter.environment.as_ref().map(ToString::to_string).unwrap_or_default();
    let statement = db::query(lists(who).after)
        .bind(who.identity.to_string())
        .bind(who.now.0)
        .bind(environment)
        .bind(literal(&filter.name))
        .bind(after.name.clone())
        .bind(after.id.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(BATCH_ROWS));
    let rows = source.all(statement).await?;
    rows.iter().map(read_candidate).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns how many secrets of an environment `who` may know of.
pub async fn count_within(source: &mut Source, environment: &Environment, who: &Principal) -> Result<i64, Unavailable> {
    count(source, environment.to_string(), String::new(), who).await
}

async fn count(source: &mut Source, environment: String, name: String, who: &Principal) -> Result<i64, Unavailable> {
    let statement =
        db::query(lists(who).count).bind(who.identity.to_string()).bind(who.now.0).bind(environment).bind(name);
    let row = source.optional(statement).await?;
    row.map_or(Ok(0), |row| row.try_get(0)).map_err(unavailable)
}

/// Escapes wildcards in `text` for use in a `like` pattern.
pub(crate) fn literal(text: &str) -> String {
    text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Returns one secret with the facts for its decision.
pub async fn one(source: &mut Source, id: SecretId, who: &Principal) -> Result<Option<Candidate>, Unavailable> {
    let statement = db::query(ONE).bind(who.identity.to_string()).bind(who.now.0).bind(id.to_string());
    let row = source.optional(statement).await?;
    row.map(|row| read_candidate(&row)).transpose().map_err(unavailable)
}

/// Returns the names of all environments.
pub async fn environments(source: &mut Source) -> Result<Vec<Environment>, Unavailable> {
    let rows = source.all(db::query(ENVIRONMENTS)).await?;
    let read = |row: &Row| Environment::parse(row.try_get(0)?).map_err(broken);
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// A secret's current value, encrypted.
pub struct Current {
    /// The environment, which is part of the encryption's binding.
    pub environment: String,
    /// The version, which is part of the binding too.
    pub version: i64,
    pub sealed: Sealed,
}

/// Returns a secret's current value, encrypted.
pub async fn current(source: &mut Source, id: SecretId) -> Result<Option<Current>, Unavailable> {
    let Some(row) = source.optional(db::query(CURRENT).bind(id.to_string())).await? else { return Ok(None) };
    let read = || -> Result<Current, sqlx::Error> {
        let sealed = Sealed {
            key_id: row.try_get("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            nonce: row.try_get("nonce")?,
            ciphertext: row.try_get("ciphertext")?,
        };
        Ok(Current { environment: row.try_get("environment")?, version: row.try_get("version")?, sealed })
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

/// Returns the facts for decisions about an environment.
pub async fn environment(source: &mut Source, name: &Environment) -> Result<Option<EnvironmentFacts>, Unavailable> {
    let row = source.optional(db::query(ENVIRONMENT).bind(name.to_string())).await?;
    let read = |row: Row| row.try_get::<i64>("protected").map(|protected| protected != 0);
    let protected = row.map(read).transpose().map_err(unavailable)?;
    Ok(protected.map(|protected| EnvironmentFacts { environment: name.clone(), protected }))
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
