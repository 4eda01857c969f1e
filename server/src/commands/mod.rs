//! The commands of the command line.

mod import_secrets;
mod ledger;
mod list_routes;
mod progress;
mod prompt;
mod revoke_sessions;
mod serve;
mod start;
mod user_add;

pub use import_secrets::{ImportError, Plan, import};
pub use ledger::{LedgerError, key_file};
pub use prompt::PromptError;
pub use revoke_sessions::{SessionsError, end as end_sessions};
pub use start::{StartError, open};
pub(crate) use user_add::by_command;
pub use user_add::{UserError, add_user};

use crate::config::{Command, Config, LogFormat, SecretsCommand, SeedCommand, SessionsCommand, UserCommand};
use crate::seed::{self, DemoSignIn, SeedError};
use crate::traces::{Traces, TracesError};
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
    /// Nothing was imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// No session was ended, or no limit set.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
    /// Traces cannot be sent.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// The ledger is not whole, or nothing could be signed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl CommandError {
    /// The error and its causes, on one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let words = error.to_string();
            // Some errors say their cause already.
            if !text.contains(&words) {
                text = format!("{text}: {words}");
            }
            cause = error.source();
        }
        text
    }
}

/// Does what the command line says.
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
        Command::Seed(SeedCommand::Demo) => {
            let backend = open(&config).await?;
            print_sign_ins(&seed::demo(&backend).await?);
            backend.database.close().await;
        }
        Command::User(UserCommand::Add(new)) => user_add::run(&config, new).await?,
        Command::Secrets(SecretsCommand::Import(import)) => import_secrets::run(&config, import).await?,
        Command::Sessions(SessionsCommand::Revoke(options)) => revoke_sessions::revoke(&config, options).await?,
        Command::Sessions(SessionsCommand::Limit(options)) => revoke_sessions::limit(&config, options).await?,
        Command::Ledger(command) => ledger::run(&config, command).await?,
        Command::Routes(options) => list_routes::run(options.json),
    }
    Ok(())
}

/// Sends what happens to the standard error stream and, where it serves and that is set, as traces to a receiver.
///
/// # Errors
/// Where traces are set and cannot be sent.
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

fn print_sign_ins(people: &[DemoSignIn]) {
    println!("Demo sign-ins; these passwords are written nowhere else and change at the next start:");
    for person in people {
        println!("  {:<8}  {}  {}", person.name, person.password.expose(), person.role);
    }
}
