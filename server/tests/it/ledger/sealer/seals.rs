//! The sealed ledger: each kind of tampering is found, the last ones by a checkpoint that was kept outside.

use crate::support::tamper::Tamper;
use crate::support::world::World;
use doorward::Clock;
use doorward::ledger::{LogName, Signer};
use server::clock::SystemRandomness;
use server::ledger::sealer::verify::{self, Tampering, VerifyError};
use server::ledger::sealer::{self, KeptCheckpoints, SealError, offline};

pub fn signer() -> Signer {
    Signer::generate(LogName::parse("test/ledger").expect("a name"), &SystemRandomness)
}

/// A world with a few sealed records, and the checkpoint over them.
pub async fn sealed(signer: &Signer) -> (World, String) {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for address in ["/", "/secrets", "/settings", "/access/routes", "/secrets/nonsense"] {
        omar.get(address).await;
    }
    world.visitor().get("/secrets").await;
    let checkpoint = seal(&world, signer).await;
    (world, checkpoint)
}

pub async fn seal(world: &World, signer: &Signer) -> String {
    let now = world.clock.now();
    sealer::all(&world.backend.database, signer, &KeptCheckpoints::default(), now)
        .await
        .expect("it is sealed")
        .expect("there was something to seal")
}

pub async fn verify(world: &World, signer: &Signer, outside: Option<&str>) -> Result<u64, VerifyError> {
    verify::database(&world.backend.database, signer.verifier(), outside, |_, _| ()).await
}

pub async fn tampered(world: &World, signer: &Signer, outside: Option<&str>) -> Tampering {
    match verify(world, signer, outside).await {
        Err(VerifyError::Tampering(tampering)) => tampering,
        other => panic!("nothing was found: {other:?}"),
    }
}

/// It grows from one checkpoint to the next.
#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_ledger_verifies_from_each_checkpoint() {
    let signer = signer();
    let (world, first) = sealed(&signer).await;
    let records = verify(&world, &signer, Some(&first)).await.expect("it is whole");
    assert_eq!(i64::try_from(records), Ok(world.count_all("audit").await));
    world.sign_in("vera").await.get("/secrets").await;
    let second = seal(&world, &signer).await;
    assert_ne!(first, second);
    assert!(verify(&world, &signer, Some(&first)).await.expect("it goes on from the first") > records);
    let nothing = sealer::all(&world.backend.database, &signer, &KeptCheckpoints::default(), world.clock.now())
        .await
        .expect("it looks");
    assert_eq!(nothing, None, "nothing is signed where nothing was added");
}

/// G20.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_edited_is_found_and_named() {
    let signer = signer();
    for tamper in
        [Tamper::AllowRefusal, Tamper::BlameAnother, Tamper::MoveTime, Tamper::ForgetAddress, Tamper::InventDecision]
    {
        let (world, _) = sealed(&signer).await;
        assert_eq!(world.tamper(tamper.clone()).await, 1, "{tamper:?}");
        assert!(matches!(tampered(&world, &signer, None).await, Tampering::Changed(..)), "{tamper:?}");
    }
}

/// G20.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_taken_away_or_added_or_moved_is_found() {
    let signer = signer();
    let (world, _) = sealed(&signer).await;
    world.tamper(Tamper::RemoveNewest).await;
    assert!(matches!(tampered(&world, &signer, None).await, Tampering::Gone(..)));

    let (world, _) = sealed(&signer).await;
    world.table("ledger_leaves").with("leaf_index", 2).remove().await;
    assert_eq!(tampered(&world, &signer, None).await, Tampering::Gap(2));

    let (world, _) = sealed(&signer).await;
    world.tamper(Tamper::SwapRecords(1, 3)).await;
    assert!(matches!(tampered(&world, &signer, None).await, Tampering::Changed(1, _)), "reordered");

    let (world, _) = sealed(&signer).await;
    world.tamper(Tamper::AddFirst).await;
    assert_eq!(tampered(&world, &signer, None).await, Tampering::Added(1));
}

/// G20: whoever changes a record and its hash too does not have the signature.
#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_was_mended_to_fit_is_not_the_one_that_was_signed() {
    let signer = signer();
    let (world, _) = sealed(&signer).await;
    let stranger = self::signer();
    rewrite(&world, &stranger).await;
    assert!(matches!(tampered(&world, &signer, None).await, Tampering::Checkpoint(_)), "signed by somebody else");
    let next = sealer::all(&world.backend.database, &signer, &KeptCheckpoints::default(), world.clock.now()).await;
    world.sign_in("vera").await;
    let after = sealer::all(&world.backend.database, &signer, &KeptCheckpoints::default(), world.clock.now()).await;
    assert!(next == Ok(None) || next == Err(SealError::Forked), "{next:?}");
    assert_eq!(after, Err(SealError::Forked), "and nothing is signed on top of it");
}

/// Builds the whole tree anew over changed records, as somebody with the database can.
async fn rewrite(world: &World, signer: &Signer) {
    for tamper in [Tamper::RemoveTree, Tamper::RemoveOrder, Tamper::RestartHead, Tamper::EditOldest] {
        world.tamper(tamper).await;
    }
    seal(world, signer).await;
}

