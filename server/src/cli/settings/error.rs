//! Why settings are refused.

use crate::account::password::CostError;
use std::net::SocketAddr;

/// Why the settings contradict each other. Each sentence says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A value that cannot be read.
    #[error("invalid value '{value}' for {place}: {why}")]
    Value {
        /// What was given, without secrets.
        value: String,
        /// The flag or the variable.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// A setting that must have a value has none.
    #[error("--{0} needs a value")]
    NoValue(&'static str),
    /// One of the two TLS files alone.
    #[error("--tls-cert and --tls-key belong together; give both or none")]
    HalfTls,
    /// The vault's keys from two places.
    #[error("--vault-key-file, --vault-key-variable and --vault-key-command exclude each other; give one")]
    SeveralVaultKeys,
    /// Something else than a name. The value is not repeated: it may be a key.
    #[error("--vault-key-variable takes the name of an environment variable, not the keys themselves")]
    NotAVariable,
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
    #[error("the database address has a value that cannot be read in its parameter {0}")]
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
    #[error("listening on {0} means every address; give the one that browsers ask for with --public-origin")]
    NoOrigin(SocketAddr),
    /// One address for both.
    #[error("--metrics needs an address of its own, apart from --listen: whoever reaches it can read the metrics")]
    MetricsAtTheSite,
    /// What developers see, shown to others.
    #[error(
        "--xray shows signed-in people how each page was decided; it needs a server that listens on 127.0.0.1 alone"
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
        "--webhook-url must begin with https://, or with http:// and an address of this machine, and may not contain a \
         password; the same goes for --ledger-checkpoint-webhook"
    )]
    WebhookUrl,
    /// Traces would go in the clear. The address is not repeated: it may hold a secret.
    #[error(
        "--otlp-endpoint (or OTEL_EXPORTER_OTLP_ENDPOINT) must begin with https://, or with http:// and an address of this \
         machine, and may not contain a password"
    )]
    OtlpEndpoint,
    /// Records would go in the clear, or to a receiver of no known kind. The address is not repeated: it may hold a secret.
    #[error(
        "--forward must begin with syslog+tls:// or https://, or with syslog+tcp:// or http:// and an address of this \
         machine, and may not contain a password"
    )]
    ForwardUrl,
    /// What a file holds, in the place of its name. It is not repeated: it is a secret.
    #[error("--{0} must be the name of a file; what was given looks like what such a file holds")]
    NotAFileName(&'static str),
    /// A filter that tracing does not understand.
    #[error("--log-filter is not a filter such as info or doorward=debug,tower_http=info")]
    LogFilter,
}
