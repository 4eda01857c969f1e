//! Statements about what is said about a secret, its tags, its owner, and its life after use.

use crate::access::policy_version;
use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use app::secrets::store::{About, Archived, NewDetails};
use doorward::guard::Unavailable;
use doorward::{IdentityId, Kind, SecretId, Timestamp};

const ABOUT: &str = "select s.description, s.archived_at, s.deletes_at, i.display_name from secrets s \
     left join identities i on i.id = s.archived_by where s.id = $1";
const TAGS: &str = "select tag from secret_tags where secret = $1 order by tag";
const DESCRIBE: &str = "update secrets set description = $1 where id = $2";
const CLEAR_TAGS: &str = "delete from secret_tags where secret = $1";
const ADD_TAG: &str = "insert into secret_tags (secret, tag) values ($1, $2)";
const RECIPIENT: &str = "select id, kind, display_name, case when frozen_at is null then 0 else 1 end as frozen \
     from identities where name = $1";
const GIVE: &str = "update secrets set owner = $1 where id = $2";
const DROP_GRANT: &str = "delete from grants where secret = $1 and identity = $2";
const USERS: &str = "select owner as identity from secrets where id = $1 union \
     select identity from grants where secret = $1 and (ends_at is null or ends_at > $2) union \
     select m.identity from group_grants g join group_members m on m.group_id = g.group_id where g.secret = $1 \
     and (g.ends_at is null or g.ends_at > $2) and (m.ends_at is null or m.ends_at > $2)";
const ARCHIVE: &str = "update secrets set archived_at = $1, archived_by = $2 where id = $3 and archived_at is null";
const BRING_BACK: &str = "update secrets set archived_at = null, archived_by = null, deletes_at = null \
     where id = $1 and archived_at is not null";
const DELETE_AT: &str = "update secrets set deletes_at = $1 where id = $2 and archived_at is not null \
     and deletes_at is null";
const PARTS: [&str; 8] = [
    "delete from consumers where secret = $1",
    "delete from canaries where secret = $1",
    "delete from group_grants where secret = $1",
    "delete from secret_tags where secret = $1",
    "delete from grants where secret = $1",
    "delete from pending_values where secret = $1",
    "delete from secret_versions where secret = $1",
    "delete from secrets where id = $1",
];
const KEEP: &str = "update secrets set deletes_at = null where id = $1 and deletes_at is not null";

/// Returns what is said about a secret.
pub async fn about(source: &mut Source, id: SecretId) -> Result<Option<About>, Unavailable> {
    let Some(row) = source.optional(db::query(ABOUT).bind(id.to_string())).await? else { return Ok(None) };
    let tags = source.all(db::query(TAGS).bind(id.to_string())).await?;
    let read = || -> Result<About, sqlx::Error> {
        let at = row.try_get::<Option<i64>>("archived_at")?;
        let (by, deletes) = (row.try_get("display_name")?, row.try_get::<Option<i64>>("deletes_at")?);
        Ok(About {
            description: row.try_get("description")?,
            tags: tags.iter().map(|row| row.try_get("tag")).collect::<Result<_, _>>()?,
            archived: at.map(|at| Archived { at: Timestamp(at), by, deletes: deletes.map(Timestamp) }),
        })
    };
    read().map(Some).map_err(unavailable)
}

/// Replaces the description and the tags.
pub async fn describe(source: &mut Source, id: SecretId, new: &NewDetails) -> Result<(), Unavailable> {
    source.execute(db::query(DESCRIBE).bind(new.description.clone()).bind(id.to_string())).await?;
    source.execute(db::query(CLEAR_TAGS).bind(id.to_string())).await?;
    for tag in &new.tags {
        source.execute(db::query(ADD_TAG).bind(id.to_string()).bind(tag.to_string())).await?;
    }
    Ok(())
}

/// Somebody who is named as the new owner.
pub struct Recipient {
    pub identity: IdentityId,
    pub display_name: String,
    /// Whether it is a person's account that is not disabled.
    pub fits: bool,
}

/// Returns the account of this name.
pub async fn recipient(source: &mut Source, name: &str) -> Result<Option<Recipient>, Unavailable> {
    let Some(row) = source.optional(db::query(RECIPIENT).bind(name.to_owned())).await? else { return Ok(None) };
    let read = || -> Result<Recipient, sqlx::Error> {
        let is_person = Kind::parse(row.try_get("kind")?) == Some(Kind::Person);
        Ok(Recipient {
            identity: IdentityId::parse(row.try_get("id")?).map_err(broken)?,
            display_name: row.try_get("display_name")?,
            fits: is_person && row.try_get::<i64>("frozen")? == 0,
        })
    };
    read().map(Some).map_err(unavailable)
}

/// Makes somebody the owner. A grant of theirs goes: an owner needs none, and it must not outlast the ownership.
pub async fn give(source: &mut Source, id: SecretId, to: IdentityId) -> Result<(), Unavailable> {
    source.execute(db::query(GIVE).bind(to.to_string()).bind(id.to_string())).await?;
    source.execute(db::query(DROP_GRANT).bind(id.to_string()).bind(to.to_string())).await.map(|_| ())
}

/// Returns the owner and everybody with a grant that has not ended.
pub async fn users(source: &mut Source, id: SecretId, now: Timestamp) -> Result<Vec<IdentityId>, Unavailable> {
    let rows = source.all(db::query(USERS).bind(id.to_string()).bind(now.0)).await?;
    let read = |row: &Row| IdentityId::parse(row.try_get("identity")?).map_err(broken);
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Archives a secret. Returns false if it is archived already.
pub async fn archive(source: &mut Source, id: SecretId, by: IdentityId, now: Timestamp) -> Result<bool, Unavailable> {
    let statement = db::query(ARCHIVE).bind(now.0).bind(by.to_string()).bind(id.to_string());
    source.execute(statement).await.map(|rows| rows == 1)
}

/// Brings a secret back. Returns false if it is in use.
pub async fn bring_back(source: &mut Source, id: SecretId) -> Result<bool, Unavailable> {
    source.execute(db::query(BRING_BACK).bind(id.to_string())).await.map(|rows| rows == 1)
}

/// Plans the deletion of an archived secret. Returns false if it is in use, or to be deleted already.
pub async fn delete_at(source: &mut Source, id: SecretId, at: Timestamp) -> Result<bool, Unavailable> {
    source.execute(db::query(DELETE_AT).bind(at.0).bind(id.to_string())).await.map(|rows| rows == 1)
}

/// Cancels a deletion. Returns false if none is planned.
pub async fn keep(source: &mut Source, id: SecretId) -> Result<bool, Unavailable> {
    source.execute(db::query(KEEP).bind(id.to_string())).await.map(|rows| rows == 1)
}

/// Deletes a secret with its versions, grants and tags.
pub async fn forget(source: &mut Source, id: SecretId) -> Result<(), Unavailable> {
    for part in PARTS {
        source.execute(db::query(part).bind(id.to_string())).await?;
    }
    policy_version::changed(source).await
}
