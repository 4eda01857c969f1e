//! Opening a delivery: once, inside the transaction of its record.

use crate::access::incidents;
use crate::account::notices;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::deliveries::binding::DeliveryBinding;
use crate::deliveries::sender;
use crate::deliveries::sql::{self, Known};
use app::access::store::IncidentKind;
use app::account::notices::NoticeKind;
use app::deliveries::store::{Delivered, DeliveryState};
use doorward::guard::Unavailable;
use doorward::{ClientOrigin, DeliveryId, SecretText, Timestamp};
use sha2::{Digest as _, Sha256};

/// Who opens a delivery, as notices name them, and with which form.
pub(super) struct Opening<'a> {
    pub by: &'a str,
    pub place: &'a ClientOrigin,
    /// The form's token, if it has one.
    pub form: Option<&'a str>,
    pub now: Timestamp,
}

impl Opening<'_> {
    fn form_hash(&self, id: DeliveryId) -> Option<String> {
        let token = self.form?;
        let digest = Sha256::new_with_prefix(id.as_str()).chain_update([0]).chain_update(token).finalize();
        Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The inner error is the state that it is in.
pub(super) type Opened = Result<Delivered, DeliveryState>;

impl SqlBackend {
    /// Opens a delivery if it waits and its sender may still make it. The caller commits in either
    /// case: a refusal also changes rows.
    pub(super) async fn open_delivery(
        &self,
        source: &mut Source,
        id: DeliveryId,
        opening: &Opening<'_>,
    ) -> Result<Opened, Unavailable> {
        let Some(first) = sql::look_at(source, id, opening.now).await? else {
            return Err(Unavailable);
        };
        // The rows about the sender are locked before the delivery, as where an account is disabled.
        let may = first.state == DeliveryState::Waiting && sender::may_still(source, &first, opening.now).await?;
        let Some(delivery) = sql::known(source, id, opening.now).await? else { return Err(Unavailable) };
        let form = opening.form_hash(id);
        match (delivery.state, &delivery.sealed) {
            (DeliveryState::Waiting, Some(_)) if !may => {
                sql::finish(source, id, (DeliveryState::Void, None, None), opening.now).await?;
                Ok(Err(DeliveryState::Void))
            }
            (DeliveryState::Waiting, Some(sealed)) => {
                let value = self.unwrap(&delivery, sealed)?;
                let end = (DeliveryState::Taken, opening.place.address.clone(), form);
                if !sql::finish(source, id, end, opening.now).await? {
                    return Err(Unavailable);
                }
                let about = format!("{} opened {}", opening.by, in_words(&delivery));
                self.tell_sender(source, &delivery, NoticeKind::DeliveryOpened, &about, opening.now).await?;
                Ok(Ok(Delivered { label: delivery.label, sender_name: delivery.sender_name, value }))
            }
            (DeliveryState::Taken, _) if form.is_none() || form != delivery.taken_form => {
                self.tried_again(source, &delivery, opening).await?;
                Ok(Err(DeliveryState::Taken))
            }
            (state, _) => Ok(Err(state)),
        }
    }

    fn unwrap(&self, delivery: &Known, sealed: &crate::vault::Sealed) -> Result<SecretText, Unavailable> {
        let recipient = delivery.recipient.map(|identity| identity.to_string()).unwrap_or_default();
        let binding =
            DeliveryBinding { delivery: delivery.id.as_str(), sender: delivery.sender.as_str(), recipient: &recipient };
        self.vault.open(&binding, sealed).map_err(|error| {
            tracing::error!(%error, delivery = %delivery.id, "a delivered value does not open");
            Unavailable
        })
    }

    /// Opens an incident and tells the sender, once for each delivery.
    async fn tried_again(
        &self,
        source: &mut Source,
        delivery: &Known,
        opening: &Opening<'_>,
    ) -> Result<(), Unavailable> {
        let about = (delivery.id.as_str(), delivery.sender, delivery.sender_name.as_str());
        let kind = IncidentKind::DeliveryRetried;
        if !incidents::open_about(source, kind, about, opening.place, opening.now, &*self.random).await? {
            return Ok(());
        }
        let about = format!("{} tried to open {}, which was opened before", opening.by, in_words(delivery));
        self.tell_sender(source, delivery, NoticeKind::DeliveryRetried, &about, opening.now).await
    }

    async fn tell_sender(
        &self,
        source: &mut Source,
        delivery: &Known,
        kind: NoticeKind,
        about: &str,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        notices::add(source, delivery.sender, kind, about, now, &*self.random).await
    }
}

fn in_words(delivery: &Known) -> String {
    format!("what you sent: {} ({})", delivery.label, delivery.environment)
}
