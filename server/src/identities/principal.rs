//! An identity that is asked about although it does not ask: what it may do now decides what is done for it.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, broken, unavailable};
use crate::identities::held::{self, HeldRoles};
use crate::lockable;
use doorward::guard::Unavailable;
use doorward::session::Handle;
use doorward::{AuthenticationId, IdentityId, Kind, Method, Principal, SessionId, Timestamp};

/// A transaction locks the row first, in the order in which an account is disabled.
const ACCOUNT: Lockable =
    lockable!("select name, display_name, kind from identities where id = $1 and frozen_at is null", "for share");

/// Returns an identity with the roles of this moment, and without a session. `None` if the account is disabled.
pub async fn without_session(
    source: &mut Source,
    id: IdentityId,
    now: Timestamp,
) -> Result<Option<Principal>, Unavailable> {
    let statement = db::query(source.text(ACCOUNT)).bind(id.to_string());
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let HeldRoles { roles, holdings } = held::held_by(source, id, now).await?;
    let walls = held::walls(source).await?;
    let read = || -> Result<Principal, sqlx::Error> {
        let kind = Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?;
        Ok(Principal {
            identity: id,
            name: row.try_get::<String>("name")?.into(),
            display_name: row.try_get::<String>("display_name")?.into(),
            kind,
            session: SessionId::NOTHING,
            ends: now,
            idle_ends: now,
            handle: Handle { generation: 0, issued: now, used: None, retired: None, offered: None, offers: 0 },
            assurance: doorward::Assurance {
                authentication: AuthenticationId::NOTHING,
                method: Method::Password,
                at: Timestamp(0),
            },
            has_second_factor: false,
            privileges_version: 0,
            unread: 0,
            unconfirmed: None,
            machines: Vec::new(),
            walled_off: held::walled_off(kind, &walls),
            roles,
            holdings,
            policy: 0,
            now,
        })
    };
    read().map(Some).map_err(unavailable)
}
