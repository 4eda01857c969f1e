//! Old records leave the database, and what stays proves as much as before.

use crate::account::receiver::Receiver;
use crate::ledger::forward::refusals::Ruled;
use crate::ledger::sealer::seals::{seal, signer, tampered, verify};
use crate::support::tamper::Tamper;
use crate::support::world::World;
use doorward::ledger::Signer;
use doorward::{Clock, TimeSpan, Timestamp};
use server::db::transaction::Source;
use server::ledger::sealer::archive::{self, Archive, ArchiveError, Held, Step};
use server::ledger::sealer::segment_name;
use server::ledger::sealer::segments::{self, Segment};
use server::ledger::sealer::verify::{Tampering, VerifyError, Whole, with_archive};
use server::ledger::search::indexer;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

pub const LEVELS: &[u8] = &[4];
pub const RECORDS: u64 = 1 << 4;

/// A world with sealed records from long ago and from now, an archive for it, and the moment between them.
pub struct Old {
    pub world: World,
    pub signer: Signer,
    pub folder: TempDir,
    pub archive: Archive,
    pub before: Timestamp,
}

impl Old {
    pub async fn new() -> Self {
        let (world, signer) = (World::new().await, signer());
        for _ in 0..8 {
            people_at_work(&world).await;
        }
        let before = world.clock.now().plus(TimeSpan::minutes(1));
        world.clock.advance(TimeSpan::hours(24 * 100));
        for _ in 0..4 {
            people_at_work(&world).await;
        }
        seal(&world, &signer).await;
        indexer::all(&world.backend.database).await.expect("it is indexed");
        let folder = tempfile::tempdir().expect("a folder");
        let archive = Archive {
            backend: world.backend.clone(),
            verifier: signer.verifier().clone(),
            folder: folder.path().to_owned(),
            levels: LEVELS,
            at_once: 6,
            forwards: false,
            by: "command",
        };
        Self { world, signer, folder, archive, before }
    }

    /// The same after every old segment left.
    pub async fn archived() -> (Self, Vec<Segment>) {
        let old = Self::new().await;
        let (segments, _) = old.archive.older_than(old.before).await.expect("they leave");
        assert!(segments.len() > 2, "there is something to look at");
        (old, segments)
    }

    pub async fn verify_files(&self) -> Result<Whole, VerifyError> {
        let database = &self.world.backend.database;
        with_archive(database, self.signer.verifier(), None, Some(self.folder.path()), |_, _| ()).await
    }

    pub async fn sealed(&self) -> Vec<String> {
        self.world.sealed_records().await
    }

    /// How many rows of the ledger there are, of each kind.
    pub async fn rows(&self) -> [i64; 4] {
        [
            self.world.count_all("audit").await,
            self.world.count_all("ledger_leaves").await,
            self.world.count_all("ledger_nodes").await,
            self.world.count_all("record_words").await,
        ]
    }
}

pub async fn people_at_work(world: &World) {
    let mut omar = world.sign_in("omar").await;
    for address in ["/", "/secrets", "/settings", "/access/routes"] {
        omar.get(address).await;
    }
    world.visitor().get("/secrets").await;
}

