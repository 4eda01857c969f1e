//! The list of identities, and the account of one.

use crate::db::broken;
use crate::db::order::{order_by, ordered};
use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::identities::sql::identity_id;
use crate::secrets;
use app::identities::policy::IdentityKey;
use app::identities::store::{IdentityFacts, IdentityRow, PAGE_ROWS, RoleRow, State};
use app::page::Sort;
use doorward::guard::Unavailable;
use doorward::{DisplayName, GroupId, IdentityId, Kind, Timestamp, Within};
use std::collections::HashMap;

/// $1 is the time.
macro_rules! account {
    ($rest:literal) => {
        concat!(
            "select i.id, i.kind, i.name, i.display_name, i.frozen_at, i.second_factor, i.created_at, i.signed_in_at, \
             v.ends_at as invited_until, \
             case when exists (select 1 from passwords p where p.identity = i.id) \
             or exists (select 1 from passkeys k where k.identity = i.id) then 1 else 0 end as can_sign_in, \
             (select count(*) from open_sessions s where s.identity = i.id and s.frozen_at is null \
             and s.ends_at > $1 and s.last_used_at + s.idle_limit > $1) as sessions \
             from identities i left join invitations v on v.identity = i.id ",
            $rest
        )
    };
}

/// The identities of one page, chosen before anything else is read of them.
macro_rules! page {
    () => {
        "(select i.id from identities i where $2 = '' or i.search_text like '%' || $2 || '%' escape '!' \
         order by {order} limit $3 + 0 offset $4)"
    };
}

const PAGE: &str = concat!(account!("where i.id in "), page!(), " order by {order}");
const ONE: &str = account!("where i.id = $2");
const COUNT: &str =
    "select count(*) as many from identities where $1 = '' or search_text like '%' || $1 || '%' escape '!'";
/// The roles of the identities `$which`, their own and those of their groups, at $1.
macro_rules! roles_of {
    ($which:expr) => {
        concat!(
            "select h.* from (select r.identity, r.role, r.environment, r.ends_at, r.given_at, b.display_name as given_by, \
             cast(null as text) as group_id, cast(null as text) as group_name \
             from identity_roles r left join identities b on b.id = r.given_by \
             where (r.ends_at is null or r.ends_at > $1) and r.identity in ",
            $which,
            " union all select m.identity, r.role, r.environment, \
             case when m.ends_at is null or r.ends_at < m.ends_at then r.ends_at else m.ends_at end, \
             r.given_at, b.display_name, g.id, g.name \
             from group_members m join group_roles r on r.group_id = m.group_id \
             join identity_groups g on g.id = m.group_id left join identities b on b.id = r.given_by \
             where (r.ends_at is null or r.ends_at > $1) and (m.ends_at is null or m.ends_at > $1) and m.identity in ",
            $which,
            ") h left join environments e on e.name = h.environment order by h.role, coalesce(e.position, 0), h.environment"
        )
    };
}

const ROLES: &str = roles_of!(page!());
const ROLES_OF: &str = roles_of!("($2)");
const FACTS: &str =
    "select i.name, m.owner from identities i left join machines m on m.identity = i.id where i.id = $1";
const DISPLAY_NAME: &str = "select display_name from identities where id = $1";
const RENAME: &str = "update identities set display_name = $1, search_text = $2 where id = $3";
const ENABLE: &str = "update identities set frozen_at = null where id = $1 and frozen_at is not null";
const PURPOSES: &str = "select name, purpose from roles order by name";

/// Returns an identity's display name.
pub async fn display_name(source: &mut Source, id: IdentityId) -> Result<String, Unavailable> {
    let row = source.optional(db::query(DISPLAY_NAME).bind(id.to_string())).await?.ok_or(Unavailable)?;
    row.try_get("display_name").map_err(unavailable)
}

/// Each page counts the identities, so sorting them reads no more rows than that.
fn order(sort: Sort<IdentityKey>) -> String {
    let columns: &[&str] = match sort.by {
        IdentityKey::Name => &["i.name"],
        IdentityKey::SignedIn => &["coalesce(i.signed_in_at, 0)", "i.name"],
    };
    order_by(columns, sort.descending)
}

/// Returns a page of the identities whose names contain `matching`, and their total number.
pub async fn page(
    source: &mut Source,
    matching: &str,
    (sort, page): (Sort<IdentityKey>, u32),
    now: Timestamp,
) -> Result<(Vec<IdentityRow>, i64), Unavailable> {
    let matching = secrets::sql::literal(matching);
    let (rows, skipped) = (i64::from(PAGE_ROWS), i64::from(page.saturating_sub(1)) * i64::from(PAGE_ROWS));
    let order = order(sort);
    let of_page = |sql| ordered(sql, &order).bind(now.0).bind(matching.clone()).bind(rows).bind(skipped);
    let mut found: Vec<_> =
        source.all(of_page(PAGE)).await?.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)?;
    let mut roles = roles_by_identity(&source.all(of_page(ROLES)).await?)?;
    for row in &mut found {
        row.roles = roles.remove(&row.id).unwrap_or_default();
    }
    let total = source.optional(db::query(COUNT).bind(matching)).await?.ok_or(Unavailable)?;
    Ok((found, total.try_get("many").map_err(unavailable)?))
}

