//! The table `demo_identities`: who belongs to the demonstration.

use crate::db::transaction::Source;
use crate::db::unavailable;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Timestamp};
use sqlx::Row;

const ADD: &str = "insert into demo_identities (identity) values ($1)";
const COUNT: &str = "select count(*) from demo_identities";
const RENEW: &str = "update passwords set phc = $1, changed_at = $2 where identity in \
     (select d.identity from demo_identities d join identities i on i.id = d.identity where i.name = $3)";
const END_SESSIONS: &str = "update sessions set ended_at = $1, ended_because = 'password changed', data = null \
     where ended_at is null and identity in \
     (select d.identity from demo_identities d join identities i on i.id = d.identity where i.name = $2)";

/// Notes that an identity belongs to the demonstration.
///
/// # Errors
/// Where the database does not answer.
pub async fn add(source: &mut Source, id: IdentityId) -> Result<(), Unavailable> {
    source.execute(sqlx::query(ADD).bind(id.to_string())).await.map(|_| ())
}

/// Whether this database holds a demonstration.
///
/// # Errors
/// Where the database does not answer.
pub async fn is_here(source: &mut Source) -> Result<bool, Unavailable> {
    let row = source.optional(sqlx::query(COUNT)).await?;
    let many: i64 = row.map_or(Ok(0), |row| row.try_get(0)).map_err(unavailable)?;
    Ok(many > 0)
}

/// Gives somebody of the demonstration a new password, and ends the sessions that the old one began.
///
/// # Errors
/// Where the database does not answer.
pub async fn renew_password(source: &mut Source, name: &str, phc: String, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(sqlx::query(RENEW).bind(phc).bind(now.0).bind(name.to_owned())).await?;
    source.execute(sqlx::query(END_SESSIONS).bind(now.0).bind(name.to_owned())).await.map(|_| ())
}
