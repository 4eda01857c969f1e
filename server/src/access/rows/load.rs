//! Reads the rows that policy reads now.

use super::{Account, GivenRow, PermissionRow, PolicyRows};
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::identities::held;
use crate::identities::sql::identity_id;
use crate::secrets;
use crate::secrets::environments::{protection, rules};
use app::secrets::store::SecretFacts;
use doorward::guard::Unavailable;
use doorward::{Environment, IdentityId, Kind, SecretId, Timestamp};
use std::collections::{HashMap, HashSet};

const ACCOUNTS: &str = "select id, name, display_name, kind from identities where frozen_at is null order by name";
const GIVEN: &str = "select r.identity, r.role, r.environment, g.name as by_group from held_roles r \
     left join identity_groups g on g.id = r.group_id where r.ends_at is null or r.ends_at > $1";
const PERMISSIONS: &str = "select role, permission, environment from role_permissions";
const SECRETS: &str = concat!(
    "select s.id, s.name, s.environment, ",
    rules!(),
    ", s.owner, s.archived_at from secrets s join environments e on e.name = s.environment \
     order by s.name, s.id limit $1 + 0"
);
const GRANTS: &str = "select identity, secret from held_grants where ends_at is null or ends_at > $1";

impl PolicyRows {
    /// Reads every row. Returns no secrets and no grants if there are more than `most` secrets.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn now(source: &mut Source, now: Timestamp, most: i64) -> Result<Self, Unavailable> {
        let accounts = source.all(db::query(ACCOUNTS)).await?;
        let permissions = source.all(db::query(PERMISSIONS)).await?;
        let given = source.all(db::query(GIVEN).bind(now.0)).await?;
        let secrets = source.all(db::query(SECRETS).bind(most + 1)).await?;
        let has_secrets = i64::try_from(secrets.len()).is_ok_and(|count| count <= most);
        let grants = if has_secrets { source.all(db::query(GRANTS).bind(now.0)).await? } else { Vec::new() };
        let secrets = if has_secrets { secrets } else { Vec::new() };
        Ok(Self {
            accounts: each(&accounts, account)?,
            permissions: each(&permissions, permission)?,
            given: by_identity(&given)?,
            environments: secrets::environments::names(source).await?,
            walls: held::walls(source).await?,
            secrets: each(&secrets, secret)?,
            grants: granted(&grants)?,
        })
    }
}

pub(super) fn each<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, sqlx::Error>) -> Result<Vec<T>, Unavailable> {
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

pub(super) fn account(row: &Row) -> Result<Account, sqlx::Error> {
    Ok(Account {
        identity: identity_id(row, "id")?,
        name: row.try_get("name")?,
        display_name: row.try_get("display_name")?,
        kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?,
    })
}

pub(super) fn permission(row: &Row) -> Result<PermissionRow, sqlx::Error> {
    Ok(PermissionRow {
        role: row.try_get("role")?,
        permission: row.try_get("permission")?,
        environment: row.try_get("environment")?,
    })
}

pub(super) fn by_identity(rows: &[Row]) -> Result<HashMap<IdentityId, Vec<GivenRow>>, Unavailable> {
    let read = |row: &Row| {
        let given = GivenRow {
            role: row.try_get("role")?,
            environment: row.try_get("environment")?,
            by_group: row.try_get("by_group")?,
        };
        Ok((identity_id(row, "identity")?, given))
    };
    let mut given: HashMap<IdentityId, Vec<GivenRow>> = HashMap::new();
    for (identity, row) in each(rows, read)? {
        given.entry(identity).or_default().push(row);
    }
    Ok(given)
}

pub(super) fn secret(row: &Row) -> Result<(SecretId, SecretFacts), sqlx::Error> {
    let facts = SecretFacts {
        name: row.try_get("name")?,
        environment: Environment::parse(row.try_get("environment")?).map_err(broken)?,
        protection: protection(row)?,
        owner: identity_id(row, "owner")?,
        granted: false,
        canary: false,
        archived: row.try_get::<Option<i64>>("archived_at")?.is_some(),
    };
    Ok((SecretId::parse(row.try_get("id")?).map_err(broken)?, facts))
}

pub(super) fn granted(rows: &[Row]) -> Result<HashMap<IdentityId, HashSet<SecretId>>, Unavailable> {
    let read =
        |row: &Row| Ok((identity_id(row, "identity")?, SecretId::parse(row.try_get("secret")?).map_err(broken)?));
    let mut granted: HashMap<IdentityId, HashSet<SecretId>> = HashMap::new();
    for (identity, secret) in each(rows, read)? {
        granted.entry(identity).or_default().insert(secret);
    }
    Ok(granted)
}
