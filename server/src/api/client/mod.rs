//! The command line as a client of the API: `doorward whoami`, `list`, `get`, `set` and `run`, for a machine that has a
//! credential of some Doorward.

mod commands;
mod connection;
mod mask;
mod options;
mod run;
mod secrets;

pub use options::{Get, List, Run, Set, WhoAmI};

use crate::private_file::NotPrivate;
use doorward::BadId;
use std::path::PathBuf;

/// A command that asks another machine's Doorward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCommand {
    WhoAmI(WhoAmI),
    List(List),
    Get(Get),
    Set(Set),
    Run(Run),
}

/// Why a command did not do what it was told. No text has anything secret.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no server: give --server or set DOORWARD_SERVER, for example to https://doorward.example")]
    NoServer,
    #[error("the server’s address has to be https://… without a path, or http://… on this machine")]
    BadServer,
    #[error(
        "no credential: set DOORWARD_CLIENT_SECRET_FILE or DOORWARD_CLIENT_SECRET, or give --key-file and --credential"
    )]
    NoCredential,
    #[error("give a client secret or a key pair, not both")]
    TwoCredentials,
    #[error("--key-file and --credential belong together")]
    HalfAKey,
    #[error("the text in DOORWARD_CLIENT_SECRET or its file is no client secret")]
    BadClientSecret,
    #[error("{path} cannot be read: {why}")]
    File { path: PathBuf, why: &'static str },
    #[error("{0} holds no Ed25519 private key in PKCS#8 (openssl genpkey -algorithm ed25519)")]
    BadKey(PathBuf),
    #[error("--credential is the id that the machine’s page shows beside the key")]
    BadCredential(#[source] BadId),
    #[error("the challenge is one of {0}, and not of the server that was named, so it is not signed")]
    OtherServer(String),
    #[error("{0} does not answer")]
    Unreachable(String),
    #[error("the server did not answer within 30 s")]
    Late,
    #[error("the server’s answer is none of this API; is this the address of a Doorward?")]
    Unreadable,
    #[error("{0}")]
    Refused(Told),
    #[error("{path} is there already, and nothing is overwritten")]
    Exists { path: PathBuf },
    #[error("{path} cannot be written: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("a secret is named by its id, or by its name with --environment")]
    NeedsEnvironment,
    #[error("no secret has this name in {0}, or none that this machine may know of")]
    NoSuchSecret(String),
    #[error("the new value is read from standard input, and nothing came")]
    NoValue,
    #[error("the new value is no text of at most 64 KiB")]
    BadValue,
    #[error("{0} holds a file, which an environment variable cannot hold")]
    NotAText(String),
    #[error("{0} cannot be started: {1}")]
    Program(String, std::io::Error),
    #[error("the output cannot be written")]
    Output(#[source] std::io::Error),
    #[error("signals cannot be passed on")]
    Signals(#[source] std::io::Error),
}

/// What the server said to a request that it refused.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub title: String,
    pub detail: Option<String>,
    pub permission: Option<String>,
    pub record: Option<String>,
}

impl std::fmt::Display for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.title)?;
        if let Some(permission) = &self.permission {
            write!(out, "; it needs {permission}")?;
        }
        if let Some(detail) = &self.detail {
            write!(out, ". {detail}")?;
        }
        match &self.record {
            Some(record) => write!(out, " (record {record})"),
            None => Ok(()),
        }
    }
}

impl ClientError {
    fn file(path: PathBuf, error: &NotPrivate) -> Self {
        let why = match error {
            NotPrivate::Absent => "there is no such file",
            NotPrivate::NotAFile => "it is no file",
            NotPrivate::OpenToOthers => "others may read or change it; run chmod 600 on it",
            NotPrivate::Io(_) => "the system refuses",
        };
        Self::File { path, why }
    }

    /// The exit code, as `docs/command-line.md` lists them.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::NoServer
            | Self::BadServer
            | Self::NoCredential
            | Self::TwoCredentials
            | Self::HalfAKey
            | Self::NeedsEnvironment => 2,
            Self::Refused(Told { status: 401, .. }) => 3,
            Self::Refused(Told { status: 403 | 404, .. }) | Self::NoSuchSecret(_) => 4,
            Self::Refused(Told { status: 429 | 503, .. }) | Self::Unreachable(_) | Self::Late => 5,
            Self::Refused(Told { status: 412, .. }) => 6,
            Self::Program(..) => 127,
            _ => 1,
        }
    }
}

/// Asks, and prints what was answered.
///
/// # Errors
/// One that has a plain sentence and an exit code.
pub async fn run(command: ClientCommand) -> Result<(), ClientError> {
    match command {
        ClientCommand::WhoAmI(options) => commands::who_am_i(options).await,
        ClientCommand::List(options) => commands::list(options).await,
        ClientCommand::Get(options) => commands::get(options).await,
        ClientCommand::Set(options) => commands::set(options).await,
        ClientCommand::Run(options) => run::run(options).await,
    }
}
