//! Backup and restore by the library: every table, in both directions between the engines.

use crate::deliveries;
use crate::support::world::{TestDatabase, World, holds, settings};
use axum::http::StatusCode;
use doorward::{Clock, RecordId, SecretText};
use server::backend::SqlBackend;
use server::backup::{self, RecoveryKey, Unlock};
use server::clock::SystemRandomness;
use server::db::{Database, Patience};
use server::http::address::TrustedProxies;
use server::ledger::sql::Ledger;
use server::sessions::live::Live;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

type Tables = BTreeMap<String, BTreeSet<String>>;

/// Tables that a restore changes on purpose: it ends sessions and links, and is a record.
const CHANGED: [&str; 6] = ["audit", "deployment", "invitations", "revocation_count", "revocations", "set_up"];

struct Backups {
    folder: TempDir,
    unlock: Unlock,
}

impl Backups {
    fn new() -> Self {
        let unlock = Unlock::Key(RecoveryKey::generate(&SystemRandomness));
        Self { folder: tempfile::tempdir().unwrap(), unlock }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn dump(&self, database: &Database, name: &str, now: doorward::Timestamp) -> PathBuf {
        let lock = self.unlock.lock(&SystemRandomness).unwrap();
        let (file, rows) = backup::dump(database, Vec::new(), &lock, BTreeMap::new(), now).await.unwrap();
        let path = self.path(name);
        std::fs::write(&path, file).unwrap();
        assert_eq!(backup::verify(&path, &self.unlock).unwrap().rows, rows);
        path
    }

    async fn load(&self, file: &Path, address: &str, now: doorward::Timestamp) -> Result<(), backup::LoadError> {
        let id = RecordId::new(now, &SystemRandomness);
        let entry = doorward::ledger::AuditEntry::new(id, now, "backup.restore");
        backup::load(address, file, &self.unlock, &entry, &SystemRandomness).await.map(|_| ())
    }

    fn tables(&self, file: &Path) -> Tables {
        let mut tables = Tables::new();
        let add = |table: &mut Tables, name: &str, row: String| {
            table.entry(name.to_owned()).or_default().insert(row);
        };
        backup::each_row(file, &self.unlock, |table, cells| {
            let mut row: Vec<_> =
                table.columns.iter().zip(cells).map(|(column, cell)| format!("{column:?} {cell:?}")).collect();
            row.sort_unstable();
            add(&mut tables, &table.table, row.join(", "));
        })
        .unwrap();
        tables
    }
}

fn same_but_for_the_restore(before: &Tables, after: &Tables) {
    let names =
        |tables: &Tables| tables.keys().filter(|name| !CHANGED.contains(&name.as_str())).cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(after));
    for name in names(before) {
        assert!(before[&name] == after[&name], "{name} differs");
    }
    assert!(before["audit"].is_subset(&after["audit"]) && after["audit"].len() == before["audit"].len() + 1);
    assert!(!after.contains_key("invitations") && !after.contains_key("set_up"));
}

/// A server on a restored database.
async fn on(world: &World, address: &str) -> SqlBackend {
    let database = Database::open_with(address, Patience::LONG).await.unwrap();
    SqlBackend {
        ledger: Ledger::start(database.clone()),
        live: Live::start(database.clone(), Arc::clone(&world.backend.clock)),
        database,
        ..world.backend.clone()
    }
}

