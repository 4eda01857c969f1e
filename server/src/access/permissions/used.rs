//! What accounts did in the last 90 days, by the ledger's records, and which of their roles that needed.

use crate::access::rows::{GivenRow, PolicyRows};
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::identities::sql::identity_id;
use crate::ledger::records;
use app::access::store::permissions::UnusedRole;
use app::routes;
use doorward::guard::Unavailable;
use doorward::{Holding, IdentityId, TimeSpan, Timestamp, Within};
use std::collections::HashMap;

/// A role that was not needed for this long counts as unused.
pub const UNUSED_AFTER: TimeSpan = TimeSpan::hours(90 * 24);

const USED: &str = "select identity, action, coalesce(environment, '') as environment, max(at) as at from audit \
     where id >= $1 and decision = 'allowed' and identity is not null group by identity, action, coalesce(environment, '')";
const SINCE: &str = "select at from audit order by id limit 1";
const OWN: &str = "select r.identity, r.role, r.environment, r.given_at, i.name, i.display_name from identity_roles r \
     join identities i on i.id = r.identity where i.frozen_at is null and (r.ends_at is null or r.ends_at > $1) \
     and (r.given_at is null or r.given_at <= $2) order by i.name, r.role, r.environment";

/// Something that an account was allowed.
#[derive(Clone, Debug)]
pub struct Use {
    pub permission: &'static str,
    /// Empty if it concerned no environment.
    pub environment: String,
    pub last: Timestamp,
}

/// Returns what each account was allowed since `from`, by the permission that it took.
///
/// # Errors
/// If the database does not answer.
pub async fn since(source: &mut Source, from: Timestamp) -> Result<HashMap<IdentityId, Vec<Use>>, Unavailable> {
    let permissions = permissions();
    let rows = source.all(db::query(USED).bind(records::first_at(from))).await?;
    let mut uses: HashMap<IdentityId, Vec<Use>> = HashMap::new();
    for row in &rows {
        let action: &str = row.try_get("action").map_err(unavailable)?;
        let Some(permission) = permissions.get(action).copied() else { continue };
        let used = Use {
            permission,
            environment: row.try_get("environment").map_err(unavailable)?,
            last: Timestamp(row.try_get("at").map_err(unavailable)?),
        };
        uses.entry(identity_id(row, "identity").map_err(unavailable)?).or_default().push(used);
    }
    Ok(uses)
}

/// Which permission each action takes.
fn permissions() -> HashMap<&'static str, &'static str> {
    let mut known = HashMap::new();
    for route in routes::manifest() {
        let actions = route.actions.into_iter().map(|(_, question)| question);
        for question in route.loaders.into_iter().chain(actions) {
            known.extend(question.permission.map(|permission| (question.action, permission)));
        }
    }
    known.extend(
        routes::functions().into_iter().filter_map(|(_, question)| Some((question.action, question.permission?))),
    );
    known
}

/// Returns from when on there are records in the database.
///
/// # Errors
/// If the database does not answer.
pub async fn records_since(source: &mut Source) -> Result<Option<Timestamp>, Unavailable> {
    let Some(row) = source.optional(db::query(SINCE)).await? else { return Ok(None) };
    row.try_get::<Option<i64>>("at").map(|at| at.map(Timestamp)).map_err(unavailable)
}

/// Whether holdings include what was used.
fn include(holdings: &[Holding], used: &Use) -> bool {
    let fits = |holding: &Holding| match &holding.within {
        Within::Everywhere => true,
        Within::Only(environment) => used.environment.is_empty() || *environment.as_str() == *used.environment,
    };
    holdings.iter().any(|holding| *holding.permission == *used.permission && fits(holding))
}

/// Returns the roles without which every decision since `from` would have been the same for their accounts. A role that
/// was given later is not among them.
///
/// # Errors
/// If the database does not answer.
pub async fn unused(
    source: &mut Source,
    rows: &PolicyRows,
    uses: &HashMap<IdentityId, Vec<Use>>,
    (now, from): (Timestamp, Timestamp),
) -> Result<Vec<UnusedRole>, Unavailable> {
    let own = source.all(db::query(OWN).bind(now.0).bind(from.0)).await?;
    let own: Vec<_> = own.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)?;
    let is_unused = |role: &UnusedRole| {
        let others = without(rows, role);
        let all = rows.held(role.identity).holdings;
        let rest = others.held(role.identity).holdings;
        let used = uses.get(&role.identity).map(Vec::as_slice).unwrap_or_default();
        !used.iter().any(|used| include(&all, used) && !include(&rest, used))
    };
    Ok(own.into_iter().filter(is_unused).collect())
}

fn read(row: &Row) -> Result<UnusedRole, sqlx::Error> {
    Ok(UnusedRole {
        identity: identity_id(row, "identity")?,
        name: row.try_get("name")?,
        display_name: row.try_get("display_name")?,
        role: row.try_get("role")?,
        within: Within::parse(row.try_get("environment")?).ok_or_else(|| broken("no such environment"))?,
        given: row.try_get::<Option<i64>>("given_at")?.map(Timestamp),
    })
}

/// The rows of one account without one of its own roles.
fn without(rows: &PolicyRows, role: &UnusedRole) -> PolicyRows {
    let is_it =
        |row: &GivenRow| row.by_group.is_none() && row.role == role.role && row.environment == role.within.as_str();
    let given = rows.given.get(&role.identity).into_iter().flatten().filter(|row| !is_it(row)).cloned().collect();
    PolicyRows {
        given: HashMap::from([(role.identity, given)]),
        permissions: rows.permissions.clone(),
        ..PolicyRows::default()
    }
}
