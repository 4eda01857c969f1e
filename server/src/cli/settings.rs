//! Configuration: one struct, from flags and `DOORWARD_*` variables, checked before anything starts.

mod byte_size;
mod database_url;
mod error;
mod exposure;
mod forward_url;
mod origin;
mod parse;
pub mod print;
pub mod setting;
pub(crate) mod span;
pub mod table;
mod values;
mod webhook_url;

use std::net::SocketAddr;
use std::path::PathBuf;

use doorward::{ReconfirmOn, TimeSpan};
use ipnet::IpNet;

use crate::account::password::PasswordCost;
use crate::vault::KeySource;

pub use database_url::DatabaseUrl;
pub use error::ConfigError;
pub use forward_url::ForwardUrl;
pub use origin::{Origin, OriginError};
pub use values::{Source, Values};
pub use webhook_url::WebhookUrl;

use table::{address, data, ledger, monitoring, sessions};

/// The longest inactivity of a session at AAL2 (SP 800-63B-4, section 2.2.3).
const LONGEST_IDLE: TimeSpan = TimeSpan::hours(1);

/// The longest session at AAL2 (SP 800-63B-4, section 2.2.3).
const LONGEST_SESSION: TimeSpan = TimeSpan::hours(24);

/// The longest time under one handle: a copy of it should be noticed within the hour.
const LONGEST_RENEWAL: TimeSpan = TimeSpan::hours(1);

/// Everything that can be set, checked. It has no `Debug`, as a database address may hold a password.
#[derive(Clone)]
pub struct Config {
    /// The address to listen on. Port 0 takes a free port.
    pub listen: SocketAddr,
    /// The address that serves Prometheus metrics, if any.
    pub metrics: Option<SocketAddr>,
    /// The folder of the key file and of the embedded database.
    pub data_dir: PathBuf,
    /// The database; SQLite in `data_dir` by default.
    pub database_url: DatabaseUrl,
    /// Where the vault's keys come from; a file in `data_dir` by default.
    pub vault_keys: KeySource,
    /// The folder of the built site: scripts, styles, icons.
    pub site_root: PathBuf,
    /// The origin that browsers see, if it is set; see [`Config::origin_at`].
    pub public_origin: Option<Origin>,
    /// Networks whose `X-Forwarded-For` and `Forwarded` headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Certificate chain and key, if the server itself speaks TLS.
    pub tls: Option<TlsFiles>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written, in tracing's filter language.
    pub log_filter: String,
    /// How long sessions last.
    pub session: SessionSpans,
    /// The file that holds the ledger's newest checkpoint.
    pub ledger_checkpoint: Option<PathBuf>,
    /// The receiver of the ledger's newest checkpoint, if any.
    pub checkpoint_webhook: Option<WebhookTarget>,
    /// How long records stay in the database, and the folder they are moved to. For ever if it is not set.
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
    /// The receiver of notices, if any.
    pub webhook: Option<WebhookTarget>,
    /// OpenTelemetry's endpoint, which traces are sent to; nowhere by default.
    pub otlp_endpoint: Option<WebhookUrl>,
    /// The receiver of forwarded records, if any.
    pub forward: Option<ForwardUrl>,
    /// Every setting as it is shown.
    shown: Vec<print::Shown>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
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

/// The receiver of notices.
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

impl Config {
    /// Checks the values, each by itself and all together.
    ///
    /// # Errors
    /// The first value, or combination of values, that is refused.
    pub fn new(values: &Values) -> Result<Self, ConfigError> {
        let (listen, metrics) = (values.get(&address::LISTEN)?, values.find(&monitoring::METRICS)?);
        if metrics.is_some_and(|metrics| meets(metrics, listen)) {
            return Err(ConfigError::MetricsAtTheSite);
        }
        let data_dir = values.get(&data::DATA_DIR)?;
        let database_url = values.find(&data::DATABASE_URL)?;
        let (webhook, checkpoint_webhook) = webhooks(
            values.find(&monitoring::WEBHOOK_URL)?,
            values.find(&ledger::CHECKPOINT_WEBHOOK)?,
            values.find(&monitoring::WEBHOOK_SECRET_FILE)?,
        )?;
        let shown = print::shown(values);
        let vault_keys = vault_keys(
            values.find(&data::VAULT_KEY_FILE)?,
            values.find(&data::VAULT_KEY_VARIABLE)?,
            values.find(&data::VAULT_KEY_COMMAND)?,
        )?;
        Ok(Self {
            vault_keys: vault_keys.unwrap_or_else(|| KeySource::File(data_dir.join("vault.key"))),
            listen,
            metrics,
            database_url: database_url.unwrap_or_else(|| DatabaseUrl::sqlite_file(&data_dir.join("doorward.sqlite"))),
            data_dir,
            site_root: values.get(&address::SITE_ROOT)?,
            public_origin: values.find(&address::PUBLIC_ORIGIN)?,
            trusted_proxies: values.find(&address::TRUSTED_PROXIES)?.unwrap_or_default(),
            tls: both(values.find(&address::TLS_CERT)?, values.find(&address::TLS_KEY)?)?,
            log_format: values.get(&data::LOG_FORMAT)?,
            log_filter: values.get(&data::LOG_FILTER)?,
            session: session_spans(values)?,
            session_epoch: values.get(&sessions::EPOCH)?,
            ledger_checkpoint: values.find(&ledger::CHECKPOINT)?,
            retention: retention(values.find(&ledger::KEEP)?, values.find(&ledger::ARCHIVE)?)?,
            password_cost: PasswordCost::new(
                values.get(&data::PASSWORD_MEMORY)?,
                values.get(&data::PASSWORD_PASSES)?,
                values.get(&data::PASSWORD_LANES)?,
            )?,
            password_workers: values.get(&data::PASSWORD_WORKERS)?,
            password_queue: values.get(&data::PASSWORD_QUEUE)?,
            body_limit: values.get(&address::BODY_LIMIT)?,
            header_timeout: span::to_duration(values.get(&address::HEADER_TIMEOUT)?),
            request_timeout: span::to_duration(values.get(&address::REQUEST_TIMEOUT)?),
            shutdown_deadline: span::to_duration(values.get(&address::SHUTDOWN_DEADLINE)?),
            xray: values.get(&address::XRAY)?,
            webhook,
            checkpoint_webhook,
            otlp_endpoint: values.find(&monitoring::OTLP_ENDPOINT)?,
            forward: values.find(&ledger::FORWARD)?,
            shown,
        })
    }

