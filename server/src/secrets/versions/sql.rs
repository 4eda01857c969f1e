//! Statements about the versions of a value, and about changes that came between a form and its answer.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::secrets::versions::pending;
use app::secrets::store::{LaterChange, VERSION_ROWS, VersionLabel, VersionRow};
use doorward::guard::Unavailable;
use doorward::{IdentityId, SecretId, Timestamp};

/// A version without its value. What AES-GCM-SIV adds to a value is a tag of 16 bytes.
macro_rules! row {
    ($condition:literal) => {
        concat!(
            "select v.version, v.created_at, i.display_name, v.reason, v.restored_from, v.file_name, v.saved_at, \
             p.display_name as saved_by_name, length(v.ciphertext) - 16 as bytes from secret_versions v \
             left join identities i on i.id = v.created_by left join identities p on p.id = v.saved_by \
             where v.secret = $1 and ",
            $condition
        )
    };
}

const PAGE: &str = row!("($2 = 0 or v.version < $2) order by v.version desc limit $3 + 0");
const ONE: &str = row!("v.version = $2");
const NOTE: &str = "update secret_versions set reason = $1, restored_from = $2 where secret = $3 and version = $4";
const COPY_PUBLIC_PART: &str = "update secret_versions set public_part = (select o.public_part from secret_versions o \
     where o.secret = $1 and o.version = $2) where secret = $1 and version = $3";
const ADVANCE: &str = "update secrets set revision = revision + 1, edited_by = $1, edited_at = $2 where id = $3 \
     and ($4 = 0 or revision = $4)";
const EDITED: &str = "select i.display_name, coalesce(s.edited_at, s.updated_at) as at from secrets s \
     left join identities i on i.id = s.edited_by where s.id = $1";

pub(super) fn read(row: &Row) -> Result<VersionRow, sqlx::Error> {
    Ok(VersionRow {
        version: row.try_get("version")?,
        by: row.try_get("display_name")?,
        at: Timestamp(row.try_get("created_at")?),
        reason: row.try_get("reason")?,
        restored_from: row.try_get("restored_from")?,
        saved: match row.try_get::<Option<i64>>("saved_at")? {
            Some(at) => Some((Timestamp(at), row.try_get("saved_by_name")?)),
            None => None,
        },
        file_name: row.try_get("file_name")?,
        bytes: row.try_get("bytes")?,
    })
}

/// Returns a page of versions, and whether there are older ones.
pub async fn page(
    source: &mut Source,
    id: SecretId,
    before: Option<i64>,
) -> Result<(Vec<VersionRow>, bool), Unavailable> {
    let statement = db::query(PAGE).bind(id.to_string()).bind(before.unwrap_or(0)).bind(i64::from(VERSION_ROWS) + 1);
    let mut rows = source.all(statement).await?;
    let has_older = rows.len() > VERSION_ROWS as usize;
    rows.truncate(VERSION_ROWS as usize);
    let rows = rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)?;
    Ok((rows, has_older))
}

async fn one(source: &mut Source, id: SecretId, version: i64) -> Result<Option<VersionRow>, Unavailable> {
    let row = source.optional(db::query(ONE).bind(id.to_string()).bind(version)).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

/// Returns two versions, or `None` if one of them does not exist.
pub async fn two(
    source: &mut Source,
    (id, current): (SecretId, i64),
    (left, right): (VersionLabel, VersionLabel),
) -> Result<Option<(VersionRow, VersionRow)>, Unavailable> {
    let left = labelled(source, (id, current), left).await?;
    Ok(left.zip(labelled(source, (id, current), right).await?))
}

async fn labelled(
    source: &mut Source,
    (id, current): (SecretId, i64),
    label: VersionLabel,
) -> Result<Option<VersionRow>, Unavailable> {
    match label.number(current) {
        Some(number) => one(source, id, number).await,
        None => Ok(pending::sql::about(source, id).await?.map(pending::sql::as_version)),
    }
}

/// Stores why a version was made.
pub async fn note(
    source: &mut Source,
    id: SecretId,
    version: i64,
    reason: &str,
    restored_from: Option<i64>,
) -> Result<(), Unavailable> {
    if reason.is_empty() && restored_from.is_none() {
        return Ok(());
    }
    let statement = db::query(NOTE).bind(reason.to_owned()).bind(restored_from).bind(id.to_string()).bind(version);
    source.execute(statement).await.map(|_| ())
}

/// Gives a version the public part of an older one, whose value it has.
pub async fn copy_public_part(source: &mut Source, id: SecretId, (old, made): (i64, i64)) -> Result<(), Unavailable> {
    let statement = db::query(COPY_PUBLIC_PART).bind(id.to_string()).bind(old).bind(made);
    source.execute(statement).await.map(|_| ())
}

/// Returns who made the version that `made` replaces, if the form was made from an older one (`over`).
pub async fn later_change(
    source: &mut Source,
    id: SecretId,
    made: i64,
    over: Option<i64>,
) -> Result<Option<LaterChange>, Unavailable> {
    if over.is_none_or(|over| over + 1 == made) {
        return Ok(None);
    }
    let replaced = one(source, id, made - 1).await?.ok_or(Unavailable)?;
    Ok(Some(LaterChange { by: replaced.by, at: replaced.at }))
}

/// Counts a change of what is said about a secret, within the transaction that makes it. Returns the change that came
/// first if the form was made from another revision (`over`).
pub async fn advance(
    source: &mut Source,
    id: SecretId,
    over: Option<i64>,
    by: IdentityId,
    now: Timestamp,
) -> Result<Option<LaterChange>, Unavailable> {
    let statement = db::query(ADVANCE).bind(by.to_string()).bind(now.0).bind(id.to_string()).bind(over.unwrap_or(0));
    if source.execute(statement).await? == 1 {
        return Ok(None);
    }
    let row = source.optional(db::query(EDITED).bind(id.to_string())).await?.ok_or(Unavailable)?;
    let read = || Ok(LaterChange { by: row.try_get("display_name")?, at: Timestamp(row.try_get("at")?) });
    read().map(Some).map_err(unavailable)
}
