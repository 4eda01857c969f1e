//! The commands of the command line, and what each of them takes.

use crate::cli::settings::span;
use clap::{Args, Subcommand, ValueEnum};
use doorward::{Environment, TimeSpan, Timestamp};
use std::path::PathBuf;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve the console (what is done where no command is given)
    Serve(Serve),
    /// Bring the database to this version's schema
    Migrate,
    /// Fill the database
    #[command(subcommand)]
    Seed(SeedCommand),
    /// Manage users
    #[command(subcommand)]
    User(UserCommand),
    /// Manage secrets
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Manage sessions
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Check, sign and export the ledger
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// List every address and what guards it
    Routes(Routes),
}

impl Command {
    /// Whether it opens the database.
    #[must_use]
    pub const fn uses_database(&self) -> bool {
        !matches!(self, Self::Routes(_) | Self::Ledger(LedgerCommand::Check(_)))
    }
}

/// `serve`
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Serve {
    /// Fill an empty database with demo data and print its sign-ins
    #[arg(long)]
    pub demo: bool,
}

/// `seed …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SeedCommand {
    /// Named identities for each role, and secrets in three environments
    Demo,
}

/// `user …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserCommand {
    /// Add a user; the password is asked for on a terminal, or read by --password-stdin
    Add(AddUser),
}

/// `user add`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct AddUser {
    /// The sign-in name
    pub name: String,
    /// A role; may be given more than once
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,
    /// The only environment in which the roles count [default: wherever they hold something]
    #[arg(long, value_name = "ENVIRONMENT", value_parser = Environment::parse)]
    pub within: Option<Environment>,
    /// The name that pages show [default: the sign-in name]
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,
    /// Read the password from the input's first line instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
}

/// `secrets …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SecretsCommand {
    /// Import a dotenv or JSON file into the vault, whole or not at all
    Import(ImportSecrets),
}

/// How files are read.
const FORMATS: &str = "\
A file is read whole or not at all. An error names file, line and reason, and never repeats a part of a value.

Dotenv, one NAME=value a line:
  - A name is [A-Za-z_][A-Za-z0-9_./-]*, with at most 128 characters; `export` before it is allowed, and so are blanks
    around =. A blank is a space or a tab; other characters that look like one belong to the value.
  - A line that begins with # is a comment. Behind a value without quotes, # begins a comment after a blank; so does a #
    right behind = if a blank or the line's end follows it (A=# to do), but not in A=#fff.
  - '…' and `…` hold their text as it is. \"…\" knows \\n \\r \\t \\\\ \\\" \\$ and \\`; other backslashes stay. $'…' is read as bash
    reads it. All of them may go over several lines.
  - Without quotes, a backslash before a character that means something to a shell is taken away (pa\\$word, a\\ b), as
    shells, Ruby and Next.js do and Node does not; before letters and digits it stays (C:\\Users). If the same character
    also occurs without a backslash, the line is refused: put the value in single quotes.
  - $NAME is never replaced.
  - Lines end in LF, CRLF, or throughout the file in CR.
  - A name without a value is skipped; a name that occurs twice is refused.

JSON, one flat object: texts, numbers (as they are written), true and false; null and empty texts are skipped.

A file that is encrypted by sops or dotenvx is refused; decrypt it first: sops -d FILE | doorward secrets import … --yes -";

/// `secrets import`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(after_long_help = FORMATS)]
pub struct ImportSecrets {
    /// The environment to import into
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Whose the new secrets will be
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Import without asking; needed if the standard input is no terminal
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Show what would be imported, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// The file, or - for the standard input: dotenv, or JSON if its name ends in .json or its text begins with {
    pub file: PathBuf,
}

/// `sessions …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SessionsCommand {
    /// End sessions at once, in every process that serves this database
    Revoke(RevokeSessions),
    /// Set how long sessions of a role last, and how many a person may have
    Limit(LimitSessions),
}

