//! The table `incidents`: events that somebody should look at.

use crate::account::notices;
use crate::db::transaction::Source;
use crate::db::{self, Database, Row, unavailable};
use crate::identities;
use crate::ledger::sealer;
use app::access::policy::CloseIncident;
use app::access::store::{Closed, IncidentFacts, IncidentKind, IncidentRow};
use app::account::notices::NoticeKind;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::ledger::Who;
use doorward::{ClientOrigin, IdentityId, IncidentId, Randomness, SessionId, Timestamp};

const ADD: &str =
    "insert into incidents (id, at, identity, session, kind, address, user_agent) values ($1, $2, $3, $4, $5, $6, $7)";
const KNOWN: &str = "select count(*) as many from incidents where session = $1 and kind = $2";

/// The incidents about $1, or about everybody if that is empty, with a condition on the viewer
/// ($2). Somebody who disclosed a canary is not told.
macro_rules! listed {
    ($condition:literal) => {
        concat!(
            "select n.id, n.at, n.identity, n.session, n.kind, n.address, n.user_agent, n.acknowledged_at, n.closed_at, \
             i.display_name, c.display_name as closer from incidents n join identities i on i.id = n.identity \
             left join identities c on c.id = n.closed_by where ($1 = '' or (n.identity = $1 and n.kind <> 'canary')) and ",
            $condition,
            " order by n.id desc limit 20"
        )
    };
}
const OPEN: &str = listed!("n.closed_at is null and not (n.identity = $2 and n.acknowledged_at is not null)");
const EARLIER: &str = listed!("(n.closed_at is not null or (n.identity = $2 and n.acknowledged_at is not null))");
const CLOSE: &str = "update incidents set closed_at = $1, closed_by = $2 where id = $3 and closed_at is null";
const ACKNOWLEDGE: &str = "update incidents set acknowledged_at = $1 where id = $2 and acknowledged_at is null";
const WHOSE: &str = "select identity from incidents where id = $1";

/// Opens an incident about a session of `owner`, and notifies them and everybody who can close it.
/// `place` is where the copied handle was used.
pub async fn open(
    source: &mut Source,
    kind: IncidentKind,
    owner: &Who,
    session: SessionId,
    place: &ClientOrigin,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let id = IncidentId::new(now, random);
    let statement = db::query(ADD)
        .bind(id.to_string())
        .bind(now.0)
        .bind(owner.identity.to_string())
        .bind(session.to_string())
        .bind(kind.as_str())
        .bind(place.address.clone())
        .bind(place.user_agent.clone());
    source.execute(statement).await?;
    let notice = match kind {
        IncidentKind::Replay => NoticeKind::Incident,
        IncidentKind::RenewalsIgnored => NoticeKind::SessionSuspect,
        IncidentKind::Fork => NoticeKind::LedgerForked,
        IncidentKind::DeliveryRetried => NoticeKind::DeliveryRetried,
        IncidentKind::Canary => NoticeKind::CanaryDisclosed,
    };
    notices::add(source, owner.identity, notice, session.as_str(), now, random).await?;
    for closer in identities::sql::holding_everywhere(source, CloseIncident::NAME, now).await? {
        if closer != owner.identity {
            notices::add(source, closer, NoticeKind::IncidentOpened, &owner.name, now, random).await?;
        }
    }
    Ok(())
}

/// Opens an incident about a session that disclosed a canary, and tells everybody who can close it,
/// also if it is their own. Nobody else is told: an intruder may read the owner's inbox.
pub async fn open_canary(
    source: &mut Source,
    (owner, session): (&Who, SessionId),
    canary: &str,
    place: &ClientOrigin,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let statement = db::query(ADD)
        .bind(IncidentId::new(now, random).to_string())
        .bind(now.0)
        .bind(owner.identity.to_string())
        .bind(session.to_string())
        .bind(IncidentKind::Canary.as_str())
        .bind(place.address.clone())
        .bind(place.user_agent.clone());
    source.execute(statement).await?;
    let name = identities::people::display_name(source, owner.identity).await?;
    let about = format!("{name} disclosed a canary: {canary}");
    for closer in identities::sql::holding_everywhere(source, CloseIncident::NAME, now).await? {
        notices::add(source, closer, NoticeKind::CanaryDisclosed, &about, now, random).await?;
    }
    Ok(())
}

