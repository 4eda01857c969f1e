//! What left the database and was changed since: it is found, and nothing more leaves.

use crate::ledger::commands::append;
use crate::ledger::sealer::retention::{Old, RECORDS, text_of};
use crate::ledger::sealer::seals::{seal, signer, tampered, verify};
use crate::support::tamper::Tamper;
use crate::support::world::World;
use doorward::{Clock, Timestamp};
use server::ledger::sealer::archive::{Archive, ArchiveError};
use server::ledger::sealer::verify::{Tampering, VerifyError};
use server::ledger::sealer::{self, BadSegment, KeptCheckpoints, checkpoint_name, offline, segment_name};
use server::ledger::search::indexer;
use std::io::Write;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_a_segments_file_is_found_and_the_file_named() {
    let (old, segments) = Old::archived().await;
    let [first, second] = [0, 1].map(|nth: usize| segment_name(&segments[nth].places));
    let path = |name: &str| old.folder.path().join(name);
    let whole = std::fs::read(path(&second)).expect("the file");
    let lines = text_of(&path(&second));
    let compressed = |text: String| zstd::encode_all(text.as_bytes(), 3).expect("it is compressed");
    for changed in [
        compressed(lines.replacen("\"omar\"", "\"vera\"", 1)),
        compressed(lines.lines().skip(1).map(|line| format!("{line}\n")).collect()),
        whole[..whole.len() - 1].to_vec(),
        [whole.as_slice(), b"x"].concat(),
        std::fs::read(path(&first)).expect("the other file"),
        Vec::new(),
    ] {
        std::fs::write(path(&second), changed).expect("it is written");
        assert_eq!(old.found().await, Tampering::Segment(second.clone(), BadSegment::OtherFile));
        assert!(
            verify(&old.world, &old.signer, None).await.is_ok(),
            "by their hashes alone they are taken as they were"
        );
    }
    std::fs::remove_file(path(&second)).expect("it is removed");
    assert_eq!(old.found().await, Tampering::Segment(second.clone(), BadSegment::Unreadable));
    std::fs::write(path(&second), &whole).expect("it is put back");
    assert!(old.verify_files().await.is_ok());
    let beside = path(&checkpoint_name(&segments[1].places));
    let signed = std::fs::read_to_string(&beside).expect("the checkpoint");
    std::fs::write(&beside, signed.replacen("test/ledger", "test/other", 1)).expect("it is written");
    assert_eq!(old.found().await, Tampering::Segment(second, BadSegment::NoCheckpoint));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_a_segments_row_or_of_its_hash_is_found() {
    let (old, segments) = Old::archived().await;
    let name = segment_name(&segments[1].places);
    // A file that fits its row is still not what was sealed.
    let forged = text_of(&old.folder.path().join(&name)).replacen("\"omar\"", "\"vera\"", 1);
    assert!(matches!(old.found_with(&name, &forged).await, Tampering::Segment(bad, _) if bad == name));
    for (change, undo) in [
        ("set first = first + 1 where first = 16", "set first = 16 where first = 17"),
        ("set last = last - 1 where first = 16", "set last = last + 1 where first = 16"),
        ("set records = 15 where first = 16", "set records = 16 where first = 16"),
        ("set bytes = bytes + 1 where first = 16", "set bytes = bytes - 1 where first = 16"),
        ("set sha256 = 'x' || sha256 where first = 16", "set sha256 = substr(sha256, 2) where first = 16"),
        ("set from_at = from_at - 1 where first = 16", "set from_at = from_at + 1 where first = 16"),
        ("set until_at = until_at + 1 where first = 16", "set until_at = until_at - 1 where first = 16"),
        ("set removed = removed - 1 where first = 16", "set removed = removed + 1 where first = 16"),
    ] {
        old.update(change).await;
        old.found().await;
        old.update(undo).await;
        assert!(old.verify_files().await.is_ok(), "{undo}");
    }
    for tamper in [Tamper::SwapSegmentHash, Tamper::RemoveSegmentHash] {
        old.world.tamper(tamper.clone()).await;
        assert!(verify(&old.world, &old.signer, None).await.is_err(), "{tamper:?}");
        old.found().await;
    }
    let (old, _) = Old::archived().await;
    old.world.table("ledger_segments").with("first", 0).remove().await;
    assert_eq!(tampered(&old.world, &old.signer, None).await, Tampering::Segments(0));
}

impl Old {
    async fn found(&self) -> Tampering {
        match self.verify_files().await {
            Err(VerifyError::Tampering(tampering)) => tampering,
            other => panic!("nothing was found: {other:?}"),
        }
    }

    async fn update(&self, change: &str) {
        let statement = sqlx::AssertSqlSafe(format!("update ledger_segments {change}"));
        let done = sqlx::query(statement).execute(&self.world.rows).await.expect("it is changed");
        assert_eq!(done.rows_affected(), 1, "{change}");
    }

    /// What is found where a file holds other records, each with a hash of its own that fits, and the row says so too.
    async fn found_with(&self, name: &str, text: &str) -> Tampering {
        let path = self.folder.path().join(name);
        let (kept, forged) =
            (std::fs::read(&path).expect("a file"), zstd::encode_all(text.as_bytes(), 3).expect("bytes"));
        std::fs::write(&path, &forged).expect("it is written");
        let row = |bytes: &[u8]| {
            use sha2::Digest;
            let sha256: String = sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("set bytes = {}, sha256 = '{sha256}' where first = 16", bytes.len())
        };
        self.update(&row(&forged)).await;
        let found = self.found().await;
        self.update(&row(&kept)).await;
        std::fs::write(&path, kept).expect("it is put back");
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_claim_to_have_left_and_did_not_are_found() {
    let old = Old::new().await;
    let mut checked = None;
    for _ in 0..2 {
        old.archive.step(old.before, &mut checked).await.expect("a step");
    }
    old.update("set removed = 16 where first = 0").await;
    assert_eq!(tampered(&old.world, &old.signer, None).await, Tampering::LeftBehind(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_removed_unless_its_file_reads_back_right() {
    let mut old = Old::new().await;
    let before = old.rows().await;
    let name = segment_name(&(0..RECORDS));
    let right = old.folder.path().to_owned();
    std::fs::write(right.join("file"), "").expect("it is written");
    old.archive.folder = right.join("file");
    let refused = old.archive.older_than(old.before).await;
    assert!(matches!(refused, Err(ArchiveError::Write(..))), "{refused:?}");
    assert_eq!(old.rows().await, before);
    old.archive.folder = right;
    let (other, segments) = Old::archived().await;
    let others = other.folder.path().join(segment_name(&segments[0].places));
    let next = zstd::encode_all(text_of(&others).replacen("\"place\":0", "\"place\":1", 1).as_bytes(), 3);
    for wrong in [std::fs::read(&others).expect("a file"), next.expect("bytes"), b"nothing".to_vec(), Vec::new()] {
        std::fs::write(old.folder.path().join(&name), wrong).expect("it is written");
        let refused = old.archive.older_than(old.before).await;
        assert!(matches!(&refused, Err(ArchiveError::Segment(bad, _)) if *bad == name), "{refused:?}");
        assert_eq!(old.rows().await, before);
        assert_eq!(old.world.count_all("ledger_segments").await, 0);
    }
    std::fs::remove_file(old.folder.path().join(&name)).expect("it is removed");
    // A file that is lost or changed while its records leave keeps the rest of them there.
    let mut checked = None;
    for _ in 0..2 {
        old.archive.step(old.before, &mut checked).await.expect("a step");
    }
    std::fs::write(old.folder.path().join(&name), b"nothing").expect("it is written");
    let half = old.rows().await;
    let refused = old.archive.older_than(old.before).await;
    assert!(matches!(&refused, Err(ArchiveError::Segment(bad, BadSegment::OtherFile)) if *bad == name), "{refused:?}");
    assert_eq!(old.rows().await, half);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_changed_leaves_no_database() {
    let old = Old::new().await;
    old.world.tamper(Tamper::EditAt(3)).await;
    let refused = old.archive.older_than(old.before).await;
    assert!(matches!(refused, Err(ArchiveError::Tampering(Tampering::Changed(3, _)))), "{refused:?}");
    assert_eq!(std::fs::read_dir(old.folder.path()).expect("the folder").count(), 0, "and no file is begun");
}

/// A file that is being written, and what happens once its first bytes are there.
struct Interrupted<Then: FnMut()> {
    text: Vec<u8>,
    then: Option<Then>,
}

impl<Then: FnMut()> Write for Interrupted<Then> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        if let Some(mut then) = self.then.take() {
            then();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Records leave while a file is written of them; it is read in several parts.
#[tokio::test(flavor = "multi_thread")]
async fn export_is_of_one_moment_while_records_leave() {
    const MANY: usize = 4500;
    let (world, signer) = (World::new().await, signer());
    append(&world.backend.database, MANY).await;
    let checkpoint = seal(&world, &signer).await;
    indexer::all(&world.backend.database).await.expect("it is indexed");
    let folder = tempfile::tempdir().expect("a folder");
    let archive = Archive {
        backend: world.backend.clone(),
        verifier: signer.verifier().clone(),
        folder: folder.path().to_owned(),
        levels: &[12],
        at_once: 4096,
        forwards: false,
        by: "command",
    };
    let leave = || {
        let leaving = archive.older_than(Timestamp(i64::MAX));
        let (segments, _) = block_in_place(|| Handle::current().block_on(leaving)).expect("they leave");
        assert_eq!(segments.len(), 1);
    };
    let mut file = Interrupted { text: Vec::new(), then: Some(leave) };
    let with_it = offline::export(&world.backend.database, &mut file).await.expect("it is written");
    assert_eq!(with_it, checkpoint);
    assert!(file.then.is_none() && world.count_all("audit").await < 1000, "they have left");
    let checked = offline::check(file.text.as_slice(), &checkpoint, signer.verifier(), |_, _| ());
    assert!(checked.is_ok_and(|records| records >= MANY as u64), "and the file has all of them");
}

/// What one process reads while another has records leave is as whole as before.
#[tokio::test(flavor = "multi_thread")]
async fn reading_while_records_leave_is_no_alarm() {
    let old = Old::new().await;
    let (archive, before) = (Archive { at_once: 1, ..old.archive }, old.before);
    let leaving = tokio::spawn(async move { archive.older_than(before).await.map(|_| ()) });
    let (database, kept) = (&old.world.backend.database, KeptCheckpoints::files(vec![old.folder.path().join("kept")]));
    let mut rounds = 0;
    while !leaving.is_finished() || rounds == 0 {
        rounds += 1;
        verify(&old.world, &old.signer, None).await.expect("it is whole");
        offline::export(database, &mut std::io::sink()).await.expect("it is written");
        let now = old.world.clock.now();
        sealer::all(database, &old.signer, &kept, now).await.expect("it is signed");
    }
    leaving.await.expect("it ends").expect("they leave");
}
