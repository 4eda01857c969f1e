//! G48: what is kept outside of the database is compared before anything is signed, and is never overwritten by less.

use crate::ledger::sealer::seals::{seal, sealed, signer, tampered, verify};
use crate::support::tamper::Tamper;
use crate::support::world::World;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use doorward::Clock;
use doorward::ledger::Signer;
use server::access::incidents;
use server::clock::SystemRandomness;
use server::ledger::sealer::verify::Tampering;
use server::ledger::sealer::{self, KeptCheckpoints, SealError, Sealer, offline};
use server::observe::metrics::Metrics;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

/// A guard against hanging, and no promise.
const ENOUGH: Duration = Duration::from_secs(60);

/// Two files outside of the database, as the data folder's and the one of `--ledger-checkpoint` are.
struct Kept {
    _folder: TempDir,
    paths: [PathBuf; 2],
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { paths: ["one", "two"].map(|name| folder.path().join(name)), _folder: folder }
    }

    fn files(&self) -> KeptCheckpoints {
        KeptCheckpoints::files(self.paths.to_vec())
    }

    fn hold(&self, text: &str) {
        self.paths.iter().for_each(|path| std::fs::write(path, text).expect("it is written"));
    }

    fn texts(&self) -> [String; 2] {
        [0, 1].map(|nth: usize| std::fs::read_to_string(&self.paths[nth]).unwrap_or_default())
    }
}

async fn seal_with(world: &World, signer: &Signer, kept: &Kept) -> Result<Option<String>, SealError> {
    sealer::all(&world.backend.database, signer, &kept.files(), world.clock.now()).await
}

fn size_of(checkpoint: &str) -> u64 {
    checkpoint.lines().nth(1).and_then(|line| line.parse().ok()).expect("a size")
}

/// Puts the ledger back to where it was when this checkpoint was signed, as a restore from a backup does.
async fn roll_back(world: &World, to: &str) {
    world.tamper(Tamper::RollBackTo(size_of(to), to.to_owned())).await;
}