/// `sessions revoke`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[group(skip)]
#[command(group(clap::ArgGroup::new("scope").required(true).args(["session", "identity", "role", "method", "network", "before", "everything"])))]
pub struct RevokeSessions {
    /// One session, by its public id
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Those of the identity with this sign-in name
    #[arg(long, value_name = "NAME")]
    pub identity: Option<String>,
    /// Those of whoever has this role
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Those that were authenticated so: password, password+code, password+recovery-code or passkey
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// Those from an address, or a network such as 198.51.100.0/24
    #[arg(long, value_name = "NETWORK")]
    pub network: Option<String>,
    /// Those that were authenticated before a time, such as 2026-11-24T09:30 (UTC) or 2026-11-24T10:30:00+01:00
    #[arg(long, value_name = "TIME")]
    pub before: Option<String>,
    /// All of them
    #[arg(long)]
    pub everything: bool,
    /// End them without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Show how many would end, and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// `sessions limit`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct LimitSessions {
    /// The role
    pub role: String,
    /// How long its sessions last without any request [default: as --session-idle]
    #[arg(long, value_name = "SPAN", value_parser = span::parse)]
    pub idle: Option<TimeSpan>,
    /// How long they last in all [default: as --session-absolute]
    #[arg(long, value_name = "SPAN", value_parser = span::parse)]
    pub absolute: Option<TimeSpan>,
    /// How many a person may have at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub most: u16,
    /// What becomes of one more
    #[arg(long, value_name = "WHAT", default_value = "end-oldest")]
    pub when_full: WhenFullChoice,
}

/// What becomes of a sign-in where there are as many sessions as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhenFullChoice {
    /// The session that was used least lately ends.
    EndOldest,
    /// The sign-in is refused.
    Refuse,
}

/// `ledger …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum LedgerCommand {
    /// Check every sealed record, and the whole against what was signed; names the first thing that is wrong
    Verify(VerifyLedger),
    /// Seal what waits, and print the signed checkpoint; keep it outside of the database
    Checkpoint,
    /// Print the public key that checkpoints are signed by
    Key,
    /// Write every sealed record that is in the database to a file, and its checkpoint to another
    Export(ExportLedger),
    /// Check exported files against a checkpoint; needs no database
    Check(CheckLedger),
    /// Move old records out of the database into files that are checked first, 65,536 records each
    Archive(ArchiveLedger),
    /// Say how many records and bytes are in the database and in the archive
    Space,
    /// Begin a new log, linked to the old one, after the database was restored from a backup
    Restart(RestartLedger),
}

/// `ledger verify`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct VerifyLedger {
    /// A checkpoint that was kept outside of the database
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The public key [default: that of the key file in the data folder]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// The folder of archived segments, to check their files too [default: --ledger-archive; without one, take them by
    /// their hashes]
    #[arg(long, value_name = "FOLDER")]
    pub archive: Option<PathBuf>,
}

/// `ledger restart`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RestartLedger {
    /// A checkpoint of the old log that was kept elsewhere; the newest that is known is recorded
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,
    /// Begin it; without this, only say what would be done
    #[arg(long)]
    pub yes: bool,
}

/// `ledger archive`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ArchiveLedger {
    /// Records from before this day or time leave: 2026-01-31 (from midnight, UTC), or 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = day_or_time)]
    pub before: Timestamp,
    /// The folder of the files
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
}

fn day_or_time(text: &str) -> Result<Timestamp, &'static str> {
    app::ui::time::read_day_or_time(text).ok_or("a day is written like 2026-01-31, a time like 2026-01-31T09:30:00Z")
}

/// `ledger export`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ExportLedger {
    /// The file for the records (NDJSON)
    pub file: PathBuf,
    /// The file for the checkpoint
    pub checkpoint: PathBuf,
}

/// `ledger check`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CheckLedger {
    /// The archived segments (.zst), if any, in their order; then the file that `ledger export` wrote
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A checkpoint
    #[arg(required = true)]
    pub checkpoint: PathBuf,
    /// The public key, as `ledger key` printed it
    #[arg(long, value_name = "KEY")]
    pub key: String,
}

/// `routes`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Routes {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
