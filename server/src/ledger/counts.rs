//! The table `record_counts`: sealed decisions of each kind by hour, for the charts.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::ledger::records::not_routine;
use app::ledger::search::Routine;
use app::ledger::store::DecisionCount;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome};
use doorward::{Environment, Environments, TimeSpan, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use std::collections::HashMap;

const ADD: &str = "insert into record_counts (hour, action, entry, decision, reason_code, environment, outcome, \
     many) values ($1, $2, $3, $4, $5, $6, $7, $8) \
     on conflict (hour, action, entry, decision, reason_code, environment, outcome) \
     do update set many = record_counts.many + excluded.many";
const SINCE: &str = "select hour, action, decision, reason_code, environment, outcome, cast(sum(many) as bigint) as total \
     from record_counts where hour >= $1";
const GROUPED: &str = " group by hour, action, decision, reason_code, environment, outcome";
/// Stands for a missing environment or outcome.
const NONE: &str = "";

/// Counts records. Called in the transaction that seals them, so each is counted once.
pub(crate) async fn add(source: &mut Source, records: &[AuditEntry]) -> Result<(), Unavailable> {
    let mut counts = HashMap::new();
    for record in records {
        let environment = record.environment.as_ref().map_or(NONE, Environment::as_str);
        let outcome = record.outcome.map_or(NONE, Outcome::as_str);
        let decided = (record.allowed, &record.code, outcome);
        let sort = (hour(record.at), &record.action, record.entry.as_str(), decided, environment);
        *counts.entry(sort).or_insert(0_i64) += 1;
    }
    for ((hour, action, entry, (allowed, code, outcome), environment), many) in counts {
        let statement = db::query(ADD)
            .bind(hour)
            .bind(action.clone())
            .bind(entry)
            .bind(if allowed { "allowed" } else { "refused" })
            .bind(code.clone())
            .bind(environment.to_owned())
            .bind(outcome)
            .bind(many);
        source.execute(statement).await?;
    }
    Ok(())
}

/// Returns the number of decisions of each kind within `scope`, by hour, from `from` on.
pub(crate) async fn since(
    source: &mut Source,
    scope: &Environments,
    routine: Routine,
    from: Timestamp,
) -> Result<Vec<DecisionCount>, Unavailable> {
    let without = if routine == Routine::Hidden { format!(" and {}", not_routine()) } else { String::new() };
    let text = AssertSqlSafe(format!("{SINCE}{without}{GROUPED}")).into_sql_str();
    let rows = source.all(db::query(text).bind(hour(from))).await?;
    let covered = |row: &&Row| match (scope, row.try_get::<&str>("environment")) {
        (Environments::Everywhere, _) => true,
        (Environments::Only(environments), Ok(name)) => {
            environments.iter().any(|environment| environment.as_str() == name)
        }
        (Environments::Only(_), Err(_)) => false,
    };
    let read = |row: &Row| {
        Ok::<_, sqlx::Error>(DecisionCount {
            from: Timestamp(row.try_get::<i64>("hour")?.saturating_mul(TimeSpan::hours(1).0)),
            action: row.try_get("action")?,
            environment: row.try_get("environment")?,
            allowed: row.try_get::<&str>("decision")? == "allowed",
            outcome: Outcome::parse(row.try_get("outcome")?),
            code: row.try_get("reason_code")?,
            many: row.try_get("total")?,
        })
    };
    rows.iter().filter(covered).map(read).collect::<Result<_, _>>().map_err(unavailable)
}

const fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(TimeSpan::hours(1).0)
}
