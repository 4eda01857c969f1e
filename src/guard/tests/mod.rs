//! Each check inside the guard has a test here that fails without it.

mod handles;
mod outcomes;
mod refused;

use super::*;
use crate::action::{Read, Resource, Write};
use crate::ledger::Channel;
use crate::policy::Decision;
use crate::session::{Ended, Handle, Session};
use crate::{
    Assurance, AuthenticationId, ClientOrigin, Holding, IdentityId, Kind, Method, ReconfirmOn, SessionId, TimeSpan,
    Timestamp, Within,
};
use futures_executor::block_on;
use std::sync::{Arc, Mutex};

const NOW: Timestamp = Timestamp(1_000_000_000);

#[derive(Default)]
struct Log {
    records: Vec<AuditEntry>,
    committed: bool,
    undone: Option<Outcome>,
    uses: usize,
    first_uses: usize,
    consequences: Vec<Consequence>,
}

/// A store of one session and one box.
struct Store {
    found: Option<SessionAndPrincipal>,
    the_box: Option<Box_>,
    answers: bool,
    records: bool,
    log: Arc<Mutex<Log>>,
}

#[derive(Clone)]
struct Box_ {
    open: bool,
    canary: bool,
}

impl Facts for Box_ {
    type Key = u8;

    fn is_canary(&self) -> bool {
        self.canary
    }

    fn name(&self) -> Option<&str> {
        Some("a box")
    }
}

impl LoadFacts<Store> for Box_ {
    fn load<'a>(unit: &'a mut Store, key: &'a u8, _: &'a Principal) -> Pending<'a, Option<Self>> {
        let found = unit.the_box.clone().filter(|_| *key == 7);
        Box::pin(async move { Ok(found) })
    }
}

impl UnitOfWork for Store {
    fn new_record(&self, _: Timestamp) -> RecordId {
        RecordId::NOTHING
    }

    fn session<'a>(&'a mut self, handle: &'a HandleHash, _: Timestamp) -> Pending<'a, Option<SessionAndPrincipal>> {
        let found = self.found.clone().filter(|_| handle.0 == [1; 32]);
        let answers = self.answers;
        Box::pin(async move { if answers { Ok(found) } else { Err(Unavailable) } })
    }

    fn continued(&mut self, answer: Continuation, _: Timestamp) -> Pending<'_, Option<SessionAndPrincipal>> {
        let found = self.found.clone().filter(|found| Continuation::from(&found.principal) == answer);
        Box::pin(async move { Ok(found) })
    }

    fn touch<'a>(&'a mut self, _: &'a Session, _: Timestamp) -> Pending<'a, ()> {
        self.log.lock().unwrap().uses += 1;
        Box::pin(async { Ok(()) })
    }

    fn touch_first<'a>(&'a mut self, _: &'a Session, _: Timestamp) -> Pending<'a, ()> {
        self.log.lock().unwrap().first_uses += 1;
        Box::pin(async { Ok(()) })
    }

    fn record_with<'a>(
        &'a mut self,
        consequence: Consequence,
        _: &'a Principal,
        _: &'a ClientOrigin,
        entry: AuditEntry,
    ) -> Pending<'a, ()> {
        self.log.lock().unwrap().consequences.push(consequence);
        self.record(entry)
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

    fn undo(self: Box<Self>, outcome: Outcome) -> Pending<'static, ()> {
        self.log.lock().unwrap().undone = Some(outcome);
        Box::pin(async { Ok(()) })
    }
}

