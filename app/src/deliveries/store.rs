//! Deliveries: the facts for policies, the data for pages, and the store traits.

use crate::backend::{Permit, StoreError, Unit};
use crate::deliveries::policy;
use crate::identities::store::Named;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{Asked, LoadFacts, Pending, Unavailable};
use doorward::policy::Protection;
use doorward::{ClientOrigin, DeliveryId, Environment, IdentityId, Principal, SecretText, Timestamp};

/// The longest description of a typed value, in characters.
pub const LONGEST_LABEL: usize = 80;

/// The facts for decisions about a delivery. Those that decide never change.
#[derive(Clone, Debug)]
pub struct DeliveryFacts {
    pub label: String,
    pub environment: Environment,
    pub protection: Protection,
    pub sender: IdentityId,
    /// The named person, or `None` if it is for anybody with the link.
    pub recipient: Option<IdentityId>,
    /// Whether the value is that of a canary. Unlike the rest, this can change.
    pub canary: bool,
}

impl Facts for DeliveryFacts {
    type Key = DeliveryId;

    fn is_canary(&self) -> bool {
        self.canary
    }

    fn protection(&self) -> Protection {
        self.protection
    }

    fn environment(&self) -> Option<&Environment> {
        Some(&self.environment)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.label)
    }
}

impl LoadFacts<dyn Unit> for DeliveryFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a DeliveryId,
        _: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.delivery_facts(key)
    }
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Waiting,
    Taken,
    Expired,
    /// The sender took it back.
    Cancelled,
    /// The sender lost the right to deliver it.
    Void,
}

impl DeliveryState {
    /// Returns the state as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Void => "void",
        }
    }

    /// Parses what [`DeliveryState::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Taken, Self::Expired, Self::Cancelled, Self::Void]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A delivery without its value.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    pub id: DeliveryId,
    pub label: String,
    pub environment: Environment,
    /// Whether its environment is marked.
    pub protected: bool,
    pub sender: IdentityId,
    /// The sender's display name.
    pub sender_name: String,
    /// The named person's display name.
    pub recipient_name: Option<String>,
    /// The version of the secret that was wrapped, if the value is a secret's.
    pub version: Option<i64>,
    pub made: Timestamp,
    pub ends: Timestamp,
    pub state: DeliveryState,
    /// When the state changed for the last time.
    pub changed: Option<Timestamp>,
    /// Whether its environment asks for a reason before it hands out a value.
    pub asks_reason: bool,
    /// The client address that opened it.
    pub taken_from: Option<String>,
}

/// What somebody has sent, and what waits for them.
#[derive(Clone, Debug)]
pub struct DeliveryList {
    pub received: Vec<DeliveryRow>,
    pub sent: Vec<DeliveryRow>,
    /// Whether they may deliver a typed value.
    pub may_add: bool,
}

/// What a form for a delivery offers.
#[derive(Clone, Debug)]
pub struct DeliveryChoices {
    /// The environments of a typed value.
    pub environments: Vec<Environment>,
    /// Whom it could be for. Empty if there are too many to choose from a list.
    pub people: Vec<Named>,
    /// Whether the environment asks for a reason before it hands out a value.
    pub asks_reason: bool,
    /// Whether a link for anybody can be made, in at least one of the environments.
    pub may_anyone: bool,
}

/// A delivery that was just made.
pub struct Made {
    pub id: DeliveryId,
    /// The link, which is shown once if it carries a code.
    pub link: SecretText,
    /// The named person's display name.
    pub recipient_name: Option<String>,
    pub ends: Timestamp,
}

/// Why no delivery was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliverError {
    #[error("nobody who can sign in has that name")]
    Nobody,
    #[error("the form was sent before")]
    SentBefore,
    #[error("a file cannot be delivered")]
    File,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A value that was opened. Has no `Debug`.
#[derive(Clone)]
pub struct Delivered {
    pub label: String,
    pub sender_name: String,
    pub value: SecretText,
}

/// Why a delivery was not opened or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    #[error("it is not waiting any more")]
    NotWaiting(DeliveryState),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a link with a code opened nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectError {
    #[error("the code is wrong")]
    BadCode,
    #[error("it is not waiting any more")]
    NotWaiting(DeliveryState),
    #[error("too many tries")]
    TooMany(u32),
    #[error("the store did not answer")]
    Unavailable,
}

impl From<Unavailable> for CollectError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// What the page behind a link tells before it is opened.
#[derive(Clone, Debug)]
pub struct Offered {
    pub sender_name: String,
    pub ends: Timestamp,
}

/// Reads, makes and opens deliveries.
#[async_trait]
pub trait Deliveries: Send + Sync {
    async fn deliveries(&self, permit: Permit<policy::ListDeliveries>) -> Result<DeliveryList, StoreError>;

    async fn delivery_choices(&self, permit: Permit<policy::AskToDeliver>) -> Result<DeliveryChoices, StoreError>;

    async fn secret_delivery_choices(
        &self,
        permit: Permit<policy::AskToDeliverSecret>,
    ) -> Result<DeliveryChoices, StoreError>;

    /// Wraps a typed value. `form` is the form's token.
    async fn deliver(
        &self,
        permit: Permit<policy::AddDelivery>,
        value: SecretText,
        form: Option<&str>,
    ) -> Result<Made, DeliverError>;

    /// Wraps the present value of a secret.
    async fn deliver_secret(
        &self,
        permit: Permit<policy::DeliverSecret>,
        form: Option<&str>,
    ) -> Result<Made, DeliverError>;

    async fn delivery(&self, permit: Permit<policy::ReadDelivery>) -> Result<DeliveryRow, StoreError>;

    /// Opens a delivery once, and decides again whether its sender may still make it. A form that
    /// is sent again is no second try.
    async fn take_delivery(
        &self,
        permit: Permit<policy::TakeDelivery>,
        place: &ClientOrigin,
        form: Option<&str>,
    ) -> Result<Delivered, TakeError>;

    async fn cancel_delivery(&self, permit: Permit<policy::CancelDelivery>) -> Result<(), TakeError>;
}

/// Deliveries to anybody who has the link: nobody is signed in, and the code is checked instead.
#[async_trait]
pub trait Collection: Send + Sync {
    /// Returns what a code is for. Nothing is consumed. Each call counts as a try.
    async fn offered(&self, asked: &Asked, code: &SecretText) -> Result<Offered, CollectError>;

    /// Opens the delivery once. Each call counts as a try.
    async fn collect(&self, asked: &Asked, code: &SecretText, form: Option<&str>) -> Result<Delivered, CollectError>;
}
