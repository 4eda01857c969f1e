//! The tables `identities`, `passwords`, `roles`, `role_permissions` and `identity_roles`.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Engine, Row, unavailable};
use crate::identities::given_roles::{self, GivenRole};
use crate::identities::people;
use crate::lockable;
use crate::secrets;
use app::identities::store::Named;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Kind, Timestamp, Within};

const BY_NAME: &str = "select i.id, i.frozen_at, i.second_factor, p.phc from identities i left join passwords p on p.identity = i.id \
     where i.name = $1 and i.kind = 'person'";
const HAS_SECOND_FACTOR: &str = "select second_factor from identities where id = $1";
/// A separate lock, taken before any row of the transaction, because other transactions lock rows
/// in different orders.
const LOCK_SESSIONS: &str = "select cast(pg_advisory_xact_lock(1, hashtext($1)) as text)";
const PERSON: &str = "select id, display_name from identities where name = $1";
const NAMES: &str = "select name, display_name from identities order by name limit $1 + 0";
const NAMED_LIKE: &str = "select name, display_name from identities where lower(name) like '%' || $1 || '%' escape '!' \
     or lower(display_name) like '%' || $1 || '%' escape '!' order by name";
const PASSWORD_OF: &str = "select phc from passwords where identity = $1";
const SAME_PASSWORD: Lockable =
    lockable!("select identity from passwords where identity = $1 and phc = $2", "for no key update");
const PASSWORD_CHANGED: &str = "select changed_at from passwords where identity = $1";
const CHANGE_PASSWORD: &str = "insert into passwords (identity, phc, changed_at) values ($1, $2, $3) \
     on conflict (identity) do update set phc = excluded.phc, changed_at = excluded.changed_at";
const NOTE_SECOND_FACTOR: &str = "update identities set second_factor = case when \
     exists (select 1 from one_time_codes where identity = $1 and confirmed_at is not null) \
     or exists (select 1 from passkeys where identity = $1) then 1 else 0 end where id = $1 returning second_factor";
const ANYBODY: &str = "select 1 from identities limit 1";
const ADD: &str = "insert into identities (id, kind, name, display_name, created_at, search_text) \
     values ($1, $2, $3, $4, $5, $6) \
     on conflict (name) do nothing";
const ADD_PASSWORD: &str = "insert into passwords (identity, phc, changed_at) values ($1, $2, $3)";
const RAISE_PASSWORD_COST: &str = "update passwords set phc = $1 where identity = $2 and phc = $3";
const ROLES: &str = "select name from roles order by name";
const PEOPLE: &str = "select name from identities where kind = 'person' order by name limit 2";
const HOLDING: &str = "select distinct r.identity from held_roles r join role_permissions p on p.role = r.role \
     join identities i on i.id = r.identity where p.permission = $1 and p.environment = '*' and r.environment = '*' \
     and i.frozen_at is null and (r.ends_at is null or r.ends_at > $2) order by r.identity";
const LOCK: Lockable = lockable!("select id from identities where id = $1", "for no key update");
const NOTE_LOSS: &str = "update identities set rights = rights + 1 where id = $1";
const FREEZE: &str = "update identities set frozen_at = $1 where id = $2 and frozen_at is null";

const SIGNED_IN: &str = "update identities set signed_in_at = $1 where id = $2";

/// Stores when an identity last signed in.
pub async fn signed_in(source: &mut Source, identity: IdentityId, now: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(SIGNED_IN).bind(now.0).bind(identity.to_string())).await.map(|_| ())
}

/// An identity that tries to sign in.
pub struct Candidate {
    pub identity: IdentityId,
    /// The hash of its password, if it has one.
    pub phc: Option<String>,
    /// Whether it is frozen.
    pub frozen: bool,
    /// Whether it has a second factor.
    pub second_factor: bool,
}

/// Returns the identity with this sign-in name.
pub async fn by_name(source: &mut Source, name: &str) -> Result<Option<Candidate>, Unavailable> {
    let Some(row) = source.optional(db::query(BY_NAME).bind(name.to_owned())).await? else { return Ok(None) };
    let read = || -> Result<Candidate, sqlx::Error> {
        let identity = IdentityId::parse(row.try_get("id")?).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let frozen = row.try_get::<Option<i64>>("frozen_at")?.is_some();
        let second_factor = row.try_get::<i64>("second_factor")? != 0;
        Ok(Candidate { identity, phc: row.try_get("phc")?, frozen, second_factor })
    };
    read().map(Some).map_err(unavailable)
}

