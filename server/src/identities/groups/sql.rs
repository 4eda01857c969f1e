//! The tables `identity_groups`, `group_members` and `group_roles`.

use crate::access::policy_version;
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::identities::given_roles::GivenRole;
use crate::identities::sql::identity_id;
use app::identities::store::RoleRow;
use app::identities::store::groups::{GroupFacts, GroupRow, MemberRow};
use doorward::guard::Unavailable;
use doorward::{GroupId, GroupName, IdentityId, Kind, Principal, Timestamp, Within};

const FACTS: &str = "select g.name, case when exists (select 1 from group_members m where m.group_id = g.id \
     and (m.identity = $2 or m.identity in (select identity from machines where owner = $2)) and (m.ends_at is null or m.ends_at > $3)) then 1 else 0 end as includes \
     from identity_groups g where g.id = $1";
/// $1 is the time.
macro_rules! groups {
    ($rest:literal) => {
        concat!(
            "select g.id, g.name, g.purpose, \
             (select count(*) from group_members m where m.group_id = g.id and (m.ends_at is null or m.ends_at > $1)) as members, \
             (select string_agg(d.role, ',') from (select distinct r.role from group_roles r where r.group_id = g.id \
             and (r.ends_at is null or r.ends_at > $1) order by r.role) d) as roles, \
             (select count(*) from group_grants s where s.group_id = g.id and (s.ends_at is null or s.ends_at > $1)) as secrets \
             from identity_groups g ",
            $rest
        )
    };
}
const ALL: &str = groups!("order by g.name");
const ONE: &str = groups!("where g.id = $2");
const NAMES: &str = "select id, name from identity_groups order by name";
const ADD: &str = "insert into identity_groups (id, name, purpose, created_at, created_by) values ($1, $2, $3, $4, $5) \
     on conflict (name) do nothing";
const MEMBERS: &str = "select i.id, i.kind, i.name, i.display_name, i.frozen_at, m.ends_at, m.added_at, \
     b.display_name as added_by from group_members m join identities i on i.id = m.identity \
     left join identities b on b.id = m.added_by where m.group_id = $1 and (m.ends_at is null or m.ends_at > $2) \
     order by i.name";
const MEMBER_IDS: &str = "select identity from group_members where group_id = $1 order by identity";
const ROLES: &str = "select r.role, r.environment, r.ends_at, r.given_at, b.display_name as given_by \
     from group_roles r left join identities b on b.id = r.given_by left join environments e on e.name = r.environment \
     where r.group_id = $1 and (r.ends_at is null or r.ends_at > $2) order by r.role, coalesce(e.position, 0), r.environment";
const OF_IDENTITY: &str = "select g.id, g.name, m.ends_at from group_members m join identity_groups g on g.id = m.group_id \
     where m.identity = $1 and (m.ends_at is null or m.ends_at > $2) order by g.name";
const ADD_MEMBER: &str = "insert into group_members (group_id, identity, ends_at, added_by, added_at) \
     values ($1, $2, $3, $4, $5) on conflict (group_id, identity) do update set ends_at = excluded.ends_at, \
     added_by = excluded.added_by, added_at = excluded.added_at";
const REMOVE_MEMBER: &str = "delete from group_members where group_id = $1 and identity = $2";
const GIVE: &str = "insert into group_roles (group_id, role, environment, ends_at, given_by, given_at) \
     values ($1, $2, $3, $4, $5, $6) on conflict (group_id, role, environment) do update set \
     ends_at = excluded.ends_at, given_by = excluded.given_by, given_at = excluded.given_at";
const TAKE: &str = "delete from group_roles where group_id = $1 and role = $2 and environment = $3";
/// Deciding transactions have locked the identity of their session, so this waits for those of members, and they wait
/// for this.
const BUMP_MEMBERS: &str = "update identities set rights = rights + 1 \
     where id in (select identity from group_members where group_id = $1)";
const REMOVE: [&str; 4] = [
    "delete from group_grants where group_id = $1",
    "delete from group_roles where group_id = $1",
    "delete from group_members where group_id = $1",
    "delete from identity_groups where id = $1",
];

/// Returns the facts for decisions of `who` about a group.
pub async fn facts(source: &mut Source, id: GroupId, who: &Principal) -> Result<Option<GroupFacts>, Unavailable> {
    let statement = db::query(FACTS).bind(id.to_string()).bind(who.identity.to_string()).bind(who.now.0);
    let read = |row: Row| {
        let includes_principal = row.try_get::<i64>("includes")? != 0;
        Ok(GroupFacts { id, name: row.try_get("name")?, includes_principal })
    };
    source.optional(statement).await?.map(read).transpose().map_err(unavailable)
}