/// Opens an incident of this kind about something, unless there is one. `about` is its id, the
/// identity concerned, and their name. Everybody else who can close it is notified. Returns whether
/// it was opened.
pub async fn open_about(
    source: &mut Source,
    kind: IncidentKind,
    (about, concerned, name): (&str, IdentityId, &str),
    place: &ClientOrigin,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<bool, Unavailable> {
    if known(source, kind, about).await? {
        return Ok(false);
    }
    let statement = db::query(ADD)
        .bind(IncidentId::new(now, random).to_string())
        .bind(now.0)
        .bind(concerned.to_string())
        .bind(about.to_owned())
        .bind(kind.as_str())
        .bind(place.address.clone())
        .bind(place.user_agent.clone());
    source.execute(statement).await?;
    for closer in identities::sql::holding_everywhere(source, CloseIncident::NAME, now).await? {
        if closer != concerned {
            notices::add(source, closer, NoticeKind::IncidentOpened, name, now, random).await?;
        }
    }
    Ok(true)
}

/// Opens an incident about the ledger's history and notifies everybody who can close it, once for
/// each fork. It is stored under the first of them. If there is nobody, nothing is opened.
pub async fn open_fork(
    database: &Database,
    about: &str,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let mut source = Source::writer(database).await?;
    // On PostgreSQL, this lock makes processes check one after the other.
    sealer::sql::head(&mut source).await?;
    if known(&mut source, IncidentKind::Fork, about).await? {
        return Ok(());
    }
    let told = identities::sql::holding_everywhere(&mut source, CloseIncident::NAME, now).await?;
    let Some(first) = told.first() else { return Ok(()) };
    let statement = db::query(ADD)
        .bind(IncidentId::new(now, random).to_string())
        .bind(now.0)
        .bind(first.to_string())
        .bind(about.to_owned())
        .bind(IncidentKind::Fork.as_str())
        .bind(None::<String>)
        .bind(None::<String>);
    source.execute(statement).await?;
    for identity in told {
        notices::add(&mut source, identity, NoticeKind::LedgerForked, about, now, random).await?;
    }
    source.commit().await
}

/// Returns whether there is an incident of this kind about a session, open or closed.
pub async fn is_known(source: &mut Source, kind: IncidentKind, session: SessionId) -> Result<bool, Unavailable> {
    known(source, kind, session.as_str()).await
}

/// Returns whether there is an incident of this kind about something, open or closed.
pub async fn is_known_about(source: &mut Source, kind: IncidentKind, about: &str) -> Result<bool, Unavailable> {
    known(source, kind, about).await
}

async fn known(source: &mut Source, kind: IncidentKind, about: &str) -> Result<bool, Unavailable> {
    let statement = db::query(KNOWN).bind(about.to_owned()).bind(kind.as_str());
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    row.try_get::<i64>("many").map(|count| count > 0).map_err(unavailable)
}

/// Returns the incidents that wait for `asker`, about them or about everybody. The newest first, at
/// most 20.
pub async fn still_open(
    source: &mut Source,
    of: Option<IdentityId>,
    asker: IdentityId,
) -> Result<Vec<IncidentRow>, Unavailable> {
    list(source, OPEN, of, asker).await
}

/// Returns the incidents that were closed, or acknowledged by `asker` as the person concerned. The
/// newest first, at most 20.
pub async fn earlier(
    source: &mut Source,
    of: Option<IdentityId>,
    asker: IdentityId,
) -> Result<Vec<IncidentRow>, Unavailable> {
    list(source, EARLIER, of, asker).await
}

async fn list(
    source: &mut Source,
    statement: &'static str,
    of: Option<IdentityId>,
    asker: IdentityId,
) -> Result<Vec<IncidentRow>, Unavailable> {
    let of = of.map(|identity| identity.to_string()).unwrap_or_default();
    let rows = source.all(db::query(statement).bind(of).bind(asker.to_string())).await?;
    rows.iter().map(|row| read(row, asker)).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &Row, asker: IdentityId) -> Result<IncidentRow, sqlx::Error> {
    let identity = IdentityId::parse(row.try_get("identity")?).map_err(db::broken)?;
    let closed = row.try_get::<Option<i64>>("closed_at")?.map(Timestamp);
    let closer: Option<String> = row.try_get("closer")?;
    Ok(IncidentRow {
        id: IncidentId::parse(row.try_get("id")?).map_err(db::broken)?,
        at: Timestamp(row.try_get("at")?),
        kind: IncidentKind::parse(row.try_get("kind")?).ok_or_else(|| db::broken("no such kind of incident"))?,
        who: row.try_get("display_name")?,
        is_own: identity == asker,
        session: row.try_get("session")?,
        address: row.try_get("address")?,
        user_agent: row.try_get("user_agent")?,
        acknowledged: row.try_get::<Option<i64>>("acknowledged_at")?.map(Timestamp),
        closed: closed.map(|at| Closed { at, by: closer.unwrap_or_default() }),
    })
}

/// Returns the facts for decisions about an incident.
pub async fn facts(source: &mut Source, id: IncidentId) -> Result<Option<IncidentFacts>, Unavailable> {
    let row = source.optional(db::query(WHOSE).bind(id.to_string())).await?;
    let read = |row: Row| {
        let identity = IdentityId::parse(row.try_get("identity")?).map_err(db::broken)?;
        Ok::<_, sqlx::Error>(IncidentFacts { identity })
    };
    row.map(read).transpose().map_err(unavailable)
}

/// Closes an incident.
pub async fn close(source: &mut Source, id: IncidentId, by: IdentityId, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(CLOSE).bind(now.0).bind(by.to_string()).bind(id.to_string())).await.map(|_| ())
}

/// Stores that the person concerned has seen an incident.
pub async fn acknowledge(source: &mut Source, id: IncidentId, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(ACKNOWLEDGE).bind(now.0).bind(id.to_string())).await.map(|_| ())
}
