//! The table `machines`.

use crate::db::order::{order_by, ordered};
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::identities::sql::identity_id;
use crate::secrets;
use app::access::policy::machines::MachineKey;
use app::access::store::machines::{MachineFacts, MachineRow, PAGE_ROWS};
use app::page::Sort;
use doorward::guard::Unavailable;
use doorward::{Environment, IdentityId, SessionId, Timestamp};

/// $1 is the time.
macro_rules! machines {
    ($rest:literal) => {
        concat!(
            "select k.identity, i.name, i.display_name, k.purpose, k.environment, \
             (select e.protected + e.second_factor from environments e where e.name = k.environment) as guards, k.owner, o.display_name as owner_name, \
             case when o.frozen_at is null then 0 else 1 end as owner_disabled, i.created_at, i.frozen_at, \
             (select count(*) from machine_credentials c where c.machine = k.identity and c.revoked_at is null and c.ends_at > $1) as credentials, \
             (select min(c.made_at) from machine_credentials c where c.machine = k.identity and c.revoked_at is null and c.ends_at > $1) as oldest, \
             (select max(c.ends_at) from machine_credentials c where c.machine = k.identity and c.revoked_at is null and c.ends_at > $1) as ends, \
             (select max(c.last_used_at) from machine_credentials c where c.machine = k.identity) as used, \
             (select count(*) from open_sessions s where s.identity = k.identity and s.frozen_at is null \
             and s.ends_at > $1 and s.last_used_at + s.idle_limit > $1) as sessions \
             from machines k join identities i on i.id = k.identity join identities o on o.id = k.owner ",
            $rest
        )
    };
}

/// What is listed: everything if $2 is empty, and otherwise what $2 owns or was offered. $3 is a part of the names, and $4
/// is 1 for those whose owner is disabled.
macro_rules! listed {
    () => {
        "where ($2 = '' or k.owner = $2 or k.offered_to = $2) \
         and ($3 = '' or i.search_text like '%' || $3 || '%' escape '!') \
         and ($4 = 0 or o.frozen_at is not null) "
    };
}

/// The service accounts of the page are chosen before anything else is read of them.
const PAGE: &str = concat!(
    machines!(
        "where k.identity in (select k.identity from machines k join identities i on i.id = k.identity join identities o on o.id = k.owner "
    ),
    listed!(),
    "order by {order} limit $5 + 0 offset $6) order by {order}"
);
const COUNT: &str = concat!(
    "select count(*) as many from machines k join identities i on i.id = k.identity join identities o on o.id = k.owner ",
    "where ($1 = '' or k.owner = $1 or k.offered_to = $1) \
     and ($2 = '' or i.search_text like '%' || $2 || '%' escape '!') and ($3 = 0 or o.frozen_at is not null)"
);
const ONE: &str = machines!("where k.identity = $2");
const FACTS: &str = "select i.name, k.owner, k.offered_to from machines k join identities i on i.id = k.identity \
     where k.identity = $1";
const OFFERED_TO: &str =
    "select o.display_name from machines k join identities o on o.id = k.offered_to where k.identity = $1";
const ADD: &str = "insert into machines (identity, owner, purpose, environment) values ($1, $2, $3, $4)";
const OFFER: &str = "update machines set offered_to = $1, offered_by = $2, offered_at = $3 where identity = $4";
const TRANSFER: &str = "update machines set owner = offered_to, offered_to = null, offered_by = null, offered_at = null \
     where identity = $1 and offered_to = $2";
const IS_OF: &str = "select 1 from sessions where id = $1 and identity = $2";
/// Somebody who can own a service account.
const OWNER: &str = "select id from identities where name = $1 and kind = 'person' and frozen_at is null";
/// What somebody gave: roles, memberships in groups, and secrets.
const TAKE_GIVEN_BY: [&str; 3] = [
    "delete from identity_roles where identity = $1 and given_by = $2",
    "delete from group_members where identity = $1 and added_by = $2",
    "delete from grants where identity = $1 and granted_by = $2",
];

/// Whose service accounts are listed.
#[derive(Clone, Copy)]
pub enum Listed {
    All,
    /// Those that this person owns or was offered.
    Of(IdentityId),
}

/// Each page counts the service accounts, so sorting them reads about as many rows as that.
fn order(sort: Sort<MachineKey>) -> String {
    const PLACE: &str = "(select e.position from environments e where e.name = k.environment)";
    const USED: &str = "(select coalesce(max(last_used_at), 0) from machine_credentials where machine = k.identity)";
    let columns: &[&str] = match sort.by {
        MachineKey::Name => &["i.name"],
        MachineKey::Owner => &["lower(o.display_name)", "i.name"],
        MachineKey::Environment => &[PLACE, "i.name"],
        MachineKey::Used => &[USED, "i.name"],
    };
    order_by(columns, sort.descending)
}

