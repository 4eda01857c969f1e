//! The tables `sessions` and `authentications`. Every write is a compare-and-set, so that nothing
//! revives an ended session.

use crate::access::machines::{bounds, owned};
use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Row, Statement, broken, unavailable};
use crate::identities::held::{self, HeldRoles};
use crate::sessions::{deployment, handles};
use doorward::guard::{Continuation, HandleHash, SessionAndPrincipal, Unavailable};
use doorward::session::{Ended, Lifetimes, Session};
use doorward::{
    Assurance, AuthenticationId, ClientOrigin, ConfirmedPlace, IdentityId, Kind, Method, Principal, SessionId,
    TimeSpan, Timestamp, is_ipv6,
};

/// The session with its identity, its authentication, and one of its handles. `$now` is the time, which the locking text
/// does not use.
macro_rules! find {
    ($which:literal, $now:literal) => {
        Lockable {
            plain: concat!("select ", held::column!($now), ", ", find!(), $which),
            locking: concat!("select ", find!(), $which, " for update of s for no key update of i for share of d"),
        }
    };
    () => {
        "s.id, s.started_at, s.last_used_at, s.idle_limit, s.ends_at, s.ended_at, s.ended_because, s.address, \
         s.other_address, s.user_agent, h.generation, h.issued_at, h.used_at, h.retired_at, h.offered_at, h.offers, \
         i.frozen_at, i.id as identity, i.name, i.display_name, i.kind, i.second_factor, i.rights, a.id as authentication, a.method, a.at as authenticated_at, \
         p.version as policy, \
         (select count(*) from notices n where n.identity = i.id and n.read_at is null) as unread, \
         case when s.identity_epoch = i.epoch and s.deployment_epoch = d.epoch and (i.kind = 'person' or exists ( \
         select 1 from machine_sessions q join machine_credentials c on c.id = q.credential and c.machine = s.identity \
         and c.revoked_at is null join machines k on k.identity = c.machine join identities o on o.id = k.owner \
         and o.frozen_at is null where q.session = s.id)) then 0 else 1 end as outlived, \
         m.permissions as only_permissions, m.environments as only_environments \
         from handles h join sessions s on s.id = h.session join identities i on i.id = s.identity \
         join authentications a on a.id = h.authentication left join machine_sessions m on m.session = s.id \
         cross join deployment d cross join policy p "
    };
}

const FIND: Lockable = find!("where h.hash = $1", "$2");
/// By session and authentication. The newest handle of that authentication is used.
const FIND_CONTINUED: Lockable =
    find!("where h.session = $1 and h.authentication = $2 order by h.generation desc limit 1", "$3");
const NOTE_USE: &str = "update sessions set last_used_at = $1 where id = $2 and ended_at is null and last_used_at < $1";
const END: &str =
    "update sessions set ended_at = $1, ended_because = $2, data = null where id = $3 and ended_at is null";
/// Keeps the confirmed address of the other family as long as the browser is the same.
const AUTHENTICATE: &str = "update sessions set authentication = $1, last_used_at = $2, \
     other_address = case when coalesce(user_agent, '') <> coalesce($4, '') then null \
     when (case when address like '%:%' then 1 else 0 end) <> $6 then address else other_address end, \
     address = $3, user_agent = $4 where id = $5 and ended_at is null";
const ADD: &str = "insert into sessions (id, identity, authentication, identity_epoch, deployment_epoch, started_at, \
     last_used_at, idle_limit, ends_at, address, user_agent) \
     select $1, i.id, $2, i.epoch, d.epoch, $3, $3, $4, $5, $6, $7 from identities i cross join deployment d \
     where i.id = $8";
/// A missing address or browser equals no other.
const NEVER_USED: &str = "select s.id from open_sessions s where s.identity = $1 and s.address = $2 and s.user_agent = $3 \
     and not exists (select 1 from handles h where h.session = s.id and (h.used_at is not null or h.generation > 1))";
const ADD_AUTHENTICATION: &str =
    "insert into authentications (id, identity, method, at, address) values ($1, $2, $3, $4, $5)";
