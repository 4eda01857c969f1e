//! The table `revocations`, and the ending of sessions by scope.

mod kept;

pub use kept::{facts, last, last_of, one};

use crate::db::transaction::Source;
use crate::db::{self, Statement, unavailable};
use crate::identities;
use crate::sessions::deployment;
use crate::sessions::list::{card, cards, counting};
use app::sessions::revocations::Preview;
use app::sessions::scope::Scope;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Randomness, RevocationId, SessionId, Timestamp};

/// Statements for the sessions that match a condition on `s`. $1 is the time, $2 the condition's
/// parameter.
struct Chosen {
    count: &'static str,
    first: &'static str,
    end: &'static str,
}

macro_rules! chosen {
    ($condition:literal) => {
        Chosen {
            count: concat!(
                "select count(*) as sessions, count(distinct s.identity) as identities, \
                 sum(case when s.id = $3 then 1 else 0 end) as own from open_sessions s where ",
                counting!(),
                " and ",
                $condition
            ),
            first: concat!(card!("where "), counting!(), " and ", $condition, " order by s.last_used_at desc, s.id limit 20"),
            end: concat!(
                "update sessions set ended_at = $1, ended_because = $3, data = null where ended_at is null and id <> $4 \
                 and id in (select s.id from open_sessions s where ",
                $condition,
                ")"
            ),
        }
    };
}

const BY_ID: Chosen = chosen!("s.id = $2");
const BY_NAME: Chosen = chosen!("s.name = $2");
const BY_ROLE: Chosen =
    chosen!("s.identity in (select identity from held_roles where role = $2 and (ends_at is null or ends_at > $1))");
const BY_METHOD: Chosen = chosen!("s.authentication in (select id from authentications where method = $2)");
const BY_ADDRESS: Chosen = chosen!("(s.address = $2 or s.other_address = $2)");
const BEFORE: Chosen = chosen!("s.authentication in (select id from authentications where at < $2)");
const EVERY: Chosen = chosen!("$2 = ''");

const ADDRESSES: &str = "select address from open_sessions where address is not null \
     union select other_address from open_sessions where other_address is not null";
const OUTDATE_IDENTITY: &str = "update identities set epoch = epoch + 1 where name = $1";
const OUTDATE_ROLE: &str = "update identities set epoch = epoch + 1 where id in (select identity from held_roles where role = $1 \
     and (ends_at is null or ends_at > $2))";
const OUTDATE_ALL: &str = "update deployment set epoch = epoch + 1";
/// Moves the asking session into the new epoch, so that it stays live.
const SPARE: &str = "update sessions set identity_epoch = (select epoch from identities where id = sessions.identity), \
     deployment_epoch = (select epoch from deployment) where id = $1 and ended_at is null";
const NEXT_NUMBER: &str = "update revocation_count set number = number + 1 returning number";
const ADD: &str = "insert into revocations (id, number, at, by_identity, by_name, scope, subject, identity, ended, \
     committed_at, streams, tabs) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0)";
const IDENTITY_OF_SESSION: &str = "select identity from sessions where id = $1";
const IDENTITY_OF_NAME: &str = "select id from identities where name = $1";
/// The value of `by_name` if a rule ended the session and not a person.
const BY_RULE: &str = "a rule of Doorward";
/// The parameter of a condition.
#[derive(Clone)]
enum About {
    Text(String),
    At(Timestamp),
}

impl About {
    fn bind(&self, statement: Statement) -> Statement {
        match self {
            Self::Text(text) => statement.bind(text.clone()),
            Self::At(at) => statement.bind(at.0),
        }
    }
}

/// Translates a scope into conditions. A network becomes the addresses in it that sessions came
/// from.
async fn parts(source: &mut Source, scope: &Scope) -> Result<Vec<(&'static Chosen, About)>, Unavailable> {
    let chosen = match scope {
        Scope::Network(network) => {
            let rows = source.all(db::query(ADDRESSES)).await?;
            let addresses = rows.iter().map(|row| row.try_get::<String>("address").map_err(unavailable));
            let addresses: Vec<String> = addresses.collect::<Result<_, _>>()?;
            let within = addresses.into_iter().filter(|address| network.contains(address));
            return Ok(within.map(|address| (&BY_ADDRESS, About::Text(address))).collect());
        }
        Scope::Before(at) => return Ok(vec![(&BEFORE, About::At(*at))]),
        Scope::Session(_) => &BY_ID,
        Scope::Identity(_) => &BY_NAME,
        Scope::Role(_) => &BY_ROLE,
        Scope::Method(_) => &BY_METHOD,
        Scope::Everything => &EVERY,
    };
    Ok(vec![(chosen, About::Text(scope.subject()))])
}

/// Returns what a revocation would end at `now`, and whether `this` session is among it.
pub async fn preview(
    source: &mut Source,
    scope: &Scope,
    this: SessionId,
    now: Timestamp,
) -> Result<Preview, Unavailable> {
    let exists = match scope {
        Scope::Identity(name) => identities::sql::person(source, name).await?.is_some(),
        Scope::Role(role) => identities::sql::roles(source).await?.contains(role),
        _ => true,
    };
    let mut preview = Preview { sessions: 0, identities: 0, own: false, first: Vec::new(), exists };
    for (chosen, about) in parts(source, scope).await? {
        let counted = about.bind(db::query(chosen.count).bind(now.0)).bind(this.to_string());
        let row = source.optional(counted).await?.ok_or(Unavailable)?;
        preview.sessions += row.try_get::<i64>("sessions").map_err(unavailable)?;
        preview.identities += row.try_get::<i64>("identities").map_err(unavailable)?;
        preview.own |= row.try_get::<Option<i64>>("own").map_err(unavailable)?.unwrap_or_default() > 0;
        let rows = source.all(about.bind(db::query(chosen.first).bind(now.0))).await?;
        preview.first.extend(cards(&rows)?);
    }
    preview.first.truncate(20);
    Ok(preview)
}