/// Returns every group.
pub async fn all(source: &mut Source, now: Timestamp) -> Result<Vec<GroupRow>, Unavailable> {
    let rows = source.all(db::query(ALL).bind(now.0)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns one group.
pub async fn one(source: &mut Source, id: GroupId, now: Timestamp) -> Result<Option<GroupRow>, Unavailable> {
    let row = source.optional(db::query(ONE).bind(now.0).bind(id.to_string())).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

fn read(row: &Row) -> Result<GroupRow, sqlx::Error> {
    let roles: Option<&str> = row.try_get("roles")?;
    Ok(GroupRow {
        id: group_id(row)?,
        name: row.try_get("name")?,
        purpose: row.try_get("purpose")?,
        members: row.try_get("members")?,
        roles: roles.unwrap_or_default().split(',').filter(|role| !role.is_empty()).map(str::to_owned).collect(),
        secrets: row.try_get("secrets")?,
    })
}

fn group_id(row: &Row) -> Result<GroupId, sqlx::Error> {
    GroupId::parse(row.try_get("id")?).map_err(broken)
}

/// Returns the id and the name of every group.
pub async fn names(source: &mut Source) -> Result<Vec<(GroupId, String)>, Unavailable> {
    let rows = source.all(db::query(NAMES)).await?;
    let read = |row: &Row| Ok((group_id(row)?, row.try_get("name")?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the groups that an identity is in, and when each membership ends.
pub async fn of_identity(
    source: &mut Source,
    identity: IdentityId,
    now: Timestamp,
) -> Result<Vec<(GroupId, String, Option<Timestamp>)>, Unavailable> {
    let rows = source.all(db::query(OF_IDENTITY).bind(identity.to_string()).bind(now.0)).await?;
    let read = |row: &Row| Ok((group_id(row)?, row.try_get("name")?, time(row, "ends_at")?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn time(row: &Row, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>>(column)?.map(Timestamp))
}

/// Adds a group. Returns false if its name is taken.
pub async fn add(
    source: &mut Source,
    id: GroupId,
    (name, purpose): (&GroupName, &str),
    by: IdentityId,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(ADD)
        .bind(id.to_string())
        .bind(name.to_string())
        .bind(purpose.to_owned())
        .bind(now.0)
        .bind(by.to_string());
    Ok(source.execute(statement).await? != 0)
}

/// Returns the members whose membership has not ended.
pub async fn members(source: &mut Source, id: GroupId, now: Timestamp) -> Result<Vec<MemberRow>, Unavailable> {
    let rows = source.all(db::query(MEMBERS).bind(id.to_string()).bind(now.0)).await?;
    let read = |row: &Row| {
        Ok(MemberRow {
            identity: identity_id(row, "id")?,
            kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?,
            name: row.try_get("name")?,
            display_name: row.try_get("display_name")?,
            is_disabled: time(row, "frozen_at")?.is_some(),
            ends: time(row, "ends_at")?,
            added: Timestamp(row.try_get("added_at")?),
            added_by: row.try_get("added_by")?,
        })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the ids of all members, also of those whose membership has ended.
pub async fn member_ids(source: &mut Source, id: GroupId) -> Result<Vec<IdentityId>, Unavailable> {
    let rows = source.all(db::query(MEMBER_IDS).bind(id.to_string())).await?;
    rows.iter().map(|row| identity_id(row, "identity")).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the roles of a group.
pub async fn roles(source: &mut Source, id: GroupId, now: Timestamp) -> Result<Vec<RoleRow>, Unavailable> {
    let rows = source.all(db::query(ROLES).bind(id.to_string()).bind(now.0)).await?;
    let read = |row: &Row| {
        Ok(RoleRow {
            role: row.try_get("role")?,
            within: Within::parse(row.try_get("environment")?).ok_or_else(|| broken("no such environment"))?,
            ends: time(row, "ends_at")?,
            given: time(row, "given_at")?,
            given_by: row.try_get("given_by")?,
            by_group: None,
        })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Adds a member, or changes the end of a membership.
pub async fn add_member(
    source: &mut Source,
    id: GroupId,
    whom: IdentityId,
    ends: Option<Timestamp>,
    by: IdentityId,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(ADD_MEMBER)
        .bind(id.to_string())
        .bind(whom.to_string())
        .bind(ends.map(|ends| ends.0))
        .bind(by.to_string())
        .bind(now.0);
    source.execute(statement).await?;
    policy_version::changed(source).await
}

/// Removes a member. Returns false if they were none.
pub async fn remove_member(source: &mut Source, id: GroupId, whom: IdentityId) -> Result<bool, Unavailable> {
    if source.execute(db::query(REMOVE_MEMBER).bind(id.to_string()).bind(whom.to_string())).await? == 0 {
        return Ok(false);
    }
    policy_version::changed(source).await.map(|()| true)
}

/// Gives a role to a group, or changes the end of one that it has.
///
/// # Errors
/// If there is no such role.
pub async fn give(source: &mut Source, to: GroupId, given: &GivenRole<'_>, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(given.bind(db::query(GIVE), to.to_string(), now)).await?;
    policy_version::changed(source).await
}

/// Takes a role away from a group. Returns false if it did not have it.
pub async fn take(source: &mut Source, from: GroupId, role: &str, within: &Within) -> Result<bool, Unavailable> {
    let statement = db::query(TAKE).bind(from.to_string()).bind(role.to_owned()).bind(within.as_str().to_owned());
    if source.execute(statement).await? == 0 {
        return Ok(false);
    }
    policy_version::changed(source).await.map(|()| true)
}

/// Increases every member's counter of lost privileges. Call it before anything is taken from the group.
pub async fn bump_privileges_versions(source: &mut Source, id: GroupId) -> Result<(), Unavailable> {
    source.execute(db::query(BUMP_MEMBERS).bind(id.to_string())).await.map(|_| ())
}

/// Removes a group with everything that it had. Returns false if it is gone.
pub async fn remove(source: &mut Source, id: GroupId) -> Result<bool, Unavailable> {
    let mut removed = 0;
    for statement in REMOVE {
        removed = source.execute(db::query(statement).bind(id.to_string())).await?;
    }
    policy_version::changed(source).await?;
    Ok(removed != 0)
}
