//! Policy for the list of secrets, as a page and as a file.

use crate::secrets::filter::{After, Filter};
use doorward::Principal;
use doorward::action::{Action, Read, Resource};
use doorward::policy::Decision;

/// Adds what else narrows a list, if it does.
fn narrowed(resource: Resource, filter: &Filter) -> Resource {
    let folder = filter.folder.iter().fold(resource, |resource, folder| resource.with("folder", folder.as_str()));
    let tag = filter.tag.iter().fold(folder, |resource, tag| resource.with("tag", tag.as_str()));
    let owner = if filter.owner.is_empty() { tag } else { tag.with("owner", &filter.owner) };
    let uses = filter.uses.iter().fold(owner, |resource, uses| resource.with("access", uses.as_str()));
    if filter.archived { uses.with("state", "archived") } else { uses }
}

/// Export the list of secrets in batches. Each row is also decided separately, as if it were
/// opened.
pub struct ExportSecrets {
    /// Which secrets.
    pub filter: Filter,
    /// Which batch.
    pub after: After,
}

impl Action for ExportSecrets {
    const NAME: &'static str = "secret.export";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let environment = self.filter.environment.as_ref().map_or("", |environment| environment.as_str());
        let resource = Resource::none()
            .with("after", self.after.id.map(|id| id.to_string()).unwrap_or_default())
            .with("environment", environment)
            .with("name", &self.filter.name);
        narrowed(resource, &self.filter)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListSecrets::NAME).somewhere().and(who.holds(Self::NAME).somewhere())
    }
}

/// List the secrets that the principal may know of, by name, from a position on. Each row is also
/// decided separately, as if it were opened.
pub struct BrowseSecrets {
    /// Which secrets.
    pub filter: Filter,
    /// The position.
    pub after: After,
}

impl Action for BrowseSecrets {
    const NAME: &'static str = ListSecrets::NAME;
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let environment = self.filter.environment.as_ref().map_or("", |environment| environment.as_str());
        Resource::none()
            .with("after", self.after.id.map(|id| id.to_string()).unwrap_or_default())
            .with("environment", environment)
            .with("name", &self.filter.name)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).somewhere()
    }
}

/// List the secrets that the principal may know of. Each row is also decided separately, as if it
/// were opened.
pub struct ListSecrets {
    /// Which secrets.
    pub filter: Filter,
}

impl Action for ListSecrets {
    const NAME: &'static str = "secret.list";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let Filter { name, environment, sort, page, .. } = &self.filter;
        let environment = environment.as_ref().map_or("", |environment| environment.as_str());
        let resource = Resource::none()
            .with("environment", environment)
            .with("name", name)
            .with("page", page.to_string())
            .with("sort", sort.text());
        narrowed(resource, &self.filter)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).somewhere()
    }
}