/// The value of `ended_because` for a session past its absolute limit.
pub(crate) const EXPIRED: &str = "expired";
pub(crate) const IDLE: &str = "idle";
/// The value for a session that an epoch ended, set when the session is next looked at.
pub(crate) const REVOKED: &str = "revoked";
/// The value for a session whose replaced handle was used again.
pub(crate) const REPLAYED: &str = "a replaced handle came back";

/// Returns the session that a handle belongs to, and its principal.
pub async fn find(
    source: &mut Source,
    handle: &HandleHash,
    now: Timestamp,
) -> Result<Option<SessionAndPrincipal>, Unavailable> {
    let statement = db::query(source.text(FIND)).bind(handles::spell(handle));
    find_by(source, statement, now).await
}

/// Returns the session of a long response, with the authentication that it had at the response's
/// first decision.
pub async fn find_continued(
    source: &mut Source,
    answer: Continuation,
    now: Timestamp,
) -> Result<Option<SessionAndPrincipal>, Unavailable> {
    let statement = db::query(source.text(FIND_CONTINUED));
    let statement = statement.bind(answer.session.to_string()).bind(answer.authentication.to_string());
    find_by(source, statement, now).await
}

async fn find_by(
    source: &mut Source,
    statement: Statement,
    now: Timestamp,
) -> Result<Option<SessionAndPrincipal>, Unavailable> {
    // Taken before the epoch is read, so that the statement sees what the previous lock holder
    // committed.
    deployment::share(source).await?;
    let statement = if source.locks() { statement } else { statement.bind(now.0) };
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let identity = IdentityId::parse(row.try_get("identity").map_err(unavailable)?);
    let identity = identity.map_err(|error| unavailable(broken(error)))?;
    let roles = if source.locks() {
        // By a statement of its own: an aggregate cannot lock the rows that it is made of.
        held::held_by(source, identity, now).await?
    } else {
        let held = row.try_get("held").map_err(unavailable)?;
        HeldRoles::read(held).ok_or_else(|| unavailable(broken("no roles and permissions")))?
    };
    let machines = match source {
        // Only decisions about changes ask for them.
        Source::Writer(..) => owned::names_of(source, identity).await?,
        Source::Reader(_) => Vec::new(),
    };
    let mut found = found(&row, (identity, machines), roles, now).map_err(unavailable)?;
    if found.principal.kind.is_machine() {
        // Also a statement of its own, so that it sees what the previous lock holder committed.
        found.principal.walled_off = held::walls(source).await?;
    }
    Ok(Some(found))
}

fn ended(row: &Row) -> Result<Option<Ended>, sqlx::Error> {
    if row.try_get::<Option<i64>>("ended_at")?.is_none() {
        return Ok((row.try_get::<i64>("outlived")? != 0).then_some(Ended::Revoked));
    }
    Ok(Some(match row.try_get::<Option<&str>>("ended_because")? {
        Some(EXPIRED) => Ended::Expired,
        Some(IDLE) => Ended::Idle,
        Some(REPLAYED) => Ended::Replayed,
        _ => Ended::Revoked,
    }))
}

pub(crate) fn method(row: &Row) -> Result<Method, sqlx::Error> {
    Method::parse(row.try_get("method")?).ok_or_else(|| broken("no such method"))
}

fn found(
    row: &Row,
    (identity, machines): (IdentityId, Vec<Box<str>>),
    roles: HeldRoles,
    now: Timestamp,
) -> Result<SessionAndPrincipal, sqlx::Error> {
    let session = Session {
        id: SessionId::parse(row.try_get("id")?).map_err(broken)?,
        started: Timestamp(row.try_get("started_at")?),
        last_used: Timestamp(row.try_get("last_used_at")?),
        idle: TimeSpan(row.try_get("idle_limit")?),
        ends: Timestamp(row.try_get("ends_at")?),
        ended: ended(row)?,
        frozen: row.try_get::<Option<i64>>("frozen_at")?.is_some(),
        handle: handles::read(row)?,
    };
    let assurance = Assurance {
        authentication: AuthenticationId::parse(row.try_get("authentication")?).map_err(broken)?,
        method: method(row)?,
        at: Timestamp(row.try_get("authenticated_at")?),
    };
    let principal = Principal {
        identity,
        name: row.try_get::<String>("name")?.into(),
        display_name: row.try_get::<String>("display_name")?.into(),
        kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?,
        session: session.id,
        ends: session.ends,
        idle_ends: session.idle_end(),
        handle: session.handle,
        assurance,
        has_second_factor: row.try_get::<i64>("second_factor")? != 0,
        privileges_version: row.try_get("rights")?,
        machines,
        unread: row.try_get("unread")?,
        unconfirmed: None,
        roles: roles.roles,
        holdings: bounds::read(row)?.narrow(roles.holdings),
        walled_off: Vec::new(),
        policy: row.try_get("policy")?,
        now,
    };
    let place = ConfirmedPlace {
        last: ClientOrigin { address: row.try_get("address")?, user_agent: row.try_get("user_agent")? },
        other_family: row.try_get("other_address")?,
    };
    Ok(SessionAndPrincipal { session, principal, place })
}

