//! The command line: the settings that every command takes, and how they are read.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, ValueEnum};
use doorward::TimeSpan;
use ipnet::IpNet;

use crate::cli::settings::commands::{Command, Serve};
use crate::cli::settings::{self, Config, Origin, byte_size, span};

/// Doorward, an access console.
///
/// A variable that is set to nothing counts as not set.
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
    /// Where Prometheus reads numbers, apart from --listen; it asks nobody who they are, so better an address of this
    /// machine or of a network of yours [default: nowhere]
    #[arg(long, global = true, env = "DOORWARD_METRICS", value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,
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
    /// Networks of proxies whose X-Forwarded-For counts, or Forwarded if there is none, with commas between
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
    pub session_idle: TimeSpan,
    /// How long a session lasts in all, at most 24h
    #[arg(long, global = true, env = "DOORWARD_SESSION_ABSOLUTE", value_name = "SPAN", default_value = "12h", value_parser = span::parse)]
    pub session_absolute: TimeSpan,
    /// How often a session's handle is replaced by a new one, at most 1h
    #[arg(long, global = true, env = "DOORWARD_SESSION_RENEWAL", value_name = "SPAN", default_value = "15m", value_parser = span::parse)]
    pub session_renewal: TimeSpan,
    /// Which changes in mid-session ask the person to confirm that it is them
    #[arg(long, global = true, env = "DOORWARD_SESSION_ASKS_AGAIN", value_name = "CHANGE", default_value = "both")]
    pub session_asks_again: AsksAgain,
    /// A number that a release raises to end every session of those before it
    #[arg(long, global = true, env = "DOORWARD_SESSION_EPOCH", value_name = "NUMBER", default_value_t = 0)]
    pub session_epoch: u32,
    /// A file outside of the database that always holds the ledger's newest signed checkpoint; it is compared before
    /// anything is signed, as the one in --data-dir is
    #[arg(long, global = true, env = "DOORWARD_LEDGER_CHECKPOINT", value_name = "FILE")]
    pub ledger_checkpoint: Option<PathBuf>,
    /// Where that checkpoint is sent to as well, https://…, at most once a minute; signed by --webhook-secret-file
    #[arg(long, global = true, env = "DOORWARD_LEDGER_CHECKPOINT_WEBHOOK", hide_env_values = true, value_name = "URL")]
    pub ledger_checkpoint_webhook: Option<String>,
    /// How many days records stay in the database; older ones move to --ledger-archive, 65,536 at a time [default: for ever]
    #[arg(long, global = true, env = "DOORWARD_LEDGER_KEEP", value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    pub ledger_keep: Option<u16>,
    /// The folder of the files that records move to by --ledger-keep
    #[arg(long, global = true, env = "DOORWARD_LEDGER_ARCHIVE", value_name = "FOLDER")]
    pub ledger_archive: Option<PathBuf>,
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
    pub header_timeout: TimeSpan,
    /// Until when a request must be answered
    #[arg(long, global = true, env = "DOORWARD_REQUEST_TIMEOUT", value_name = "SPAN", default_value = "30s", value_parser = span::parse_timeout)]
    pub request_timeout: TimeSpan,
    /// How long a stopping server waits for requests under way
    #[arg(long, global = true, env = "DOORWARD_SHUTDOWN_DEADLINE", value_name = "SPAN", default_value = "10s", value_parser = span::parse_timeout)]
    pub shutdown_deadline: TimeSpan,
    /// Show on each page what was asked for it, for developers; on this machine alone
    #[arg(long, global = true, env = "DOORWARD_XRAY", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub xray: bool,
    /// Where notices are sent to, https://…; its path may be a secret, so it is better given as a variable
    #[arg(long, global = true, env = "DOORWARD_WEBHOOK_URL", hide_env_values = true, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// The file of the secret that signs them, for its owner alone: whsec_… or v1,whsec_… as receivers hand it out, the
    /// same base64 without that prefix, or raw: and a text that is the key as it is; 24 bytes or more
    #[arg(long, global = true, env = "DOORWARD_WEBHOOK_SECRET_FILE", value_name = "FILE")]
    pub webhook_secret_file: Option<PathBuf>,
    /// OpenTelemetry's endpoint, to which traces are sent (OTLP over HTTP): https://…, or a collector on this machine
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Where the ledger's sealed records are forwarded to, at least once each: syslog+tls://HOST:PORT (RFC 5424), or
    /// https://… for OpenTelemetry's logs (OTLP/HTTP); its path may be a secret, so it is better given as a variable. A
    /// record that the receiver refuses for good is set aside, and those after it go on; ?close=required has a receiver of
    /// syslog believed only once it has closed its side of the connection
    #[arg(long, global = true, env = "DOORWARD_FORWARD", hide_env_values = true, value_name = "URL")]
    pub forward: Option<String>,
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
    parser = parser.mut_args(without_empty_variable);
    let matches = parser.try_get_matches_from_mut(arguments).map_err(without_secrets)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| without_secrets(error.format(&mut parser)))?;
    let command = cli.command.unwrap_or_else(|| Command::Serve(Serve::default()));
    let mut settings = cli.settings;
    leave_out_unused(&mut settings, &command, &matches);
    let checked = Config::new(settings).and_then(|config| {
        if matches!(command, Command::Serve(_)) { config.check_exposure().map(|()| config) } else { Ok(config) }
    });
    let mut config = checked.map_err(|error| parser.error(clap::error::ErrorKind::ValueValidation, error))?;
    config.sources = sources(&parser, &matches);
    Ok((command, config))
}

/// Compose files and operators set variables to nothing, and mean that they are not set.
fn without_empty_variable(argument: clap::Arg) -> clap::Arg {
    let is_empty = argument.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    if is_empty { argument.env(None::<&str>) } else { argument }
}

/// Variables that are not Doorward's own may be meant for another program: they stop no command that does not use them.
fn leave_out_unused(settings: &mut Settings, command: &Command, matches: &ArgMatches) {
    let by_variable = |name| matches.value_source(name) == Some(ValueSource::EnvVariable);
    if !matches!(command, Command::Serve(_)) && by_variable("otlp_endpoint") {
        settings.otlp_endpoint = None;
    }
    if !command.uses_database() && by_variable("database_url") {
        settings.database_url = None;
    }
}

/// A wrong value is repeated, unless it looks like an address with a name and password in it.
fn without_secrets(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
        && value.contains('@')
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("***".to_owned()));
    }
    error
}

/// For each flag whether its value was given as one, by a variable, or is the default.
fn sources(parser: &clap::Command, matches: &ArgMatches) -> Vec<settings::Source> {
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
const SETTING_NAMES: [&str; 34] = [
    "listen",
    "metrics",
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
    "ledger-checkpoint-webhook",
    "ledger-keep",
    "ledger-archive",
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
    "otlp-endpoint",
    "forward",
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
