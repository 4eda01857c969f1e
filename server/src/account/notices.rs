//! The tables `notices` and `known_browsers`: what people are told about their own account.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::webhook::outbox;
use app::account::notices::{Notice, NoticeKind};
use doorward::guard::Unavailable;
use doorward::{IdentityId, NoticeId, Randomness, SecretId, Timestamp};

const ADD: &str = "insert into notices (id, identity, at, kind, about, secret) values ($1, $2, $3, $4, $5, $6)";
const LAST: &str =
    "select id, at, kind, about, secret, read_at from notices where identity = $1 order by id desc limit 50";
/// 1 if the person does not want such a notice, or has not read the last one that said the same.
const UNWANTED: &str = "select case when exists (select 1 from muted_notices where identity = $1 and kind = $2) \
     or exists (select 1 from notices where identity = $1 and kind = $2 and about = $3 and secret = $4 \
     and read_at is null) then 1 else 0 end as many";
const MUTED: &str = "select kind from muted_notices where identity = $1 order by kind";
const UNMUTE: &str = "delete from muted_notices where identity = $1";
const MUTE: &str = "insert into muted_notices (identity, kind) values ($1, $2)";
const READ_ALL: &str = "update notices set read_at = $1 where identity = $2 and read_at is null";
const HOLDERS: &str = "select i.id from identities i where i.frozen_at is null \
     and i.id in (select r.identity from held_roles r join role_permissions p on p.role = r.role \
     where r.environment = '*' and p.permission = $1 and p.environment = '*' and (r.ends_at is null or r.ends_at > $3)) \
     and not exists (select 1 from notices n where n.identity = i.id and n.kind = $2 and n.read_at is null) order by i.id";
const OTHER_HOLDERS: &str = "select i.id from identities i where i.frozen_at is null and i.id <> $2 \
     and i.id in (select r.identity from held_roles r join role_permissions p on p.role = r.role \
     where r.environment = '*' and p.permission = $1 and p.environment = '*' and (r.ends_at is null or r.ends_at > $3)) \
     order by i.id";
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
    insert(source, identity, kind, about, None, now, random).await
}

/// Sends a notice about a secret, unless the person has muted its kind, or has an unread one that says the same.
pub async fn add_about_secret(
    source: &mut Source,
    identity: IdentityId,
    kind: NoticeKind,
    (secret, about): (SecretId, &str),
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let statement = db::query(UNWANTED)
        .bind(identity.to_string())
        .bind(kind.as_str())
        .bind(about.to_owned())
        .bind(secret.to_string());
    let row = source.optional(statement).await?.ok_or(Unavailable)?;
    if row.try_get::<i64>("many").map_err(unavailable)? != 0 {
        return Ok(());
    }
    insert(source, identity, kind, about, Some(secret), now, random).await
}

async fn insert(
    source: &mut Source,
    identity: IdentityId,
    kind: NoticeKind,
    about: &str,
    secret: Option<SecretId>,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let id = NoticeId::new(now, random);
    let statement = db::query(ADD)
        .bind(id.to_string())
        .bind(identity.to_string())
        .bind(now.0)
        .bind(kind.as_str())
        .bind(about.to_owned())
        .bind(secret.map(|secret| secret.to_string()));
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
    let rows = source.all(db::query(HOLDERS).bind(permission).bind(kind.as_str()).bind(now.0)).await?;
    for row in rows {
        let identity = row.try_get("id").map_err(unavailable)?;
        let identity = IdentityId::parse(identity).map_err(|_| Unavailable)?;
        add(source, identity, kind, about, now, random).await?;
    }
    Ok(())
}

/// Sends a notice of what `by`, or a command, did to everybody else who holds `permission` in every environment. There is
/// one for each time.
pub async fn add_for_others(
    source: &mut Source,
    (permission, by): (&'static str, Option<IdentityId>),
    kind: NoticeKind,
    about: &str,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<(), Unavailable> {
    let by = by.map(|by| by.to_string()).unwrap_or_default();
    let rows = source.all(db::query(OTHER_HOLDERS).bind(permission).bind(by).bind(now.0)).await?;
    for row in rows {
        let identity = IdentityId::parse(row.try_get("id").map_err(unavailable)?).map_err(|_| Unavailable)?;
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
    let statement = db::query(KNOW).bind(identity.to_string()).bind(browser.to_owned()).bind(now.0);
    let is_new = source.execute(statement).await? == 1;
    if is_new && known > 0 { add(source, identity, NoticeKind::NewBrowser, browser, now, random).await } else { Ok(()) }
}

/// Returns the last 50 notices, the newest first.
pub async fn last_of(source: &mut Source, identity: IdentityId) -> Result<Vec<Notice>, Unavailable> {
    let rows = source.all(db::query(LAST).bind(identity.to_string())).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

fn read(row: &Row) -> Result<Notice, sqlx::Error> {
    Ok(Notice {
        id: NoticeId::parse(row.try_get("id")?).map_err(db::broken)?,
        at: Timestamp(row.try_get("at")?),
        kind: NoticeKind::parse(row.try_get("kind")?).ok_or_else(|| db::broken("no such kind of notice"))?,
        about: row.try_get("about")?,
        secret: row.try_get::<Option<&str>>("secret")?.and_then(|id| SecretId::parse(id).ok()),
        read: row.try_get::<Option<i64>>("read_at")?.is_some(),
    })
}

async fn count(source: &mut Source, statement: &'static str, identity: IdentityId) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(statement).bind(identity.to_string())).await?.ok_or(Unavailable)?;
    row.try_get("many").map_err(unavailable)
}

/// Marks every notice as read.
pub async fn read_all(source: &mut Source, identity: IdentityId, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(READ_ALL).bind(now.0).bind(identity.to_string())).await.map(|_| ())
}

/// Returns the kinds that a person has muted.
pub async fn muted(source: &mut Source, identity: IdentityId) -> Result<Vec<NoticeKind>, Unavailable> {
    let rows = source.all(db::query(MUTED).bind(identity.to_string())).await?;
    let kinds = rows.iter().map(|row| row.try_get::<&str>("kind").map(NoticeKind::parse));
    Ok(kinds.collect::<Result<Vec<_>, _>>().map_err(unavailable)?.into_iter().flatten().collect())
}

/// Mutes exactly these kinds.
pub async fn mute(source: &mut Source, identity: IdentityId, kinds: &[NoticeKind]) -> Result<(), Unavailable> {
    source.execute(db::query(UNMUTE).bind(identity.to_string())).await?;
    for kind in kinds {
        source.execute(db::query(MUTE).bind(identity.to_string()).bind(kind.as_str())).await?;
    }
    Ok(())
}
