//! Policy for who uses a secret: seen by those who see its access, declared by those who look after it.

use crate::secrets::policy::EditSecret;
use crate::secrets::policy::access::read_access;
use crate::secrets::policy::details::look_after;
use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{ConsumerId, Principal, SecretId};

/// Read who got a value of the secret, what was declared, and who would break if it were rotated.
pub struct ReadConsumers {
    pub id: SecretId,
    /// Whoever read the present version within these days is taken to be using it.
    pub days: i64,
}

impl Action for ReadConsumers {
    const NAME: &'static str = "secret.consumers";
    const PERMISSION: Option<&'static str> = Some("secret.access");
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id).with("days", self.days.to_string())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        read_access(who, about)
    }
}

/// Declare a system that uses the secret. The record has no text that people wrote.
pub struct AddConsumer {
    pub id: SecretId,
}

impl Action for AddConsumer {
    const NAME: &'static str = "secret.add_consumer";
    const PERMISSION: Option<&'static str> = Some(EditSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        look_after(EditSecret::NAME, who, about)
    }
}

/// Remove a declared system. One of another secret is as none.
pub struct RemoveConsumer {
    pub id: SecretId,
    pub consumer: ConsumerId,
}

impl Action for RemoveConsumer {
    const NAME: &'static str = "secret.remove_consumer";
    const PERMISSION: Option<&'static str> = Some(EditSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id).with("consumer", self.consumer.to_string())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        look_after(EditSecret::NAME, who, about)
    }
}
