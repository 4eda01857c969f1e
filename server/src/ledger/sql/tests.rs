use crate::clock::SystemRandomness;
use crate::ledger::sql::*;
use doorward::ledger::Outcome;

fn entry(ledger: &Ledger, outcome: Outcome) -> AuditEntry {
    let at = Timestamp(1_795_000_000_000);
    AuditEntry {
        allowed: true,
        code: "owner".to_owned(),
        words: "as owner".to_owned(),
        outcome: Some(outcome),
        ..AuditEntry::new(ledger.new_id(at, &SystemRandomness), at, "secret.rotate")
    }
}

async fn outcome_of(database: &Database, id: RecordId) -> Option<Outcome> {
    let record = row::one(&mut Source::reader(database), id).await.expect("it answers");
    record.expect("the record is there").outcome
}

async fn database() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("sqlite://{}?mode=rwc", folder.path().join("test.sqlite").display());
    let database = Database::open(&address).await.expect("it opens");
    (folder, database)
}

/// A commit whose answer was lost may have succeeded. Then its own record is the right one.
#[tokio::test]
async fn a_record_that_was_committed_keeps_its_outcome() {
    let (_folder, database) = database().await;
    let ledger = Ledger::start(database.clone());
    let done = entry(&ledger, Outcome::Done);
    let mut source = Source::writer(&database).await.expect("a transaction").with_queue(&ledger);
    append_in(&mut source, &done).await.expect("it is kept");
    source.commit().await.expect("it is committed");
    ledger.add_undone(AuditEntry { outcome: Some(Outcome::Failed), ..done.clone() });
    // Records behind it in the queue are written with it or after it.
    for _ in 0..2 {
        ledger.append(entry(&ledger, Outcome::Done)).await.expect("others are written all the same");
    }
    assert_eq!(outcome_of(&database, done.id).await, Some(Outcome::Done));
}

#[tokio::test]
async fn a_dropped_transaction_leaves_every_record_that_it_held() {
    let (_folder, database) = database().await;
    let ledger = Ledger::start(database.clone());
    let (allowed, refused) = (entry(&ledger, Outcome::Done), entry(&ledger, Outcome::Refused));
    let refused = AuditEntry { allowed: false, ..refused };
    let mut source = Source::writer(&database).await.expect("a transaction").with_queue(&ledger);
    for record in [&allowed, &refused] {
        append_in(&mut source, record).await.expect("it is kept");
    }
    drop(source);
    for _ in 0..2 {
        ledger.append(entry(&ledger, Outcome::Done)).await.expect("others are written");
    }
    assert_eq!(outcome_of(&database, allowed.id).await, Some(Outcome::GivenUp));
    assert_eq!(outcome_of(&database, refused.id).await, Some(Outcome::Refused), "a refusal stays one");
}
