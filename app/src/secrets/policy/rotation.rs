//! Policy for rotation: who sees which secrets are due, and who sets a period.

use crate::page::form::stated::StatedReason;
use crate::secrets::filter::RotationFilter;
use crate::secrets::policy::details::look_after;
use crate::secrets::policy::{EditSecret, ListSecrets, RotateSecret, employ};
use crate::secrets::store::{RotationState, SecretFacts};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::generator::Generator;
use doorward::policy::Decision;
use doorward::{Principal, SecretId};

/// List secrets by their due date. Each row is also decided separately, as if it were opened.
pub struct ListRotations {
    /// Which secrets.
    pub filter: RotationFilter,
}

impl Action for ListRotations {
    const NAME: &'static str = "secret.list_rotations";
    const PERMISSION: Option<&'static str> = Some(ListSecrets::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let RotationFilter { environment, folder, state, own, page } = &self.filter;
        let resource = Resource::none().with("page", page.to_string());
        let resource = environment.iter().fold(resource, |resource, name| resource.with("environment", name.as_str()));
        let resource = folder.iter().fold(resource, |resource, folder| resource.with("folder", folder.as_str()));
        let state = state.map_or("", RotationState::as_str);
        resource.with("state", state).with("whose", if *own { "own" } else { "" })
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListSecrets::NAME).somewhere()
    }
}

/// Set after how many days a secret is due for a new value.
pub struct SetRotation {
    pub id: SecretId,
    /// `None` for no period.
    pub days: Option<i64>,
}

impl Action for SetRotation {
    const NAME: &'static str = "secret.set_rotation";
    const PERMISSION: Option<&'static str> = Some(EditSecret::NAME);
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        let days = self.days.map_or_else(|| "none".to_owned(), |days| days.to_string());
        Resource::of("secret", self.id).with("days", days)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        look_after(EditSecret::NAME, who, about)
    }
}

/// Give a secret a value that the server generates. Whoever may rotate a secret may do so.
pub struct GenerateValue {
    pub id: SecretId,
    /// `None` for what is kept with the secret.
    pub generator: Option<Generator>,
    /// Whether the generator is kept with the secret.
    pub keep: bool,
    pub why: StatedReason,
}

impl Action for GenerateValue {
    const NAME: &'static str = "secret.generate";
    const PERMISSION: Option<&'static str> = Some(RotateSecret::NAME);
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        let generator = self.generator.as_ref().map_or_else(|| "kept".to_owned(), ToString::to_string);
        self.why.of(Resource::of("secret", self.id).with("generator", generator))
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(RotateSecret::NAME, who, about)
    }
}

/// Decides whether a due date concerns somebody: the owner, and whoever may give the secret a new value.
#[must_use]
pub fn is_to_rotate(id: SecretId, who: &Principal, about: &SecretFacts) -> bool {
    let know = crate::secrets::policy::know(who, about);
    let rotate = RotateSecret { id, why: StatedReason::default() }.decide(who, about);
    know.and(about.owned_by(who)).or(rotate).allows()
}
