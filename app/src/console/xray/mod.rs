//! What developers see below each page if the server runs with `DOORWARD_XRAY=1`: every question that was asked for it,
//! in the order of the answers, and what the session's other requests asked since the page before.
//!
//! It shows names, and no value of any fact. Where the answer is that there is nothing, the reason is not shown.

mod log;
mod panel;
mod source;

pub use log::Log;

use crate::backend::Permit;
use crate::console::RequestContext;
use crate::page::{Asker, Cost, Meter};
use doorward::action::{Action, Effect};
use doorward::guard::{Further, Watch};
use doorward::ledger::Channel;
use doorward::{Principal, RecordId, Refusal, RefusalKind, SessionId};
use std::any::type_name;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The placeholder of the panel in the document.
pub const PLACE: &str = "<template data-xray></template>";

/// The questions of one request.
#[derive(Clone)]
pub struct Xray {
    seen: Arc<Mutex<Vec<Arc<Seen>>>>,
    session: Arc<OnceLock<SessionId>>,
    log: Log,
    meter: Meter,
    began: Duration,
}

/// A question and its answer.
struct Seen {
    action: &'static str,
    /// The type of the question, with its module.
    question: &'static str,
    /// The type of the facts that were read for it.
    facts: &'static str,
    changes: bool,
    /// Whether it was decided in the transaction of the question above it.
    further: bool,
    permission: Option<&'static str>,
    assurance: &'static str,
    asker: Asker,
    channel: Channel,
    route: Option<&'static str>,
    /// Whether it was asked after the head of its answer was sent.
    continues: bool,
    /// The id of the request.
    request: String,
    allowed: bool,
    /// The grounds or the reason, and its code.
    because: (String, String),
    /// The rows of the user's roles that name the permission.
    roles: String,
    record: Option<RecordId>,
    /// What the decision and its record cost.
    decided: Cost,
    /// What it cost to use the permit, and when that was over.
    read: OnceLock<(Cost, Duration)>,
    /// How often it was asked in a row.
    times: AtomicU32,
}

impl Xray {
    #[must_use]
    pub fn new(meter: Meter, log: Log) -> Self {
        let began = (meter.now)();
        Self { seen: Arc::default(), session: Arc::default(), log, meter, began }
    }

    #[must_use]
    pub const fn meter(&self) -> Meter {
        self.meter
    }

    /// Notes the answer to a question.
    pub fn note<A: Action>(
        &self,
        request: &RequestContext,
        outcome: &Result<Permit<A>, Refusal>,
        asker: Asker,
        decided: Cost,
    ) {
        let refused = request.refused.get();
        let who = match outcome {
            Ok(permit) => Some(permit.principal()),
            Err(_) => refused.map(|refused| &refused.principal),
        };
        let because = match outcome {
            Ok(permit) => (permit.grounds().words(), permit.grounds().code()),
            // The code would tell a hidden record from none.
            Err(refusal) => match refused.filter(|refused| refusal.record == Some(refused.record)) {
                Some(refused) if refusal.answer != RefusalKind::NotFound => {
                    (refused.reason.words().to_owned(), refused.reason.code().to_owned())
                }
                _ => (without_reason(refusal.answer).to_owned(), String::new()),
            },
        };
        let rows = |who: &Principal| A::PERMISSION.map(|permission| who.rows_for(permission));
        let seen = Seen {
            action: A::NAME,
            question: type_name::<A>(),
            facts: type_name::<A::Facts>(),
            changes: A::Effect::CHANGES,
            further: false,
            permission: A::PERMISSION,
            assurance: A::ASSURANCE.words(),
            asker,
            channel: request.asked.entry,
            route: request.route.get().copied(),
            continues: request.asked.continues.is_some(),
            request: request.asked.request.clone(),
            allowed: outcome.is_ok(),
            because,
            roles: who.and_then(rows).unwrap_or_default(),
            record: outcome.as_ref().map_or_else(|refusal| refusal.record, |permit| Some(permit.record())),
            decided,
            read: OnceLock::new(),
            times: AtomicU32::new(1),
        };
        self.keep(who, seen);
    }

    fn keep(&self, who: Option<&Principal>, seen: Seen) {
        let seen = Arc::new(seen);
        if let Some(who) = who {
            let _ = self.session.set(who.session);
            self.log.add(who.session, Arc::clone(&seen));
        }
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    /// Notes what it cost to use the permit of `record`. Without a record, `cost` is of the last question and all after it.
    pub fn note_read(&self, record: Option<RecordId>, cost: Cost) {
        let (all, over) = (self.seen.lock().unwrap_or_else(PoisonError::into_inner), (self.meter.now)());
        let asked = match record {
            Some(_) => all.iter().find(|seen| seen.record == record).map(|seen| (seen, cost)),
            None => all.iter().rfind(|seen| !seen.further).map(|seen| (seen, cost.without(seen.decided))),
        };
        if let Some((seen, cost)) = asked {
            let _ = seen.read.set((cost, over));
        }
    }
}

impl Watch for Xray {
    /// A further decision is shown below the question in whose transaction it was made. Its cost is part of that one's use.
    fn see(&self, further: &Further<'_>) {
        let first = self.seen.lock().unwrap_or_else(PoisonError::into_inner).last().cloned();
        let Some(first) = first else { return };
        let (who, because, record) = match &further.outcome {
            Ok((who, grounds, record)) => (Some(*who), (grounds.words(), grounds.code()), Some(*record)),
            Err(refused) => {
                let by_policy = refused.by_policy.as_ref();
                let answer = refused.refusal.answer;
                // The code would tell a hidden record from none.
                let because = match by_policy.filter(|_| answer != RefusalKind::NotFound) {
                    Some(refused) => (refused.reason.words().to_owned(), refused.reason.code().to_owned()),
                    None => (without_reason(answer).to_owned(), String::new()),
                };
                (by_policy.map(|refused| &refused.principal), because, refused.refusal.record)
            }
        };
        let [question, facts] = further.types;
        let rows = |who: &Principal| further.permission.map(|permission| who.rows_for(permission));
        let seen = Seen {
            action: further.action,
            question,
            facts,
            changes: true,
            further: true,
            permission: further.permission,
            assurance: further.assurance,
            asker: first.asker,
            channel: first.channel,
            route: first.route,
            continues: first.continues,
            request: first.request.clone(),
            allowed: further.outcome.is_ok(),
            because,
            roles: who.and_then(rows).unwrap_or_default(),
            record,
            decided: Cost::default(),
            read: OnceLock::new(),
            times: AtomicU32::new(1),
        };
        self.keep(who, seen);
    }
}

/// What is said of a refusal if its reason is not known, or is not shown.
const fn without_reason(answer: RefusalKind) -> &'static str {
    match answer {
        RefusalKind::SignIn => "no live session",
        RefusalKind::Confirm => "the session must be confirmed first",
        RefusalKind::Unavailable => "nothing could be decided or recorded",
        RefusalKind::Forbidden => "refused",
        RefusalKind::NeedsReason => "a reason has to be stated",
        RefusalKind::NotFound => "it does not exist, or is hidden from you",
    }
}
