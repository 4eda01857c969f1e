//! The table `role_limits`: what sessions may last, and how many a person may have, by role.

use crate::access::policy_version;
use crate::db::transaction::Source;
use crate::db::unavailable;
use crate::sessions::sql;
use doorward::guard::Unavailable;
use doorward::session::Lifetimes;
use doorward::{IdentityId, SessionId, TimeSpan, Timestamp};
use sqlx::Row;

const OF: &str = "select min(l.idle) as idle, min(l.absolute) as absolute, min(l.most) as most, \
     max(case when l.when_full = 'refuse' then 1 else 0 end) as refuses \
     from role_limits l join identity_roles r on r.role = l.role where r.identity = $1";
/// A session waits for its second factor if it has shown a password alone, and its identity has another factor.
const OPEN: &str = "select s.id from open_sessions s join authentications a on a.id = s.authentication \
     join identities i on i.id = s.identity \
     where s.identity = $1 and s.ends_at > $2 and s.last_used_at + s.idle_limit > $2 \
     and case when i.second_factor = 1 and a.method = 'password' then 1 else 0 end = $3 order by s.last_used_at, s.id";
const SET: &str = "update role_limits set idle = $1, absolute = $2, most = $3, when_full = $4 where role = $5";

/// How many sessions somebody may have whose roles say nothing of it.
const MOST: i64 = 10;

/// What happens to a sign-in when somebody has as many sessions as they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// The session that was used least lately ends.
    EndOldest,
    /// The sign-in is refused.
    Refuse,
}

impl WhenFull {
    /// As its column and the command line spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndOldest => "end_oldest",
            Self::Refuse => "refuse",
        }
    }
}

/// The strictest limits of somebody's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a session lives.
    pub lifetimes: Lifetimes,
    /// How many there may be at a time.
    pub most: i64,
    /// What happens to one more.
    pub when_full: WhenFull,
}

/// The limits for `identity`; `usual` holds where none of its roles is stricter.
///
/// # Errors
/// Where the database does not answer.
pub async fn of(source: &mut Source, identity: IdentityId, usual: Lifetimes) -> Result<Limits, Unavailable> {
    let row = source.optional(sqlx::query(OF).bind(identity.to_string())).await?.ok_or(Unavailable)?;
    let number = |column| row.try_get::<Option<i64>, _>(column).map_err(unavailable);
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

/// The sessions of `identity` that count at `now`, the one that was used least lately first. Those that wait for their
/// second factor are not among them.
///
/// # Errors
/// Where the database does not answer.
pub async fn counting(
    source: &mut Source,
    identity: IdentityId,
    now: Timestamp,
) -> Result<Vec<SessionId>, Unavailable> {
    open(source, identity, now, false).await
}

/// The sessions of `identity` that wait for their second factor at `now`, the one that was used least lately first.
///
/// # Errors
/// Where the database does not answer.
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
    let statement = sqlx::query(OPEN).bind(identity.to_string()).bind(now.0).bind(i64::from(unfinished));
    let rows = source.all(statement).await?;
    let read = |row: &sqlx::any::AnyRow| SessionId::parse(row.try_get("id")?).map_err(sql::broken);
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}

/// Limits of one role, as somebody sets them; nothing stands for the settings' own.
pub struct RoleLimits {
    /// How long its sessions may lie unused.
    pub idle: Option<TimeSpan>,
    /// How long they may last in all.
    pub absolute: Option<TimeSpan>,
    /// How many a person may have.
    pub most: u16,
    /// What happens to one more.
    pub when_full: WhenFull,
}

/// Sets the limits of a role. False where there is no such role.
///
/// # Errors
/// Where the database does not answer.
pub async fn set(source: &mut Source, role: &str, limits: &RoleLimits) -> Result<bool, Unavailable> {
    let statement = sqlx::query(SET)
        .bind(limits.idle.map(|span| span.0))
        .bind(limits.absolute.map(|span| span.0))
        .bind(i64::from(limits.most))
        .bind(limits.when_full.as_str())
        .bind(role.to_owned());
    let known = source.execute(statement).await? == 1;
    policy_version::changed(source).await?;
    Ok(known)
}
