//! Rotations that meet other transactions at the worst moment.

use crate::support::world::World;
use doorward::SessionId;
use server::db::transaction::Source;
use server::vault::rotate::Rotation;
use server::vault::sql;

const WAITING: &str = "select count(*) from pg_locks l join pg_database d on d.oid = l.database \
     where d.datname = current_database() and l.locktype = 'relation' and not l.granted";

/// It would overlook what that transaction stores.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_waits_for_a_transaction_that_encrypts() {
    let world = World::new().await;
    let session = SessionId::parse(&world.session_of("vera").await).unwrap();
    let vera = world.give_codes("vera").await;
    let mut open = Source::writer(&world.backend.database).await.unwrap();
    world.start_codes(&mut open, vera, session).await;
    let (backend, keys) = (world.backend.clone(), world.keys.clone());
    let rotation = tokio::spawn(async move {
        Rotation::begin(&backend, &keys).await.unwrap().finish().await.map(|done| done.key).unwrap()
    });
    // On SQLite there is one writer, and nobody sees it wait.
    while world.database.file().is_none() && !rotation.is_finished() && world.count(WAITING).await == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!rotation.is_finished());
    open.commit().await.unwrap();
    let key = rotation.await.unwrap();
    let uses = world.key_uses().await;
    assert_eq!((uses.len(), &uses[0].key), (1, &key), "{uses:?}");
    assert!(world.has_codes(vera).await);
}

/// What was stored after it was read is newer than what the rotation would write.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_overwrites_nothing_that_changed_meanwhile() {
    let world = World::new().await;
    let vera = world.give_codes("vera").await;
    let mut source = Source::writer(&world.backend.database).await.unwrap();
    let read = sql::codes(&mut source, "another key", "", 10).await.unwrap().remove(0);
    source.commit().await.unwrap();
    world.give_codes("vera").await;
    let mut source = Source::writer(&world.backend.database).await.unwrap();
    let stale = read.sealed.clone();
    assert!(!sql::set_codes(&mut source, &read, stale).await.unwrap());
    source.commit().await.unwrap();
    assert!(world.has_codes(vera).await);
}