/// A ledger that was signed twice, and put back to the first time; with both checkpoints.
async fn rolled_back(signer: &Signer) -> (World, String, String) {
    let (world, early) = sealed(signer).await;
    world.sign_in("vera").await.get("/secrets").await;
    let newest = seal(&world, signer).await;
    roll_back(&world, &early).await;
    (world, early, newest)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_checkpoint_is_kept_and_an_older_one_is_fine() {
    let (signer, kept) = (signer(), Kept::new());
    let (world, early) = sealed(&signer).await;
    assert_eq!(seal_with(&world, &signer, &kept).await, Ok(None));
    assert_eq!(kept.texts(), [early.clone(), early.clone()], "also if nothing is new");
    world.sign_in("vera").await;
    let by_another_process = seal(&world, &signer).await;
    world.sign_in("vera").await;
    let newest = seal_with(&world, &signer, &kept).await.expect("it is signed").expect("it is new");
    assert!(size_of(&newest) > size_of(&by_another_process));
    assert_eq!(kept.texts(), [newest.clone(), newest]);
    kept.hold("\n");
    assert_eq!(seal_with(&world, &signer, &kept).await, Ok(None), "an empty file holds nothing against it");
    assert_ne!(kept.texts()[0], "\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_signed_on_a_ledger_that_was_rolled_back() {
    let (signer, kept) = (signer(), Kept::new());
    let (world, early, newest) = rolled_back(&signer).await;
    kept.hold(&newest);
    for _ in 0..2 {
        let refused = seal_with(&world, &signer, &kept).await;
        let (signed, there) = (size_of(&newest), size_of(&early));
        assert_eq!(refused, Err(SealError::RolledBack { file: kept.paths[0].clone(), signed, there }));
        assert_eq!(kept.texts(), [newest.clone(), newest.clone()], "the evidence stays");
        assert_eq!(world.checkpoint().await, early);
        world.sign_in("omar").await;
    }
    // One file alone is enough.
    std::fs::remove_file(&kept.paths[0]).expect("it is removed");
    let refused = seal_with(&world, &signer, &kept).await;
    assert!(matches!(refused, Err(SealError::RolledBack { .. })), "{refused:?}");
    assert_eq!(kept.texts(), [String::new(), newest]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_history_of_the_same_size_is_not_signed_on() {
    let (signer, kept) = (signer(), Kept::new());
    let (world, _, newest) = rolled_back(&signer).await;
    // A process that knows nothing of it signs on.
    for more in 0..2 {
        while world.count_all("audit").await.unsigned_abs() < size_of(&newest) + more {
            world.visitor().get("/secrets").await;
        }
        let other = seal(&world, &signer).await;
        kept.hold(&newest);
        world.sign_in("omar").await;
        let refused = seal_with(&world, &signer, &kept).await;
        let (file, signed) = (kept.paths[0].clone(), size_of(&newest));
        assert_eq!(refused, Err(SealError::OtherHistory { file, signed }));
        assert_eq!(kept.texts(), [newest.clone(), newest.clone()]);
        assert_eq!(world.checkpoint().await, other);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_holds_something_else_is_not_overwritten() {
    let (signer, kept) = (signer(), Kept::new());
    let (world, _) = sealed(&signer).await;
    let strangers = sealed(&self::signer()).await.1;
    for other in ["a letter to a friend\n", &strangers] {
        kept.hold(other);
        world.sign_in("vera").await;
        let before = world.checkpoint().await;
        assert_eq!(seal_with(&world, &signer, &kept).await, Err(SealError::NotOurs(kept.paths[0].clone())));
        assert_eq!(kept.texts(), [other, other]);
        assert_eq!(world.checkpoint().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_opens_one_incident_and_administrators_are_told() {
    let (signer, kept) = (signer(), Kept::new());
    let (world, _, newest) = rolled_back(&signer).await;
    kept.hold(&newest);
    let metrics = Metrics::new(world.backend.clone());
    let clock: Arc<dyn Clock> = world.clock.clone();
    let signer = Arc::new(signer);
    // Of two tasks one opens it.
    for _ in 0..2 {
        let (database, signer, random) =
            (world.backend.database.clone(), Arc::clone(&signer), Arc::new(SystemRandomness));
        sealer::start(Sealer { database, signer, kept: kept.files(), random }, &clock);
    }
    let forks = || world.incidents().with("kind", "fork").count();
    let opened = async {
        while forks().await == 0 || !forked(&metrics).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(ENOUGH, opened).await.expect("an incident is opened");
    let about = format!("ledger:{}", size_of(&newest));
    let again = || incidents::open_fork(&world.backend.database, &about, world.clock.now(), &SystemRandomness);
    again().await.expect("it answers");
    again().await.expect("it answers");
    assert_eq!(forks().await, 1);
    assert_eq!(world.notices().with("kind", "ledger_forked").names_of("identity").await, ["ada"]);
    let mut ada = world.sign_in("ada").await;
    assert!(ada.get("/").await.page().shows("another history of the ledger"));
    assert!(ada.get("/inbox").await.page().shows("doorward ledger restart"));
    assert_eq!(kept.texts(), [newest.clone(), newest]);
}

async fn forked(metrics: &Metrics) -> bool {
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    let answer = metrics.router().oneshot(request).await.expect("an answer");
    let text = to_bytes(answer.into_body(), 1 << 20).await.expect("a text");
    String::from_utf8_lossy(&text).contains("doorward_ledger_forked 1")
}

/// G20: without the key nothing is added behind what was signed, and an older signature covers no more than it did.
#[tokio::test(flavor = "multi_thread")]
async fn the_heads_checkpoint_is_for_exactly_its_size() {
    let signer = signer();
    let (world, early) = sealed(&signer).await;
    world.sign_in("vera").await.get("/secrets").await;
    let newest = seal(&world, &signer).await;
    world.table("ledger_head").set("checkpoint", &early).await;
    let (signed, there) = (size_of(&early), size_of(&newest));
    assert_eq!(tampered(&world, &signer, None).await, Tampering::NotSigned { signed, there });
    world.table("ledger_head").set("checkpoint", &newest).await;
    assert_eq!(verify(&world, &signer, Some(&early)).await, Ok(there));
    // Everything that was signed is emptied, and its checkpoint left behind.
    for tamper in [Tamper::RemoveOrder, Tamper::RemoveTree, Tamper::RemoveAllRecords, Tamper::EmptyHead] {
        world.tamper(tamper).await;
    }
    assert_eq!(tampered(&world, &signer, None).await, Tampering::Truncated { signed: there, there: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn records_beyond_the_signed_size_are_no_evidence() {
    let signer = signer();
    let (world, checkpoint) = sealed(&signer).await;
    let mut file = Vec::new();
    offline::export(&world.backend.database, &mut file).await.expect("it is written");
    let text = String::from_utf8(file).expect("a text");
    let last = text.lines().next_back().expect("a line");
    let signed = size_of(&checkpoint);
    let copy = last.replacen(&format!("\"place\":{}", signed - 1), &format!("\"place\":{signed}"), 1);
    for (more, count) in [(format!("{copy}\n"), 1), ("{}\n".repeat(3), 3)] {
        let checked = offline::check((text.clone() + &more).as_bytes(), &checkpoint, signer.verifier(), |_, _| ());
        let said = format!("{signed} records are signed and whole, and {count} more are not signed by this checkpoint");
        assert_eq!(checked.map_err(|error| error.to_string()), Err(said));
    }
}
