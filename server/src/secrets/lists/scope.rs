//! Where somebody's secrets are, for a search by words.

use super::narrowed::own;
use crate::db::transaction::Source;
use crate::db::{self, Value, unavailable};
use crate::secrets::environments;
use app::secrets::policy::{INVENTORY, ReadSecret};
use doorward::Principal;
use doorward::action::Action as _;
use doorward::guard::Unavailable;
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

/// So many secrets are looked through one by one.
const FEW: i64 = 2_000;

/// The environments in which somebody may know of secrets.
pub struct Scope {
    /// Of every secret.
    pub overseen: Vec<String>,
    /// Of those that they own or were granted.
    pub rest: Vec<String>,
    /// Selects the ids of what they own or were granted.
    pub own: String,
    /// What [`Scope::own`] binds.
    pub values: Vec<Value>,
}

/// Returns where `who` may know of secrets.
pub async fn of(source: &mut Source, who: &Principal) -> Result<Scope, Unavailable> {
    let all = environments::names(source).await?;
    let readable = all.into_iter().filter(|name| who.holds(ReadSecret::NAME).within(name).allows());
    let (overseen, rest): (Vec<_>, Vec<_>) = readable.partition(|name| who.holds(INVENTORY).within(name).allows());
    let names = |environments: Vec<doorward::Environment>| environments.iter().map(ToString::to_string).collect();
    Ok(Scope {
        overseen: names(overseen),
        rest: names(rest),
        own: own("$1", "$2"),
        values: vec![who.identity.to_string().into(), who.now.0.into()],
    })
}

/// Returns [`Scope::own`] if it selects only a few secrets, so that their words are looked through.
pub async fn few(source: &mut Source, scope: &Scope) -> Result<Option<String>, Unavailable> {
    let text = format!("select count(*) from (select id from ({}) o limit {}) c", scope.own, FEW + 1);
    let statement = db::query(AssertSqlSafe(text).into_sql_str());
    let statement = scope.values.iter().cloned().fold(statement, db::Statement::bind);
    let row = source.optional(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get(0)).map_err(unavailable)?;
    Ok((count <= FEW).then(|| scope.own.clone()))
}
