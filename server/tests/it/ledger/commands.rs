//! The commands about the ledger.

use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, said, sentence};
use doorward::ledger::{AuditEntry, Channel, Outcome};
use doorward::{Clock as _, RecordId};
use server::clock::{SystemClock, SystemRandomness};
use server::db::Database;
use server::db::transaction::Source;
use server::ledger::sql as ledger;
use std::os::unix::fs::PermissionsExt as _;

/// What a command printed that ended well.
pub fn done(program: &Program, arguments: &[&str]) -> String {
    let output = program.run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The command says how much space the ledger takes.
#[test]
fn records_that_do_not_fill_a_segment_stay() {
    let program = Program::new();
    let done = |arguments: &[&str]| done(&program, arguments);
    let added = program.run_with_input(&["user", "add", "ada", "--role", "viewer", "--password-stdin"], PASSWORD);
    assert_eq!(added.status.code(), Some(0), "{}", said(&added));
    let stays = done(&["ledger", "archive", "--before", "2999-01-01", "--to", "away"]);
    assert_eq!(stays, "0 segments left the database; no more, since the next segment is not full yet.\n");
    let space = done(&["ledger", "space"]);
    assert!(
        space.contains("In the database: 1 records, ") && space.contains("the whole file with all else in it"),
        "{space}"
    );
    assert!(space.contains("In the archive:  0 records, 0 bytes in 0 files"), "{space}");
    assert_eq!(done(&["ledger", "verify", "--archive", "away"]), "The ledger is whole: 1 records.\n");
    done(&["ledger", "export", "records.ndjson", "checkpoint.txt"]);
    let records = std::fs::read(program.folder.path().join("records.ndjson")).unwrap();
    let compressed = zstd::encode_all(records.as_slice(), 3).unwrap();
    std::fs::write(program.folder.path().join("records.ndjson.zst"), compressed).unwrap();
    let key = done(&["ledger", "key"]);
    for file in ["records.ndjson", "records.ndjson.zst"] {
        let whole = done(&["ledger", "check", file, "checkpoint.txt", "--key", key.trim()]);
        assert_eq!(whole, "The file is whole: 1 records.\n", "{file}");
    }
    let twice = ["ledger", "check", "records.ndjson.zst", "records.ndjson", "checkpoint.txt", "--key", key.trim()];
    let more = sentence(&program.run(&twice));
    assert!(more.contains("1 records are signed and whole, and 1 more are not signed"), "{more}");
}

fn record(number: usize) -> AuditEntry {
    let at = SystemClock.now();
    AuditEntry {
        code: "no_session".to_owned(),
        words: "there is no session".to_owned(),
        entry: Channel::Page,
        request: number.to_string(),
        outcome: Some(Outcome::Refused),
        ..AuditEntry::new(RecordId::new(at, &SystemRandomness), at, "secret.read")
    }
}

/// Appends so many records, in one transaction: the ledger's queue refuses what a busy machine does not write in 5 s.
pub async fn append(database: &Database, many: usize) {
    let mut source = Source::writer(database).await.expect("a transaction");
    for number in 0..many {
        ledger::append_in(&mut source, &record(number)).await.expect("it is kept");
    }
    source.commit().await.expect("they are written");
}

/// Appends so many records to the program's own database.
async fn append_to(program: &Program, many: usize) {
    let database =
        Database::open(&format!("sqlite://{}", program.data().join("doorward.sqlite").display())).await.unwrap();
    append(&database, many).await;
    database.close().await;
}

/// `verify` reads the folder that the settings name.
#[tokio::test]
async fn records_leave_for_a_folder_that_is_made() {
    const MANY: usize = 1 << 12;
    let program = Program::new();
    done(&program, &["migrate"]);
    append_to(&program, MANY).await;
    let done = |arguments: &[&str]| done(&program, arguments);
    let left = done(&["ledger", "archive", "--before", "2999-01-01", "--to", "away/old"]);
    assert!(left.contains("1 segments left the database"), "{left}");
    let folder = program.folder.path().join("away/old");
    assert_eq!(
        std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700,
        "records are in the clear there"
    );
    let by_hash = done(&["ledger", "verify"]);
    assert!(by_hash.contains(&format!("{MANY} in 1 archived segments were taken by their hash")), "{by_hash}");
    let settings = ["ledger", "verify", "--ledger-keep", "90", "--ledger-archive", "away/old"];
    assert!(done(&settings).contains("whose files were read"));
    for file in std::fs::read_dir(&folder).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let lost = sentence(&program.run(&settings));
    assert!(lost.contains("ledger-000000000000-000000004095.ndjson.zst is missing"), "{lost}");
}
