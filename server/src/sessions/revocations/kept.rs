//! Revocations as they were stored.

use super::BY_RULE;
use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use app::sessions::revocations::{Revocation, RevocationFacts, RevocationRow};
use app::sessions::scope::{Scope, ScopeKind};
use doorward::guard::Unavailable;
use doorward::{IdentityId, RevocationId, Timestamp};

macro_rules! with_name {
    ($rest:literal) => {
        concat!(
            "select r.*, i.display_name as whose from revocations r \
             left join sessions s on r.scope = 'session' and s.id = r.subject left join identities i on i.id = s.identity ",
            $rest
        )
    };
}
const ONE: &str = with_name!("where r.id = $1");
const BY_WHOM: &str = "select by_identity from revocations where id = $1";
/// Excludes ends by a rule, each of which concerns a single session.
const LAST: &str = with_name!("where r.by_identity is not null or r.by_name <> $1 order by r.id desc limit 20");
const LAST_OF: &str = "select id from revocations where by_identity = $1 order by id desc limit 1";

/// Returns one revocation.
pub async fn one(source: &mut Source, id: RevocationId) -> Result<Option<Revocation>, Unavailable> {
    let row = source.optional(db::query(ONE).bind(id.to_string())).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

fn scope_in_words(row: &Row) -> Result<String, sqlx::Error> {
    let kind = ScopeKind::parse(row.try_get("scope")?).ok_or_else(|| db::broken("no such scope"))?;
    let scope = Scope::parse(kind, row.try_get("subject")?).map_err(db::broken)?;
    // The id of a session tells nobody anything. Its row may be gone by now.
    Ok(match (scope, row.try_get::<Option<String>>("whose")?) {
        (Scope::Session(_), Some(whose)) => format!("One session of {whose}"),
        (Scope::Session(_), None) => "One session".to_owned(),
        (scope, _) => format!("Sessions {scope}"),
    })
}

fn read(row: &Row) -> Result<Revocation, sqlx::Error> {
    let moment = |column| row.try_get::<Option<i64>>(column).map(|at| at.map(Timestamp));
    Ok(Revocation {
        id: RevocationId::parse(row.try_get("id")?).map_err(db::broken)?,
        at: Timestamp(row.try_get("at")?),
        by: row.try_get("by_name")?,
        scope: scope_in_words(row)?,
        ended: row.try_get("ended")?,
        committed: moment("committed_at")?,
        last_accepted: moment("last_accepted_at")?,
        streams: row.try_get("streams")?,
        streams_closed: moment("streams_closed_at")?,
        tabs: row.try_get("tabs")?,
        tabs_emptied: moment("tabs_emptied_at")?,
    })
}

/// Returns the facts for decisions about a revocation.
pub async fn facts(source: &mut Source, id: RevocationId) -> Result<Option<RevocationFacts>, Unavailable> {
    let row = source.optional(db::query(BY_WHOM).bind(id.to_string())).await?;
    let read = |row: Row| {
        let by: Option<String> = row.try_get("by_identity")?;
        Ok::<_, sqlx::Error>(RevocationFacts { by: by.and_then(|text| IdentityId::parse(&text).ok()) })
    };
    row.map(read).transpose().map_err(unavailable)
}

/// Returns the last 20 revocations, the newest first.
pub async fn last(source: &mut Source) -> Result<Vec<RevocationRow>, Unavailable> {
    let rows = source.all(db::query(LAST).bind(BY_RULE)).await?;
    let row = |row: &Row| {
        read(row).map(|Revocation { id, at, by, scope, ended, .. }| RevocationRow { id, at, by, scope, ended })
    };
    rows.iter().map(row).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}

/// Returns the last revocation by an identity.
pub async fn last_of(source: &mut Source, by: IdentityId) -> Result<Option<RevocationId>, Unavailable> {
    let row = source.optional(db::query(LAST_OF).bind(by.to_string())).await?;
    let read = |row: Row| RevocationId::parse(row.try_get("id")?).map_err(db::broken);
    row.map(read).transpose().map_err(unavailable)
}
