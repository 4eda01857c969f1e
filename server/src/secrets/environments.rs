//! The table `environments`: their order, and the rules that hold in each.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, broken, unavailable};
use app::secrets::store::EnvironmentFacts;
use doorward::Environment;
use doorward::guard::Unavailable;
use doorward::policy::Protection;

/// The columns of [`protection`], of an environment aliased `e`.
macro_rules! rules {
    () => {
        "e.protected, e.second_factor, e.asks_reason, e.no_machines"
    };
}
pub(crate) use rules;

macro_rules! facts {
    () => {
        concat!("select ", rules!(), " from environments e where e.name = $1")
    };
}

const FACTS: Lockable = Lockable { plain: facts!(), locking: concat!(facts!(), " for share of e") };
const ALL: &str = concat!("select e.name, ", rules!(), " from environments e order by e.position, e.name");

/// Reads the columns of [`rules`].
pub(crate) fn protection(row: &Row) -> Result<Protection, sqlx::Error> {
    let holds = |column| row.try_get::<i64>(column).map(|value| value != 0);
    Ok(Protection {
        fresh: holds("protected")?,
        second_factor: holds("second_factor")?,
        reason: holds("asks_reason")?,
        no_machines: holds("no_machines")?,
    })
}

/// Returns all environments with their rules, in their order.
pub async fn all(source: &mut Source) -> Result<Vec<EnvironmentFacts>, Unavailable> {
    let rows = source.all(db::query(ALL)).await?;
    let read = |row: &Row| {
        let environment = Environment::parse(row.try_get("name")?).map_err(broken)?;
        Ok(EnvironmentFacts { environment, protection: protection(row)? })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the names of all environments, in their order.
pub async fn names(source: &mut Source) -> Result<Vec<Environment>, Unavailable> {
    Ok(all(source).await?.into_iter().map(|facts| facts.environment).collect())
}

/// Returns the facts for decisions about an environment. A transaction locks its rules.
pub async fn facts(source: &mut Source, name: &Environment) -> Result<Option<EnvironmentFacts>, Unavailable> {
    let row = source.optional(db::query(source.text(FACTS)).bind(name.to_string())).await?;
    let protection = row.as_ref().map(protection).transpose().map_err(unavailable)?;
    Ok(protection.map(|protection| EnvironmentFacts { environment: name.clone(), protection }))
}
