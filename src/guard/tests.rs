//! Each check inside the guard has a test here that fails without it.

use super::*;
use crate::action::{Read, Resource, Write};
use crate::policy::Decision;
use crate::{Assurance, AuthenticationId, IdentityId, Kind, SessionId, Span};
use futures_executor::block_on;
use std::sync::{Arc, Mutex};

const NOW: Moment = Moment(1_000_000_000);

#[derive(Default)]
struct Log {
    records: Vec<AuditEntry>,
    committed: bool,
    uses: usize,
}

/// A store of one session and one box.
struct Store {
    found: Option<Found>,
    the_box: Option<Box_>,
    answers: bool,
    records: bool,
    log: Arc<Mutex<Log>>,
}

#[derive(Clone)]
struct Box_ {
    open: bool,
}

impl Facts for Box_ {
    type Key = u8;
}

impl LoadFacts<Store> for Box_ {
    fn load<'a>(unit: &'a mut Store, key: &'a u8, _: &'a Principal) -> Pending<'a, Option<Self>> {
        let found = unit.the_box.clone().filter(|_| *key == 7);
        Box::pin(async move { Ok(found) })
    }
}

impl UnitOfWork for Store {
    fn new_record(&self, _: Moment) -> RecordId {
        RecordId::NOTHING
    }

    fn session<'a>(&'a mut self, handle: &'a HandleHash, _: Moment) -> Pending<'a, Option<Found>> {
        let found = self.found.clone().filter(|_| handle.0 == [1; 32]);
        let answers = self.answers;
        Box::pin(async move { if answers { Ok(found) } else { Err(Unavailable) } })
    }

    fn note_use<'a>(&'a mut self, _: &'a Session, _: Moment) -> Pending<'a, ()> {
        self.log.lock().unwrap().uses += 1;
        Box::pin(async { Ok(()) })
    }

    fn record(&mut self, entry: AuditEntry) -> Pending<'_, ()> {
        let records = self.records;
        self.log.lock().unwrap().records.push(entry);
        Box::pin(async move { if records { Ok(()) } else { Err(Unavailable) } })
    }

    fn commit(self: Box<Self>) -> Pending<'static, ()> {
        self.log.lock().unwrap().committed = true;
        Box::pin(async { Ok(()) })
    }
}

macro_rules! action {
    ($name:ident, $effect:ty, $text:literal) => {
        struct $name(u8);
        impl Action for $name {
            const NAME: &'static str = $text;
            type Facts = Box_;
            type Effect = $effect;
            fn about(&self) -> u8 {
                self.0
            }
            fn resource(&self) -> Resource {
                Resource::of("box", self.0)
            }
            fn decide(&self, _: &Principal, about: &Box_) -> Decision {
                Decision::when(about.open, Grounds::OWNER, Reason::NotGranted)
            }
        }
    };
}
action!(Look, Read, "box.look");
action!(Fill, Write, "box.fill");

fn store() -> Store {
    let session = Session {
        id: SessionId::NOTHING,
        started: NOW,
        last_used: NOW,
        idle: Span::hours(1),
        ends: NOW.plus(Span::hours(12)),
        ended: false,
        frozen: false,
    };
    let principal = Principal {
        identity: IdentityId::NOTHING,
        name: "omar".into(),
        display_name: "Omar".into(),
        kind: Kind::Person,
        session: session.id,
        ends: session.ends,
        assurance: Assurance { authentication: AuthenticationId::NOTHING, method: "password".into(), at: NOW },
        roles: Vec::new(),
        holdings: Vec::new(),
        now: NOW,
    };
    let found = Some(Found { session, principal });
    Store { found, the_box: Some(Box_ { open: true }), answers: true, records: true, log: Arc::default() }
}

fn asked(handle: Option<[u8; 32]>, now: Moment) -> Asked {
    Asked {
        handle: handle.map(HandleHash),
        entry: Entry::Page,
        address: Some("203.0.113.9".to_owned()),
        user_agent: None,
        request: "request".to_owned(),
        now,
    }
}

/// Asks to look, and says the refusal's answer, or that it was allowed, and what was recorded.
fn look(store: Store, handle: Option<[u8; 32]>, now: Moment) -> (Result<(), Answer>, Vec<AuditEntry>) {
    let log = Arc::clone(&store.log);
    let outcome = block_on(permit(Box::new(store), &asked(handle, now), Look(7)));
    let records = log.lock().unwrap().records.clone();
    (outcome.map(|_| ()).map_err(|refusal| refusal.answer), records)
}