/// Returns a page of service accounts and their total number.
pub async fn page(
    source: &mut Source,
    (listed, (matching, orphaned)): (Listed, (&str, bool)),
    (sort, page): (Sort<MachineKey>, u32),
    now: Timestamp,
) -> Result<(Vec<MachineRow>, i64), Unavailable> {
    let whose = match listed {
        Listed::All => String::new(),
        Listed::Of(owner) => owner.to_string(),
    };
    let (matching, orphaned) = (secrets::sql::literal(matching), i64::from(orphaned));
    let (rows, skipped) = (i64::from(PAGE_ROWS), i64::from(page.saturating_sub(1)) * i64::from(PAGE_ROWS));
    let statement = ordered(PAGE, &order(sort)).bind(now.0).bind(whose.clone()).bind(matching.clone()).bind(orphaned);
    let found = source.all(statement.bind(rows).bind(skipped)).await?;
    let total =
        source.optional(db::query(COUNT).bind(whose).bind(matching).bind(orphaned)).await?.ok_or(Unavailable)?;
    let rows = found.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)?;
    Ok((rows, total.try_get("many").map_err(unavailable)?))
}

/// Returns one service account.
pub async fn one(source: &mut Source, id: IdentityId, now: Timestamp) -> Result<Option<MachineRow>, Unavailable> {
    let row = source.optional(db::query(ONE).bind(now.0).bind(id.to_string())).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

pub(super) fn time(row: &Row, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>>(column)?.map(Timestamp))
}

fn read(row: &Row) -> Result<MachineRow, sqlx::Error> {
    Ok(MachineRow {
        id: identity_id(row, "identity")?,
        name: row.try_get("name")?,
        display_name: row.try_get("display_name")?,
        purpose: row.try_get("purpose")?,
        environment: Environment::parse(row.try_get("environment")?).map_err(broken)?,
        protected: row.try_get::<Option<i64>>("guards")?.unwrap_or_default() > 0,
        owner: identity_id(row, "owner")?,
        owner_name: row.try_get("owner_name")?,
        owner_disabled: row.try_get::<i64>("owner_disabled")? != 0,
        created: Timestamp(row.try_get("created_at")?),
        disabled: time(row, "frozen_at")?,
        credentials: row.try_get("credentials")?,
        oldest: time(row, "oldest")?,
        ends: time(row, "ends")?,
        used: time(row, "used")?,
        sessions: row.try_get("sessions")?,
    })
}

/// Returns the facts for decisions about a service account.
pub async fn facts(source: &mut Source, id: IdentityId) -> Result<Option<MachineFacts>, Unavailable> {
    let row = source.optional(db::query(FACTS).bind(id.to_string())).await?;
    let read = |row: Row| {
        let offered_to = row.try_get::<Option<&str>>("offered_to")?.map(IdentityId::parse).transpose();
        let offered_to = offered_to.map_err(broken)?;
        Ok(MachineFacts { id, name: row.try_get("name")?, owner: identity_id(&row, "owner")?, offered_to })
    };
    row.map(read).transpose().map_err(unavailable)
}

/// Returns the display name of whom a service account was offered to.
pub async fn offered_to(source: &mut Source, id: IdentityId) -> Result<Option<String>, Unavailable> {
    let row = source.optional(db::query(OFFERED_TO).bind(id.to_string())).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

/// Returns the person with this sign-in name, if they can own a service account.
pub async fn owner(source: &mut Source, name: &str) -> Result<Option<IdentityId>, Unavailable> {
    let row = source.optional(db::query(OWNER).bind(name.to_owned())).await?;
    row.map(|row| identity_id(&row, "id")).transpose().map_err(unavailable)
}

/// Adds the row of a service account, whose identity was added in this transaction.
pub async fn add(
    source: &mut Source,
    id: IdentityId,
    owner: IdentityId,
    (purpose, environment): (&str, &Environment),
) -> Result<(), Unavailable> {
    let statement = db::query(ADD).bind(id.to_string()).bind(owner.to_string());
    source.execute(statement.bind(purpose.to_owned()).bind(environment.to_string())).await.map(|_| ())
}

/// Stores to whom a service account is offered, in place of an earlier offer.
pub async fn offer(
    source: &mut Source,
    id: IdentityId,
    to: IdentityId,
    by: IdentityId,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(OFFER).bind(to.to_string()).bind(by.to_string()).bind(now.0).bind(id.to_string());
    source.execute(statement).await.map(|_| ())
}

/// Makes `to` the owner if it was offered to them. Returns false if it was not.
pub async fn transfer(source: &mut Source, id: IdentityId, to: IdentityId) -> Result<bool, Unavailable> {
    let statement = db::query(TRANSFER).bind(id.to_string()).bind(to.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Takes away what `by` gave: roles, memberships in groups, and secrets. Returns whether there was
/// anything.
pub async fn take_what_was_given_by(source: &mut Source, id: IdentityId, by: IdentityId) -> Result<bool, Unavailable> {
    let mut taken = 0;
    for statement in TAKE_GIVEN_BY {
        taken += source.execute(db::query(statement).bind(id.to_string()).bind(by.to_string())).await?;
    }
    Ok(taken > 0)
}

/// Returns whether a session is one of this identity.
pub async fn is_session_of(source: &mut Source, session: SessionId, of: IdentityId) -> Result<bool, Unavailable> {
    let statement = db::query(IS_OF).bind(session.to_string()).bind(of.to_string());
    source.optional(statement).await.map(|row| row.is_some())
}