macro_rules! action {
    ($name:ident, $effect:ty, $text:literal, $discloses:literal) => {
        struct $name(u8);
        impl Action for $name {
            const NAME: &'static str = $text;
            const DISCLOSES: bool = $discloses;
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
action!(Look, Read, "box.look", false);
action!(Fill, Write, "box.fill", false);
action!(Unpack, Read, "box.unpack", true);
action!(Hand, Write, "box.hand", true);

fn store() -> Store {
    let session = Session {
        id: SessionId::NOTHING,
        started: NOW,
        last_used: NOW,
        idle: TimeSpan::hours(1),
        ends: NOW.plus(TimeSpan::hours(12)),
        ended: None,
        frozen: false,
        handle: Handle { generation: 1, issued: NOW, used: Some(NOW), retired: None, offered: None, offers: 0 },
    };
    let principal = Principal {
        identity: IdentityId::NOTHING,
        name: "omar".into(),
        display_name: "Omar".into(),
        kind: Kind::Person,
        session: session.id,
        ends: session.ends,
        idle_ends: session.idle_end(),
        handle: session.handle,
        assurance: Assurance { authentication: AuthenticationId::NOTHING, method: Method::Password, at: NOW },
        has_second_factor: false,
        privileges_version: 0,
        machines: Vec::new(),
        unread: 0,
        unconfirmed: None,
        roles: Vec::new(),
        holdings: vec![Holding { role: "operator".into(), permission: "box.look".into(), within: Within::Everywhere }],
        walled_off: Vec::new(),
        policy: 7,
        now: NOW,
    };
    let found = Some(SessionAndPrincipal { session, principal, place: home().into() });
    Store {
        found,
        the_box: Some(Box_ { open: true, canary: false }),
        answers: true,
        records: true,
        log: Arc::default(),
    }
}

fn home() -> ClientOrigin {
    ClientOrigin { address: Some("203.0.113.9".to_owned()), user_agent: Some("Firefox".to_owned()) }
}

fn asked(handle: Option<[u8; 32]>, now: Timestamp) -> Asked {
    Asked {
        handle: handle.map(HandleHash),
        continues: None,
        entry: Channel::Page,
        place: home(),
        place_rule: ReconfirmOn::BOTH,
        renewal: TimeSpan::minutes(15),
        request: "request".to_owned(),
        now,
        watch: None,
    }
}

/// Asks to look, and says the refusal's answer, or that it was allowed, and what was recorded.
fn look(store: Store, handle: Option<[u8; 32]>, now: Timestamp) -> (Result<(), RefusalKind>, Vec<AuditEntry>) {
    let log = Arc::clone(&store.log);
    let outcome = block_on(permit(Box::new(store), &asked(handle, now), Look(7)));
    let records = log.lock().unwrap().records.clone();
    (outcome.map(|_| ()).map_err(|refused| refused.refusal.answer), records)
}

use crate::RefusalKind;
const GOOD: Option<[u8; 32]> = Some([1; 32]);

fn refused_for(reason: Reason, store: Store, handle: Option<[u8; 32]>, now: Timestamp) {
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
    assert_eq!(record.who.as_ref().and_then(|who| who.authenticated), Some(NOW));
}

#[test]
fn a_record_says_which_policy_was_asked_if_any() {
    let (_, records) = look(store(), GOOD, NOW);
    assert_eq!(records[0].policy, Some(PolicyRows { version: 7, rows: "operator everywhere".to_owned() }));
    let (_, records) = look(store(), GOOD, NOW.plus(TimeSpan::hours(1)));
    assert!(records[0].who.is_some() && records[0].policy.is_none(), "an idle session comes to no policy");
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
    refused_for(Reason::SessionEnded, changed(|session| session.ended = Some(Ended::Revoked)), GOOD, NOW);
    refused_for(Reason::IdentityFrozen, changed(|session| session.frozen = true), GOOD, NOW);
    refused_for(Reason::SessionIdle, store(), GOOD, NOW.plus(TimeSpan::hours(1)));
    refused_for(Reason::SessionExpired, store(), GOOD, NOW.plus(TimeSpan::hours(12)));
}

#[test]
fn what_policy_refuses_and_what_does_not_exist_is_refused() {
    refused_for(Reason::NotGranted, Store { the_box: Some(Box_ { open: false, canary: false }), ..store() }, GOOD, NOW);
    refused_for(Reason::NoSuchRecord, Store { the_box: None, ..store() }, GOOD, NOW);
}

#[test]
fn without_a_record_there_is_no_access() {
    let (outcome, _) = look(Store { records: false, ..store() }, GOOD, NOW);
    assert_eq!(outcome, Err(RefusalKind::Unavailable));
}

#[test]
fn a_store_that_does_not_answer_allows_nothing() {
    let (outcome, records) = look(Store { answers: false, ..store() }, GOOD, NOW);
    assert_eq!(outcome, Err(RefusalKind::Unavailable));
    assert!(records.is_empty());
}

#[test]
fn a_record_names_what_it_is_about() {
    assert_eq!(look(store(), GOOD, NOW).1[0].resource_name.as_deref(), Some("a box"));
    assert_eq!(look(Store { the_box: None, ..store() }, GOOD, NOW).1[0].resource_name, None);
}
