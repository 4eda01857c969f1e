//! The command line: settings that every command takes, and the commands.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use doorward::Span;
use ipnet::IpNet;

use super::{Config, Origin, byte_size, span};

/// Doorward, an access console.
#[derive(Clone, Parser)]
#[command(name = "doorward", version, about, max_term_width = 100)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub settings: Settings,
    /// What to do; `serve` where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

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
    /// Add a user; the password is asked for, or read from the input
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

/// `secrets import`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ImportSecrets {
    /// The environment to import into
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Whose the new secrets will be
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Import without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Show what would be imported, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// The file: dotenv, or JSON where its name ends in .json
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
#[group(id = "scope", required = true, multiple = false, args = ["session", "identity", "role", "method", "network", "before", "everything"])]
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
    /// Those that were authenticated before a time in UTC, such as 2026-11-24T09:30
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
    pub idle: Option<Span>,
    /// How long they last in all [default: as --session-absolute]
    #[arg(long, value_name = "SPAN", value_parser = span::parse)]
    pub absolute: Option<Span>,
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

/// Which changes in mid-session ask for a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AsksAgain {
    /// Another network, or another browser.
    Both,
    /// Another network.
    Network,
    /// Another browser.
    Browser,
    /// None.
    Never,
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
    /// Write every sealed record to a file, and its checkpoint to another
    Export(ExportLedger),
    /// Check an exported file against a checkpoint; needs no database
    Check(CheckLedger),
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
    /// The file that `ledger export` wrote
    pub file: PathBuf,
    /// A checkpoint
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

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What every command takes, as it was given; [`Config::new`] checks how the values go together.
#[derive(Clone, Args)]
#[command(next_help_heading = "Settings")]
#[allow(missing_docs, reason = "each field's text is its help")]
pub struct Settings {
    /// Where to listen; port 0 takes a free one
    #[arg(long, global = true, env = "DOORWARD_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The folder of the key file and of the embedded database
    #[arg(long, global = true, env = "DOORWARD_DATA_DIR", value_name = "FOLDER", default_value = ".doorward")]
    pub data_dir: PathBuf,
    /// PostgreSQL or SQLite; better given as a variable, since flags are seen by every user [default: SQLite in --data-dir]
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// The folder of the built site
    #[arg(long, global = true, env = "DOORWARD_SITE_ROOT", value_name = "FOLDER", default_value = "target/site")]
    pub site_root: PathBuf,
    /// The origin that browsers see, https://host[:port] [default: as --listen]
    #[arg(long, global = true, env = "DOORWARD_PUBLIC_ORIGIN", value_name = "ORIGIN")]
    pub public_origin: Option<Origin>,
    /// Networks of proxies whose forwarded headers count, with commas between
    #[arg(long, global = true, env = "DOORWARD_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
    /// The certificate chain (PEM), to speak TLS
    #[arg(long, global = true, env = "DOORWARD_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, global = true, env = "DOORWARD_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// How log lines are written
    #[arg(long, global = true, env = "DOORWARD_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Which log lines are written
    #[arg(long, global = true, env = "DOORWARD_LOG_FILTER", value_name = "FILTER", default_value = "info")]
    pub log_filter: String,
    /// How long a session lasts without any request, at most 1h
    #[arg(long, global = true, env = "DOORWARD_SESSION_IDLE", value_name = "SPAN", default_value = "1h", value_parser = span::parse)]
    pub session_idle: Span,
    /// How long a session lasts in all, at most 24h
    #[arg(long, global = true, env = "DOORWARD_SESSION_ABSOLUTE", value_name = "SPAN", default_value = "12h", value_parser = span::parse)]
    pub session_absolute: Span,
    /// How often a session's handle is replaced by a new one, at most 1h
    #[arg(long, global = true, env = "DOORWARD_SESSION_RENEWAL", value_name = "SPAN", default_value = "15m", value_parser = span::parse)]
    pub session_renewal: Span,
    /// Which changes in mid-session ask the person to confirm that it is them
    #[arg(long, global = true, env = "DOORWARD_SESSION_ASKS_AGAIN", value_name = "CHANGE", default_value = "both")]
    pub session_asks_again: AsksAgain,
    /// A number that a release raises to end every session of those before it
    #[arg(long, global = true, env = "DOORWARD_SESSION_EPOCH", value_name = "NUMBER", default_value_t = 0)]
    pub session_epoch: u32,
    /// A file outside of the database that always holds the ledger's newest signed checkpoint
    #[arg(long, global = true, env = "DOORWARD_LEDGER_CHECKPOINT", value_name = "FILE")]
    pub ledger_checkpoint: Option<PathBuf>,
    /// Memory of one password's computation, in KiB
    #[arg(
        long = "password-memory",
        global = true,
        env = "DOORWARD_PASSWORD_MEMORY",
        value_name = "KIB",
        default_value_t = 19_456
    )]
    pub password_memory_kib: u32,
    /// How often that memory is gone through
    #[arg(long, global = true, env = "DOORWARD_PASSWORD_PASSES", value_name = "NUMBER", default_value_t = 2)]
    pub password_passes: u32,
    /// Into how many lanes it is divided
    #[arg(long, global = true, env = "DOORWARD_PASSWORD_LANES", value_name = "NUMBER", default_value_t = 1)]
    pub password_lanes: u32,
    /// How many passwords are computed at a time
    #[arg(long, global = true, env = "DOORWARD_PASSWORD_WORKERS", value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub password_workers: u16,
    /// How many more may wait; past that the answer is 429
    #[arg(long, global = true, env = "DOORWARD_PASSWORD_QUEUE", value_name = "NUMBER", default_value_t = 32, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    pub password_queue: u16,
    /// The largest request body
    #[arg(long, global = true, env = "DOORWARD_BODY_LIMIT", value_name = "SIZE", default_value = "1MiB", value_parser = byte_size::parse_body_limit)]
    pub body_limit: usize,
    /// Until when a request's head must be there
    #[arg(long, global = true, env = "DOORWARD_HEADER_TIMEOUT", value_name = "SPAN", default_value = "10s", value_parser = span::parse_timeout)]
    pub header_timeout: Span,
    /// Until when a request must be answered
    #[arg(long, global = true, env = "DOORWARD_REQUEST_TIMEOUT", value_name = "SPAN", default_value = "30s", value_parser = span::parse_timeout)]
    pub request_timeout: Span,
    /// How long a stopping server waits for requests under way
    #[arg(long, global = true, env = "DOORWARD_SHUTDOWN_DEADLINE", value_name = "SPAN", default_value = "10s", value_parser = span::parse_timeout)]
    pub shutdown_deadline: Span,
    /// Show on each page what was asked for it, for developers; on this machine alone
    #[arg(long, global = true, env = "DOORWARD_XRAY", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub xray: bool,
    /// Where notices are sent to, https://…; its path may be a secret, so it is better given as a variable
    #[arg(long, global = true, env = "DOORWARD_WEBHOOK_URL", hide_env_values = true, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// The file of the secret that signs them, at least 24 bytes, for its owner alone
    #[arg(long, global = true, env = "DOORWARD_WEBHOOK_SECRET_FILE", value_name = "FILE")]
    pub webhook_secret_file: Option<PathBuf>,
}

