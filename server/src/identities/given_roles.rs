//! Changes of the table `identity_roles`: who has which role, where, and until when.

use crate::access::policy_version;
use crate::db::transaction::Source;
use crate::db::{self, Statement};
use crate::identities;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Timestamp, Within};

const GIVE: &str = "insert into identity_roles (identity, role, environment, ends_at, given_by, given_at) \
     values ($1, $2, $3, $4, $5, $6) on conflict (identity, role, environment) do update set \
     ends_at = excluded.ends_at, given_by = excluded.given_by, given_at = excluded.given_at";
const TAKE: &str = "delete from identity_roles where identity = $1 and role = $2 and environment = $3";
/// Somebody who can sign in and may give roles everywhere, without an end.
const ADMINISTRATOR: &str = "select 1 from identities i join held_roles r on r.identity = i.id \
     join role_permissions p on p.role = r.role \
     where p.permission = 'role.give' and p.environment = '*' and r.environment = '*' and r.ends_at is null \
     and i.frozen_at is null and (exists (select 1 from passwords w where w.identity = i.id) \
     or exists (select 1 from passkeys k where k.identity = i.id)) limit 1";

/// A role that somebody gives.
pub struct GivenRole<'a> {
    pub role: &'a str,
    pub within: &'a Within,
    /// `None` for no end.
    pub ends: Option<Timestamp>,
    /// `None` for the command line and the set-up.
    pub by: Option<IdentityId>,
}

impl GivenRole<'_> {
    /// Binds the columns of a row: who gets it, the role, where, until when, who gives it, and when.
    pub fn bind(&self, statement: Statement, to: String, now: Timestamp) -> Statement {
        statement
            .bind(to)
            .bind(self.role.to_owned())
            .bind(self.within.as_str().to_owned())
            .bind(self.ends.map(|ends| ends.0))
            .bind(self.by.map(|by| by.to_string()))
            .bind(now.0)
    }
}

/// Gives a role, or changes the end of one that the identity has.
///
/// # Errors
/// If there is no such role.
pub async fn give(
    source: &mut Source,
    to: IdentityId,
    given: &GivenRole<'_>,
    now: Timestamp,
) -> Result<(), Unavailable> {
    source.execute(given.bind(db::query(GIVE), to.to_string(), now)).await?;
    policy_version::changed(source).await
}

/// Takes a role away. Returns false if the identity did not have it.
pub async fn take(source: &mut Source, from: IdentityId, role: &str, within: &Within) -> Result<bool, Unavailable> {
    let statement = db::query(TAKE).bind(from.to_string()).bind(role.to_owned()).bind(within.as_str().to_owned());
    if source.execute(statement).await? == 0 {
        return Ok(false);
    }
    identities::sql::bump_privileges_version(source, from).await?;
    policy_version::changed(source).await?;
    Ok(true)
}

/// Returns whether somebody is left who may give roles. Ask after the change, in its transaction.
pub async fn somebody_may_give(source: &mut Source) -> Result<bool, Unavailable> {
    source.optional(db::query(ADMINISTRATOR)).await.map(|row| row.is_some())
}
