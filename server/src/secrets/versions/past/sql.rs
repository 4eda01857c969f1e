//! Statements about a folder at a point in time.

use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::ledger::records::first_at;
use crate::secrets::lists::{self, Candidate};
use crate::secrets::versions::sql::read;
use app::secrets::filter::{After, Filter};
use app::secrets::policy::{FolderThen, RenameSecret};
use app::secrets::store::{BATCH_ROWS, DeletedSince, VersionRow};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Principal, SecretId, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use std::collections::HashMap;

/// So many ids are looked up at once.
const AT_ONCE: usize = 64;
/// The most records of one kind that are looked at.
const MOST_RECORDS: i64 = 10_000;

/// The version of then and the version of now. $1 is the time.
const VERSIONS: &str = "select v.secret, v.version, v.created_at, i.display_name, v.reason, v.restored_from, v.file_name, \
     v.saved_at, p.display_name as saved_by_name, cast(null as bigint) as bytes from secrets s join secret_versions v on v.secret = s.id \
     left join identities i on i.id = v.created_by left join identities p on p.id = v.saved_by where (v.version = s.version or v.version = \
     (select max(o.version) from secret_versions o where o.secret = s.id and o.created_at <= $1)) and s.id in ";
const RESTORED_FROM: &str = "select restored_from from secret_versions where secret = $1 and version = $2";
const ARCHIVED: &str = "select archived_at from secrets where id = $1";
/// The records of one action in an environment since a time, the oldest first.
const SINCE: &str = "select resource, resource_name, at from audit where action = $1 and id >= $2 and environment = $3 \
     and decision = 'allowed' and outcome = 'done' order by id limit $4 + 0";
/// The action of the task that deletes secrets for good.
const DELETED: &str = "secret.deleted";

/// Returns whether a name is in the folder.
pub(super) fn is_within(then: &FolderThen, name: &str) -> bool {
    let Some(folder) = &then.folder else { return true };
    name.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns the secrets that are in the folder now, in use and archived; at most a batch more than `most` of each.
pub(super) async fn candidates(
    source: &mut Source,
    then: &FolderThen,
    most: usize,
    who: &Principal,
) -> Result<Vec<Candidate>, Unavailable> {
    let mut all = Vec::new();
    for archived in [false, true] {
        let (environment, folder) = (Some(then.environment.clone()), then.folder.clone());
        let filter = Filter { environment, folder, archived, ..Filter::default() };
        let mut after = Some(After::default());
        while let Some(position) = after.take().filter(|_| all.len() <= most) {
            let batch = lists::candidates_after(source, &filter, (&position, BATCH_ROWS), who).await?;
            let is_full = u32::try_from(batch.len()) == Ok(BATCH_ROWS);
            let last = batch.last().filter(|_| is_full);
            after = last.map(|last| After { name: last.row.name.clone(), id: Some(last.row.id) });
            all.extend(batch);
        }
    }
    Ok(all)
}

async fn since(source: &mut Source, action: &str, then: &FolderThen) -> Result<Vec<Row>, Unavailable> {
    let statement = db::query(SINCE)
        .bind(action.to_owned())
        .bind(first_at(then.at))
        .bind(then.environment.to_string())
        .bind(MOST_RECORDS);
    source.all(statement).await
}

fn secret_of(row: &Row) -> Result<Option<SecretId>, sqlx::Error> {
    let id = row.try_get::<&str>("resource")?.strip_prefix("secret:");
    id.map(|id| SecretId::parse(id).map_err(broken)).transpose()
}

/// Returns the names that secrets had before they were renamed. The record of a renaming keeps the name before it.
pub(super) async fn names_then(
    source: &mut Source,
    then: &FolderThen,
) -> Result<HashMap<SecretId, String>, Unavailable> {
    let mut names = HashMap::new();
    for row in since(source, RenameSecret::NAME, then).await? {
        let read = || Ok((secret_of(&row)?, row.try_get::<Option<String>>("resource_name")?));
        if let (Some(id), Some(name)) = read().map_err(unavailable)? {
            names.entry(id).or_insert(name);
        }
    }
    Ok(names)
}

/// Returns the secrets of the folder that were there and were deleted for good since, the newest first.
pub(super) async fn deleted(source: &mut Source, then: &FolderThen) -> Result<Vec<DeletedSince>, Unavailable> {
    let mut deleted = Vec::new();
    for row in since(source, DELETED, then).await? {
        let read = || {
            let name = row.try_get::<Option<String>>("resource_name")?;
            Ok((secret_of(&row)?, name, Timestamp(row.try_get("at")?)))
        };
        let (id, name, at) = read().map_err(unavailable)?;
        let was_there = id.is_some_and(|id| id.made() <= then.at);
        deleted.extend(name.filter(|name| was_there && is_within(then, name)).map(|name| DeletedSince { name, at }));
    }
    deleted.reverse();
    deleted.truncate(100);
    Ok(deleted)
}

/// Returns the newest version of each secret, and the newest of then if it existed.
pub(super) async fn versions(
    source: &mut Source,
    ids: &[SecretId],
    at: Timestamp,
) -> Result<HashMap<SecretId, (Option<VersionRow>, VersionRow)>, Unavailable> {
    // Always as many placeholders, so that the statement is prepared once.
    let places: Vec<_> = (0..AT_ONCE).map(|place| format!("${}", place + 2)).collect();
    let text = format!("{VERSIONS}({}) order by v.secret, v.version", places.join(", "));
    let mut found: HashMap<SecretId, Vec<VersionRow>> = HashMap::new();
    for part in ids.chunks(AT_ONCE) {
        let statement = db::query(AssertSqlSafe(text.clone()).into_sql_str()).bind(at.0);
        let padded = part.iter().map(ToString::to_string).chain(std::iter::repeat(String::new())).take(AT_ONCE);
        for row in source.all(padded.fold(statement, db::Statement::bind)).await? {
            let read = || Ok((SecretId::parse(row.try_get("secret")?).map_err(broken)?, read(&row)?));
            let (id, version) = read().map_err(unavailable)?;
            found.entry(id).or_default().push(version);
        }
    }
    let pair = |mut rows: Vec<VersionRow>| {
        let now = rows.pop()?;
        // If there is one row only, it is of both times, or of now alone.
        let then = rows.pop().or_else(|| (now.at <= at).then(|| now.clone()));
        Some((then, now))
    };
    Ok(found.into_iter().filter_map(|(id, rows)| Some((id, pair(rows)?))).collect())
}

/// Returns the version whose value a version has, however often it was restored.
pub(super) async fn origin(source: &mut Source, id: SecretId, version: &VersionRow) -> Result<i64, Unavailable> {
    let (mut origin, mut from) = (version.version, version.restored_from);
    // A version is restored from an older one, so this ends.
    while let Some(older) = from.filter(|older| *older < origin) {
        origin = older;
        let row = source.optional(db::query(RESTORED_FROM).bind(id.to_string()).bind(older)).await?;
        from = row.map_or(Ok(None), |row| row.try_get(0)).map_err(unavailable)?;
    }
    Ok(origin)
}

/// Returns when a secret was archived, if it is.
pub(super) async fn archived_at(source: &mut Source, id: SecretId) -> Result<Option<Timestamp>, Unavailable> {
    let row = source.optional(db::query(ARCHIVED).bind(id.to_string())).await?;
    let at: Option<i64> = row.map_or(Ok(None), |row| row.try_get(0)).map_err(unavailable)?;
    Ok(at.map(Timestamp))
}
