//! What is refused before a transaction begins, and what a decision brings about.

use super::*;

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
