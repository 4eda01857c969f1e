use super::*;
use crate::identities::cli::AddUser;
use crate::ledger::cli::{ArchiveLedger, CheckLedger};
use crate::secrets::cli::ImportSecrets;
use doorward::Environment;
use std::path::PathBuf;

/// Reads arguments without the variables that this test run may have.
fn read(arguments: &str) -> Result<(Command, Config), clap::Error> {
    read_with(std::iter::once("doorward").chain(arguments.split_whitespace()), |_| None)
}

fn config(arguments: &str) -> Config {
    read(arguments).map(|(_, config)| config).unwrap_or_else(|error| panic!("{error}"))
}

fn command(arguments: &str) -> Command {
    read(arguments).map(|(command, _)| command).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(arguments: &str) -> String {
    match read(arguments) {
        Ok(_) => panic!("was accepted: {arguments}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_definition_of_the_command_line_holds_together() {
    parser().debug_assert();
}

#[test]
fn every_command_is_read() {
    assert_eq!(command("serve --demo"), Command::Serve(Serve { demo: true }));
    assert_eq!(command("migrate"), Command::Migrate);
    assert_eq!(command("seed demo"), Command::Seed(SeedCommand::Demo));
    assert_eq!(command("routes --json"), Command::Routes(Routes { json: true }));
    let add = AddUser {
        name: "ada".to_owned(),
        roles: vec!["viewer".to_owned(), "auditor".to_owned()],
        within: Environment::parse("dev").ok(),
        display_name: Some("Ada".to_owned()),
        password_stdin: true,
    };
    let line = "user add ada --role viewer --role auditor --within dev --display-name Ada --password-stdin";
    assert_eq!(command(line), Command::User(UserCommand::Add(add)));
    let import = ImportSecrets {
        environment: "dev".to_owned(),
        owner: Some("ada".to_owned()),
        yes: true,
        dry_run: false,
        file: ".env".into(),
    };
    let line = "secrets import --environment dev --owner ada --yes .env";
    assert_eq!(command(line), Command::Secrets(SecretsCommand::Import(import)));
    let before = app::ui::time::read("2026-01-31T00:00").unwrap();
    let archive = ArchiveLedger { before, to: "away".into() };
    let line = "ledger archive --before 2026-01-31 --to away";
    assert_eq!(command(line), Command::Ledger(LedgerCommand::Archive(archive)));
    let files = vec!["a.zst".into(), "b.zst".into(), "c.ndjson".into()];
    let check = CheckLedger { files, checkpoint: "checkpoint.txt".into(), key: "k".to_owned() };
    let line = "ledger check a.zst b.zst c.ndjson checkpoint.txt --key k";
    assert_eq!(command(line), Command::Ledger(LedgerCommand::Check(check)));
    assert!(refusal("user add ada").contains("--role"));
    assert!(refusal("secrets import --environment dev --yes --dry-run .env").contains("cannot be used with"));
}

#[test]
fn settings_may_stand_before_and_behind_the_command() {
    assert_eq!(config("--listen 127.0.0.1:0 migrate").listen.port(), 0);
    assert_eq!(config("migrate --listen 127.0.0.1:0").listen.port(), 0);
    assert_eq!(config("secrets import --environment dev a.env --data-dir d").data_dir, PathBuf::from("d"));
}

#[test]
fn commands_that_open_no_port_need_no_safe_one() {
    assert_eq!(command("migrate --listen 0.0.0.0:3000"), Command::Migrate);
}

#[test]
fn sessions_are_revoked_by_one_scope_and_may_be_counted_first() {
    let revoke = |arguments: &str| {
        let arguments = ["doorward", "sessions", "revoke"].into_iter().chain(arguments.split_whitespace());
        match read_with(arguments, |_| None) {
            Ok((Command::Sessions(SessionsCommand::Revoke(revoke)), _)) => Some(revoke),
            _ => None,
        }
    };
    assert!(revoke("--everything --dry-run").is_some_and(|revoke| revoke.everything && revoke.dry_run));
    assert!(revoke("--identity omar --yes").is_some_and(|revoke| revoke.yes));
    for wrong in ["", "--yes", "--identity omar --role viewer", "--everything --yes --dry-run"] {
        assert!(revoke(wrong).is_none(), "{wrong}");
    }
}

/// The flags that the help of a command shows.
fn shown(arguments: &str) -> Vec<String> {
    let help = refusal(&format!("{arguments} --help"));
    let flags = help.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
    let names = flags.filter_map(|rest| rest.split([' ', ',']).next().map(str::to_owned));
    names.filter(|name| ALL.iter().any(|setting| setting.about().name == name)).collect()
}

#[test]
fn help_of_a_command_shows_the_settings_that_it_uses() {
    let keys = ["vault-key-file", "vault-key-variable", "vault-key-command"];
    let of_database = [&["data-dir", "database-url"], &keys[..], &["log-format", "log-filter"]].concat();
    assert_eq!(shown("migrate"), of_database);
    assert_eq!(shown("secrets import"), of_database);
    let hashing = ["password-memory", "password-passes", "password-lanes"];
    assert_eq!(shown("user add"), [&of_database[..], &hashing].concat());
    assert_eq!(shown("routes"), ["log-format", "log-filter"]);
    assert!(shown("user").is_empty() && shown("ledger").is_empty());
    for all in ["", "serve", "settings"] {
        assert_eq!(shown(all).len(), ALL.len(), "{all}");
    }
}

#[test]
fn every_command_says_which_settings_it_uses() {
    fn walk(command: &clap::Command, name: &str) {
        for inner in command.get_subcommands() {
            let name = format!("{name} {}", inner.get_name()).trim_start().to_owned();
            assert_eq!(uses(&name).is_empty(), inner.has_subcommands(), "{name}");
            walk(inner, &name);
        }
    }
    walk(&parser(), "");
}

#[test]
fn usage_names_no_setting_that_was_not_typed() {
    let variables = |name: &'static str| (name == "DOORWARD_DATA_DIR").then(|| OsString::from("away"));
    let error =
        read_with(["doorward", "user", "add", "--password-stdin"], variables).err().map(|error| error.to_string());
    let error = error.unwrap_or_default();
    assert!(error.contains("--role <ROLE>") && !error.contains("--data-dir"), "{error}");
}
