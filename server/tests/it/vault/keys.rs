//! `doorward keys`, and where the keys may come from.

use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, said, sentence};
use crate::support::world::TestDatabase;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

const VALUES: &str = "ONE=value-1\nTWO=value-2\nTHREE=value-3\n";

struct Vault {
    program: Program,
    database: String,
}

fn key(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

fn id(byte: u8) -> String {
    server::vault::Key::new(zeroize::Zeroizing::new([byte; 32])).id()
}

impl Vault {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program.command(arguments);
        command.env("DATABASE_URL", &self.database);
        command
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.command(arguments).envs(variables.iter().copied()).output().unwrap()
    }

    fn done(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.run(arguments, variables);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    /// A person, and three values.
    fn fill(&self, variables: &[(&str, &str)]) {
        let mut add = self.command(&["user", "add", "ada", "--role", "operator", "--password-stdin"]);
        let mut child = add.envs(variables.iter().copied()).stdin(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        std::fs::write(self.program.folder.path().join("values.env"), VALUES).unwrap();
        self.done(&["secrets", "import", "--environment", "dev", "--yes", "values.env"], variables);
    }

    /// Every value opens, and is what it was.
    fn is_whole(&self, variables: &[(&str, &str)]) {
        let seen = self.done(&["secrets", "import", "--environment", "dev", "--dry-run", "values.env"], variables);
        assert_eq!(seen.matches("  same ").count(), 3, "{seen}");
    }
}

async fn with_vault(test: impl FnOnce(Vault) + Send + 'static) {
    let database = TestDatabase::new().await;
    let address = database.file().map(|file| format!("sqlite:{}?mode=rwc", file.display()));
    let address = address.unwrap_or_else(|| database.address.clone());
    let run = move || test(Vault { program: Program::new(), database: address });
    tokio::task::spawn_blocking(run).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_rotated_and_retired_by_commands() {
    with_vault(|vault| {
        vault.fill(&[]);
        let first = vault.done(&["keys", "list"], &[]);
        assert!(first.contains("\tcurrent\t3 values"), "{first}");
        let prepared = vault.done(&["keys", "rotate", "--prepare"], &[]);
        assert!(prepared.contains("Nothing uses it yet"), "{prepared}");
        assert!(vault.done(&["keys", "list"], &[]).contains("\tnot used yet\t0 values"));
        let done = vault.done(&["keys", "rotate"], &[]);
        assert!(done.contains("is current") && done.contains("3 values were wrapped by it"), "{done}");
        let listed = vault.done(&["keys", "list"], &[]);
        assert!(listed.contains("\tcurrent\t3 values") && listed.contains("\tonly decrypts\t0 values"), "{listed}");
        vault.is_whole(&[]);
        assert!(vault.done(&["keys", "retire"], &[]).contains("is retired"));
        assert!(vault.done(&["keys", "list"], &[]).contains("\tretired\t0 values"));
        let file = std::fs::read_to_string(vault.program.data().join("vault.key")).unwrap();
        assert_eq!(file.lines().count(), 1);
        vault.is_whole(&[]);
        std::fs::remove_file(vault.program.data().join("vault.key")).unwrap();
        let refused = sentence(&vault.run(&["keys", "list"], &[]));
        assert!(refused.contains("holds nothing: put the right vault.key into the data folder"), "{refused}");
    })
    .await;
}

/// SIGKILL at moments from the program's start to its usual end.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_rotation_loses_nothing() {
    with_vault(|vault| {
        vault.fill(&[]);
        for round in 0..12 {
            let mut command = vault.command(&["keys", "rotate"]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(round * 20));
            child.kill().unwrap();
            child.wait().unwrap();
            vault.is_whole(&[]);
        }
        vault.done(&["keys", "rotate"], &[]);
        vault.done(&["keys", "retire"], &[]);
        vault.is_whole(&[]);
        let listed = vault.done(&["keys", "list"], &[]);
        assert!(listed.contains("\tcurrent\t3 values") && !listed.contains("only decrypts"), "{listed}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_a_variable_and_are_rotated_by_hand() {
    with_vault(|vault| {
        let by = |keys: &str| vec![("DOORWARD_VAULT_KEY_VARIABLE", "MY_KEYS"), ("MY_KEYS", keys.to_owned().leak())];
        let (old, new) = (key(1), key(2));
        let (first, both) = (by(&old), by(&format!("{new},{old}")));
        vault.fill(&first);
        assert!(!vault.program.data().join("vault.key").exists());
        let nothing = vault.done(&["keys", "rotate"], &first);
        assert!(nothing.contains("is current already") && nothing.contains("put it in front"), "{nothing}");
        let prepare = sentence(&vault.run(&["keys", "rotate", "--prepare"], &first));
        assert!(prepare.contains("put the new key into it yourself"), "{prepare}");
        vault.is_whole(&both);
        assert!(
            vault.done(&["keys", "list"], &both).contains(&format!("{}\tcurrent", id(1))),
            "only a rotation changes it"
        );
        let done = vault.done(&["keys", "rotate"], &both);
        assert!(done.contains(&format!("The new key {} is current", id(2))), "{done}");
        let swapped = sentence(&vault.run(&["keys", "rotate"], &by(&format!("{old},{new}"))));
        assert!(swapped.contains("is no new one"), "{swapped}");
        assert!(vault.done(&["keys", "retire"], &both).contains("Remove it from the environment variable MY_KEYS"));
        vault.is_whole(&by(&new));
        for (keys, words) in [
            (&*old, "give that key too"),
            ("", "the environment variable MY_KEYS should hold the vault's keys, and is not set"),
            ("hunter2", "the environment variable MY_KEYS does not hold a key"),
            (&format!("{new}\n{new}"), "the environment variable MY_KEYS holds the same key twice"),
        ] {
            let refused = vault.run(&["keys", "list"], &by(keys));
            assert!(sentence(&refused).contains(words), "{}", said(&refused));
            assert!(!said(&refused).contains("hunter2") && !said(&refused).contains(&new), "{}", said(&refused));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_a_command_without_a_shell() {
    with_vault(|vault| {
        let script = vault.program.folder.path().join("kms");
        let written = |text: &str| {
            std::fs::write(&script, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
        };
        // It is told its arguments as they are, and not the database's password.
        written(&format!("[ \"$1\" = '$HOME;x' ] && [ -z \"$DATABASE_URL\" ] && echo '{}'", key(1)));
        let command = format!("{} $HOME;x", script.display());
        let by = [("DOORWARD_VAULT_KEY_COMMAND", &*command)];
        vault.fill(&by);
        vault.is_whole(&by);
        assert!(vault.done(&["settings"], &by).contains("kms …"));
        written("echo hunter2; echo hunter3 >&2; exit 4");
        let refused = vault.run(&["keys", "list"], &by);
        assert!(sentence(&refused).contains("kms failed (exit status: 4)"), "{}", said(&refused));
        assert!(!said(&refused).contains("hunter") && !said(&refused).contains("$HOME"), "{}", said(&refused));
        let relative = vault.run(&["keys", "list"], &[("DOORWARD_VAULT_KEY_COMMAND", "kms x")]);
        assert!(said(&relative).contains("must begin with the full path"), "{}", said(&relative));
    })
    .await;
}
