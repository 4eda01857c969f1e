//! The table `incidents`: what somebody should look at.

use super::{Source, notices, sessions, unavailable};
use app::store::{IncidentFacts, IncidentRow, NoticeKind};
use doorward::guard::Unavailable;
use doorward::{IdentityId, IncidentId, Moment, Place, Randomness, SessionId};
use sqlx::Row;
use sqlx::any::AnyRow;

const ADD: &str =
    "insert into incidents (id, at, identity, session, kind, address, user_agent) values ($1, $2, $3, $4, $5, $6, $7)";
const OPEN: &str = "select n.id, n.at, n.identity, n.session, n.kind, n.address, n.user_agent, i.display_name \
     from incidents n join identities i on i.id = n.identity where n.closed_at is null and ($1 = '' or n.identity = $1) \
     order by n.id desc limit 20";
const CLOSE: &str = "update incidents set closed_at = $1, closed_by = $2 where id = $3 and closed_at is null";
const WHOSE: &str = "select identity from incidents where id = $1";

/// What an incident is: a copied handle was used.
pub const REPLAY: &str = "replay";

/// Opens an incident about a session, and tells the person.
///
/// # Errors
/// Where the database does not answer.
pub async fn open(
    source: &mut Source,
    identity: IdentityId,
    session: SessionId,
    place: Place,
    now: Moment,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let id = IncidentId::new(now, random);
    let statement = sqlx::query(ADD)
        .bind(id.to_string())
        .bind(now.0)
        .bind(identity.to_string())
        .bind(session.to_string())
        .bind(REPLAY)
        .bind(place.address)
        .bind(place.user_agent);
    source.execute(statement).await?;
    notices::add(source, identity, NoticeKind::Incident, session.as_str(), now, random).await
}

/// The incidents that nobody has closed: one identity's, or everybody's. The newest first, 20 at most.
///
/// # Errors
/// Where the database does not answer.
pub async fn still_open(source: &mut Source, of: Option<IdentityId>) -> Result<Vec<IncidentRow>, Unavailable> {
    let of = of.map(|identity| identity.to_string()).unwrap_or_default();
    let rows = source.all(sqlx::query(OPEN).bind(of)).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &AnyRow) -> Result<IncidentRow, sqlx::Error> {
    Ok(IncidentRow {
        id: IncidentId::parse(row.try_get("id")?).map_err(sessions::broken)?,
        at: Moment(row.try_get("at")?),
        who: row.try_get("display_name")?,
        session: row.try_get("session")?,
        address: row.try_get("address")?,
        user_agent: row.try_get("user_agent")?,
    })
}

/// What decides about an incident.
///
/// # Errors
/// Where the database does not answer.
pub async fn facts(source: &mut Source, id: IncidentId) -> Result<Option<IncidentFacts>, Unavailable> {
    let row = source.optional(sqlx::query(WHOSE).bind(id.to_string())).await?;
    let read = |row: AnyRow| {
        let identity = IdentityId::parse(row.try_get("identity")?).map_err(sessions::broken)?;
        Ok::<_, sqlx::Error>(IncidentFacts { identity })
    };
    row.map(read).transpose().map_err(unavailable)
}

/// Closes an incident.
///
/// # Errors
/// Where the database does not answer.
pub async fn close(source: &mut Source, id: IncidentId, by: IdentityId, now: Moment) -> Result<(), Unavailable> {
    source.execute(sqlx::query(CLOSE).bind(now.0).bind(by.to_string()).bind(id.to_string())).await.map(|_| ())
}