/// Returns the identity with this sign-in name, and its display name.
pub async fn person(source: &mut Source, name: &str) -> Result<Option<(IdentityId, String)>, Unavailable> {
    let Some(row) = source.optional(db::query(PERSON).bind(name.to_owned())).await? else { return Ok(None) };
    let read = || -> Result<(IdentityId, String), sqlx::Error> {
        let identity = IdentityId::parse(row.try_get("id")?).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok((identity, row.try_get("display_name")?))
    };
    read().map(Some).map_err(unavailable)
}

/// The most names that a list to choose from has.
const MOST_NAMES: i64 = 500;

/// Returns every identity's names, or none if there are too many to choose from a list.
pub async fn names(source: &mut Source) -> Result<Vec<Named>, Unavailable> {
    let rows = source.all(db::query(NAMES).bind(MOST_NAMES + 1)).await?;
    if i64::try_from(rows.len()).is_ok_and(|count| count > MOST_NAMES) {
        return Ok(Vec::new());
    }
    let read = |row: &Row| Ok(Named { name: row.try_get("name")?, display_name: row.try_get("display_name")? });
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}

/// Returns whether an identity has a second factor.
pub async fn has_second_factor(source: &mut Source, identity: IdentityId) -> Result<bool, Unavailable> {
    let row = source.optional(db::query(HAS_SECOND_FACTOR).bind(identity.to_string())).await?;
    let second_factor: Option<i64> = row.map(|row| row.try_get(0)).transpose().map_err(unavailable)?;
    Ok(second_factor == Some(1))
}

/// Lets one transaction at a time decide how many sessions an identity has. Must be the first
/// statement of the transaction. SQLite has a single writer and needs no lock.
pub async fn lock_sessions(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    if source.engine() == Engine::Postgres {
        source.optional(db::query(LOCK_SESSIONS).bind(identity.to_string())).await?;
    }
    Ok(())
}

/// Returns the sign-in names of identities whose sign-in name or display name contains `text`,
/// which is in lower case.
pub async fn named_like(source: &mut Source, text: &str) -> Result<Vec<String>, Unavailable> {
    // SQLite lower-cases ASCII only, so for other text every name is compared here.
    let pattern = if text.is_ascii() { secrets::sql::literal(text) } else { String::new() };
    let rows = source.all(db::query(NAMED_LIKE).bind(pattern)).await?;
    let read = |row: &Row| Ok::<(String, String), sqlx::Error>((row.try_get("name")?, row.try_get("display_name")?));
    let names: Vec<_> = rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)?;
    let has = |name: &str| name.to_lowercase().contains(text);
    Ok(names.into_iter().filter(|(name, display)| has(name) || has(display)).map(|(name, _)| name).collect())
}

/// Returns the hash of an identity's password.
pub async fn password_of(source: &mut Source, identity: IdentityId) -> Result<Option<String>, Unavailable> {
    let row = source.optional(db::query(PASSWORD_OF).bind(identity.to_string())).await?;
    row.map(|row| row.try_get(0)).transpose().map_err(unavailable)
}

/// Returns whether `phc` is still the hash of an identity's password. In a transaction, the row is
/// locked until the end.
pub async fn has_password(source: &mut Source, identity: IdentityId, phc: &str) -> Result<bool, Unavailable> {
    let statement = db::query(source.text(SAME_PASSWORD)).bind(identity.to_string()).bind(phc.to_owned());
    source.optional(statement).await.map(|row| row.is_some())
}

/// Returns when an identity's password was last changed.
pub async fn password_changed(source: &mut Source, identity: IdentityId) -> Result<Option<Timestamp>, Unavailable> {
    let row = source.optional(db::query(PASSWORD_CHANGED).bind(identity.to_string())).await?;
    row.map(|row| row.try_get(0).map(Timestamp)).transpose().map_err(unavailable)
}

/// Changes an identity's password.
pub async fn change_password(
    source: &mut Source,
    identity: IdentityId,
    phc: String,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let statement = db::query(CHANGE_PASSWORD).bind(identity.to_string()).bind(phc).bind(now.0);
    source.execute(statement).await.map(|_| ())
}

