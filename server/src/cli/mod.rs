//! The commands of the command line.

pub mod command_line;
pub(crate) mod progress;
pub mod prompt;
mod serve;
pub mod settings;
pub mod start;

pub use prompt::PromptError;
pub use start::{StartError, open};

use crate::access::environments::cli::EnvironmentCommandError;
use crate::api::client::{self, ClientCommand, ClientError};
use crate::backup::cli::BackupError;
use crate::demo::{self, SeedError};
use crate::identities::cli::UserError;
use crate::ledger::cli::LedgerError;
use crate::observe::traces::{Traces, TracesError};
use crate::secrets::cli::{ExportValuesError, GenerateError, ImportError};
use crate::sessions::cli::SessionsError;
use crate::vault::cli::KeysError;
use crate::{access, backup, identities, ledger, secrets, sessions, vault};
use command_line::Command;
use settings::{Config, LogFormat};
use std::error::Error;
use tokio::runtime::Handle;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The database, the vault or the password pool could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server could not serve.
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    /// There is no demonstration.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// Nobody was added.
    #[error(transparent)]
    User(#[from] UserError),
    /// No environment was changed.
    #[error(transparent)]
    Environment(#[from] EnvironmentCommandError),
    /// Nothing was imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A secret got no generated value.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// No value was exported.
    #[error(transparent)]
    ExportValues(#[from] ExportValuesError),
    /// There is no backup, or nothing was restored.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The vault's keys are as they were, or a rotation is not finished.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// No session was ended, or no limit set.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
    /// Traces cannot be sent.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// A server refused, or was not reached.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The ledger is not whole, or nothing could be signed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl CommandError {
    /// The exit code.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Client(error) => error.exit_code(),
            _ => 1,
        }
    }

    /// The error and its causes, on one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let words = error.to_string();
            // Some errors include their cause already.
            if !text.contains(&words) {
                text = format!("{text}: {words}");
            }
            cause = error.source();
        }
        text
    }
}

/// Runs the command.
///
/// # Errors
/// One that has a plain sentence.
pub async fn run(command: Command, config: Config) -> Result<(), CommandError> {
    match command {
        Command::Serve(options) => serve::run(&config, options.demo).await?,
        Command::Migrate => {
            open(&config).await?.database.close().await;
            println!("The database has this version's schema.");
        }
        Command::Seed(command) => demo::cli::run(&config, command).await?,
        Command::User(command) => identities::cli::run(&config, command).await?,
        Command::Environment(command) => access::environments::cli::run(&config, command).await?,
        Command::Secrets(command) => secrets::cli::run(&config, command).await?,
        Command::Backup(options) => backup::cli::backup(&config, options).await?,
        Command::Restore(options) => backup::cli::restore(&config, options).await?,
        Command::Keys(command) => vault::cli::run(&config, command).await?,
        Command::Sessions(command) => sessions::cli::run(&config, command).await?,
        Command::Ledger(command) => ledger::cli::run(&config, command).await?,
        Command::WhoAmI(options) => client::run(ClientCommand::WhoAmI(options)).await?,
        Command::List(options) => client::run(ClientCommand::List(options)).await?,
        Command::Get(options) => client::run(ClientCommand::Get(options)).await?,
        Command::Set(options) => client::run(ClientCommand::Set(options)).await?,
        Command::Run(options) => client::run(ClientCommand::Run(options)).await?,
        Command::Routes(options) => access::cli::run(options.json),
        Command::Settings(options) => settings::print::run(&config, options),
    }
    Ok(())
}

/// Sends logs to the standard error stream and, if the server runs and a receiver is set, traces to the receiver.
///
/// # Errors
/// Returns an error if a receiver is set and cannot be used.
pub fn observe(command: &Command, config: &Config, handle: &Handle) -> Result<Option<Traces>, TracesError> {
    let endpoint = config.otlp_endpoint.as_ref().filter(|_| matches!(command, Command::Serve(_)));
    let traces = endpoint.map(|url| Traces::new(url, handle.clone())).transpose()?;
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(traces.as_ref().map(Traces::layer));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // A second start within one process keeps the first log.
    let _ = match config.log_format {
        LogFormat::Text => registry.with(layer.with_filter(filter)).try_init(),
        LogFormat::Json => registry.with(layer.json().with_filter(filter)).try_init(),
    };
    Ok(traces)
}
