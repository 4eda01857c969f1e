//! Configuration: one struct, from flags and `DOORWARD_*` variables, checked before anything starts.

mod byte_size;
mod command_line;
mod commands;
mod database_url;
mod exposure;
mod forward_url;
mod origin;
mod span;
mod summary;
mod webhook_url;

use std::net::SocketAddr;
use std::path::PathBuf;

use doorward::{ReconfirmOn, TimeSpan};
use ipnet::IpNet;

use crate::account::password::{CostError, PasswordCost};

pub use command_line::{AsksAgain, Cli, LogFormat, Settings};
pub use commands::{
    AddUser, ArchiveLedger, CheckLedger, Command, ExportLedger, ImportSecrets, LedgerCommand, LimitSessions,
    RestartLedger, RevokeSessions, Routes, SecretsCommand, SeedCommand, Serve, SessionsCommand, UserCommand,
    VerifyLedger, WhenFullChoice,
};
pub use database_url::DatabaseUrl;
pub use forward_url::ForwardUrl;
pub use origin::{Origin, OriginError};
pub use webhook_url::WebhookUrl;

/// Where a setting's value comes from, as the summary shows it.
type Source = (&'static str, &'static str);

/// The longest inactivity of a session at AAL2 (SP 800-63B-4, section 2.2.3).
const LONGEST_IDLE: TimeSpan = TimeSpan::hours(1);

/// The longest session at AAL2 (SP 800-63B-4, section 2.2.3).
const LONGEST_SESSION: TimeSpan = TimeSpan::hours(24);

/// The longest time under one handle: a copy of it should be noticed within the hour.
const LONGEST_RENEWAL: TimeSpan = TimeSpan::hours(1);

/// Everything that can be set, checked. It has no `Debug`, as a database address may hold a password.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where numbers are listened for by Prometheus; nowhere by default.
    pub metrics: Option<SocketAddr>,
    /// The folder of the key file and of the embedded database.
    pub data_dir: PathBuf,
    /// The database; SQLite in `data_dir` by default.
    pub database_url: DatabaseUrl,
    /// The folder of the built site: scripts, styles, icons.
    pub site_root: PathBuf,
    /// The origin that browsers see, where it is set; see [`Config::origin_at`].
    pub public_origin: Option<Origin>,
    /// Networks whose `X-Forwarded-For` and `Forwarded` headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Certificate chain and key, where the server itself speaks TLS.
    pub tls: Option<TlsFiles>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written, in tracing's filter language.
    pub log_filter: String,
    /// How long sessions last.
    pub session: SessionSpans,
    /// The file that holds the ledger's newest checkpoint.
    pub ledger_checkpoint: Option<PathBuf>,
    /// Where the ledger's newest checkpoint is sent to; nowhere by default.
    pub checkpoint_webhook: Option<WebhookTarget>,
    /// How long records stay in the database, and where they go then; for ever by default.
    pub retention: Option<Retention>,
    /// The epoch of this release; sessions of earlier ones do not count.
    pub session_epoch: u32,
    /// What a password costs to compute.
    pub password_cost: PasswordCost,
    /// How many passwords are computed at a time.
    pub password_workers: usize,
    /// How many more may wait.
    pub password_queue: usize,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// Until when a request's head must be there.
    pub header_timeout: std::time::Duration,
    /// Until when a request must be answered.
    pub request_timeout: std::time::Duration,
    /// How long a stopping server waits for requests that are under way.
    pub shutdown_deadline: std::time::Duration,
    /// Whether each page shows what was asked for it.
    pub xray: bool,
    /// Where notices are sent to; nowhere by default.
    pub webhook: Option<WebhookTarget>,
    /// OpenTelemetry's endpoint, which traces are sent to; nowhere by default.
    pub otlp_endpoint: Option<WebhookUrl>,
    /// Where records are forwarded to; nowhere by default.
    pub forward: Option<ForwardUrl>,
    /// Where each value comes from; empty where the settings were not read from a command line.
    sources: Vec<Source>,
}

/// The files of TLS, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that lead to its root.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// How long records stay in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// For so many days.
    pub days: u16,
    /// The folder of the files that have them from then on.
    pub folder: PathBuf,
}

/// Where notices are sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    /// The receiver.
    pub url: WebhookUrl,
    /// The file of the secret that signs them.
    pub secret: PathBuf,
}

/// How long a session lasts, and what asks for a confirmation in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSpans {
    /// Without any request.
    pub idle: TimeSpan,
    /// In all.
    pub absolute: TimeSpan,
    /// Under one handle.
    pub renewal: TimeSpan,
    /// Which changes ask for a confirmation.
    pub places: ReconfirmOn,
}

