//! The tables `notices` and `known_browsers`: what people are told about their own account.

use crate::db::transaction::Source;
use crate::db::unavailable;
use crate::sessions;
use crate::webhook::outbox;
use app::account::notices::{Notice, NoticeKind};
use doorward::guard::Unavailable;
use doorward::{IdentityId, NoticeId, Randomness, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

const ADD: &str = "insert into notices (id, identity, at, kind, about) values ($1, $2, $3, $4, $5)";
const LAST: &str = "select id, at, kind, about, read_at from notices where identity = $1 order by id desc limit 50";
const READ_ALL: &str = "update notices set read_at = $1 where identity = $2 and read_at is null";
const HOLDERS: &str = "select i.id from identities i where i.frozen_at is null \
     and exists (select 1 from identity_roles r join role_permissions p on p.role = r.role where r.identity = i.id \
     and r.environment = '*' and p.permission = $1 and p.environment = '*') \
     and not exists (select 1 from notices n where n.identity = i.id and n.kind = $2 and n.read_at is null) order by i.id";
const KNOWN: &str = "select count(*) as many from known_browsers where identity = $1";
const KNOW: &str = "insert into known_browsers (identity, browser, first_seen_at) values ($1, $2, $3) \
     on conflict (identity, browser) do nothing";

/// Sends a notice: to the person's inbox, and by the webhook if there is one.
pub async fn add(
    source: &mut Source,
    identity: IdentityId,
    kind: NoticeKind,
    about: &str,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let id = NoticeId::new(now, random);
    let statement = sqlx::query(ADD)
        .bind(id.to_string())
        .bind(identity.to_string())
        .bind(now.0)
        .bind(kind.as_str())
        .bind(about.to_owned());
    source.execute(statement).await?;
    outbox::put(source, id, now).await
}

/// Sends a notice about the whole server to everybody who holds `permission` in every environment.
/// Somebody who has not read the previous notice of this kind gets no second one, so that a lasting
/// fault does not fill inboxes.
pub async fn add_for_holders(
    source: &mut Source,
    permission: &'static str,
    kind: NoticeKind,
    about: &str,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let rows = source.all(sqlx::query(HOLDERS).bind(permission).bind(kind.as_str())).await?;
    for row in rows {
        let identity = row.try_get("id").map_err(unavailable)?;
        let identity = IdentityId::parse(identity).map_err(|_| Unavailable)?;
        add(source, identity, kind, about, now, random).await?;
    }
    Ok(())
}

/// Stores the browser that a person signed in with. If it is new, and not the person's first, sends
/// them a notice.
pub async fn note_browser(
    source: &mut Source,
    identity: IdentityId,
    browser: &str,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let known = count(source, KNOWN, identity).await?;
    let statement = sqlx::query(KNOW).bind(identity.to_string()).bind(browser.to_owned()).bind(now.0);
    let is_new = source.execute(statement).await? == 1;
    if is_new && known > 0 { add(source, identity, NoticeKind::NewBrowser, browser, now, random).await } else { Ok(()) }
}

/// Returns the last 50 notices, the newest first.
pub async fn last_of(source: &mut Source, identity: IdentityId) -> Result<Vec<Notice>, Unavailable> {
    let rows = source.all(sqlx::query(LAST).bind(identity.to_string())).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &AnyRow) -> Result<Notice, sqlx::Error> {
    Ok(Notice {
        id: NoticeId::parse(row.try_get("id")?).map_err(sessions::sql::broken)?,
        at: Timestamp(row.try_get("at")?),
        kind: NoticeKind::parse(row.try_get("kind")?).ok_or_else(|| sessions::sql::broken("no such kind of notice"))?,
        about: row.try_get("about")?,
        read: row.try_get::<Option<i64>, _>("read_at")?.is_some(),
    })
}

async fn count(source: &mut Source, statement: &'static str, identity: IdentityId) -> Result<i64, Unavailable> {
    let row = source.optional(sqlx::query(statement).bind(identity.to_string())).await?.ok_or(Unavailable)?;
    row.try_get("many").map_err(unavailable)
}

/// Marks every notice as read.
pub async fn read_all(source: &mut Source, identity: IdentityId, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(sqlx::query(READ_ALL).bind(now.0).bind(identity.to_string())).await.map(|_| ())
}