/// Stores whether an identity has a second factor, after one was added or removed in this
/// transaction, and returns it.
pub async fn note_second_factor(source: &mut Source, identity: IdentityId) -> Result<bool, Unavailable> {
    let row = source.optional(db::query(NOTE_SECOND_FACTOR).bind(identity.to_string())).await?;
    let second_factor: Option<i64> = row.map(|row| row.try_get(0)).transpose().map_err(unavailable)?;
    Ok(second_factor == Some(1))
}

/// Returns whether there are no identities yet.
pub async fn nobody_yet(source: &mut Source) -> Result<bool, Unavailable> {
    source.optional(db::query(ANYBODY)).await.map(|row| row.is_none())
}

/// An identity to be added.
pub struct NewIdentity {
    /// The id of the new identity.
    pub id: IdentityId,
    pub kind: Kind,
    /// The sign-in name.
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// The hash of the password; `None` if the person chooses one later, by an invitation.
    pub phc: Option<String>,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// The scope in which it has them.
    pub within: Within,
}

/// Adds an identity. Returns false if its name is taken.
///
/// # Errors
/// If a role does not exist.
pub async fn add(source: &mut Source, new: NewIdentity, now: Timestamp) -> Result<bool, Unavailable> {
    let id = new.id.to_string();
    let search_text = people::search_text(&new.name, &new.display_name);
    let statement = db::query(ADD)
        .bind(id.clone())
        .bind(new.kind.as_str())
        .bind(new.name)
        .bind(new.display_name)
        .bind(now.0)
        .bind(search_text);
    if source.execute(statement).await? == 0 {
        return Ok(false);
    }
    if let Some(phc) = new.phc {
        source.execute(db::query(ADD_PASSWORD).bind(id).bind(phc).bind(now.0)).await?;
    }
    for role in &new.roles {
        let given = GivenRole { role, within: &new.within, ends: None, by: None };
        given_roles::give(source, new.id, &given, now).await?;
    }
    Ok(true)
}

/// Stores a hash of the same password at a higher cost, unless the password has changed in the
/// meantime.
pub async fn raise_password_cost(
    source: &mut Source,
    identity: IdentityId,
    from: String,
    to: String,
) -> Result<(), Unavailable> {
    let statement = db::query(RAISE_PASSWORD_COST).bind(to).bind(identity.to_string()).bind(from);
    source.execute(statement).await.map(|_| ())
}

/// Freezes an identity. Its sessions end with the next request. Returns false if it was frozen
/// before.
pub async fn freeze(source: &mut Source, identity: IdentityId, now: Timestamp) -> Result<bool, Unavailable> {
    Ok(source.execute(db::query(FREEZE).bind(now.0).bind(identity.to_string())).await? != 0)
}

pub(crate) fn identity_id(row: &Row, column: &str) -> Result<IdentityId, sqlx::Error> {
    IdentityId::parse(row.try_get(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Increases the identity's counter of lost privileges.
pub async fn bump_privileges_version(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(db::query(NOTE_LOSS).bind(identity.to_string())).await.map(|_| ())
}

/// Returns the names of all roles.
pub async fn roles(source: &mut Source) -> Result<Vec<String>, Unavailable> {
    let rows = source.all(db::query(ROLES)).await?;
    rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the identities that hold a permission in every environment.
pub async fn holding_everywhere(
    source: &mut Source,
    permission: &'static str,
    now: Timestamp,
) -> Result<Vec<IdentityId>, Unavailable> {
    let rows = source.all(db::query(HOLDING).bind(permission).bind(now.0)).await?;
    let read = |row: &Row| IdentityId::parse(row.try_get(0)?).map_err(|error| sqlx::Error::Decode(error.into()));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Locks an identity until this transaction ends: other changes of it, and deciding transactions of
/// its sessions, wait.
pub async fn lock(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    let statement = db::query(source.text(LOCK)).bind(identity.to_string());
    source.optional(statement).await.map(|_| ())
}

/// Returns the name of the only person, if there is exactly one.
pub async fn only_person(source: &mut Source) -> Result<Option<String>, Unavailable> {
    let rows = source.all(db::query(PEOPLE)).await?;
    match rows.as_slice() {
        [only] => only.try_get(0).map(Some).map_err(unavailable),
        _ => Ok(None),
    }
}
