//! The table `environments`, for the pages and commands that change it.

use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, broken, unavailable};
use crate::identities::roles::is_built_in;
use crate::identities::sql::identity_id;
use crate::secrets::environments::{protection, rules};
use app::access::store::environments::Contents;
use doorward::guard::Unavailable;
use doorward::policy::Protection;
use doorward::{Environment, IdentityId, Timestamp};

const ALL: &str =
    concat!("select e.name, e.description, ", rules!(), " from environments e order by e.position, e.name");
const ADD: &str = "insert into environments (name, description, protected, second_factor, asks_reason, no_machines, \
     position) select $1, $2, $3, $4, $5, $6, coalesce(max(position), 0) + 1 from environments \
     where true on conflict (name) do nothing";
/// Changes nothing if somebody else has changed the row since the form was made.
const CHANGE: &str = "update environments set description = $2, protected = $3, second_factor = $4, asks_reason = $5, \
     no_machines = $6 where name = $1 and description = $7 and protected = $8 and second_factor = $9 \
     and asks_reason = $10 and no_machines = $11";
const PLACE: &str = "update environments set position = $1 where name = $2";
const REMOVE: &str = "delete from environments where name = $1";
const CONTENTS: &str = "select (select count(*) from secrets where environment = $1) as secrets, \
     (select count(*) from deliveries where environment = $1) as deliveries, \
     (select count(*) from identity_roles where environment = $1 and (ends_at is null or ends_at > $2)) as to_people, \
     (select count(*) from group_roles where environment = $1 and (ends_at is null or ends_at > $2)) as to_groups";
const ROLES: &str = "select distinct role from role_permissions where environment = $1";
/// Pages that are open show what the old rules allowed. Whoever decides about a machine has locked its identity.
/// Whoever changes the rules sees the change on their own page, which need not be loaded again.
const BUMP: &str = "update identities set rights = rights + 1 where (kind <> 'person' \
     or id in (select identity from open_sessions)) and id <> $1 returning id as identity";
/// Whoever changes environments does it one after the other. SQLite has one writer, and needs no lock.
const LOCK: &str = "select cast(pg_advisory_xact_lock(2, 1) as text)";
/// Nothing is added to it between the look at what is in it and its removal.
const LOCK_ONE: &str = "select name from environments where name = $1 for update";

/// An environment with its rules.
#[derive(Clone, Debug)]
pub struct Kept {
    pub name: Environment,
    pub description: String,
    pub rules: Protection,
}

fn read(row: &Row) -> Result<Kept, sqlx::Error> {
    Ok(Kept {
        name: Environment::parse(row.try_get("name")?).map_err(broken)?,
        description: row.try_get("description")?,
        rules: protection(row)?,
    })
}

/// Lets one transaction at a time change environments.
pub async fn lock(source: &mut Source) -> Result<(), Unavailable> {
    if source.engine() == Engine::Postgres {
        source.optional(db::query(LOCK)).await?;
    }
    Ok(())
}

/// Returns every environment, in their order.
pub async fn all(source: &mut Source) -> Result<Vec<Kept>, Unavailable> {
    let rows = source.all(db::query(ALL)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn with_rules(statement: db::Statement, rules: Protection) -> db::Statement {
    rules.rules().into_iter().fold(statement, |statement, (_, holds)| statement.bind(i64::from(holds)))
}

/// Adds an environment below the others. Returns false if there is one of that name.
pub async fn add(source: &mut Source, new: &Kept) -> Result<bool, Unavailable> {
    let statement = db::query(ADD).bind(new.name.to_string()).bind(new.description.clone());
    Ok(source.execute(with_rules(statement, new.rules)).await? != 0)
}

/// Changes an environment from `was`. Returns false if it is different by now.
pub async fn change(source: &mut Source, was: &Kept, becomes: &Kept) -> Result<bool, Unavailable> {
    let statement = db::query(CHANGE).bind(was.name.to_string()).bind(becomes.description.clone());
    let statement = with_rules(statement, becomes.rules).bind(was.description.clone());
    Ok(source.execute(with_rules(statement, was.rules)).await? != 0)
}

/// Puts the environments in this order.
pub async fn order(source: &mut Source, names: &[Environment]) -> Result<(), Unavailable> {
    for (position, name) in (1_i64..).zip(names) {
        source.execute(db::query(PLACE).bind(position).bind(name.to_string())).await?;
    }
    Ok(())
}

/// Returns what is in an environment. Roles that come with Doorward do not count: they hold what they hold, whether or not
/// an environment has that name.
pub async fn contents(source: &mut Source, name: &Environment, now: Timestamp) -> Result<Contents, Unavailable> {
    let row = source.optional(db::query(CONTENTS).bind(name.to_string()).bind(now.0)).await?.ok_or(Unavailable)?;
    let count = |column| row.try_get::<i64>(column).map_err(unavailable);
    let roles = source.all(db::query(ROLES).bind(name.to_string())).await?;
    let roles = roles.iter().map(|row| row.try_get::<String>("role")).collect::<Result<Vec<_>, _>>();
    let own = roles.map_err(unavailable)?.into_iter().filter(|role| !is_built_in(role)).count();
    Ok(Contents {
        secrets: count("secrets")?,
        deliveries: count("deliveries")?,
        roles: i64::try_from(own).unwrap_or(i64::MAX),
        given: count("to_people")? + count("to_groups")?,
    })
}

/// Locks an environment, so that nothing is added to it until the transaction ends.
pub async fn close(source: &mut Source, name: &Environment) -> Result<(), Unavailable> {
    if source.engine() == Engine::Postgres {
        source.optional(db::query(LOCK_ONE).bind(name.to_string())).await?;
    }
    Ok(())
}

pub async fn remove(source: &mut Source, name: &Environment) -> Result<bool, Unavailable> {
    Ok(source.execute(db::query(REMOVE).bind(name.to_string())).await? != 0)
}

/// Increases the counter of lost privileges of everybody else with an open session and of every machine. Returns them.
pub async fn bump_others(source: &mut Source, by: Option<IdentityId>) -> Result<Vec<IdentityId>, Unavailable> {
    let by = by.map(|by| by.to_string()).unwrap_or_default();
    let rows = source.all(db::query(BUMP).bind(by)).await?;
    rows.iter().map(|row| identity_id(row, "identity")).collect::<Result<_, _>>().map_err(unavailable)
}
