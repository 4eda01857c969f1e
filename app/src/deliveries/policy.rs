//! Policy for deliveries: the actions and what decides them.

use crate::deliveries::store::DeliveryFacts;
use crate::page::for_oneself;
use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{RevealSecret, ShareSecret, keep};
use crate::secrets::store::{EnvironmentFacts, SecretFacts};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{DeliveryId, Environment, Grounds, Principal, Reason, SecretId, TimeSpan};

/// Permission to deliver to anybody who has the link.
pub const ANYONE: &str = "delivery.anyone";

/// Whom a delivery is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The person with this sign-in name, who has to sign in.
    Person(String),
    /// Whoever has the link.
    Anyone,
}

impl Recipient {
    /// Returns the value for a record.
    fn in_record(&self) -> &str {
        match self {
            Self::Person(name) => name,
            Self::Anyone => "*",
        }
    }

    /// Decides whether `who` may deliver something of `environment` to this recipient.
    fn may_get_from(&self, who: &Principal, environment: &Environment) -> Decision {
        match self {
            Self::Person(name) => who.is_not(name),
            Self::Anyone => who.holds(ANYONE).within(environment),
        }
    }
}

fn described(resource: Resource, to: &Recipient, lasts: TimeSpan) -> Resource {
    resource.with("lasts", format!("{}s", lasts.0 / 1000)).with("to", to.in_record())
}

for_oneself! {
    /// See what one has sent, and what waits for oneself.
    ListDeliveries = "delivery.list", Read;
}

/// See the form for a value that is typed in.
pub struct AskToDeliver;

impl Action for AskToDeliver {
    const NAME: &'static str = "delivery.ask_to_add";
    const PERMISSION: Option<&'static str> = Some(AddDelivery::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(AddDelivery::NAME).somewhere()
    }
}

/// Deliver a value that is typed in.
pub struct AddDelivery {
    /// The environment whose rules the delivery follows.
    pub environment: Environment,
    /// What it is, in the sender's words.
    pub label: String,
    pub to: Recipient,
    pub lasts: TimeSpan,
}

impl Action for AddDelivery {
    const NAME: &'static str = "delivery.add";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = EnvironmentFacts;
    type Effect = Write;

    fn about(&self) -> Environment {
        self.environment.clone()
    }

    fn resource(&self) -> Resource {
        let resource = Resource::none().with("environment", self.environment.as_str()).with("label", &self.label);
        described(resource, &self.to, self.lasts)
    }

    fn decide(&self, who: &Principal, about: &EnvironmentFacts) -> Decision {
        who.holds(Self::NAME).within(&about.environment).and(self.to.may_get_from(who, &about.environment))
    }
}

/// Decides whether `who` may deliver a secret's value to somebody: they could reveal it and share it.
fn deliver(id: SecretId, who: &Principal, about: &SecretFacts) -> Decision {
    let shares = who.holds(ShareSecret::NAME).within(&about.environment).and(keep(who, about));
    RevealSecret { id, why: StatedReason::default() }.decide(who, about).and(shares)
}

/// See the form for delivering a secret's value.
pub struct AskToDeliverSecret {
    pub id: SecretId,
}

impl Action for AskToDeliverSecret {
    const NAME: &'static str = "secret.ask_to_deliver";
    const PERMISSION: Option<&'static str> = Some(ShareSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        deliver(self.id, who, about)
    }
}

/// Deliver the present value of a secret.
pub struct DeliverSecret {
    pub id: SecretId,
    pub to: Recipient,
    pub lasts: TimeSpan,
    pub why: StatedReason,
}

impl Action for DeliverSecret {
    const NAME: &'static str = "secret.deliver";
    const DISCLOSES: bool = true;
    const PERMISSION: Option<&'static str> = Some(ShareSecret::NAME);
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(described(Resource::of("secret", self.id), &self.to, self.lasts))
    }

    fn lacks_reason(&self) -> bool {
        !self.why.is_enough()
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        deliver(self.id, who, about).and(self.to.may_get_from(who, &about.environment))
    }
}

fn is_sender(who: &Principal, about: &DeliveryFacts) -> Decision {
    Decision::when(about.sender == who.identity, Grounds::OWNER, Reason::NotGranted)
}

fn is_recipient(who: &Principal, about: &DeliveryFacts) -> Decision {
    Decision::when(about.recipient == Some(who.identity), Grounds::GRANT, Reason::NotGranted)
}

/// Only the sender and the named person know of a delivery: its address is no capability.
fn know(who: &Principal, about: &DeliveryFacts) -> Decision {
    is_recipient(who, about).or(is_sender(who, about)).or_hidden()
}

macro_rules! about_a_delivery {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $effect:ty, $decide:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            pub id: DeliveryId,
        }

        impl Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = None;
            type Facts = DeliveryFacts;
            type Effect = $effect;

            fn about(&self) -> DeliveryId {
                self.id
            }

            fn resource(&self) -> Resource {
                Resource::of("delivery", self.id)
            }

            fn decide(&self, who: &Principal, about: &DeliveryFacts) -> Decision {
                know(who, about).and($decide(who, about))
            }
        }
    )*};
}

about_a_delivery! {
    /// See a delivery, without its value.
    ReadDelivery = "delivery.read", Read, know;
    /// Take it back before it is opened.
    CancelDelivery = "delivery.cancel", Write, is_sender;
}

/// Open a delivery, once.
pub struct TakeDelivery {
    pub id: DeliveryId,
    pub why: StatedReason,
}

impl Action for TakeDelivery {
    const NAME: &'static str = "delivery.take";
    const DISCLOSES: bool = true;
    const PERMISSION: Option<&'static str> = None;
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = DeliveryFacts;
    type Effect = Write;

    fn about(&self) -> DeliveryId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("delivery", self.id))
    }

    fn lacks_reason(&self) -> bool {
        !self.why.is_enough()
    }

    fn decide(&self, who: &Principal, about: &DeliveryFacts) -> Decision {
        know(who, about).and(is_recipient(who, about))
    }
}
