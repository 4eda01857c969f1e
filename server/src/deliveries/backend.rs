//! The stores behind the pages for deliveries.

use crate::account::notices;
use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::deliveries::binding::DeliveryBinding;
use crate::deliveries::sql::{self, NewDelivery};
use crate::deliveries::taking::Opening;
use crate::sign_in::authenticate::hash_of_code;
use crate::sign_in::handle;
use crate::{identities, secrets};
use app::account::notices::NoticeKind;
use app::backend::{Permit, StoreError};
use app::deliveries::collect::Collect;
use app::deliveries::delivery::Delivery;
use app::deliveries::policy::{
    ANYONE, AddDelivery, AskToDeliver, AskToDeliverSecret, CancelDelivery, DeliverSecret, ListDeliveries, ReadDelivery,
    Recipient, TakeDelivery,
};
use app::deliveries::store::{
    DeliverError, Delivered, Deliveries, DeliveryChoices, DeliveryList, DeliveryRow, DeliveryState, Made, TakeError,
};
use app::page::Address;
use app::secrets::store::SecretKind;
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{ClientOrigin, DeliveryId, Environment, Principal, SecretId, SecretText, TimeSpan};

/// What is wrapped.
struct Wrapped {
    value: SecretText,
    environment: Environment,
    label: String,
    /// The secret and the version, if the value is a secret's.
    secret: Option<(SecretId, i64)>,
}

type Done = Result<Made, NotMade<DeliverError>>;

impl SqlBackend {
    /// Encrypts the value for its recipient and tells them.
    async fn wrap(
        &self,
        source: &mut Source,
        who: &Principal,
        wrapped: Wrapped,
        (to, lasts): (&Recipient, TimeSpan),
    ) -> Done {
        let recipient = match to {
            Recipient::Anyone => None,
            Recipient::Person(name) => match sql::person(source, name).await? {
                Some(found) => Some(found),
                None => return Err(NotMade::Invalid(DeliverError::Nobody)),
            },
        };
        let (id, ends) = (DeliveryId::new(who.now, &*self.random), who.now.plus(lasts));
        let (link, code_hash) = self.link(id, recipient.is_some())?;
        let for_whom = recipient.as_ref().map(|(identity, _)| identity.to_string()).unwrap_or_default();
        let binding = DeliveryBinding { delivery: id.as_str(), sender: who.identity.as_str(), recipient: &for_whom };
        let sealed = self.vault.seal(source, &binding, &wrapped.value, &*self.random).await?;
        let about = format!("{} sent you a value: {} ({})", who.display_name, wrapped.label, wrapped.environment);
        let new = NewDelivery {
            id,
            sender: who.identity,
            recipient: recipient.as_ref().map(|(identity, _)| *identity),
            code_hash,
            secret: wrapped.secret,
            environment: wrapped.environment,
            label: wrapped.label,
            made: who.now,
            ends,
            sealed,
        };
        sql::add(source, new).await?;
        if let Some((identity, _)) = &recipient {
            notices::add(source, *identity, NoticeKind::DeliveryWaiting, &about, who.now, &*self.random).await?;
        }
        Ok(Made { id, link, recipient_name: recipient.map(|(_, name)| name), ends })
    }

    /// Returns the link, and the hash of its code. The link to a named person has none, because it
    /// does nothing by itself.
    fn link(&self, id: DeliveryId, is_named: bool) -> Result<(SecretText, Option<String>), Unavailable> {
        let (address, hash) = if is_named {
            (Delivery { id }.href(), None)
        } else {
            // 256 bits, like a session's handle.
            let (code, _) = handle::new(&*self.random);
            (Collect { code: code.expose().to_owned() }.href(), Some(hash_of_code(&code)))
        };
        let link = SecretText::new(format!("{}{address}", self.origin)).map_err(|_| Unavailable)?;
        Ok((link, hash))
    }

    /// Returns the present value of a secret, to be wrapped.
    async fn value_to_wrap(&self, source: &mut Source, id: SecretId) -> Result<Option<Wrapped>, Unavailable> {
        let (Some(current), Some(named)) =
            (secrets::sql::current(source, id).await?, secrets::sql::named(source, id).await?)
        else {
            return Ok(None);
        };
        let opened = self.open_value(id, &current).map_err(|error| {
            tracing::error!(%error, secret = %id, "a sealed value does not open");
            Unavailable
        })?;
        let text = opened.text().ok_or(Unavailable)?;
        let value = SecretText::new(text.to_owned()).map_err(|_| Unavailable)?;
        let environment = Environment::parse(&current.environment).map_err(|_| Unavailable)?;
        Ok(Some(Wrapped { value, environment, label: named.name, secret: Some((id, current.version)) }))
    }

    /// Tells the owner that somebody else sent the value of their secret to somebody.
    async fn tell_owner_of_delivery(
        &self,
        source: &mut Source,
        id: SecretId,
        who: &Principal,
        made: &Made,
    ) -> Result<(), Unavailable> {
        let Some(secret) = secrets::sql::named(source, id).await? else { return Ok(()) };
        if secret.owner == who.identity {
            return Ok(());
        }
        let whom = made.recipient_name.as_deref().unwrap_or("anybody with a link");
        let about = format!("{} sent {} to {whom}, to be opened once", who.display_name, secret.in_words());
        let kind = NoticeKind::Revealed;
        notices::add_about_secret(source, secret.owner, kind, (id, &about), who.now, &*self.random).await
    }

