//! Policy: what may be asked here, and what decides.

use crate::access::store::IncidentFacts;
use crate::ledger::search::Checks;
use doorward::action::{Action, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, IncidentId, Principal, Reason};

/// To see one's own overview.
pub struct ReadOverview {
    /// Whether background checks are among one's last decisions.
    pub checks: Checks,
}

impl Action for ReadOverview {
    const NAME: &'static str = "overview.read";
    const PERMISSION: Option<&'static str> = None;
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        match self.checks {
            Checks::Usual => Resource::none(),
            checks => Resource::none().with("background", checks.as_str()),
        }
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}

/// Who sees everybody's incidents on their overview.
pub const LIST_INCIDENTS: &str = "incident.list";

/// To say that one has seen an incident about oneself.
pub struct AcknowledgeIncident {
    /// Which.
    pub id: IncidentId,
}

impl Action for AcknowledgeIncident {
    const NAME: &'static str = "incident.acknowledge";
    const PERMISSION: Option<&'static str> = None;
    type Facts = IncidentFacts;
    type Effect = Write;

    fn about(&self) -> IncidentId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("incident", self.id)
    }

    fn decide(&self, who: &Principal, about: &IncidentFacts) -> Decision {
        Decision::when(about.identity == who.identity, Grounds::OWNER, Reason::NotGranted).or_hidden()
    }
}

/// To close an incident about somebody else. Whoever stole a session may hold the password too, and must not end the
/// search for themselves.
pub struct CloseIncident {
    /// Which.
    pub id: IncidentId,
}

impl Action for CloseIncident {
    const NAME: &'static str = "incident.close";
    type Facts = IncidentFacts;
    type Effect = Write;

    fn about(&self) -> IncidentId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("incident", self.id)
    }

    fn decide(&self, who: &Principal, about: &IncidentFacts) -> Decision {
        if about.identity == who.identity {
            return Decision::refused(Reason::SamePerson);
        }
        who.holds(Self::NAME).everywhere().or_hidden()
    }
}

/// To see what guards each address.
pub struct ListRoutes;

impl Action for ListRoutes {
    const NAME: &'static str = "route.list";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(Self::NAME).everywhere()
    }
}
