//! Whether a sender may still deliver what they wrapped: decided again by the policy that allowed it.

use crate::db::transaction::Source;
use crate::deliveries::sql::Known;
use crate::identities::principal;
use crate::secrets;
use app::deliveries::policy::{AddDelivery, DeliverSecret, Recipient};
use app::page::form::stated::StatedReason;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{TimeSpan, Timestamp};

/// Returns whether the sender may still make this delivery. Locks what the decision depends on.
pub(super) async fn may_still(source: &mut Source, delivery: &Known, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(sender) = principal::without_session(source, delivery.sender, now).await? else { return Ok(false) };
    // Nobody's own name: that a delivery is for somebody else was decided when it was made.
    let to = if delivery.recipient.is_some() { Recipient::Person(String::new()) } else { Recipient::Anyone };
    let lasts = TimeSpan(0);
    match delivery.secret {
        Some(id) => {
            let facts = secrets::sql::facts(source, id, &sender).await?;
            Ok(facts.is_some_and(|facts| {
                DeliverSecret { id, to, lasts, why: StatedReason::default() }.decide(&sender, &facts).allows()
            }))
        }
        None => {
            let environment = delivery.environment.clone();
            let facts = secrets::environments::facts(source, &environment).await?;
            let action = AddDelivery { environment, label: String::new(), to, lasts };
            Ok(facts.is_some_and(|facts| action.decide(&sender, &facts).allows()))
        }
    }
}