    /// The origin that browsers see: the one that is set, else the address `bound`, which knows the real port.
    #[must_use]
    pub fn origin_at(&self, bound: SocketAddr) -> Origin {
        self.public_origin.clone().unwrap_or_else(|| Origin::of_address(bound, self.tls.is_some()))
    }
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

fn vault_keys(
    file: Option<PathBuf>,
    variable: Option<String>,
    command: Option<Vec<String>>,
) -> Result<Option<KeySource>, ConfigError> {
    match (file, variable, command) {
        (file, None, None) => Ok(file.map(KeySource::File)),
        (None, Some(variable), None) => Ok(Some(KeySource::Variable(variable))),
        (None, None, Some(command)) => Ok(Some(KeySource::Command(command))),
        _ => Err(ConfigError::SeveralVaultKeys),
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
    notices: Option<WebhookUrl>,
    checkpoints: Option<WebhookUrl>,
    secret: Option<PathBuf>,
) -> Result<Webhooks, ConfigError> {
    match secret {
        None if notices.is_none() && checkpoints.is_none() => Ok((None, None)),
        Some(secret) if notices.is_some() || checkpoints.is_some() => {
            let target = |url| WebhookTarget { url, secret: secret.clone() };
            Ok((notices.map(target), checkpoints.map(target)))
        }
        _ => Err(ConfigError::HalfWebhook),
    }
}

fn session_spans(values: &Values) -> Result<SessionSpans, ConfigError> {
    let idle = values.get(&sessions::IDLE)?;
    let absolute = values.get(&sessions::ABSOLUTE)?;
    let renewal = values.get(&sessions::RENEWAL)?;
    if idle > LONGEST_IDLE {
        Err(ConfigError::IdleTooLong)
    } else if absolute > LONGEST_SESSION {
        Err(ConfigError::SessionTooLong)
    } else if idle > absolute {
        Err(ConfigError::IdleBeyondSession)
    } else if renewal > LONGEST_RENEWAL {
        Err(ConfigError::RenewalTooLong)
    } else {
        Ok(SessionSpans { idle, absolute, renewal, places: values.get(&sessions::ASKS_AGAIN)? })
    }
}

#[cfg(test)]
mod tests;
