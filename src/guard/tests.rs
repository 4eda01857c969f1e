//! Each check inside the guard has a test here that fails without it.

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

/// The caller that applies a change commits it.
#[test]
fn a_refused_change_keeps_its_record() {
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
fn a_record_says_what_became_of_its_decision() {
    let outcome = |store| look(store, GOOD, NOW).1[0].outcome;
    assert_eq!(outcome(store()), Some(Outcome::Done));
    assert_eq!(outcome(Store { the_box: None, ..store() }), Some(Outcome::Refused));
}

#[test]
fn input_that_cannot_be_used_is_decided_and_never_done() {
    let filled = store();
    let log = Arc::clone(&filled.log);
    assert!(block_on(refuse_input(Box::new(filled), &asked(GOOD, NOW), Fill(7))).is_ok());
    let log = log.lock().unwrap();
    assert!(log.committed && log.records[0].allowed);
    assert_eq!(log.records[0].outcome, Some(Outcome::Invalid));

    // A refusal goes first: bad input tells nobody of what they may not know.
    let refused = Store { the_box: None, ..store() };
    let log = Arc::clone(&refused.log);
    let answer =
        block_on(refuse_input(Box::new(refused), &asked(GOOD, NOW), Fill(7))).map(|_| ()).map_err(|it| it.answer);
    assert_eq!(answer, Err(RefusalKind::NotFound));
    assert_eq!(log.lock().unwrap().records[0].outcome, Some(Outcome::Refused));
}

#[test]
fn a_record_names_what_it_is_about() {
    assert_eq!(look(store(), GOOD, NOW).1[0].resource_name.as_deref(), Some("a box"));
    assert_eq!(look(Store { the_box: None, ..store() }, GOOD, NOW).1[0].resource_name, None);
}

#[test]
fn a_use_is_noted_for_a_session_that_counts_and_for_no_other() {
    let later = NOW.plus(TimeSpan::minutes(2));
    let counts = store();
    let log = Arc::clone(&counts.log);
    look(counts, GOOD, later).0.unwrap();
    assert_eq!(log.lock().unwrap().uses, 1);

    let just_used = store();
    let log = Arc::clone(&just_used.log);
    look(just_used, GOOD, NOW).0.unwrap();
    assert_eq!(log.lock().unwrap().uses, 0, "reading pages does not mean writing rows");

    let mut ended = store();
    ended.found.as_mut().unwrap().session.ended = Some(Ended::Revoked);
    let log = Arc::clone(&ended.log);
    assert!(look(ended, GOOD, later).0.is_err());
    assert_eq!(log.lock().unwrap().uses, 0);
}

/// A store whose session is changed.
fn with(change: impl FnOnce(&mut SessionAndPrincipal)) -> Store {
    let mut store = store();
    change(store.found.as_mut().unwrap());
    store
}

#[test]
fn a_limit_is_written_down_when_it_is_first_seen_to_have_passed() {
    let idle = store();
    let log = Arc::clone(&idle.log);
    assert!(look(idle, GOOD, NOW.plus(TimeSpan::hours(1))).0.is_err());
    assert_eq!(log.lock().unwrap().consequences, [Consequence::Lapsed(Ended::Idle)]);

    let noted = with(|found| found.session.ended = Some(Ended::Idle));
    let log = Arc::clone(&noted.log);
    refused_for(Reason::SessionIdle, noted, GOOD, NOW);
    assert!(log.lock().unwrap().consequences.is_empty());
}

#[test]
fn a_replaced_handle_counts_a_while_and_is_then_a_replay() {
    let retire = |found: &mut SessionAndPrincipal| found.session.handle.retired = Some(NOW);
    assert_eq!(look(with(retire), GOOD, NOW.plus(TimeSpan::seconds(30))).0, Ok(()));
    let replayed = with(retire);
    let log = Arc::clone(&replayed.log);
    refused_for(Reason::HandleReplayed, replayed, GOOD, NOW.plus(TimeSpan::seconds(36)));
    assert_eq!(log.lock().unwrap().consequences, [Consequence::Replayed]);

    let ended = with(|found| {
        retire(found);
        found.session.ended = Some(Ended::Replayed);
    });
    let log = Arc::clone(&ended.log);
    refused_for(Reason::SessionEnded, ended, GOOD, NOW.plus(TimeSpan::seconds(36)));
    assert!(log.lock().unwrap().consequences.is_empty(), "one incident for one copy");
}

/// G47.
#[test]
fn a_long_answer_is_bound_to_its_session_and_not_to_its_handle() {
    let later = NOW.plus(TimeSpan::minutes(2));
    let go_on = |store: Store, answer: Continuation| {
        let asked = Asked { continues: Some(answer), entry: Channel::Stream, ..asked(None, later) };
        block_on(permit(Box::new(store), &asked, Look(7))).map(|_| ()).map_err(|refused| refused.refusal.answer)
    };
    let answer = Continuation::from(&store().found.unwrap().principal);
    let replaced = with(|found| found.session.handle.retired = Some(NOW));
    let log = Arc::clone(&replaced.log);
    assert_eq!(go_on(replaced, answer), Ok(()));
    let unused = with(|found| found.session.handle.used = None);
    let other = Arc::clone(&unused.log);
    assert_eq!(go_on(unused, answer), Ok(()));
    assert!(log.lock().unwrap().consequences.is_empty() && other.lock().unwrap().first_uses == 0);
    assert_eq!(go_on(with(|found| found.session.ended = Some(Ended::Revoked)), answer), Err(RefusalKind::SignIn));
    let elsewhere = Continuation { session: answer.session, authentication: AuthenticationId::new(NOW, &Same) };
    assert_eq!(go_on(store(), elsewhere), Err(RefusalKind::SignIn), "another authentication is another answer's");
}

struct Same;

impl crate::Randomness for Same {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

#[test]
fn a_new_handle_replaces_the_others_when_it_first_comes_back() {
    let fresh = with(|found| found.session.handle.used = None);
    let log = Arc::clone(&fresh.log);
    look(fresh, GOOD, NOW).0.unwrap();
    assert_eq!(log.lock().unwrap().first_uses, 1);
}

/// Nothing is read before the confirmation.
#[test]
fn who_comes_from_elsewhere_must_confirm_first() {
    let moved = |place: ClientOrigin| with(move |found| found.place = place.into());
    refused_for(Reason::Moved, moved(ClientOrigin { address: Some("198.51.100.1".to_owned()), ..home() }), GOOD, NOW);
    refused_for(Reason::Moved, moved(ClientOrigin { user_agent: None, ..home() }), GOOD, NOW);
}

/// A row of ignored renewals is an incident.
#[test]
fn who_takes_no_newer_handle_must_confirm() {
    let kept =
        |offers| with(move |found| (found.session.handle.offered, found.session.handle.offers) = (Some(NOW), offers));
    let later = NOW.plus(TimeSpan::minutes(30));
    assert_eq!(look(kept(9), GOOD, Timestamp(later.0 - 1)).0, Ok(()));
    for (offers, told) in [(1, vec![]), (Handle::IGNORED, vec![Consequence::RenewalsIgnored])] {
        let store = kept(offers);
        let log = Arc::clone(&store.log);
        refused_for(Reason::HandleNotRenewed, store, GOOD, later);
        assert_eq!(log.lock().unwrap().consequences, told);
    }
}

#[test]
fn who_has_a_second_factor_must_show_it_before_anything_is_read() {
    refused_for(Reason::NoSecondFactor, with(|found| found.principal.has_second_factor = true), GOOD, NOW);
    let shown = with(|found| {
        found.principal.has_second_factor = true;
        found.principal.assurance.method = Method::PasswordAndCode;
    });
    assert_eq!(look(shown, GOOD, NOW).0, Ok(()));
}

struct Leave;

impl Action for Leave {
    const NAME: &'static str = "box.leave";
    const ASSURANCE: Needed = Needed::Unconfirmed;
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}

#[test]
fn to_confirm_and_to_leave_need_no_confirmation() {
    let unconfirmed = with(|found| {
        found.principal.has_second_factor = true;
        found.place = ClientOrigin::default().into();
    });
    assert!(block_on(permit(Box::new(unconfirmed), &asked(GOOD, NOW), Leave)).is_ok());
}

#[test]
fn a_page_that_lies_open_is_no_use_of_its_session() {
    let open = store();
    let log = Arc::clone(&open.log);
    let asked = Asked { entry: Channel::Stream, ..asked(GOOD, NOW.plus(TimeSpan::minutes(2))) };
    assert!(block_on(permit(Box::new(open), &asked, Look(7))).is_ok());
    assert_eq!(log.lock().unwrap().uses, 0);
}

fn without_session(store: Store, handle: Option<[u8; 32]>, now: Timestamp) -> (Option<RefusalKind>, Vec<AuditEntry>) {
    let log = Arc::clone(&store.log);
    let mut store = store;
    let refused = block_on(refuse_without_session(&mut store, &asked(handle, now), &Fill(7))).err();
    let log = log.lock().unwrap();
    assert!(!log.committed && log.consequences.is_empty() && log.first_uses == 0, "it writes nothing but its record");
    (refused.map(|refusal| refusal.answer), log.records.clone())
}

#[test]
fn no_session_is_refused_before_a_transaction_is_opened() {
    let ended = || {
        let mut store = store();
        store.found.as_mut().unwrap().session.ended = Some(Ended::Revoked);
        store
    };
    for (store, handle, reason) in [
        (store(), None, Reason::NoSession),
        (store(), Some([2; 32]), Reason::UnknownHandle),
        (ended(), GOOD, Reason::SessionEnded),
    ] {
        let (refused, records) = without_session(store, handle, NOW);
        assert_eq!(refused, Some(RefusalKind::SignIn));
        assert_eq!((records.len(), records[0].code.as_str()), (1, reason.code()));
    }
    let (refused, records) = without_session(store(), GOOD, NOW);
    assert!(refused.is_none() && records.is_empty(), "the transaction decides about a session that counts");
    let (refused, records) = without_session(store(), GOOD, NOW.plus(TimeSpan::hours(1)));
    assert!(refused.is_none() && records.is_empty(), "and writes down that one has just ended");
    let silent = Store { answers: false, ..store() };
    assert_eq!(without_session(silent, GOOD, NOW).0, Some(RefusalKind::Unavailable));
}

#[test]
fn an_unrecorded_refusal_without_session_is_unavailable() {
    let mute = Store { records: false, ..store() };
    assert_eq!(without_session(mute, None, NOW).0, Some(RefusalKind::Unavailable));
}

/// The consequences of asking for `action` about a box that is open or not, and a canary or not.
fn consequences<A>(action: A, open: bool, canary: bool, is_valid: bool) -> Vec<Consequence>
where
    A: Action<Facts = Box_>,
{
    let store = Store { the_box: Some(Box_ { open, canary }), ..store() };
    let log = Arc::clone(&store.log);
    if is_valid {
        let _ = block_on(permit(Box::new(store), &asked(GOOD, NOW), action));
    } else {
        let _ = block_on(refuse_input(Box::new(store), &asked(GOOD, NOW), action));
    }
    assert_eq!(log.lock().unwrap().records.len(), 1);
    let log = log.lock().unwrap();
    log.consequences.clone()
}

#[test]
fn a_canary_has_a_consequence_where_it_is_disclosed_alone() {
    assert_eq!(consequences(Unpack(7), true, true, true), [Consequence::CanaryDisclosed]);
    assert_eq!(consequences(Hand(7), true, true, true), [Consequence::CanaryDisclosed]);
    assert_eq!(consequences(Unpack(7), true, false, true), [], "it is no canary");
    assert_eq!(consequences(Look(7), true, true, true), [], "it is not disclosed");
    assert_eq!(consequences(Unpack(7), false, true, true), [], "it is refused");
    assert_eq!(consequences(Hand(7), true, true, false), [], "the input is invalid");
}

/// Neither has an effect: no use is noted.
#[test]
fn a_handle_counts_only_on_the_channel_of_its_kind() {
    let refused = |kind: Kind, entry: Channel| {
        let mut store = store();
        if let Some(found) = &mut store.found {
            found.principal.kind = kind;
            found.session.handle.used = None;
        }
        let log = Arc::clone(&store.log);
        let asked = Asked { entry, ..asked(Some([1; 32]), NOW.plus(TimeSpan::minutes(2))) };
        let refused = block_on(permit(Box::new(store), &asked, Look(7))).err().map(|refused| refused.refusal.answer);
        let log = log.lock().unwrap();
        assert_eq!(log.records.len(), 1, "each decision has its record");
        assert_eq!(log.first_uses + log.uses > 0, refused.is_none());
        refused
    };
    for entry in Channel::ALL {
        let is_api = entry == Channel::Api;
        assert_eq!(refused(Kind::Person, entry).is_some(), is_api, "{entry:?}");
        for kind in [Kind::ServiceAccount, Kind::Agent] {
            assert_eq!(refused(kind, entry), (!is_api).then_some(RefusalKind::SignIn), "{kind:?} {entry:?}");
        }
    }
}

#[test]
fn a_write_on_another_channel_takes_no_transaction() {
    let mut store = store();
    if let Some(found) = &mut store.found {
        found.principal.kind = Kind::ServiceAccount;
    }
    let asked = asked(Some([1; 32]), NOW);
    assert!(!block_on(is_live(&mut store, &asked)).unwrap_or(true), "it signs nobody in");
    let refusal = block_on(refuse_without_session(&mut store, &asked, &Look(1))).err();
    assert_eq!(refusal.map(|refusal| refusal.answer), Some(RefusalKind::SignIn));
}

/// All decisions end with the transaction: none of them ends it, and none is recorded apart.
#[test]
fn more_decisions_share_the_end_of_their_transaction() {
    let store = store();
    let log = Arc::clone(&store.log);
    let mut first = block_on(permit(Box::new(store), &asked(GOOD, NOW), Fill(7))).unwrap();
    assert!(block_on(first.also(&asked(GOOD, NOW), Hand(7))).is_ok());
    // There is no other box.
    let refused = block_on(first.also(&asked(GOOD, NOW), Fill(8))).unwrap_err();
    assert_eq!((refused.refusal.answer, refused.reason()), (RefusalKind::NotFound, Some(Reason::NoSuchRecord)));
    let unknown = block_on(first.also(&asked(Some([2; 32]), NOW), Fill(7))).unwrap_err();
    assert_eq!((unknown.refusal.answer, unknown.reason()), (RefusalKind::SignIn, None));
    let outcomes: Vec<_> = log.lock().unwrap().records.iter().map(|record| record.outcome).collect();
    let (done, refused) = (Some(Outcome::Done), Some(Outcome::Refused));
    assert_eq!(outcomes, [done, done, refused, refused]);
    assert!(!log.lock().unwrap().committed, "a refusal does not end the transaction");
    block_on(first.into_transaction().1.undo(Outcome::Invalid)).unwrap();
    assert_eq!(log.lock().unwrap().undone, Some(Outcome::Invalid));
}