/// Why the settings do not hold together; each sentence says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// One of the two TLS files alone.
    #[error("--tls-cert and --tls-key belong together; give both or none")]
    HalfTls,
    /// Days without a folder, or a folder without days.
    #[error("--ledger-keep and --ledger-archive belong together; give both or none")]
    HalfRetention,
    /// Sessions may be idle for longer than the standard allows.
    #[error("--session-idle may be at most 1h (NIST SP 800-63B-4, AAL2)")]
    IdleTooLong,
    /// Sessions last longer than the standard allows.
    #[error("--session-absolute may be at most 24h (NIST SP 800-63B-4, AAL2)")]
    SessionTooLong,
    /// Idle longer than in all.
    #[error("--session-idle may not be longer than --session-absolute")]
    IdleBeyondSession,
    /// Handles are replaced too seldom.
    #[error("--session-renewal may be at most 1h")]
    RenewalTooLong,
    /// Refused by [`PasswordCost::new`].
    #[error("the password cost is refused: {0}")]
    PasswordCost(#[from] CostError),
    /// The database is of no kind that is supported. The address is not repeated: it may hold a password.
    #[error("the database address must begin with postgres://, postgresql:// or sqlite:")]
    DatabaseKind,
    /// The rest of the address would not count.
    #[error("the database address has a # in it: write it as %23")]
    DatabaseFragment,
    /// The driver would ignore the parameter.
    #[error(
        "the database address has the parameter {0}, which this program cannot obey; take it out, or give it its exact name"
    )]
    DatabaseParameter(String),
    /// The same, of a name that may be a piece of a password.
    #[error(
        "the database address has a parameter that this program does not know; if its password has a ? / or @ in it, write \
         them as %3F, %2F and %40"
    )]
    DatabaseParameters,
    /// The value is not repeated.
    #[error("the database address has a value that cannot be read for its parameter {0}")]
    DatabaseValue(String),
    /// Every address is a trusted proxy.
    #[error("--trusted-proxies may not be a network of all addresses: anybody could then forge where they come from")]
    EverybodyTrusted,
    /// Plain HTTP to other machines.
    #[error(
        "listening on {0} without TLS would send sessions and passwords in the clear; either give --tls-cert and \
         --tls-key, or put a TLS proxy in front and give --public-origin https://… with --trusted-proxies, \
         or listen on 127.0.0.1"
    )]
    PlainToOthers(SocketAddr),
    /// TLS here, but browsers are said to see plain HTTP.
    #[error("--public-origin must begin with https:// when the server speaks TLS")]
    PlainOriginWithTls,
    /// An address that no browser can ask for.
    #[error("listening on {0} means every address; say by --public-origin which one browsers ask for")]
    NoOrigin(SocketAddr),
    /// One address for both.
    #[error("--metrics needs an address of its own, apart from --listen: what it serves asks nobody who they are")]
    MetricsAtTheSite,
    /// What developers see, shown to others.
    #[error(
        "--xray shows whoever is signed in how each page was decided; it needs a server that listens on 127.0.0.1 alone"
    )]
    XrayToOthers,
    /// A webhook without its secret, or a secret without a webhook.
    #[error(
        "--webhook-url and --webhook-secret-file belong together, and --ledger-checkpoint-webhook needs the same file; \
         give both or none"
    )]
    HalfWebhook,
    /// Notices would go in the clear. The address is not repeated: it may hold a secret.
    #[error(
        "--webhook-url must begin with https://, or with http:// and an address of this machine, and holds no password; so \
         must --ledger-checkpoint-webhook"
    )]
    WebhookUrl,
    /// Traces would go in the clear. The address is not repeated: it may hold a secret.
    #[error(
        "--otlp-endpoint (or OTEL_EXPORTER_OTLP_ENDPOINT) must begin with https://, or with http:// and an address of this \
         machine, and holds no password"
    )]
    OtlpEndpoint,
    /// Records would go in the clear, or to a receiver of no known kind. The address is not repeated: it may hold a secret.
    #[error(
        "--forward must begin with syslog+tls:// or https://, or with syslog+tcp:// or http:// and an address of this \
         machine, and holds no password"
    )]
    ForwardUrl,
    /// What a file holds, in the place of its name. It is not repeated: it is a secret.
    #[error("{0} must be the name of a file; what was given looks like what such a file holds")]
    NotAFileName(&'static str),
    /// A filter that tracing does not understand.
    #[error("--log-filter is not a filter such as info or doorward=debug,tower_http=info")]
    LogFilter,
}

