//! Checkpoints, receipts, search and export after records left the database.

use super::retention::{LEVELS, Old, RECORDS, people_at_work, text_of};
use crate::ledger::environments::auditor_of;
use crate::ledger::reading::rows;
use crate::ledger::sealer::seals::{seal, signer, verify};
use crate::support::world::World;
use doorward::ledger::Receipt;
use doorward::{Clock, TimeSpan};
use server::db::transaction::Source;
use server::ledger::sealer::archive::Archive;
use server::ledger::sealer::verify::{VerifyError, with_archive};
use server::ledger::sealer::{self, offline, segment_name};
use server::ledger::search::indexer;

/// If the file is missing, the command asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_within_a_segment_is_compared_with_its_file() {
    let (world, signer) = (World::new().await, signer());
    people_at_work(&world).await;
    let early = seal(&world, &signer).await;
    let size = sealer::sql::head(&mut Source::reader(&world.backend.database)).await.expect("a head").size;
    assert!(size % RECORDS != 0, "{size}");
    for _ in 0..8 {
        people_at_work(&world).await;
    }
    seal(&world, &signer).await;
    indexer::all(&world.backend.database).await.expect("it is indexed");
    let folder = tempfile::tempdir().expect("a folder");
    let (backend, verifier) = (world.backend.clone(), signer.verifier().clone());
    let archive = Archive {
        backend,
        verifier,
        folder: folder.path().to_owned(),
        levels: LEVELS,
        at_once: 50,
        forwards: false,
        by: "",
    };
    archive.older_than(world.clock.now().plus(TimeSpan::hours(1))).await.expect("they leave");
    let by_hash = verify(&world, &signer, Some(&early)).await;
    assert_eq!(by_hash, Err(VerifyError::NeedsArchive(size)));
    let database = &world.backend.database;
    let by_file = with_archive(database, signer.verifier(), Some(&early), Some(folder.path()), |_, _| ()).await;
    assert!(by_file.is_ok(), "{by_file:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_verify_after_older_records_left() {
    let (old, _) = Old::archived().await;
    let ids = old.world.sealed_records().await;
    let mut source = Source::reader(&old.world.backend.database);
    for id in ids {
        let record = doorward::RecordId::parse(&id).expect("an id");
        let seal = sealer::sql::proof(&mut source, record).await.expect("it answers").expect("it is proven");
        let receipt = Receipt::parse(seal.proof.as_deref().expect("a proof")).expect("it is a receipt");
        let record = receipt.record.clone().expect("it carries its record");
        assert!(receipt.verify(&record, old.signer.verifier()).is_ok(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_readers_of_the_ledger_learn_where_a_record_went() {
    let (old, segments) = Old::archived().await;
    let text = text_of(&old.folder.path().join(segment_name(&segments[0].places)));
    let omars = text.lines().rfind(|line| line.contains("\"name\":\"omar\"")).expect("one of his");
    let id = &omars.split("\"id\":\"").nth(1).expect("an id")[..26];
    let (mut quinn, mut omar) = (old.world.sign_in("quinn").await, old.world.sign_in("omar").await);
    let page = quinn.get(&format!("/access/records/{id}")).await;
    assert_eq!(page.status, 200);
    assert!(page.page().shows(&segment_name(&segments[0].places)) && page.page().shows(id), "{}", page.body);
    let never = omar.get("/access/records/01jd8z3k7q5m2v9xw4t6b1n0hr").await;
    let his = omar.get(&format!("/access/records/{id}")).await;
    assert_eq!((never.status.as_u16(), his.status.as_u16()), (404, 404));
    assert!(!his.body.contains("ndjson.zst"));
    let elsewhere = auditor_of(&old.world, "staging").await.get(&format!("/access/records/{id}")).await;
    assert_eq!(elsewhere.status, 404, "of what environment it was is not known any more");
    // Of a time from which nothing left, there is no such record.
    let now = quinn.get(&format!("/access/records/7{}", &id[1..])).await;
    assert_eq!(now.status, 404);
}

/// Search and export go on after records left.
#[tokio::test(flavor = "multi_thread")]
async fn segments_and_export_verify_as_one() {
    let (old, segments) = Old::archived().await;
    let mut quinn = old.world.sign_in("quinn").await;
    let page = quinn.get("/access/ledger?who=omar&action=secret.list").await;
    assert_eq!(page.status, 200);
    let page_rows = rows(&page);
    let there = || old.world.records().by("omar").of("secret.list").count();
    assert_eq!(i64::try_from(page_rows), Ok(there().await));
    assert!(page_rows > 0);
    assert_eq!(quinn.get("/access/ledger/charts").await.status, 200);
    let counted = "select cast(sum(many) as bigint) from record_counts where action = 'secret.list'";
    assert!(old.world.count(counted).await > there().await, "charts still count what left");
    seal(&old.world, &old.signer).await;
    let mut rest = Vec::new();
    let checkpoint = offline::export(&old.world.backend.database, &mut rest).await.expect("it is written");
    let mut all: String =
        segments.iter().map(|it| text_of(&old.folder.path().join(segment_name(&it.places)))).collect();
    all.push_str(&String::from_utf8(rest).expect("a text"));
    let whole = offline::check(all.as_bytes(), &checkpoint, old.signer.verifier(), |_, _| ());
    assert_eq!(whole.ok(), u64::try_from(all.lines().count()).ok());
}