/// Returns one identity.
pub async fn one(source: &mut Source, id: IdentityId, now: Timestamp) -> Result<Option<IdentityRow>, Unavailable> {
    let Some(row) = source.optional(db::query(ONE).bind(now.0).bind(id.to_string())).await? else { return Ok(None) };
    let roles = source.all(db::query(ROLES_OF).bind(now.0).bind(id.to_string())).await?;
    let roles = roles_by_identity(&roles)?.remove(&id).unwrap_or_default();
    Ok(Some(IdentityRow { roles, ..read(&row).map_err(unavailable)? }))
}

fn read(row: &Row) -> Result<IdentityRow, sqlx::Error> {
    let time = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>>(column)?.map(Timestamp));
    let can_sign_in = row.try_get::<i64>("can_sign_in")? != 0;
    let state = match (time("frozen_at")?, time("invited_until")?) {
        (Some(at), _) => State::Disabled(at),
        (None, _) if can_sign_in => State::Active,
        (None, Some(ends)) => State::Invited(ends),
        (None, None) => State::NotInvited,
    };
    Ok(IdentityRow {
        id: identity_id(row, "id")?,
        kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?,
        name: row.try_get("name")?,
        display_name: row.try_get("display_name")?,
        state,
        second_factor: row.try_get::<i64>("second_factor")? != 0,
        created: Timestamp(row.try_get("created_at")?),
        signed_in: time("signed_in_at")?,
        sessions: row.try_get("sessions")?,
        roles: Vec::new(),
    })
}

fn roles_by_identity(rows: &[Row]) -> Result<HashMap<IdentityId, Vec<RoleRow>>, Unavailable> {
    let read = |row: &Row| {
        let role = RoleRow {
            role: row.try_get("role")?,
            within: Within::parse(row.try_get("environment")?).ok_or_else(|| broken("no such environment"))?,
            ends: row.try_get::<Option<i64>>("ends_at")?.map(Timestamp),
            given: row.try_get::<Option<i64>>("given_at")?.map(Timestamp),
            given_by: row.try_get("given_by")?,
            by_group: by_group(row)?,
        };
        Ok::<_, sqlx::Error>((identity_id(row, "identity")?, role))
    };
    let mut roles: HashMap<IdentityId, Vec<RoleRow>> = HashMap::new();
    for row in rows {
        let (identity, role) = read(row).map_err(unavailable)?;
        roles.entry(identity).or_default().push(role);
    }
    Ok(roles)
}

fn by_group(row: &Row) -> Result<Option<(GroupId, String)>, sqlx::Error> {
    let Some(id) = row.try_get::<Option<&str>>("group_id")? else { return Ok(None) };
    Ok(Some((GroupId::parse(id).map_err(broken)?, row.try_get("group_name")?)))
}

/// Returns the facts for decisions about an identity.
pub async fn facts(source: &mut Source, id: IdentityId) -> Result<Option<IdentityFacts>, Unavailable> {
    let row = source.optional(db::query(FACTS).bind(id.to_string())).await?;
    let read = |row: Row| {
        let owner = row.try_get::<Option<&str>>("owner")?.map(IdentityId::parse).transpose().map_err(broken)?;
        Ok(IdentityFacts { id, name: row.try_get("name")?, owner })
    };
    row.map(read).transpose().map_err(unavailable)
}

/// The text that the search looks at.
pub(super) fn search_text(name: &str, display_name: &str) -> String {
    format!("{name} {}", display_name.to_lowercase())
}

/// Changes an identity's display name.
pub async fn rename(source: &mut Source, id: IdentityId, name: &str, to: &DisplayName) -> Result<(), Unavailable> {
    let text = search_text(name, to.as_str());
    source.execute(db::query(RENAME).bind(to.to_string()).bind(text).bind(id.to_string())).await.map(|_| ())
}

/// Lets a disabled identity sign in again. Returns false if it was not disabled.
pub async fn enable(source: &mut Source, id: IdentityId) -> Result<bool, Unavailable> {
    Ok(source.execute(db::query(ENABLE).bind(id.to_string())).await? != 0)
}

/// Returns the names of all roles, and what each is for.
pub async fn purposes(source: &mut Source) -> Result<Vec<(String, String)>, Unavailable> {
    let rows = source.all(db::query(PURPOSES)).await?;
    let read = |row: &Row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}