/// Returns the statement that updates the last use. It does not change an ended session.
pub(crate) fn use_of(id: SessionId, now: Timestamp) -> Statement {
    db::query(NOTE_USE).bind(now.0).bind(id.to_string())
}

/// Marks a session as ended. Returns false if it had already ended. Only `endings` calls this,
/// because an end also needs a record and a revocation.
pub async fn end(
    source: &mut Source,
    id: SessionId,
    because: &'static str,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let statement = db::query(END).bind(now.0).bind(because).bind(id.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Returns the sessions of `identity` that began at this client address and browser and whose first
/// handle was never used.
pub async fn never_used(
    source: &mut Source,
    identity: IdentityId,
    place: &ClientOrigin,
) -> Result<Vec<SessionId>, Unavailable> {
    let statement =
        db::query(NEVER_USED).bind(identity.to_string()).bind(place.address.clone()).bind(place.user_agent.clone());
    let rows = source.all(statement).await?;
    let read = |row: &Row| SessionId::parse(row.try_get("id")?).map_err(broken);
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}

/// A session to be added.
#[derive(Clone)]
pub struct NewSession {
    /// Its public id.
    pub id: SessionId,
    /// The hash of its handle.
    pub handle: HandleHash,
    /// Whose it is.
    pub identity: IdentityId,
    /// How the session was authenticated.
    pub authentication: AuthenticationId,
    /// The client's address and browser.
    pub place: ClientOrigin,
}

/// Adds a session.
pub async fn add(
    source: &mut Source,
    new: NewSession,
    lifetimes: Lifetimes,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(ADD)
        .bind(new.id.to_string())
        .bind(new.authentication.to_string())
        .bind(now.0)
        .bind(lifetimes.idle.0)
        .bind(now.plus(lifetimes.absolute).0)
        .bind(new.place.address)
        .bind(new.place.user_agent)
        .bind(new.identity.to_string());
    source.execute(statement).await?;
    handles::add_first(source, &new.handle, new.id, new.authentication, now).await
}

/// An authentication to be added.
pub struct NewAuthentication {
    pub id: AuthenticationId,
    /// The identity that authenticated.
    pub identity: IdentityId,
    /// The method that was used.
    pub method: Method,
    /// The client's address.
    pub address: Option<String>,
}

/// Adds an authentication.
pub async fn add_authentication(
    source: &mut Source,
    new: NewAuthentication,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(ADD_AUTHENTICATION)
        .bind(new.id.to_string())
        .bind(new.identity.to_string())
        .bind(new.method.as_str())
        .bind(now.0)
        .bind(new.address);
    source.execute(statement).await.map(|_| ())
}

/// Stores that a session was authenticated again, and from where. The confirmed address of the
/// other family is kept if the browser is the same. Returns false if the session has ended.
pub async fn authenticate(
    source: &mut Source,
    id: SessionId,
    authentication: AuthenticationId,
    place: ClientOrigin,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let is_ipv6 = place.address.as_deref().is_some_and(is_ipv6);
    let statement = db::query(AUTHENTICATE)
        .bind(authentication.to_string())
        .bind(now.0)
        .bind(place.address)
        .bind(place.user_agent)
        .bind(id.to_string())
        .bind(i64::from(is_ipv6));
    source.execute(statement).await.map(|rows| rows == 1)
}