    async fn choices(
        &self,
        who: &Principal,
        permission: &str,
        only: Option<&Environment>,
    ) -> Result<DeliveryChoices, Unavailable> {
        let mut source = self.reader();
        let mut environments = secrets::environments::names(&mut source).await?;
        environments.retain(|name| who.holds(permission).within(name).allows() && only.is_none_or(|only| only == name));
        let may_anyone = environments.iter().any(|name| who.holds(ANYONE).within(name).allows());
        Ok(DeliveryChoices {
            environments,
            asks_reason: false,
            people: identities::sql::names(&mut source).await?,
            may_anyone,
        })
    }
}

#[async_trait]
impl Deliveries for SqlBackend {
    async fn deliveries(&self, permit: Permit<ListDeliveries>) -> Result<DeliveryList, StoreError> {
        let who = permit.principal();
        let (received, sent) = sql::lists_of(&mut self.reader(), who.identity, who.now).await?;
        Ok(DeliveryList { received, sent, may_add: AskToDeliver.decide(who, &()).allows() })
    }

    async fn delivery_choices(&self, permit: Permit<AskToDeliver>) -> Result<DeliveryChoices, StoreError> {
        Ok(self.choices(permit.principal(), AddDelivery::NAME, None).await?)
    }

    async fn secret_delivery_choices(&self, permit: Permit<AskToDeliverSecret>) -> Result<DeliveryChoices, StoreError> {
        let (id, who) = (permit.action().id, permit.principal());
        let found = secrets::lists::one(&mut self.reader(), id, who).await?.ok_or(StoreError::Gone)?;
        let permission = AskToDeliverSecret::PERMISSION.unwrap_or(AskToDeliverSecret::NAME);
        let choices = self.choices(who, permission, Some(&found.facts.environment)).await?;
        Ok(DeliveryChoices { asks_reason: found.facts.protection.reason, ..choices })
    }

    async fn deliver(
        &self,
        permit: Permit<AddDelivery>,
        value: SecretText,
        form: Option<&str>,
    ) -> Result<Made, DeliverError> {
        let made = change(permit, async |source, granted| {
            let (AddDelivery { environment, label, to, lasts }, who) = (granted.action, granted.principal);
            once(source, &who, form, DeliverError::SentBefore).await?;
            self.wrap(source, &who, Wrapped { value, environment, label, secret: None }, (&to, lasts)).await
        });
        made.await
    }

    async fn deliver_secret(&self, permit: Permit<DeliverSecret>, form: Option<&str>) -> Result<Made, DeliverError> {
        let made = change(permit, async |source, granted| {
            let (DeliverSecret { id, to, lasts, .. }, who) = (granted.action, granted.principal);
            once(source, &who, form, DeliverError::SentBefore).await?;
            if secrets::values::sql::kind(source, id).await? == Some(SecretKind::File) {
                return Err(NotMade::Invalid(DeliverError::File));
            }
            let wrapped = self.value_to_wrap(source, id).await?;
            let wrapped = wrapped.ok_or(NotMade::Invalid(StoreError::Gone.into()))?;
            let made = self.wrap(source, &who, wrapped, (&to, lasts)).await?;
            self.tell_owner_of_delivery(source, id, &who, &made).await?;
            Ok(made)
        });
        made.await
    }

    async fn delivery(&self, permit: Permit<ReadDelivery>) -> Result<DeliveryRow, StoreError> {
        let found = sql::one(&mut self.reader(), permit.action().id, permit.principal().now).await?;
        found.ok_or(StoreError::Gone)
    }

    async fn take_delivery(
        &self,
        permit: Permit<TakeDelivery>,
        place: &ClientOrigin,
        form: Option<&str>,
    ) -> Result<Delivered, TakeError> {
        let taken = change(permit, async |source, granted| {
            let who = &granted.principal;
            let opening = Opening { by: &who.display_name, place, form, now: who.now };
            // A delivery that cannot be opened any more stays marked as such.
            let opened = self.open_delivery(source, granted.action.id, &opening).await?;
            opened.map_err(|state| NotMade::UsedUp(TakeError::NotWaiting(state)))
        });
        taken.await
    }

    async fn cancel_delivery(&self, permit: Permit<CancelDelivery>) -> Result<(), TakeError> {
        let cancelled = change(permit, async |source, granted| {
            let (id, now) = (granted.action.id, granted.principal.now);
            let found = sql::known(source, id, now).await?;
            let state = found.map_or(DeliveryState::Expired, |found| found.state);
            if state != DeliveryState::Waiting {
                return Err(NotMade::Invalid(TakeError::NotWaiting(state)));
            }
            sql::finish(source, id, (DeliveryState::Cancelled, None, None), now).await?;
            Ok(())
        });
        cancelled.await
    }
}
