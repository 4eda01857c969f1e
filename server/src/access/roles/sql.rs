//! The tables `roles` and `role_permissions`, for the pages that read and change them.

use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, broken, unavailable};
use crate::identities::roles::is_built_in;
use crate::identities::sql::identity_id;
use app::access::store::roles::{Held, Holder, RoleSummary};
use doorward::guard::Unavailable;
use doorward::{IdentityId, RoleName, Timestamp, Within};

/// $1 is the time.
macro_rules! roles {
    ($rest:literal) => {
        concat!(
            "select o.name, o.purpose, (select count(*) from role_permissions p where p.role = o.name) as permissions, \
             (select count(distinct h.identity) from held_roles h where h.role = o.name \
             and (h.ends_at is null or h.ends_at > $1)) as holders from roles o ",
            $rest
        )
    };
}
const ALL: &str = roles!("order by o.name");
const ONE: &str = roles!("where o.name = $2");
const HELD: &str = "select p.permission, p.environment from role_permissions p left join environments e on e.name = p.environment \
     where p.role = $1 order by p.permission, coalesce(e.position, 0), p.environment";
const HOLDERS: &str = "select i.id, i.display_name, h.environment, h.ends_at, g.name as by_group from held_roles h \
     join identities i on i.id = h.identity left join identity_groups g on g.id = h.group_id \
     left join environments e on e.name = h.environment where h.role = $1 and (h.ends_at is null or h.ends_at > $2) order by i.name, coalesce(e.position, 0), h.environment limit $3 + 0";
const IS_HELD: &str = "select 1 from held_roles where role = $1 and (identity = $2 or identity in \
     (select identity from machines where owner = $2)) and (ends_at is null or ends_at > $3) limit 1";
const ADD: &str = "insert into roles (name, purpose) values ($1, $2) on conflict (name) do nothing";
const COPY: &str = "insert into role_permissions (role, permission, environment) \
     select $1, permission, environment from role_permissions where role = $2";
const HOLD: &str = "insert into role_permissions (role, permission, environment) values ($1, $2, $3)";
const CLEAR: &str = "delete from role_permissions where role = $1";
const REMOVE: &str = "delete from roles where name = $1";
const IN_USE: &str =
    "select 1 from identity_roles where role = $1 union all select 1 from group_roles where role = $1 limit 1";
const IDENTITIES: &str = "select distinct identity from held_roles where role = $1 order by identity";
const BUMP_HOLDERS: &str = "update identities set rights = rights + 1 \
     where id in (select identity from held_roles where role = $1)";
/// Changes the counter only if nobody else has since `$1` was read.
const CHANGED_SINCE: &str = "update policy set version = version + 1 where version = $1";
/// Whoever changes roles does it one after the other. SQLite has one writer, and needs no lock.
const LOCK: &str = "select cast(pg_advisory_xact_lock(2, 0) as text)";

/// The most holders on a role's page.
const MOST_HOLDERS: i64 = 200;

fn read(row: &Row) -> Result<RoleSummary, sqlx::Error> {
    let name: String = row.try_get("name")?;
    Ok(RoleSummary {
        is_built_in: is_built_in(&name),
        name,
        purpose: row.try_get("purpose")?,
        permissions: row.try_get("permissions")?,
        holders: row.try_get("holders")?,
    })
}

/// Lets one transaction at a time change roles.
pub async fn lock(source: &mut Source) -> Result<(), Unavailable> {
    if source.engine() == Engine::Postgres {
        source.optional(db::query(LOCK)).await?;
    }
    Ok(())
}

