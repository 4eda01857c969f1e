//! The table `demo_identities`: who belongs to the demonstration.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use doorward::guard::Unavailable;
use doorward::{IdentityId, SessionId, Timestamp};

const ADD: &str = "insert into demo_identities (identity) values ($1)";
const COUNT: &str = "select count(*) from demo_identities";
const RENEW: &str = "update passwords set phc = $1, changed_at = $2 where identity in \
     (select d.identity from demo_identities d join identities i on i.id = d.identity where i.name = $3)";
const END_SESSIONS: &str = "update sessions set ended_at = $1, ended_because = 'password changed', data = null \
     where ended_at is null and identity in \
     (select d.identity from demo_identities d join identities i on i.id = d.identity where i.name = $2)";

const CLOSE_INCIDENT: &str = "update incidents set closed_at = $1, closed_by = $2 where session = $3";

/// Closes the incident about a session of the past.
pub async fn close_incident(
    source: &mut Source,
    session: SessionId,
    by: IdentityId,
    at: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(CLOSE_INCIDENT).bind(at.0).bind(by.to_string()).bind(session.to_string());
    source.execute(statement).await.map(|_| ())
}

/// Notes that an identity belongs to the demonstration.
pub async fn add(source: &mut Source, id: IdentityId) -> Result<(), Unavailable> {
    source.execute(db::query(ADD).bind(id.to_string())).await.map(|_| ())
}

/// Whether this database holds a demonstration.
pub async fn is_here(source: &mut Source) -> Result<bool, Unavailable> {
    let row = source.optional(db::query(COUNT)).await?;
    let many: i64 = row.map_or(Ok(0), |row| row.try_get(0)).map_err(unavailable)?;
    Ok(many > 0)
}

/// Gives somebody of the demonstration a new password, and ends the sessions that the old one began.
pub async fn renew_password(source: &mut Source, name: &str, phc: String, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(RENEW).bind(phc).bind(now.0).bind(name.to_owned())).await?;
    source.execute(db::query(END_SESSIONS).bind(now.0).bind(name.to_owned())).await.map(|_| ())
}
