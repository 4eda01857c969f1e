//! `doorward backup` and `doorward restore`.

use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, said, sentence};
use crate::ledger::commands::done;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const VALUES: &str = "ONE=value-1\nTWO=value-2\n";
const KEY: [&str; 2] = ["--recovery-key", "recovery.key"];

impl Program {
    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn private(&self, name: &str, text: &str) {
        std::fs::write(self.at(name), text).unwrap();
        std::fs::set_permissions(self.at(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn add_user(&self, name: &str) {
        let added = self.run_with_input(&["user", "add", name, "--role", "operator", "--password-stdin"], PASSWORD);
        assert!(added.status.success(), "{}", said(&added));
    }

    /// Restores into a data folder that is not there yet.
    fn restore_to(&self, data: &str, arguments: &[&str]) -> std::process::Output {
        self.command_at(data, &[&["restore"], arguments].concat()).output().unwrap()
    }

    fn is_whole(&self, data: &str) {
        let import = ["secrets", "import", "--environment", "dev", "--dry-run", "values.env"];
        let seen = self.command_at(data, &import).output().unwrap();
        assert_eq!(said(&seen).matches("  same ").count(), 2, "{}", said(&seen));
    }
}

fn with_values() -> Program {
    let program = Program::new();
    program.add_user("ada");
    std::fs::write(program.at("values.env"), VALUES).unwrap();
    done(&program, &["secrets", "import", "--environment", "dev", "--yes", "values.env"]);
    program
}

#[test]
fn a_backup_is_restored_elsewhere_by_commands() {
    let program = with_values();
    let made = done(&program, &["backup", "all.backup", "--new-recovery-key", "recovery.key"]);
    assert!(made.contains("The vault's keys are not in it"), "{made}");
    for file in ["all.backup", "recovery.key"] {
        assert_eq!(program.at(file).metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let again = sentence(&program.run(&[&["backup", "all.backup"], &KEY[..]].concat()));
    assert!(again.contains("exists already"), "{again}");
    let refused = sentence(&program.run(&[&["restore", "all.backup"], &KEY[..]].concat()));
    assert!(refused.contains("needs an empty database"), "{refused}");
    let restored = program.restore_to("elsewhere", &[&["all.backup"], &KEY[..]].concat());
    assert!(said(&restored).contains("Every session has ended") && restored.status.success(), "{}", said(&restored));
    let no_key = sentence(&program.command_at("elsewhere", &["migrate"]).output().unwrap());
    assert!(no_key.contains("holds nothing: put the right vault.key"), "{no_key}");
    std::fs::copy(program.data().join("vault.key"), program.at("elsewhere/vault.key")).unwrap();
    program.is_whole("elsewhere");
    let left: Vec<_> =
        std::fs::read_dir(program.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with("partial")), "{left:?}");
}

#[test]
fn a_backup_with_keys_is_all_that_is_needed() {
    let program = with_values();
    program.private("passphrase", "correct horse battery\n");
    let with = ["--passphrase-file", "passphrase"];
    let made = done(&program, &[&["backup", "all.backup", "--with-keys"], &with[..]].concat());
    assert!(made.contains("whoever opens it has every secret"), "{made}");
    let key = std::fs::read_to_string(program.data().join("vault.key")).unwrap();
    let bytes = std::fs::read(program.at("all.backup")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains(key.trim()));
    assert!(program.restore_to("elsewhere", &[&["all.backup"], &with[..]].concat()).status.success());
    assert_eq!(std::fs::read_to_string(program.at("elsewhere/vault.key")).unwrap(), key);
    program.is_whole("elsewhere");
    let again = sentence(&program.restore_to("elsewhere", &[&["all.backup"], &with[..]].concat()));
    assert!(again.contains("needs an empty database"), "{again}");
    assert!(program.at("elsewhere/vault.key").exists(), "a key file that was there is not removed");
    // A folder with the keys of another vault stays as it is.
    assert!(program.command_at("third", &["migrate"]).output().unwrap().status.success());
    let theirs = std::fs::read_to_string(program.at("third/vault.key")).unwrap();
    let refused = program.restore_to("third", &[&["all.backup"], &with[..]].concat());
    assert!(sentence(&refused).contains("holds other keys than the backup"), "{}", said(&refused));
    assert_eq!(std::fs::read_to_string(program.at("third/vault.key")).unwrap(), theirs);
}

#[test]
fn what_is_no_whole_backup_is_refused_before_anything() {
    let program = with_values();
    program.private("passphrase", "correct horse battery\n");
    program.private("wrong", "correct horse staple\n");
    program.private("short", "hunter2\n");
    let short = sentence(&program.run(&["backup", "all.backup", "--passphrase-file", "short"]));
    assert!(short.contains("needs at least 12 characters") && !short.contains("hunter2"), "{short}");
    done(&program, &["backup", "all.backup", "--passphrase-file", "passphrase"]);
    done(&program, &["backup", "other.backup", "--new-recovery-key", "recovery.key"]);
    let whole = std::fs::read(program.at("all.backup")).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    std::fs::write(program.at("cut.backup"), &whole[..whole.len() - 100]).unwrap();
    std::fs::write(program.at("flipped.backup"), flipped).unwrap();
    std::fs::write(program.at("newer.backup"), String::from_utf8_lossy(&whole).replacen("backup 1", "backup 2", 1))
        .unwrap();
    std::fs::set_permissions(program.at("wrong"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = sentence(&program.restore_to("new", &["all.backup", "--passphrase-file", "wrong"]));
    assert!(open.contains("chmod 600"), "{open}");
    std::fs::set_permissions(program.at("wrong"), std::fs::Permissions::from_mode(0o600)).unwrap();
    for (file, passphrase, words) in [
        ("all.backup", "wrong", "the passphrase or recovery key is another one"),
        ("cut.backup", "passphrase", "nothing was restored"),
        ("flipped.backup", "passphrase", "nothing was restored"),
        ("newer.backup", "passphrase", "a format that this version does not know"),
        ("values.env", "passphrase", "this is not a backup of Doorward"),
        ("other.backup", "passphrase", "made with a recovery key"),
        ("nowhere.backup", "passphrase", "the backup cannot be read"),
    ] {
        let refused = sentence(&program.restore_to("new", &[file, "--passphrase-file", passphrase]));
        assert!(refused.contains(words), "{file}: {refused}");
        assert!(!program.at("new").exists(), "{file}: nothing was touched");
    }
    let asked = sentence(&program.restore_to("new", &["all.backup"]));
    assert!(asked.contains("--passphrase-file or --recovery-key"), "{asked}");
}

/// What was signed after the backup is evidence outside of the database, and stays.
#[test]
fn the_ledger_goes_on_after_a_restore_by_a_new_log() {
    let program = with_values();
    done(&program, &["ledger", "checkpoint"]);
    done(&program, &["backup", "all.backup", "--new-recovery-key", "recovery.key"]);
    program.add_user("ben");
    let newest = done(&program, &["ledger", "checkpoint"]);
    for end in ["", "-wal", "-shm", "-words", "-words-wal", "-words-shm"] {
        let _ = std::fs::remove_file(program.data().join(format!("doorward.sqlite{end}")));
    }
    done(&program, &[&["restore", "all.backup"], &KEY[..]].concat());
    let refused = sentence(&program.run(&["ledger", "checkpoint"]));
    assert!(refused.contains("the ledger was rolled back") && refused.contains("ledger restart"), "{refused}");
    assert_eq!(
        std::fs::read_to_string(program.data().join("ledger.checkpoint")).unwrap(),
        newest,
        "the evidence stays"
    );
    done(&program, &["ledger", "restart", "--yes"]);
    assert!(done(&program, &["ledger", "verify"]).contains("whole"));
    assert!(done(&program, &["ledger", "export", "records.ndjson", "checkpoint.txt"]).contains("ledger check"));
    let records = std::fs::read_to_string(program.at("records.ndjson")).unwrap();
    for action in ["backup.make", "backup.restore", "ledger.restart"] {
        assert_eq!(records.matches(&format!("\"{action}\"")).count(), 1, "{action}");
    }
    program.is_whole("data");
}