pub fn text_of(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("the file is there");
    zstd::Decoder::new(file).and_then(|mut file| file.read_to_string(&mut text)).expect("it can be read");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_is_exactly_what_is_old_complete_and_aligned() {
    let old = Old::new().await;
    let (sealed, before) = (old.sealed().await, old.rows().await);
    let young = usize::try_from(old.world.records().at_least("at", old.before.0).count().await).expect("a number");
    let (segments, held) = old.archive.older_than(old.before).await.expect("they leave");
    assert_eq!(held, Held::Young);
    let full = (sealed.len() - young) / usize::try_from(RECORDS).expect("small");
    assert_eq!(segments.len(), full, "the old ones that fill a segment");
    let gone = full * usize::try_from(RECORDS).expect("small");
    assert_eq!(old.sealed().await, sealed[gone..], "the others stay");
    let archived: String =
        segments.iter().map(|it| text_of(&old.folder.path().join(segment_name(&it.places)))).collect();
    let ids = archived.lines().map(|line| line.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()));
    let ids: Vec<String> = ids.map(|id| id.expect("an id").to_owned()).collect();
    assert_eq!(ids, sealed[..gone], "each is in a file");
    let noted = i64::try_from(full).expect("small");
    let gone = i64::try_from(gone).expect("small");
    // Each segment's leaves and what is between them and its own hash, which stays; and each one's leaving is a record.
    let nodes = noted * (2 * i64::try_from(RECORDS).expect("small") - 2);
    assert_eq!(old.rows().await, [before[0] - gone + noted, before[1] - gone, before[2] - nodes, before[3] - gone]);
    let said = old.world.records().of("ledger.archive").each("parameters").await;
    assert!(said.iter().zip(&segments).all(|(said, it)| said.contains(&it.sha256) && said.contains("records=16")));
    let again = old.archive.older_than(old.before).await.expect("it looks");
    assert_eq!(again, (Vec::new(), Held::Young), "nothing leaves twice");
    let mut source = Source::reader(&old.world.backend.database);
    let space = segments::space(&mut source).await.expect("it answers");
    assert_eq!((space.segments, space.archived_records), (segments.len() as u64, segments.len() as u64 * RECORDS));
    assert_eq!(i64::try_from(space.records).expect("small"), old.rows().await[0]);
    assert!(space.archived_bytes > 0 && space.bytes > space.free);
}

