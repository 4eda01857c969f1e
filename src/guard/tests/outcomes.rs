//! What the record says became of a decision.

use super::*;

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
