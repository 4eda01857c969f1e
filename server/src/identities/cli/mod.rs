//! `doorward user …`

mod accounts;

pub use accounts::{DisableUser, EnableUser, InviteUser, disable_user, enable_user, invite_user};

use crate::account::password::{PasswordError, WeakPassword, check_new_password};
use crate::backend::{SqlBackend, by_command};
use crate::cli::CommandError;
use crate::cli::prompt::{self, PromptError};
use crate::cli::settings::Config;
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::identities::sql::NewIdentity;
use crate::{identities, ledger, secrets};
use clap::{Args, Subcommand};
use doorward::guard::Unavailable;
use doorward::{
    BadDisplayName, BadSignInName, DisplayName, Environment, IdentityId, Kind, SecretText, SignInName, Within,
};

/// `user …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserCommand {
    /// Add a user; the password is asked for on a terminal, or read by --password-stdin
    Add(AddUser),
    /// List everybody: sign-in name, name, state and roles, with tabs between them
    List,
    /// Make a link by which somebody who cannot sign in yet chooses a password
    Invite(InviteUser),
    /// Disable an account, and end its sessions
    Disable(DisableUser),
    /// Let a disabled account sign in again
    Enable(EnableUser),
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

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error(transparent)]
    Name(#[from] BadSignInName),
    /// The name for people has characters that a name has not.
    #[error(transparent)]
    DisplayName(#[from] BadDisplayName),
    /// There is no such role.
    #[error("there is no role {0}; there are: {1}")]
    Role(String, String),
    /// There is no such environment.
    #[error("there is no environment {0}; there are: {1}")]
    Environment(Environment, String),
    /// Somebody has this name.
    #[error("a user named {0} exists already")]
    Taken(SignInName),
    #[error("nobody has the sign-in name {0}")]
    Nobody(SignInName),
    #[error("{0} can sign in already, and needs no invitation")]
    CanSignIn(SignInName),
    #[error("{0} is disabled already")]
    Disabled(SignInName),
    #[error("{0} is not disabled")]
    NotDisabled(SignInName),
    #[error("nobody else could give roles then; make somebody else an administrator first")]
    LastAdministrator,
    /// No password came.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The password is too weak.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database did not answer.
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for UserError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

pub(crate) async fn run(config: &Config, command: UserCommand) -> Result<(), CommandError> {
    match command {
        UserCommand::Add(new) => add(config, new).await,
        UserCommand::List => accounts::list(config).await,
        UserCommand::Invite(InviteUser { name }) => accounts::invite(config, &name).await,
        UserCommand::Disable(DisableUser { name }) => accounts::disable(config, &name).await,
        UserCommand::Enable(EnableUser { name }) => accounts::enable(config, &name).await,
    }
}

async fn add(config: &Config, new: AddUser) -> Result<(), CommandError> {
    let password = if new.password_stdin { prompt::password_from_input() } else { prompt::new_password() };
    let password = password.map_err(UserError::from)?;
    let backend = open(config).await?;
    let name = SignInName::parse(&new.name).map_err(UserError::from)?;
    let display_name = new.display_name.unwrap_or_else(|| name.to_string());
    let within = new.within.map_or(Within::Everywhere, Within::Only);
    add_user(&backend, name.as_str(), &display_name, new.roles, within, password).await?;
    backend.database.close().await;
    println!("{name} can sign in now.");
    Ok(())
}

/// Adds a person with roles, and records it.
///
/// # Errors
/// Where the name, a role, the environment or the password is not right.
pub async fn add_user(
    backend: &SqlBackend,
    name: &str,
    display_name: &str,
    roles: Vec<String>,
    within: Within,
    password: SecretText,
) -> Result<(), UserError> {
    let name = SignInName::parse(name)?;
    let display_name = DisplayName::parse(display_name)?;
    check_new_password(&password, name.as_str())?;
    let phc = backend.passwords.hash(&password).await?;
    let mut source = Source::writer(&backend.database).await?;
    let known = identities::sql::roles(&mut source).await?;
    if let Some(role) = roles.iter().find(|role| !known.contains(role)) {
        return Err(UserError::Role(role.clone(), known.join(", ")));
    }
    if let Within::Only(environment) = &within {
        let known = secrets::environments::names(&mut source).await?;
        if !known.contains(environment) {
            let names: Vec<_> = known.iter().map(Environment::as_str).collect();
            return Err(UserError::Environment(environment.clone(), names.join(", ")));
        }
    }
    let now = backend.clock.now();
    let id = IdentityId::new(now, &*backend.random);
    let given = format!("roles={}&within={}", roles.join(","), within.as_str());
    let new = NewIdentity {
        id,
        kind: Kind::Person,
        name: name.to_string(),
        display_name: display_name.to_string(),
        phc: Some(phc),
        roles,
        within,
    };
    if !identities::sql::add(&mut source, new, now).await? {
        return Err(UserError::Taken(name));
    }
    let entry = by_command(backend, "identity.add", format!("identity:{id}"), given);
    ledger::sql::append_in(&mut source, &entry).await?;
    Ok(source.commit().await?)
}
