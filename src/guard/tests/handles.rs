//! Sessions, their handles, and who must confirm first.

use super::*;

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
