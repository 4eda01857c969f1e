//! The table `grants`: who may use a secret besides its owner, and until when.

use crate::access::policy_version;
use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::identities::held;
use app::secrets::policy::ShareSecret;
use app::secrets::store::{GrantRow, ShareError, Shared};
use doorward::guard::Unavailable;
use doorward::{IdentityId, SecretId, Timestamp};

const GIVE: &str = "insert into grants (identity, secret, granted_by, granted_at, ends_at) values ($1, $2, $3, $4, $5) \
     on conflict (identity, secret) do update set granted_by = excluded.granted_by, granted_at = excluded.granted_at, \
     ends_at = excluded.ends_at";
const TAKE_BACK: &str = "delete from grants where secret = $1 and identity = $2 \
     returning case when ends_at is null or ends_at > $3 then 1 else 0 end as counted";
/// Whether a role of `i` may reveal secrets in the environment of `s`: without one a grant has no effect.
macro_rules! may_reveal {
    ($now:literal) => {
        concat!(
            "case when exists (select 1 from (",
            held::rows!("i.id", $now),
            ") h where h.permission = 'secret.reveal' and h.environment in ('*', s.environment)) and (i.kind = 'person' or not exists \
             (select 1 from environments w where w.name = s.environment and w.no_machines <> 0)) then 1 else 0 end as may_reveal"
        )
    };
}

/// Whether the identity `$who` has a grant of the secret `$secret` that has not ended at `$now`, its own or of one of its
/// groups.
macro_rules! granted {
    ($who:literal, $secret:literal, $now:literal) => {
        concat!(
            "(exists (select 1 from grants g where g.secret = ",
            $secret,
            " and g.identity = ",
            $who,
            " and (g.ends_at is null or g.ends_at > ",
            $now,
            ")) or exists (select 1 from group_members m join group_grants g on g.group_id = m.group_id where g.secret = ",
            $secret,
            " and m.identity = ",
            $who,
            " and (m.ends_at is null or m.ends_at > ",
            $now,
            ") and (g.ends_at is null or g.ends_at > ",
            $now,
            ")))"
        )
    };
}

pub(crate) use granted;

const WHOM: &str = concat!(
    "select i.id, i.display_name, case when s.owner = i.id then 1 else 0 end as owns, ",
    may_reveal!("$3"),
    " from identities i, secrets s where i.name = $1 and s.id = $2"
);
const OF: &str = concat!(
    "select g.identity, i.name, i.display_name, b.display_name as granted_by, g.granted_at, g.ends_at, ",
    may_reveal!("$2"),
    " from grants g join identities i on i.id = g.identity join secrets s on s.id = g.secret \
     left join identities b on b.id = g.granted_by \
     where g.secret = $1 and (g.ends_at is null or g.ends_at > $2) order by i.name"
);

/// Grants a secret to an identity, until `ends` if that is given.
pub async fn add(
    source: &mut Source,
    id: SecretId,
    to: IdentityId,
    by: Option<IdentityId>,
    ends: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(GIVE)
        .bind(to.to_string())
        .bind(id.to_string())
        .bind(by.map(|by| by.to_string()))
        .bind(now.0)
        .bind(ends.map(|ends| ends.0));
    source.execute(statement).await?;
    policy_version::changed(source).await
}

/// Grants access to the identity that `action` names, on behalf of `by`. Returns the identity and the grant.
pub async fn give(
    source: &mut Source,
    action: &ShareSecret,
    by: IdentityId,
    now: Timestamp,
) -> Result<Result<(IdentityId, Shared), ShareError>, Unavailable> {
    let statement = db::query(WHOM).bind(action.with.clone()).bind(action.id.to_string()).bind(now.0);
    let Some(row) = source.optional(statement).await? else { return Ok(Err(ShareError::Nobody)) };
    if row.try_get::<i64>("owns").map_err(unavailable)? != 0 {
        return Ok(Err(ShareError::Owner));
    }
    let to = identity(&row, "id").map_err(unavailable)?;
    let ends = action.lasts.map(|lasts| now.plus(lasts));
    add(source, action.id, to, Some(by), ends, now).await?;
    let with = row.try_get("display_name").map_err(unavailable)?;
    Ok(Ok((to, Shared { with, ends, may_reveal: may_reveal(&row).map_err(unavailable)? })))
}

fn may_reveal(row: &Row) -> Result<bool, sqlx::Error> {
    Ok(row.try_get::<i64>("may_reveal")? != 0)
}

/// Revokes an identity's access to a secret. Returns false if it had none at `now`; then no
/// privilege was lost, and no page is out of date.
pub async fn take_back(
    source: &mut Source,
    id: SecretId,
    from: IdentityId,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(TAKE_BACK).bind(id.to_string()).bind(from.to_string()).bind(now.0);
    let Some(row) = source.optional(statement).await? else { return Ok(false) };
    policy_version::changed(source).await?;
    row.try_get::<i64>("counted").map(|counted| counted != 0).map_err(unavailable)
}

/// Returns the grants of a secret that have not ended at `now`.
pub async fn of(source: &mut Source, id: SecretId, now: Timestamp) -> Result<Vec<GrantRow>, Unavailable> {
    let rows = source.all(db::query(OF).bind(id.to_string()).bind(now.0)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn identity(row: &Row, column: &str) -> Result<IdentityId, sqlx::Error> {
    IdentityId::parse(row.try_get(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn read(row: &Row) -> Result<GrantRow, sqlx::Error> {
    Ok(GrantRow {
        identity: identity(row, "identity")?,
        name: row.try_get("name")?,
        display_name: row.try_get("display_name")?,
        granted_by: row.try_get("granted_by")?,
        granted: Timestamp(row.try_get("granted_at")?),
        ends: row.try_get::<Option<i64>>("ends_at")?.map(Timestamp),
        may_reveal: may_reveal(row)?,
    })
}
