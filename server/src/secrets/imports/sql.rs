//! The tables `pending_imports` and `pending_import_entries`.

use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::secrets::sql::read_kind;
use crate::secrets::values::Prepared;
use crate::vault::Sealed;
use app::secrets::store::{Existing, SecretFileName, SecretKind};
use doorward::guard::Unavailable;
use doorward::{Environment, SessionId, Timestamp};

const ADD: &str =
    "insert into pending_imports (id, session, environment, existing, ends_at) values ($1, $2, $3, $4, $5)";
const ADD_ENTRY: &str = "insert into pending_import_entries (import, position, name, kind, file_name, key_id, wrapped_key, nonce, \
     ciphertext) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// Of two confirmations at once, one finds nothing left to claim.
const CLAIM: &str = "update pending_imports set ends_at = 0 where id = $1 and session = $2 and environment = $3 \
     and ends_at > $4 returning existing";
const ENTRIES: &str = "select name, kind, file_name, key_id, wrapped_key, nonce, ciphertext from pending_import_entries where import = $1 order by position";
const FORGET_ENTRIES_OF: &str =
    "delete from pending_import_entries where import in (select id from pending_imports where session = $1)";
const FORGET_OF: &str = "delete from pending_imports where session = $1";

/// Deletes entries of imports that ended before $1, at most $2 at once.
pub(crate) const FORGET_ENTRIES: &str = "delete from pending_import_entries where import in \
     (select id from pending_imports where ends_at <= $1 order by id limit $2 + 0)";
/// Deletes imports that ended before $1 and have no entries left, at most $2 at once.
pub(crate) const FORGET: &str = "delete from pending_imports where id in (select p.id from pending_imports p \
     where p.ends_at <= $1 and not exists (select 1 from pending_import_entries e where e.import = p.id) limit $2 + 0)";

/// An import that waits to be confirmed.
pub(super) struct Pending<'a> {
    pub id: &'a str,
    pub session: SessionId,
    pub environment: &'a Environment,
    pub existing: Existing,
    pub ends: Timestamp,
}

pub(super) async fn add(source: &mut Source, pending: &Pending<'_>) -> Result<(), Unavailable> {
    let statement = db::query(ADD)
        .bind(pending.id.to_owned())
        .bind(pending.session.to_string())
        .bind(pending.environment.to_string())
        .bind(pending.existing.as_str())
        .bind(pending.ends.0);
    source.execute(statement).await.map(|_| ())
}

pub(super) async fn add_entry(
    source: &mut Source,
    import: &str,
    position: i64,
    (name, prepared): (&str, &Prepared),
    sealed: Sealed,
) -> Result<(), Unavailable> {
    let statement = db::query(ADD_ENTRY)
        .bind(import.to_owned())
        .bind(position)
        .bind(name.to_owned())
        .bind(prepared.kind.as_str())
        .bind(prepared.about.file_name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(sealed.key_id)
        .bind(sealed.wrapped_key)
        .bind(sealed.nonce)
        .bind(sealed.ciphertext);
    source.execute(statement).await.map(|_| ())
}

/// Claims an import of this session. Returns `None` if there is none that still counts.
pub(super) async fn claim(
    source: &mut Source,
    id: &str,
    session: SessionId,
    environment: &Environment,
    now: Timestamp,
) -> Result<Option<Existing>, Unavailable> {
    let statement =
        db::query(CLAIM).bind(id.to_owned()).bind(session.to_string()).bind(environment.to_string()).bind(now.0);
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let read = || Existing::parse(row.try_get("existing")?).ok_or_else(|| broken("no such choice"));
    read().map(Some).map_err(unavailable)
}

/// An entry of an import.
pub(super) struct Kept {
    pub name: String,
    pub kind: SecretKind,
    pub file_name: Option<SecretFileName>,
    pub sealed: Sealed,
}

/// Returns the entries of an import, encrypted.
pub(super) async fn entries(source: &mut Source, id: &str) -> Result<Vec<Kept>, Unavailable> {
    let rows = source.all(db::query(ENTRIES).bind(id.to_owned())).await?;
    let read = |row: &Row| -> Result<Kept, sqlx::Error> {
        let sealed = Sealed {
            key_id: row.try_get("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            nonce: row.try_get("nonce")?,
            ciphertext: row.try_get("ciphertext")?,
        };
        let file_name = row.try_get::<Option<String>>("file_name")?;
        let file_name = file_name.map(|name| SecretFileName::parse(&name)).transpose().map_err(broken)?;
        Ok(Kept { name: row.try_get("name")?, kind: read_kind(row)?, file_name, sealed })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Deletes every import of a session.
pub(super) async fn forget_of(source: &mut Source, session: SessionId) -> Result<(), Unavailable> {
    for statement in [FORGET_ENTRIES_OF, FORGET_OF] {
        source.execute(db::query(statement).bind(session.to_string())).await?;
    }
    Ok(())
}
