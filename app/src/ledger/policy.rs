//! What may be asked of the ledger. Whoever may read it may look at it in each of these ways.

use crate::ledger::period::Period;
use crate::ledger::search::{Routine, Search};
use crate::ledger::store::RecordFacts;
use doorward::action::{Action, Read, Resource, Write};
use doorward::ledger::AuditEntry;
use doorward::policy::Decision;
use doorward::{Environment, Environments, Grounds, Holds, Principal, Reason, RecordId};
use std::collections::BTreeSet;

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
    pub(crate) fn within(&self, held: Holds<'_>) -> Decision {
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
pub fn sees_all_of(who: &Principal, record: &AuditEntry) -> bool {
    record.allowed || read_about(who, record.environment.as_ref()).allows()
}

/// `for_readers!(Name = "name", Effect, |this| resource)`: an action that the permission to read the ledger is enough for.
macro_rules! for_readers {
    ($action:ident = $name:literal, $effect:ty, |$this:ident| $resource:expr) => {
        impl doorward::action::Action for $action {
            const NAME: &'static str = $name;
            const PERMISSION: Option<&'static str> =
                Some(<$crate::ledger::policy::ReadLedger as doorward::action::Action>::NAME);
            type Facts = ();
            type Effect = $effect;

            fn about(&self) {}

            fn resource(&self) -> doorward::action::Resource {
                let $this = self;
                $resource
            }

            fn decide(&self, who: &doorward::Principal, (): &()) -> doorward::policy::Decision {
                who.holds(<$crate::ledger::policy::ReadLedger as doorward::action::Action>::NAME).somewhere()
            }
        }
    };
}

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

/// To take records away, batch by batch.
pub struct ExportLedger {
    /// Which.
    pub search: Search,
    /// Only those before this one.
    pub before: Option<RecordId>,
}

impl Action for ExportLedger {
    const NAME: &'static str = "ledger.export";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.search.resource(self.before)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        self.search.within(who.holds(ReadLedger::NAME)).and(self.search.within(who.holds(Self::NAME)))
    }
}

/// Which records `who` may take away: those that they may read, where they may take some away.
#[must_use]
pub fn export_scope(who: &Principal) -> Environments {
    scope(who).and(who.holds(ExportLedger::NAME).environments())
}

/// To read one record: of oneself, or anybody's for whoever reads the ledger.
pub struct ReadRecord {
    /// Which.
    pub id: RecordId,
}

impl Action for ReadRecord {
    const NAME: &'static str = "ledger.read_record";
    const PERMISSION: Option<&'static str> = Some(ReadLedger::NAME);
    type Facts = RecordFacts;
    type Effect = Read;

    fn about(&self) -> RecordId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("record", self.id)
    }

    fn decide(&self, who: &Principal, about: &RecordFacts) -> Decision {
        let own = Decision::when(about.identity == Some(who.identity), Grounds::OWNER, Reason::NotGranted);
        own.or(read_about(who, about.environment.as_ref())).or_hidden()
    }
}

/// To be shown records as they are written. It is asked anew whenever there is something to show, and so often that these
/// questions themselves are not shown.
pub struct FollowLedger {
    /// Which.
    pub search: Search,
    /// Only those after this one.
    pub after: Option<RecordId>,
    /// The newest record of the look before.
    pub seen: Option<RecordId>,
    /// But for these, which were shown already.
    pub shown: BTreeSet<RecordId>,
}

impl Action for FollowLedger {
    const NAME: &'static str = "ledger.follow";
    const PERMISSION: Option<&'static str> = Some(ReadLedger::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        self.search.resource(None)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        self.search.within(who.holds(ReadLedger::NAME))
    }
}

/// To see how many decisions there were.
pub struct CountDecisions {
    /// Over which time.
    pub over: Period,
    /// Whether routine reads are counted.
    pub routine: Routine,
}

for_readers!(CountDecisions = "ledger.count", Read, |this| {
    Resource::none().with("over", this.over.name()).with(Routine::PARAMETER, this.routine.as_str())
});