/// The author of a revocation.
pub struct By {
    /// The identity, or `None` for the command line.
    pub identity: Option<IdentityId>,
    /// Their display name.
    pub name: String,
    /// A session that stays live.
    pub spare: Option<SessionId>,
}

/// Ends the sessions of `scope` inside a transaction and stores the revocation under `id`. Sessions
/// of one identity, of a role or of everybody end by a single update, however many there are.
/// Returns the identity if the sessions were one identity's.
pub async fn end(
    source: &mut Source,
    id: RevocationId,
    scope: &Scope,
    by: &By,
    now: Timestamp,
) -> Result<Option<IdentityId>, Unavailable> {
    let ended = match scope {
        // These end by one update of an epoch. They are counted after the commit, so that counting
        // delays nobody.
        Scope::Identity(_) | Scope::Role(_) | Scope::Everything => 0,
        Scope::Session(_) | Scope::Method(_) | Scope::Network(_) | Scope::Before(_) => {
            preview_count(source, scope, by.spare, now).await?
        }
    };
    match scope {
        Scope::Identity(name) => source.execute(db::query(OUTDATE_IDENTITY).bind(name.clone())).await?,
        Scope::Role(role) => source.execute(db::query(OUTDATE_ROLE).bind(role.clone()).bind(now.0)).await?,
        Scope::Everything => {
            deployment::hold_alone(source).await?;
            source.execute(db::query(OUTDATE_ALL)).await?
        }
        scope => end_rows(source, scope, by, now).await?,
    };
    if let Some(spare) = by.spare {
        source.execute(db::query(SPARE).bind(spare.to_string())).await?;
    }
    add(source, id, scope, by, ended, now).await
}

async fn preview_count(
    source: &mut Source,
    scope: &Scope,
    spare: Option<SessionId>,
    now: Timestamp,
) -> Result<i64, Unavailable> {
    let mut ended = 0;
    for (chosen, about) in parts(source, scope).await? {
        let spared = spare.unwrap_or(SessionId::NOTHING).to_string();
        let row = source.optional(about.bind(db::query(chosen.count).bind(now.0)).bind(spared)).await?;
        let row = row.ok_or(Unavailable)?;
        let own: Option<i64> = row.try_get("own").map_err(unavailable)?;
        ended += row.try_get::<i64>("sessions").map_err(unavailable)? - own.unwrap_or_default();
    }
    Ok(ended)
}

async fn end_rows(source: &mut Source, scope: &Scope, by: &By, now: Timestamp) -> Result<u64, Unavailable> {
    let because = format!("by {}", by.name);
    let mut ended = 0;
    for (chosen, about) in parts(source, scope).await? {
        let statement = about.bind(db::query(chosen.end).bind(now.0)).bind(because.clone());
        let statement = statement.bind(by.spare.unwrap_or(SessionId::NOTHING).to_string());
        ended += source.execute(statement).await?;
    }
    Ok(ended)
}

async fn identity_of(source: &mut Source, scope: &Scope) -> Result<Option<String>, Unavailable> {
    let statement = match scope {
        Scope::Session(id) => db::query(IDENTITY_OF_SESSION).bind(id.to_string()),
        Scope::Identity(name) => db::query(IDENTITY_OF_NAME).bind(name.clone()),
        _ => return Ok(None),
    };
    let row = source.optional(statement).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

async fn add(
    source: &mut Source,
    id: RevocationId,
    scope: &Scope,
    by: &By,
    ended: i64,
    now: Timestamp,
) -> Result<Option<IdentityId>, Unavailable> {
    let identity = identity_of(source, scope).await?;
    let number = next_number(source).await?;
    let statement = db::query(ADD)
        .bind(id.to_string())
        .bind(number)
        .bind(now.0)
        .bind(by.identity.map(|identity| identity.to_string()))
        .bind(by.name.clone())
        .bind(scope.kind().as_str())
        .bind(scope.subject())
        .bind(identity.clone())
        .bind(ended)
        // An end by a rule concerns one session, and its speed is not measured.
        .bind((by.name == BY_RULE && by.identity.is_none()).then_some(now.0));
    source.execute(statement).await?;
    Ok(identity.and_then(|text| IdentityId::parse(&text).ok()))
}

/// Stores that a rule ended a session, so that every process tells the session's tabs.
pub(crate) async fn note_rule(
    source: &mut Source,
    session: SessionId,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<RevocationId, Unavailable> {
    let by = By { identity: None, name: BY_RULE.to_owned(), spare: None };
    let id = RevocationId::new(now, random);
    add(source, id, &Scope::Session(session), &by, 1, now).await.map(|_| id)
}

/// Stores that every session of earlier releases has ended.
pub async fn note_release(source: &mut Source, by: &By, id: RevocationId, now: Timestamp) -> Result<(), Unavailable> {
    add(source, id, &Scope::Everything, by, 0, now).await.map(|_| ())
}

async fn next_number(source: &mut Source) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(NEXT_NUMBER)).await?.ok_or(Unavailable)?;
    row.try_get("number").map_err(unavailable)
}