/// A rewritten chain, a truncated one and a swapped database.
/// G20: even with the key: what was signed before is outside.
#[tokio::test(flavor = "multi_thread")]
async fn an_exported_checkpoint_finds_rewrites_cuts_and_swaps() {
    let signer = signer();
    let (world, outside) = sealed(&signer).await;
    rewrite(&world, &signer).await;
    assert!(verify(&world, &signer, None).await.is_ok(), "within itself it fits");
    assert!(matches!(tampered(&world, &signer, Some(&outside)).await, Tampering::OtherRecords(_)));

    let (world, early) = sealed(&signer).await;
    world.sign_in("vera").await.get("/secrets").await;
    let outside = seal(&world, &signer).await;
    let size: u64 = early.lines().nth(1).and_then(|line| line.parse().ok()).expect("a size");
    world.tamper(Tamper::CutBackTo(size, early)).await;
    assert!(verify(&world, &signer, None).await.is_ok(), "an older state fits within itself");
    assert!(matches!(tampered(&world, &signer, Some(&outside)).await, Tampering::Truncated { .. }));

    let (other, _) = sealed(&signer).await;
    for _ in 0..30 {
        other.sign_in("omar").await;
    }
    seal(&other, &signer).await;
    assert!(
        matches!(tampered(&other, &signer, Some(&outside)).await, Tampering::OtherRecords(_)),
        "another's database"
    );
}

/// Each change of the file is found.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_verifies_without_a_database() {
    let signer = signer();
    let (world, checkpoint) = sealed(&signer).await;
    let mut file = Vec::new();
    let with_it = offline::export(&world.backend.database, &mut file).await.expect("it is written");
    assert_eq!(with_it, checkpoint);
    let text = String::from_utf8(file).expect("a text");
    let check = |text: &str| offline::check(text.as_bytes(), &checkpoint, signer.verifier(), |_, _| ());
    assert_eq!(check(&text).ok(), u64::try_from(text.lines().count()).ok());
    let lines: Vec<&str> = text.lines().collect();
    let without_last = lines[..lines.len() - 1].join("\n");
    let without_first = lines[1..].join("\n");
    for changed in [
        text.replacen("\"omar\"", "\"vera\"", 1),
        text.replacen("\"allowed\":false", "\"allowed\":true", 1),
        without_last,
        without_first,
        text.replacen("{\"place\":0", "{\"place\":0,\"more\":1", 1),
        String::new(),
    ] {
        assert!(check(&changed).is_err(), "{changed}");
    }
    let stranger = self::signer();
    assert!(offline::check(text.as_bytes(), &checkpoint, stranger.verifier(), |_, _| ()).is_err(), "another's key");
}

/// Two processes that seal at the same time make one tree.
#[tokio::test(flavor = "multi_thread")]
async fn two_sealers_at_once_make_one_tree() {
    let signer = signer();
    let (world, kept) = (World::new().await, KeptCheckpoints::default());
    let mut omar = world.sign_in("omar").await;
    for _ in 0..20 {
        omar.get("/settings").await;
        let now = world.clock.now();
        let both = [0, 1].map(|_| sealer::all(&world.backend.database, &signer, &kept, now));
        for one in futures::future::join_all(both).await {
            assert!(matches!(one, Ok(_) | Err(SealError::Unavailable)), "{one:?}");
        }
    }
    let now = world.clock.now();
    let _ = sealer::all(&world.backend.database, &signer, &kept, now).await;
    let records = verify(&world, &signer, None).await.expect("it is whole");
    assert_eq!(i64::try_from(records), Ok(world.count_all("audit").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_proves_its_record_with_the_public_key_alone() {
    use doorward::ledger::Receipt;
    let signer = signer();
    let (world, _) = sealed(&signer).await;
    let id = world.records().by("omar").ordered("id").each("id").await.remove(0);
    let mut omar = world.sign_in("omar").await;
    let page = omar.get(&format!("/access/records/{id}")).await.page();
    let receipt = Receipt::parse(&page.preformatted()).expect("it is a receipt");
    let record = receipt.record.clone().expect("it carries its record");
    assert!(receipt.verify(&record, signer.verifier()).is_ok());
    assert!(String::from_utf8_lossy(&record).contains(&id));
    let mut other = record.clone();
    other[20] ^= 1;
    assert!(receipt.verify(&other, signer.verifier()).is_err(), "another record");
    assert!(receipt.verify(&record, self::signer().verifier()).is_err(), "another ledger");
    let fresh = world.records().by("omar").ordered("id desc").each("id").await.remove(0);
    assert!(omar.get(&format!("/access/records/{fresh}")).await.page().shows("Not sealed yet"));
}

/// G20: the sealer itself notices before it signs.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_signed_on_a_tree_that_was_not_signed_last() {
    let signer = signer();
    let (world, _) = sealed(&signer).await;
    world.tamper(Tamper::LevelHashes).await;
    let before = world.checkpoint().await;
    world.sign_in("vera").await;
    let next = sealer::all(&world.backend.database, &signer, &KeptCheckpoints::default(), world.clock.now()).await;
    assert_eq!(next, Err(SealError::Forked));
    assert_eq!(world.checkpoint().await, before);
}
