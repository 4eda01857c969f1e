//! `doorward sessions revoke` and `doorward sessions limit`

use crate::backend::{SqlBackend, by_command};
use crate::cli::CommandError;
use crate::cli::prompt::{self, PromptError};
use crate::cli::settings::{Config, span};
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::sessions::revocations::{self, By};
use crate::sessions::role_limits::{self, RoleLimits, WhenFull};
use crate::sessions::stopwatch::{self, News};
use crate::{identities, ledger};
use app::sessions::revocations::Preview;
use app::sessions::scope::{BadScope, Scope, ScopeKind};
use clap::{Args, Subcommand, ValueEnum};
use doorward::action::Resource;
use doorward::guard::Unavailable;
use doorward::{RevocationId, SessionId, TimeSpan};

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

/// Who a revocation is by where whoever runs the server does it.
const BY: &str = "the command line";

/// Why no session was ended, or no limit set.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// What was asked for chooses no sessions.
    #[error(transparent)]
    Scope(#[from] BadScope),
    /// Whoever was asked did not say yes.
    #[error("nothing was ended")]
    NotConfirmed,
    /// There is nobody to ask.
    #[error("nothing was ended: {0}")]
    Prompt(#[from] PromptError),
    /// There is no such role.
    #[error("there is no role {0}; there are: {1}")]
    Role(String, String),
    /// The database did not answer.
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for SessionsError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// The scope that the flags name; the command line takes just one of them.
fn scope(command: &RevokeSessions) -> Result<Scope, BadScope> {
    let named = [
        (ScopeKind::Session, &command.session),
        (ScopeKind::Identity, &command.identity),
        (ScopeKind::Role, &command.role),
        (ScopeKind::Method, &command.method),
        (ScopeKind::Network, &command.network),
        (ScopeKind::Before, &command.before),
    ];
    match named.into_iter().find_map(|(kind, subject)| subject.as_ref().map(|subject| (kind, subject))) {
        Some((kind, subject)) => Scope::parse(kind, subject),
        None => Scope::parse(ScopeKind::Everything, ""),
    }
}

pub(crate) async fn run(config: &Config, command: SessionsCommand) -> Result<(), CommandError> {
    match command {
        SessionsCommand::Revoke(options) => revoke(config, options).await,
        SessionsCommand::Limit(options) => limit(config, options).await,
    }
}

async fn revoke(config: &Config, command: RevokeSessions) -> Result<(), CommandError> {
    let scope = scope(&command).map_err(SessionsError::from)?;
    let backend = open(config).await?;
    let preview = preview(&backend, &scope).await.map_err(SessionsError::from)?;
    println!("This ends {} sessions of {} identities: sessions {scope}.", preview.sessions, preview.identities);
    if command.dry_run {
        println!("Nothing was ended.");
    } else if command.yes || prompt::confirm("End them?").map_err(SessionsError::from)? {
        let id = end(&backend, &scope).await.map_err(SessionsError::from)?;
        println!("They have ended. The revocation is {id}.");
    } else {
        return Err(SessionsError::NotConfirmed.into());
    }
    backend.database.close().await;
    Ok(())
}

async fn preview(backend: &SqlBackend, scope: &Scope) -> Result<Preview, Unavailable> {
    let mut source = Source::reader(&backend.database);
    revocations::preview(&mut source, scope, SessionId::NOTHING, backend.clock.now()).await
}

/// Ends the sessions of a scope, and records it; the processes that serve hear of it from the database.
///
/// # Errors
/// Where the database does not answer.
pub async fn end(backend: &SqlBackend, scope: &Scope) -> Result<RevocationId, Unavailable> {
    let now = backend.clock.now();
    let id = RevocationId::new(now, &*backend.random);
    let by = By { identity: None, name: BY.to_owned(), spare: None };
    let mut source = Source::writer(&backend.database).await?;
    revocations::end(&mut source, id, scope, &by, now).await?;
    let said = Resource::of("revocation", id).with("by", scope.kind().as_str()).with("what", scope.subject());
    let entry = by_command(backend, "session.revoke", said.name, said.parameters);
    ledger::sql::append_in(&mut source, &entry).await?;
    source.commit().await?;
    let committed = backend.clock.now();
    let news =
        News { id, number: 0, identity: None, scope: scope.kind(), subject: scope.subject(), is_measured: false };
    stopwatch::measure(&backend.database, &news, committed).await?;
    Ok(id)
}

async fn limit(config: &Config, command: LimitSessions) -> Result<(), CommandError> {
    let backend = open(config).await?;
    set_limit(&backend, &command).await?;
    backend.database.close().await;
    println!("Sessions of {} that begin from now on have these limits.", command.role);
    Ok(())
}

async fn set_limit(backend: &SqlBackend, command: &LimitSessions) -> Result<(), SessionsError> {
    let mut source = Source::writer(&backend.database).await?;
    let when_full = match command.when_full {
        WhenFullChoice::EndOldest => WhenFull::EndOldest,
        WhenFullChoice::Refuse => WhenFull::Refuse,
    };
    let limits = RoleLimits { idle: command.idle, absolute: command.absolute, most: command.most, when_full };
    if !role_limits::set(&mut source, &command.role, &limits).await? {
        let known = identities::sql::roles(&mut source).await?;
        return Err(SessionsError::Role(command.role.clone(), known.join(", ")));
    }
    let milliseconds = |span: Option<TimeSpan>| span.map(|span| span.0.to_string()).unwrap_or_default();
    let parameters = format!(
        "absolute={}&idle={}&most={}&when-full={}",
        milliseconds(command.absolute),
        milliseconds(command.idle),
        command.most,
        when_full.as_str()
    );
    let entry = by_command(backend, "role.limit_sessions", format!("role:{}", command.role), parameters);
    ledger::sql::append_in(&mut source, &entry).await?;
    Ok(source.commit().await?)
}