impl Cli {
    /// Reads the program's arguments and `DOORWARD_*` variables, and checks them.
    ///
    /// # Errors
    /// clap's, to be ended by [`clap::Error::exit`]: also `--help` and `--version` come as one. A wrong value is one
    /// sentence; a database address is never repeated.
    pub fn read<Arguments, Argument>(arguments: Arguments) -> Result<(Command, Config), clap::Error>
    where
        Arguments: IntoIterator<Item = Argument>,
        Argument: Into<OsString> + Clone,
    {
        read_by(Self::command(), arguments)
    }
}

pub(super) fn read_by<Arguments, Argument>(
    mut parser: clap::Command,
    arguments: Arguments,
) -> Result<(Command, Config), clap::Error>
where
    Arguments: IntoIterator<Item = Argument>,
    Argument: Into<OsString> + Clone,
{
    let matches = parser.try_get_matches_from_mut(arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut parser))?;
    let command = cli.command.unwrap_or_else(|| Command::Serve(Serve::default()));
    let checked = Config::new(cli.settings).and_then(|config| {
        if matches!(command, Command::Serve(_)) { config.check_exposure().map(|()| config) } else { Ok(config) }
    });
    let mut config = checked.map_err(|error| parser.error(clap::error::ErrorKind::ValueValidation, error))?;
    config.sources = sources(&parser, &matches);
    Ok((command, config))
}

/// For each flag whether its value was given as one, by a variable, or is the default.
fn sources(parser: &clap::Command, matches: &ArgMatches) -> Vec<super::Source> {
    let name_and_source = |argument: &clap::Arg| {
        let name = SETTING_NAMES.iter().copied().find(|name| argument.get_long() == Some(name))?;
        let source = match matches.value_source(argument.get_id().as_str()) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "variable",
            _ => "default",
        };
        Some((name, source))
    };
    parser.get_arguments().filter_map(name_and_source).collect()
}

/// The flags that are settings, by their names on the command line.
const SETTING_NAMES: [&str; 28] = [
    "listen",
    "data-dir",
    "database-url",
    "site-root",
    "public-origin",
    "trusted-proxies",
    "tls-cert",
    "tls-key",
    "log-format",
    "log-filter",
    "session-idle",
    "session-absolute",
    "session-renewal",
    "session-asks-again",
    "session-epoch",
    "ledger-checkpoint",
    "password-memory",
    "password-passes",
    "password-lanes",
    "password-workers",
    "password-queue",
    "body-limit",
    "header-timeout",
    "request-timeout",
    "shutdown-deadline",
    "xray",
    "webhook-url",
    "webhook-secret-file",
];

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    let one = || text.parse::<std::net::IpAddr>().map(IpNet::from).ok();
    text.parse::<IpNet>()
        .ok()
        .or_else(one)
        .map(|network| network.trunc())
        .ok_or("a network is written like 10.0.0.0/8 or 192.0.2.1")
}
