//! What may be asked of the ledger. Whoever may read it may look at it in each of these ways.

use super::Search;
use crate::store::RecordRow;
use doorward::action::{Action, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Environment, Environments, Holds, Principal, RecordId};

/// To read the records of everybody: those about what belongs to an environment where the permission is held, or all.
pub struct ReadLedger {
    /// Which.
    pub search: Search,
    /// Only those before this one.
    pub before: Option<RecordId>,
}

impl Action for ReadLedger {
    const NAME: &'static str = "ledger.read";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.search.resource(self.before)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        self.search.within(who.holds(Self::NAME))
    }
}

impl Search {
    /// Allows whoever holds it in the environment that is searched for; in any, where that is none.
    pub(in crate::pages) fn within(&self, held: Holds<'_>) -> Decision {
        self.environment.as_ref().map_or_else(|| held.somewhere(), |environment| held.within(environment))
    }
}

/// Which records `who` may read.
#[must_use]
pub fn scope(who: &Principal) -> Environments {
    who.holds(ReadLedger::NAME).environments()
}

/// Allows whoever may read a record about what belongs to this environment, or to none.
pub fn read_about(who: &Principal, environment: Option<&Environment>) -> Decision {
    who.holds(ReadLedger::NAME).within_its(environment)
}

/// Whether `who` may see all of a record about what belongs to this environment. The person whom a refusal is about may not:
/// its name, environment and exact reason tell of what they may not know of.
#[must_use]
pub fn sees_all_of(who: &Principal, record: &RecordRow) -> bool {
    record.allowed || read_about(who, record.environment.as_ref()).allows()
}

/// `for_readers!(Name = "name", Effect, |this| resource)`: an action that the permission to read the ledger is enough for.
macro_rules! for_readers {
    ($action:ident = $name:literal, $effect:ty, |$this:ident| $resource:expr) => {
        impl doorward::action::Action for $action {
            const NAME: &'static str = $name;
            const PERMISSION: Option<&'static str> =
                Some(<$crate::pages::ledger::can::ReadLedger as doorward::action::Action>::NAME);
            type Facts = ();
            type Effect = $effect;

            fn about(&self) {}

            fn resource(&self) -> doorward::action::Resource {
                let $this = self;
                $resource
            }

            fn decide(&self, who: &doorward::Principal, (): &()) -> doorward::policy::Decision {
                who.holds(<$crate::pages::ledger::can::ReadLedger as doorward::action::Action>::NAME).somewhere()
            }
        }
    };
}

pub(crate) use for_readers;

/// To keep a search under a name, for oneself.
pub struct KeepSearch {
    /// The name; what was kept under it before is replaced.
    pub name: String,
    /// The search as the query of an address.
    pub query: String,
}

for_readers!(KeepSearch = "ledger.keep_search", Write, |this| {
    Resource::none().with("name", &this.name).with("search", &this.query)
});

/// To keep a search of one's own no longer.
pub struct DropSearch {
    /// Its name.
    pub name: String,
}

for_readers!(DropSearch = "ledger.drop_search", Write, |this| Resource::none().with("name", &this.name));
