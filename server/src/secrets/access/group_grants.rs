//! The table `group_grants`: the secrets that were shared with groups.

use crate::access::policy_version;
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::secrets::sql;
use app::identities::store::groups::SharedRow;
use app::secrets::policy::ReadSecret;
use app::secrets::store::GroupGrantRow;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{GroupId, IdentityId, Principal, SecretId, Timestamp};

const GIVE: &str = "insert into group_grants (group_id, secret, granted_by, granted_at, ends_at) \
     values ($1, $2, $3, $4, $5) on conflict (group_id, secret) do update set granted_by = excluded.granted_by, \
     granted_at = excluded.granted_at, ends_at = excluded.ends_at";
const TAKE_BACK: &str = "delete from group_grants where secret = $1 and group_id = $2 \
     returning case when ends_at is null or ends_at > $3 then 1 else 0 end as counted";
const OF: &str = "select g.group_id, n.name, b.display_name as granted_by, g.granted_at, g.ends_at, \
     (select count(*) from group_members m where m.group_id = n.id and (m.ends_at is null or m.ends_at > $2)) as members \
     from group_grants g join identity_groups n on n.id = g.group_id left join identities b on b.id = g.granted_by \
     where g.secret = $1 and (g.ends_at is null or g.ends_at > $2) order by n.name";
const SHARED_WITH: &str = "select secret, ends_at from group_grants where group_id = $1 \
     and (ends_at is null or ends_at > $2) order by granted_at desc limit $3 + 0";

/// The most secrets on a group's page.
const MOST: i64 = 200;

/// Grants a secret to a group, until `ends` if that is given.
pub async fn give(
    source: &mut Source,
    id: SecretId,
    to: GroupId,
    by: IdentityId,
    ends: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(GIVE)
        .bind(to.to_string())
        .bind(id.to_string())
        .bind(by.to_string())
        .bind(now.0)
        .bind(ends.map(|ends| ends.0));
    source.execute(statement).await?;
    policy_version::changed(source).await
}

/// Revokes a group's access. Returns false if it had none at `now`.
pub async fn take_back(source: &mut Source, id: SecretId, from: GroupId, now: Timestamp) -> Result<bool, Unavailable> {
    let statement = db::query(TAKE_BACK).bind(id.to_string()).bind(from.to_string()).bind(now.0);
    let Some(row) = source.optional(statement).await? else { return Ok(false) };
    policy_version::changed(source).await?;
    row.try_get::<i64>("counted").map(|counted| counted != 0).map_err(unavailable)
}

/// Returns the groups that a secret is shared with.
pub async fn of(source: &mut Source, id: SecretId, now: Timestamp) -> Result<Vec<GroupGrantRow>, Unavailable> {
    let rows = source.all(db::query(OF).bind(id.to_string()).bind(now.0)).await?;
    let read = |row: &Row| {
        Ok(GroupGrantRow {
            group: GroupId::parse(row.try_get("group_id")?).map_err(broken)?,
            name: row.try_get("name")?,
            members: row.try_get("members")?,
            granted_by: row.try_get("granted_by")?,
            granted: Timestamp(row.try_get("granted_at")?),
            ends: row.try_get::<Option<i64>>("ends_at")?.map(Timestamp),
        })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the secrets shared with a group that `who` may know of. Each is decided as if they opened it.
pub async fn shared_with(source: &mut Source, group: GroupId, who: &Principal) -> Result<Vec<SharedRow>, Unavailable> {
    let rows = source.all(db::query(SHARED_WITH).bind(group.to_string()).bind(who.now.0).bind(MOST)).await?;
    let mut shared = Vec::new();
    for row in &rows {
        let secret = SecretId::parse(row.try_get("secret").map_err(unavailable)?);
        let secret = secret.map_err(|error| unavailable(broken(error)))?;
        let ends = row.try_get::<Option<i64>>("ends_at").map_err(unavailable)?.map(Timestamp);
        let facts = sql::facts(source, secret, who).await?;
        if let Some(facts) = facts.filter(|facts| ReadSecret { id: secret }.decide(who, facts).allows()) {
            let protected = facts.protection.is_protected();
            shared.push(SharedRow { secret, name: facts.name, environment: facts.environment, protected, ends });
        }
    }
    Ok(shared)
}
