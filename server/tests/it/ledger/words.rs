//! The words of records, by which the ledger is searched: what can be made again, and is where it does not fit.

use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::World;
use app::ledger::search::Search;
use doorward::Environments;
use server::db::transaction::Source;
use server::db::{Database, Engine};
use server::ledger::records;
use server::ledger::search::{indexer, terms};

async fn world() -> World {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for address in ["/", "/secrets", "/settings", "/access/routes"] {
        omar.get(address).await;
    }
    seal(&world, &signer()).await;
    indexer::all(&world.backend.database).await.expect("they are kept");
    world
}

async fn omars(world: &World) -> i64 {
    world.records().by("omar").count().await
}

/// How many records of omar's are found, all of which are sealed.
async fn found(database: &Database) -> usize {
    let search = Search { who: "omar".to_owned(), ..Search::default() };
    let found = records::find(&mut Source::reader(database), &search, &Environments::Everywhere, None, 1000)
        .await
        .expect("it answers");
    found.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_another_ledger_are_thrown_away_and_made_again() {
    let world = world().await;
    let (database, omars) = (&world.backend.database, omars(&world).await);
    // As after the database was restored from a copy, and records were sealed that are others.
    let first = world.sealed_records().await.swap_remove(0);
    world.table("record_index").set("last_record", first).await;
    world.table("record_words").at_least("rowid", 3).remove().await;
    indexer::all(database).await.expect("they are made anew");
    assert_eq!(i64::try_from(found(database).await), Ok(omars));
    // As after an older copy was restored, which has fewer records.
    world.table("record_index").set("indexed", world.table("record_index").number("indexed").await + 5).await;
    indexer::all(database).await.expect("they are made anew");
    assert_eq!(i64::try_from(found(database).await), Ok(omars));
    let kept = world.count_all("record_words").await;
    assert_eq!(kept, world.count_all("ledger_leaves").await, "and each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_with_the_words_can_be_deleted_and_is_made_again() {
    let world = world().await;
    let Some(file) = world.database.file() else { return };
    assert_eq!(world.backend.database.engine(), Engine::Sqlite);
    let words = file.with_file_name("test.sqlite-words");
    let mode = std::os::unix::fs::PermissionsExt::mode(&words.metadata().expect("the file").permissions());
    assert_eq!(mode & 0o077, 0, "it is for this user alone");
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", words.display())).expect("it was there");
    }
    let (again, omars) = (Database::open(&world.database.address).await.expect("it opens"), omars(&world).await);
    assert_eq!(i64::try_from(found(&again).await), Ok(omars), "row by row");
    indexer::all(&again).await.expect("they are kept");
    assert_eq!(i64::try_from(found(&again).await), Ok(omars), "by their words");
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_decision_waits_while_the_words_of_others_are_written() {
    let world = world().await;
    let mut writing = Source::words(&world.backend.database).await.expect("it begins");
    terms::remove_all(&mut writing).await.expect("they are removed");
    // Nobody commits this before the page is there.
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get("/secrets").await.status, 200);
    drop(writing);
}