/// A world with rows in most tables.
async fn lived_in() -> World {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "plain-canary-value \u{1F511}\n\\\"")])
        .await;
    omar.get("/secrets").await;
    world.give_codes("vera").await;
    let signer = crate::ledger::sealer::seals::signer();
    crate::ledger::sealer::seals::seal(&world, &signer).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_has_every_table_as_it_was() {
    let (world, backups, now) = (lived_in().await, Backups::new(), doorward::Timestamp(1_900_000_000_000));
    let first = backups.dump(&world.backend.database, "first", now).await;
    let before = backups.tables(&first);
    assert!(before.len() > 15 && before["secrets"].len() == 200, "{:?}", before.keys());
    let other = backups.path("other.sqlite");
    let target = TestDatabase::new().await;
    let there_and_back = [format!("sqlite://{}?mode=rwc", other.display()), target.address.clone()];
    let (mut file, mut last) = (first, before);
    for (number, address) in there_and_back.iter().enumerate() {
        backups.load(&file, address, now).await.unwrap();
        let database = Database::open(address).await.unwrap();
        file = backups.dump(&database, &format!("again-{number}"), now).await;
        let after = backups.tables(&file);
        same_but_for_the_restore(&last, &after);
        last = after;
        let refused = backups.load(&file, address, now).await.err().unwrap().to_string();
        assert!(refused.contains("needs an empty database"), "{refused}");
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_cookie_does_not_work_after_a_restore() {
    let (world, backups) = (lived_in().await, Backups::new());
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
    let now = world.clock.now();
    let file = backups.dump(&world.backend.database, "file", now).await;
    let target = TestDatabase::new().await;
    backups.load(&file, &target.address, now).await.unwrap();
    let restored = on(&world, &target.address).await;
    omar.router = server::router(restored.clone(), settings(TrustedProxies::default()));
    let answer = omar.get("/secrets").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "the session has ended");
    let mut again = world.visitor();
    again.router = omar.router.clone();
    again.sign_in("omar", world.password("omar")).await;
    let value = world.value_of(&id).await;
    assert!(again.call_value(&id).await.everything().contains(&value), "passwords and values are as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_shows_nothing_of_what_is_in_it() {
    let (world, backups) = (lived_in().await, Backups::new());
    let file = backups.dump(&world.backend.database, "file", world.clock.now()).await;
    let target = TestDatabase::new().await;
    backups.load(&file, &target.address, world.clock.now()).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let rows = target.rows().await;
    let restored = target.everything(&rows).await;
    let names = world.names_of_secrets().await;
    assert!(holds(&restored, &names[0]), "names are in the database in the clear");
    for canary in names.iter().map(String::as_str).chain(["plain-canary-value", "secret_versions", "omar"]) {
        assert!(!holds(&text, canary), "the backup shows {canary}");
    }
    let mut values: Vec<String> = world.all_values().await.into_values().collect();
    values.extend(["plain-canary-value".to_owned(), "JBSWY3DPEHPK3PXP".to_owned()]);
    for value in &values {
        assert!(!holds(&text, value) && !holds(&restored, value), "{value} is in the clear");
    }
}

/// Whatever is written meanwhile is in it wholly or not at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_of_one_moment_while_values_change() {
    let (world, backups) = (World::new().await, Backups::new());
    let stop = Arc::new(AtomicBool::new(false));
    let (mut omar, id) = (world.sign_in("omar").await, world.omars_secret("dev").await);
    let (until, of) = (Arc::clone(&stop), id.clone());
    let writer = tokio::spawn(async move {
        while !until.load(Ordering::SeqCst) {
            let answer = omar.post(&format!("/secrets/{of}"), &[("action", "rotate"), ("value", "another")]).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
        }
    });
    let mut seen = BTreeSet::new();
    for number in 0..4 {
        let file = backups.dump(&world.backend.database, &format!("file-{number}"), world.clock.now()).await;
        let tables = backups.tables(&file);
        let secret = tables["secrets"].iter().find(|row| row.contains(&id)).unwrap().clone();
        let versions = tables["secret_versions"].iter().filter(|row| row.contains(&id)).count();
        let records = tables["audit"].iter().filter(|row| row.contains("secret.rotate") && row.contains(&id)).count();
        assert!(secret.contains(&format!("(\"version\", Integer) Integer({versions})")), "{versions}: {secret}");
        assert_eq!(records + 1, versions, "each version has its record");
        seen.insert(versions);
    }
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    assert!(!seen.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_leaves_the_database_as_it_was() {
    let (world, backups) = (World::new().await, Backups::new());
    let file = backups.dump(&world.backend.database, "file", world.clock.now()).await;
    let whole = std::fs::read(&file).unwrap();
    let target = backups.path("target.sqlite");
    let address = format!("sqlite://{}?mode=rwc", target.display());
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 1;
    let other = Unlock::Passphrase(SecretText::new("some other passphrase".to_owned()).unwrap());
    for bytes in [&whole[..whole.len() - 1], &whole[..whole.len() / 2], &flipped, b"hunter2", b""] {
        let damaged = backups.path("damaged");
        std::fs::write(&damaged, bytes).unwrap();
        assert!(backup::verify(&damaged, &backups.unlock).is_err() && backup::verify(&damaged, &other).is_err());
        // Also if somebody changes the file after it was checked.
        assert!(backups.load(&damaged, &address, world.clock.now()).await.is_err());
    }
    backups.load(&file, &address, world.clock.now()).await.expect("the database is still empty");
}

/// What was delivered after the backup would otherwise be delivered again.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_of_a_backup_opens_nothing_after_a_restore() {
    let (world, backups) = (lived_in().await, Backups::new());
    let mut omar = world.sign_in("omar").await;
    let links = [
        deliveries::deliver_to(&mut omar, "vera", deliveries::VALUE).await,
        deliveries::link_for_anybody(&mut omar, deliveries::VALUE).await,
    ];
    let now = world.clock.now();
    let file = backups.dump(&world.backend.database, "file", now).await;
    let target = TestDatabase::new().await;
    backups.load(&file, &target.address, now).await.unwrap();
    let router = server::router(on(&world, &target.address).await, settings(TrustedProxies::default()));
    let mut vera = world.visitor();
    vera.router = router.clone();
    vera.sign_in("vera", world.password("vera")).await;
    let named = vera.post(&links[0], deliveries::OPEN).await;
    let mut anybody = world.visitor();
    anybody.router = router;
    let by_link = deliveries::collect(&mut anybody, &links[1]).await;
    for answer in [named, by_link] {
        assert!(!answer.everything().contains(deliveries::VALUE), "{}", answer.status);
    }
}
