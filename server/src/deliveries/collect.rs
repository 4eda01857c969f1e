//! Deliveries to anybody with the link: its code is checked in place of a session.

use crate::access::incidents;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::deliveries::sql::{self, Known};
use crate::deliveries::taking::{Opened, Opening};
use crate::ledger;
use crate::sign_in::authenticate::{address_of, hash_of_code};
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::RecordFields;
use app::access::store::IncidentKind;
use app::deliveries::policy::TakeDelivery;
use app::deliveries::store::{CollectError, Collection, Delivered, DeliveryState, Offered};
use app::sign_in::store::SignInError;
use async_trait::async_trait;
use doorward::SecretText;
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::AuditEntry;

/// How notices name somebody who is not signed in.
const SOMEBODY: &str = "Somebody with the link";

impl SqlBackend {
    /// Counts a try at a code by its network. Codes are too long to be guessed; this keeps a flood
    /// of guesses from the ledger.
    async fn count_delivery_try(&self, asked: &Asked) -> Result<(), CollectError> {
        let who = Trying::Network(address_of(asked));
        self.may_try(&self.limits, asked, who, (TakeDelivery::NAME, TriedBy::Nobody)).await.map_err(|error| match error
        {
            SignInError::TooMany(wait) => CollectError::TooMany(wait),
            _ => CollectError::Unavailable,
        })
    }

    /// Returns the delivery of a code, and records a wrong one.
    async fn by_code(&self, asked: &Asked, code: &SecretText) -> Result<Known, CollectError> {
        self.count_delivery_try(asked).await?;
        if let Some(found) = sql::by_code(&mut self.reader(), hash_of_code(code), asked.now).await? {
            return Ok(found);
        }
        let (code, words) = ("wrong_delivery", "the link's code is wrong");
        let fields = RecordFields { action: TakeDelivery::NAME, who: None, allowed: false, code, words };
        self.ledger.append(self.entry(asked, fields)).await?;
        Err(CollectError::BadCode)
    }

    fn record_of(&self, asked: &Asked, delivery: &Known, outcome: Result<(), DeliveryState>) -> AuditEntry {
        let (code, words) = match outcome {
            Ok(()) => ("link", "by the code of the link"),
            Err(DeliveryState::Void) => ("delivery_void", "the sender may no longer deliver it"),
            Err(_) => ("delivery_gone", "it does not wait any more"),
        };
        let fields = RecordFields { action: TakeDelivery::NAME, who: None, allowed: outcome.is_ok(), code, words };
        AuditEntry {
            resource: format!("delivery:{}", delivery.id),
            environment: Some(delivery.environment.clone()),
            resource_name: Some(delivery.label.clone()),
            ..self.entry(asked, fields)
        }
    }

    /// Opens it, with its record, in one transaction.
    async fn collect_in_one(&self, asked: &Asked, delivery: &Known, form: Option<&str>) -> Result<Opened, Unavailable> {
        let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
        let opening = Opening { by: SOMEBODY, place: &asked.place, form, now: asked.now };
        let opened = self.open_delivery(&mut source, delivery.id, &opening).await?;
        let outcome = opened.as_ref().map(|_| ()).map_err(|state| *state);
        ledger::sql::append_in(&mut source, &self.record_of(asked, delivery, outcome)).await?;
        source.commit().await?;
        Ok(opened)
    }

    /// Returns whether opening it again changes nothing, so that it takes no transaction.
    async fn is_settled(&self, delivery: &Known) -> Result<bool, Unavailable> {
        match delivery.state {
            DeliveryState::Waiting => Ok(false),
            DeliveryState::Taken => {
                incidents::is_known_about(&mut self.reader(), IncidentKind::DeliveryRetried, delivery.id.as_str()).await
            }
            _ => Ok(true),
        }
    }
}

#[async_trait]
impl Collection for SqlBackend {
    async fn offered(&self, asked: &Asked, code: &SecretText) -> Result<Offered, CollectError> {
        let delivery = self.by_code(asked, code).await?;
        match delivery.state {
            DeliveryState::Waiting => Ok(Offered { sender_name: delivery.sender_name, ends: delivery.ends }),
            state => Err(CollectError::NotWaiting(state)),
        }
    }

    async fn collect(&self, asked: &Asked, code: &SecretText, form: Option<&str>) -> Result<Delivered, CollectError> {
        let delivery = self.by_code(asked, code).await?;
        if self.is_settled(&delivery).await? {
            self.ledger.append(self.record_of(asked, &delivery, Err(delivery.state))).await?;
            return Err(CollectError::NotWaiting(delivery.state));
        }
        self.collect_in_one(asked, &delivery, form).await?.map_err(CollectError::NotWaiting)
    }
}
