//! The receipt of one record: why it was decided so, and the proof that can be taken away.

use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, said, sentence};
use crate::ledger::commands::done;
use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::RecordId;
use doorward::ledger::{AuditEntry, Receipt};
use server::db::Database;
use server::db::transaction::Source;
use server::ledger::sealer;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_names_the_grant_and_who_gave_it() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.grants().remove().await;
    let fields = [("action", "grant"), ("with", "vera"), ("lasts", "1h")];
    assert_eq!(omar.post(&format!("/secrets/{id}/access"), &fields).await.status, StatusCode::SEE_OTHER);
    let share = world.records().of("secret.share").ids().await.remove(0);
    world.sign_in("vera").await.call_value(&id).await;
    let record = world.records().of("secret.reveal").by("vera").ids().await.remove(0);
    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get(&format!("/access/records/{record}")).await.page();
    for part in ["given by omar", ", until "] {
        assert!(page.described("Grant").contains(part), "{part}: {page}");
    }
    assert!(page.records().contains(&share) && page.shows("Policy now"), "{page}");
    assert!(page.links_to(&format!("/secrets/{id}")) && page.shows("All records of this session"));
    assert!(page.links_to("/access/ledger?action=secret.reveal&routine=shown"), "{:?}", page.addresses());
    // The grant is gone, and the record of it still explains the decision.
    world.grants().remove().await;
    world.table("policy").set("version", world.policy_version().await + 1).await;
    let page = quinn.get(&format!("/access/records/{record}")).await.page();
    assert!(page.shows("given by omar") && page.shows("later changes of the policy"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_downloaded_by_those_who_see_the_whole_record() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    world.sign_in("omar").await.call_value(&id).await;
    world.sign_in("noor").await.call_value(&id).await;
    let record = world.records().of("secret.reveal").allowed().ids().await.remove(0);
    let refused = world.records().of("secret.reveal").refused().ids().await.remove(0);
    let mut quinn = world.sign_in("quinn").await;
    let proof = |record: &str| format!("/access/records/{record}/proof");
    assert_eq!(quinn.get(&proof(&record)).await.status, StatusCode::NOT_FOUND, "it is not sealed yet");
    let signer = signer();
    seal(&world, &signer).await;
    let file = quinn.get(&proof(&record)).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header("content-disposition").contains(".tlog-proof\""));
    let receipt = Receipt::parse(&file.body).expect("a proof");
    let bytes = receipt.record.clone().expect("the record");
    assert!(receipt.verify(&bytes, signer.verifier()).is_ok());
    assert_eq!(AuditEntry::from_canonical_bytes(&bytes).expect("a record").id.as_str(), record);
    assert_eq!(world.sign_in("noor").await.get(&proof(&refused)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.sign_in("vera").await.get(&proof(&record)).await.status, StatusCode::NOT_FOUND);
}

/// Writes the proof of the only record of a program's ledger beside its data.
async fn write_proof(program: &Program) -> String {
    let address = format!("sqlite://{}", program.data().join("doorward.sqlite").display());
    let database = Database::open(&address).await.expect("the database");
    let mut source = Source::reader(&database);
    let record = sqlx_record(&mut source).await;
    let seal = sealer::sql::proof(&mut source, record).await.expect("an answer").expect("a seal");
    drop(source);
    database.close().await;
    let proof = seal.proof.expect("a proof");
    std::fs::write(program.folder.path().join("record.tlog-proof"), &proof).expect("a file");
    proof
}

async fn sqlx_record(source: &mut Source) -> RecordId {
    let row = source
        .optional(server::db::query("select record from ledger_leaves"))
        .await
        .expect("an answer")
        .expect("a row");
    RecordId::parse(row.try_get("record").expect("a text")).expect("an id")
}

#[tokio::test]
async fn a_proof_is_checked_without_a_database() {
    let program = Program::new();
    let added = program.run_with_input(&["user", "add", "ada", "--role", "viewer", "--password-stdin"], PASSWORD);
    assert_eq!(added.status.code(), Some(0), "{}", said(&added));
    done(&program, &["ledger", "checkpoint"]);
    let key = done(&program, &["ledger", "key"]);
    let proof = write_proof(&program).await;
    std::fs::remove_dir_all(program.data()).expect("the database is gone");
    let prove = ["ledger", "prove", "record.tlog-proof", "--key", key.trim()];
    let proven = done(&program, &prove);
    assert!(proven.starts_with("This record is number 1 of the 1 that doorward/ledger"), "{proven}");
    assert!(proven.contains("\naction: identity.add\n") && proven.contains("\nentry: command\n"), "{proven}");

    let index = proof.replace("index 0", "index 1");
    let letter = proof.find("extra ").expect("the record") + "extra ".len() + 60;
    let mut other = proof.clone();
    let changed = if &proof[letter..=letter] == "A" { "B" } else { "A" };
    other.replace_range(letter..=letter, changed);
    for damaged in [index, other, proof.replace("c2sp", "c3sp"), String::new(), proof[..proof.len() - 9].to_owned()] {
        std::fs::write(program.folder.path().join("record.tlog-proof"), damaged).expect("a file");
        let output = program.run(&prove);
        assert!(sentence(&output).contains("nothing is proven: "), "{}", said(&output));
    }
}
