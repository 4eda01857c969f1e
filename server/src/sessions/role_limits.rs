//! The table `role_limits`: session lifetimes and the number of sessions per person, by role.

use crate::access::policy_version;
use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use doorward::guard::Unavailable;
use doorward::session::Lifetimes;
use doorward::{IdentityId, SessionId, TimeSpan, Timestamp};

const OF: &str = "select min(l.idle) as idle, min(l.absolute) as absolute, min(l.most) as most, \
     max(case when l.when_full = 'refuse' then 1 else 0 end) as refuses \
     from role_limits l join held_roles r on r.role = l.role where r.identity = $1 \
     and (r.ends_at is null or r.ends_at > $2)";
/// A session is unfinished if it was authenticated with a password only and its identity has a
/// second factor.
const OPEN: &str = "select s.id from open_sessions s join authentications a on a.id = s.authentication \
     join identities i on i.id = s.identity \
     where s.identity = $1 and s.ends_at > $2 and s.last_used_at + s.idle_limit > $2 \
     and case when i.second_factor = 1 and a.method = 'password' then 1 else 0 end = $3 order by s.last_used_at, s.id";
const SET: &str = "update role_limits set idle = $1, absolute = $2, most = $3, when_full = $4 where role = $5";

/// The number of sessions a person may have if none of their roles sets one.
const MOST: i64 = 10;

/// What happens when a person signs in and already has as many sessions as allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// The least recently used session ends.
    EndOldest,
    /// The sign-in is refused.
    Refuse,
}

impl WhenFull {
    /// The value in the column and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndOldest => "end_oldest",
            Self::Refuse => "refuse",
        }
    }
}

/// The strictest limits of an identity's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a session lives.
    pub lifetimes: Lifetimes,
    /// The maximum number of sessions at a time.
    pub most: i64,
    /// What happens when there would be one more.
    pub when_full: WhenFull,
}

/// Returns the limits for `identity` at `now`. `usual` applies unless one of its roles is stricter.
pub async fn of(
    source: &mut Source,
    identity: IdentityId,
    usual: Lifetimes,
    now: Timestamp,
) -> Result<Limits, Unavailable> {
    let statement = db::query(OF).bind(identity.to_string()).bind(now.0);
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    let number = |column| row.try_get::<Option<i64>>(column).map_err(unavailable);
    let strictest = Lifetimes {
        idle: number("idle")?.map_or(usual.idle, TimeSpan),
        absolute: number("absolute")?.map_or(usual.absolute, TimeSpan),
    };
    Ok(Limits {
        lifetimes: usual.and(strictest),
        most: number("most")?.unwrap_or(MOST),
        when_full: if number("refuses")? == Some(1) { WhenFull::Refuse } else { WhenFull::EndOldest },
    })
}

/// Returns the live sessions of `identity` at `now`, the least recently used first. Unfinished
/// sessions are not included.
pub async fn counting(
    source: &mut Source,
    identity: IdentityId,
    now: Timestamp,
) -> Result<Vec<SessionId>, Unavailable> {
    open(source, identity, now, false).await
}

/// Returns the unfinished sessions of `identity` at `now`, the least recently used first.
pub async fn unfinished(
    source: &mut Source,
    identity: IdentityId,
    now: Timestamp,
) -> Result<Vec<SessionId>, Unavailable> {
    open(source, identity, now, true).await
}

async fn open(
    source: &mut Source,
    identity: IdentityId,
    now: Timestamp,
    unfinished: bool,
) -> Result<Vec<SessionId>, Unavailable> {
    let statement = db::query(OPEN).bind(identity.to_string()).bind(now.0).bind(i64::from(unfinished));
    let rows = source.all(statement).await?;
    let read = |row: &Row| SessionId::parse(row.try_get("id")?).map_err(db::broken);
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}

/// The limits of one role. `None` means that the server's settings apply.
pub struct RoleLimits {
    /// The idle limit.
    pub idle: Option<TimeSpan>,
    /// The absolute limit.
    pub absolute: Option<TimeSpan>,
    /// The maximum number of sessions of a person.
    pub most: u16,
    /// What happens when there would be one more.
    pub when_full: WhenFull,
}

/// Sets the limits of a role. Returns false if there is no such role.
pub async fn set(source: &mut Source, role: &str, limits: &RoleLimits) -> Result<bool, Unavailable> {
    let statement = db::query(SET)
        .bind(limits.idle.map(|span| span.0))
        .bind(limits.absolute.map(|span| span.0))
        .bind(i64::from(limits.most))
        .bind(limits.when_full.as_str())
        .bind(role.to_owned());
    let known = source.execute(statement).await? == 1;
    policy_version::changed(source).await?;
    Ok(known)
}
