//! Policy for the overview, incidents and the route list: the actions and what decides them.

pub mod environments;
pub mod machines;
pub mod permissions;
pub mod roles;

use crate::access::store::IncidentFacts;
use crate::ledger::search::Routine;
use crate::page::{for_holders, for_oneself};
use doorward::action::{Action, Read, Resource};
use doorward::policy::Decision;
use doorward::{Grounds, IncidentId, Principal, Reason, questions};

/// See one's own overview.
pub struct ReadOverview {
    /// Whether routine reads are included in the decisions.
    pub routine: Routine,
}

impl Action for ReadOverview {
    const NAME: &'static str = "overview.read";
    const PERMISSION: Option<&'static str> = None;
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        match self.routine {
            Routine::Usual => Resource::none(),
            routine => Resource::none().with(Routine::PARAMETER, routine.as_str()),
        }
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}

for_oneself! {
    /// Hide the first steps for the rest of one's own session.
    DismissSteps = "overview.dismiss_steps", Read;
}

/// Permission to see everybody's incidents on the overview.
pub const LIST_INCIDENTS: &str = "incident.list";

questions! {
    /// Acknowledge an incident about oneself.
    AcknowledgeIncident { id: IncidentId } = "incident.acknowledge", Write, permission None,
        |who, about: &IncidentFacts| {
            Decision::when(about.identity == who.identity, Grounds::OWNER, Reason::NotGranted).or_hidden()
        };
    /// Close an incident about somebody else. Nobody closes one about themselves: somebody who stole a
    /// session may have the password too, and must not be able to end the investigation.
    CloseIncident { id: IncidentId } = "incident.close", Write,
        |who, about: &IncidentFacts| if about.identity == who.identity {
            Decision::refused(Reason::SamePerson)
        } else {
            who.holds(CloseIncident::NAME).everywhere().or_hidden()
        };
}

for_holders! {
    /// See what guards each address.
    ListRoutes = "route.list", Read, "route.list";
}