impl Config {
    /// Checks `settings`.
    ///
    /// # Errors
    /// The first value, or combination of values, that cannot stand.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        let session = session_spans(&settings)?;
        let database_url = match settings.database_url {
            Some(given) => DatabaseUrl::parse(given)?,
            None => DatabaseUrl::sqlite_file(&settings.data_dir.join("doorward.sqlite")),
        };
        if settings.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
            return Err(ConfigError::EverybodyTrusted);
        }
        if tracing_subscriber::EnvFilter::try_new(&settings.log_filter).is_err() {
            return Err(ConfigError::LogFilter);
        }
        for (name, path) in [
            ("--tls-cert", &settings.tls_cert),
            ("--tls-key", &settings.tls_key),
            ("--webhook-secret-file", &settings.webhook_secret_file),
        ] {
            if path.as_ref().is_some_and(|path| is_no_file_name(path)) {
                return Err(ConfigError::NotAFileName(name));
            }
        }
        if settings.metrics.is_some_and(|metrics| meets(metrics, settings.listen)) {
            return Err(ConfigError::MetricsAtTheSite);
        }
        let (webhook, checkpoint_webhook) = webhooks(
            settings.webhook_url.as_deref(),
            settings.ledger_checkpoint_webhook.as_deref(),
            settings.webhook_secret_file,
        )?;
        Ok(Self {
            listen: settings.listen,
            metrics: settings.metrics,
            database_url,
            data_dir: settings.data_dir,
            site_root: settings.site_root,
            public_origin: settings.public_origin,
            trusted_proxies: settings.trusted_proxies,
            tls: both(settings.tls_cert, settings.tls_key)?,
            log_format: settings.log_format,
            log_filter: settings.log_filter,
            session,
            session_epoch: settings.session_epoch,
            ledger_checkpoint: settings.ledger_checkpoint,
            retention: retention(settings.ledger_keep, settings.ledger_archive)?,
            password_cost: PasswordCost::new(
                settings.password_memory_kib,
                settings.password_passes,
                settings.password_lanes,
            )?,
            password_workers: usize::from(settings.password_workers),
            password_queue: usize::from(settings.password_queue),
            body_limit: settings.body_limit,
            header_timeout: span::to_duration(settings.header_timeout),
            request_timeout: span::to_duration(settings.request_timeout),
            shutdown_deadline: span::to_duration(settings.shutdown_deadline),
            xray: settings.xray,
            webhook,
            checkpoint_webhook,
            otlp_endpoint: settings
                .otlp_endpoint
                .map(|url| WebhookUrl::parse(&url).ok_or(ConfigError::OtlpEndpoint))
                .transpose()?,
            forward: settings.forward.map(|url| ForwardUrl::parse(&url).ok_or(ConfigError::ForwardUrl)).transpose()?,
            sources: Vec::new(),
        })
    }

    /// The origin that browsers see: the one that is set, else the address `bound`, which knows the real port.
    #[must_use]
    pub fn origin_at(&self, bound: SocketAddr) -> Origin {
        self.public_origin.clone().unwrap_or_else(|| Origin::of_address(bound, self.tls.is_some()))
    }
}

/// Whether a text is what a key's or a secret's file holds: messages repeat file names.
fn is_no_file_name(path: &std::path::Path) -> bool {
    let text = path.to_string_lossy();
    text.contains(['\n', '\r']) || ["-----BEGIN ", "whsec_", "v1,whsec_"].iter().any(|start| text.starts_with(start))
}

/// Whether two listeners would be reached at one address. Port 0 takes a free one.
fn meets(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip().to_canonical(), other.ip().to_canonical());
    one.port() != 0 && one.port() == other.port() && (a == b || a.is_unspecified() || b.is_unspecified())
}

fn both(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<TlsFiles>, ConfigError> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        _ => Err(ConfigError::HalfTls),
    }
}

fn retention(days: Option<u16>, folder: Option<PathBuf>) -> Result<Option<Retention>, ConfigError> {
    match (days, folder) {
        (Some(days), Some(folder)) => Ok(Some(Retention { days, folder })),
        (None, None) => Ok(None),
        _ => Err(ConfigError::HalfRetention),
    }
}

type Webhooks = (Option<WebhookTarget>, Option<WebhookTarget>);

/// The receivers of notices and of checkpoints; one secret signs for both.
fn webhooks(
    notices: Option<&str>,
    checkpoints: Option<&str>,
    secret: Option<PathBuf>,
) -> Result<Webhooks, ConfigError> {
    let Some(secret) = secret else {
        return if notices.is_none() && checkpoints.is_none() {
            Ok((None, None))
        } else {
            Err(ConfigError::HalfWebhook)
        };
    };
    if notices.is_none() && checkpoints.is_none() {
        return Err(ConfigError::HalfWebhook);
    }
    let target = |url: Option<&str>| {
        let url = url.map(|url| WebhookUrl::parse(url).ok_or(ConfigError::WebhookUrl)).transpose()?;
        Ok::<_, ConfigError>(url.map(|url| WebhookTarget { url, secret: secret.clone() }))
    };
    Ok((target(notices)?, target(checkpoints)?))
}

fn session_spans(settings: &Settings) -> Result<SessionSpans, ConfigError> {
    let (idle, absolute, renewal) = (settings.session_idle, settings.session_absolute, settings.session_renewal);
    if idle > LONGEST_IDLE {
        Err(ConfigError::IdleTooLong)
    } else if absolute > LONGEST_SESSION {
        Err(ConfigError::SessionTooLong)
    } else if idle > absolute {
        Err(ConfigError::IdleBeyondSession)
    } else if renewal > LONGEST_RENEWAL {
        Err(ConfigError::RenewalTooLong)
    } else {
        let asks = settings.session_asks_again;
        let places = ReconfirmOn {
            network: matches!(asks, AsksAgain::Both | AsksAgain::Network),
            browser: matches!(asks, AsksAgain::Both | AsksAgain::Browser),
        };
        Ok(SessionSpans { idle, absolute, renewal, places })
    }
}

#[cfg(test)]
mod tests;
