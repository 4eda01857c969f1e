//! The command line: the commands, the flags of the settings, and how both are read.

use crate::access::cli::Routes;
use crate::access::environments::cli::EnvironmentCommand;
use crate::api::client::{Get, List, Run, Set, WhoAmI};
use crate::backup::cli::{BackupCommand, RestoreCommand};
use crate::cli::settings::Config;
use crate::cli::settings::Values;
use crate::cli::settings::print::{PrintSettings, sentences};
use crate::cli::settings::setting::{About, Use};
use crate::cli::settings::table::ALL;
use crate::demo::cli::SeedCommand;
use crate::identities::cli::UserCommand;
use crate::ledger::cli::LedgerCommand;
use crate::secrets::cli::SecretsCommand;
use crate::sessions::cli::SessionsCommand;
use crate::vault::cli::KeysCommand;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, value_parser};
use std::ffi::OsString;

/// Doorward, an access console.
///
/// Without a command, it serves the console. `doorward settings` prints every setting with its value.
#[derive(Clone, Parser)]
#[command(name = "doorward", version, about)]
pub struct Cli {
    /// What to do; `serve` if no command is given.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve the console (the default)
    Serve(Serve),
    /// Bring the database to this version's schema
    Migrate,
    /// Fill the database
    #[command(subcommand)]
    Seed(SeedCommand),
    /// Manage users
    #[command(subcommand)]
    User(UserCommand),
    /// Manage environments and their rules
    #[command(subcommand)]
    Environment(EnvironmentCommand),
    /// Manage secrets
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// List, rotate and retire the vault's keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Write everything to one encrypted file, while servers serve
    Backup(BackupCommand),
    /// Load a backup into an empty database
    Restore(RestoreCommand),
    /// Manage sessions
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Check, sign and export the ledger
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Say who a machine's credential belongs to, and what it may do
    #[command(name = "whoami")]
    WhoAmI(WhoAmI),
    /// List secrets of a server, as a machine
    List(List),
    /// Print a secret's value, as a machine
    Get(Get),
    /// Replace a secret's value, as a machine
    Set(Set),
    /// Run a program with secrets in its variables, as a machine
    Run(Run),
    /// List every address and what guards it
    Routes(Routes),
    /// Print every setting, its value, and where the value comes from
    Settings(PrintSettings),
}

/// `serve`
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Serve {
    /// Fill an empty database with demo data and print its sign-ins
    #[arg(long)]
    pub demo: bool,
}

/// Which settings a command uses, by its name.
fn uses(command: &str) -> &'static [Use] {
    match command {
        "" | "serve" | "settings" => &[Use::Always, Use::Database, Use::Passwords, Use::Checkpoints, Use::Serve],
        "user add" | "seed demo" => &[Use::Always, Use::Database, Use::Passwords],
        "ledger verify" | "ledger checkpoint" | "ledger export" | "ledger archive" | "ledger restart" => {
            &[Use::Always, Use::Database, Use::Checkpoints]
        }
        "user invite" => &[Use::Always, Use::Database, Use::Serve],
        "user list" | "user disable" | "user enable" | "migrate" | "secrets import" | "secrets export"
        | "secrets rotate" | "sessions revoke" | "sessions limit" | "ledger key" | "ledger space" | "keys list"
        | "keys rotate" | "keys retire" | "backup" | "restore" | "environment list" | "environment add"
        | "environment edit" => &[Use::Always, Use::Database],
        "routes" | "ledger check" | "ledger prove" | "whoami" | "list" | "get" | "set" | "run" => &[Use::Always],
        // A group of commands does nothing by itself.
        _ => &[],
    }
}

/// The name of the command that was given, as [`uses`] knows it.
fn name_of(matches: &ArgMatches) -> String {
    let mut names = Vec::new();
    let mut level = matches;
    while let Some((name, inner)) = level.subcommand() {
        names.push(name);
        level = inner;
    }
    names.join(" ")
}

impl Cli {
    /// Reads the program's arguments and variables, and checks them.
    ///
    /// # Errors
    /// clap's, for [`clap::Error::exit`]: also `--help` and `--version` are errors to clap. A wrong value is one sentence,
    /// without anything that may be a password.
    pub fn read<Arguments, Argument>(arguments: Arguments) -> Result<(Command, Config), clap::Error>
    where
        Arguments: IntoIterator<Item = Argument>,
        Argument: Into<OsString> + Clone,
    {
        read_with(arguments, std::env::var_os)
    }
}

pub(super) fn read_with<Arguments, Argument>(
    arguments: Arguments,
    environment: impl Fn(&'static str) -> Option<OsString>,
) -> Result<(Command, Config), clap::Error>
where
    Arguments: IntoIterator<Item = Argument>,
    Argument: Into<OsString> + Clone,
{
    let mut parser = parser();
    let matches = parser.try_get_matches_from_mut(arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut parser))?;
    let command = cli.command.unwrap_or_else(|| Command::Serve(Serve::default()));
    let values = Values::read(&matches, uses(&name_of(&matches)), environment);
    let config = Config::new(&values).and_then(|config| {
        if matches!(command, Command::Serve(_)) { config.check_exposure().map(|()| config) } else { Ok(config) }
    });
    Ok((command, config.map_err(|error| parser.error(ErrorKind::ValueValidation, error))?))
}

/// clap's description of all commands. Each takes the flags of all settings, and shows those that it uses.
pub(super) fn parser() -> clap::Command {
    with_settings(Cli::command(), "")
}

fn with_settings(command: clap::Command, name: &str) -> clap::Command {
    let command = command.mut_subcommands(|inner| {
        let name = format!("{name} {}", inner.get_name());
        with_settings(inner, name.trim_start())
    });
    let uses = uses(name);
    command.args(ALL.iter().map(|setting| {
        let about = setting.about();
        flag(about).hide(!uses.contains(&about.used_by))
    }))
}

fn flag(about: &'static About) -> Arg {
    let origin = match about.default {
        Some(default) => format!("[env: {}] [default: {default}]", about.variable),
        None => format!("[env: {}] [default: {}]", about.variable, about.unset),
    };
    let flag = Arg::new(about.name)
        .long(about.name)
        .help_heading(about.section.title())
        .help(format!("{} {origin}", about.help))
        .long_help(format!("{} {origin}", sentences(about)));
    match (about.value, about.is_list) {
        ("", _) => flag.action(ArgAction::SetTrue),
        (value, is_list) => flag.value_name(value).value_parser(value_parser!(OsString)).action(if is_list {
            ArgAction::Append
        } else {
            ArgAction::Set
        }),
    }
}

#[cfg(test)]
mod tests;