/// Returns every role.
pub async fn all(source: &mut Source, now: Timestamp) -> Result<Vec<RoleSummary>, Unavailable> {
    let rows = source.all(db::query(ALL).bind(now.0)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns one role.
pub async fn one(source: &mut Source, name: &RoleName, now: Timestamp) -> Result<Option<RoleSummary>, Unavailable> {
    let row = source.optional(db::query(ONE).bind(now.0).bind(name.to_string())).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

/// Returns what a role holds.
pub async fn held(source: &mut Source, name: &RoleName) -> Result<Vec<Held>, Unavailable> {
    let rows = source.all(db::query(HELD).bind(name.to_string())).await?;
    let read = |row: &Row| {
        let within = Within::parse(row.try_get("environment")?).ok_or_else(|| broken("no such environment"))?;
        Ok(Held { permission: row.try_get("permission")?, within })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the first accounts that have a role.
pub async fn holders(source: &mut Source, name: &RoleName, now: Timestamp) -> Result<Vec<Holder>, Unavailable> {
    let statement = db::query(HOLDERS).bind(name.to_string()).bind(now.0).bind(MOST_HOLDERS);
    let read = |row: &Row| {
        Ok(Holder {
            identity: identity_id(row, "id")?,
            display_name: row.try_get("display_name")?,
            within: Within::parse(row.try_get("environment")?).ok_or_else(|| broken("no such environment"))?,
            ends: row.try_get::<Option<i64>>("ends_at")?.map(Timestamp),
            by_group: row.try_get("by_group")?,
        })
    };
    source.all(statement).await?.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns whether an identity has a role, which may hold nothing yet.
pub async fn is_held(
    source: &mut Source,
    name: &RoleName,
    identity: IdentityId,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(IS_HELD).bind(name.to_string()).bind(identity.to_string()).bind(now.0);
    source.optional(statement).await.map(|row| row.is_some())
}

/// Adds a role. Returns false if there is one of that name.
pub async fn add(source: &mut Source, name: &RoleName, purpose: &str) -> Result<bool, Unavailable> {
    Ok(source.execute(db::query(ADD).bind(name.to_string()).bind(purpose.to_owned())).await? != 0)
}

/// Lets a new role hold what another one holds.
pub async fn copy(source: &mut Source, to: &RoleName, from: &RoleName) -> Result<(), Unavailable> {
    source.execute(db::query(COPY).bind(to.to_string()).bind(from.to_string())).await.map(|_| ())
}

/// Replaces what a role holds.
pub async fn hold(source: &mut Source, name: &RoleName, rows: &[Held]) -> Result<(), Unavailable> {
    source.execute(db::query(CLEAR).bind(name.to_string())).await?;
    for row in rows {
        let statement = db::query(HOLD).bind(name.to_string()).bind(row.permission.clone());
        source.execute(statement.bind(row.within.as_str().to_owned())).await?;
    }
    Ok(())
}

/// Removes a role. It must not be in use.
pub async fn remove(source: &mut Source, name: &RoleName) -> Result<bool, Unavailable> {
    source.execute(db::query(CLEAR).bind(name.to_string())).await?;
    Ok(source.execute(db::query(REMOVE).bind(name.to_string())).await? != 0)
}

/// Returns whether somebody or some group has a role, or had it until a time that has passed.
pub async fn is_in_use(source: &mut Source, name: &RoleName) -> Result<bool, Unavailable> {
    source.optional(db::query(IN_USE).bind(name.to_string())).await.map(|row| row.is_some())
}

/// Increases the counter of lost privileges of everybody who has a role, and returns who they are.
pub async fn bump_holders(source: &mut Source, name: &RoleName) -> Result<Vec<IdentityId>, Unavailable> {
    source.execute(db::query(BUMP_HOLDERS).bind(name.to_string())).await?;
    let rows = source.all(db::query(IDENTITIES).bind(name.to_string())).await?;
    rows.iter().map(|row| identity_id(row, "identity")).collect::<Result<_, _>>().map_err(unavailable)
}

/// Counts a change of policy, if there was none since version `seen`. Returns false if there was.
pub async fn changed_since(source: &mut Source, seen: i64) -> Result<bool, Unavailable> {
    Ok(source.execute(db::query(CHANGED_SINCE).bind(seen)).await? != 0)
}
