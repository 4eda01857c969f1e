//! Policy for the page about who read a secret, and who could at a time in the past.

use crate::secrets::policy::access::read_access;
use crate::secrets::store::SecretFacts;
use doorward::action::{Action, Read, Resource};
use doorward::policy::Decision;
use doorward::{Principal, SecretId, Timestamp};

/// Read who read a secret's present value, and who could use it at a time.
pub struct ReadReaders {
    pub id: SecretId,
    /// `None` for now.
    pub on: Option<Timestamp>,
}

impl Action for ReadReaders {
    const NAME: &'static str = "secret.readers";
    const PERMISSION: Option<&'static str> = Some("secret.access");
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        let on = self.on.map(|on| on.0.to_string()).unwrap_or_default();
        Resource::of("secret", self.id).with("on", on)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        read_access(who, about)
    }
}