/// All records that are old enough leave at once.
#[tokio::test(flavor = "multi_thread")]
async fn segments_of_both_sizes_verify_together() {
    let old = Old::new().await;
    let many = u64::try_from(old.world.records().below("at", old.before.0).count().await).expect("a number");
    let archive = Archive { levels: &[5, 3], ..old.archive };
    let (segments, _) = archive.older_than(old.before).await.expect("they leave");
    let sizes: Vec<_> = segments.iter().map(|it| it.places.end - it.places.start).collect();
    let (large, small) = (many / 32, many % 32 / 8);
    let expected = [vec![32; usize::try_from(large).expect("few")], vec![8; usize::try_from(small).expect("few")]];
    assert_eq!(sizes, expected.concat());
    assert!(large > 0 && small > 0, "{many} of both sizes");
    let database = &old.world.backend.database;
    let whole = with_archive(database, old.signer.verifier(), None, Some(old.folder.path()), |_, _| ()).await;
    assert_eq!(whole.expect("it is whole").archived, large * 32 + small * 8);
    let files = segments.iter().map(|it| text_of(&old.folder.path().join(segment_name(&it.places))));
    assert_eq!(files.map(|text| text.lines().count() as u64).sum::<u64>(), large * 32 + small * 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_has_old_records_leave_by_itself() {
    let old = Old::new().await;
    let keep = old.world.clock.now().since(old.before);
    let task = archive::start(Archive { by: "policy", ..old.archive }, keep);
    let removed = "select count(*) from ledger_segments where removed <= last";
    tokio::time::timeout(Duration::from_secs(120), async {
        while old.world.records().of("ledger.archive").like("parameters", "%by=policy%").count().await == 0
            || old.world.count(removed).await > 0
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("they leave");
    task.abort();
    let young = old.world.table("ledger_segments").at_least("until_at", old.before.0).count().await;
    assert_eq!(young, 0, "and no others");
}

/// It verifies if leaving was interrupted, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_verifies_before_while_and_after_records_leave() {
    let old = Old::new().await;
    let records = verify(&old.world, &old.signer, None).await.expect("it is whole before");
    let outside = old.world.checkpoint().await;
    let mut checked = None;
    for expected in [RECORDS, RECORDS, RECORDS] {
        old.archive.step(old.before, &mut checked).await.expect("a step");
        let whole = old.verify_files().await.expect("it is whole meanwhile");
        assert_eq!((whole.records, whole.archived, whole.segments), (records, expected, 1));
        assert_eq!(verify(&old.world, &old.signer, Some(&outside)).await, Ok(records));
    }
    assert_eq!(old.world.table("ledger_segments").number("removed").await, 12, "it broke off here");
    let id = old.world.table("ledger_leaves").with("leaf_index", 13).one("record").await;
    let kept = old.world.records().with("id", &id).one("reason").await;
    old.world.tamper(Tamper::EditAt(13)).await;
    assert!(
        matches!(tampered(&old.world, &old.signer, None).await, Tampering::Changed(13, _)),
        "what waits is watched"
    );
    old.world.records().with("id", &id).set("reason", &kept).await;
    let (segments, _) = old.archive.older_than(old.before).await.expect("another process goes on");
    assert!(!segments.is_empty() && segments.iter().all(|segment| segment.places.start >= RECORDS));
    let whole = old.verify_files().await.expect("it is whole after");
    assert_eq!((whole.records, whole.segments), (records, segments.len() + 1));
    assert_eq!(verify(&old.world, &old.signer, Some(&outside)).await, Ok(records));
    people_at_work(&old.world).await;
    seal(&old.world, &old.signer).await;
    assert!(verify(&old.world, &old.signer, Some(&outside)).await.expect("and goes on") > records);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_before_it_is_indexed_and_forwarded() {
    let mut old = Old::new().await;
    let before = old.rows().await;
    let indexed = old.world.table("record_index").number("indexed").await;
    old.world.table("record_index").set("indexed", 15).await;
    assert_eq!(old.archive.older_than(old.before).await.expect("it looks"), (Vec::new(), Held::NotIndexed));
    old.world.table("record_index").set("indexed", 16).await;
    assert!(indexed > 16);
    old.archive.forwards = true;
    assert_eq!(old.archive.older_than(old.before).await.expect("it looks"), (Vec::new(), Held::NotForwarded));
    old.archive.forwards = false;
    old.world.table("forwarding").set("held_by", "somebody").await;
    old.world.table("forwarding").set("next_index", 115).await;
    assert_eq!(old.archive.older_than(old.before).await.expect("it looks"), (Vec::new(), Held::NotForwarded));
    assert_eq!(old.rows().await, before);
    old.world.table("forwarding").set("next_index", 116).await;
    let (segments, held) = old.archive.older_than(old.before).await.expect("they leave");
    assert_eq!((segments.len(), held), (1, Held::NotIndexed));
}

/// A record that the receiver never takes keeps no other one in the database.
#[tokio::test(flavor = "multi_thread")]
async fn records_leave_also_if_the_receiver_refused_one() {
    let mut old = Old::new().await;
    // A segment leaves once enough records behind it were forwarded too.
    for _ in 0..12 {
        people_at_work(&old.world).await;
    }
    seal(&old.world, &old.signer).await;
    let refused = old.sealed().await[5].clone();
    let receiver = Ruled::new(move |body| if body.contains(&refused) { (400, "", "") } else { (200, "", "") }).await;
    // The record about the refusal is of the same days as the others.
    let days = TimeSpan::hours(24 * 100).0;
    let _running = crate::ledger::forward::records::start(&old.world, &receiver.url, days);
    crate::ledger::forward::records::until_all_is_taken(&old.world).await;
    old.archive.forwards = true;
    let (segments, _) = old.archive.older_than(old.before).await.expect("they leave");
    assert!(segments.first().is_some_and(|segment| segment.places == (0..16)), "the refused record's own segment");
    old.verify_files().await.expect("it is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarding_that_begins_after_records_left_begins_behind_them() {
    let (old, _) = Old::archived().await;
    let mut receiver = Receiver::new(200).await;
    let _running =
        crate::ledger::forward::records::start(&old.world, &format!("http://{}/v1/logs", receiver.address), 0);
    crate::ledger::forward::records::until_all_is_taken(&old.world).await;
    assert_eq!(crate::ledger::forward::records::ids_of_logs(&mut receiver), old.sealed().await);
}

/// A step that another process was faster with does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_at_once_have_each_record_leave_once() {
    let old = Old::new().await;
    let records = verify(&old.world, &old.signer, None).await.expect("it is whole");
    let both = [0, 1].map(|_| old.archive.older_than(old.before));
    for one in futures::future::join_all(both).await {
        assert!(matches!(one, Ok(_) | Err(ArchiveError::Unavailable)), "{one:?}");
    }
    let again = old.archive.older_than(old.before).await.expect("it goes on");
    assert_eq!(again.1, Held::Young);
    let whole = old.verify_files().await.expect("it is whole");
    let noted = old.world.records().of("ledger.archive").count().await;
    assert_eq!((whole.records, i64::try_from(whole.segments)), (records, Ok(noted)));
    let mut checked = None;
    assert!(matches!(old.archive.step(old.before, &mut checked).await, Ok(Step::Held(Held::Young))));
}