use crate::Answer;
const GOOD: Option<[u8; 32]> = Some([1; 32]);

fn refused_for(reason: Reason, store: Store, handle: Option<[u8; 32]>, now: Moment) {
    let (outcome, records) = look(store, handle, now);
    assert_eq!(outcome, Err(reason.answer()));
    assert_eq!(records.len(), 1, "a refusal is recorded");
    assert!(!records[0].allowed && records[0].code == reason.code());
}

#[test]
fn who_may_gets_a_permit_and_a_record() {
    let (outcome, records) = look(store(), GOOD, NOW);
    assert_eq!(outcome, Ok(()));
    let [record] = &records[..] else { panic!("one decision, one record") };
    assert!(record.allowed);
    assert_eq!(
        (record.action.as_str(), record.resource.as_str(), record.code.as_str()),
        ("box.look", "box:7", "owner")
    );
    assert_eq!(record.who.as_ref().map(|who| &*who.name), Some("omar"));
}

#[test]
fn without_a_handle_or_with_an_unknown_one_nothing_is_allowed() {
    refused_for(Reason::NoSession, store(), None, NOW);
    refused_for(Reason::UnknownHandle, store(), Some([2; 32]), NOW);
}

#[test]
fn a_session_that_does_not_count_is_refused() {
    let changed = |change: fn(&mut Session)| {
        let mut store = store();
        change(&mut store.found.as_mut().unwrap().session);
        store
    };
    refused_for(Reason::SessionEnded, changed(|session| session.ended = true), GOOD, NOW);
    refused_for(Reason::IdentityFrozen, changed(|session| session.frozen = true), GOOD, NOW);
    refused_for(Reason::SessionIdle, store(), GOOD, NOW.plus(Span::hours(1)));
    refused_for(Reason::SessionExpired, store(), GOOD, NOW.plus(Span::hours(12)));
}

#[test]
fn what_policy_refuses_and_what_does_not_exist_is_refused() {
    refused_for(Reason::NotGranted, Store { the_box: Some(Box_ { open: false }), ..store() }, GOOD, NOW);
    refused_for(Reason::NoSuchRecord, Store { the_box: None, ..store() }, GOOD, NOW);
}

#[test]
fn without_a_record_there_is_no_access() {
    let (outcome, _) = look(Store { records: false, ..store() }, GOOD, NOW);
    assert_eq!(outcome, Err(Answer::Unavailable));
}

#[test]
fn a_store_that_does_not_answer_allows_nothing() {
    let (outcome, records) = look(Store { answers: false, ..store() }, GOOD, NOW);
    assert_eq!(outcome, Err(Answer::Unavailable));
    assert!(records.is_empty());
}

#[test]
fn a_change_is_committed_by_whoever_applies_it_and_a_refused_one_keeps_its_record() {
    let allowed = store();
    let log = Arc::clone(&allowed.log);
    let permit_to_fill = block_on(permit(Box::new(allowed), &asked(GOOD, NOW), Fill(7))).unwrap();
    assert!(!log.lock().unwrap().committed, "the effect is still to come");
    let (spent, unit) = permit_to_fill.into_transaction();
    assert_eq!(spent.action.0, 7);
    block_on(unit.commit()).unwrap();
    assert!(log.lock().unwrap().committed);

    let refused = Store { the_box: None, ..store() };
    let log = Arc::clone(&refused.log);
    assert!(block_on(permit(Box::new(refused), &asked(GOOD, NOW), Fill(7))).is_err());
    assert!(log.lock().unwrap().committed, "the refusal is kept");
}

#[test]
fn a_use_is_noted_for_a_session_that_counts_and_for_no_other() {
    let later = NOW.plus(Span::minutes(2));
    let counts = store();
    let log = Arc::clone(&counts.log);
    look(counts, GOOD, later).0.unwrap();
    assert_eq!(log.lock().unwrap().uses, 1);

    let just_used = store();
    let log = Arc::clone(&just_used.log);
    look(just_used, GOOD, NOW).0.unwrap();
    assert_eq!(log.lock().unwrap().uses, 0, "reading pages does not mean writing rows");

    let mut ended = store();
    ended.found.as_mut().unwrap().session.ended = true;
    let log = Arc::clone(&ended.log);
    assert!(look(ended, GOOD, later).0.is_err());
    assert_eq!(log.lock().unwrap().uses, 0);
}
