//! The ledger's commands after an honest restore from a backup, and with files that somebody else sent.

use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, said, sentence};
use crate::ledger::commands::done;
use std::path::{Path, PathBuf};

impl Program {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn add(&self, name: &str) {
        let added = self.run_with_input(&["user", "add", name, "--role", "viewer", "--password-stdin"], PASSWORD);
        assert_eq!(added.status.code(), Some(0), "{}", said(&added));
    }

    /// Signs, and keeps the checkpoint in a file.
    fn checkpoint(&self, name: &str) -> String {
        let text = done(self, &["ledger", "checkpoint"]);
        std::fs::write(self.file(name), &text).unwrap();
        text
    }

    fn copy_database(&self, from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for file in std::fs::read_dir(from).unwrap().map(|file| file.unwrap().path()) {
            let name = file.file_name().unwrap().to_owned();
            if name.to_string_lossy().starts_with("doorward.sqlite") {
                std::fs::copy(&file, to.join(name)).unwrap();
            }
        }
    }
}

/// A ledger that was signed twice, and then restored from a backup of before the second time.
fn restored() -> (Program, String) {
    let program = Program::new();
    program.add("ada");
    program.checkpoint("early.txt");
    let backup = program.file("backup");
    program.copy_database(&program.data(), &backup);
    program.add("ben");
    let newest = program.checkpoint("newest.txt");
    program.copy_database(&backup, &program.data());
    program.add("cleo");
    (program, newest)
}

#[test]
fn a_restored_database_is_signed_again_only_by_a_new_log() {
    let (program, newest) = restored();
    let kept = program.data().join("ledger.checkpoint");
    let refused = sentence(&program.run(&["ledger", "checkpoint"]));
    assert!(refused.contains("the ledger was rolled back") && refused.contains("ledger restart"), "{refused}");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), newest, "the evidence stays");
    assert!(sentence(&program.run(&["ledger", "verify"])).contains("the ledger was rolled back"));
    let (old_key, root) = (done(&program, &["ledger", "key"]), newest.lines().nth(2).unwrap());

    let unsaid = program.run(&["ledger", "restart"]);
    assert!(sentence(&unsaid).contains("run this again with --yes"), "{}", said(&unsaid));
    assert!(said(&unsaid).contains(&format!("2 records with the root {root}")), "{}", said(&unsaid));
    assert_eq!(done(&program, &["ledger", "key"]), old_key);
    let begun = done(&program, &["ledger", "restart", "--yes"]);
    let key = done(&program, &["ledger", "key"]);
    assert!(key != old_key && begun.contains(key.trim()), "{begun}");
    assert_ne!(key.split('+').next(), old_key.split('+').next(), "an origin of its own");

    let apart = std::fs::read_to_string(program.data().join("ledger.checkpoint.before-1")).unwrap();
    assert_eq!(apart, newest, "the old evidence is kept");
    assert_ne!(std::fs::read_to_string(&kept).unwrap(), newest);
    let whole = done(&program, &["ledger", "verify"]);
    assert!(whole.contains("whole: 3 records") && whole.contains(root) && whole.contains("began with 1"), "{whole}");
    let early = done(&program, &["ledger", "verify", "--checkpoint", "early.txt"]);
    assert!(early.contains("whole: 3 records"), "both logs have what was signed before the backup: {early}");
    let lost = sentence(&program.run(&["ledger", "verify", "--checkpoint", "newest.txt"]));
    assert!(lost.contains("signed for 2 records by a log that ended"), "{lost}");
    done(&program, &["ledger", "export", "records.ndjson", "checkpoint.txt"]);
    let records = std::fs::read_to_string(program.file("records.ndjson")).unwrap();
    let link = records.lines().find(|line| line.contains("ledger.restart")).unwrap();
    assert!(link.contains("begins-with=1") && link.contains("&size=2"), "the link is sealed: {link}");
    program.add("dan");
    program.checkpoint("after.txt");
    done(&program, &["ledger", "verify", "--checkpoint", "after.txt"]);
}

#[test]
fn an_interrupted_restart_is_finished_by_the_next() {
    let (program, _) = restored();
    done(&program, &["ledger", "restart", "--yes"]);
    let key = done(&program, &["ledger", "key"]);
    // As if the new key had not come to its place yet.
    let (file, new) = (program.data().join("ledger.key"), program.data().join("ledger.key.new"));
    std::fs::rename(&file, &new).unwrap();
    done(&program, &["ledger", "restart", "--yes"]);
    assert_eq!(done(&program, &["ledger", "key"]), key);
    assert!(done(&program, &["ledger", "verify"]).contains("whole: 3 records"));
}

#[test]
fn a_checkpoint_is_refused_with_a_word_of_its_own() {
    let program = Program::new();
    program.add("ada");
    let good = program.checkpoint("good.txt");
    for (text, words) in [
        (good.replace('\n', "\r\n"), Some("CR LF")),
        (good.trim_end().to_owned(), Some("its last line has no end")),
        (good.replacen("\n1\n", "\n2\n", 1), Some("the signature does not fit the text")),
        (good.clone() + good.lines().next_back().unwrap() + "\n", Some("signed more than once")),
        (String::new(), Some("not a signed note")),
        (good + "— witness.example.com/w1 AAAAAAAAAAAAAAAA\n", None),
    ] {
        std::fs::write(program.file("given.txt"), &text).unwrap();
        let verified = program.run(&["ledger", "verify", "--checkpoint", "given.txt"]);
        match words {
            Some(words) => assert!(sentence(&verified).contains(words), "{words}: {}", said(&verified)),
            None => assert!(verified.status.success(), "{}", said(&verified)),
        }
    }
}

#[test]
fn a_compressed_file_cannot_fill_the_memory() {
    let program = Program::new();
    program.add("ada");
    done(&program, &["ledger", "export", "records.ndjson", "checkpoint.txt"]);
    let key = done(&program, &["ledger", "key"]);
    let line = std::fs::read(program.file("records.ndjson")).unwrap();
    let zeros = vec![0; 64 << 20];
    for (text, words) in [
        (zeros, "line 1 is longer than any record"),
        (line.repeat(40_000), "far more than the checkpoint's records could take"),
    ] {
        std::fs::write(program.file("sent.zst"), zstd::encode_all(text.as_slice(), 3).unwrap()).unwrap();
        let check = ["ledger", "check", "sent.zst", "checkpoint.txt", "--key", key.trim()];
        let refused = sentence(&program.run(&check));
        assert!(refused.contains(words), "{refused}");
    }
}
