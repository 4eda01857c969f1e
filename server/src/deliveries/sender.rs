//! Whether a sender may still deliver what they wrapped: decided again by the policy that allowed it.

use crate::db::transaction::{Lockable, Source};
use crate::db::{self, broken, unavailable};
use crate::deliveries::sql::Known;
use crate::identities::held::{self, HeldRoles};
use crate::{lockable, secrets};
use app::deliveries::policy::{AddDelivery, DeliverSecret, Recipient};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::session::Handle;
use doorward::{AuthenticationId, IdentityId, Kind, Method, Principal, SessionId, TimeSpan, Timestamp};

/// The row is locked before the delivery's, in the order in which an account is disabled.
const ACCOUNT: Lockable =
    lockable!("select name, display_name, kind from identities where id = $1 and frozen_at is null", "for share");

/// Returns whether the sender may still make this delivery. Locks what the decision depends on.
pub(super) async fn may_still(source: &mut Source, delivery: &Known, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(sender) = principal(source, delivery.sender, now).await? else { return Ok(false) };
    // Nobody's own name: that a delivery is for somebody else was decided when it was made.
    let to = if delivery.recipient.is_some() { Recipient::Person(String::new()) } else { Recipient::Anyone };
    let lasts = TimeSpan(0);
    match delivery.secret {
        Some(id) => {
            let facts = secrets::sql::facts(source, id, &sender).await?;
            Ok(facts.is_some_and(|facts| DeliverSecret { id, to, lasts }.decide(&sender, &facts).allows()))
        }
        None => {
            let environment = delivery.environment.clone();
            let facts = secrets::sql::environment(source, &environment).await?;
            let action = AddDelivery { environment, label: String::new(), to, lasts };
            Ok(facts.is_some_and(|facts| action.decide(&sender, &facts).allows()))
        }
    }
}

/// The sender with the roles of this moment, and without a session. `None` if the account is disabled.
async fn principal(source: &mut Source, id: IdentityId, now: Timestamp) -> Result<Option<Principal>, Unavailable> {
    let statement = db::query(source.text(ACCOUNT)).bind(id.to_string());
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let HeldRoles { roles, holdings } = held::held_by(source, id, now).await?;
    let read = || -> Result<Principal, sqlx::Error> {
        Ok(Principal {
            identity: id,
            name: row.try_get::<String>("name")?.into(),
            display_name: row.try_get::<String>("display_name")?.into(),
            kind: Kind::parse(row.try_get("kind")?).ok_or_else(|| broken("no such kind"))?,
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
            machines: Vec::new(),
            unread: 0,
            unconfirmed: None,
            roles,
            holdings,
            policy: 0,
            now,
        })
    };
    read().map(Some).map_err(unavailable)
}
